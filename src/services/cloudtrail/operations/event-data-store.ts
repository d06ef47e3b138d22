/** Event data stores: made, changed, shown, stopped, deleted and restored. */
import { page } from '#kernel/base';
import { type Ctx, type Handler, notBuilt, type OutputOf } from '#kernel/contract';
import { advancedFault } from '../domain/check-selectors.ts';
import { tagsWith } from '../domain/tags.ts';
import {
  badParameter,
  badSelectors,
  badStoreArn,
  badStoreStatus,
  badToken,
  storeExists,
  storeInactive,
  storeNotFound,
  storeProtected,
  tooManyStores,
} from '../errors.ts';
import { settleIngestion } from '../lake.ts';
import { type EventDataStoreRow, eventDataStores } from '../lake-state.ts';
import { LAKE_LISTED, RETENTION_DEFAULT, RETENTION_MAX, STORE_PENDING, STORES_MAX } from '../limits.ts';
import type { AdvancedSelector } from '../state.ts';

/** Source: CloudTrail API Reference, CreateEventDataStore: all management events. */
const DEFAULT_SELECTORS: AdvancedSelector[] = [
  {
    Name: 'Default management events',
    FieldSelectors: [{ Field: 'eventCategory', Equals: ['Management'] }],
  },
];

/** By its ARN, or the id at the end of that. @throws {ServiceError} EventDataStoreARNInvalidException, EventDataStoreNotFoundException */
function findStore(arnOrId: string, ctx: Ctx): EventDataStoreRow {
  const id = arnOrId.startsWith('arn:') ? /:eventdatastore\/([^/]+)$/.exec(arnOrId)?.[1] : arnOrId;
  if (id === undefined) throw badStoreArn(arnOrId);
  const row = ctx.store.get(eventDataStores, { id });
  if (row === undefined || (arnOrId.startsWith('arn:') && row.arn !== arnOrId)) throw storeNotFound();
  return row;
}

/** One that is not about to be deleted. @throws {ServiceError} InactiveEventDataStoreException besides those of `findStore` */
export function findActive(arnOrId: string, ctx: Ctx): EventDataStoreRow {
  const row = findStore(arnOrId, ctx);
  if (row.status === 'PENDING_DELETION') throw storeInactive();
  return row;
}

type Shown = OutputOf<'cloudtrail', 'GetEventDataStore'>;

const shown = (row: EventDataStoreRow): Shown => ({
  EventDataStoreArn: row.arn,
  Name: row.name,
  Status: row.status,
  AdvancedEventSelectors: row.selectors,
  MultiRegionEnabled: row.multiRegion,
  OrganizationEnabled: false,
  RetentionPeriod: row.retentionDays,
  TerminationProtectionEnabled: row.isProtected,
  CreatedTimestamp: row.createdAt,
  UpdatedTimestamp: row.updatedAt,
});

/** Categories of events that do not come from calls. */
const ELSEWHERE = ['Insight', 'ConfigurationItem', 'Evidence', 'ActivityAuditLog'];

type Given = {
  Name?: string | undefined;
  AdvancedEventSelectors?: readonly AdvancedSelector[] | undefined;
  MultiRegionEnabled?: boolean | undefined;
  OrganizationEnabled?: boolean | undefined;
  RetentionPeriod?: number | undefined;
  TerminationProtectionEnabled?: boolean | undefined;
  KmsKeyId?: string | undefined;
  BillingMode?: EventDataStoreRow['billing'] | undefined;
};

/** @throws {ServiceError} what can't be, or is not built */
function changed(row: EventDataStoreRow, given: Given, ctx: Ctx): EventDataStoreRow {
  const category = (given.AdvancedEventSelectors ?? [])
    .flatMap(({ FieldSelectors }) => FieldSelectors)
    .flatMap(({ Field, Equals = [] }) => (Field === 'eventCategory' ? Equals : []))
    .find((one) => ELSEWHERE.includes(one));
  if (category !== undefined) throw notBuilt(`event data stores of the category ${category}`);
  const fault = advancedFault(given.AdvancedEventSelectors ?? [], 'store');
  if (fault !== undefined) throw badSelectors(fault);
  const billing = given.BillingMode ?? row.billing;
  if (billing !== row.billing && billing === 'FIXED_RETENTION_PRICING')
    throw badParameter(
      'You cannot change the billing mode from EXTENDABLE_RETENTION_PRICING to FIXED_RETENTION_PRICING.',
    );
  const retentionDays = given.RetentionPeriod ?? row.retentionDays;
  if (retentionDays > (RETENTION_MAX[billing] ?? 0))
    throw badParameter(`The retention period must be at most ${RETENTION_MAX[billing]} days for ${billing}.`);
  const name = given.Name ?? row.name;
  const other = ctx.store.first(eventDataStores, { index: 'byName', where: { name } });
  if (other !== undefined && other.id !== row.id) throw storeExists();
  return {
    ...row,
    name,
    billing,
    retentionDays,
    selectors: [...(given.AdvancedEventSelectors ?? row.selectors)],
    multiRegion: given.MultiRegionEnabled ?? row.multiRegion,
    isProtected: given.TerminationProtectionEnabled ?? row.isProtected,
    updatedAt: ctx.now,
  };
}

