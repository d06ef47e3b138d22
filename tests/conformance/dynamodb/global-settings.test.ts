/** What replicas of a global table have of their own: keys, table classes, limits of reads. Source of texts: reports of refusals by AWS. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  type ReplicationGroupUpdate,
  UpdateTableCommand,
  type UpdateTableCommandInput,
} from '@aws-sdk/client-dynamodb';
import {
  CreateKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  KMSClient,
  ListGrantsCommand,
} from '@aws-sdk/client-kms';
import { failure, startTestCloud } from '../../support/cloud.ts';

const [HERE, THERE] = ['us-east-1', 'eu-west-1'] as const;
const named = { TableName: 'sealed' };

async function start(more: Partial<CreateTableCommandInput> = {}) {
  const cloud = await startTestCloud();
  const db = (region: string = HERE) => cloud.client(DynamoDBClient, { region });
  const kms = (region: string = HERE) => cloud.client(KMSClient, { region });
  const newKey = async (region: string = HERE) =>
    (await kms(region).send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? '';
  const make = (SSESpecification?: CreateTableCommandInput['SSESpecification']) =>
    db().send(
      new CreateTableCommand({
        ...named,
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
        SSESpecification,
        ...more,
      }),
    );
  const update = (change: Partial<UpdateTableCommandInput>, region: string = HERE) =>
    db(region).send(new UpdateTableCommand({ ...named, ...change }));
  const replicas = (...ReplicaUpdates: ReplicationGroupUpdate[]) => update({ ReplicaUpdates });
  const describe = async (region: string = HERE) => {
    const { Table } = await db(region).send(new DescribeTableCommand(named));
    return { key: Table?.SSEDescription?.KMSMasterKeyArn, replica: Table?.Replicas?.[0], table: Table };
  };
  const grants = async (KeyId: string, region: string) =>
    (await kms(region).send(new ListGrantsCommand({ KeyId }))).Grants?.length;
  return {
    cloud,
    db,
    kms,
    newKey,
    make,
    update,
    replicas,
    describe,
    grants,
    [Symbol.asyncDispose]: () => cloud[Symbol.asyncDispose](),
  };
}

const sealed = (KMSMasterKeyId: string) => ({ Enabled: true, SSEType: 'KMS' as const, KMSMasterKeyId });
const EACH = 'One or more parameter values were invalid: KMSMasterKeyId must be specified for each replica.';

test('each replica is under a key of its Region; keys change together', async () => {
  await using world = await start();
  const { cloud, db, kms, newKey, make, replicas, describe, grants } = world;
  const [first, second, third, fourth] = [await newKey(), await newKey(THERE), await newKey(), await newKey(THERE)];
  await make(sealed(first));
  assert.equal((await failure(replicas({ Create: { RegionName: THERE } }))).message, EACH);
  const create = (KMSMasterKeyId: string) => replicas({ Create: { RegionName: THERE, KMSMasterKeyId } });
  assert.equal(
    (await failure(create('alias/aws/dynamodb'))).message,
    'One or more parameter values were invalid: All replica keys must either be Customer Managed CMK or AWS Managed CMK.',
  );
  await kms(THERE).send(new DisableKeyCommand({ KeyId: fourth }));
  assert.equal(
    (await failure(create(fourth))).message,
    'Operation cannot be performed while replica server-side encryption status is in UPDATING state. Please retry the request after the status is updated to ENABLED.',
  );
  await kms(THERE).send(new EnableKeyCommand({ KeyId: fourth }));
  await create(second.split('/')[1] ?? '');
  await cloud.advance(1);
  assert.equal((await describe()).replica?.KMSMasterKeyId, second);
  assert.equal((await describe(THERE)).key, second);
  assert.equal((await describe(THERE)).replica?.KMSMasterKeyId, first);
  assert.equal(await grants(second, THERE), 1);
  await db().send(new PutItemCommand({ ...named, Item: { id: { S: 'a' } } }));
  await cloud.advance(1);
  const read = await db(THERE).send(new GetItemCommand({ ...named, Key: { id: { S: 'a' } } }));
  assert.deepEqual(read.Item, { id: { S: 'a' } });
  const to = (RegionName: string, KMSMasterKeyId: string) => ({ Update: { RegionName, KMSMasterKeyId } });
  assert.equal((await failure(replicas(to(THERE, fourth)))).message, EACH);
  await replicas(to(HERE, third), to(THERE, fourth));
  await cloud.advance(1);
  assert.deepEqual([(await describe()).key, (await describe(THERE)).key], [third, fourth]);
  assert.deepEqual([await grants(first, HERE), await grants(second, THERE)], [0, 0]);
  await replicas({ Delete: { RegionName: THERE } });
  await cloud.advance(1);
  assert.equal(await grants(fourth, THERE), 0);
});

test('customer keys of replicas change by ReplicaUpdates only; the kind of key is one for all', async () => {
  await using world = await start();
  const { cloud, newKey, make, update, replicas, describe } = world;
  await make();
  const KMSMasterKeyId = await newKey(THERE);
  await assert.rejects(replicas({ Create: { RegionName: THERE, KMSMasterKeyId } }), { name: 'ValidationException' });
  await replicas({ Create: { RegionName: THERE } });
  await cloud.advance(1);
  const refused = await failure(update({ SSESpecification: sealed(await newKey()) }));
  assert.equal(
    refused.message,
    'Invalid operation: Customer Managed CMKs on Global Table Version 2019.11.21 replicas cannot be updated through SSESpecification parameter and can only be updated through ReplicaUpdates parameter',
  );
  await update({ SSESpecification: { Enabled: true } });
  const { key, replica } = await describe(THERE);
  assert.match(key ?? '', /^arn:aws:kms:eu-west-1:/);
  assert.match(replica?.KMSMasterKeyId ?? '', /^arn:aws:kms:us-east-1:/);
  await update({ SSESpecification: { Enabled: false } }, THERE);
  assert.deepEqual([(await describe()).key, (await describe(THERE)).key], [undefined, undefined]);
});

test('a replica whose key is disabled is found out where it is used', async () => {
  await using world = await start();
  const { cloud, db, kms, newKey, make, replicas } = world;
  const KeyId = await newKey(THERE);
  await make(sealed(await newKey()));
  await replicas({ Create: { RegionName: THERE, KMSMasterKeyId: KeyId } });
  await cloud.advance(1);
  await kms(THERE).send(new DisableKeyCommand({ KeyId }));
  const get = (region: string) => db(region).send(new GetItemCommand({ ...named, Key: { id: { S: 'a' } } }));
  await cloud.advance(6 * 60_000);
  await get(THERE);
  await cloud.advance(1);
  await assert.rejects(get(THERE), { name: 'ValidationException', message: /^KMS key disabled error: / });
  await get(HERE);
});

test('table classes and limits of reads are of single replicas, limits of writes of all', async () => {
  await using world = await start({ OnDemandThroughput: { MaxReadRequestUnits: 5, MaxWriteRequestUnits: 6 } });
  const { cloud, make, update, replicas, describe } = world;
  await make();
  const limit = (MaxReadRequestUnits: number) => ({ OnDemandThroughputOverride: { MaxReadRequestUnits } });
  await replicas({ Create: { RegionName: THERE, ...limit(9), TableClassOverride: 'STANDARD_INFREQUENT_ACCESS' } });
  await cloud.advance(1);
  const { replica } = await describe();
  assert.deepEqual(replica?.OnDemandThroughputOverride, { MaxReadRequestUnits: 9 });
  assert.equal(replica?.ReplicaTableClassSummary?.TableClass, 'STANDARD_INFREQUENT_ACCESS');
  const there = (await describe(THERE)).table;
  assert.deepEqual(there?.OnDemandThroughput, { MaxReadRequestUnits: 9, MaxWriteRequestUnits: 6 });
  assert.equal(there?.TableClassSummary?.TableClass, 'STANDARD_INFREQUENT_ACCESS');
  await update({ OnDemandThroughput: { MaxReadRequestUnits: 7, MaxWriteRequestUnits: 8 } });
  const limits = async (region: string) => (await describe(region)).table?.OnDemandThroughput;
  assert.deepEqual(await limits(THERE), { MaxReadRequestUnits: 9, MaxWriteRequestUnits: 8 });
  await replicas({ Update: { RegionName: THERE, ...limit(7) } });
  await update({ OnDemandThroughput: { MaxReadRequestUnits: 4 } });
  assert.deepEqual(await limits(THERE), { MaxReadRequestUnits: 4, MaxWriteRequestUnits: 8 });
  const bare = { RegionName: THERE, GlobalSecondaryIndexes: [{ IndexName: 'any' }] };
  for (const Update of [{ RegionName: THERE }, bare])
    assert.equal(
      (await failure(replicas({ Update }))).message,
      'There are no actions specified in the Replica Update Action of the request.',
    );
  assert.match(
    (await failure(replicas({ Update: { RegionName: HERE, ...limit(1) } }))).message,
    /^Cannot add or delete/,
  );
  assert.match(
    (await failure(replicas({ Update: { RegionName: 'eu-west-2', ...limit(1) } }))).message,
    /retry the request without these replicas: \[eu-west-2\]\.$/,
  );
});

test("a table's class is that of its replicas, each of which changes twice in thirty days", async () => {
  await using world = await start();
  const { cloud, make, update, replicas, describe } = world;
  await make();
  await replicas({ Create: { RegionName: THERE } });
  await cloud.advance(1);
  const classes = async () => {
    const all = await Promise.all([HERE, THERE].map((region) => describe(region)));
    return all.map(({ table }) => table?.TableClassSummary?.TableClass);
  };
  const [usual, rare] = ['STANDARD', 'STANDARD_INFREQUENT_ACCESS'] as const;
  await update({ TableClass: rare });
  assert.deepEqual(await classes(), [rare, rare]);
  await replicas({ Update: { RegionName: THERE, TableClassOverride: usual } });
  assert.deepEqual(await classes(), [rare, usual]);
  const { name, message } = await failure(update({ TableClass: usual }));
  assert.deepEqual(
    [name, message],
    [
      'LimitExceededException',
      'Limit exceeded for replica in eu-west-1. Updates to TableClass are limited to 2 times in 30 day(s)',
    ],
  );
  assert.deepEqual(await classes(), [rare, usual]);
});
