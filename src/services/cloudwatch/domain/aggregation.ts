/** What the aggregation of a log alarm's query gives: `count(*)`, or `avg(latency) by host`. */

type Cell = { field?: string | undefined; value?: string | undefined };

/** The names of the groups in an aggregation; those of an expression are its text, or what it is called. */
function groupsOf(aggregation: string): string[] {
  const [, by = ''] = /\sby\s+([^|]*)/is.exec(aggregation) ?? [];
  // Commas within a call, as in bin(5m, 1m), part nothing.
  return by
    .split(/,(?![^(]*\))/)
    .map((part) => (/\sas\s+(\S+)\s*$/i.exec(part)?.[1] ?? part).trim().replace(/^`|`$/g, ''))
    .filter((name) => name !== '');
}

/** A value for each row of a query's results, with what names its group; rows without a number give none. */
export function valuesOf(
  rows: readonly (readonly Cell[])[],
  aggregation: string,
): { attributes: { [key: string]: string }; value: number }[] {
  const groups = groupsOf(aggregation);
  return rows.flatMap((row) => {
    const attributes = Object.fromEntries(
      groups.map((name) => [name, row.find(({ field }) => field === name)?.value ?? '']),
    );
    const cell = row.find(({ field = '' }) => !groups.includes(field));
    const value = Number(cell?.value);
    return cell?.value === undefined || Number.isNaN(value) ? [] : [{ attributes, value }];
  });
}
