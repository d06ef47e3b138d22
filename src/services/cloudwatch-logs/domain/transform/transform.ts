/** Transformers of groups: events as their processors make them. The events themselves stay as they came; they are transformed as they are read. */

import { zoneOffset } from '#kernel/base';
import { notBuilt } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import type { Processor } from '#models/cloudwatch-logs';
import { invalidParameter, notAParser } from '../../errors.ts';
import type { GroupRow } from '../../state.ts';
import { policyFor } from '../account-policies.ts';
import { DatePattern, DatePatternError } from '../date-pattern.ts';
import type { StoredEvent } from '../reader.ts';
import { Regex } from '../regex/regex.ts';
import { RegexError } from '../regex/syntax.ts';
import { GrokError, readGrok } from './grok.ts';
import { BUILT, type Event, PARSERS, process, TransformFailure, zoneOf } from './processors.ts';
import { VENDED_PARSERS } from './vended.ts';

const nameOf = (processor: Processor) => Object.entries(processor).find(([, given]) => given !== undefined)?.[0] ?? '';

/** @throws {ServiceError} InvalidParameterException; 501 for processors that are not built */
export function checkProcessors(processors: readonly Processor[]): void {
  const names = processors.map(nameOf);
  if (processors.some((one) => Object.values(one).filter((given) => given !== undefined).length !== 1))
    throw invalidParameter('Each processor must have exactly one type.');
  const unbuilt = names.find((name) => !BUILT.has(name));
  if (unbuilt !== undefined) throw notBuilt(`the processor ${unbuilt}`);
  if (!PARSERS.has(names[0] ?? '')) throw notAParser();
  // Source: User Guide, "Built-in processors for AWS vended logs".
  const late = names.slice(1).find((name) => Object.hasOwn(VENDED_PARSERS, name));
  if (late !== undefined) throw invalidParameter(`The processor ${late} must be the first processor in a transformer.`);
  for (const { grok, dateTimeConverter } of processors) checkForms(grok?.match, dateTimeConverter);
  for (const { from } of processors.flatMap(({ substituteString }) => substituteString?.entries ?? []))
    checkExpression(from);
}

function checkForms(match: string | undefined, dates: Processor['dateTimeConverter']): void {
  try {
    if (match !== undefined) readGrok(match);
    for (const pattern of dates?.matchPatterns ?? []) new DatePattern(pattern);
    if (dates?.targetFormat !== undefined) new DatePattern(dates.targetFormat);
  } catch (error) {
    if (!(error instanceof GrokError || error instanceof DatePatternError || error instanceof RegexError)) throw error;
    throw invalidParameter(error.message);
  }
  for (const zone of [dates?.sourceTimezone, dates?.targetTimezone])
    if (zone !== undefined && zoneOffset(zoneOf(zone), 0) === undefined)
      throw invalidParameter(`The time zone ${zone} is invalid.`);
}

function checkExpression(text: string): void {
  try {
    new Regex(text);
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
    throw invalidParameter(`The expression ${text} is invalid.`);
  }
}

/** An event's text transformed; undefined where a processor fails. */
export function transformed(message: string, processors: readonly Processor[]): string | undefined {
  const event: Event = { message, fields: {} };
  try {
    for (const processor of processors) process(processor, event);
  } catch (error) {
    if (error instanceof TransformFailure) return undefined;
    throw error;
  }
  return JSON.stringify(event.fields);
}

export type Transform = (event: Pick<StoredEvent, 'message' | 'ingestedAt'>) => string | undefined;

/**
 * How events of a group are transformed: by the transformer that the group had when they came, or else the account's; undefined where there was none.
 *
 * Deviation: what the account's made of events goes with it; AWS keeps them as they were transformed.
 *
 * @param store of the group's account and Region
 */
export function transformOf(group: GroupRow, store: StoreView): Transform {
  const { transformers = [], class: kind } = group;
  const shared = kind === 'STANDARD' ? policyFor('TRANSFORMER_POLICY', group, store) : undefined;
  const all = [...transformers, ...(shared === undefined ? [] : [{ since: shared.updatedAt, text: shared.text }])].map(
    ({ text, ...times }): Times => ({ ...times, processors: JSON.parse(text) as Processor[] }),
  );
  return ({ message, ingestedAt }) => {
    const own = all.find(({ since, until }) => ingestedAt >= since && (until === undefined || ingestedAt < until));
    return own && transformed(message, own.processors);
  };
}

/** Processors, and when they are those of a group. */
type Times = { since: number; until?: number; processors: Processor[] };

/** Processors that a policy of the account says. @throws {ServiceError} InvalidParameterException; 501 for processors that are not built */
export function readProcessors(text: string): readonly Processor[] {
  let processors: unknown;
  try {
    processors = JSON.parse(text);
  } catch {}
  const isList = Array.isArray(processors) && processors.every((one) => typeof one === 'object' && one !== null);
  if (!isList || (processors as unknown[]).length === 0)
    throw invalidParameter('Invalid json transformer config provided');
  checkProcessors(processors as Processor[]);
  return processors as Processor[];
}
