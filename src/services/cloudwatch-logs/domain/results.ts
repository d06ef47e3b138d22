/** Results of queries, as they are kept. */
import { collect } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import type { QueryRow } from '../state.ts';

const RESULTS_BYTES_MAX = 256 * 1_024 * 1_024;

/** The rows of a query that has ended. */
export async function readResults(row: QueryRow, ctx: Ctx): Promise<{ field: string; value: string }[][]> {
  if (row.results === undefined) return [];
  const bytes = await collect(ctx.blobs.read(row.results), RESULTS_BYTES_MAX, () => new Error('results are too long'));
  return JSON.parse(bytes.toString()) as { field: string; value: string }[][];
}

const quoted = (cell: string) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

/** Rows as comma-separated values, below the names of their columns; pointers to events are none. */
export function csvOf(rows: readonly (readonly { field: string; value: string }[])[]): string {
  const cells = rows.map((row) => new Map(row.map(({ field, value }) => [field, value])));
  const columns = [...new Set(cells.flatMap((row) => [...row.keys()]))].filter((column) => column !== '@ptr');
  const lines = [columns, ...cells.map((row) => columns.map((column) => row.get(column) ?? ''))];
  return lines.map((line) => line.map(quoted).join(',')).join('\n');
}
