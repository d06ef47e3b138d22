/** Archives of events, and replays of them. */
import { DAY } from '#kernel/base';
import type { Ctx, Handler, OutputOf } from '#kernel/contract';
import { findBus } from '../domain/find.ts';
import { exists, illegalStatus, notBuilt, notFound, validation } from '../errors.ts';
import { LIST_DEFAULT } from '../limits.ts';
import { type ArchiveRow, archived, archives, type ReplayRow, replays } from '../state.ts';
import { checkedPattern } from './event.ts';

/** Archived events that one turn removes. */
const SWEEP_BATCH = 500;

const arnOf = (kind: 'archive' | 'replay', name: string, { partition, region, account }: Ctx) =>
  `arn:${partition}:events:${region}:${account}:${kind}/${name}`;

export const createArchive: Handler<'eventbridge', 'CreateArchive'> = (input, ctx) => {
  const { ArchiveName: name } = input;
  if (ctx.store.get(archives, { name }) !== undefined) throw exists('Archive', name);
  if (input.KmsKeyIdentifier !== undefined && input.KmsKeyIdentifier !== '') throw notBuilt('keys of archives');
  const { bus } = findBus(input.EventSourceArn, ctx);
  if (input.EventPattern !== undefined) checkedPattern(input.EventPattern);
  const row: ArchiveRow = {
    name,
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
  if (row.retention > 0) ctx.arm('sweep', name, ctx.now + DAY, { name });
  return { ArchiveArn: row.arn, State: 'ENABLED', CreationTime: row.createdAt };
};

export const updateArchive: Handler<'eventbridge', 'UpdateArchive'> = (input, ctx) => {
  const row = find(input.ArchiveName, ctx);
  if (input.EventPattern !== undefined) checkedPattern(input.EventPattern);
  const changed = {
    ...row,
    ...(input.Description !== undefined && { description: input.Description }),
    ...(input.EventPattern !== undefined && { pattern: input.EventPattern }),
    ...(input.RetentionDays !== undefined && { retention: input.RetentionDays }),
  };
  ctx.store.put(archives, changed);
  if (changed.retention > 0) ctx.arm('sweep', row.name, ctx.now + DAY, { name: row.name });
  return { ArchiveArn: row.arn, State: 'ENABLED', CreationTime: row.createdAt };
};

export const deleteArchive: Handler<'eventbridge', 'DeleteArchive'> = (input, ctx) => {
  const row = find(input.ArchiveName, ctx);
  ctx.store.delete(archives, { name: row.name });
  ctx.arm('sweep', row.name, ctx.now, { name: row.name });
  return {};
};

function find(name: string, ctx: Ctx): ArchiveRow {
  const row = ctx.store.get(archives, { name });
  if (row === undefined) throw notFound('Archive', name);
  return row;
}

/** What is older than the archive keeps, or is of an archive that is gone, a batch at a time. */
export function sweepArchive(name: string, ctx: Ctx): void {
  const row = ctx.store.get(archives, { name });
  const before = row === undefined ? undefined : row.retention === 0 ? 0 : ctx.now - row.retention * DAY;
  const old = ctx.store.list(archived, {
    where: { archive: name },
    ...(before !== undefined && { before: { at: before } }),
    limit: SWEEP_BATCH,
  });
  let bytes = 0;
  for (const one of old) {
    bytes += Buffer.byteLength(JSON.stringify(one.event));
    ctx.store.delete(archived, one);
  }
  if (row !== undefined) ctx.store.put(archives, { ...row, events: row.events - old.length, bytes: row.bytes - bytes });
  if (old.length === SWEEP_BATCH) ctx.arm('sweep', name, ctx.now, { name });
  else if (row !== undefined && row.retention > 0) ctx.arm('sweep', name, ctx.now + DAY, { name });
}

type ArchiveShown = NonNullable<OutputOf<'eventbridge', 'ListArchives'>['Archives']>[number];

function archiveShown(row: ArchiveRow, ctx: Ctx): ArchiveShown {
  return {
    ArchiveName: row.name,
    EventSourceArn: findBus(row.bus, ctx).bus.arn,
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
  const limit = input.Limit ?? LIST_DEFAULT;
  const rows = ctx.store
    .list(archives, {
      after: input.NextToken === undefined ? undefined : { name: input.NextToken },
      ...(input.NamePrefix !== undefined && { startsWith: input.NamePrefix }),
    })
    .filter((row) => input.EventSourceArn === undefined || findBus(row.bus, ctx).bus.arn === input.EventSourceArn)
    .filter(() => (input.State ?? 'ENABLED') === 'ENABLED');
  const page = rows.slice(0, limit);
  return {
    Archives: page.map((row) => archiveShown(row, ctx)),
    ...(rows.length > limit && { NextToken: page.at(-1)?.name }),
  };
};

export const startReplay: Handler<'eventbridge', 'StartReplay'> = (input, ctx) => {
  const { ReplayName: name } = input;
  if (ctx.store.get(replays, { name }) !== undefined) throw exists('Replay', name);
  const archive = find(input.EventSourceArn.split('archive/')[1] ?? '', ctx);
  const { bus } = findBus(input.Destination.Arn, ctx);
  if (bus.name !== archive.bus)
    throw validation('Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not permitted.');
  const [from, to] = [Number(input.EventStartTime), Number(input.EventEndTime)];
  if (to <= from)
    throw validation('Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime.');
  const row: ReplayRow = {
    name,
    arn: arnOf('replay', name, ctx),
    archive: archive.name,
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
    Destination: { Arn: findBus(row.bus, ctx).bus.arn, FilterArns: row.rules },
  };
};

export const listReplays: Handler<'eventbridge', 'ListReplays'> = (input, ctx) => {
  const limit = input.Limit ?? LIST_DEFAULT;
  const rows = ctx.store
    .list(replays, {
      after: input.NextToken === undefined ? undefined : { name: input.NextToken },
      ...(input.NamePrefix !== undefined && { startsWith: input.NamePrefix }),
    })
    .filter((row) => input.State === undefined || row.state === input.State)
    .filter(
      ({ archive }) => input.EventSourceArn === undefined || arnOf('archive', archive, ctx) === input.EventSourceArn,
    );
  const page = rows.slice(0, limit);
  return {
    Replays: page.map((row) => replayShown(row, ctx)),
    ...(rows.length > limit && { NextToken: page.at(-1)?.name }),
  };
};
