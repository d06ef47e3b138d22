/** Pages: a marker names the last item of the page before. */
import { badMarker } from '../errors.ts';

/** What follows the marker's item. @throws {ServiceError} InvalidMarkerException */
export function readMarker(marker: string | undefined): string | undefined {
  if (marker === undefined) return undefined;
  const text = Buffer.from(marker, 'base64url').toString();
  if (text === '' || Buffer.from(text).toString('base64url') !== marker) throw badMarker();
  return text;
}

/** One page of `found`, of which one more than `limit` was asked for. */
export function pageOf<Row>(
  found: readonly Row[],
  limit: number,
  nameOf: (row: Row) => string,
): { page: readonly Row[]; rest: { Truncated: boolean; NextMarker?: string } } {
  const page = found.slice(0, limit);
  const last = page.at(-1);
  if (found.length <= limit || last === undefined) return { page, rest: { Truncated: false } };
  return { page, rest: { Truncated: true, NextMarker: Buffer.from(nameOf(last)).toString('base64url') } };
}
