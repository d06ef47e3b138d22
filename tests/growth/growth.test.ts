/**
 * The cost of an operation does not grow with what is stored: each touches as many rows of the store among ten thousand things of a
 * kind as among ten. Measured with nothing remembered from earlier calls, so that no cache hides a row.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCOUNT, compare, MANY, name, REGION } from './measured.ts';

const QueueUrl = `http://localhost:4566/${ACCOUNT}/queue`;

test('SQS: a queue with many messages', async (t) => {
  const handles: string[] = [];
  await compare(
    t,
    async (aws, from, to) => {
      if (from === 0) await aws.sqs.CreateQueue({ QueueName: 'queue' });
      for (let at = from; at < to; at += 10) {
        const Entries = Array.from({ length: 10 }, (_, index) => ({ Id: `m${index}`, MessageBody: `${at + index}` }));
        await aws.sqs.SendMessageBatch({ QueueUrl, Entries });
      }
    },
    {
      SendMessage: (aws) => aws.sqs.SendMessage({ QueueUrl, MessageBody: 'more' }),
      ReceiveMessage: async (aws) => {
        const { Messages = [] } = await aws.sqs.ReceiveMessage({ QueueUrl });
        handles.push(Messages[0]?.ReceiptHandle ?? '');
      },
      ChangeMessageVisibility: (aws, _, turn) =>
        aws.sqs.ChangeMessageVisibility({
          QueueUrl,
          ReceiptHandle: handles.at(-1 - turn) ?? '',
          VisibilityTimeout: 60,
        }),
      DeleteMessage: (aws) => aws.sqs.DeleteMessage({ QueueUrl, ReceiptHandle: handles.pop() ?? '' }),
      GetQueueAttributes: (aws) => aws.sqs.GetQueueAttributes({ QueueUrl, AttributeNames: ['All'] }),
      GetQueueUrl: (aws) => aws.sqs.GetQueueUrl({ QueueName: 'queue' }),
    },
  );
});

const FifoUrl = `${QueueUrl}.fifo`;

test('SQS: a FIFO queue with many groups and remembered ids', async (t) => {
  await compare(
    t,
    async (aws, from, to) => {
      if (from === 0)
        await aws.sqs.CreateQueue({
          QueueName: 'queue.fifo',
          Attributes: {
            FifoQueue: 'true',
            DeduplicationScope: 'messageGroup',
            FifoThroughputLimit: 'perMessageGroupId',
          },
        });
      for (let at = from; at < to; at += 10) {
        const Entries = Array.from({ length: 10 }, (_, index) => ({
          Id: `m${index}`,
          MessageBody: 'x',
          MessageGroupId: `g${at + index}`,
          MessageDeduplicationId: `d${at + index}`,
        }));
        await aws.sqs.SendMessageBatch({ QueueUrl: FifoUrl, Entries });
      }
    },
    {
      SendMessage: (aws, among, turn) =>
        aws.sqs.SendMessage({
          QueueUrl: FifoUrl,
          MessageBody: 'more',
          MessageGroupId: `new-${among}-${turn}`,
          MessageDeduplicationId: `new-${among}-${turn}`,
        }),
      ReceiveMessage: (aws) => aws.sqs.ReceiveMessage({ QueueUrl: FifoUrl }),
    },
  );
});

test('SNS: a topic with many subscriptions', async (t) => {
  const TopicArn = `arn:aws:sns:${REGION}:${ACCOUNT}:news`;
  const numbers = (index: number) => `+1555${String(index).padStart(6, '0')}`;
  const filter = { FilterPolicy: '{"nobody":["wants it"]}' };
  await compare(
    t,
    async (aws, from, to) => {
      if (from === 0) {
        await aws.sns.CreateTopic({ Name: 'news' });
        await aws.sns.CreateTopic({ Name: 'empty' });
      }
      for (let index = from; index < to; index += 1) {
        const Attributes: Record<string, string> = index < 10 ? filter : {};
        await aws.sns.Subscribe({ TopicArn, Protocol: 'sms', Endpoint: numbers(index), Attributes });
      }
    },
    {
      Subscribe: (aws, among, turn) =>
        aws.sns.Subscribe({ TopicArn, Protocol: 'sms', Endpoint: numbers(900_000 + among * 5 + turn) }),
      GetTopicAttributes: (aws) => aws.sns.GetTopicAttributes({ TopicArn }),
      Publish: (aws) => aws.sns.Publish({ TopicArn: `arn:aws:sns:${REGION}:${ACCOUNT}:empty`, Message: 'x' }),
    },
  );
});

test('SQS: many queues', async (t) => {
  await compare(
    t,
    async (aws, from, to) => {
      for (let index = from; index < to; index += 1) await aws.sqs.CreateQueue({ QueueName: `queue-${index}` });
    },
    {
      CreateQueue: (aws, among, turn) => aws.sqs.CreateQueue({ QueueName: `more-${among}-${turn}` }),
      ListQueues: (aws) => aws.sqs.ListQueues({ MaxResults: 5 }),
      SendMessage: (aws, among, turn) =>
        aws.sqs.SendMessage({ QueueUrl: `http://localhost:4566/${ACCOUNT}/more-${among}-${turn}`, MessageBody: 'x' }),
    },
  );
});

const TableName = 'table';
const itemOf = (index: number) => ({ pk: { S: 'all' }, sk: { S: name(index) }, label: { S: name(index) } });
const keyOf = (index: number) => ({ pk: { S: 'all' }, sk: { S: name(index) } });

test('DynamoDB: a table with many items, all in one partition, with an index', async (t) => {
  await compare(
    t,
    async (aws, from, to) => {
      if (from === 0)
        await aws.dynamodb.CreateTable({
          TableName,
          BillingMode: 'PAY_PER_REQUEST',
          KeySchema: [
            { AttributeName: 'pk', KeyType: 'HASH' },
            { AttributeName: 'sk', KeyType: 'RANGE' },
          ],
          AttributeDefinitions: ['pk', 'sk', 'label'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
          GlobalSecondaryIndexes: [
            {
              IndexName: 'by-label',
              KeySchema: [{ AttributeName: 'label', KeyType: 'HASH' }],
              Projection: { ProjectionType: 'ALL' },
            },
          ],
        });
      for (let at = from; at < to; at += 25) {
        const puts = Array.from({ length: Math.min(25, to - at) }, (_, index) => ({
          PutRequest: { Item: itemOf(at + index) },
        }));
        await aws.dynamodb.BatchWriteItem({ RequestItems: { [TableName]: puts } });
      }
    },
    {
      GetItem: (aws, among) => aws.dynamodb.GetItem({ TableName, Key: keyOf(among - 1) }),
      'PutItem, new': (aws, among, turn) => aws.dynamodb.PutItem({ TableName, Item: itemOf(2 * MANY + among + turn) }),
      'PutItem, over another': (aws, _, turn) =>
        aws.dynamodb.PutItem({ TableName, Item: { ...itemOf(5), label: { S: `${turn}` } } }),
      UpdateItem: (aws, among, turn) =>
        aws.dynamodb.UpdateItem({
          TableName,
          Key: keyOf(among / 2),
          UpdateExpression: 'SET amounts = :a',
          ExpressionAttributeValues: { ':a': { N: String(turn) } },
        }),
      Query: (aws, among) =>
        aws.dynamodb.Query({
          TableName,
          KeyConditionExpression: 'pk = :p AND sk >= :s',
          ExpressionAttributeValues: { ':p': { S: 'all' }, ':s': { S: name(among / 2) } },
          Limit: 5,
        }),
      'Query of an index': (aws, among) =>
        aws.dynamodb.Query({
          TableName,
          IndexName: 'by-label',
          KeyConditionExpression: 'label = :o',
          ExpressionAttributeValues: { ':o': { S: name(among - 1) } },
        }),
      Scan: (aws) => aws.dynamodb.Scan({ TableName, Limit: 5 }),
      TransactWriteItems: (aws, among, turn) =>
        aws.dynamodb.TransactWriteItems({
          TransactItems: [{ Put: { TableName, Item: itemOf(3 * MANY + among + turn) } }],
        }),
      DescribeTable: (aws) => aws.dynamodb.DescribeTable({ TableName }),
      DeleteItem: (aws, among, turn) => aws.dynamodb.DeleteItem({ TableName, Key: keyOf(2 * MANY + among + turn) }),
    },
  );
});

const Bucket = 'bucket';
const bytes = (text: string) => ({
  length: text.length,
  async *[Symbol.asyncIterator]() {
    yield Buffer.from(text);
  },
});

test('S3: a bucket with many objects', async (t) => {
  await compare(
    t,
    async (aws, from, to) => {
      if (from === 0) await aws.s3.CreateBucket({ Bucket });
      for (let index = from; index < to; index += 1)
        await aws.s3.PutObject({ Bucket, Key: `${name(index)}/object`, Body: bytes('body') });
    },
    {
      'PutObject, new': (aws, among, turn) =>
        aws.s3.PutObject({ Bucket, Key: `new-${among}-${turn}`, Body: bytes('body') }),
      'PutObject, over another': (aws) => aws.s3.PutObject({ Bucket, Key: `${name(5)}/object`, Body: bytes('body') }),
      GetObject: (aws, among) => aws.s3.GetObject({ Bucket, Key: `${name(among - 1)}/object` }),
      HeadObject: (aws, among) => aws.s3.HeadObject({ Bucket, Key: `${name(among - 1)}/object` }),
      ListObjectsV2: (aws, among) => aws.s3.ListObjectsV2({ Bucket, StartAfter: name(among / 2), MaxKeys: 5 }),
      'ListObjectsV2 by prefix and delimiter': (aws) =>
        aws.s3.ListObjectsV2({ Bucket, Prefix: 'n', Delimiter: '/', MaxKeys: 5 }),
      DeleteObject: (aws, among, turn) => aws.s3.DeleteObject({ Bucket, Key: `new-${among}-${turn}` }),
    },
  );
});

/** Source: IAM User Guide, "IAM and AWS STS quotas": 5,000 users an account. */
const USERS_AN_ACCOUNT = 4_000;
const accountOf = (index: number, size: number) => String(Number(ACCOUNT) + Math.floor(index / size));
const PolicyDocument = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}';

