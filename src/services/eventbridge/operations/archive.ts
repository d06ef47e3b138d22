/** Archives of events, and replays of them. */
import { DAY, page } from '#kernel/base';
import { type Ctx, type Handler, notBuilt, type OutputOf } from '#kernel/contract';
import { BUS_ARN, busArn, findOwnBus } from '../domain/find.ts';
import { putManagedRule, removeManagedRule } from '../domain/managed.ts';
import { exists, illegalStatus, notFound, oneFilter, validation } from '../errors.ts';
import { LIST_DEFAULT } from '../limits.ts';
import { type ArchiveRow, archived, archives, lifeOf, type ReplayRow, replays } from '../state.ts';
import { checkedPattern } from './event.ts';

/** Archived events that one turn removes. */
const SWEEP_BATCH = 500;

const arnOf = (kind: 'archive' | 'replay', name: string, { partition, region, account }: Ctx) =>
  `arn:${partition}:events:${region}:${account}:${kind}/${name}`;

export const createArchive: Handler<'eventbridge', 'CreateArchive'> = (input, ctx) => {
  const { ArchiveName: name } = input;
  if (ctx.store.get(archives, { name }) !== undefined) throw exists('Archive', name);
  if (input.KmsKeyIdentifier !== undefined && input.KmsKeyIdentifier !== '') throw notBuilt('keys of archives');
  const bus = findOwnBus(input.EventSourceArn, ctx);
  if (input.EventPattern !== undefined) checkedPattern(input.EventPattern);
  const row: ArchiveRow = {
    name,
    life: ctx.uuid(),
    arn: arnOf('archive', name, ctx),
    bus: bus.name,
    ...(input.Description !== undefined && { description: input.Description }),
    ...(input.EventPattern !== undefined && { pattern: input.EventPattern }),
    retention: input.RetentionDays ?? 0,
    createdAt: ctx.now,
    events: 0,
    bytes: 0,
  };
  ctx.store.put(archives, row);
  putManagedRule(row, ctx);
  if (row.retention > 0) ctx.arm('sweep', name, ctx.now + DAY, { name });
  return { ArchiveArn: row.arn, State: 'ENABLED', CreationTime: row.createdAt };
};

export const updateArchive: Handler<'eventbridge', 'UpdateArchive'> = (input, ctx) => {
  if (input.EventPattern === undefined && input.RetentionDays === undefined && input.Description === undefined)
    throw validation('At least one of EventPattern, RetentionDays or Description must be provided.');
  const row = find(input.ArchiveName, ctx);
  if (input.EventPattern !== undefined) checkedPattern(input.EventPattern);
  const changed = {
    ...row,
    ...(input.Description !== undefined && { description: input.Description }),
    ...(input.EventPattern !== undefined && { pattern: input.EventPattern }),
    ...(input.RetentionDays !== undefined && { retention: input.RetentionDays }),
  };
  ctx.store.put(archives, changed);
  putManagedRule(changed, ctx);
  if (changed.retention > 0) ctx.arm('sweep', row.name, ctx.now + DAY, { name: row.name });
  return { ArchiveArn: row.arn, State: 'ENABLED', CreationTime: row.createdAt };
};

export const deleteArchive: Handler<'eventbridge', 'DeleteArchive'> = (input, ctx) => {
  const row = find(input.ArchiveName, ctx);
  ctx.store.delete(archives, { name: row.name });
  removeManagedRule(row, ctx);
  ctx.disarm('sweep', row.name);
  const life = lifeOf(row);
  ctx.arm('sweep', life, ctx.now, { life });
  return {};
};

function find(name: string, ctx: Ctx): ArchiveRow {
  const row = ctx.store.get(archives, { name });
  if (row === undefined) throw notFound('Archive', name);
  return row;
}

/** What is older than an archive keeps, a batch at a time. */
export function sweepArchive(name: string, ctx: Ctx): void {
  const row = ctx.store.get(archives, { name });
  if (row === undefined || row.retention === 0) return;
  const before = { at: ctx.now - row.retention * DAY };
  const old = ctx.store.list(archived, { where: { archive: lifeOf(row) }, before, limit: SWEEP_BATCH });
  let bytes = 0;
  for (const one of old) {
    bytes += Buffer.byteLength(one.event);
    ctx.store.delete(archived, one);
  }
  ctx.store.put(archives, { ...row, events: row.events - old.length, bytes: row.bytes - bytes });
  ctx.arm('sweep', name, old.length === SWEEP_BATCH ? ctx.now : ctx.now + DAY, { name });
}

/** What an archive that is gone has left, a batch at a time. */
export function emptyArchive(life: string, ctx: Ctx): void {
  const left = ctx.store.list(archived, { where: { archive: life }, limit: SWEEP_BATCH });
  for (const one of left) ctx.store.delete(archived, one);
  if (left.length === SWEEP_BATCH) ctx.arm('sweep', life, ctx.now, { life });
}

type Filters = { EventSourceArn?: string; NamePrefix?: string; State?: string };

/** @throws {ServiceError} ValidationException for more than one filter */
function checkFilters(operation: string, { EventSourceArn, NamePrefix, State }: Filters): void {
  const given = [EventSourceArn, NamePrefix, State].filter((one) => one !== undefined);
  if (given.length > 1) throw oneFilter(operation, 'State, EventSourceArn, or NamePrefix');
}

const after = (name: string | undefined) => (name === undefined ? {} : { after: { name } });

type ArchiveShown = NonNullable<OutputOf<'eventbridge', 'ListArchives'>['Archives']>[number];

