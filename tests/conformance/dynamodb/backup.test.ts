import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateBackupCommand,
  DeleteBackupCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DescribeBackupCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ListBackupsCommand,
  PutItemCommand,
  QueryCommand,
  RestoreTableFromBackupCommand,
  type RestoreTableFromBackupCommandInput,
  RestoreTableToPointInTimeCommand,
  ScanCommand,
  UpdateContinuousBackupsCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import { failure, START } from '../../support/cloud.ts';
import { schema, startWorld, type World } from './world.ts';

const TableName = 'things';
const MINUTE = 60_000;
const DAY = 86_400_000;

const put = ({ db }: World, id: string, n: number) =>
  db.send(new PutItemCommand({ TableName, Item: { id: { S: id }, n: { N: String(n) } } }));

async function contents({ db }: World, name: string): Promise<string> {
  const { Items = [] } = await db.send(new ScanCommand({ TableName: name }));
  return Items.map((item) => `${item.id?.S}${item.n?.N}`)
    .sort()
    .join(' ');
}

/** Lets what was begun be completed. */
const settle = ({ cloud }: World) => cloud.advance(1);

async function backup(world: World, BackupName = 'nightly'): Promise<string> {
  const { BackupDetails } = await world.db.send(new CreateBackupCommand({ TableName, BackupName }));
  return BackupDetails?.BackupArn ?? '';
}

test('a backup is the table at its moment, and becomes a new table', async () => {
  await using world = await startWorld('id:S', {
    AttributeDefinitions: schema('n:N').AttributeDefinitions,
    GlobalSecondaryIndexes: [
      { IndexName: 'byN', KeySchema: schema('n:N').KeySchema, Projection: { ProjectionType: 'ALL' } },
    ],
    Tags: [{ Key: 'a', Value: 'b' }],
  });
  const { db } = world;
  await put(world, 'a', 1);
  await put(world, 'b', 2);
  await put(world, 'c', 3);
  // All at one instant of a clock that stands still: what comes after the backup is not in it.
  const BackupArn = await backup(world);
  await put(world, 'a', 9);
  await db.send(new DeleteItemCommand({ TableName, Key: { id: { S: 'b' } } }));
  await put(world, 'd', 4);
  await settle(world);
  const { BackupDescription } = await db.send(new DescribeBackupCommand({ BackupArn }));
  assert.match(BackupArn, /^arn:aws:dynamodb:us-east-1:123456789012:table\/things\/backup\/0\d{13}-[0-9a-f]{8}$/);
  assert.deepEqual(
    [
      BackupDescription?.BackupDetails?.BackupStatus,
      BackupDescription?.BackupDetails?.BackupType,
      BackupDescription?.SourceTableDetails?.ItemCount,
      BackupDescription?.SourceTableFeatureDetails?.GlobalSecondaryIndexes?.[0]?.IndexName,
    ],
    ['AVAILABLE', 'USER', 3, 'byN'],
  );
  await db.send(new DeleteTableCommand({ TableName }));
  const restored = await db.send(new RestoreTableFromBackupCommand({ TargetTableName: 'again', BackupArn }));
  assert.equal(restored.TableDescription?.TableStatus, 'CREATING');
  assert.equal(restored.TableDescription?.RestoreSummary?.SourceBackupArn, BackupArn);
  assert.equal(restored.TableDescription?.BillingModeSummary?.BillingMode, 'PAY_PER_REQUEST');
  const again = await db.send(
    new RestoreTableFromBackupCommand({
      TargetTableName: 'provisioned',
      BackupArn,
      BillingModeOverride: 'PROVISIONED',
      ProvisionedThroughputOverride: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 },
      GlobalSecondaryIndexOverride: [],
    }),
  );
  assert.deepEqual(again.TableDescription?.BillingModeSummary, { BillingMode: 'PROVISIONED' });
  await settle(world);
  const { Table } = await db.send(new DescribeTableCommand({ TableName: 'again' }));
  assert.deepEqual([Table?.TableStatus, Table?.ItemCount, Table?.RestoreSummary], ['ACTIVE', 3, undefined]);
  assert.equal(await contents(world, 'again'), 'a1 b2 c3');
  const query = new QueryCommand({
    TableName: 'again',
    IndexName: 'byN',
    KeyConditionExpression: 'n = :n',
    ExpressionAttributeValues: { ':n': { N: '2' } },
  });
  assert.equal((await db.send(query)).Count, 1);
});

