/**
 * Prefixes of objects, with expressions that are evaluated when the object is written: `!{timestamp:yyyy}/`.
 *
 * @see Developer Guide, "Custom prefixes for Amazon S3 objects"
 */
import type { Millis } from '#kernel/base';
import { badPrefix, invalid } from '../errors.ts';
import { PREFIX_LENGTH_MAX } from '../limits.ts';
import type { Partition } from '../state.ts';
import { type Moment, readMoment, writeMoment } from './moment.ts';

type Part =
  | { kind: 'text'; text: string }
  | { kind: 'timestamp'; moment: Moment }
  | { kind: 'random' }
  | { kind: 'error-type' }
  | { kind: 'query' | 'lambda'; key: string };

export type Prefix = readonly Part[];

/** Where prefixes have no expression. Source: the example under "Dynamic partitioning", whose key has no hour; recorded keys (floci-io/floci, issue 1857). */
const HOURLY = readMoment('yyyy/MM/dd/HH/');
/** Letters of `!{firehose:random-string}`. Source: "Custom prefixes": 11 characters. */
const RANDOM_LENGTH = 11;
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** @throws {ServiceError} InvalidArgumentException for an expression that there is not */
export function readPrefix(text: string, name = 'Prefix'): Prefix {
  const parts: Part[] = [];
  let at = 0;
  while (at < text.length) {
    const start = text.indexOf('!{', at);
    if (start !== at) parts.push({ kind: 'text', text: text.slice(at, start < 0 ? text.length : start) });
    if (start < 0) break;
    const end = text.indexOf('}', start);
    const expression = end < 0 ? '' : text.slice(start + 2, end);
    if (!expression.includes(':'))
      throw badPrefix(`Invalid expression usage: ${text}.Must be of the form !{<namespace>:<value>}`);
    parts.push(expressionOf(expression, name));
    at = end + 1;
  }
  return parts;
}

function expressionOf(text: string, name: string): Part {
  const colon = text.indexOf(':');
  const [namespace, value] = [text.slice(0, colon), text.slice(colon + 1)];
  const bad = () => badPrefix(`Invalid conversion character used in the value of the expression in ${name}`);
  switch (namespace) {
    case 'timestamp':
      try {
        return { kind: 'timestamp', moment: readMoment(value) };
      } catch {
        throw bad();
      }
    case 'firehose':
      if (value === 'random-string') return { kind: 'random' };
      if (value === 'error-output-type') return { kind: 'error-type' };
      throw bad();
    case 'partitionKeyFromQuery':
    case 'partitionKeyFromLambda':
      if (value === '') throw bad();
      return { kind: namespace === 'partitionKeyFromQuery' ? 'query' : 'lambda', key: value };
    default:
      throw badPrefix(`Namespace to the left of colon (${namespace}) is an invalid keyword!`);
  }
}

/** Whether a prefix names keys of partitions. */
function isPartitioned(prefix: Prefix): boolean {
  return prefix.some(({ kind }) => kind === 'query' || kind === 'lambda');
}

/** Whether a prefix has any expression. */
const hasExpressions = (prefix: Prefix) => prefix.some(({ kind }) => kind !== 'text');

/** Sees that two prefixes go together. @throws {ServiceError} InvalidArgumentException */
export function checkPrefixes(prefix: string, errorPrefix: string, isDynamic: boolean): void {
  const [good, bad] = [readPrefix(prefix), readPrefix(errorPrefix, 'ErrorOutputPrefix')];
  if (good.some(({ kind }) => kind === 'error-type'))
    throw badPrefix('Prefix must not contain any occurrence of !{firehose:error-output-type}');
  if (hasExpressions(good) && errorPrefix === '')
    throw badPrefix('ErrorOutputPrefix cannot be null or empty when Prefix contains expressions');
  if (hasExpressions(bad) && !bad.some(({ kind }) => kind === 'error-type'))
    throw badPrefix('ErrorOutputPrefix must contain at least one occurrence of !{firehose:error-output-type}');
  for (const parts of [good, bad])
    if (parts.reduce((sum, part) => sum + (part.kind === 'text' ? part.text.length : 1), 0) > PREFIX_LENGTH_MAX)
      throw badPrefix(`Length of evaluated prefix cannot be greater than ${PREFIX_LENGTH_MAX}`);
  if (isPartitioned(bad))
    throw badPrefix("Dynamic Partitioning Namespaces can't be part of an error prefix expression");
  if (isPartitioned(good) && !isDynamic)
    // Source: hashicorp/terraform-provider-aws, issue 29092.
    throw invalid(
      'Dynamic Partitioning Namespaces can only be part of a prefix expression when Dynamic Partitioning is enabled.',
    );
  if (!isPartitioned(good) && isDynamic)
    throw invalid('S3 Prefix should contain Dynamic Partitioning namespaces when Dynamic Partitioning is enabled');
}

/** The keys of queries that a prefix names. */
export function queryKeys(prefix: Prefix): string[] {
  return prefix.flatMap((part) => (part.kind === 'query' ? [part.key] : []));
}

export type PrefixFacts = {
  at: Millis;
  zone: string;
  /** The same for the same object. */
  seed: string;
  errorType?: string | undefined;
  partition?: Partition | undefined;
};

/** What a prefix says; of one without an expression, with the hour. Undefined where a partition's key is missing, or the whole too long. */
export function writePrefix(prefix: Prefix, facts: PrefixFacts): string | undefined {
  const { at, zone, errorType = '', partition } = facts;
  let text = '';
  for (const [index, part] of prefix.entries()) {
    if (part.kind === 'text') text += part.text;
    else if (part.kind === 'timestamp') text += writeMoment(part.moment, at, zone);
    else if (part.kind === 'random') text += randomText(`${facts.seed} ${index}`);
    else if (part.kind === 'error-type') text += errorType;
    else {
      const value = partition?.[part.kind][part.key];
      if (value === undefined || value === '') return undefined;
      text += value;
    }
  }
  if (!hasExpressions(prefix)) text += writeMoment(HOURLY, at, zone);
  return text.length > PREFIX_LENGTH_MAX ? undefined : text;
}

/** The prefix of what failed. Source: "Custom prefixes", "Semantic rules": without one it is Prefix with the kind of error and the hour. */
export function errorPrefixOf(prefix: string, errorPrefix: string): Prefix {
  if (errorPrefix !== '') return readPrefix(errorPrefix);
  return [
    ...readPrefix(prefix),
    { kind: 'error-type' },
    { kind: 'text', text: '/' },
    { kind: 'timestamp', moment: HOURLY },
  ];
}

/** FNV-1a, drawn on by xorshift: nothing secret, and the same at each attempt. */
function randomText(seed: string): string {
  let state = 0x811c9dc5;
  for (const letter of seed) state = Math.imul(state ^ (letter.codePointAt(0) ?? 0), 0x01000193);
  let text = '';
  for (let drawn = 0; drawn < RANDOM_LENGTH; drawn += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    text += LETTERS[(state >>> 0) % LETTERS.length];
  }
  return text;
}
