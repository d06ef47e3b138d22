/** Scans of what is in an account, and what they have found. */
import { DAY } from '#kernel/base';
import type { Ctx, Handler } from '#kernel/contract';
import { signalOf } from '../domain/events.ts';
import { lookThrough } from '../domain/look-through.ts';
import { badToken, numberOf } from '../domain/token.ts';
import { noSuchScan, scanRunning, tooManyScans } from '../errors.ts';
import { LINGER, SCAN_LIFE, SCANS_PER_DAY_MAX, STACKS_LISTED_MAX } from '../limits.ts';
import { LISTS } from './lists.ts';
import { idOf, mentions } from './read.ts';
import { type ScannedRow, type ScanRow, scanned, scans } from './state.ts';

export const startResourceScan: Handler<'cloudformation', 'StartResourceScan'> = (input, ctx) => {
  const last = ctx.store.first(scans, { index: 'byNumber', reverse: true });
  const { ClientRequestToken: token } = input;
  if (last !== undefined && token !== undefined && last.token === token) return { ResourceScanId: last.id };
  if (last !== undefined && last.endedAt === undefined) throw scanRunning();
  const early = ctx.store.list(scans, { index: 'byNumber', reverse: true, limit: SCANS_PER_DAY_MAX });
  const isFull = early.length === SCANS_PER_DAY_MAX && early.every(({ startedAt }) => startedAt > ctx.now - DAY);
  if (isFull) throw tooManyScans();
  const filters = input.ScanFilters?.flatMap(({ Types = [] }) => Types);
  const id = `arn:${ctx.partition}:cloudformation:${ctx.region}:${ctx.account}:resourceScan/${ctx.uuid()}`;
  ctx.store.put(scans, {
    id,
    number: (last?.number ?? 0) + 1,
    startedAt: ctx.now,
    ...(filters !== undefined && filters.length > 0 && { filters: [...filters] }),
    types: Object.keys(LISTS),
    scanned: 0,
    read: 0,
    ...(token !== undefined && { token }),
    pass: ctx.pass(),
  });
  ctx.start('scan', id, { id });
  return { ResourceScanId: id };
};

/** @throws {ServiceError} ResourceScanNotFoundException */
function findScan(id: string, ctx: Ctx): ScanRow {
  const row = ctx.store.get(scans, { id });
  if (row === undefined) throw noSuchScan(id);
  return row;
}

function shown(row: ScanRow, ctx: Ctx) {
  const isOld = row.startedAt + SCAN_LIFE <= ctx.now;
  return {
    ResourceScanId: row.id,
    Status: row.endedAt === undefined ? ('IN_PROGRESS' as const) : isOld ? ('EXPIRED' as const) : ('COMPLETE' as const),
    StartTime: row.startedAt,
    ...(row.endedAt !== undefined && { EndTime: row.endedAt }),
    PercentageCompleted: row.endedAt === undefined ? 0 : 100,
  };
}

export const describeResourceScan: Handler<'cloudformation', 'DescribeResourceScan'> = async (input, ctx) => {
  const { id, endedAt } = findScan(input.ResourceScanId, ctx);
  if (endedAt === undefined) await ctx.linger(signalOf(id), LINGER);
  const row = findScan(id, ctx);
  return {
    ...shown(row, ctx),
    ResourceTypes: row.types,
    ResourcesScanned: row.scanned,
    ResourcesRead: row.read,
    ...(row.filters !== undefined && { ScanFilters: [{ Types: row.filters }] }),
  };
};

export const listResourceScans: Handler<'cloudformation', 'ListResourceScans'> = (input, ctx) => {
  const limit = input.MaxResults ?? 10;
  const token = numberOf(input.NextToken);
  const before = token === undefined ? undefined : { number: token };
  const typeOf = ({ filters }: ScanRow) => (filters === undefined ? ('FULL' as const) : ('PARTIAL' as const));
  const { found, last } = lookThrough(
    (limit) => ctx.store.list(scans, { index: 'byNumber', reverse: true, before, limit }),
    (row) => input.ScanTypeFilter === undefined || typeOf(row) === input.ScanTypeFilter,
    limit,
  );
  return {
    ResourceScanSummaries: found.map((row) => ({ ...shown(row, ctx), ScanType: typeOf(row) })),
    ...(last !== undefined && { NextToken: String(last.number) }),
  };
};

