import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateTableCommand,
  DeleteResourcePolicyCommand,
  DynamoDBClient,
  GetItemCommand,
  GetResourcePolicyCommand,
  PutItemCommand,
  PutResourcePolicyCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { DescribeStreamCommand, DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient } from '@aws-sdk/client-iam';
import { failure } from '../../support/cloud.ts';
import { latestStream } from '../dynamodb-streams/reader.ts';
import { schema, startWorld, type World } from './world.ts';

const ARN = 'arn:aws:dynamodb:us-east-1:123456789012:table/things';
const OTHER = '210987654321';
const ROOT = `arn:aws:iam::${OTHER}:root`;

const policy = (Action: string | string[], Resource: string, Principal: object, Effect = 'Allow') =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect, Principal, Action, Resource }] });

function other(world: World): DynamoDBClient {
  return world.cloud.client(DynamoDBClient, { credentials: { accessKeyId: OTHER, secretAccessKey: 'x' } });
}

test('a policy is kept with its revision', async () => {
  await using world = await startWorld();
  const { db } = world;
  const none = await failure(db.send(new GetResourcePolicyCommand({ ResourceArn: ARN })));
  assert.deepEqual(
    [none.name, none.message],
    ['PolicyNotFoundException', `Resource-based policy not found for the provided ResourceArn: ${ARN}`],
  );
  const Policy = policy('dynamodb:GetItem', ARN, { AWS: OTHER });
  const put = (more: object = {}) => db.send(new PutResourcePolicyCommand({ ResourceArn: ARN, Policy, ...more }));
  const first = await put({ ExpectedRevisionId: 'NO_POLICY' });
  assert.deepEqual(await put().then(({ RevisionId }) => RevisionId), first.RevisionId);
  const kept = await db.send(new GetResourcePolicyCommand({ ResourceArn: ARN }));
  assert.deepEqual([kept.Policy, kept.RevisionId], [Policy.replace(OTHER, ROOT), first.RevisionId]);
  assert.equal(
    (await failure(put({ ExpectedRevisionId: 'NO_POLICY' }))).message,
    `Resource-based policy not found for the provided ResourceArn: Requested policy update expecting none to be present for table things, but a policy exists with revision id ${first.RevisionId}.`,
  );
  assert.equal(
    (await failure(db.send(new DeleteResourcePolicyCommand({ ResourceArn: ARN, ExpectedRevisionId: '1' })))).message,
    `Resource-based policy not found for the provided ResourceArn: Requested update for policy with revision id 1, but the policy associated to target table things has revision id ${first.RevisionId}.`,
  );
  const gone = await db.send(new DeleteResourcePolicyCommand({ ResourceArn: ARN }));
  assert.equal(gone.RevisionId, first.RevisionId);
  assert.equal((await db.send(new DeleteResourcePolicyCommand({ ResourceArn: ARN }))).RevisionId, undefined);
  assert.equal(
    (await failure(put({ ExpectedRevisionId: '1' }))).message,
    'Resource-based policy not found for the provided ResourceArn: Requested update for policy with revision id 1, but table things has no associated policy.',
  );
  assert.match(
    (await failure(put({ Policy: '{"Version":"2012-10-17"' }))).message,
    /^One or more parameter values were invalid: Invalid policy document: /,
  );
  assert.equal(
    (await failure(db.send(new GetResourcePolicyCommand({ ResourceArn: `${ARN}x` })))).name,
    'ResourceNotFoundException',
  );
});

