/** Services that HTTP APIs call by themselves. Source: API Gateway Developer Guide, "AWS service integrations for HTTP APIs". */
import type { Aws } from '#kernel/contract';

export type SubtypeInput = { readonly [name: string]: string };

/** Of a call as the integration's role. */
type Call = (aws: Aws, input: SubtypeInput) => Promise<object>;

function json(text: string | undefined): never {
  return (text === undefined ? undefined : JSON.parse(text)) as never;
}

function number(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

export const SUBTYPES: { readonly [subtype: string]: Call } = {
  'SQS-SendMessage': (
    aws,
    { QueueUrl = '', MessageBody = '', DelaySeconds, MessageAttributes, MessageDeduplicationId, MessageGroupId },
  ) =>
    aws.sqs.SendMessage({
      QueueUrl,
      MessageBody,
      DelaySeconds: number(DelaySeconds),
      MessageAttributes: json(MessageAttributes),
      MessageDeduplicationId,
      MessageGroupId,
    }),
  'SQS-ReceiveMessage': (aws, { QueueUrl = '', MaxNumberOfMessages, VisibilityTimeout }) =>
    aws.sqs.ReceiveMessage({
      QueueUrl,
      MaxNumberOfMessages: number(MaxNumberOfMessages),
      VisibilityTimeout: number(VisibilityTimeout),
    }),
  'SQS-DeleteMessage': (aws, { QueueUrl = '', ReceiptHandle = '' }) =>
    aws.sqs.DeleteMessage({ QueueUrl, ReceiptHandle }),
  'SQS-PurgeQueue': (aws, { QueueUrl = '' }) => aws.sqs.PurgeQueue({ QueueUrl }),
  'EventBridge-PutEvents': (aws, { Detail, DetailType, Source, EventBusName }) =>
    aws.eventbridge.PutEvents({ Entries: [{ Detail, DetailType, Source, EventBusName }] }),
  'Kinesis-PutRecord': (aws, { StreamName, Data = '', PartitionKey = '', ExplicitHashKey }) =>
    aws.kinesis.PutRecord({ StreamName, Data: Buffer.from(Data), PartitionKey, ExplicitHashKey }),
  'StepFunctions-StartExecution': (aws, { StateMachineArn = '', Name, Input }) =>
    aws.sfn.StartExecution({ stateMachineArn: StateMachineArn, name: Name, input: Input }),
  'StepFunctions-StopExecution': (aws, { ExecutionArn = '', Cause, Error: error }) =>
    aws.sfn.StopExecution({ executionArn: ExecutionArn, cause: Cause, error }),
};
