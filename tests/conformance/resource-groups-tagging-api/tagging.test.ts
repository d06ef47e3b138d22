/** Resources of several services, found and changed by their tags. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  GetResourcesCommand,
  type GetResourcesCommandInput,
  type GetResourcesCommandOutput,
  GetTagKeysCommand,
  GetTagValuesCommand,
  ResourceGroupsTaggingAPIClient,
  TagResourcesCommand,
  UntagResourcesCommand,
} from '@aws-sdk/client-resource-groups-tagging-api';
import { CreateBucketCommand, GetBucketTaggingCommand, PutBucketTaggingCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { create, templateOf } from '../cloudformation/stacks.ts';
import { allow, policy, userWithKey } from '../iam/support.ts';

const arnOf = (rest: string) => `arn:aws:${rest}`;
const QUEUE = arnOf('sqs:us-east-1:123456789012:jobs');
const BUCKET = arnOf('s3:::photos-2026');
const TABLE = arnOf('dynamodb:us-east-1:123456789012:table/orders');

const tagging = (cloud: TestCloud) => cloud.client(ResourceGroupsTaggingAPIClient);
const find = (cloud: TestCloud, input: GetResourcesCommandInput) => tagging(cloud).send(new GetResourcesCommand(input));
const arnsOf = ({ ResourceTagMappingList = [] }: GetResourcesCommandOutput) =>
  ResourceTagMappingList.map(({ ResourceARN }) => ResourceARN ?? '');

/** A cloud with a tagged queue, bucket and table, and a topic without tags. */
async function world() {
  const cloud = await startTestCloud();
  await cloud.client(SQSClient).send(new CreateQueueCommand({ QueueName: 'jobs', tags: { team: 'a', stage: 'dev' } }));
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'photos-2026' }));
  const Tagging = { TagSet: [{ Key: 'team', Value: 'b' }] };
  await s3.send(new PutBucketTaggingCommand({ Bucket: 'photos-2026', Tagging }));
  await cloud.client(DynamoDBClient).send(
    new CreateTableCommand({
      TableName: 'orders',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      Tags: [{ Key: 'team', Value: 'a' }],
    }),
  );
  await cloud.client(SNSClient).send(new CreateTopicCommand({ Name: 'news' }));
  return cloud;
}

test('tagged resources are found by type, tag and ARN', async () => {
  await using cloud = await world();
  assert.deepEqual(arnsOf(await find(cloud, {})), [TABLE, BUCKET, QUEUE]);
  const ofA = { TagFilters: [{ Key: 'team', Values: ['a', 'c'] }] };
  assert.deepEqual(arnsOf(await find(cloud, ofA)), [TABLE, QUEUE]);
  const both = { TagFilters: [...ofA.TagFilters, { Key: 'stage' }] };
  assert.deepEqual(arnsOf(await find(cloud, both)), [QUEUE]);
  for (const ResourceTypeFilters of [['s3'], ['s3:bucket']])
    assert.deepEqual(arnsOf(await find(cloud, { ResourceTypeFilters })), [BUCKET]);
  const named = await find(cloud, {
    ResourceARNList: [BUCKET, arnOf('sqs:us-east-1:123456789012:none'), arnOf('sns:us-east-1:123456789012:news')],
  });
  assert.deepEqual(named.ResourceTagMappingList, [{ ResourceARN: BUCKET, Tags: [{ Key: 'team', Value: 'b' }] }]);
});

test('resources are told page by page; the last page has an empty token', async () => {
  await using cloud = await world();
  const seen: string[][] = [];
  let PaginationToken: string | undefined = '';
  do {
    const page = await find(cloud, { ResourcesPerPage: 2, PaginationToken });
    seen.push(arnsOf(page));
    ({ PaginationToken } = page);
  } while (PaginationToken !== '' && seen.length < 9);
  assert.deepEqual(seen, [[TABLE, BUCKET], [QUEUE]]);
  const bad = await failure(find(cloud, { PaginationToken: 'nonsense' }));
  assert.deepEqual([bad.$metadata?.httpStatusCode, bad.name], [400, 'PaginationTokenExpiredException']);
});