test('a policy is read in a form of its own, and what says the same keeps its revision', async () => {
  await using world = await startWorld();
  const put = (document: object) =>
    world.db.send(new PutResourcePolicyCommand({ ResourceArn: ARN, Policy: JSON.stringify(document, null, 2) }));
  const read = async () =>
    JSON.parse((await world.db.send(new GetResourcePolicyCommand({ ResourceArn: ARN }))).Policy ?? '');
  const condition = (of: string | string[]) => ({ StringEquals: { 'aws:PrincipalAccount': of } });
  const { RevisionId } = await put({
    Statement: {
      Resource: [ARN],
      Condition: condition([OTHER]),
      Action: ['dynamodb:Query', 'dynamodb:GetItem', 'dynamodb:GetItem'],
      Principal: { AWS: [OTHER, ROOT] },
      Effect: 'Allow',
      Sid: 'One',
    },
  });
  const is = {
    Sid: 'One',
    Effect: 'Allow',
    Principal: { AWS: ROOT },
    Action: ['dynamodb:Query', 'dynamodb:GetItem', 'dynamodb:GetItem'],
    Resource: ARN,
    Condition: condition(OTHER),
  };
  const text = JSON.stringify(await read());
  assert.equal(text, JSON.stringify({ Version: '2008-10-17', Statement: [is] }));
  assert.equal((await put({ Statement: [is] })).RevisionId, RevisionId);
  assert.notEqual((await put({ Version: '2008-10-17', Statement: [is] })).RevisionId, RevisionId);
  assert.equal(JSON.stringify(await read()), text);
});

test('another account reads and writes by the ARN of the table, as far as the policy allows', async () => {
  await using world = await startWorld('id:S', {
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' },
    AttributeDefinitions: schema('kind:S').AttributeDefinitions,
    GlobalSecondaryIndexes: [
      { IndexName: 'byKind', KeySchema: schema('kind:S').KeySchema, Projection: { ProjectionType: 'ALL' } },
    ],
  });
  const { db, cloud } = world;
  const they = other(world);
  const get = () => they.send(new GetItemCommand({ TableName: ARN, Key: { id: { S: 'a' } } }));
  const denied = await failure(get());
  assert.deepEqual([denied.name, denied.$metadata?.httpStatusCode], ['AccessDeniedException', 400]);
  const allowed = policy(['dynamodb:GetItem', 'dynamodb:PutItem'], ARN, { AWS: `arn:aws:iam::${OTHER}:root` });
  await db.send(new PutResourcePolicyCommand({ ResourceArn: ARN, Policy: allowed }));
  await they.send(new PutItemCommand({ TableName: ARN, Item: { id: { S: 'a' }, kind: { S: 'k' } } }));
  assert.deepEqual((await get()).Item, { id: { S: 'a' }, kind: { S: 'k' } });
  assert.deepEqual((await db.send(new GetItemCommand({ TableName: 'things', Key: { id: { S: 'a' } } }))).Item, {
    id: { S: 'a' },
    kind: { S: 'k' },
  });
  const query = new QueryCommand({
    TableName: ARN,
    IndexName: 'byKind',
    KeyConditionExpression: 'kind = :k',
    ExpressionAttributeValues: { ':k': { S: 'k' } },
  });
  assert.equal((await failure(they.send(query))).name, 'AccessDeniedException');
  const withIndex = policy('dynamodb:Query', `${ARN}/index/byKind`, { AWS: OTHER });
  await db.send(new PutResourcePolicyCommand({ ResourceArn: ARN, Policy: withIndex }));
  assert.equal((await they.send(query)).Count, 1);
  assert.equal((await failure(get())).name, 'AccessDeniedException');

  const StreamArn = await latestStream(db);
  const streams = cloud.client(DynamoDBStreamsClient, { credentials: { accessKeyId: OTHER, secretAccessKey: 'x' } });
  const describe = () => streams.send(new DescribeStreamCommand({ StreamArn }));
  assert.equal((await failure(describe())).name, 'AccessDeniedException');
  const forStream = policy('dynamodb:DescribeStream', StreamArn, { AWS: OTHER });
  await db.send(new PutResourcePolicyCommand({ ResourceArn: StreamArn, Policy: forStream }));
  assert.equal((await describe()).StreamDescription?.StreamArn, StreamArn);
});