function archiveShown(row: ArchiveRow, ctx: Ctx): ArchiveShown {
  return {
    ArchiveName: row.name,
    EventSourceArn: busArn(row.bus, ctx.account, ctx),
    State: 'ENABLED',
    RetentionDays: row.retention,
    SizeBytes: row.bytes,
    EventCount: row.events,
    CreationTime: row.createdAt,
  };
}

export const describeArchive: Handler<'eventbridge', 'DescribeArchive'> = (input, ctx) => {
  const row = find(input.ArchiveName, ctx);
  return {
    ...archiveShown(row, ctx),
    ArchiveArn: row.arn,
    ...(row.description !== undefined && { Description: row.description }),
    ...(row.pattern !== undefined && { EventPattern: row.pattern }),
  };
};

export const listArchives: Handler<'eventbridge', 'ListArchives'> = (input, ctx) => {
  const { EventSourceArn: source, NamePrefix: prefix = '', NextToken: start, State: state = 'ENABLED' } = input;
  checkFilters('ListArchives', input);
  if (source !== undefined) findOwnBus(source, ctx);
  const { rows, last } = page<ArchiveRow>(
    (past, limit) => ctx.store.list(archives, { startsWith: prefix, ...after(past?.name ?? start), limit }),
    input.Limit ?? LIST_DEFAULT,
    (row) => state === 'ENABLED' && (source === undefined || busArn(row.bus, ctx.account, ctx) === source),
  );
  return {
    Archives: rows.map((row) => archiveShown(row, ctx)),
    ...(last !== undefined && { NextToken: last.name }),
  };
};

export const startReplay: Handler<'eventbridge', 'StartReplay'> = (input, ctx) => {
  const { ReplayName: name } = input;
  if (!BUS_ARN.test(input.Destination.Arn))
    throw validation('Parameter Destination.Arn is not valid. Reason: Must contain an event bus ARN.');
  const bus = findOwnBus(input.Destination.Arn, ctx);
  const source = input.EventSourceArn.split('/').at(-1) ?? '';
  const archive = ctx.store.get(archives, { name: source });
  if (archive === undefined)
    throw validation(`Parameter EventSourceArn is not valid. Reason: Archive ${source} does not exist.`);
  if (bus.name !== archive.bus)
    throw validation('Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not permitted.');
  const [from, to] = [Number(input.EventStartTime), Number(input.EventEndTime)];
  if (to <= from)
    throw validation('Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime.');
  if (ctx.store.get(replays, { name }) !== undefined) throw exists('Replay', name);
  const row: ReplayRow = {
    name,
    arn: arnOf('replay', name, ctx),
    archive: archive.name,
    life: lifeOf(archive),
    bus: bus.name,
    rules: [...(input.Destination.FilterArns ?? [])],
    ...(input.Description !== undefined && { description: input.Description }),
    from,
    to,
    state: 'STARTING',
    startedAt: ctx.now,
  };
  ctx.store.put(replays, row);
  ctx.start('replay', name, { name });
  return { ReplayArn: row.arn, State: 'STARTING', ReplayStartTime: ctx.now };
};

export const cancelReplay: Handler<'eventbridge', 'CancelReplay'> = (input, ctx) => {
  const row = findReplay(input.ReplayName, ctx);
  if (row.state !== 'STARTING' && row.state !== 'RUNNING')
    throw illegalStatus(`Replay ${row.name} is not in a valid state for this operation.`);
  ctx.store.put(replays, { ...row, state: 'CANCELLED', endedAt: ctx.now });
  return { ReplayArn: row.arn, State: 'CANCELLING' };
};

function findReplay(name: string, ctx: Ctx): ReplayRow {
  const row = ctx.store.get(replays, { name });
  if (row === undefined) throw notFound('Replay', name);
  return row;
}

type ReplayShown = NonNullable<OutputOf<'eventbridge', 'ListReplays'>['Replays']>[number];

function replayShown(row: ReplayRow, ctx: Ctx): ReplayShown {
  return {
    ReplayName: row.name,
    EventSourceArn: arnOf('archive', row.archive, ctx),
    State: row.state,
    EventStartTime: row.from,
    EventEndTime: row.to,
    ...(row.lastAt !== undefined && { EventLastReplayedTime: row.lastAt }),
    ReplayStartTime: row.startedAt,
    ...(row.endedAt !== undefined && { ReplayEndTime: row.endedAt }),
  };
}

export const describeReplay: Handler<'eventbridge', 'DescribeReplay'> = (input, ctx) => {
  const row = findReplay(input.ReplayName, ctx);
  return {
    ...replayShown(row, ctx),
    ReplayArn: row.arn,
    ...(row.description !== undefined && { Description: row.description }),
    Destination: { Arn: busArn(row.bus, ctx.account, ctx), FilterArns: row.rules },
  };
};

export const listReplays: Handler<'eventbridge', 'ListReplays'> = (input, ctx) => {
  const { EventSourceArn: source, NamePrefix: prefix = '', NextToken: start, State: state } = input;
  checkFilters('ListReplays', input);
  const { rows, last } = page<ReplayRow>(
    (past, limit) => ctx.store.list(replays, { startsWith: prefix, ...after(past?.name ?? start), limit }),
    input.Limit ?? LIST_DEFAULT,
    (row) =>
      (state === undefined || row.state === state) &&
      (source === undefined || arnOf('archive', row.archive, ctx) === source),
  );
  return {
    Replays: rows.map((row) => replayShown(row, ctx)),
    ...(last !== undefined && { NextToken: last.name }),
  };
};
