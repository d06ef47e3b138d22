/** Lines of access logs that wait to be delivered. */
import { MINUTE } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { type BucketRow, logLines } from '../state.ts';

/** Source: S3 User Guide, "Best-effort server log delivery": most records arrive within a few hours; here within this time. */
const LOGS_AFTER = 15 * MINUTE;

/**
 * In a transaction: keeps lines for a bucket that wants them.
 *
 * @param id tells them from others of the same moment
 */
export function keepLines(ctx: Ctx, store: StoreView, bucket: BucketRow, id: string, lines: readonly string[]): void {
  if (bucket.logs !== true || lines.length === 0) return;
  const isFirst = store.first(logLines, { where: { bucket: bucket.id } }) === undefined;
  for (const [index, line] of lines.entries())
    store.put(logLines, { bucket: bucket.id, at: ctx.now, request: `${id} ${String(index).padStart(4, '0')}`, line });
  const { account, region, name } = bucket;
  if (isFirst) ctx.arm('deliverLogs', bucket.id, ctx.now + LOGS_AFTER, { account, region, name, bucket: bucket.id });
}