test('a policy alone lets a user of the same account in, and denies the root', async () => {
  await using world = await startWorld();
  const { db, cloud } = world;
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'ann' }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }));
  const ann = cloud.client(DynamoDBClient, {
    credentials: { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' },
  });
  const get = new GetItemCommand({ TableName: 'things', Key: { id: { S: 'a' } } });
  assert.equal((await failure(ann.send(get))).name, 'AccessDeniedException');
  const Policy = policy('dynamodb:GetItem', ARN, { AWS: 'arn:aws:iam::123456789012:user/ann' });
  await db.send(new PutResourcePolicyCommand({ ResourceArn: ARN, Policy }));
  assert.equal((await ann.send(get)).Item, undefined);
  const deny = policy('dynamodb:UpdateItem', ARN, { AWS: '*' }, 'Deny');
  await db.send(new PutResourcePolicyCommand({ ResourceArn: ARN, Policy: deny }));
  const update = await failure(db.send(new UpdateItemCommand({ TableName: 'things', Key: { id: { S: 'a' } } })));
  assert.equal(update.name, 'AccessDeniedException');
});

test('a policy that says the same in other words is no other; without its version it is', async () => {
  await using world = await startWorld();
  const put = async (document: object, spaces?: number) => {
    const Policy = JSON.stringify(document, undefined, spaces);
    return (await world.db.send(new PutResourcePolicyCommand({ ResourceArn: ARN, Policy }))).RevisionId;
  };
  const Version = '2012-10-17';
  const one = { Sid: 'a', Effect: 'Allow', Principal: { AWS: OTHER }, Action: 'dynamodb:GetItem', Resource: ARN };
  const first = await put({ Version, Statement: [one] });
  const root = `arn:aws:iam::${OTHER}:root`;
  const { Action, Resource, ...rest } = one;
  const other = { Resource: [Resource], Action: [Action], ...rest, Principal: { AWS: [OTHER, root] } };
  assert.equal(await put({ Statement: other, Version }, 2), first);
  const unversioned = await put({ Statement: [one] });
  assert.notEqual(unversioned, first);
  assert.equal(await put({ Statement: one }), unversioned);
  assert.notEqual(await put({ Statement: { ...one, Action: [Action, Action] } }), unversioned);
});

test('who would lock themselves out must confirm it', async () => {
  await using world = await startWorld();
  const { db } = world;
  const Policy = policy('dynamodb:PutResourcePolicy', ARN, { AWS: '*' }, 'Deny');
  const refused = await failure(db.send(new PutResourcePolicyCommand({ ResourceArn: ARN, Policy })));
  assert.deepEqual(
    [refused.name, refused.message],
    [
      'AccessDeniedException',
      'The new resource policy will not allow you to update the resource policy in the future.',
    ],
  );
  await db.send(new PutResourcePolicyCommand({ ResourceArn: ARN, Policy, ConfirmRemoveSelfResourceAccess: true }));
  assert.equal(
    (await failure(db.send(new PutResourcePolicyCommand({ ResourceArn: ARN, Policy })))).name,
    'AccessDeniedException',
  );
});

test('a table is created with its policy', async () => {
  await using world = await startWorld();
  const Policy = policy('dynamodb:GetItem', '*', { AWS: ROOT });
  await world.db.send(
    new CreateTableCommand({
      TableName: 'more',
      BillingMode: 'PAY_PER_REQUEST',
      ...schema('id:S'),
      ResourcePolicy: Policy,
    }),
  );
  const arn = ARN.replace('things', 'more');
  assert.equal((await world.db.send(new GetResourcePolicyCommand({ ResourceArn: arn }))).Policy, Policy);
  await other(world).send(new GetItemCommand({ TableName: arn, Key: { id: { S: 'a' } } }));
});

