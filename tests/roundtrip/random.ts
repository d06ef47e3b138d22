/** A small seeded generator of numbers (mulberry32): the same seed gives the same values on every machine. */

export type Random = {
  /** Below 1. */
  real(): number;
  /** From `low` to `high`, both included. */
  between(low: number, high: number): number;
  chance(probability: number): boolean;
  pick<T>(from: readonly T[]): T;
};

/** A generator whose numbers follow from `seed`, e.g. `sqs/SendMessage`. */
export function randomOf(seed: string): Random {
  let state = 0x811c9dc5;
  for (let index = 0; index < seed.length; index += 1)
    state = Math.imul(state ^ seed.charCodeAt(index), 0x01000193) >>> 0;
  const real = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (low: number, high: number) => low + Math.floor(real() * (high - low + 1));
  return {
    real,
    between,
    chance: (probability) => real() < probability,
    pick: (from) => from[between(0, from.length - 1)] as (typeof from)[number],
  };
}