/** @throws {ServiceError} ResourceScanNotFoundException, ResourceScanInProgressException */
function endedScan(id: string, ctx: Ctx): ScanRow {
  const row = findScan(id, ctx);
  if (row.endedAt === undefined) throw scanRunning();
  return row;
}

function told({ type, identifier, isManaged }: ScannedRow) {
  return { ResourceType: type, ResourceIdentifier: identifier, ManagedByStack: isManaged };
}

export const listResourceScanResources: Handler<'cloudformation', 'ListResourceScanResources'> = (input, ctx) => {
  const { id: scanId } = endedScan(input.ResourceScanId, ctx);
  const { ResourceTypePrefix: prefix = '', ResourceIdentifier: text, TagKey, TagValue } = input;
  const isWanted = ({ type, id, tags }: ScannedRow) =>
    type.startsWith(prefix) &&
    (text === undefined || id.includes(text)) &&
    (TagKey === undefined || Object.hasOwn(tags, TagKey)) &&
    (TagValue === undefined || Object.values(tags).includes(TagValue));
  const { found, next } = page(scanId, input, isWanted, ctx);
  return { Resources: found.map(told), ...next };
};

/** What refers to one of the resources, or what one of them refers to. */
export const listResourceScanRelatedResources: Handler<'cloudformation', 'ListResourceScanRelatedResources'> = (
  input,
  ctx,
) => {
  const { id: scanId } = endedScan(input.ResourceScanId, ctx);
  const named = input.Resources.map((one) => ({ scanId, type: one.ResourceType, id: idOf(one.ResourceIdentifier) }));
  const given = named.flatMap((key) => ctx.store.get(scanned, key) ?? []);
  const names = new Set(given.map(({ type, id }) => `${type} ${id}`));
  const parsed = given.map(({ id, properties }) => ({ id, properties: JSON.parse(properties) as unknown }));
  const isRelated = ({ type, id, properties: text }: ScannedRow) => {
    if (names.has(`${type} ${id}`)) return false;
    const properties: unknown = JSON.parse(text);
    return parsed.some((one) => refersTo(properties, one.id) || refersTo(one.properties, id));
  };
  const { found, next } = page(scanId, input, isRelated, ctx);
  return { RelatedResources: found.map(told), ...next };
};

/** By its identifier, or by an ARN that ends with it. */
function refersTo(properties: unknown, id: string): boolean {
  if (id.includes(':')) return mentions(properties, id);
  const ends = (value: unknown): boolean => {
    if (typeof value === 'string')
      return value.startsWith('arn:') && (value.endsWith(`/${id}`) || value.endsWith(`:${id}`));
    return value !== null && typeof value === 'object' && Object.values(value).some(ends);
  };
  return ends(properties);
}

type Paged = { NextToken?: string | undefined; MaxResults?: number | undefined };

function page(
  scanId: string,
  { NextToken: token, MaxResults = STACKS_LISTED_MAX }: Paged,
  isWanted: (row: ScannedRow) => boolean,
  ctx: Ctx,
) {
  // Types have no spaces; identifiers may.
  const [, type, id] = /^(\S+) (.+)$/s.exec(token ?? '') ?? [];
  if (token !== undefined && id === undefined) throw badToken();
  const after = type === undefined || id === undefined ? undefined : { type, id };
  const { found, last } = lookThrough(
    (limit) => ctx.store.list(scanned, { where: { scanId }, after, limit }),
    isWanted,
    MaxResults,
  );
  return { found, next: last !== undefined && { NextToken: `${last.type} ${last.id}` } };
}
