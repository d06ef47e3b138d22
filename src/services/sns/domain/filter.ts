/** Filter policies: what may be one, and which messages pass it. */
import {
  type Alternative,
  eventOf,
  type Json,
  matches,
  type Pattern,
  PatternError,
  placeIn,
  type ReadEvent,
  readEvent,
  readPattern,
  utf8Length,
} from '#kernel/base';
import { FILTER_BYTES_MAX, FILTER_COMBINATIONS_MAX, FILTER_KEYS_MAX } from '../limits.ts';
import type { MessageRow, StoredAttribute, SubscriptionRow } from '../state.ts';
import { jsonFault, objectOf } from './json.ts';
import { textFor } from './message.ts';

const TOO_COMPLEX = 'Filter policy is too complex';
const FLAT_ONLY = 'Filter policy scope MessageAttributes does not support nested filter policy';

/** Policies that were read, by their text: a subscription's policy is asked for every message. Bounded; what is dropped is read again. */
const READ_MAX = 1_000;
const known = new Map<string, Pattern>();

/**
 * What is wrong with a filter policy; undefined where nothing is.
 *
 * @see SNS Developer Guide, "Filter policy constraints"
 */
export function filterFault(text: string, scope: string): { text: string; nested: boolean } | undefined {
  const say = (fault: string) => ({ text: fault, nested: false });
  if (utf8Length(text) > FILTER_BYTES_MAX) return say('Filter policy is too long');
  const fault = jsonFault(text);
  if (fault !== undefined) return say(fault);
  let pattern: Pattern;
  try {
    pattern = patternOf(text);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    return say(error.message + (error.offset === undefined ? '' : placeIn(text, error.offset)));
  }
  const top = Object.keys(objectOf(text) ?? {});
  // Source: SNS Developer Guide, "Filter policy constraints": of a nested policy only the outermost names count.
  const most = Math.max(...pattern.alternatives.map((one) => topKeys(one, top).size));
  if (most > FILTER_KEYS_MAX) return say(`Filter policy can not have more than ${FILTER_KEYS_MAX} keys`);
  const combinations = pattern.alternatives.reduce((sum, one) => sum + combinationsOf(one), 0);
  if (combinations > FILTER_COMBINATIONS_MAX) return say(TOO_COMPLEX);
  if (scope === 'MessageAttributes' && isNested(JSON.parse(text) as Json)) return { text: FLAT_ONLY, nested: true };
  return undefined;
}

function patternOf(text: string): Pattern {
  const before = known.get(text);
  if (before !== undefined) return before;
  // An alternative has at least one combination of values.
  const options = {
    alternativesMax: FILTER_COMBINATIONS_MAX,
    tooComplex: TOO_COMPLEX,
    anythingBut: ['prefix'] as const,
    // Source: SNS Developer Guide, "Filter policy constraints".
    numberMax: 1e9,
  };
  const pattern = readPattern(text, options);
  if (known.size >= READ_MAX) known.clear();
  known.set(text, pattern);
  return pattern;
}

/** The outermost names among an alternative's; a name with dots that stands there is one. */
function topKeys(alternative: Alternative, top: readonly string[]): Set<string> {
  return new Set(
    [...alternative.keys()].map((name) => top.find((one) => name === one || name.startsWith(`${one}.`)) ?? name),
  );
}

/** Values multiplied over the names, each times how deep its name lies. Source: SNS Developer Guide, "Filter policy constraints". */
function combinationsOf(alternative: Alternative): number {
  return [...alternative].reduce((product, [name, tests]) => product * tests.length * name.split('.').length, 1);
}

function isNested(policy: Json): boolean {
  if (typeof policy !== 'object' || policy === null || Array.isArray(policy)) return false;
  return Object.entries(policy).some(([name, value]) =>
    name === '$or' ? (value as Json[]).some(isNested) : !Array.isArray(value),
  );
}

/** A message, opened. */
export type Filterable = { body: string; row: Pick<MessageRow, 'structured' | 'attributes'> };

/** Why a message does not pass: the ends of the names of its metrics; what can't be read counts only as that. Source: radkawar/stackd, measured in 2026. */
export type Rejection = readonly string[];

/**
 * Answers for each subscription whether a message passes, by the text that its protocol is told; each text is read once, and only if somebody filters.
 *
 * @see SNS Developer Guide, "Amazon SNS metrics": what is counted of those that don't
 */
export function filterOf({ body, row }: Filterable): (subscription: SubscriptionRow) => Rejection | undefined {
  const bodies = new Map<string, ReadEvent | undefined>();
  let attributes: { event: ReadEvent | undefined } | undefined;
  const bodyFor = (protocol: string) => {
    const text = textFor({ body, structured: row.structured }, protocol);
    if (!bodies.has(text)) bodies.set(text, readEvent(text));
    return bodies.get(text);
  };
  return ({ protocol, attributes: { FilterPolicy: policy, FilterPolicyScope: scope } }) => {
    if (policy === undefined) return undefined;
    if (scope === 'MessageBody') {
      const event = bodyFor(protocol);
      if (event === undefined) return ['InvalidMessageBody'];
      return matches(patternOf(policy), event) ? undefined : ['', 'MessageBody'];
    }
    attributes ??= { event: attributesEvent(row.attributes) };
    if (attributes.event === undefined) return ['InvalidAttributes'];
    if (matches(patternOf(policy), attributes.event)) return undefined;
    const none = Object.keys(row.attributes).length === 0;
    return none ? ['NoMessageAttributes'] : ['', 'MessageAttributes'];
  };
}

/** Message attributes as an event: numbers, texts, and the elements of arrays; undefined where one is no array that should be. Binary ones can't be filtered by. */
function attributesEvent(attributes: { [name: string]: StoredAttribute }): ReadEvent | undefined {
  const event: { [name: string]: Json } = {};
  for (const [name, { type, text }] of Object.entries(attributes)) {
    if (text === undefined) continue;
    const value = type === 'Number' ? Number(text) : type === 'String.Array' ? arrayOf(text) : text;
    if (value === undefined) return undefined;
    event[name] = value;
  }
  return eventOf(event) as ReadEvent;
}

function arrayOf(text: string): Json | undefined {
  try {
    const value = JSON.parse(text) as Json;
    return Array.isArray(value) ? value.filter((one) => typeof one !== 'object' || one === null) : undefined;
  } catch {
    return undefined;
  }
}
