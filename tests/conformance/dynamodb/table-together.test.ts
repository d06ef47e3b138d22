/** What one UpdateTable can change together, and what is no change. Source: findings of ack-api-quirks, measured against AWS. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateGlobalTableCommand,
  CreateTableCommand,
  DescribeBackupCommand,
  DescribeTableCommand,
  ListBackupsCommand,
  UpdateContinuousBackupsCommand,
  UpdateTableCommand,
  type UpdateTableCommandInput,
} from '@aws-sdk/client-dynamodb';
import { failure } from '../../support/cloud.ts';
import { schema, startWorld } from './world.ts';

const TableName = 'things';
const INVALID = 'One or more parameter values were invalid: ';
const ALONE = 'must be the only operation in the request';
const Create = {
  IndexName: 'byKind',
  KeySchema: [{ AttributeName: 'kind', KeyType: 'HASH' as const }],
  Projection: { ProjectionType: 'ALL' as const },
};
const made = {
  AttributeDefinitions: [{ AttributeName: 'kind', AttributeType: 'S' as const }],
  GlobalSecondaryIndexUpdates: [{ Create }],
};
const stream = { StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' as const } };
const protection = { DeletionProtectionEnabled: true };
const units = { ProvisionedThroughput: { ReadCapacityUnits: 2, WriteCapacityUnits: 2 } };
const warm = { WarmThroughput: { ReadUnitsPerSecond: 13_000 } };

const cases: readonly (readonly [Partial<UpdateTableCommandInput>, string])[] = [
  [
    { ReplicaUpdates: [{ Create: { RegionName: 'eu-west-1' } }], TableClass: 'STANDARD' },
    `Replica modification ${ALONE}`,
  ],
  [{ SSESpecification: { Enabled: true }, ...protection }, `Server-Side Encryption modification ${ALONE}`],
  [{ BillingMode: 'PAY_PER_REQUEST', ...protection }, `DeletionProtection modification ${ALONE}`],
  [{ TableClass: 'STANDARD', ...made }, `TableClass modification ${ALONE}`],
  [{ ...warm, ...made }, 'Create global secondary index cannot be specified when updating WarmThroughput'],
  [{ ...warm, ...stream }, `WarmThroughput ${ALONE}`],
  [
    { OnDemandThroughput: { MaxReadRequestUnits: 5 }, ...stream },
    'OnDemandThroughput can only be combined with BillingMode in an UpdateTable request',
  ],
  [{ ...units, ...stream }, 'You cannot modify stream status while updating table IOPS'],
  [{ ...units, ...made }, 'You cannot create or delete index while updating table IOPS'],
  [{ ...stream, ...made }, 'You cannot create or delete index while changing stream status'],
];

for (const [change, text] of cases)
  test(`${Object.keys(change).join(' and ')} are not changed together`, async () => {
    await using world = await startWorld();
    const refused = await failure(world.db.send(new UpdateTableCommand({ TableName, ...change })));
    assert.deepEqual([refused.name, refused.message], ['ValidationException', INVALID + text]);
  });

test('billing and a stream are', async () => {
  await using world = await startWorld('id:S', { BillingMode: 'PROVISIONED', ...units });
  await world.db.send(new UpdateTableCommand({ TableName, BillingMode: 'PAY_PER_REQUEST', ...stream }));
  const { Table } = await world.db.send(new DescribeTableCommand({ TableName }));
  assert.deepEqual(
    [Table?.BillingModeSummary?.BillingMode, Table?.StreamSpecification?.StreamEnabled],
    ['PAY_PER_REQUEST', true],
  );
});

test('what is warm does not get colder, and begins no colder than it is', async () => {
  await using world = await startWorld();
  const { db } = world;
  const change = (WarmThroughput: object) => failure(db.send(new UpdateTableCommand({ TableName, WarmThroughput })));
  await db.send(new UpdateTableCommand({ TableName, ...warm }));
  const colder = 'is lower than current WarmThroughput, decreasing WarmThroughput is not supported';
  for (const [given, member] of [
    [{ ReadUnitsPerSecond: 12_999 }, 'ReadUnitsPerSecond'],
    [{ ReadUnitsPerSecond: 13_000, WriteUnitsPerSecond: 3_999 }, 'WriteUnitsPerSecond'],
  ] as const)
    assert.equal((await change(given)).message, `${INVALID}Requested ${member} for WarmThroughput for table ${colder}`);
  const create = (more: object) =>
    failure(
      db.send(
        new CreateTableCommand({ TableName: 'other', BillingMode: 'PAY_PER_REQUEST', ...schema('id:S'), ...more }),
      ),
    );
  assert.match(
    (await create({ WarmThroughput: { WriteUnitsPerSecond: 3_999 } })).message,
    /Requested WriteUnitsPerSecond for WarmThroughput for table is lower than initial throughput for OnDemand\. See: /,
  );
  assert.equal(
    (await create({ BillingMode: 'PROVISIONED', ...units, WarmThroughput: { ReadUnitsPerSecond: 1 } })).message,
    `${INVALID}Requested ReadUnitsPerSecond for WarmThroughput for table is lower than ReadCapacityUnits of ProvisionedThroughput`,
  );
});

test('what is so already, and what is no more', async () => {
  await using world = await startWorld();
  const { db } = world;
  const change = async (more: object) =>
    (await failure(db.send(new UpdateTableCommand({ TableName, ...more })))).message;
  const sealed = { SSESpecification: { Enabled: true } };
  assert.equal(
    await change({ SSESpecification: { Enabled: false } }),
    `${INVALID}Table is already encrypted by default`,
  );
  const { TableDescription: under } = await db.send(new UpdateTableCommand({ TableName, ...sealed }));
  const KMSMasterKeyId = under?.SSEDescription?.KMSMasterKeyArn;
  assert.equal(
    await change({ SSESpecification: { Enabled: true, SSEType: 'KMS', KMSMasterKeyId } }),
    `${INVALID}Table is already encrypted with given KMSMasterKeyId. Use KMSMasterKeyId parameter if you want to change Master Key`,
  );
  assert.equal(
    await change({ TableClass: 'standard' }),
    'Invalid table-class parameter provided. Please try again with a valid table-class value: [STANDARD, STANDARD_INFREQUENT_ACCESS].',
  );
  assert.equal(
    await change({ StreamSpecification: { StreamEnabled: true } }),
    `${INVALID}If stream is being enabled then UpdateViewType is required`,
  );
  const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: false, RecoveryPeriodInDays: 7 };
  const lasting = new UpdateContinuousBackupsCommand({ TableName, PointInTimeRecoverySpecification });
  assert.equal(
    (await failure(db.send(lasting))).message,
    'Invalid Request: Cannot specify RecoveryPeriodInDays when disabling point-in-time recovery.',
  );
  const legacy = new CreateGlobalTableCommand({ GlobalTableName: TableName, ReplicationGroup: [] });
  assert.match((await failure(db.send(legacy))).message, /global tables version 2017\.11\.29 is not supported/);
});

test('updates of indexes that say nothing, or are about local ones', async () => {
  await using world = await startWorld('id:S at:N', {
    AttributeDefinitions: [{ AttributeName: 'kind', AttributeType: 'S' }],
    GlobalSecondaryIndexes: [Create],
    LocalSecondaryIndexes: [
      {
        IndexName: 'local',
        KeySchema: [
          { AttributeName: 'id', KeyType: 'HASH' },
          { AttributeName: 'kind', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'ALL' },
      },
    ],
  });
  const change = async (one: object) =>
    (await failure(world.db.send(new UpdateTableCommand({ TableName, GlobalSecondaryIndexUpdates: [one] })))).message;
  assert.equal(
    await change({ Update: { IndexName: 'byKind' } }),
    `${INVALID}The only Updates for index: byKind when TableThroughputMode is PAY_PER_REQUEST can be to OnDemandThroughput, WarmThroughput`,
  );
  assert.equal(
    await change({ Update: { IndexName: 'byKind', WarmThroughput: {} } }),
    `${INVALID}WarmThroughput must have at least one of ReadUnitsPerSecond or WriteUnitsPerSecond specified for index: byKind`,
  );
  assert.equal(
    await change({ Delete: { IndexName: 'local' } }),
    'Cannot delete an index that is not a GlobalSecondaryIndex: local',
  );
  assert.match(
    await change({ Update: { IndexName: 'byKind', WarmThroughput: { ReadUnitsPerSecond: 5 } } }),
    /for WarmThroughput for index byKind is lower than current WarmThroughput/,
  );
});

test('what is no ARN of a backup', async () => {
  await using world = await startWorld();
  const BackupArn = 'arn:aws:dynamodb:us-east-1:123456789012:table/things';
  const refused = await failure(world.db.send(new DescribeBackupCommand({ BackupArn })));
  assert.deepEqual([refused.name, refused.message], ['ValidationException', 'Invalid Backup ARN']);
});

test('several replicas are not made at once; one that is asked for twice is made', async () => {
  await using world = await startWorld();
  const change = (...ReplicaUpdates: NonNullable<UpdateTableCommandInput['ReplicaUpdates']>) =>
    world.db.send(new UpdateTableCommand({ TableName, ReplicaUpdates }));
  const at = (RegionName: string) => ({ Create: { RegionName } });
  const many = 'Update table operation with more than one create or delete replica actions not allowed';
  assert.equal((await failure(change(at('eu-west-1'), at('eu-west-2')))).message, many);
  assert.equal((await failure(change(at('eu-west-1'), { Delete: { RegionName: 'eu-west-2' } }))).message, many);
  assert.equal(
    (await failure(change({ ...at('eu-west-1'), Delete: { RegionName: 'eu-west-1' } }))).message,
    'Update table operation with more than one type of replica actions not allowed.',
  );
  await change(at('eu-west-1'), at('eu-west-1'));
  const { Table } = await world.db.send(new DescribeTableCommand({ TableName }));
  assert.deepEqual(
    Table?.Replicas?.map(({ RegionName }) => RegionName).filter((one) => one !== 'us-east-1'),
    ['eu-west-1'],
  );
});

test('indexes that are made without units, with some, again, or with an attribute twice', async () => {
  await using world = await startWorld('id:S', { BillingMode: 'PROVISIONED', ...units });
  const { db } = world;
  const change = async (more: object, Name = TableName) => {
    const GlobalSecondaryIndexUpdates = [{ Create: { ...Create, ...more } }];
    const { AttributeDefinitions } = made;
    const given = { TableName: Name, AttributeDefinitions, GlobalSecondaryIndexUpdates };
    return (await failure(db.send(new UpdateTableCommand(given)))).message;
  };
  assert.equal(
    await change({}),
    `${INVALID}Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: byKind`,
  );
  const onDemand = { TableName: 'onDemand', BillingMode: 'PAY_PER_REQUEST' as const, ...schema('id:S') };
  await db.send(new CreateTableCommand(onDemand));
  assert.equal(
    await change(units, 'onDemand'),
    `${INVALID}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for index: byKind when BillingMode is PAY_PER_REQUEST`,
  );
  assert.equal(
    await change({ ...units, Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['a', 'b', 'a'] } }),
    `${INVALID}Duplicate element in NonKeyAttributes: a`,
  );
  await db.send(new UpdateTableCommand({ TableName: 'onDemand', ...made }));
  await world.cloud.advance(600_000);
  assert.equal(await change({}, 'onDemand'), 'Attempting to create an index which already exists');
});

test('a key needs its type, and a range of times its order', async () => {
  await using world = await startWorld();
  const SSESpecification = { Enabled: true, KMSMasterKeyId: 'alias/mine' };
  const sealed = new CreateTableCommand({
    TableName: 'other',
    BillingMode: 'PAY_PER_REQUEST',
    ...schema('id:S'),
    SSESpecification,
  });
  assert.equal(
    (await failure(world.db.send(sealed))).message,
    `${INVALID}SSEType KMS is required if KMSMasterKeyId is specified`,
  );
  const listed = new ListBackupsCommand({ TimeRangeLowerBound: new Date(2_000), TimeRangeUpperBound: new Date(1_000) });
  assert.equal(
    (await failure(world.db.send(listed))).message,
    `${INVALID}Time range lower bound must be less than or equal to upper bound`,
  );
});
