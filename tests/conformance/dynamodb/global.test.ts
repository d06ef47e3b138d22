/** Global tables: replicas in other Regions, what reaches them, and who wins. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateTableCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  GetItemCommand,
  ListBackupsCommand,
  PutItemCommand,
  QueryCommand,
  RestoreTableFromBackupCommand,
  ScanCommand,
  TransactWriteItemsCommand,
  UpdateContinuousBackupsCommand,
  UpdateTableCommand,
  type UpdateTableCommandInput,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { readAll } from '../dynamodb-streams/reader.ts';

const DAY = 86_400_000;
const named = { TableName: 'everywhere' };
const key = (id: string) => ({ id: { S: id } });
const item = (id: string, value: string) => ({ ...named, Item: { ...key(id), value: { S: value } } });

async function start() {
  const cloud = await startTestCloud();
  const [here, there, far] = ['us-east-1', 'eu-west-1', 'ap-southeast-2'].map((region) =>
    cloud.client(DynamoDBClient, { region }),
  ) as [DynamoDBClient, DynamoDBClient, DynamoDBClient];
  const make = () =>
    here.send(
      new CreateTableCommand({
        ...named,
        AttributeDefinitions: [
          { AttributeName: 'id', AttributeType: 'S' },
          { AttributeName: 'value', AttributeType: 'S' },
        ],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        GlobalSecondaryIndexes: [
          {
            IndexName: 'byValue',
            KeySchema: [{ AttributeName: 'value', KeyType: 'HASH' }],
            Projection: { ProjectionType: 'ALL' },
          },
        ],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
  const replicas = (
    client: DynamoDBClient,
    ...ReplicaUpdates: NonNullable<UpdateTableCommandInput['ReplicaUpdates']>
  ) => client.send(new UpdateTableCommand({ ...named, ReplicaUpdates }));
  const spread = async () => {
    await make();
    await replicas(here, { Create: { RegionName: 'eu-west-1' } });
    await cloud.advance(1);
  };
  const valueIn = async (client: DynamoDBClient, id: string) =>
    (await client.send(new GetItemCommand({ ...named, Key: key(id) }))).Item?.value?.S;
  return {
    cloud,
    here,
    there,
    far,
    make,
    replicas,
    spread,
    valueIn,
    [Symbol.asyncDispose]: () => cloud[Symbol.asyncDispose](),
  };
}

test('a replica gets what is there, is described by both sides, and gives its index', async () => {
  await using world = await start();
  const { cloud, here, there, make, replicas, valueIn } = world;
  await make();
  for (let at = 0; at < 250; at += 1) await here.send(new PutItemCommand(item(`i${at}`, 'old')));
  await replicas(here, { Create: { RegionName: 'eu-west-1' } });
  await cloud.advance(10);
  assert.equal((await there.send(new ScanCommand({ ...named, Select: 'COUNT' }))).Count, 250);
  assert.equal(await valueIn(there, 'i7'), 'old');
  const found = await there.send(
    new QueryCommand({
      ...named,
      IndexName: 'byValue',
      KeyConditionExpression: '#v = :v',
      ExpressionAttributeNames: { '#v': 'value' },
      ExpressionAttributeValues: { ':v': { S: 'old' } },
      Select: 'COUNT',
    }),
  );
  assert.equal(found.Count, 250);
  const { Table: source } = await here.send(new DescribeTableCommand(named));
  assert.deepEqual(source?.Replicas, [
    {
      RegionName: 'eu-west-1',
      ReplicaStatus: 'ACTIVE',
      ReplicaArn: 'arn:aws:dynamodb:eu-west-1:123456789012:table/everywhere',
    },
  ]);
  assert.equal(source?.GlobalTableVersion, '2019.11.21');
  assert.deepEqual(source?.StreamSpecification, { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' });
  const { Table: replica } = await there.send(new DescribeTableCommand(named));
  assert.deepEqual(
    replica?.Replicas?.map(({ RegionName }) => RegionName),
    ['us-east-1'],
  );
  assert.equal(replica?.TableStatus, 'ACTIVE');
});

test('writes of either side reach the other, deletes too, and those of transactions', async () => {
  await using world = await start();
  const { cloud, here, there, spread, valueIn } = world;
  await spread();
  await here.send(new PutItemCommand(item('a', 'from here')));
  await there.send(new PutItemCommand(item('b', 'from there')));
  await there.send(
    new TransactWriteItemsCommand({ TransactItems: [{ Put: item('c', 'together') }, { Put: item('d', 'together') }] }),
  );
  await cloud.advance(1);
  assert.deepEqual(
    [await valueIn(there, 'a'), await valueIn(here, 'b'), await valueIn(here, 'd')],
    ['from here', 'from there', 'together'],
  );
  await there.send(new DeleteItemCommand({ ...named, Key: key('a') }));
  await cloud.advance(1);
  assert.equal(await valueIn(here, 'a'), undefined);
});

test('of two writes one wins everywhere, of one after the other the later', async () => {
  await using world = await start();
  const { cloud, here, there, spread, valueIn } = world;
  await spread();
  await Promise.all([
    here.send(new PutItemCommand(item('a', 'us-east-1'))),
    there.send(new PutItemCommand(item('a', 'eu-west-1'))),
  ]);
  await cloud.advance(1);
  // The first may have reached the other side before that wrote; then it is the earlier one.
  assert.equal(await valueIn(here, 'a'), await valueIn(there, 'a'));
  await there.send(new PutItemCommand(item('a', 'later')));
  await cloud.advance(1);
  assert.deepEqual([await valueIn(here, 'a'), await valueIn(there, 'a')], ['later', 'later']);
});

test("a replica's stream has what was replicated, once, without marks of replication", async () => {
  await using world = await start();
  const { cloud, here, there, spread } = world;
  await spread();
  await here.send(new PutItemCommand(item('a', 'x')));
  await cloud.advance(1);
  const { Table } = await there.send(new DescribeTableCommand(named));
  const streams = cloud.client(DynamoDBStreamsClient, { region: 'eu-west-1' });
  const records = await readAll({ streams, arn: Table?.LatestStreamArn ?? '' });
  assert.deepEqual(
    records.map(({ eventName, awsRegion, dynamodb }) => [eventName, awsRegion, dynamodb?.NewImage]),
    [['INSERT', 'eu-west-1', item('a', 'x').Item]],
  );
});

test('time to live is one for all replicas, and what expires is gone everywhere', async () => {
  await using world = await start();
  const { cloud, here, there, spread, valueIn } = world;
  await spread();
  const TimeToLiveSpecification = { Enabled: true, AttributeName: 'until' };
  await there.send(new UpdateTimeToLiveCommand({ ...named, TimeToLiveSpecification }));
  const { TimeToLiveDescription: told } = await here.send(new DescribeTimeToLiveCommand(named));
  assert.deepEqual(told, { TimeToLiveStatus: 'ENABLED', AttributeName: 'until' });
  const until = { N: String(Date.UTC(2026, 0, 1, 1) / 1_000) };
  await here.send(new PutItemCommand({ ...named, Item: { ...item('a', 'x').Item, until } }));
  await cloud.advance(1);
  assert.equal(await valueIn(there, 'a'), 'x');
  await cloud.advance(2 * 3_600_000);
  assert.deepEqual([await valueIn(here, 'a'), await valueIn(there, 'a')], [undefined, undefined]);
});

test('a third Region; a replica that is removed is gone, the others go on', async () => {
  await using world = await start();
  const { cloud, here, there, far, replicas, spread, valueIn } = world;
  await spread();
  await here.send(new PutItemCommand(item('a', 'x')));
  await cloud.advance(1);
  await replicas(there, { Create: { RegionName: 'ap-southeast-2' } });
  await cloud.advance(1);
  assert.equal(await valueIn(far, 'a'), 'x');
  await far.send(new PutItemCommand(item('b', 'y')));
  await cloud.advance(1);
  assert.deepEqual([await valueIn(here, 'b'), await valueIn(there, 'b')], ['y', 'y']);
  const remove = () => replicas(here, { Delete: { RegionName: 'eu-west-1' } });
  assert.match(
    (await failure(remove())).message,
    /^Replica cannot be deleted because it has acted as a source region /,
  );
  await cloud.advance(DAY);
  await remove();
  await assert.rejects(there.send(new DescribeTableCommand(named)), { name: 'ResourceNotFoundException' });
  await here.send(new PutItemCommand(item('c', 'z')));
  await cloud.advance(1);
  assert.equal(await valueIn(far, 'c'), 'z');
  const { Table } = await far.send(new DescribeTableCommand(named));
  assert.deepEqual(
    Table?.Replicas?.map(({ RegionName }) => RegionName),
    ['us-east-1'],
  );
});

test('a stream stays as it is when a replica is added, and the replica has the same', async () => {
  await using world = await start();
  const { cloud, here, there, make, replicas } = world;
  await make();
  const stream = async (client: DynamoDBClient) =>
    (await client.send(new DescribeTableCommand(named))).Table?.StreamSpecification;
  const view = { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' } as const;
  await here.send(new UpdateTableCommand({ ...named, StreamSpecification: view }));
  await cloud.advance(1);
  await replicas(here, { Create: { RegionName: 'eu-west-1' } });
  await cloud.advance(1);
  assert.deepEqual([await stream(here), await stream(there)], [view, view]);
  assert.equal(
    (await failure(here.send(new UpdateTableCommand({ ...named, StreamSpecification: view })))).message,
    'Table already has an enabled stream: TableName: everywhere',
  );
});

test('what a removed replica could be recovered to stays in its Region', async () => {
  const { cloud, here, there, replicas, spread } = await start();
  await using _ = cloud;
  await spread();
  await here.send(new PutItemCommand(item('a', '1')));
  const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: true };
  await there.send(new UpdateContinuousBackupsCommand({ ...named, PointInTimeRecoverySpecification }));
  await cloud.advance(1);
  await replicas(here, { Delete: { RegionName: 'eu-west-1' } });
  const list = async (client: DynamoDBClient) =>
    (await client.send(new ListBackupsCommand({ BackupType: 'SYSTEM' }))).BackupSummaries ?? [];
  assert.deepEqual(await list(here), []);
  const [kept] = await list(there);
  await there.send(new RestoreTableFromBackupCommand({ TargetTableName: 'again', BackupArn: kept?.BackupArn }));
  await cloud.advance(1);
  assert.equal((await there.send(new ScanCommand({ TableName: 'again' }))).Count, 1);
  await cloud.advance(35 * DAY);
  assert.deepEqual(await list(there), []);
});

test('who adds and removes replicas, or changes what holds for all, must be allowed to there', async () => {
  await using world = await start();
  const { cloud, here, make, replicas } = world;
  await make();
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'ann' }));
  const allow = (regions: string) =>
    iam.send(
      new PutUserPolicyCommand({
        UserName: 'ann',
        PolicyName: 'p',
        PolicyDocument: JSON.stringify({
          Version: '2012-10-17',
          Statement: [
            { Effect: 'Allow', Action: 'dynamodb:*', Resource: `arn:aws:dynamodb:${regions}:*:table/everywhere` },
          ],
        }),
      }),
    );
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }));
  const ann = cloud.client(DynamoDBClient, {
    credentials: { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' },
  });
  const RegionName = 'eu-west-1';
  const TimeToLiveSpecification = { Enabled: true, AttributeName: 'until' };
  const denied = async (asked: Promise<unknown>) =>
    (await failure(asked)).message.match(/perform: (\S+) on resource: (\S+)/);
  const there = 'arn:aws:dynamodb:eu-west-1:123456789012:table/everywhere';
  await allow('us-east-1');
  assert.deepEqual((await denied(replicas(ann, { Create: { RegionName } })))?.slice(1), [
    'dynamodb:CreateTable',
    there,
  ]);
  await replicas(here, { Create: { RegionName } });
  await cloud.advance(1);
  const expire = () => ann.send(new UpdateTimeToLiveCommand({ ...named, TimeToLiveSpecification }));
  assert.deepEqual((await denied(expire()))?.slice(1), ['dynamodb:UpdateTimeToLive', there]);
  assert.deepEqual((await denied(replicas(ann, { Delete: { RegionName } })))?.slice(1), [
    'dynamodb:DeleteTable',
    there,
  ]);
  await allow('*');
  await expire();
  await replicas(ann, { Delete: { RegionName } });
  await replicas(ann, { Create: { RegionName } });
});

test('what AWS refuses of replicas', async () => {
  await using world = await start();
  const { cloud, here, there, make, replicas } = world;
  await make();
  const refused = (sent: Promise<unknown>, message: string) =>
    assert.rejects(sent, { name: 'ValidationException', message });
  await refused(
    replicas(here, { Create: { RegionName: 'us-east-1' } }),
    'Cannot add or delete the local region through ReplicaUpdates. Use CreateTable, DeleteTable, or UpdateTable as required.',
  );
  await refused(
    replicas(here, { Delete: { RegionName: 'eu-west-1' } }),
    'Replica specified in the Replica Update or Replica Delete action of the request was not found.',
  );
  await replicas(here, { Create: { RegionName: 'eu-west-1' } });
  await refused(
    replicas(here, { Delete: { RegionName: 'eu-central-1' } }),
    'Update global table operation failed because one or more replicas were not part of the global table. Please retry the request without these replicas: [eu-central-1].',
  );
  await refused(
    replicas(here, { Create: { RegionName: 'eu-west-1' } }),
    'Failed to create a the new replica of table with name: ‘everywhere’ because one or more replicas already existed as tables.',
  );
  await refused(
    here.send(new UpdateTableCommand({ ...named, StreamSpecification: { StreamEnabled: false } })),
    'One or more parameter values were invalid: Disabling Stream is not allowed for a Global Table replica.',
  );
  await refused(
    here.send(new DeleteTableCommand(named)),
    'Replica cannot be deleted because it has acted as a source region for new replica(s) being added to the table in the last 24 hours.',
  );
  await cloud.advance(DAY);
  await here.send(new DeleteTableCommand(named));
  const { Table } = await there.send(new DescribeTableCommand(named));
  assert.equal(Table?.Replicas, undefined);
});

test('an index that is made, limited or removed in one Region is so in all', async () => {
  await using world = await start();
  const { cloud, here, there, spread } = world;
  await spread();
  await here.send(new PutItemCommand(item('a', 'x')));
  await cloud.advance(1);
  const change = (client: DynamoDBClient, more: Partial<UpdateTableCommandInput>) =>
    client.send(new UpdateTableCommand({ ...named, ...more }));
  await change(there, {
    AttributeDefinitions: [{ AttributeName: 'value', AttributeType: 'S' }],
    GlobalSecondaryIndexUpdates: [
      {
        Create: {
          IndexName: 'again',
          KeySchema: [{ AttributeName: 'value', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      },
    ],
  });
  await cloud.advance(1);
  for (const client of [here, there]) {
    const { Table } = await client.send(new DescribeTableCommand(named));
    assert.deepEqual(
      Table?.GlobalSecondaryIndexes?.map(({ IndexName, IndexStatus, ItemCount }) => [
        IndexName,
        IndexStatus,
        ItemCount,
      ]),
      [
        ['byValue', 'ACTIVE', 1],
        ['again', 'ACTIVE', 1],
      ],
    );
  }
  const OnDemandThroughput = { MaxWriteRequestUnits: 9 };
  await change(here, { GlobalSecondaryIndexUpdates: [{ Update: { IndexName: 'again', OnDemandThroughput } }] });
  await change(here, { GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: 'byValue' } }] });
  for (const client of [here, there]) {
    const { Table } = await client.send(new DescribeTableCommand(named));
    assert.deepEqual(
      Table?.GlobalSecondaryIndexes?.map((one) => [one.IndexName, one.OnDemandThroughput]),
      [['again', OnDemandThroughput]],
    );
  }
  const provisioned = { ReadCapacityUnits: 1, WriteCapacityUnits: 1 };
  const refused = await failure(change(here, { BillingMode: 'PROVISIONED', ProvisionedThroughput: provisioned }));
  assert.equal(refused.message, 'Table write capacity should either be Pay-Per-Request or AutoScaled.');
});
