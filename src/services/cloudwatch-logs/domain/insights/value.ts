/** Values of queries: texts, numbers, instants, and what JSON holds. Nothing is declared: a text of digits counts as a number. */
import type { Millis } from '#kernel/base';

/** An instant, which is shown as a date. */
export type Time = { at: Millis };
export type Value = string | number | boolean | Time | Json | undefined;
/** A list or a map that `jsonParse` has made. */
export type Json = { json: unknown };

/** Whether it is a list or a map. */
export const isStructure = (value: Value): value is Json => typeof value === 'object' && 'json' in value;
const isTime = (value: Value): value is Time => typeof value === 'object' && 'at' in value;

/** A value that JSON has. */
export function fromJson(value: unknown): Value {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'object') return { json: value };
  return value as string | number | boolean;
}

/** What a text of JSON says; undefined where it is none. */
export function parseJson(text: string): Value {
  try {
    return fromJson(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** `2026-01-01 00:00:00.000`. */
export function timeText(at: Millis): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? '' : date.toISOString().replace('T', ' ').slice(0, -1);
}

/** A value as a result shows it; undefined where there is none. */
export function toText(value: Value): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : undefined;
  return isTime(value) ? timeText(value.at) : JSON.stringify(value.json);
}

/** A value as a number; undefined where it is none. */
export function toNumber(value: Value): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'string') {
    if (value.trim() === '') return undefined;
    const number = Number(value);
    return Number.isNaN(number) ? undefined : number;
  }
  return value !== undefined && isTime(value) ? value.at : undefined;
}

/** Whether a condition counts as true. */
export function isTrue(value: Value): boolean {
  if (value === undefined || value === false || value === '' || value === 0) return false;
  return value !== '0' && value !== 'false';
}

/** Order of two values: as numbers where both are some, as texts otherwise; what is missing comes first. */
export function compareValues(a: Value, b: Value): number {
  const [x, y] = [toNumber(a), toNumber(b)];
  if (x !== undefined && y !== undefined) return x - y;
  const [s, t] = [toText(a), toText(b)];
  if (s === undefined || t === undefined) return s === t ? 0 : s === undefined ? -1 : 1;
  return s < t ? -1 : s > t ? 1 : 0;
}
