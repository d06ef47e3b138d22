/** A call as CloudTrail writes it. Source: CloudTrail User Guide, "CloudTrail record contents". */
import { isoSeconds, sha256Hex } from '#kernel/base';
import type { KeptCall } from '#kernel/events';
import { eventName } from './event-name.ts';
import { identityOf } from './identity.ts';
import { dataArnOf, dataTypeOf } from './resource.ts';
import { eventSource } from './source.ts';

export type TrailRecord = { [member: string]: unknown };

/** A stable id, though the call itself had none. */
export function eventId({ requestId, at, sequence }: Pick<KeptCall, 'requestId' | 'at' | 'sequence'>): string {
  return uuidOf(`${requestId}/${at}/${sequence}`);
}

function uuidOf(text: string): string {
  const hex = sha256Hex(text);
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}

/** The whole record of a call. */
export function recordOf(call: KeptCall): TrailRecord {
  return {
    eventVersion: '1.11',
    userIdentity: identityOf(call),
    eventTime: isoSeconds(call.at),
    eventSource: eventSource(call.service),
    eventName: eventName(call),
    awsRegion: call.region,
    // Source: CloudTrail User Guide, "CloudTrail record contents": of what a service passes on, its own name.
    sourceIPAddress: call.invokedBy ?? call.sourceIp,
    userAgent: call.invokedBy ?? call.userAgent,
    ...(call.error !== undefined && { errorCode: call.error, errorMessage: call.message ?? '' }),
    requestParameters: parametersOf(call),
    responseElements: call.response === undefined ? null : JSON.parse(call.response),
    requestID: call.requestId,
    eventID: eventId(call),
    ...(call.shared === true && { sharedEventID: uuidOf(`shared/${call.requestId}`) }),
    readOnly: call.readonly,
    ...(call.data ? dataResources(call) : touchedResources(call)),
    eventType: 'AwsApiCall',
    managementEvent: !call.data,
    recipientAccountId: call.account,
    eventCategory: call.data ? 'Data' : 'Management',
  };
}

/** As they were asked; a bucket is called `bucketName`. Source: S3 User Guide, "Example: Amazon S3 log file entries". */
function parametersOf({ service, parameters }: KeptCall): object | null {
  if (parameters === undefined) return null;
  const given = JSON.parse(parameters) as { bucket?: string };
  if (service !== 's3' || given.bucket === undefined) return given;
  const { bucket: bucketName, ...rest } = given;
  return { bucketName, ...rest };
}

/** Source: KMS Developer Guide, "Logging AWS KMS API calls"; IAM User Guide, "Logging IAM and AWS STS API calls". */
const TOUCHED_TYPES: { readonly [kind: string]: string } = {
  'iam:role': 'AWS::IAM::Role',
  'iam:saml-provider': 'AWS::IAM::SAMLProvider',
  'kms:key': 'AWS::KMS::Key',
};

/** The keys and roles that a management event was about. */
function touchedResources({ touched = [] }: KeptCall): { resources?: object[] } {
  const resources = touched.flatMap(({ arn: ARN, account: accountId }) => {
    const [, , service, , , resource = ''] = ARN.split(':');
    const type = TOUCHED_TYPES[`${service}:${resource.split('/')[0]}`];
    return type === undefined || ARN.endsWith('*') ? [] : [{ accountId, type, ARN }];
  });
  return resources.length === 0 ? {} : { resources };
}

/** What a data event was about. */
function dataResources(call: KeptCall): { resources?: object[] } {
  const [type, ARN] = [dataTypeOf(call), dataArnOf(call)];
  if (type === undefined || ARN === '') return {};
  const own = { accountId: call.account, type, ARN };
  if (call.service !== 's3') return { resources: [own] };
  const bucket = {
    accountId: call.touched?.[0]?.account ?? call.account,
    type: 'AWS::S3::Bucket',
    ARN: ARN.slice(0, ARN.indexOf('/')),
  };
  return { resources: ARN.endsWith('/') ? [bucket] : [{ type, ARN }, bucket] };
}

const RESOURCE_NAMES: { readonly [member: string]: string } = {
  bucket: 'AWS::S3::Bucket',
  functionName: 'AWS::Lambda::Function',
  groupName: 'AWS::IAM::Group',
  keyId: 'AWS::KMS::Key',
  logGroupName: 'AWS::Logs::LogGroup',
  policyArn: 'AWS::IAM::Policy',
  queueUrl: 'AWS::SQS::Queue',
  roleName: 'AWS::IAM::Role',
  secretId: 'AWS::SecretsManager::Secret',
  stackName: 'AWS::CloudFormation::Stack',
  tableName: 'AWS::DynamoDB::Table',
  topicArn: 'AWS::SNS::Topic',
  userName: 'AWS::IAM::User',
};

/** Resources that a call named. */
export function resourcesOf({ parameters, service }: KeptCall): { ResourceType: string; ResourceName: string }[] {
  const given = JSON.parse(parameters ?? '{}') as Record<string, unknown>;
  if (service === 'sts' && typeof given.roleArn === 'string')
    return [{ ResourceType: 'AWS::IAM::Role', ResourceName: given.roleArn }];
  return Object.entries(RESOURCE_NAMES).flatMap(([member, ResourceType]) =>
    typeof given[member] === 'string' ? [{ ResourceType, ResourceName: given[member] }] : [],
  );
}
