/**
 * What is unusual in events, told from what was learnt of earlier ones: a pattern that is new or comes much more often, a value of a token that is new
 * among few, a number far from the others, errors of HTTP. Source: User Guide, "anomaly", these five types.
 *
 * Deviation: AWS does not publish its model. Here patterns are told by the forms of their words, and what is often by mean and deviation.
 */
import { createHash } from 'node:crypto';
import type { Habit, LearntPatternRow, Numbers } from '../state-anomaly.ts';
import { readShape, severityOf } from './insights/patterns.ts';

/** Letters of an event that are looked at. Source: User Guide, "Log anomaly detection". */
export const LETTERS_MAX = 1_500;
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
/** A token whose values are all such is a status of HTTP. */
const STATUS = /^[1-5]\d\d$/;
const ERROR_STATUS = /^[45]\d\d$/;

/** What was seen of a pattern in some time. */
export type Seen = {
  shape: string;
  count: number;
  tokens: ({ [value: string]: number } | null)[];
  /** Of each token that is a number. */
  numbers?: (Numbers | null)[];
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
  pattern.numbers ??= values.map(({ name }) => (name.startsWith('Number-') ? NO_NUMBERS : null));
  for (const [index, { value }] of values.entries()) {
    pattern.tokens[index] = counted(pattern.tokens[index], value, 1);
    const number = Number(value);
    pattern.numbers[index] = together(pattern.numbers[index], {
      count: 1,
      sum: number,
      squares: number ** 2,
      least: number,
      most: number,
    });
  }
}

const NO_NUMBERS: Numbers = { count: 0, sum: 0, squares: 0, least: Number.MAX_VALUE, most: -Number.MAX_VALUE };

function together(a: Numbers | null | undefined, b: Numbers | null | undefined): Numbers | null {
  if (a === null || a === undefined || b === null || b === undefined) return null;
  return {
    count: a.count + b.count,
    sum: a.sum + b.sum,
    squares: a.squares + b.squares,
    least: Math.min(a.least, b.least),
    most: Math.max(a.most, b.most),
  };
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
  const { count, shape, tokens, numbers = [] } = seen;
  const { sum, squares } = before?.habit ?? { sum: 0, squares: 0 };
  const habit: Habit = { sum: sum + count, squares: squares + count ** 2 };
  if (before === undefined) return { detector, id, shape, habit, tokens, numbers };
  const both = before.tokens.map((token, index) => {
    const more = tokens[index];
    if (token === null || more === null || more === undefined) return null;
    let all: { [value: string]: number } | null = token;
    for (const [value, times] of Object.entries(more)) all = counted(all, value, times);
    return all;
  });
  const all = before.numbers?.map((one, index) => together(one, numbers[index]) ?? one) ?? numbers;
  return { ...before, habit, tokens: both, numbers: all };
}

/** Something unusual: `what` names it among those of its detector. */
export type Finding = {
  what: string;
  type: 'New pattern' | 'Pattern frequency' | 'Token variation' | 'Numerical token' | 'HTTP error code';
  priority: 'HIGH' | 'MEDIUM' | 'LOW';
  description: string;
  count: number;
};

/** What is unusual about a pattern; `spans` are those in which it was learnt how often it comes. */
export function findings(id: string, seen: Seen, known: LearntPatternRow | undefined, spans: number): Finding[] {
  const { shape, count } = seen;
  const severity = severityOf(shape);
  const isBad = ['FATAL', 'CRITICAL', 'ERROR'].includes(severity);
  if (known === undefined) {
    const description = `${count} ${count === 1 ? 'event' : 'events'} of a pattern that was not seen before: ${shape}`;
    const priority = isBad ? 'HIGH' : severity === 'WARN' ? 'MEDIUM' : 'LOW';
    return [{ what: `${id}/new`, type: 'New pattern', priority, description, count }];
  }
  const found: Finding[] = [];
  for (const [index, usual] of known.tokens.entries()) {
    if (usual === null) found.push(...ofNumbers(id, index, seen, known));
    else found.push(...ofValues(id, index, seen, usual, isBad));
  }
  const { mean, deviation } = spreadOf({ ...known.habit, count: Math.max(1, spans) });
  if (count >= COUNT_MIN && count > mean + DEVIATIONS * deviation && count > TIMES * mean) {
    const description = `${count} events where ${mean.toFixed(1)} are usual of the pattern: ${shape}`;
    const priority = isBad || count > 5 * mean ? 'HIGH' : 'MEDIUM';
    found.push({ what: `${id}/count`, type: 'Pattern frequency', priority, description, count });
  }
  return found;
}

function spreadOf({ count, sum, squares }: Habit & { count: number }) {
  const mean = sum / count;
  return { mean, deviation: Math.sqrt(Math.max(0, squares / count - mean ** 2)) };
}

/** Of a token that has few values. */
function ofValues(
  id: string,
  index: number,
  { shape, count, tokens }: Seen,
  usual: { [value: string]: number },
  isBad: boolean,
): Finding[] {
  const total = Object.values(usual).reduce((sum, times) => sum + times, 0);
  if (total < USUAL_FROM) return [];
  const found: Finding[] = [];
  const isStatus = Object.keys(usual).every((value) => STATUS.test(value));
  for (const [value, times] of Object.entries(tokens[index] ?? {})) {
    if (Object.hasOwn(usual, value)) continue;
    const isError = isStatus && ERROR_STATUS.test(value);
    const description = `Token ${index + 1} has the value ${value}, which was not seen before, ${times} times in: ${shape}`;
    const type = isError ? 'HTTP error code' : 'Token variation';
    const priority = isBad ? 'HIGH' : 'MEDIUM';
    found.push({ what: `${id}/${index}/${value}`, type, priority, description, count: times });
  }
  if (!isStatus) return found;
  const [errors, before] = [errorsOf(tokens[index] ?? {}), errorsOf(usual)];
  const expected = (before / total) * count;
  if (before > 0 && errors >= COUNT_MIN && errors > TIMES * expected) {
    const description = `${errors} errors of HTTP where ${expected.toFixed(1)} are usual in: ${shape}`;
    found.push({
      what: `${id}/${index}/errors`,
      type: 'HTTP error code',
      priority: 'HIGH',
      description,
      count: errors,
    });
  }
  return found;
}

/** How many of a token's values are statuses that tell an error. */
const errorsOf = (values: { [value: string]: number }) =>
  Object.entries(values).reduce((sum, [value, times]) => sum + (ERROR_STATUS.test(value) ? times : 0), 0);

/** Of a token that has many values, which are numbers: the one that lies farthest from the usual. */
function ofNumbers(id: string, index: number, { shape, numbers }: Seen, known: LearntPatternRow): Finding[] {
  const [now, usual] = [numbers?.[index], known.numbers?.[index]];
  if (now === null || now === undefined || usual === null || usual === undefined || usual.count < USUAL_FROM) return [];
  const { mean, deviation } = spreadOf(usual);
  const farthest = now.most - mean > mean - now.least ? now.most : now.least;
  if (Math.abs(farthest - mean) <= DEVIATIONS * deviation) return [];
  const description = `Token ${index + 1} has the value ${farthest}, where ${mean.toFixed(1)} is usual, in: ${shape}`;
  return [{ what: `${id}/${index}/number`, type: 'Numerical token', priority: 'MEDIUM', description, count: 1 }];
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
