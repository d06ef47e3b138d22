/** What a table may use: its billing, its throughput, and its limits on demand. */
import type { Millis } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import type {
  OnDemandThroughput,
  ProvisionedThroughput,
  TableClass,
  UpdateTableInput,
  WarmThroughput,
} from '#models/dynamodb';
import { decreasesToday, warmOf } from '../domain/describe.ts';
import { checkThroughput, throughputOf } from '../domain/schema.ts';
import { invalid, invalidParameter, replicaLimit, subscriberLimit, tooManyDecreases } from '../errors.ts';
import {
  CLASS_CHANGES_MAX,
  CLASS_CHANGES_WITHIN,
  DAY_MILLIS,
  DECREASE_INTERVAL,
  DECREASES_FREE,
  SWITCHES_MAX,
} from '../limits.ts';
import type { IndexSpec, TableRow, Throughput } from '../state.ts';

/** The table with the billing and the throughput that are asked for. @throws {ServiceError} ValidationException, LimitExceededException */
export function withBilling(table: TableRow, input: UpdateTableInput, ctx: Ctx): TableRow {
  const { ProvisionedThroughput: wanted } = input;
  const billing = input.BillingMode ?? table.billing;
  const switched = billing !== table.billing;
  if (input.BillingMode === 'PROVISIONED' && wanted === undefined)
    throw invalidParameter('ProvisionedThroughput must be specified when BillingMode is PROVISIONED');
  if (switched && billing === 'PAY_PER_REQUEST' && wanted !== undefined)
    throw invalidParameter('ProvisionedThroughput cannot be specified when BillingMode is PAY_PER_REQUEST');
  if (wanted !== undefined || switched)
    checkThroughput(
      billing,
      wanted ?? (billing === 'PROVISIONED' && !switched ? units(table.throughput) : undefined),
      [],
    );
  checkOnDemand(billing, input.OnDemandThroughput, true);
  if (billing === 'PAY_PER_REQUEST') return switched ? onDemandOf(table, ctx) : table;
  if (wanted === undefined) return table;
  const { throughput: before, pastThroughput: _, ...rest } = switched ? provisionedOf(table, input) : table;
  if (before !== undefined) refuseSame(before, wanted, 'the table');
  return { ...rest, ...keptWarm(table, wanted), billing, throughput: changedThroughput(table, wanted, ctx) };
}

/**
 * A table whose throughput is no longer provisioned: it is as warm as it was, and how often that was decreased is not forgotten.
 *
 * Source: findings of ack-api-quirks, DDB-TABLE-055, 061 and 153, measured against AWS: to its indexes it counts as a decrease.
 *
 * @throws {ServiceError} LimitExceededException
 */
function onDemandOf({ throughput, ...rest }: TableRow, ctx: Ctx): TableRow {
  const recent = since(ctx.now - DAY_MILLIS, rest.switches);
  const [first] = recent;
  if (first !== undefined && recent.length >= SWITCHES_MAX)
    // Source: users' reports of the text, from when it was once a day.
    throw subscriberLimit(
      `Update to PayPerRequest mode are limited to ${SWITCHES_MAX} times in 1 day(s). Last update at ${dateText(recent.at(-1) ?? first)}. Next update can be made at ${dateText(first + DAY_MILLIS)}`,
    );
  const indexes = rest.indexes.map(({ throughput: before, ...index }): IndexSpec => {
    if (before === undefined) return index;
    const pastThroughput = { ...before, decreasedAt: ctx.now, decreases: decreasesToday(before, ctx.now) + 1 };
    return { ...index, ...keptWarm({ ...index, throughput: before }), pastThroughput };
  });
  return {
    ...rest,
    ...keptWarm({ ...rest, ...(throughput !== undefined && { throughput }) }),
    ...(throughput !== undefined && { pastThroughput: throughput }),
    indexes,
    billing: 'PAY_PER_REQUEST',
    onDemandAt: ctx.now,
    switches: [...recent, ctx.now],
  };
}

/** Those of `changes` that came after `from`. */
export function since(from: Millis, changes: readonly Millis[] = []): readonly Millis[] {
  return changes.filter((at) => at > from);
}

/** `Sat Feb 23 03:07:45 UTC 2019`. */
function dateText(at: Millis): string {
  const [weekday, day, month, year, time] = new Date(at).toUTCString().replace(',', '').split(' ');
  return `${weekday} ${month} ${day} ${time} UTC ${year}`;
}

