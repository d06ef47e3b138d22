/** Hash keys: numbers of 128 bits, kept as 32 hexadecimal digits so that they sort as texts. */
import { md5Hex } from '#kernel/base';
import { invalid } from '../errors.ts';

const SPACE = 1n << 128n;

/** As it is kept. */
export const toHex = (key: bigint) => key.toString(16).padStart(32, '0');
/** As one reckons with it. */
export const toBig = (key: string) => BigInt(`0x${key}`);
/** As clients see it. */
export const toDecimal = (key: string) => toBig(key).toString();

/** @throws {ServiceError} InvalidArgumentException */
export function hashKeyOf(partitionKey: string, explicit: string | undefined): string {
  if (explicit === undefined) return md5Hex(partitionKey);
  if (BigInt(explicit) >= SPACE)
    throw invalid(
      `Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was ${explicit}`,
    );
  return toHex(BigInt(explicit));
}

/** The first hash keys of ranges of the same size that are all keys together. */
export function bordersOf(count: number): bigint[] {
  const size = SPACE / BigInt(count);
  return Array.from({ length: count }, (_, at) => size * BigInt(at));
}

/** Such ranges, with both ends. */
export function rangesOf(count: number): { from: string; to: string }[] {
  const borders = bordersOf(count);
  return borders.map((from, at) => ({ from: toHex(from), to: toHex((borders[at + 1] ?? SPACE) - 1n) }));
}
