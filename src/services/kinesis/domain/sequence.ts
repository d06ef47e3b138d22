/**
 * Sequence numbers: 56 digits that grow within a shard, and from a shard to its children. They hold when the shard was made, the record's
 * ordinal, when it came, and the shard's number, as those of AWS do.
 */
import { type Millis, SECOND } from '#kernel/base';

/** Bits of an ordinal below its milliseconds: so many records a shard may take in one of them. */
const COUNTER_BITS = 19n;
/** Greater than the ordinal of every record. */
export const LAST_ORDINAL = '7fffffffffffffff';
export const FIRST_ORDINAL = '0000000000000000';

type Shard = { index: number; born: number };

const hex = (value: number | bigint, digits: number) => value.toString(16).padStart(digits, '0');

/** The first ordinal that a record of that instant may have. */
export function ordinalAt(at: Millis): string {
  return hex(BigInt(Math.max(0, Math.floor(at))) << COUNTER_BITS, 16);
}

/** The next ordinal. */
export function after(ordinal: string): string {
  return hex(BigInt(`0x${ordinal}`) + 1n, 16);
}

/** The one before; the first has none. */
export function ordinalBefore(ordinal: string): string {
  const value = BigInt(`0x${ordinal}`);
  return hex(value === 0n ? value : value - 1n, 16);
}

/** The ordinal of a record that comes now, after the last one. */
export function nextOrdinal(last: string | undefined, now: Millis): string {
  const fresh = ordinalAt(now);
  return last === undefined || last < fresh ? fresh : after(last);
}

/** @param at when the record came */
export function sequenceOf({ index, born }: Shard, ordinal: string, at: Millis): string {
  const digits = `2${hex(born, 9)}${hex(index % 16, 1)}${ordinal}00${hex(Math.floor(at / SECOND), 9)}${hex(index, 8)}2`;
  return BigInt(`0x${digits}`).toString();
}

const FORM = /^2([0-9a-f]{9})[0-9a-f]([0-9a-f]{16})00[0-9a-f]{9}([0-9a-f]{8})2$/;

/** What a sequence number says; undefined where it is none. */
export function readSequence(text: string): (Shard & { ordinal: string }) | undefined {
  const found = /^\d{1,57}$/.test(text) ? FORM.exec(BigInt(text).toString(16)) : null;
  if (found === null) return undefined;
  const [, born = '', ordinal = '', index = ''] = found;
  return { born: Number.parseInt(born, 16), ordinal, index: Number.parseInt(index, 16) };
}
