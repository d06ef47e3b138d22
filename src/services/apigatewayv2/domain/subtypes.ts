/** Services that HTTP APIs call by themselves; of queues in queue-form.ts. Source: API Gateway Developer Guide, "AWS service integrations for HTTP APIs". */
import type { Aws } from '#kernel/contract';

export type SubtypeInput = { readonly [name: string]: string };

/** Of a call as the integration's role. */
type Call = (aws: Aws, input: SubtypeInput) => Promise<object>;

function json(text: string | undefined): never {
  return (text === undefined ? undefined : JSON.parse(text)) as never;
}

export const SUBTYPES: { readonly [subtype: string]: Call } = {
  'EventBridge-PutEvents': (aws, { Detail, DetailType, Source, EventBusName, Time, Resources }) =>
    aws.eventbridge.PutEvents({
      Entries: [
        {
          Detail,
          DetailType,
          Source,
          EventBusName,
          Time: Time === undefined ? undefined : timeOf(Time),
          Resources: json(Resources),
        },
      ],
    }),
  // Data is the text itself. Source: aws-samples/sessions-with-aws-sam, http-api-direct-integration, README.
  'Kinesis-PutRecord': (
    aws,
    { StreamName = '', Data = '', PartitionKey = '', SequenceNumberForOrdering, ExplicitHashKey },
  ) =>
    aws.kinesis.PutRecord({
      StreamName,
      Data: Buffer.from(Data),
      PartitionKey,
      SequenceNumberForOrdering,
      ExplicitHashKey,
    }),
};

/** What a mapping must name. Source: Developer Guide, "Integration subtype reference"; that they stand in order: badmintoncryer/cdk-preflight. */
const NEEDED: { readonly [subtype: string]: readonly string[] } = {
  'EventBridge-PutEvents': ['Detail', 'DetailType', 'Source'],
  'Kinesis-PutRecord': ['Data', 'PartitionKey', 'StreamName'],
  'SQS-DeleteMessage': ['QueueUrl', 'ReceiptHandle'],
  'SQS-PurgeQueue': ['QueueUrl'],
  'SQS-ReceiveMessage': ['QueueUrl'],
  'SQS-SendMessage': ['MessageBody', 'QueueUrl'],
};

/** The parameters that a call can't do without; undefined for one that there is not. */
export const neededOf = (subtype: string): readonly string[] | undefined =>
  Object.hasOwn(NEEDED, subtype) ? NEEDED[subtype] : undefined;

/** Those whose services are not here. */
export const UNBUILT_SUBTYPES: { readonly [subtype: string]: string } = {
  'AppConfig-GetConfiguration': 'AppConfig',
  'StepFunctions-StartExecution': 'Step Functions',
  'StepFunctions-StartSyncExecution': 'Step Functions',
  'StepFunctions-StopExecution': 'Step Functions',
};

/** Seconds since 1970, or a date of ISO 8601. */
function timeOf(text: string): number {
  const at = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1_000 : Date.parse(text);
  if (Number.isNaN(at)) throw new SyntaxError(`${text} is no time`);
  return at;
}
