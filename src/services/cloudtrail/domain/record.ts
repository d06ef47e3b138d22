/** A call as CloudTrail writes it. Source: CloudTrail User Guide, "CloudTrail record contents". */
import { isoSeconds, sha256Hex } from '#kernel/base';
import type { KeptCall } from '#kernel/events';
import { eventName } from './event-name.ts';
import { identityOf } from './identity.ts';
import type { SeenCall } from './point.ts';
import { dataArnsOf, dataTypeOf } from './resource.ts';
import { eventSource, isOfDirectory } from './source.ts';

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

/**
 * The whole record of a call.
 *
 * Deviation: calls are all that is recorded: no events of services, as of a key that is rotated (`AwsServiceEvent`), and no sign-ins at the console, which there
 * is not. Records say nothing of TLS (`tlsDetails`), and `additionalEventData` is that of KMS's custom key stores only.
 */
export function recordOf(call: SeenCall): TrailRecord {
  return {
    eventVersion: '1.11',
    userIdentity: identityOf(call),
    eventTime: isoSeconds(call.at),
    eventSource: eventSource(call),
    eventName: eventName(call),
    awsRegion: call.region,
    // Source: CloudTrail User Guide, "CloudTrail record contents": of what a service passes on, its own name.
    sourceIPAddress: call.invokedBy ?? call.sourceIp,
    userAgent: call.invokedBy ?? call.userAgent,
    ...(call.error !== undefined && { errorCode: call.error, errorMessage: call.message ?? '' }),
    requestParameters: parametersOf(call),
    responseElements: call.response === undefined || isOfMany(call) ? null : JSON.parse(call.response),
    ...(call.additional !== undefined && { additionalEventData: call.additional }),
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

/** Keys that are deleted with others are not told. Source: S3 User Guide, "Amazon S3 CloudTrail events". */
const isOfMany = ({ service, operation }: KeptCall) => service === 's3' && operation === 'DeleteObjects';

/** As they were asked; a bucket is called `bucketName`. Source: S3 User Guide, "Example: Amazon S3 log file entries". */
function parametersOf(call: KeptCall): object | null {
  const { service, parameters } = call;
  if (parameters === undefined) return null;
  const given = JSON.parse(parameters) as { bucket?: string };
  if (service !== 's3' || given.bucket === undefined) return given;
  const { bucket: bucketName, ...rest } = given;
  return { bucketName, ...rest, ...(isOfMany(call) && { delete: '' }) };
}

/** Source: KMS Developer Guide, "Logging AWS KMS API calls"; IAM User Guide, "Logging IAM and AWS STS API calls". */
const TOUCHED_TYPES: { readonly [kind: string]: string } = {
  'iam:role': 'AWS::IAM::Role',
  'iam:saml-provider': 'AWS::IAM::SAMLProvider',
  'kms:key': 'AWS::KMS::Key',
};

/** The keys, roles and repositories that a management event was about. */
function touchedResources(call: KeptCall): { resources?: object[] } {
  if (call.service === 'ecr') return repositoryOf(call);
  const { touched = [] } = call;
  const resources = touched.flatMap(({ arn: ARN, account: accountId }) => {
    const [, , service, , , resource = ''] = ARN.split(':');
    const type = TOUCHED_TYPES[`${service}:${resource.split('/')[0]}`];
    return type === undefined || ARN.endsWith('*') ? [] : [{ accountId, type, ARN }];
  });
  return resources.length === 0 ? {} : { resources };
}

/** It has no type. Source: ECR User Guide, "Logging Amazon ECR actions with AWS CloudTrail". */
function repositoryOf({ parameters = '{}', account, region }: KeptCall): { resources?: object[] } {
  const { repositoryName, registryId: accountId = account } = JSON.parse(parameters) as { [name: string]: string };
  if (repositoryName === undefined) return {};
  return { resources: [{ ARN: `arn:aws:ecr:${region}:${accountId}:repository/${repositoryName}`, accountId }] };
}

/** What a data event was about. */
function dataResources(call: SeenCall): { resources?: object[] } {
  const [type, arns] = [dataTypeOf(call), dataArnsOf(call)];
  const [first] = arns;
  if (type === undefined || first === undefined) return {};
  if (call.service !== 's3') return { resources: arns.map((ARN) => ({ accountId: call.account, type, ARN })) };
  const { point } = call;
  const through =
    point === undefined ? [] : [{ accountId: point.account, type: 'AWS::S3::AccessPoint', ARN: point.arn }];
  // Source: S3 User Guide, "CloudTrail log file examples for directory buckets", "Monitoring and logging access points for directory buckets".
  if (isOfDirectory(call))
    return {
      resources: [
        { type, ARNPrefix: `${first}/` },
        { accountId: ownerOf(call), type: 'AWS::S3Express::DirectoryBucket', ARN: first },
        ...through,
      ],
    };
  const bucket = { accountId: ownerOf(call), type: 'AWS::S3::Bucket', ARN: first.slice(0, first.indexOf('/')) };
  const { key } = JSON.parse(call.parameters ?? '{}') as { key?: string };
  const object = key === undefined ? { type, ARNPrefix: first } : { type, ARN: first };
  return { resources: [object, bucket, ...through] };
}

/** Who was refused is not told whose a bucket is. Source: CloudTrail User Guide, "Redacting bucket owner account IDs for data events called by other accounts". */
function ownerOf({ touched, account, error }: KeptCall): string {
  const owner = touched?.[0]?.account ?? account;
  return owner !== account && error === 'AccessDenied' ? '' : owner;
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
export function resourcesOf(call: KeptCall): { ResourceType: string; ResourceName: string }[] {
  const { parameters, service } = call;
  const given = JSON.parse(parameters ?? '{}') as Record<string, unknown>;
  if (service === 'sts' && typeof given.roleArn === 'string')
    return [{ ResourceType: 'AWS::IAM::Role', ResourceName: given.roleArn }];
  if (isOfDirectory(call) && typeof given.bucket === 'string')
    return [{ ResourceType: 'AWS::S3Express::DirectoryBucket', ResourceName: given.bucket }];
  return Object.entries(RESOURCE_NAMES).flatMap(([member, ResourceType]) =>
    typeof given[member] === 'string' ? [{ ResourceType, ResourceName: given[member] }] : [],
  );
}