test('policies that are none, and that let anybody in, are refused in DynamoDB’s words', async () => {
  await using world = await startWorld();
  const put = async (Policy: string) => {
    const refused = await failure(world.db.send(new PutResourcePolicyCommand({ ResourceArn: ARN, Policy })));
    return [refused.name, refused.message];
  };
  const document = (Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
  const one = { Sid: 'one', Effect: 'Allow', Principal: { AWS: OTHER }, Action: 'dynamodb:GetItem', Resource: ARN };
  const { Effect: _, ...without } = one;
  const { Resource: __, ...nowhere } = one;
  for (const [text, why] of [
    ['[]', 'This policy contains invalid Json'],
    ['{"Version":', 'This policy contains invalid Json'],
    [document([]), 'Could not parse the policy: Statement is empty!'],
    [document([without]), 'Missing required field Effect'],
    [document([nowhere]), 'Missing required field Resource'],
    [document([one, { ...one, Action: 'dynamodb:PutItem' }]), 'The Statement Ids in the policy are not unique'],
  ] as const)
    assert.deepEqual(await put(text), [
      'ValidationException',
      `One or more parameter values were invalid: Invalid policy document: ${why}`,
    ]);
  const open = [
    'ValidationException',
    'Resource-based policy grants unbounded access in one or more elements. Please revise the policy to ensure least-privilege form of access',
  ];
  const anybody = (Condition?: object) => document([{ ...one, Principal: '*', ...(Condition && { Condition }) }]);
  for (const text of [
    anybody(),
    document([{ ...one, Principal: { AWS: '*' } }]),
    document([{ ...one, Principal: { AWS: [OTHER, '*'] } }]),
    anybody({ StringNotEquals: { 'aws:PrincipalAccount': OTHER } }),
    anybody({ IpAddress: { 'aws:SourceIp': '0.0.0.0/0' } }),
    anybody({ Bool: { 'aws:SecureTransport': 'true' } }),
  ])
    assert.deepEqual(await put(text), open);
  const bounded = anybody({ StringEquals: { 'aws:PrincipalAccount': OTHER } });
  const kept = await world.db.send(new PutResourcePolicyCommand({ ResourceArn: ARN, Policy: bounded }));
  assert.match(kept.RevisionId ?? '', /^\d+$/);
});

test('a policy is about what carries it: actions of streams are none of tables, nor the other way', async () => {
  await using world = await startWorld('id:S', {
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' },
  });
  const { db } = world;
  const stream = await latestStream(db);
  const put = (ResourceArn: string, Action: string | string[], Resource = ResourceArn) =>
    db.send(new PutResourcePolicyCommand({ ResourceArn, Policy: policy(Action, Resource, { AWS: OTHER }) }));
  const bad = 'One or more parameter values were invalid: Invalid policy document: ';
  const names = (...actions: string[]) =>
    `${bad}The following action names are invalid: ${actions.map((action) => `"dynamodb:${action}"`).join(', ')}`;
  const refused: [put: Parameters<typeof put>, text: string][] = [
    [
      [ARN, ['dynamodb:GetRecords', 'dynamodb:GetItem', 'dynamodb:DescribeStream']],
      names('GetRecords', 'DescribeStream'),
    ],
    [[ARN, 'dynamodb:ExecuteStatement'], names('ExecuteStatement')],
    [[ARN, 'dynamodb:ListTables'], names('ListTables')],
    [[stream, 'dynamodb:ListStreams'], names('ListStreams')],
    [[stream, 'dynamodb:GetItem'], names('GetItem')],
    [
      [ARN, 'dynamodb:GetItem', stream],
      `${bad}The relative-id "${stream.split(':').slice(5).join(':')}" is invalid for ARN "${stream}"`,
    ],
    [[stream, 'dynamodb:GetRecords', ARN], `${bad}The relative-id "table/things" is invalid for ARN "${ARN}"`],
  ];
  for (const [given, text] of refused) {
    const { name, message } = await failure(put(...given));
    assert.deepEqual([name, message], ['ValidationException', text]);
  }
  const ResourcePolicy = policy('dynamodb:GetRecords', '*', { AWS: OTHER });
  const create = { TableName: 'more', BillingMode: 'PAY_PER_REQUEST' as const, ...schema('id:S'), ResourcePolicy };
  assert.equal((await failure(db.send(new CreateTableCommand(create)))).message, names('GetRecords'));
  for (const [at, action, resource] of [
    [ARN, 'dynamodb:*', ARN],
    [ARN, 'DynamoDB:getitem', `${ARN}/index/*`],
    [ARN, 'dynamodb:PartiQLSelect', `${ARN}x`],
    [stream, 'dynamodb:GetRecords', '*'],
  ] as const)
    await put(at, action, resource);
});