test('IAM: many users with policies and access keys', async (t) => {
  const keyIds: string[] = [];
  await compare(
    t,
    async (_, from, to, { cloud }) => {
      for (let index = from; index < to; index += 1) {
        const { iam } = cloud.aws(accountOf(index, USERS_AN_ACCOUNT), REGION);
        const UserName = name(index);
        await iam.CreateUser({ UserName });
        await iam.PutUserPolicy({ UserName, PolicyName: 'policy', PolicyDocument });
        const { AccessKey } = await iam.CreateAccessKey({ UserName });
        keyIds.push(AccessKey.AccessKeyId);
      }
    },
    {
      CreateUser: ({ iam }, among, turn) => iam.CreateUser({ UserName: `new-${among}-${turn}` }),
      PutUserPolicy: ({ iam }, among, turn) =>
        iam.PutUserPolicy({ UserName: `new-${among}-${turn}`, PolicyName: 'policy', PolicyDocument }),
      CreateAccessKey: ({ iam }, among, turn) => iam.CreateAccessKey({ UserName: `new-${among}-${turn}` }),
      GetUser: ({ iam }) => iam.GetUser({ UserName: name(5) }),
      ListUsers: ({ iam }) => iam.ListUsers({ MaxItems: 5 }),
      'Authentication and authorization': async (_aws, among, _turn, { cloud }) => {
        const { directory } = cloud.kernel;
        const credential = directory.credential(keyIds[among - 1] ?? '');
        assert.ok(credential !== undefined);
        assert.equal(directory.layersOf(credential.principal, undefined).identity.length, 1);
      },
    },
  );
});

/** As above: 1,000 roles. */
const ROLES_AN_ACCOUNT = 900;

test('IAM and STS: many roles', async (t) => {
  const trust =
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}}';
  const RoleArn = `arn:aws:iam::${ACCOUNT}:role/${name(0)}`;
  await compare(
    t,
    async (_, from, to, { cloud }) => {
      for (let index = from; index < to; index += 1)
        await cloud
          .aws(accountOf(index, ROLES_AN_ACCOUNT), REGION)
          .iam.CreateRole({ RoleName: name(index), AssumeRolePolicyDocument: trust });
    },
    {
      GetRole: ({ iam }) => iam.GetRole({ RoleName: name(0) }),
      AttachRolePolicy: ({ iam }, _, turn) =>
        iam.AttachRolePolicy({ RoleName: name(turn), PolicyArn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }),
      DetachRolePolicy: ({ iam }, _, turn) =>
        iam.DetachRolePolicy({ RoleName: name(turn), PolicyArn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }),
      AssumeRole: ({ sts }, _, turn) => sts.AssumeRole({ RoleArn, RoleSessionName: `session-${turn}` }),
    },
  );
});
