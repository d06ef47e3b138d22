/** Where access logs go: to a log group, or to a Firehose stream. Source: API Gateway Developer Guide, "Log API calls to Amazon Data Firehose". */
import type { Ctx } from '#kernel/contract';

const GROUP = /^arn:[\w-]+:logs:[\w-]+:\d{12}:log-group:/;
/** Only such names: the role that is linked to API Gateway writes to no other. */
const STREAM = /^arn:[\w-]+:firehose:[\w-]+:\d{12}:deliverystream\/amazon-apigateway-[\w.-]+$/;

/** Whether access logs go to a Firehose stream. */
export const isStream = (arn: string | undefined): arn is string => arn !== undefined && STREAM.test(arn);

/** Whether access logs go to a log group. */
export const isGroup = (arn: string | undefined): arn is string => arn !== undefined && GROUP.test(arn);

/** Puts a line into a stream. What can't be written is lost, after some attempts where that is for trouble which may pass. */
export function putLine(ctx: Ctx, arn: string, line: string): void {
  const DeliveryStreamName = arn.slice(arn.lastIndexOf('/') + 1);
  const Data = Buffer.from(`${line}\n`);
  void ctx.insist(Data.length, () => ctx.aws.firehose.PutRecord({ DeliveryStreamName, Record: { Data } }));
}
