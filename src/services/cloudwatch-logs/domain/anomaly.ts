/**
 * What is unusual in events, told from what a detector has learnt: a pattern that is new, a value of a token that is new among few, a pattern that
 * comes much more often.
 *
 * Deviation: AWS does not publish its model. Here patterns are told by the forms of their words, and what is often by mean and deviation.
 */
import { createHash } from 'node:crypto';
import type { Habit, LearntPatternRow } from '../state-anomaly.ts';
import { readShape, severityOf } from './insights/patterns.ts';

/** Letters of an event that are looked at. Source: User Guide, "Log anomaly detection". */
const LETTERS_MAX = 1_500;
/** Patterns of one look, and values and samples that are kept of each. Our own bounds; AWS keeps ten values of a token, too. */
const PATTERNS_MAX = 2_000;
const VALUES_MAX = 10;
const SAMPLES_MAX = 5;
/** A token has usual values where there are few, seen often. */
const USUAL_FROM = 20;
/** So many deviations above the mean, and so many times it, is much more often; so few never are. */
const DEVIATIONS = 5;
const TIMES = 3;
const COUNT_MIN = 10;

/** What was seen of a pattern in some time. */
export type Seen = {
  shape: string;
  count: number;
  tokens: ({ [value: string]: number } | null)[];
  samples: { timestamp: number; message: string }[];
};

/** Adds an event to what is seen, by the patterns' ids. */
export function see(seen: Map<string, Seen>, { timestamp, message }: { timestamp: number; message: string }): void {
  const { shape, values } = readShape(message.slice(0, LETTERS_MAX));
  const id = createHash('md5').update(shape).digest('hex');
  let pattern = seen.get(id);
  if (pattern === undefined) {
    if (seen.size >= PATTERNS_MAX) return;
    seen.set(id, (pattern = { shape, count: 0, tokens: values.map(() => ({})), samples: [] }));
  }
  pattern.count += 1;
  if (pattern.samples.length < SAMPLES_MAX) pattern.samples.push({ timestamp, message });
  for (const [index, { value }] of values.entries()) pattern.tokens[index] = counted(pattern.tokens[index], value, 1);
}

function counted(token: { [value: string]: number } | null | undefined, value: string, count: number) {
  if (token === null || token === undefined) return null;
  const known = Object.hasOwn(token, value) ? (token[value] ?? 0) : 0;
  if (known === 0 && Object.keys(token).length >= VALUES_MAX) return null;
  return { ...token, [value]: known + count };
}

/** What a pattern was and what was seen of it since, together. */
export function learnt(
  before: LearntPatternRow | undefined,
  detector: string,
  id: string,
  seen: Seen,
): LearntPatternRow {
  const { count, shape, tokens } = seen;
  const { sum, squares } = before?.habit ?? { sum: 0, squares: 0 };
  const habit: Habit = { sum: sum + count, squares: squares + count ** 2 };
  if (before === undefined) return { detector, id, shape, habit, tokens };
  const both = before.tokens.map((token, index) => {
    const more = tokens[index];
    if (token === null || more === null || more === undefined) return null;
    let all: { [value: string]: number } | null = token;
    for (const [value, times] of Object.entries(more)) all = counted(all, value, times);
    return all;
  });
  return { ...before, habit, tokens: both };
}

/** Something unusual: `what` names it among those of its detector. */
export type Finding = { what: string; priority: 'HIGH' | 'MEDIUM' | 'LOW'; description: string; count: number };

/** What is unusual about a pattern. */
export function findings(id: string, seen: Seen, known: LearntPatternRow | undefined, spans: number): Finding[] {
  const { shape, count, tokens } = seen;
  const severity = severityOf(shape);
  const isBad = ['FATAL', 'CRITICAL', 'ERROR'].includes(severity);
  if (known === undefined) {
    const description = `${count} ${count === 1 ? 'event' : 'events'} of a pattern that was not seen before: ${shape}`;
    return [
      { what: `${id}/new`, priority: isBad ? 'HIGH' : severity === 'WARN' ? 'MEDIUM' : 'LOW', description, count },
    ];
  }
  const found: Finding[] = [];
  for (const [index, usual] of known.tokens.entries()) {
    const total = Object.values(usual ?? {}).reduce((sum, times) => sum + times, 0);
    if (usual === null || total < USUAL_FROM) continue;
    for (const [value, times] of Object.entries(tokens[index] ?? {})) {
      if (Object.hasOwn(usual, value)) continue;
      const description = `Token ${index + 1} has the value ${value}, which was not seen before, ${times} times in: ${shape}`;
      found.push({ what: `${id}/${index}/${value}`, priority: isBad ? 'HIGH' : 'MEDIUM', description, count: times });
    }
  }
  const mean = known.habit.sum / Math.max(1, spans);
  const deviation = Math.sqrt(Math.max(0, known.habit.squares / Math.max(1, spans) - mean ** 2));
  if (count >= COUNT_MIN && count > mean + DEVIATIONS * deviation && count > TIMES * mean) {
    const description = `${count} events where ${mean.toFixed(1)} are usual of the pattern: ${shape}`;
    found.push({ what: `${id}/count`, priority: isBad || count > 5 * mean ? 'HIGH' : 'MEDIUM', description, count });
  }
  return found;
}

/** Tokens of a shape in their order, as clients see them. */
export function tokensOf(shape: string, values: readonly { [value: string]: number }[]) {
  let position = 0;
  return shape
    .split(/(<[A-Za-z]+-\d+>)/)
    .filter((part) => part !== '')
    .map((part) => {
      const name = /^<([A-Za-z]+-\d+)>$/.exec(part)?.[1];
      if (name === undefined) return { dynamicTokenPosition: 0, isDynamic: false, tokenString: part, enumerations: {} };
      position += 1;
      const enumerations = values[position - 1] ?? {};
      return {
        dynamicTokenPosition: position,
        isDynamic: true,
        tokenString: '<*>',
        enumerations,
        inferredTokenName: name,
      };
    });
}

/** A shape as a regular expression. */
export function regexOf(shape: string): string {
  const parts = shape.split(/<[A-Za-z]+-\d+>/);
  return `^${parts.map((part) => part.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')).join('(.*?)')}$`;
}
