/** Lists, a page at a time. */
import { invalidArgument } from '../errors.ts';
import { LIST_DEFAULT, LIST_MAX } from '../limits.ts';

export type Paged = { Marker?: string | undefined; MaxItems?: string | number | undefined };

/** How many a page has. */
export function pageSize({ MaxItems }: Paged): number {
  if (MaxItems === undefined) return LIST_DEFAULT;
  const size = Number(MaxItems);
  if (!Number.isInteger(size) || size < 1) throw invalidArgument('The parameter MaxItems is not valid.');
  return Math.min(size, LIST_MAX);
}

/**
 * A page of a list.
 *
 * @param rows one more than the page takes, where there are more
 * @param markerOf what the next page begins after
 */
export function pageOf<Row, Item>(
  asked: Paged,
  rows: readonly Row[],
  markerOf: (row: Row) => string,
  show: (row: Row) => Item,
) {
  const size = pageSize(asked);
  const shown = rows.slice(0, size);
  const last = shown.at(-1);
  const isTruncated = rows.length > size;
  return {
    Marker: asked.Marker ?? '',
    ...(isTruncated && last !== undefined && { NextMarker: markerOf(last) }),
    MaxItems: size,
    IsTruncated: isTruncated,
    Quantity: shown.length,
    ...(shown.length > 0 && { Items: shown.map(show) }),
  };
}

/** A page of nothing. */
export const noPage = (asked: Paged) => pageOf(asked, [], String, String);

/** The same for lists that say neither where they begin nor whether there is more. */
export function shortPageOf<Row, Item>(
  asked: Paged,
  rows: readonly Row[],
  markerOf: (row: Row) => string,
  show: (row: Row) => Item,
) {
  const { Marker: _, IsTruncated: __, ...page } = pageOf(asked, rows, markerOf, show);
  return page;
}