test('what is restored is billed as it is to be, with its indexes; those that are named are like those that were', async () => {
  const units = (of: number) => ({ ReadCapacityUnits: of, WriteCapacityUnits: of });
  const byN = {
    IndexName: 'byN',
    KeySchema: schema('n:N').KeySchema,
    Projection: { ProjectionType: 'KEYS_ONLY' as const },
  };
  await using world = await startWorld('id:S', {
    BillingMode: 'PROVISIONED',
    ProvisionedThroughput: units(6),
    AttributeDefinitions: schema('n:N').AttributeDefinitions,
    GlobalSecondaryIndexes: [{ ...byN, ProvisionedThroughput: units(5) }],
    TableClass: 'STANDARD_INFREQUENT_ACCESS',
  });
  const { db } = world;
  await db.send(new UpdateTableCommand({ TableName, ProvisionedThroughput: units(5) }));
  const BackupArn = await backup(world);
  await settle(world);
  let count = 0;
  const restore = async (more: Partial<RestoreTableFromBackupCommandInput>) => {
    count += 1;
    const made = db.send(
      new RestoreTableFromBackupCommand({ BackupArn, TargetTableName: `restored${count}`, ...more }),
    );
    const { TableDescription: table } = await made;
    await settle(world);
    const [index] = table?.GlobalSecondaryIndexes ?? [];
    return [
      table?.ProvisionedThroughput,
      table?.TableClassSummary,
      index?.IndexName,
      index?.ProvisionedThroughput?.ReadCapacityUnits,
    ];
  };
  const fresh = (of: number) => ({ NumberOfDecreasesToday: 0, ...units(of) });
  assert.deepEqual(await restore({}), [fresh(5), undefined, 'byN', 5]);
  assert.deepEqual(await restore({ ProvisionedThroughputOverride: units(7) }), [fresh(7), undefined, 'byN', 5]);
  assert.deepEqual(await restore({ BillingModeOverride: 'PAY_PER_REQUEST' }), [fresh(0), undefined, 'byN', 0]);
  const other = { ...byN, IndexName: 'other', ProvisionedThroughput: units(8) };
  assert.deepEqual(await restore({ GlobalSecondaryIndexOverride: [other] }), [fresh(5), undefined, 'other', 8]);
  const refused: [Partial<RestoreTableFromBackupCommandInput>, string][] = [
    [
      { GlobalSecondaryIndexOverride: [{ ...other, Projection: { ProjectionType: 'ALL' } }] },
      'Index other does not match a secondary index that existed in the source table and cannot be created during the restore operation',
    ],
    [{ GlobalSecondaryIndexOverride: [byN] }, 'Must specify provisioned throughput for index byN'],
    [
      { BillingModeOverride: 'PAY_PER_REQUEST', GlobalSecondaryIndexOverride: [other] },
      'Cannot override ProvisionedThroughput if BillingMode is overridden to PAY_PER_REQUEST for index other',
    ],
  ];
  for (const [more, message] of refused)
    assert.equal((await failure(restore(more))).message, `Invalid Request: ${message}`);
});

