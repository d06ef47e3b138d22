/** Records of services brought to Firehose streams. Source: CloudWatch Logs User Guide, "Logging sent to Firehose". */
import { parseArn } from '#kernel/base';
import { type Ctx, notBuilt, ServiceError } from '#kernel/contract';
import type { DeliveryDestinationRow, DeliveryRow, VendedRow } from '../state.ts';
import { lineOf } from './vended.ts';

/** Records of one call. Source: API Reference of Firehose, PutRecordBatch. */
const CALL_RECORDS = 500;

const nameOf = (arn: string) => arn.slice(arn.lastIndexOf('/') + 1);

/** Tags a stream, in the caller's name, so that log delivery may write to it. @throws {ServiceError} */
export async function enableStream(arn: string, ctx: Ctx): Promise<void> {
  if (parseArn(arn)?.region !== ctx.region) throw notBuilt('deliveries to Firehose streams of another Region');
  await ctx.awsForCaller().firehose.TagDeliveryStream({
    DeliveryStreamName: nameOf(arn),
    Tags: [{ Key: 'LogDeliveryEnabled', Value: 'true' }],
  });
}

/** Puts records into a stream, a line each. @throws {ServiceError} */
export async function toStream(
  rows: readonly VendedRow[],
  delivery: DeliveryRow,
  { targetArn, format }: DeliveryDestinationRow,
  ctx: Ctx,
): Promise<void> {
  const { firehose } = ctx.awsFor(delivery.arn, 'delivery.logs');
  const DeliveryStreamName = nameOf(targetArn);
  for (let from = 0; from < rows.length; from += CALL_RECORDS) {
    const some = rows.slice(from, from + CALL_RECORDS);
    const Records = some.map((row) => ({ Data: Buffer.from(`${lineOf(row, delivery, format)}\n`) }));
    const { FailedPutCount } = await firehose.PutRecordBatch({ DeliveryStreamName, Records });
    if (FailedPutCount > 0) throw new ServiceError('ServiceUnavailableException', 'Slow down.');
  }
}
