/** The Range header. */
import { invalidRange } from '../errors.ts';

export type Span = { from: number; to: number };

/**
 * The bytes a Range header means; undefined for none, several, or one that is no range, which S3 answers with the whole object.
 *
 * @throws {ServiceError} InvalidRange when it begins past the end
 * @see RFC 9110, 14.1.2; S3 API Reference, GetObject, "Range": one range only
 */
export function rangeOf(header: string | undefined, size: number): Span | undefined {
  const match = header === undefined ? null : /^bytes=(\d*)-(\d*)$/.exec(header.trim());
  if (match === null || header === undefined) return undefined;
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return undefined;
  if (first === '') {
    const length = Number(last);
    if (length === 0 || size === 0) throw invalidRange(header, size);
    return { from: Math.max(0, size - length), to: size - 1 };
  }
  const from = Number(first);
  const to = last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (last !== '' && Number(last) < from) return undefined;
  if (from >= size) throw invalidRange(header, size);
  return { from, to };
}
