/** Resources of data events. Source: CloudTrail User Guide, "Logging data events", the types and formats of resources.ARN. */
import type { KeptCall } from '#kernel/events';

type Given = { readonly [name: string]: string };
type Kind = { type: string; arnOf: (given: Given, call: KeptCall) => string };

const regional = (service: string, { region, account }: KeptCall, rest: string) =>
  `arn:aws:${service}:${region}:${account}:${rest}`;
const named = (name: string, otherwise: (name: string) => string) => (name.startsWith('arn:') ? name : otherwise(name));

const KINDS: { readonly [service: string]: Kind } = {
  s3: {
    type: 'AWS::S3::Object',
    arnOf: ({ bucket = '', key = '' }) => `arn:aws:s3:::${bucket}/${key}`,
  },
  lambda: {
    type: 'AWS::Lambda::Function',
    arnOf: ({ functionName = '' }, call) => named(functionName, (name) => regional('lambda', call, `function:${name}`)),
  },
  dynamodb: {
    type: 'AWS::DynamoDB::Table',
    arnOf: ({ tableName = '' }, call) => named(tableName, (name) => regional('dynamodb', call, `table/${name}`)),
  },
  'dynamodb-streams': { type: 'AWS::DynamoDB::Stream', arnOf: ({ streamArn = '' }) => streamArn },
  sns: { type: 'AWS::SNS::Topic', arnOf: ({ topicArn = '', targetArn = '' }) => topicArn || targetArn },
  sqs: {
    type: 'AWS::SQS::Queue',
    arnOf: ({ queueUrl = '' }, call) => regional('sqs', call, queueUrl.slice(queueUrl.lastIndexOf('/') + 1)),
  },
  cloudwatch: { type: 'AWS::CloudWatch::Metric', arnOf: () => '' },
};

export const DATA_TYPES: ReadonlySet<string> = new Set(Object.values(KINDS).map(({ type }) => type));

/** The type of the resource of a data event; undefined for services whose data events trails do not take. */
export function dataTypeOf({ service, data }: KeptCall): string | undefined {
  return data ? KINDS[service]?.type : undefined;
}

/** Its ARN; empty where the call names none. */
export function dataArnOf(call: KeptCall): string {
  return KINDS[call.service]?.arnOf(JSON.parse(call.parameters ?? '{}') as Given, call) ?? '';
}
