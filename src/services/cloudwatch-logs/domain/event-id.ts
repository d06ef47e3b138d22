/** Ids of events: 56 digits that sort as the events do, and say where each lies. */
import type { Millis } from '#kernel/base';

/** Where an event is: its batch by stream and sequence, and its index therein. Events are in this order, too. */
export type Position = { timestamp: Millis; stream: string; sequence: number; index: number };

const DIGITS = 56;
const STREAM_BITS = 64n;
const SEQUENCE_BITS = 48n;
const INDEX_BITS = 32n;
const low = (value: bigint, bits: bigint) => value & ((1n << bits) - 1n);

/** Source: ids recorded from AWS, whose bits from the 144th on are the timestamp. */
export function eventId({ timestamp, stream, sequence, index }: Position): string {
  const whole =
    (((((BigInt(timestamp) << STREAM_BITS) | BigInt(`0x${stream}`)) << SEQUENCE_BITS) | BigInt(sequence)) <<
      INDEX_BITS) |
    BigInt(index);
  return whole.toString().padStart(DIGITS, '0');
}

/** What an id says; undefined when it is none. */
export function positionOf(id: string): Position | undefined {
  if (!/^\d{56}$/.test(id)) return undefined;
  const whole = BigInt(id);
  const timestamp = Number(whole >> (STREAM_BITS + SEQUENCE_BITS + INDEX_BITS));
  return {
    timestamp,
    stream: low(whole >> (SEQUENCE_BITS + INDEX_BITS), STREAM_BITS)
      .toString(16)
      .padStart(16, '0'),
    sequence: Number(low(whole >> INDEX_BITS, SEQUENCE_BITS)),
    index: Number(low(whole, INDEX_BITS)),
  };
}

/** Negative when `a` comes first. */
export function comparePositions(a: Position, b: Position): number {
  if (a.timestamp !== b.timestamp) return a.timestamp - b.timestamp;
  if (a.stream !== b.stream) return a.stream < b.stream ? -1 : 1;
  return a.sequence - b.sequence || a.index - b.index;
}