test('backups are listed and deleted', async () => {
  await using world = await startWorld();
  const { db, cloud } = world;
  const first = await backup(world, 'one');
  await cloud.advance(MINUTE);
  const second = await backup(world, 'two');
  await settle(world);
  const page = await db.send(new ListBackupsCommand({ Limit: 1 }));
  assert.deepEqual([page.BackupSummaries?.map((one) => one.BackupName), page.LastEvaluatedBackupArn], [['one'], first]);
  const rest = await db.send(new ListBackupsCommand({ ExclusiveStartBackupArn: first, TableName }));
  assert.deepEqual(
    rest.BackupSummaries?.map((one) => one.BackupArn),
    [second],
  );
  const late = await db.send(new ListBackupsCommand({ TimeRangeLowerBound: new Date(START + 1) }));
  assert.equal(late.BackupSummaries?.length, 1);
  const gone = await db.send(new DeleteBackupCommand({ BackupArn: first }));
  assert.equal(gone.BackupDescription?.BackupDetails?.BackupStatus, 'DELETED');
  const missing = await failure(db.send(new DescribeBackupCommand({ BackupArn: first })));
  assert.deepEqual([missing.name, missing.message], ['BackupNotFoundException', `Backup not found: ${first}`]);
  assert.equal(
    (await failure(db.send(new CreateBackupCommand({ TableName: 'nowhere', BackupName: 'xyz' })))).name,
    'TableNotFoundException',
  );
  const taken = await failure(
    db.send(new RestoreTableFromBackupCommand({ TargetTableName: TableName, BackupArn: second })),
  );
  assert.deepEqual([taken.name, taken.message], ['TableAlreadyExistsException', 'Table already exists: things']);
});

test('a table is as it was at every moment that can be asked for', async () => {
  await using world = await startWorld();
  const { db, cloud } = world;
  await put(world, 'a', 1);
  await db.send(
    new UpdateContinuousBackupsCommand({
      TableName,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    }),
  );
  await cloud.advance(MINUTE);
  await put(world, 'a', 2);
  await put(world, 'b', 2);
  await cloud.advance(MINUTE);
  await db.send(new DeleteItemCommand({ TableName, Key: { id: { S: 'a' } } }));
  await put(world, 'c', 3);
  await cloud.advance(10 * MINUTE);
  const restore = async (minutes: number) => {
    const TargetTableName = `at-${minutes}`;
    const RestoreDateTime = new Date(START + minutes * MINUTE);
    await db.send(
      new RestoreTableToPointInTimeCommand({ SourceTableName: TableName, TargetTableName, RestoreDateTime }),
    );
    await settle(world);
    return contents(world, TargetTableName);
  };
  assert.equal(await restore(0), 'a1');
  assert.equal(await restore(1), 'a2 b2');
  assert.equal(await restore(2), 'b2 c3');
  await db.send(
    new RestoreTableToPointInTimeCommand({
      SourceTableName: TableName,
      TargetTableName: 'latest',
      UseLatestRestorableTime: true,
    }),
  );
  await settle(world);
  assert.equal(await contents(world, 'latest'), 'b2 c3');
  const outside = await failure(restore(11));
  assert.deepEqual(
    [outside.name, outside.message],
    [
      'InvalidRestoreTimeException',
      "RestoreDateTime '2026-01-01T00:11:00Z' must be within EarliestRestorableDateTime '2026-01-01T00:00:00Z' and LatestRestorableDateTime '2026-01-01T00:07:00Z'",
    ],
  );
});

test('what is restored may be of another Region; its key is then to be named, and its indexes may be left out', async () => {
  await using world = await startWorld('id:S', {
    AttributeDefinitions: schema('n:N').AttributeDefinitions,
    GlobalSecondaryIndexes: [
      { IndexName: 'byN', KeySchema: schema('n:N').KeySchema, Projection: { ProjectionType: 'ALL' } },
    ],
    TableClass: 'STANDARD_INFREQUENT_ACCESS',
  });
  const { db, cloud } = world;
  const far = { cloud, db: cloud.client(DynamoDBClient, { region: 'eu-west-1' }) } as World;
  await db.send(
    new UpdateContinuousBackupsCommand({
      TableName,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    }),
  );
  await put(world, 'a', 1);
  const BackupArn = await backup(world);
  await cloud.advance(10 * MINUTE);
  await put(world, 'b', 2);
  const asked = { BackupArn, TargetTableName: 'of-backup', GlobalSecondaryIndexOverride: [] };
  const keyless = await failure(far.db.send(new RestoreTableFromBackupCommand(asked)));
  assert.equal(keyless.message, 'Invalid Request: sseSpecificationOverride must be provided for cross-region restores');
  const SSESpecificationOverride = { Enabled: true, SSEType: 'KMS' as const };
  const { TableDescription: made } = await far.db.send(
    new RestoreTableFromBackupCommand({ ...asked, SSESpecificationOverride }),
  );
  assert.deepEqual(
    [made?.TableArn, made?.RestoreSummary?.SourceBackupArn, made?.AttributeDefinitions, made?.TableClassSummary],
    [
      'arn:aws:dynamodb:eu-west-1:123456789012:table/of-backup',
      BackupArn,
      schema('id:S').AttributeDefinitions,
      undefined,
    ],
  );
  await far.db.send(
    new RestoreTableToPointInTimeCommand({
      SourceTableArn: 'arn:aws:dynamodb:us-east-1:123456789012:table/things',
      TargetTableName: 'of-time',
      UseLatestRestorableTime: true,
      SSESpecificationOverride,
    }),
  );
  await settle(world);
  assert.deepEqual([await contents(far, 'of-backup'), await contents(far, 'of-time')], ['a1', 'a1']);
  // Nothing more holds the backup, nor the table's past.
  await db.send(new DeleteBackupCommand({ BackupArn }));
  await db.send(new DeleteTableCommand({ TableName }));
});