/** What a table keeps of a change of its class. @param replica the Region of one that another's change reaches @throws {ServiceError} LimitExceededException */
export function changedClass(
  { classChanges, tableClass: before = 'STANDARD' }: TableRow,
  tableClass: TableClass | undefined,
  ctx: Ctx,
  replica?: string,
): Pick<TableRow, 'tableClass' | 'tableClassAt' | 'classChanges'> {
  if (tableClass === undefined) return {};
  const recent = since(ctx.now - CLASS_CHANGES_WITHIN, classChanges);
  const most = `Updates to TableClass are limited to ${CLASS_CHANGES_MAX} times in 30 day(s)`;
  if (recent.length >= CLASS_CHANGES_MAX)
    throw replica === undefined ? subscriberLimit(`${most}.`) : replicaLimit(replica, most);
  if (tableClass === before) return {};
  return { tableClass, tableClassAt: ctx.now, classChanges: [...recent, ctx.now] };
}

/** A table whose throughput is to be provisioned: so must be that of its indexes, at once, and limits on demand are gone. */
function provisionedOf({ onDemand: _, ...rest }: TableRow, input: UpdateTableInput): TableRow {
  const given = (input.GlobalSecondaryIndexUpdates ?? []).map(({ Update: update }) => update);
  const missed = rest.indexes.find(
    ({ global, name }) =>
      global && !given.some((one) => one?.IndexName === name && one.ProvisionedThroughput !== undefined),
  );
  if (missed !== undefined) throw invalidParameter(`ProvisionedThroughput must be specified for index: ${missed.name}`);
  return {
    ...rest,
    indexes: rest.indexes.map(({ onDemand: __, ...index }): IndexSpec => index),
    onDemandAt: rest.onDemandAt ?? rest.createdAt,
  };
}

/** @param updated whether a table that is there gets them, where -1 takes one away. Source: recorded answers. @throws {ServiceError} ValidationException */
export function checkOnDemand(
  billing: TableRow['billing'],
  given: OnDemandThroughput | undefined,
  updated: boolean,
  index?: string,
): void {
  const of = index === undefined ? '' : ` for index${updated ? ' ' : ''}: ${index}`;
  for (const member of ['MaxReadRequestUnits', 'MaxWriteRequestUnits'] as const) {
    const wanted = given?.[member];
    if (wanted === undefined) continue;
    if (billing === 'PROVISIONED')
      throw invalidParameter(
        `${member} for OnDemandThroughput${of} cannot be specified when ${updated ? 'the table BillingMode is PROVISIONED' : 'table BillingMode is PROVISIONED.'}`,
      );
    if (wanted < 1 && !(updated && wanted === -1))
      throw invalidParameter(
        `Requested ${member} for OnDemandThroughput for ${index === undefined ? 'table' : `index : ${index}`} is outside of valid range`,
      );
  }
}

/** Limits as they are after a change, which leaves those it doesn't name; -1 takes one away. */
export function changedOnDemand(
  before: OnDemandThroughput | undefined,
  given: OnDemandThroughput | undefined,
): { onDemand?: OnDemandThroughput } {
  const left = Object.entries({ ...before, ...given }).filter(([, units]) => units !== undefined && units !== -1);
  return left.length === 0 ? {} : { onDemand: Object.fromEntries(left) };
}

const WARM = [
  ['ReadUnitsPerSecond', 'ReadCapacityUnits'],
  ['WriteUnitsPerSecond', 'WriteCapacityUnits'],
] as const;

/** What a table or index can do at once after it was made able to do more. @param what `table`, or `index …`. @throws {ServiceError} ValidationException */
export function warmer(
  before: Pick<IndexSpec, 'warm' | 'throughput'>,
  wanted: WarmThroughput | undefined,
  what: string,
): Pick<IndexSpec, 'warm'> {
  if (wanted === undefined) return {};
  const is = warmOf(before);
  const lower = WARM.find(([member]) => (wanted[member] ?? is[member]) < is[member]);
  if (lower !== undefined)
    throw invalidParameter(
      `Requested ${lower[0]} for WarmThroughput for ${what} is lower than current WarmThroughput, decreasing WarmThroughput is not supported`,
    );
  return { warm: { ...before.warm, ...wanted } };
}

