/** Where records go of what was done, or given up. Source: Lambda Developer Guide, "Capturing records of Lambda asynchronous invocations", "… of discarded batches". */

import { bytesStream, parseArn } from '#kernel/base';
import { type Aws, type Ctx, persistently, ServiceError } from '#kernel/contract';

/**
 * Sends a record with the permissions of a function's role.
 *
 * @param key of the object, where the destination is a bucket
 * @returns false where the destination is not there, or the role may not
 */
export async function sendRecord(arn: string, record: object, aws: Aws, key: string, ctx: Ctx): Promise<boolean> {
  try {
    return await persistently(() => send(arn, record, aws, key, ctx), ctx);
  } catch (error) {
    if (error instanceof ServiceError) return false;
    throw error;
  }
}

async function send(arn: string, record: object, aws: Aws, key: string, ctx: Ctx): Promise<boolean> {
  const { service, account = '', region = '', resource = '' } = parseArn(arn) ?? {};
  const text = JSON.stringify(record);
  if (service === 'sqs')
    await aws.sqs.SendMessage({
      QueueUrl: `https://sqs.${region}.amazonaws.com/${account}/${resource}`,
      MessageBody: text,
    });
  else if (service === 'sns') await aws.sns.Publish({ TopicArn: arn, Message: text });
  else if (service === 's3') await aws.s3.PutObject({ Bucket: resource, Key: key, Body: bytesStream(text) });
  else if (service === 'lambda')
    await aws.lambda.Invoke({ FunctionName: arn, InvocationType: 'Event', Payload: Buffer.from(text) });
  else if (service === 'events') return await putEvent(arn, record, text, aws, ctx);
  else return false;
  return true;
}

async function putEvent(arn: string, record: object, Detail: string, aws: Aws, ctx: Ctx): Promise<boolean> {
  const { responseContext, requestContext } = record as {
    responseContext?: { functionError?: string };
    requestContext?: { functionArn?: string };
  };
  const failed = responseContext === undefined || responseContext.functionError !== undefined;
  const { FailedEntryCount } = await aws.eventbridge.PutEvents({
    Entries: [
      {
        Time: ctx.clock(),
        Source: 'lambda',
        Resources: [arn, requestContext?.functionArn ?? ''],
        DetailType: `Lambda Function Invocation Result - ${failed ? 'Failure' : 'Success'}`,
        Detail,
        EventBusName: arn,
      },
    ],
  });
  return FailedEntryCount === 0;
}
