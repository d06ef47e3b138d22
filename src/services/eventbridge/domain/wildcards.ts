/**
 * How much work the wildcards of a pattern may make: so many places at once, in which reading a value can be.
 *
 * @see EventBridge User Guide, "Wildcard matching complexity"; Event Ruler, MachineComplexityEvaluator. Source of the limit: patterns that AWS takes and
 * refuses: the guide's, of six wildcards with five colons, and a user's with Terraform, who may have four of `*.tif` but not four like `x*y/data/*.tif`.
 */
import { type Pattern, readPattern } from '#kernel/base';

const PLACES_MAX = 10;
/** Sets of places that are looked at; patterns with more are refused. */
const SETS_MAX = 5_000;
/** Steps besides bytes: into a wildcard, round in it, and past the end. */
const [ENTER, LOOP, END] = [-1, -2, -3];
const QUOTE = 0x22;

type Test = Pattern['alternatives'][number] extends ReadonlyMap<string, readonly (infer One)[]> ? One : never;

/** Whether a field of the pattern has wildcards that make too much work. */
export function hasTooManyWildcards({ alternatives }: Pattern): boolean {
  return alternatives.some((fields) => [...fields.values()].some((tests) => isTooMuch(tests.flatMap(stepsOf))));
}

/** Whether a rule's pattern, which can be read, has wildcards. */
export function hasWildcard(text: string | undefined): boolean {
  if (text === undefined || !text.includes('wildcard')) return false;
  const { alternatives } = readPattern(text);
  return alternatives.some((fields) => [...fields.values()].some((tests) => tests.flatMap(stepsOf).length > 0));
}

/** The steps through the values that a test takes, with the quotes around them. */
function stepsOf(test: Test): number[][] {
  if (test.is === 'anything-but') return test.tests.flatMap(stepsOf);
  if (test.is !== 'wildcard') return [];
  const steps = test.pieces.flatMap((piece, index) => [...(index === 0 ? [] : [ENTER, LOOP]), ...Buffer.from(piece)]);
  return [[QUOTE, ...steps, QUOTE, END]];
}

function isTooMuch(all: readonly (readonly number[])[]): boolean {
  const steps = all.flat();
  const bytes = new Set([...steps.filter((step) => step >= 0), END]);
  let start = 0;
  const first = all.map(({ length }) => {
    start += length;
    return start - length;
  });
  const seen = new Set<string>();
  for (const sets = [first]; sets.length > 0; ) {
    const places = sets.pop() ?? [];
    for (const byte of bytes) {
      const next = after(places, byte, steps);
      if (next.length > PLACES_MAX || seen.size > SETS_MAX) return true;
      const key = next.join();
      if (next.length > 0 && !seen.has(key)) sets.push(next);
      seen.add(key);
    }
  }
  return false;
}

/** The places after a byte. */
function after(places: readonly number[], byte: number, steps: readonly number[]): number[] {
  const found = new Set<number>();
  const reach = (place: number) => {
    found.add(place);
    if (steps[place] === ENTER) found.add(place + 1);
  };
  for (const place of places) {
    const isLoop = steps[place] === LOOP;
    if (isLoop) found.add(place);
    const at = isLoop ? place + 1 : place;
    if (steps[at] === byte && byte !== END) reach(at + 1);
  }
  return [...found].sort((one, other) => one - other);
}
