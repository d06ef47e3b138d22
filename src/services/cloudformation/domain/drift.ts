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

function compared(PropertyPath: string, expected: unknown, actual: unknown): Difference[] {
  if (canonical(expected) === canonical(actual) || isSame(expected, actual)) return [];
  const [ExpectedValue, ActualValue] = [text(expected), text(actual)];
  const DifferenceType = actual === undefined ? 'REMOVE' : 'NOT_EQUAL';
  return [{ PropertyPath, ExpectedValue, ActualValue, DifferenceType }];
}

/** Objects may have more than the template says, lists (of tags) another order. */
function isSame(expected: unknown, actual: unknown): boolean {
  // What was looked up when the thing was made is not looked up again.
  if (typeof expected === 'string' && expected.includes('{{resolve:')) return actual !== undefined;
  if (Array.isArray(expected) && Array.isArray(actual))
    return expected.every((item) =>
      actual.some((other) => canonical(other) === canonical(item) || isSame(item, other)),
    );
  if (expected === null || typeof expected !== 'object' || actual === null || typeof actual !== 'object')
    return canonical(expected) === canonical(actual);
  return Object.entries(expected).every(([name, member]) => isSame(member, (actual as Properties)[name]));
}

function text(value: unknown): string {
  if (value === undefined) return 'null';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
