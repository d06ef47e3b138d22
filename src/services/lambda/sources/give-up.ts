/** Records that no function could deal with: where they lay is told to the mapping's destination. Source: Lambda Developer Guide, "Capturing discarded batches". */
import type { Ctx } from '#kernel/contract';
import { sendRecord } from '../domain/destination.ts';
import { streamArnOf } from '../domain/mapping.ts';
import { arnOf } from '../domain/names.ts';
import type { Lane, Read } from './stream-page.ts';

export type Condition = 'RetryAttemptsExhausted' | 'RecordAgeExceeded';

/** A destination that can't be reached holds nothing up. */
export async function giveUp(
  { row, cursor, target, acting }: Lane,
  records: readonly Read[],
  condition: Condition,
  ctx: Ctx,
): Promise<void> {
  const [first] = records;
  const last = records.at(-1);
  if (row.onFailure === undefined || first === undefined || last === undefined) return;
  const now = new Date(ctx.clock()).toISOString();
  const record = {
    requestContext: {
      requestId: ctx.uuid(),
      functionArn: arnOf(ctx, ctx.account, row.name, row.qualifier),
      condition,
      approximateInvokeCount: Math.max(1, cursor.tries),
    },
    ...(condition === 'RetryAttemptsExhausted' && {
      responseContext: { statusCode: 200, executedVersion: target.version.version, functionError: 'Unhandled' },
    }),
    version: '1.0',
    timestamp: now,
    [row.kind === 'kinesis' ? 'KinesisBatchInfo' : 'DDBStreamBatchInfo']: {
      shardId: first.shard,
      startSequenceNumber: first.sequence,
      endSequenceNumber: last.sequence,
      approximateArrivalOfFirstRecord: new Date(first.at).toISOString(),
      approximateArrivalOfLastRecord: new Date(last.at).toISOString(),
      batchSize: records.length,
      streamArn: streamArnOf(row.source),
    },
    // A bucket gets what the records said, too.
    ...(row.onFailure.includes(':s3:') && { payload: JSON.stringify({ Records: records.map((one) => one.record) }) }),
  };
  const [day = '', time = ''] = now.split('T');
  const key = `aws/lambda/${row.id}/${first.shard}/${day.replaceAll('-', '/')}/${day}T${time.slice(0, 8).replaceAll(':', '.')}-${ctx.uuid()}`;
  const done = await sendRecord(row.onFailure, record, acting.aws(), key, ctx);
  if (!done) ctx.count('DestinationDeliveryFailures', { FunctionName: row.name }, 1);
}
