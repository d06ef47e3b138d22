/** A call of each service's official client for JavaScript, by the name of the service; some names have what a signature escapes. */
import { ACMClient, ListCertificatesCommand, ListTagsForCertificateCommand } from '@aws-sdk/client-acm';
import { APIGatewayClient, GetRestApisCommand, GetTagsCommand } from '@aws-sdk/client-api-gateway';
import { ApiGatewayManagementApiClient, GetConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import { ApiGatewayV2Client, GetApisCommand } from '@aws-sdk/client-apigatewayv2';
import { CloudFormationClient, ListStacksCommand } from '@aws-sdk/client-cloudformation';
import { CloudFrontClient, ListDistributionsCommand } from '@aws-sdk/client-cloudfront';
import { GetKeyCommand } from '@aws-sdk/client-cloudfront-keyvaluestore';
import { CloudTrailClient, DescribeTrailsCommand } from '@aws-sdk/client-cloudtrail';
import { CloudWatchClient, ListMetricsCommand } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient, ListStreamsCommand } from '@aws-sdk/client-dynamodb-streams';
import { DescribeRepositoriesCommand, ECRClient } from '@aws-sdk/client-ecr';
import { EventBridgeClient, ListRulesCommand } from '@aws-sdk/client-eventbridge';
import { FirehoseClient, ListDeliveryStreamsCommand } from '@aws-sdk/client-firehose';
import { IAMClient, ListUsersCommand } from '@aws-sdk/client-iam';
import { KinesisClient, ListStreamsCommand as ListKinesisStreamsCommand } from '@aws-sdk/client-kinesis';
import { KMSClient, ListKeysCommand } from '@aws-sdk/client-kms';
import { GetFunctionCommand, LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { GetResourcesCommand, ResourceGroupsTaggingAPIClient } from '@aws-sdk/client-resource-groups-tagging-api';
import { ListBucketsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { ListAccessPointsCommand } from '@aws-sdk/client-s3-control';
import { ListSecretsCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ListTopicsCommand, SNSClient } from '@aws-sdk/client-sns';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DescribeParametersCommand, SSMClient } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { TestCloud } from '../../support/cloud.ts';
import { type Keys, signHeaders } from '../../support/sign.ts';
import { clientOf as keyValueClient } from '../cloudfront-keyvaluestore/setup.ts';
import { controlOf } from '../s3-control/setup.ts';

export const BUCKET = 'verified-2026';
const KvsARN = 'arn:aws:cloudfront::123456789012:key-value-store/00000000-0000-0000-0000-000000000000';
const ODD = 'a b/ü+(1)*%2F~.txt';

export type Credentials = { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
/** Makes the call; rejects with what the service says. */
type Call = (cloud: TestCloud, credentials: Credentials) => Promise<unknown>;
type Client = { send(command: never): Promise<unknown> };

const by =
  (Class: new (config: never) => Client, command: object, options: object = {}): Call =>
  (cloud, credentials) =>
    cloud.client(Class as never as new () => Client, { credentials, ...options }).send(command as never);

/** The SDK's client of FIS is not in every registry as it is now. */
async function fis(cloud: TestCloud, { accessKeyId, secretAccessKey, sessionToken }: Credentials): Promise<void> {
  const keys: Keys = { accessKeyId, secret: secretAccessKey, token: sessionToken };
  const url = new URL(`${cloud.url}/experiments`);
  const signable = { method: 'GET', path: url.pathname, headers: { host: url.host } };
  const answer = await fetch(url, { headers: signHeaders(signable, keys, { service: 'fis' }).headers });
  if (answer.ok) return;
  const name = answer.headers.get('x-amzn-errortype') ?? (await answer.text());
  throw Object.assign(new Error(name), { name: name.replace(/:.*/, '') });
}

/** The error that a call ends with, where it is to fail for something else than its signature. */
export type Expected = { call: Call; error?: string };

export const CALLS: { readonly [service: string]: Expected } = {
  acm: { call: by(ACMClient, new ListCertificatesCommand({})) },
  'acm, an ARN': {
    call: by(
      ACMClient,
      new ListTagsForCertificateCommand({
        CertificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/00000000-0000-0000-0000-000000000000',
      }),
    ),
    error: 'ResourceNotFoundException',
  },
  'api-gateway': { call: by(APIGatewayClient, new GetRestApisCommand({})) },
  'api-gateway, an ARN in the path': {
    call: by(APIGatewayClient, new GetTagsCommand({ resourceArn: 'arn:aws:apigateway:us-east-1::/restapis/none0' })),
    error: 'NotFoundException',
  },
  apigatewaymanagementapi: {
    call: by(ApiGatewayManagementApiClient, new GetConnectionCommand({ ConnectionId: 'a b=' })),
    error: 'GoneException',
  },
  apigatewayv2: { call: by(ApiGatewayV2Client, new GetApisCommand({})) },
  cloudformation: { call: by(CloudFormationClient, new ListStacksCommand({})) },
  cloudfront: { call: by(CloudFrontClient, new ListDistributionsCommand({})) },
  'cloudfront-keyvaluestore': {
    call: (cloud, credentials) => keyValueClient(cloud, { credentials }).send(new GetKeyCommand({ KvsARN, Key: ODD })),
    error: 'ResourceNotFoundException',
  },
  cloudtrail: { call: by(CloudTrailClient, new DescribeTrailsCommand({})) },
  cloudwatch: { call: by(CloudWatchClient, new ListMetricsCommand({})) },
  'cloudwatch-logs': { call: by(CloudWatchLogsClient, new DescribeLogGroupsCommand({})) },
  dynamodb: { call: by(DynamoDBClient, new ListTablesCommand({})) },
  'dynamodb-streams': { call: by(DynamoDBStreamsClient, new ListStreamsCommand({})) },
  ecr: { call: by(ECRClient, new DescribeRepositoriesCommand({})) },
  eventbridge: { call: by(EventBridgeClient, new ListRulesCommand({})) },
  firehose: { call: by(FirehoseClient, new ListDeliveryStreamsCommand({})) },
  fis: { call: fis },
  iam: { call: by(IAMClient, new ListUsersCommand({})) },
  kinesis: { call: by(KinesisClient, new ListKinesisStreamsCommand({})) },
  kms: { call: by(KMSClient, new ListKeysCommand({})) },
  lambda: { call: by(LambdaClient, new ListFunctionsCommand({})) },
  'lambda, an ARN in the path': {
    call: by(
      LambdaClient,
      new GetFunctionCommand({ FunctionName: 'arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST' }),
    ),
    error: 'ResourceNotFoundException',
  },
  'resource-groups-tagging-api': { call: by(ResourceGroupsTaggingAPIClient, new GetResourcesCommand({})) },
  s3: { call: by(S3Client, new ListBucketsCommand({})) },
  's3, an odd key': {
    call: by(
      S3Client,
      new PutObjectCommand({
        Bucket: BUCKET,
        Key: ODD,
        Body: 'x',
        Metadata: { a: 'b  c', u: 'ü' },
        Tagging: 'a=b%20c&d=',
      }),
      { forcePathStyle: true },
    ),
  },
  's3-control': {
    call: (cloud, credentials) =>
      controlOf(cloud, { credentials }).send(new ListAccessPointsCommand({ AccountId: '123456789012' })),
  },
  'secrets-manager': { call: by(SecretsManagerClient, new ListSecretsCommand({})) },
  sns: { call: by(SNSClient, new ListTopicsCommand({})) },
  sqs: { call: by(SQSClient, new ListQueuesCommand({})) },
  ssm: { call: by(SSMClient, new DescribeParametersCommand({})) },
  sts: { call: by(STSClient, new GetCallerIdentityCommand({})) },
};