test('the keys and values in use', async () => {
  await using cloud = await world();
  assert.deepEqual((await tagging(cloud).send(new GetTagKeysCommand({}))).TagKeys, ['stage', 'team']);
  assert.deepEqual((await tagging(cloud).send(new GetTagValuesCommand({ Key: 'team' }))).TagValues, ['a', 'b']);
});

test('resources of several services are tagged at once; those that fail are named', async () => {
  await using cloud = await world();
  const gone = arnOf('sqs:us-east-1:123456789012:gone');
  const vpc = arnOf('ec2:us-east-1:123456789012:vpc/vpc-1');
  const tagged = await tagging(cloud).send(
    new TagResourcesCommand({ ResourceARNList: [BUCKET, QUEUE, gone, vpc], Tags: { owner: 'me' } }),
  );
  assert.deepEqual(Object.keys(tagged.FailedResourcesMap ?? {}), [gone, vpc]);
  assert.equal(tagged.FailedResourcesMap?.[gone]?.ErrorCode, 'InvalidParameterException');
  const ofMe = { TagFilters: [{ Key: 'owner', Values: ['me'] }] };
  assert.deepEqual(arnsOf(await find(cloud, ofMe)), [BUCKET, QUEUE]);
  const { TagSet } = await cloud
    .client(S3Client, { forcePathStyle: true })
    .send(new GetBucketTaggingCommand({ Bucket: 'photos-2026' }));
  assert.deepEqual(
    TagSet?.map(({ Key }) => Key),
    ['team', 'owner'],
  );
  const untagged = await tagging(cloud).send(
    new UntagResourcesCommand({ ResourceARNList: [BUCKET], TagKeys: ['team', 'owner'] }),
  );
  assert.deepEqual(untagged.FailedResourcesMap, {});
  assert.deepEqual(arnsOf(await find(cloud, {})), [TABLE, QUEUE]);
});

test("requests that can't be are refused", async () => {
  await using cloud = await world();
  for (const input of [
    { ResourceARNList: [QUEUE], ResourcesPerPage: 5 },
    { ResourcesPerPage: 101 },
    { TagsPerPage: 150 },
    { TagFilters: [{ Values: ['a'] }] },
    { ExcludeCompliantResources: true },
  ]) {
    const { $metadata, name } = await failure(find(cloud, input));
    assert.deepEqual([$metadata?.httpStatusCode, name], [400, 'InvalidParameterException'], JSON.stringify(input));
  }
});

/** One resource of each type that can be found. */
const ALL = {
  Table: {
    Type: 'AWS::DynamoDB::Table',
    Properties: {
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    },
  },
  Bucket: { Type: 'AWS::S3::Bucket' },
  Queue: { Type: 'AWS::SQS::Queue' },
  Topic: { Type: 'AWS::SNS::Topic' },
  Repository: { Type: 'AWS::ECR::Repository' },
  Stream: { Type: 'AWS::Kinesis::Stream', Properties: { ShardCount: 1 } },
  Key: { Type: 'AWS::KMS::Key' },
  Secret: { Type: 'AWS::SecretsManager::Secret' },
  Group: { Type: 'AWS::Logs::LogGroup' },
  Alarm: {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      ComparisonOperator: 'GreaterThanThreshold',
      EvaluationPeriods: 1,
      Threshold: 1,
      MetricName: 'm',
      Namespace: 'n',
      Period: 60,
      Statistic: 'Sum',
    },
  },
  Rule: { Type: 'AWS::Events::Rule', Properties: { ScheduleExpression: 'rate(1 day)' } },
  Http: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'http', ProtocolType: 'HTTP' } },
  Stage: { Type: 'AWS::ApiGatewayV2::Stage', Properties: { ApiId: { Ref: 'Http' }, StageName: '$default' } },
  Rest: { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: 'rest' } },
  Method: {
    Type: 'AWS::ApiGateway::Method',
    Properties: {
      RestApiId: { Ref: 'Rest' },
      ResourceId: { 'Fn::GetAtt': ['Rest', 'RootResourceId'] },
      HttpMethod: 'GET',
      AuthorizationType: 'NONE',
      Integration: { Type: 'MOCK' },
    },
  },
  Deployment: { Type: 'AWS::ApiGateway::Deployment', DependsOn: 'Method', Properties: { RestApiId: { Ref: 'Rest' } } },
  RestStage: {
    Type: 'AWS::ApiGateway::Stage',
    Properties: { RestApiId: { Ref: 'Rest' }, DeploymentId: { Ref: 'Deployment' }, StageName: 'live' },
  },
  Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'bus' } },
};

