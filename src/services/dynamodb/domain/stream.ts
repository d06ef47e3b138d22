/** A table's stream: opened and closed with its specification, and given a record for each change of an item. */
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import type { StreamSpecification } from '#models/dynamodb';
import { invalidParameter, streamAlreadyEnabled, streamNotEnabled } from '../errors.ts';
import { RECORD_RETENTION, SHARD_LIFETIME } from '../limits.ts';
import type { ItemRow, KeySpec, TableRow } from '../state.ts';
import { heads, records, type ShardRow, type StreamRow, shards, streams, streamWatchers } from '../stream-state.ts';
import { placeOf } from './find.ts';
import { keyAttributes } from './keys.ts';
import { nextMoment, sequenceOf } from './sequence.ts';
import { equalValues, itemSize } from './value.ts';

/** Wakes whoever waits for records of a stream. */
export function streamSignal(arn: string): string {
  return `dynamodb.stream ${arn}`;
}

/** Whether the specification asks for a stream; `made` of a new table. @throws {ServiceError} ValidationException */
export function wantsStream(given: StreamSpecification | undefined, made = false): given is StreamSpecification {
  if (given === undefined) return false;
  if (given.StreamEnabled && given.StreamViewType === undefined)
    throw invalidParameter(
      made
        ? 'Table is being created with a stream enabled, UpdateViewType is required'
        : 'If stream is being enabled then UpdateViewType is required',
    );
  if (!given.StreamEnabled && given.StreamViewType !== undefined)
    throw invalidParameter(
      made
        ? 'Table is being created with a stream disabled, UpdateViewType should not be specified'
        : 'If stream is being disabled, then UpdateViewType must not be specified',
    );
  return given.StreamEnabled;
}

/** Opens a stream for a table that has none that is enabled. @throws {ServiceError} ValidationException */
export function openStream(
  table: KeySpec & Pick<TableRow, 'name' | 'arn' | 'stream'>,
  given: StreamSpecification,
  store: StoreView,
  ctx: Ctx,
): NonNullable<TableRow['stream']> {
  if (table.stream?.enabled === true) throw streamAlreadyEnabled(table.name);
  const last = store.first(streams, { index: 'byTable', where: { table: table.name }, reverse: true });
  // Two streams of a table never have the same label, though the clock may stand still.
  const createdAt = Math.max(ctx.now, (last?.createdAt ?? 0) + 1);
  const label = new Date(createdAt).toISOString().slice(0, -1);
  const arn = `${table.arn}/stream/${label}`;
  const { name, hash, range } = table;
  const row: StreamRow = {
    hash,
    ...(range !== undefined && { range }),
    arn,
    label,
    table: name,
    pile: ctx.uuid(),
    view: given.StreamViewType ?? 'KEYS_ONLY',
    createdAt,
  };
  store.put(streams, row);
  openShard(row.pile, undefined, store, ctx);
  ctx.arm('rotate', row.pile, ctx.now + SHARD_LIFETIME, { pile: row.pile, ...placeOf(table.arn) });
  return { arn, label, pile: row.pile, view: row.view, enabled: true };
}

/** Closes a table's stream; what it holds stays readable for a day. @throws {ServiceError} ValidationException */
export function closeStream(table: TableRow, store: StoreView, ctx: Ctx): NonNullable<TableRow['stream']> {
  const { name, stream } = table;
  if (stream?.enabled !== true) throw streamNotEnabled(name);
  const row = store.get(streams, stream);
  if (row !== undefined) store.put(streams, { ...row, disabledAt: ctx.now });
  closeShard(stream.pile, store, ctx);
  ctx.disarm('rotate', stream.pile);
  ctx.arm('trim', stream.pile, ctx.now + RECORD_RETENTION, { pile: stream.pile, ...placeOf(table.arn) });
  return { ...stream, enabled: false };
}

/** The open shard gives way to a child. */
export function rotateShard(pile: string, store: StoreView, ctx: Ctx): void {
  openShard(pile, closeShard(pile, store, ctx)?.id, store, ctx);
}

function openShard(pile: string, parent: string | undefined, store: StoreView, ctx: Ctx): void {
  const start = nextSequence(pile, store, ctx);
  const id = `shardId-${start.slice(0, 13).padStart(20, '0')}-${ctx.uuid().slice(0, 8)}`;
  store.put(shards, { pile, id, start, ...(parent !== undefined && { parent }) });
}

function closeShard(pile: string, store: StoreView, ctx: Ctx): ShardRow | undefined {
  const shard = store.first(shards, { where: { pile }, reverse: true });
  if (shard === undefined || shard.end !== undefined) return undefined;
  store.put(shards, { ...shard, end: nextSequence(pile, store, ctx), closedAt: ctx.now });
  return shard;
}

function nextSequence(pile: string, store: StoreView, ctx: Ctx): string {
  const moment = nextMoment(store.get(heads, { pile }), ctx.now);
  store.put(heads, { pile, ...moment });
  return sequenceOf(moment);
}

/** Adds the record of a change to the stream; none where nothing has changed. */
export function noteChange(
  table: TableRow,
  { arn, pile, view }: NonNullable<TableRow['stream']>,
  store: StoreView,
  ctx: Ctx,
  before: ItemRow | undefined,
  after: Pick<ItemRow, 'item' | 'size'> | undefined,
  expired: boolean,
): void {
  const item = after?.item ?? before?.item;
  if (item === undefined) return;
  if (before !== undefined && after !== undefined && equalValues({ M: before.item }, { M: after.item })) return;
  const keys = keyAttributes(item, table);
  const old = view === 'OLD_IMAGE' || view === 'NEW_AND_OLD_IMAGES' ? before : undefined;
  const fresh = view === 'NEW_IMAGE' || view === 'NEW_AND_OLD_IMAGES' ? after : undefined;
  store.put(records, {
    pile,
    sequence: nextSequence(pile, store, ctx),
    at: ctx.now,
    event: before === undefined ? 'INSERT' : after === undefined ? 'REMOVE' : 'MODIFY',
    keys,
    ...(old !== undefined && { before: old.item }),
    ...(fresh !== undefined && { after: fresh.item }),
    size: itemSize(keys) + (old?.size ?? 0) + (fresh?.size ?? 0),
    ...(expired && { expired }),
  });
  ctx.signal(streamSignal(arn));
  for (const { account, region, id } of store.list(streamWatchers, { where: { stream: arn } }))
    ctx.emit('dynamodb.recorded', { id }, { account, region });
}
