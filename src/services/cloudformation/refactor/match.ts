/** Finds out which resource of new templates is which of the stacks that are there. */
import { canonical } from '../domain/canonical.ts';
import type { JsonObject } from '../domain/parse.ts';
import type { Location, Move } from './state.ts';

/** A resource of a template, as it is written there. */
export type Written = Location & { type: string; properties: JsonObject };

export type Matched = {
  moves: Move[];
  /** Old resources that are nowhere in the new templates. */
  gone: Written[];
  /** New resources that are nowhere in the old templates, or might be several of them. */
  fresh: Written[];
};

/** A text that two locations share where they are the same. */
export function placeOf({ stackName, logicalId }: Location): string {
  return `${stackName} ${logicalId}`;
}

/**
 * Matches by what is given; then what has kept its place; then, of what is left, by type and name, by type and properties, and by type alone where there is
 * only one.
 */
export function matched(
  before: readonly Written[],
  after: readonly Written[],
  given: readonly { from: Location; to: Location }[],
): Matched {
  const old = new Map(before.map((one) => [placeOf(one), one]));
  const left = new Map(after.map((one) => [placeOf(one), one]));
  const moves: Move[] = [];
  const take = (from: Written, to: Written, isGiven: boolean) => {
    old.delete(placeOf(from));
    left.delete(placeOf(to));
    if (placeOf(from) !== placeOf(to)) moves.push({ from: locationOf(from), to: locationOf(to), isGiven });
  };
  for (const { from, to } of given) {
    const [one, other] = [old.get(placeOf(from)), left.get(placeOf(to))];
    if (one !== undefined && other !== undefined) take(one, other, true);
  }
  for (const [place, to] of [...left]) {
    const from = old.get(place);
    if (from?.type === to.type) take(from, to, false);
  }
  const alike: ((one: Written) => string)[] = [
    ({ type, logicalId }) => `${type} ${logicalId}`,
    ({ type, properties }) => `${type} ${canonical(properties)}`,
    ({ type }) => type,
  ];
  for (const key of alike) {
    const olds = Map.groupBy(old.values(), key);
    for (const [name, few] of Map.groupBy(left.values(), key)) {
      const [from, another] = olds.get(name) ?? [];
      const [to, second] = few;
      if (from !== undefined && to !== undefined && another === undefined && second === undefined)
        take(from, to, false);
    }
  }
  return { moves, gone: [...old.values()], fresh: [...left.values()] };
}

function locationOf({ stackName, logicalId }: Location): Location {
  return { stackName, logicalId };
}
