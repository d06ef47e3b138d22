/** Resources of several services, found and changed by their tags. The requests are written by hand: no client of this service is among the project's. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, GetBucketTaggingCommand, PutBucketTaggingCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { START, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { signHeaders } from '../../support/sign.ts';

type Answer = {
  status: number;
  __type?: string;
  message?: string;
  PaginationToken?: string;
  ResourceTagMappingList?: { ResourceARN: string; Tags: { Key: string; Value: string }[] }[];
  TagKeys?: string[];
  TagValues?: string[];
  FailedResourcesMap?: { [arn: string]: { StatusCode: number; ErrorCode: string; ErrorMessage: string } };
};

const arnOf = (rest: string) => `arn:aws:${rest}`;
const QUEUE = arnOf('sqs:us-east-1:123456789012:jobs');
const BUCKET = arnOf('s3:::photos-2026');
const TABLE = arnOf('dynamodb:us-east-1:123456789012:table/orders');

async function ask(cloud: TestCloud, operation: string, input: object): Promise<Answer> {
  const body = JSON.stringify(input);
  const plain = {
    host: new URL(cloud.url).host,
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': `ResourceGroupsTaggingAPI_20170126.${operation}`,
  };
  const { headers } = signHeaders(
    { method: 'POST', path: '/', headers: plain, body },
    { accessKeyId: '123456789012', secret: 'any' },
    { service: 'tagging', at: START },
  );
  const answer = await fetch(cloud.url, { method: 'POST', headers, body });
  return { ...((await answer.json()) as object), status: answer.status };
}

const arnsOf = ({ ResourceTagMappingList = [] }: Answer) =>
  ResourceTagMappingList.map(({ ResourceARN }) => ResourceARN);

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
  assert.deepEqual(arnsOf(await ask(cloud, 'GetResources', {})), [TABLE, BUCKET, QUEUE]);
  const ofA = { TagFilters: [{ Key: 'team', Values: ['a', 'c'] }] };
  assert.deepEqual(arnsOf(await ask(cloud, 'GetResources', ofA)), [TABLE, QUEUE]);
  const both = { TagFilters: [...ofA.TagFilters, { Key: 'stage' }] };
  assert.deepEqual(arnsOf(await ask(cloud, 'GetResources', both)), [QUEUE]);
  for (const ResourceTypeFilters of [['s3'], ['s3:bucket']])
    assert.deepEqual(arnsOf(await ask(cloud, 'GetResources', { ResourceTypeFilters })), [BUCKET]);
  const named = await ask(cloud, 'GetResources', {
    ResourceARNList: [BUCKET, arnOf('sqs:us-east-1:123456789012:none'), arnOf('sns:us-east-1:123456789012:news')],
  });
  assert.deepEqual(named.ResourceTagMappingList, [{ ResourceARN: BUCKET, Tags: [{ Key: 'team', Value: 'b' }] }]);
});

test('resources are told page by page; the last page has an empty token', async () => {
  await using cloud = await world();
  const seen: string[][] = [];
  let PaginationToken: string | undefined = '';
  do {
    const page = await ask(cloud, 'GetResources', { ResourcesPerPage: 2, PaginationToken });
    seen.push(arnsOf(page));
    ({ PaginationToken } = page);
  } while (PaginationToken !== '' && seen.length < 9);
  assert.deepEqual(seen, [[TABLE, BUCKET], [QUEUE]]);
  const bad = await ask(cloud, 'GetResources', { PaginationToken: 'nonsense' });
  assert.deepEqual([bad.status, bad.__type], [400, 'PaginationTokenExpiredException']);
});

test('the keys and values in use', async () => {
  await using cloud = await world();
  assert.deepEqual((await ask(cloud, 'GetTagKeys', {})).TagKeys, ['stage', 'team']);
  assert.deepEqual((await ask(cloud, 'GetTagValues', { Key: 'team' })).TagValues, ['a', 'b']);
});

test('resources of several services are tagged at once; those that fail are named', async () => {
  await using cloud = await world();
  const gone = arnOf('sqs:us-east-1:123456789012:gone');
  const vpc = arnOf('ec2:us-east-1:123456789012:vpc/vpc-1');
  const tagged = await ask(cloud, 'TagResources', {
    ResourceARNList: [BUCKET, QUEUE, gone, vpc],
    Tags: { owner: 'me' },
  });
  assert.deepEqual(Object.keys(tagged.FailedResourcesMap ?? {}), [gone, vpc]);
  assert.equal(tagged.FailedResourcesMap?.[gone]?.ErrorCode, 'InvalidParameterException');
  const ofMe = { TagFilters: [{ Key: 'owner', Values: ['me'] }] };
  assert.deepEqual(arnsOf(await ask(cloud, 'GetResources', ofMe)), [BUCKET, QUEUE]);
  const { TagSet } = await cloud
    .client(S3Client, { forcePathStyle: true })
    .send(new GetBucketTaggingCommand({ Bucket: 'photos-2026' }));
  assert.deepEqual(
    TagSet?.map(({ Key }) => Key),
    ['team', 'owner'],
  );
  const untagged = await ask(cloud, 'UntagResources', { ResourceARNList: [BUCKET], TagKeys: ['team', 'owner'] });
  assert.deepEqual(untagged.FailedResourcesMap, {});
  assert.deepEqual(arnsOf(await ask(cloud, 'GetResources', {})), [TABLE, QUEUE]);
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
    const { status, __type } = await ask(cloud, 'GetResources', input);
    assert.deepEqual([status, __type], [400, 'InvalidParameterException'], JSON.stringify(input));
  }
});
