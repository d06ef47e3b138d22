/** Shard iterators: the stream, the shard and the place in it, as text that a client carries. */
import type { Millis } from '#kernel/base';
import { badIterator } from './errors.ts';

/** Where reading goes on: at a sequence number, after it, or at whatever is oldest then. */
export type Position = { kind: 'at' | 'after'; sequence: string } | { kind: 'oldest' };
export type ShardIterator = { arn: string; shard: string; position: Position; issuedAt: Millis };

/** The text of an iterator; it begins as AWS's does. */
export function writeIterator({ arn, shard, position, issuedAt }: ShardIterator): string {
  const place = [shard, position.kind, position.kind === 'oldest' ? '' : position.sequence, issuedAt];
  return `${arn}|1|${Buffer.from(JSON.stringify(place)).toString('base64')}`;
}

/** @throws {ServiceError} ValidationException when it is none of ours */
export function readIterator(text: string): ShardIterator {
  const [arn = '', , packed = ''] = text.split('|');
  let place: unknown;
  try {
    place = JSON.parse(Buffer.from(packed, 'base64').toString());
  } catch {
    throw badIterator();
  }
  if (!Array.isArray(place)) throw badIterator();
  const [shard, kind, sequence, issuedAt] = place as readonly unknown[];
  if (typeof shard !== 'string' || typeof sequence !== 'string' || typeof issuedAt !== 'number') throw badIterator();
  if (kind === 'oldest') return { arn, shard, position: { kind }, issuedAt };
  if (kind !== 'at' && kind !== 'after') throw badIterator();
  return { arn, shard, position: { kind, sequence }, issuedAt };
}
