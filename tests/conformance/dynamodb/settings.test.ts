/** Settings of tables that are changed again, too often, too far, or together. Source: aws-controllers-k8s/dynamodb-controller, docs/api-quirks: answers measured in October 2026. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeLimitsCommand,
  DescribeTableCommand,
  UpdateTableCommand,
  type UpdateTableCommandInput,
} from '@aws-sdk/client-dynamodb';
import { CreateAliasCommand, CreateKeyCommand, DisableKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { failure } from '../../support/cloud.ts';
import { schema, startWorld, type World } from './world.ts';

const TableName = 'things';
const HOUR = 3_600_000;
const BAD = 'ValidationException: One or more parameter values were invalid:';
const FULL = 'LimitExceededException: Subscriber limit exceeded:';

async function refused(promise: Promise<unknown>): Promise<string> {
  const { name, message } = await failure(promise);
  return `${name}: ${message}`;
}

const change = ({ db }: World, what: Partial<UpdateTableCommandInput>) =>
  db.send(new UpdateTableCommand({ TableName, ...what }));

const create = ({ db }: World, name: string, more: Partial<CreateTableCommandInput>) =>
  db.send(new CreateTableCommand({ ...schema('id:S'), BillingMode: 'PAY_PER_REQUEST', ...more, TableName: name }));

async function described({ db }: World) {
  const { Table } = await db.send(new DescribeTableCommand({ TableName }));
  return Table;
}

const units = (read: number, write: number) => ({ ReadCapacityUnits: read, WriteCapacityUnits: write });

test('what a table is to be sealed with goes without Enabled, where it is said how', async () => {
  await using world = await startWorld();
  const sealed = async (name: string, SSESpecification: CreateTableCommandInput['SSESpecification']) =>
    (await create(world, name, { SSESpecification })).TableDescription?.SSEDescription?.SSEType;
  assert.equal(await sealed('plain', {}), undefined);
  assert.equal(await sealed('typed', { SSEType: 'KMS' }), 'KMS');
  assert.equal(
    await refused(sealed('off', { Enabled: false, SSEType: 'AES256' })),
    `${BAD} SSEType can not be specified if Enabled is false`,
  );
  assert.equal(
    await refused(change(world, { SSESpecification: { Enabled: false, SSEType: 'KMS' } })),
    `${BAD} SSEType can not be specified if Enabled is false`,
  );
  assert.equal(await refused(change(world, { SSESpecification: {} })), `${BAD} Table is already encrypted by default`);
});

test('the same key by another name is a change, and there are four a day', async () => {
  await using world = await startWorld();
  const { cloud } = world;
  const kms = cloud.client(KMSClient);
  const { Arn = '', KeyId = '' } = (await kms.send(new CreateKeyCommand({}))).KeyMetadata ?? {};
  await kms.send(new CreateAliasCommand({ AliasName: 'alias/mine', TargetKeyId: KeyId }));
  const seal = (KMSMasterKeyId?: string) =>
    change(world, {
      SSESpecification: { Enabled: true, SSEType: 'KMS', ...(KMSMasterKeyId !== undefined && { KMSMasterKeyId }) },
    });
  await seal(Arn);
  assert.equal(
    await refused(seal(Arn)),
    `${BAD} Table is already encrypted with given KMSMasterKeyId. Use KMSMasterKeyId parameter if you want to change Master Key`,
  );
  await cloud.advance(1_000);
  await seal(KeyId);
  await seal('alias/mine');
  const { TableDescription: quiet } = await change(world, { SSESpecification: { Enabled: false } });
  assert.equal(quiet?.TableStatus, 'ACTIVE');
  const most = `${FULL} Encryption mode changes are limited in the 24h window ending at 2026-01-02T00:00:00.000Z. After the first 4 change, each subsequent change in the same window can be performed at most once every 21600 seconds. Number of updates today: 4. Last change at 2026-01-01T00:00:01.000Z`;
  assert.equal(await refused(seal()), most);
  await kms.send(new DisableKeyCommand({ KeyId }));
  assert.equal(await refused(seal(Arn)), most, 'before the key is looked at');
  await cloud.advance(6 * HOUR);
  await seal();
  assert.match(await refused(seal()), /Number of updates today: 5\./);
  await cloud.advance(24 * HOUR);
  for (let again = 0; again < 4; again += 1) await seal();
});

test('the class that a table has is no change, until there may be none', async () => {
  await using world = await startWorld();
  await change(world, { TableClass: 'STANDARD' });
  assert.equal((await described(world))?.TableClassSummary, undefined);
  await change(world, { TableClass: 'STANDARD_INFREQUENT_ACCESS' });
  await change(world, { TableClass: 'STANDARD_INFREQUENT_ACCESS' });
  await change(world, { TableClass: 'STANDARD' });
  for (const TableClass of ['STANDARD', 'STANDARD_INFREQUENT_ACCESS'] as const)
    assert.equal(
      await refused(change(world, { TableClass })),
      `${FULL} Updates to TableClass are limited to 2 times in 30 day(s).`,
    );
});

test('billing is said with what it needs and without what it has no use for', async () => {
  await using world = await startWorld('id:S', { BillingMode: 'PROVISIONED', ProvisionedThroughput: units(1, 1) });
  assert.equal(
    await refused(change(world, { BillingMode: 'PROVISIONED' })),
    `${BAD} ProvisionedThroughput must be specified when BillingMode is PROVISIONED`,
  );
  assert.equal(
    await refused(change(world, { BillingMode: 'PAY_PER_REQUEST', ProvisionedThroughput: units(2, 2) })),
    `${BAD} ProvisionedThroughput cannot be specified when BillingMode is PAY_PER_REQUEST`,
  );
});

test('one thing alone: which of two is named, and what leaves the table as it is', async () => {
  await using world = await startWorld();
  const protect = { DeletionProtectionEnabled: true };
  assert.equal(
    await refused(change(world, { ...protect, TableClass: 'STANDARD' })),
    `${BAD} TableClass modification must be the only operation in the request`,
  );
  for (const [status, what] of [
    ['ACTIVE', protect],
    ['ACTIVE', { OnDemandThroughput: { MaxReadRequestUnits: 9 } }],
    ['UPDATING', { TableClass: 'STANDARD' }],
  ] as const)
    assert.equal((await change(world, what)).TableDescription?.TableStatus, status);
});

test('limits of indexes on demand, and a list of changes of indexes that says nothing', async () => {
  await using world = await startWorld('id:S');
  const index = (OnDemandThroughput: object) => ({
    IndexName: 'byId',
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' as const }],
    Projection: { ProjectionType: 'ALL' as const },
    OnDemandThroughput,
  });
  const made = (more: Partial<CreateTableCommandInput>) => refused(create(world, 'more', more));
  const out = `${BAD} Requested MaxReadRequestUnits for OnDemandThroughput for index : byId is outside of valid range`;
  for (const MaxReadRequestUnits of [0, -1])
    assert.equal(await made({ GlobalSecondaryIndexes: [index({ MaxReadRequestUnits })] }), out);
  const provisioned = { BillingMode: 'PROVISIONED' as const, ProvisionedThroughput: units(1, 1) };
  const paid = { ...index({ MaxReadRequestUnits: 9 }), ProvisionedThroughput: units(1, 1) };
  const not = 'MaxReadRequestUnits for OnDemandThroughput for index';
  assert.equal(
    await made({ ...provisioned, GlobalSecondaryIndexes: [paid] }),
    `${BAD} ${not}: byId cannot be specified when table BillingMode is PROVISIONED.`,
  );
  const { OnDemandThroughput, ...plain } = paid;
  await create(world, 'paid', { ...provisioned, GlobalSecondaryIndexes: [plain] });
  const Update = { IndexName: 'byId', OnDemandThroughput };
  assert.equal(
    await refused(change(world, { TableName: 'paid', GlobalSecondaryIndexUpdates: [{ Update }] })),
    `${BAD} ${not} : byId cannot be specified when the table BillingMode is PROVISIONED`,
  );
  assert.equal(
    await refused(change(world, { DeletionProtectionEnabled: true, GlobalSecondaryIndexUpdates: [] })),
    `${BAD} List of GlobalSecondaryIndexUpdates is empty`,
  );
});

test('tables and indexes have as much as the account may give them', async () => {
  await using world = await startWorld();
  const { cloud, db } = world;
  const beyond = 'Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.';
  const provisioned = (more: Partial<CreateTableCommandInput>) =>
    create(world, 'most', { BillingMode: 'PROVISIONED', ...more });
  const over = provisioned({ ProvisionedThroughput: units(40_001, 1) });
  assert.equal(
    await refused(over),
    `LimitExceededException: The requested ReadCapacityUnits, 40001, is above the per table maximum for the account in us-east-1. Per table maximum: 40000. ${beyond}`,
  );
  const index = {
    IndexName: 'byId',
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' as const }],
    Projection: { ProjectionType: 'ALL' as const },
    ProvisionedThroughput: units(1, 40_001),
  };
  assert.equal(
    await refused(provisioned({ ProvisionedThroughput: units(40_000, 1), GlobalSecondaryIndexes: [index] })),
    `LimitExceededException: The requested WriteCapacityUnits for index byId, 40001, is above the per index maximum for the account in us-east-1. Per table maximum: 40000. ${beyond}`,
  );
  assert.equal(
    await refused(change(world, { OnDemandThroughput: { MaxReadRequestUnits: 40_001 } })),
    `${FULL} Requested MaxReadRequestUnits for OnDemandThroughput for table exceeds TableMaxReadCapacityUnits of the account in region us-east-1`,
  );
  assert.equal(
    await refused(change(world, { WarmThroughput: { WriteUnitsPerSecond: 40_001 } })),
    `${FULL} Requested WriteUnitsPerSecond for WarmThroughput for table exceeds TableMaxWriteCapacityUnits of the account in region us-east-1`,
  );
  const quota = { service: 'dynamodb', code: 'L-CF0CBE56', name: 'Reads', value: 0, adjustable: true, global: false };
  cloud.server.cloud.kernel.quotas.grant({ account: '123456789012', region: 'us-east-1' }, quota, 50_000);
  assert.equal((await db.send(new DescribeLimitsCommand({}))).TableMaxReadCapacityUnits, 50_000);
  await provisioned({ ProvisionedThroughput: units(40_001, 1) });
});
