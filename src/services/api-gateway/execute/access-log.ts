/** Where access logs go: to a log group, or to a Firehose stream. Source: API Gateway Developer Guide, "Log API calls to Amazon Data Firehose". */
import { type Ctx, evenIfRefused } from '#kernel/contract';

const GROUP = /^arn:[\w-]+:logs:[\w-]+:\d{12}:log-group:/;
/** Only such names: the role that is linked to API Gateway writes to no other. */
const STREAM = /^arn:[\w-]+:firehose:[\w-]+:\d{12}:deliverystream\/amazon-apigateway-[\w.-]+$/;

/** Whether access logs go to a Firehose stream. */
export const isStream = (arn: string | undefined): arn is string => arn !== undefined && STREAM.test(arn);

/** Whether access logs go to a log group. */
export const isGroup = (arn: string | undefined): arn is string => arn !== undefined && GROUP.test(arn);

/** Puts a line into a stream. Never fails: what can't be written is lost. */
export async function putLine(ctx: Ctx, arn: string, line: string): Promise<void> {
  const DeliveryStreamName = arn.slice(arn.lastIndexOf('/') + 1);
  await evenIfRefused(ctx.aws.firehose.PutRecord({ DeliveryStreamName, Record: { Data: Buffer.from(`${line}\n`) } }));
}
