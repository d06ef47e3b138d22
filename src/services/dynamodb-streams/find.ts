/** Finding the stream and the shards an operation is about. */
import { parseArn } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { RECORD_RETENTION, type ShardRow, type StreamRow, shards, streams } from '#services/dynamodb/port';
import { badStreamArn, shardNotFound, streamNotFound } from './errors.ts';

export type Found = { stream: StreamRow; store: StoreView };

const RESOURCE = /^table\/[a-zA-Z0-9_.-]{3,255}\/stream\/[0-9T:.-]+$/;

/** The account a stream's ARN names. @throws {ServiceError} ValidationException when it is no stream's ARN */
export function streamPlace(text: string): { account: string; region: string } {
  const arn = parseArn(text);
  if (arn === undefined || arn.service !== 'dynamodb' || !RESOURCE.test(arn.resource)) throw badStreamArn();
  return arn;
}

/** @throws {ServiceError} ResourceNotFoundException, ValidationException */
export function findStream(arn: string, ctx: Ctx): Found {
  const { account, region } = streamPlace(arn);
  const store = account === ctx.account ? ctx.store : ctx.store.in({ account });
  const stream = region === ctx.region ? store.get(streams, { arn }) : undefined;
  if (stream === undefined || isOver(stream.disabledAt, ctx)) throw streamNotFound(arn);
  return { stream, store };
}

/** @throws {ServiceError} ResourceNotFoundException */
export function findShard({ stream, store }: Found, id: string, ctx: Ctx): ShardRow {
  const shard = store.get(shards, { pile: stream.pile, id });
  if (shard === undefined || isOver(shard.closedAt, ctx)) throw shardNotFound(id, stream.arn);
  return shard;
}

/** Whether what ended at this time has been kept long enough. */
export function isOver(endedAt: number | undefined, ctx: Ctx): boolean {
  return endedAt !== undefined && endedAt <= ctx.now - RECORD_RETENTION;
}
