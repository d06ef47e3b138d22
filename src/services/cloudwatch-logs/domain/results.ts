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
