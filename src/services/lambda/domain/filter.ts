/** Filters of event source mappings: which records reach the function. Source: Lambda Developer Guide, "Control which events Lambda sends to your function". */
import { eventOf, type Json, matches, type Pattern, PatternError, readPattern } from '#kernel/base';
import { invalidFilter } from '../errors.ts';

export type Filter = { pattern: Pattern; isOfBody: boolean };

/** @throws {ServiceError} InvalidParameterValueException */
export function readFilters(texts: readonly string[]): Filter[] {
  return texts.map((text) => {
    try {
      const parsed: unknown = JSON.parse(text);
      const body = parsed !== null && typeof parsed === 'object' && 'body' in parsed ? parsed.body : undefined;
      return { pattern: readPattern(text), isOfBody: typeof body === 'object' && !Array.isArray(body) };
    } catch (error) {
      if (error instanceof PatternError || error instanceof SyntaxError || error instanceof Error)
        throw invalidFilter();
      throw error;
    }
  });
}

/** Whether a record passes one of them. A pattern that looks into the body of a message needs a body in JSON. */
export function passes(filters: readonly Filter[], record: { readonly [name: string]: unknown }): boolean {
  if (filters.length === 0) return true;
  return filters.some(({ pattern, isOfBody }) => {
    const event = eventOf((isOfBody ? { ...record, body: parsed(record.body) } : record) as Json);
    return event !== undefined && matches(pattern, event);
  });
}

/**
 * A record of Kinesis as filters see it: its metadata, and its data, decoded where it is JSON.
 *
 * @see Lambda Developer Guide, "Using event filtering with a Kinesis event source"
 */
export function filterView({ kinesis }: { readonly [name: string]: unknown }): { readonly [name: string]: unknown } {
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