test('recovery reaches as far back as was asked, and not past the day it was enabled', async () => {
  await using world = await startWorld();
  const { db, cloud } = world;
  const describe = async () =>
    (await db.send(new DescribeContinuousBackupsCommand({ TableName }))).ContinuousBackupsDescription
      ?.PointInTimeRecoveryDescription;
  const enable = (RecoveryPeriodInDays?: number) =>
    db.send(
      new UpdateContinuousBackupsCommand({
        TableName,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays },
      }),
    );
  await enable(2);
  assert.deepEqual(await describe(), {
    PointInTimeRecoveryStatus: 'ENABLED',
    RecoveryPeriodInDays: 2,
    EarliestRestorableDateTime: new Date(START),
    LatestRestorableDateTime: new Date(START),
  });
  await put(world, 'a', 1);
  await cloud.advance(DAY);
  await put(world, 'a', 2);
  await cloud.advance(2 * DAY);
  assert.deepEqual((await describe())?.EarliestRestorableDateTime, new Date(START + DAY));
  await db.send(
    new RestoreTableToPointInTimeCommand({
      SourceTableName: TableName,
      TargetTableName: 'old',
      RestoreDateTime: new Date(START + DAY),
    }),
  );
  await settle(world);
  assert.equal(await contents(world, 'old'), 'a2');
  await db.send(
    new UpdateContinuousBackupsCommand({
      TableName,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: false },
    }),
  );
  assert.deepEqual(await describe(), { PointInTimeRecoveryStatus: 'DISABLED' });
  const refused = await failure(
    db.send(
      new RestoreTableToPointInTimeCommand({
        SourceTableName: TableName,
        TargetTableName: 'none',
        UseLatestRestorableTime: true,
      }),
    ),
  );
  assert.deepEqual(
    [refused.name, refused.message],
    ['PointInTimeRecoveryUnavailableException', "Point in time recovery is not enabled for table 'things'"],
  );
});

test('a recoverable table that is deleted stays 35 days as a backup', async () => {
  await using world = await startWorld();
  const { db, cloud } = world;
  await db.send(
    new UpdateContinuousBackupsCommand({
      TableName,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    }),
  );
  await put(world, 'a', 1);
  await db.send(new DeleteTableCommand({ TableName }));
  const list = async () => (await db.send(new ListBackupsCommand({ BackupType: 'SYSTEM' }))).BackupSummaries ?? [];
  const [kept] = await list();
  assert.deepEqual([kept?.BackupName, kept?.BackupStatus], ['things$DeletedTableBackup', 'AVAILABLE']);
  assert.equal((await db.send(new ListBackupsCommand({}))).BackupSummaries?.length, 0);
  await db.send(new RestoreTableFromBackupCommand({ TargetTableName: TableName, BackupArn: kept?.BackupArn }));
  await settle(world);
  assert.equal(await contents(world, TableName), 'a1');
  await cloud.advance(35 * DAY);
  assert.deepEqual(await list(), []);
});
