/** How a thing differs from what its template says. */
import type { OutputOf, Properties } from '#kernel/contract';
import { canonical } from './canonical.ts';

export type Difference = NonNullable<
  OutputOf<'cloudformation', 'DetectStackResourceDrift'>['StackResourceDrift']['PropertyDifferences']
>[number];

/** The differences of what the template says; what it doesn't say may be anything. */
export function differencesOf(expected: Properties, actual: Properties): Difference[] {
  return Object.entries(expected).flatMap(([name, value]) => {
    // What can't be read is taken to be right.
    if (!(name in actual)) return [];
    return compared(`/${name}`, value, actual[name]);
  });
}

/** The smallest parts that differ, each by its JSON pointer. */
function compared(path: string, said: unknown, actual: unknown): Difference[] {
  const expected = asDocument(said, actual);
  if (isSame(expected, actual)) return [];
  if (Array.isArray(expected) && Array.isArray(actual)) return listed(path, expected, actual);
  if (isObject(expected) && isObject(actual))
    return Object.entries(expected).flatMap(([name, member]) =>
      compared(`${path}/${escaped(name)}`, member, actual[name]),
    );
  return [difference(path, expected, actual, actual === undefined ? 'REMOVE' : 'NOT_EQUAL')];
}

/** Items that have changed, that are there no more, and that nobody asked for. */
function listed(path: string, expected: readonly unknown[], actual: readonly unknown[]): Difference[] {
  const others = actual.map((item, index) => ({ item, index })).filter(({ item }) => !isOfAws(item));
  const take = (fits: (item: unknown) => boolean) => {
    const at = others.findIndex(({ item }) => fits(item));
    return at === -1 ? undefined : others.splice(at, 1)[0];
  };
  const left = expected.map((item, index) => ({ item, index })).filter(({ item }) => !take((one) => isSame(item, one)));
  const differing = left.flatMap(({ item, index }) => {
    const at = `${path}/${index}`;
    const changed = take((one) => isObject(item) && isObject(one) && nameOf(item) === nameOf(one));
    return changed === undefined ? [difference(at, item, undefined, 'REMOVE')] : compared(at, item, changed.item);
  });
  return [...differing, ...others.map(({ item, index }) => difference(`${path}/${index}`, undefined, item, 'ADD'))];
}

/** A document that the template gives as a text, where it is read as an object. */
function asDocument(said: unknown, actual: unknown): unknown {
  if (typeof said !== 'string' || !isObject(actual)) return said;
  try {
    return JSON.parse(said);
  } catch {
    return said;
  }
}

const difference = (
  PropertyPath: string,
  expected: unknown,
  actual: unknown,
  DifferenceType: 'ADD' | 'NOT_EQUAL' | 'REMOVE',
): Difference => ({ PropertyPath, ExpectedValue: text(expected), ActualValue: text(actual), DifferenceType });

const isObject = (value: unknown): value is Properties =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const escaped = (name: string) => name.replaceAll('~', '~0').replaceAll('/', '~1');
/** By which an item of a list is known, where it has a name. */
const nameOf = ({ Key, Id, Name }: Properties) => canonical(Key ?? Id ?? Name);
/** AWS's own tags are nobody's drift. */
const isOfAws = (item: unknown) => isObject(item) && typeof item.Key === 'string' && item.Key.startsWith('aws:');

/** Objects may have more than the template says, lists another order. */
function isSame(said: unknown, actual: unknown): boolean {
  const expected = asDocument(said, actual);
  // What was looked up when the thing was made is not looked up again.
  if (typeof expected === 'string' && expected.includes('{{resolve:')) return actual !== undefined;
  if (Array.isArray(expected) && Array.isArray(actual)) {
    const own = actual.filter((item) => !isOfAws(item));
    return own.length === expected.length && expected.every((item) => own.some((other) => isSame(item, other)));
  }
  if (!isObject(expected) || !isObject(actual)) return canonical(expected) === canonical(actual);
  return Object.entries(expected).every(([name, member]) => isSame(member, actual[name]));
}

function text(value: unknown): string {
  if (value === undefined) return 'null';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