export const createEventDataStore: Handler<'cloudtrail', 'CreateEventDataStore'> = (input, ctx) => {
  const { BillingMode: billing = 'EXTENDABLE_RETENTION_PRICING' } = input;
  const id = ctx.uuid();
  const base: EventDataStoreRow = {
    id,
    arn: `arn:${ctx.partition}:cloudtrail:${ctx.region}:${ctx.account}:eventdatastore/${id}`,
    name: input.Name,
    selectors: DEFAULT_SELECTORS,
    multiRegion: true,
    retentionDays: RETENTION_DEFAULT[billing] ?? 0,
    billing,
    isProtected: true,
    status: input.StartIngestion === false ? 'STOPPED_INGESTION' : 'ENABLED',
    tags: tagsWith({}, input.TagsList),
    createdAt: ctx.now,
    updatedAt: ctx.now,
    since: ctx.now,
    taken: {},
  };
  const row = changed(base, input, ctx);
  if (ctx.store.count(eventDataStores) >= STORES_MAX) throw tooManyStores();
  ctx.store.put(eventDataStores, row);
  settleIngestion(row, ctx);
  return {
    ...shown(row),
    Status: 'CREATED',
    BillingMode: row.billing,
    TagsList: Object.entries(row.tags).map(([Key, Value]) => ({ Key, Value })),
  };
};

export const getEventDataStore: Handler<'cloudtrail', 'GetEventDataStore'> = (input, ctx) => {
  const row = findStore(input.EventDataStore, ctx);
  return { ...shown(row), BillingMode: row.billing, FederationStatus: 'DISABLED' };
};

export const listEventDataStores: Handler<'cloudtrail', 'ListEventDataStores'> = (input, ctx) => {
  const first = input.NextToken;
  if (first !== undefined && ctx.store.get(eventDataStores, { id: first }) === undefined) throw badToken();
  const { rows, last } = page<EventDataStoreRow>(
    (past, limit) => {
      const id = past?.id ?? first;
      return ctx.store.list(eventDataStores, { ...(id !== undefined && { after: { id } }), limit });
    },
    input.MaxResults ?? LAKE_LISTED,
    () => true,
  );
  return {
    EventDataStores: rows.map((row) => ({ EventDataStoreArn: row.arn, Name: row.name })),
    ...(last !== undefined && { NextToken: last.id }),
  };
};

export const updateEventDataStore: Handler<'cloudtrail', 'UpdateEventDataStore'> = (input, ctx) => {
  const row = changed(findActive(input.EventDataStore, ctx), input, ctx);
  ctx.store.put(eventDataStores, row);
  settleIngestion(row, ctx);
  return { ...shown(row), BillingMode: row.billing, FederationStatus: 'DISABLED' };
};

export const deleteEventDataStore: Handler<'cloudtrail', 'DeleteEventDataStore'> = (input, ctx) => {
  const row = findActive(input.EventDataStore, ctx);
  if (row.isProtected) throw storeProtected();
  const next: EventDataStoreRow = { ...row, status: 'PENDING_DELETION', updatedAt: ctx.now };
  ctx.store.put(eventDataStores, next);
  settleIngestion(next, ctx);
  ctx.arm('endStore', row.id, ctx.now + STORE_PENDING, { id: row.id });
  return {};
};

export const restoreEventDataStore: Handler<'cloudtrail', 'RestoreEventDataStore'> = (input, ctx) => {
  const row = findStore(input.EventDataStore, ctx);
  if (row.status !== 'PENDING_DELETION') throw badStoreStatus();
  ctx.disarm('endStore', row.id);
  return shown(resumed(row, ctx));
};

/** What happened meanwhile is not taken in. */
function resumed(row: EventDataStoreRow, ctx: Ctx): EventDataStoreRow {
  const next: EventDataStoreRow = { ...row, status: 'ENABLED', since: ctx.now, taken: {}, updatedAt: ctx.now };
  ctx.store.put(eventDataStores, next);
  settleIngestion(next, ctx);
  return next;
}

export const startEventDataStoreIngestion: Handler<'cloudtrail', 'StartEventDataStoreIngestion'> = (input, ctx) => {
  const row = findStore(input.EventDataStore, ctx);
  if (row.status !== 'STOPPED_INGESTION') throw badStoreStatus();
  resumed(row, ctx);
  return {};
};

export const stopEventDataStoreIngestion: Handler<'cloudtrail', 'StopEventDataStoreIngestion'> = (input, ctx) => {
  const row = findStore(input.EventDataStore, ctx);
  if (row.status !== 'ENABLED') throw badStoreStatus();
  const next: EventDataStoreRow = { ...row, status: 'STOPPED_INGESTION', updatedAt: ctx.now };
  ctx.store.put(eventDataStores, next);
  settleIngestion(next, ctx);
  return {};
};