test('a resource of each type is found, tagged and left without tags', async () => {
  await using cloud = await startTestCloud();
  await create(cloud, 'all', templateOf(ALL), { Tags: [{ Key: 'project', Value: 'x' }] });
  await cloud
    .client(SSMClient)
    .send(
      new PutParameterCommand({ Name: '/a/b', Type: 'String', Value: 'v', Tags: [{ Key: 'project', Value: 'x' }] }),
    );
  const filter = { TagFilters: [{ Key: 'project', Values: ['x'] }] };
  const ResourceARNList = arnsOf(await find(cloud, filter));
  const services = ResourceARNList.map((arn) => arn.split(':')[2]).toSorted();
  assert.deepEqual(services, [
    'apigateway',
    'apigateway',
    'apigateway',
    'apigateway',
    'cloudwatch',
    'dynamodb',
    'ecr',
    'events',
    'events',
    'kinesis',
    'kms',
    'logs',
    's3',
    'secretsmanager',
    'sns',
    'sqs',
    'ssm',
  ]);
  const tagged = await tagging(cloud).send(new TagResourcesCommand({ ResourceARNList, Tags: { owner: 'me' } }));
  assert.deepEqual(tagged.FailedResourcesMap, {});
  assert.deepEqual(arnsOf(await find(cloud, { TagFilters: [{ Key: 'owner', Values: ['me'] }] })), ResourceARNList);
  const left = await tagging(cloud).send(new UntagResourcesCommand({ ResourceARNList, TagKeys: ['project'] }));
  assert.deepEqual(left.FailedResourcesMap, {});
  assert.deepEqual(arnsOf(await find(cloud, filter)), []);
});

test('who may look for tags needs no permission of the services, and sees what is closed to all', async () => {
  await using cloud = await world();
  const Statement = [
    { Effect: 'Allow', Principal: { AWS: arnOf('iam::123456789012:user/ann') }, Action: 'kms:*', Resource: '*' },
  ];
  const credentials = await userWithKey(
    cloud,
    'ann',
    policy(allow(['tag:GetResources', 'tag:GetTagKeys', 'tag:GetTagValues'])),
  );
  const { KeyMetadata } = await cloud.client(KMSClient).send(
    new CreateKeyCommand({
      Policy: JSON.stringify({ Version: '2012-10-17', Statement }),
      BypassPolicyLockoutSafetyCheck: true,
      Tags: [{ TagKey: 'team', TagValue: 'c' }],
    }),
  );
  const ann = cloud.client(ResourceGroupsTaggingAPIClient, { credentials });
  const KEY = KeyMetadata?.Arn;
  assert.deepEqual(arnsOf(await ann.send(new GetResourcesCommand({}))), [TABLE, KEY, BUCKET, QUEUE]);
  const named = await ann.send(
    new GetResourcesCommand({ ResourceARNList: [QUEUE, QUEUE.replace('123456789012', '111111111111')] }),
  );
  assert.deepEqual(arnsOf(named), [QUEUE]);
  assert.deepEqual((await ann.send(new GetTagKeysCommand({}))).TagKeys, ['stage', 'team']);
  assert.deepEqual((await ann.send(new GetTagValuesCommand({ Key: 'team' }))).TagValues, ['a', 'b', 'c']);
});

test('what is looked at for tags is in no trail, and tags of another account stay its own', async () => {
  await using cloud = await world();
  const { audit } = cloud.server.cloud.kernel;
  await find(cloud, {});
  await find(cloud, { ResourceARNList: [QUEUE, BUCKET] });
  const last = audit.recent(2);
  assert.deepEqual(
    last.map(({ service, operation }) => `${service} ${operation}`),
    Array(2).fill('resource-groups-tagging-api GetResources'),
  );
  const other = cloud.client(ResourceGroupsTaggingAPIClient, {
    credentials: { accessKeyId: '210987654321', secretAccessKey: 'x' },
  });
  const theirs = await other.send(new GetResourcesCommand({ ResourceARNList: [BUCKET] }));
  assert.deepEqual(theirs.ResourceTagMappingList, []);
});
