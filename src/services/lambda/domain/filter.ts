/** Filters of event source mappings: which records reach the function. Source: Lambda Developer Guide, "Control which events Lambda sends to your function". */
import { eventOf, type Json, matches, type Pattern, PatternError, readPattern } from '#kernel/base';
import { invalidFilter } from '../errors-mapping.ts';

/** `content`: how it looks at what a record carries: into JSON, or at a plain text. */
export type Filter = { pattern: Pattern; content: 'json' | 'plain' | undefined };

export type FilteredKind = 'sqs' | 'kinesis' | 'dynamodb';

/** Where records carry it. */
const CONTENT: { readonly [kind in FilteredKind]: string } = { sqs: 'body', kinesis: 'data', dynamodb: 'dynamodb' };

/** @throws {ServiceError} InvalidParameterValueException, also for a pattern that looks at what a stream carries as at a plain text */
export function readFilters(texts: readonly string[], kind: FilteredKind): Filter[] {
  return texts.map((text) => {
    try {
      const content = contentOf(JSON.parse(text), CONTENT[kind]);
      if (kind !== 'sqs' && content === 'plain') throw invalidFilter();
      return { pattern: readPattern(text), content };
    } catch (error) {
      if (error instanceof PatternError || error instanceof SyntaxError || error instanceof Error)
        throw invalidFilter();
      throw error;
    }
  });
}

function contentOf(pattern: unknown, field: string): Filter['content'] {
  if (pattern === null || typeof pattern !== 'object' || !Object.hasOwn(pattern, field)) return undefined;
  const content: unknown = (pattern as { [field: string]: unknown })[field];
  return typeof content === 'object' && !Array.isArray(content) ? 'json' : 'plain';
}

type Carrying = { readonly [name: string]: unknown };

/**
 * Whether a record passes one of them. A pattern that looks into JSON needs it, and one that looks at a plain text needs one.
 *
 * @see Lambda Developer Guide, "Properly filtering Amazon SQS messages", "Properly filtering Kinesis and DynamoDB messages"
 */
export function passes(filters: readonly Filter[], record: Carrying, kind: FilteredKind): boolean {
  if (filters.length === 0) return true;
  const field = CONTENT[kind];
  const carried = record[field];
  const json = typeof carried === 'string' ? parsed(carried) : carried;
  return filters.some(({ pattern, content }) => {
    if (content !== undefined && (json === null) !== (content === 'plain')) return false;
    const event = eventOf((content === 'json' ? { ...record, [field]: json } : record) as Json);
    return event !== undefined && matches(pattern, event);
  });
}

/**
 * A record of Kinesis as filters see it: its metadata, and its data, decoded where it is JSON.
 *
 * @see Lambda Developer Guide, "Using event filtering with a Kinesis event source"
 */
export function filterView({ kinesis }: Carrying): Carrying {
  const { data, ...rest } = kinesis as { data: string };
  const text = Buffer.from(data, 'base64').toString('utf8');
  return { ...rest, data: parsed(text) ?? text };
}

function parsed(body: unknown): unknown {
  try {
    const value: unknown = JSON.parse(String(body));
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}
