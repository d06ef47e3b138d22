/** Resources of data events. Source: CloudTrail User Guide, "Logging data events", the types and formats of resources.ARN. */
import type { KeptCall } from '#kernel/events';
import type { SeenCall } from './point.ts';

type Given = { readonly [name: string]: string };
/** `types`: the usual one, and others that some calls are about. */
type Kind = {
  types: readonly [string, ...string[]];
  typeOf?: (given: Given) => string | undefined;
  arnsOf: (given: Given, call: SeenCall) => readonly string[];
};

const regional = (service: string, { region, account }: KeptCall, rest: string) =>
  `arn:aws:${service}:${region}:${account}:${rest}`;
const named = (name: string, otherwise: (name: string) => string) => (name.startsWith('arn:') ? name : otherwise(name));
const tableArn = (name: string, call: KeptCall) => named(name, (own) => regional('dynamodb', call, `table/${own}`));

/** Names of tables in `transactItems`, `{ put: { tableName } }`. */
const namesIn = (items: unknown) =>
  (Array.isArray(items) ? items : []).flatMap((item: object) =>
    Object.values(item ?? {}).flatMap((one: { tableName?: string }) => one?.tableName ?? []),
  );

/** One of them, or many. */
function tablesOf(given: { tableName?: string; requestItems?: object; transactItems?: unknown }): readonly string[] {
  if (given.tableName !== undefined) return [given.tableName];
  return [...new Set([...Object.keys(given.requestItems ?? {}), ...namesIn(given.transactItems)])];
}

/** Their objects have no ARNs. Source: CloudTrail User Guide, "Logging data events", the same table. */
const DIRECTORY_OBJECT = 'AWS::S3Express::Object';
const directoryArn = (bucket: string, { region, account, touched }: KeptCall) =>
  `arn:aws:s3express:${region}:${touched?.[0]?.account ?? account}:bucket/${bucket}`;

/** By its own name, or by that of an access point. */
const isDirectory = (bucket: string) => /--xa?-s3$/.test(bucket);

const KINDS: { readonly [service: string]: Kind } = {
  s3: {
    types: ['AWS::S3::Object', 'AWS::S3::AccessPoint', DIRECTORY_OBJECT],
    typeOf: ({ bucket = '' }) => (isDirectory(bucket) ? DIRECTORY_OBJECT : undefined),
    // What is about many objects is about those that begin as it says. Source: S3 User Guide, "Amazon S3 CloudTrail events".
    arnsOf: ({ bucket = '', key, prefix = '' }, call) =>
      isDirectory(bucket)
        ? [directoryArn(call.point?.bucket ?? bucket, call)]
        : [`arn:aws:s3:::${call.point?.bucket ?? bucket}/${key ?? prefix}`],
  },
  lambda: {
    types: ['AWS::Lambda::Function'],
    arnsOf: ({ functionName = '' }, call) => [
      named(functionName, (name) => regional('lambda', call, `function:${name}`)),
    ],
  },
  dynamodb: {
    types: ['AWS::DynamoDB::Table'],
    arnsOf: (given, call) => tablesOf(given).map((name) => tableArn(name, call)),
  },
  'dynamodb-streams': { types: ['AWS::DynamoDB::Stream'], arnsOf: ({ streamArn = '' }) => [streamArn] },
  kinesis: {
    types: ['AWS::Kinesis::Stream', 'AWS::Kinesis::StreamConsumer'],
    typeOf: ({ consumerARN }) => (consumerARN === undefined ? undefined : 'AWS::Kinesis::StreamConsumer'),
    arnsOf: ({ streamName, streamARN, consumerARN }, call) => [
      consumerARN ?? streamARN ?? (streamName === undefined ? '' : regional('kinesis', call, `stream/${streamName}`)),
    ],
  },
  sns: {
    types: ['AWS::SNS::Topic', 'AWS::SNS::PlatformEndpoint'],
    typeOf: ({ targetArn }) => (targetArn?.includes(':endpoint/') === true ? 'AWS::SNS::PlatformEndpoint' : undefined),
    arnsOf: ({ topicArn = '', targetArn = '' }) => [topicArn || targetArn],
  },
  sqs: {
    types: ['AWS::SQS::Queue'],
    arnsOf: ({ queueUrl = '' }, call) => [regional('sqs', call, queueUrl.slice(queueUrl.lastIndexOf('/') + 1))],
  },
  'cloudfront-keyvaluestore': { types: ['AWS::CloudFront::KeyValueStore'], arnsOf: ({ kvsARN = '' }) => [kvsARN] },
  cloudwatch: { types: ['AWS::CloudWatch::Metric'], arnsOf: () => [] },
};

const KNOWN: ReadonlySet<string> = new Set(Object.values(KINDS).flatMap(({ types }) => types));
const serviceOf = (type: string) => type.slice(0, type.lastIndexOf('::'));
const SERVICES: ReadonlySet<string> = new Set([...KNOWN].map(serviceOf));

/**
 * Whether a selector may ask for a type of resources.
 *
 * Deviation: of services whose data events are not recorded here any type is taken, AWS knows which there are; nothing is found of them.
 */
export const isDataType = (type: string) =>
  KNOWN.has(type) || (/^AWS::\w+::\w+$/.test(type) && !SERVICES.has(serviceOf(type)));

const givenOf = ({ parameters = '{}' }: KeptCall) => JSON.parse(parameters) as Given;

/** The type of the resource of a data event; undefined for services whose data events trails do not take. */
export function dataTypeOf(call: KeptCall): string | undefined {
  const kind = call.data ? KINDS[call.service] : undefined;
  return kind?.typeOf?.(givenOf(call)) ?? kind?.types[0];
}

/** The ARNs of what it was about, where the call names them. */
export function dataArnsOf(call: SeenCall): readonly string[] {
  return KINDS[call.service]?.arnsOf(givenOf(call), call).filter((arn) => arn !== '') ?? [];
}

/** Each type of resources that it was about, with their ARNs; a management event is about none. */
export function dataKindsOf(call: SeenCall): readonly (readonly [type: string, arns: readonly string[]])[] {
  const own = [dataTypeOf(call) ?? '', dataArnsOf(call)] as const;
  return call.point === undefined ? [own] : [own, ['AWS::S3::AccessPoint', [call.point.arn]]];
}
