/** Shard iterators: the stream, the shard and the place in it, as text that a client carries for five minutes. */
import type { Millis } from '#kernel/base';
import { badIterator, expiredIterator } from '../errors.ts';
import { ITERATOR_LIFETIME } from '../limits.ts';

/** @property from the ordinal to begin with */
export type ShardIterator = { arn: string; life: string; shard: number; from: string; issuedAt: Millis };

/** As those of AWS do, texts begin with a version in eight bytes. */
const VERSION = Buffer.from([0, 0, 0, 0, 0, 0, 0, 1]);

/** The text of an iterator: at most 512 characters, however long the stream's name. */
export function writeIterator({ arn, life, shard, from, issuedAt }: ShardIterator): string {
  const text = JSON.stringify([arn, life, shard, from, issuedAt]);
  return Buffer.concat([VERSION, Buffer.from(text)]).toString('base64');
}

/** @throws {ServiceError} InvalidArgumentException when it is none of ours */
export function readIterator(text: string): ShardIterator {
  const bytes = Buffer.from(text, 'base64');
  let parts: unknown;
  try {
    parts = JSON.parse(bytes.subarray(VERSION.length).toString());
  } catch {
    throw badIterator();
  }
  if (!Array.isArray(parts) || !bytes.subarray(0, VERSION.length).equals(VERSION)) throw badIterator();
  const [arn, life, shard, from, issuedAt] = parts as readonly unknown[];
  if (typeof arn !== 'string' || typeof life !== 'string' || typeof from !== 'string') throw badIterator();
  if (!Number.isSafeInteger(shard) || !Number.isSafeInteger(issuedAt) || !/^[0-9a-f]{16}$/.test(from))
    throw badIterator();
  return { arn, life, shard: shard as number, from, issuedAt: issuedAt as Millis };
}

/** @throws {ServiceError} InvalidArgumentException, ExpiredIteratorException */
export function checkAge({ issuedAt }: ShardIterator, now: Millis): void {
  if (issuedAt > now) throw badIterator();
  if (now - issuedAt <= ITERATOR_LIFETIME) return;
  throw expiredIterator(
    `Iterator expired. The iterator was created at time ${worded(issuedAt)} while right now it is ${worded(now)} which is further in the future than the tolerated delay of ${ITERATOR_LIFETIME} milliseconds.`,
  );
}

/** `Thu Jan 22 01:22:02 UTC 2015` */
function worded(at: Millis): string {
  const [day = '', date, month, year, time] = new Date(at).toUTCString().split(' ');
  return `${day.slice(0, 3)} ${month} ${date} ${time} UTC ${year}`;
}
