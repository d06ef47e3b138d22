import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  BatchGetItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { failure } from '../../support/cloud.ts';
import { schema, startWorld, type World } from './world.ts';

const TableName = 'things';
const ARN = 'arn:aws:dynamodb:us-east-1:123456789012:table/things';

/** A client of a user who may do just this. */
async function userWith(world: World, statement: object): Promise<DynamoDBClient> {
  const iam = world.cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'ann' }));
  await iam.send(
    new PutUserPolicyCommand({
      UserName: 'ann',
      PolicyName: 'p',
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] }),
    }),
  );
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }));
  return world.cloud.client(DynamoDBClient, {
    credentials: { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' },
  });
}

test('a user sees what the policy allows, by table and index', async () => {
  const index = {
    IndexName: 'byKind',
    KeySchema: schema('kind:S').KeySchema,
    Projection: { ProjectionType: 'ALL' as const },
  };
  await using world = await startWorld('id:S', {
    AttributeDefinitions: schema('kind:S').AttributeDefinitions,
    GlobalSecondaryIndexes: [index],
  });
  const ann = await userWith(world, {
    Action: ['dynamodb:Query', 'dynamodb:GetItem'],
    Resource: `${ARN}/index/byKind`,
  });
  const query = { TableName, ExpressionAttributeValues: { ':x': { S: 'x' } } };
  assert.equal(
    (await ann.send(new QueryCommand({ ...query, IndexName: 'byKind', KeyConditionExpression: 'kind = :x' }))).Count,
    0,
  );
  const denied = await failure(ann.send(new QueryCommand({ ...query, KeyConditionExpression: 'id = :x' })));
  assert.deepEqual(
    [denied.name, denied.message, denied.$metadata?.httpStatusCode],
    [
      'AccessDeniedException',
      `User: arn:aws:iam::123456789012:user/ann is not authorized to perform: dynamodb:Query on resource: ${ARN} because no identity-based policy allows the dynamodb:Query action`,
      400,
    ],
  );
});

test('leading keys keep a user among their own items', async () => {
  await using world = await startWorld();
  const Condition = {
    'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['ann'] },
    Null: { 'dynamodb:LeadingKeys': 'false' },
  };
  const ann = await userWith(world, { Action: 'dynamodb:*', Resource: ARN, Condition });
  await ann.send(new PutItemCommand({ TableName, Item: { id: { S: 'ann' } } }));
  await ann.send(
    new QueryCommand({
      TableName,
      KeyConditionExpression: '#i = :i',
      ExpressionAttributeNames: { '#i': 'id' },
      ExpressionAttributeValues: { ':i': { S: 'ann' } },
    }),
  );
  const others = [
    ann.send(new GetItemCommand({ TableName, Key: { id: { S: 'bob' } } })),
    ann.send(
      new BatchGetItemCommand({
        RequestItems: { [TableName]: { Keys: [{ id: { S: 'ann' } }, { id: { S: 'bob' } }] } },
      }),
    ),
    ann.send(new ScanCommand({ TableName })),
  ];
  for (const { name } of await Promise.all(others.map(failure))) assert.equal(name, 'AccessDeniedException');
});

test('a key condition names its key on either side', async () => {
  await using world = await startWorld();
  const Condition = { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['ann'] } };
  const ann = await userWith(world, { Action: 'dynamodb:Query', Resource: ARN, Condition });
  const ask = (KeyConditionExpression: string, who: string) =>
    ann.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression,
        ExpressionAttributeNames: { '#i': 'id' },
        ExpressionAttributeValues: { ':i': { S: who } },
      }),
    );
  for (const condition of ['#i = :i', ':i = #i', '(:i=#i)']) {
    assert.equal((await ask(condition, 'ann')).Count, 0);
    assert.equal((await failure(ask(condition, 'bob'))).name, 'AccessDeniedException');
  }
});

test('what a write shows where its condition is not met is what it returns', async () => {
  await using world = await startWorld();
  await world.db.send(new PutItemCommand({ TableName, Item: { id: { S: 'a' }, secret: { S: 'x' } } }));
  const Condition = { StringEqualsIfExists: { 'dynamodb:ReturnValues': 'NONE' } };
  const Action = ['dynamodb:ConditionCheckItem', 'dynamodb:PutItem'];
  const ann = await userWith(world, { Action, Resource: ARN, Condition });
  const refused = { TableName, ConditionExpression: 'attribute_not_exists(id)' };
  const shown = { ...refused, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const };
  const check = (given: typeof refused) =>
    ann.send(
      new TransactWriteItemsCommand({ TransactItems: [{ ConditionCheck: { ...given, Key: { id: { S: 'a' } } } }] }),
    );
  const put = (given: typeof refused) => ann.send(new PutItemCommand({ ...given, Item: { id: { S: 'a' } } }));
  assert.deepEqual(
    (await Promise.all([check(refused), check(shown), put(refused), put(shown)].map(failure))).map(({ name }) => name),
    [
      'TransactionCanceledException',
      'AccessDeniedException',
      'ConditionalCheckFailedException',
      'AccessDeniedException',
    ],
  );
});

test('attributes that may be seen', async () => {
  await using world = await startWorld();
  const Condition = {
    'ForAllValues:StringEquals': { 'dynamodb:Attributes': ['id', 'open'] },
    StringEqualsIfExists: { 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' },
  };
  const ann = await userWith(world, { Action: ['dynamodb:GetItem', 'dynamodb:UpdateItem'], Resource: ARN, Condition });
  const Key = { id: { S: 'a' } };
  await ann.send(
    new GetItemCommand({ TableName, Key, ProjectionExpression: '#o', ExpressionAttributeNames: { '#o': 'open' } }),
  );
  const values = { ExpressionAttributeValues: { ':v': { S: 'x' } } };
  const denied = [
    ann.send(new GetItemCommand({ TableName, Key, ProjectionExpression: 'id, secret' })),
    ann.send(new GetItemCommand({ TableName, Key })),
    ann.send(new UpdateItemCommand({ TableName, Key, UpdateExpression: 'SET secret.inner = :v', ...values })),
  ];
  for (const { name } of await Promise.all(denied.map(failure))) assert.equal(name, 'AccessDeniedException');
  const ExpressionAttributeNames = { '#o': 'open' };
  await ann.send(
    new UpdateItemCommand({ TableName, Key, UpdateExpression: 'SET #o = :v', ExpressionAttributeNames, ...values }),
  );
});

test('another account has no say', async () => {
  await using world = await startWorld();
  const other = world.cloud.client(DynamoDBClient, {
    credentials: { accessKeyId: '999999999999', secretAccessKey: 'x' },
  });
  const denied = await failure(other.send(new GetItemCommand({ TableName: ARN, Key: { id: { S: 'a' } } })));
  assert.equal(denied.name, 'AccessDeniedException');
});
