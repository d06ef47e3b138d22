/** A call as CloudTrail writes it. Source: CloudTrail User Guide, "CloudTrail record contents". */
import { createHash } from 'node:crypto';
import type { KeptCall } from '#kernel/events';
import { dataArnOf, dataTypeOf } from './resource.ts';
import { eventSource } from './source.ts';

export type TrailRecord = { [member: string]: unknown };

/** Lambda's names carry the API's date. */
const LAMBDA_VERSION = '20150331';

/** A stable id, though the call itself had none. */
export function eventId({ requestId, at, sequence }: Pick<KeptCall, 'requestId' | 'at' | 'sequence'>): string {
  const hex = createHash('sha256').update(`${requestId}/${at}/${sequence}`).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}

/** The whole record of a call. */
export function recordOf(call: KeptCall): TrailRecord {
  const isLambda = call.service === 'lambda' && call.operation !== 'Invoke';
  return {
    eventVersion: '1.11',
    userIdentity: identityOf(call),
    eventTime: new Date(call.at).toISOString().replace(/\.\d{3}Z$/, 'Z'),
    eventSource: eventSource(call.service),
    eventName: isLambda ? `${call.operation}${LAMBDA_VERSION}` : call.operation,
    awsRegion: call.region,
    sourceIPAddress: call.sourceIp,
    userAgent: call.userAgent,
    ...(call.error !== undefined && { errorCode: call.error, errorMessage: call.message ?? '' }),
    requestParameters: call.parameters === undefined ? null : JSON.parse(call.parameters),
    responseElements: call.response === undefined ? null : JSON.parse(call.response),
    requestID: call.requestId,
    eventID: eventId(call),
    readOnly: call.readonly,
    ...dataResources(call),
    eventType: 'AwsApiCall',
    managementEvent: !call.data,
    recipientAccountId: call.account,
    eventCategory: call.data ? 'Data' : 'Management',
  };
}

/** What a data event was about. */
function dataResources(call: KeptCall): { resources?: object[] } {
  const [type, ARN] = [dataTypeOf(call), dataArnOf(call)];
  if (type === undefined || ARN === '') return {};
  const own = { accountId: call.account, type, ARN };
  if (call.service !== 's3') return { resources: [own] };
  const bucket = { accountId: call.account, type: 'AWS::S3::Bucket', ARN: ARN.slice(0, ARN.indexOf('/')) };
  return { resources: ARN.endsWith('/') ? [bucket] : [{ type, ARN }, bucket] };
}

/** Source: CloudTrail User Guide, "CloudTrail userIdentity element". */
function identityOf({ principal, principalId, principalKind, accessKeyId, account, sourceIp }: KeptCall): object {
  const [, , , , owner = account] = principal.split(':');
  const common = {
    principalId,
    arn: principal,
    accountId: owner,
    ...(accessKeyId !== undefined && { accessKeyId }),
  };
  switch (principalKind) {
    case 'root':
      return { type: 'Root', ...common };
    case 'user':
      return { type: 'IAMUser', ...common, userName: principal.slice(principal.lastIndexOf('/') + 1) };
    case 'session': {
      const role = /:assumed-role\/([^/]+)\//.exec(principal)?.[1] ?? '';
      const issuer = {
        type: 'Role',
        principalId: principalId.split(':')[0],
        arn: `arn:aws:iam::${owner}:role/${role}`,
        accountId: owner,
        userName: role,
      };
      return {
        type: 'AssumedRole',
        ...common,
        sessionContext: { sessionIssuer: issuer, attributes: { mfaAuthenticated: 'false' } },
      };
    }
    case 'federated':
      return { type: 'FederatedUser', ...common };
    case 'service':
      return { type: 'AWSService', invokedBy: sourceIp };
    default:
      return { type: 'AWSAccount', principalId: 'ANONYMOUS_PRINCIPAL', accountId: '' };
  }
}

/** Who, as LookupEvents shows it. */
export function userNameOf({ principal, principalKind }: KeptCall): string | undefined {
  if (principalKind === 'root') return 'root';
  return principal === '' ? undefined : principal.slice(principal.lastIndexOf('/') + 1);
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
export function resourcesOf({ parameters }: KeptCall): { ResourceType: string; ResourceName: string }[] {
  const given = JSON.parse(parameters ?? '{}') as Record<string, unknown>;
  return Object.entries(RESOURCE_NAMES).flatMap(([member, ResourceType]) =>
    typeof given[member] === 'string' ? [{ ResourceType, ResourceName: given[member] }] : [],
  );
}