/** What is provisioned with less, or no longer or from now on, can still do what it could. @param wanted none on demand. Source: findings of ack-api-quirks, DDB-TABLE-061 and 134, measured against AWS. */
export function keptWarm(
  before: Pick<IndexSpec, 'warm' | 'throughput'>,
  wanted?: ProvisionedThroughput,
): Pick<IndexSpec, 'warm'> {
  const is = warmOf(before);
  const next = warmOf(wanted === undefined ? {} : { throughput: throughputOf(wanted) });
  const kept = WARM.filter(([member]) => is[member] > next[member]).map(([member]) => [member, is[member]]);
  return kept.length === 0 ? {} : { warm: { ...before.warm, ...Object.fromEntries(kept) } };
}

/** Of a new table or index. @throws {ServiceError} ValidationException */
export function checkWarm(
  wanted: WarmThroughput | undefined,
  throughput: ProvisionedThroughput | undefined,
  what: string,
): void {
  for (const [member, units] of WARM) {
    const given = wanted?.[member];
    if (given === undefined || given >= (throughput?.[units] ?? warmOf({})[member])) continue;
    const than =
      throughput === undefined
        ? 'initial throughput for OnDemand. See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html#on-demand-capacity-mode-initial'
        : `${units} of ProvisionedThroughput`;
    throw invalidParameter(`Requested ${member} for WarmThroughput for ${what} is lower than ${than}`);
  }
}

/** Throughput as requests tell it. */
export function units(throughput: Throughput | undefined): ProvisionedThroughput | undefined {
  return throughput === undefined
    ? undefined
    : { ReadCapacityUnits: throughput.read, WriteCapacityUnits: throughput.write };
}

/** @throws {ServiceError} ValidationException */
export function refuseSame(
  before: Throughput,
  { ReadCapacityUnits: read, WriteCapacityUnits: write }: ProvisionedThroughput,
  name: string,
): void {
  if (before.read !== read || before.write !== write) return;
  const told = (kind: string, count: number) =>
    `Current ${kind}CapacityUnits provisioned for ${name}: ${count}. Requested ${kind}CapacityUnits: ${count}.`;
  throw invalid(
    `The provisioned throughput for ${name === 'the table' ? name : `the ${name}`} will not change. The requested value equals the current value. ${told('Read', read)} ${told('Write', write)} Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.`,
  );
}

/** Throughput after a change that is allowed now; what was on demand until now has not risen. @throws {ServiceError} LimitExceededException */
export function changedThroughput(
  { throughput: before, pastThroughput: past }: Pick<IndexSpec, 'throughput' | 'pastThroughput'>,
  wanted: ProvisionedThroughput,
  ctx: Ctx,
): Throughput {
  const now = throughputOf(wanted);
  if (before === undefined) return { ...past, ...now };
  const rose = now.read > before.read || now.write > before.write;
  const fell = now.read < before.read || now.write < before.write;
  if (fell) refuseDecrease(before, ctx);
  return {
    ...before,
    ...now,
    ...(rose && { increasedAt: ctx.now }),
    ...(fell && { decreasedAt: ctx.now }),
    decreases: decreasesToday(before, ctx.now) + (fell ? 1 : 0),
  };
}

/** After the first four decreases of a day (UTC) an hour must pass before each. @throws {ServiceError} LimitExceededException */
function refuseDecrease(before: Throughput, ctx: Ctx): void {
  const today = decreasesToday(before, ctx.now);
  const tomorrow = (Math.floor(ctx.now / DAY_MILLIS) + 1) * DAY_MILLIS;
  const next = Math.min((before.decreasedAt ?? 0) + DECREASE_INTERVAL, tomorrow);
  if (today >= DECREASES_FREE && ctx.now < next)
    throw tooManyDecreases(today, instantText(before.decreasedAt ?? 0), instantText(next));
}

const INSTANT: Intl.DateTimeFormatOptions = { timeZone: 'UTC', dateStyle: 'full', timeStyle: 'full' };

/** `Thursday, October 8, 2026 at 11:20:48 PM Coordinated Universal Time`. Formats are made here, when one is asked for: the first costs 10 MB of memory. */
function instantText(at: Millis): string {
  return new Intl.DateTimeFormat('en-US', INSTANT).format(at).replaceAll('\u202f', ' ');
}
