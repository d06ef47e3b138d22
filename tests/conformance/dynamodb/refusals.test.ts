/** What is refused of ARNs, tags, insights, backups, restores and exports. Source: findings of ack-api-quirks, measured against AWS. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateBackupCommand,
  CreateTableCommand,
  DeleteBackupCommand,
  DeleteTableCommand,
  DescribeBackupCommand,
  DescribeContributorInsightsCommand,
  DescribeExportCommand,
  DescribeTableCommand,
  ExportTableToPointInTimeCommand,
  type ExportTableToPointInTimeCommandInput,
  GetResourcePolicyCommand,
  ListBackupsCommand,
  ListContributorInsightsCommand,
  ListTagsOfResourceCommand,
  RestoreTableFromBackupCommand,
  type RestoreTableFromBackupCommandInput,
  RestoreTableToPointInTimeCommand,
  type RestoreTableToPointInTimeCommandInput,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateContinuousBackupsCommand,
  UpdateContributorInsightsCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import { failure } from '../../support/cloud.ts';
import { schema, startWorld, type World } from './world.ts';

const TableName = 'things';
const ARN = 'arn:aws:dynamodb:us-east-1:123456789012:table/things';
const BAD = 'ValidationException: One or more parameter values were invalid:';

async function refused(promise: Promise<unknown>): Promise<string> {
  const { name, message } = await failure(promise);
  return `${name}: ${message}`;
}

async function backup({ db, cloud }: World): Promise<string> {
  const { BackupDetails } = await db.send(new CreateBackupCommand({ TableName, BackupName: 'nightly' }));
  await cloud.advance(1);
  return BackupDetails?.BackupArn ?? '';
}

const recoverable = ({ db }: World) =>
  db.send(
    new UpdateContinuousBackupsCommand({
      TableName,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    }),
  );

test('ARNs of other Regions, of indexes and of nothing of DynamoDB', async () => {
  await using world = await startWorld();
  const { db } = world;
  const elsewhere = ARN.replace('us-east-1', 'eu-west-1');
  const tags = (ResourceArn: string) => refused(db.send(new ListTagsOfResourceCommand({ ResourceArn })));
  const policy = (ResourceArn: string) => refused(db.send(new GetResourcePolicyCommand({ ResourceArn })));
  assert.equal(await tags('things'), `${BAD} ARNs must start with 'arn:': things`);
  assert.equal(await policy('things'), `${BAD} ARNs must start with 'arn:': things`);
  for (const arn of ['arn:aws:s3:::bucket', `${ARN}/backup/01767225600000-a8ce2536`])
    assert.equal(await tags(arn), `${BAD} Provided Arn is not a DynamoDB resource arn: ${arn}`);
  assert.equal(
    await policy(`${ARN}/index/byN`),
    `${BAD} Invalid resource arn provided, only table or stream is accepted. Provided resource arn: ${ARN}/index/byN`,
  );
  assert.equal(
    await tags(elsewhere),
    `ValidationException: Invalid TableArn: Invalid ResourceArn provided as input ${elsewhere}`,
  );
  assert.equal(await policy(elsewhere), `${BAD} Invalid resource Arn: ${elsewhere}`);
  assert.equal(
    await refused(db.send(new DescribeTableCommand({ TableName: elsewhere }))),
    `ValidationException: 1 validation error detected: Invalid AWS region in '${elsewhere}'`,
  );
  const missing = 'ResourceNotFoundException: Requested resource not found:';
  assert.equal(await policy(`${ARN}x`), `${missing} Table: thingsx not found`);
  assert.equal(await policy(`${ARN}/stream/now`), `${missing} Stream: now not found for Table: things`);
  assert.equal(await tags(`${ARN}/stream/now`), `${missing} ResourceArn: ${ARN}/stream/now not found`);
});

test('tags that can not be, and those of AWS', async () => {
  await using world = await startWorld();
  const { db } = world;
  const tag = (...Tags: { Key: string; Value: string }[]) =>
    refused(db.send(new TagResourceCommand({ ResourceArn: ARN, Tags })));
  const untag = (...TagKeys: string[]) => refused(db.send(new UntagResourceCommand({ ResourceArn: ARN, TagKeys })));
  const long = 'k'.repeat(129);
  const key = 'ValidationException: The Tag Key provided is invalid, Key:';
  const reserved = 'ValidationException: Tag Key cannot be prefixed with aws:, Key:';
  assert.equal(await tag({ Key: long, Value: '' }), `${key} ${long}`);
  assert.equal(await tag({ Key: '', Value: '' }), `${key} `);
  assert.equal(await tag({} as { Key: string; Value: string }), `${key} null`);
  assert.equal(
    await tag({ Key: 'a' } as { Key: string; Value: string }),
    'ValidationException: The Tag Value provided is invalid, Value: null',
  );
  assert.equal(await tag({ Key: 'AWS:a', Value: '' }), `${reserved} AWS:a`);
  assert.equal(await untag('aws:a'), `${reserved} aws:a`);
  assert.equal(await untag(long), `${key} ${long}`);
  assert.equal(
    await untag(...Array.from({ length: 51 }, (_, at) => `k${at}`)),
    'ValidationException: Number of Tags exceed the current limit for the provided ResourceArn',
  );
});

test('insights of what is not there, and what is so already', async () => {
  await using world = await startWorld();
  const { db } = world;
  const update = async (ContributorInsightsAction: 'ENABLE' | 'DISABLE') =>
    (await db.send(new UpdateContributorInsightsCommand({ TableName, ContributorInsightsAction })))
      .ContributorInsightsStatus;
  const describe = (IndexName: string) =>
    refused(db.send(new DescribeContributorInsightsCommand({ TableName, IndexName })));
  assert.equal(
    await describe('ghost'),
    'ResourceNotFoundException: Requested resource not found: Index: ghost not found for table: things',
  );
  assert.equal(
    await describe(''),
    'ValidationException: IndexName must be at least 3 characters long and at most 255 characters long',
  );
  assert.equal(
    await refused(db.send(new ListContributorInsightsCommand({ TableName: 'nowhere' }))),
    'ResourceNotFoundException: Requested resource not found: Table: nowhere not found',
  );
  assert.deepEqual(
    [
      await update('DISABLE'),
      await update('ENABLE'),
      await update('ENABLE'),
      await update('DISABLE'),
      await update('DISABLE'),
    ],
    ['DISABLED', 'ENABLING', 'ENABLED', 'DISABLING', 'DISABLED'],
  );
  assert.deepEqual((await db.send(new ListContributorInsightsCommand({ TableName }))).ContributorInsightsSummaries, []);
  assert.equal(
    await refused(
      db.send(new UpdateTableCommand({ TableName, GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: 'ghost' } }] })),
    ),
    'ResourceNotFoundException: Requested resource not found: Index ghost for table things',
  );
});

test('a backup by an ARN of another Region, account or service; those of AWS stay', async () => {
  await using world = await startWorld();
  const { db, cloud } = world;
  const arn = await backup(world);
  const describe = (BackupArn: string) => db.send(new DescribeBackupCommand({ BackupArn }));
  const elsewhere = arn.replace('us-east-1', 'eu-west-1');
  assert.equal((await describe(elsewhere)).BackupDescription?.BackupDetails?.BackupArn, elsewhere);
  for (const other of [
    arn.replace('us-east-1', 'xx-fake-1'),
    arn.replace('arn:aws', 'arn:aws-cn'),
    arn.replace('dynamodb', 's3'),
  ])
    assert.equal(await refused(describe(other)), 'ValidationException: Invalid Request: BackupArn is not valid');
  for (const other of [arn.replace('us-east-1', ''), arn.replace('123456789012', '210987654321')])
    assert.equal(await refused(describe(other)), 'AccessDeniedException: Access is denied');
  assert.equal(
    await refused(db.send(new ListBackupsCommand({ ExclusiveStartBackupArn: elsewhere }))),
    'ValidationException: Invalid Request: The supplied ExclusiveStartBackupArn does not match the region',
  );
  await db.send(new DeleteBackupCommand({ BackupArn: elsewhere }));
  assert.equal(await refused(describe(arn)), `BackupNotFoundException: Backup not found: ${arn}`);

  await recoverable(world);
  await db.send(new DeleteTableCommand({ TableName }));
  await cloud.advance(1);
  const { BackupSummaries = [] } = await db.send(new ListBackupsCommand({ BackupType: 'SYSTEM' }));
  const system = BackupSummaries[0]?.BackupArn ?? '';
  assert.match(system, /-00000000$/);
  assert.deepEqual((await describe(system)).BackupDescription?.SourceTableFeatureDetails, {});
  assert.equal(
    await refused(db.send(new DeleteBackupCommand({ BackupArn: system }))),
    `ValidationException: Invalid Request: User is not allowed to delete the system backup with arn ${system}. It will automatically expire on 2026-02-05T00:00:00Z`,
  );
});

test('while a table is restored, it is not there yet, and its backup is in use', async () => {
  await using world = await startWorld();
  const { db, cloud } = world;
  const BackupArn = await backup(world);
  cloud.server.cloud.kernel.timers.stop();
  const restore = (TargetTableName: string) =>
    db.send(new RestoreTableFromBackupCommand({ BackupArn, TargetTableName }));
  await restore('again');
  assert.equal(
    await refused(restore('other')),
    `BackupInUseException: Backup is being used to restore another table: ${BackupArn}`,
  );
  assert.equal(
    await refused(db.send(new DeleteBackupCommand({ BackupArn }))),
    `BackupInUseException: Backup is being used to restore table: ${BackupArn}`,
  );
  assert.equal(
    await refused(restore('again')),
    `TableInUseException: Table: again is already being restored from backup: ${BackupArn}`,
  );
  const again = { TableName: 'again', BillingMode: 'PAY_PER_REQUEST', ...schema('id:S') } as const;
  const inUse = 'ResourceInUseException: Attempt to change a resource which is still in use:';
  assert.equal(await refused(db.send(new CreateTableCommand(again))), `${inUse} Table is being used: again`);
  assert.equal(await refused(db.send(new DeleteTableCommand(again))), `${inUse} Table is being created: again`);
  const gone = 'ResourceNotFoundException: Requested resource not found:';
  const ResourceArn = ARN.replace('things', 'again');
  assert.equal(
    await refused(db.send(new UpdateTableCommand({ TableName: 'again', DeletionProtectionEnabled: true }))),
    `${gone} Table: again not found`,
  );
  assert.equal(
    await refused(db.send(new ListTagsOfResourceCommand({ ResourceArn }))),
    `${gone} ResourceArn: ${ResourceArn} not found`,
  );
  assert.equal(
    await refused(db.send(new CreateBackupCommand({ TableName: 'again', BackupName: 'abc' }))),
    'TableNotFoundException: Table not found: again',
  );
  const { Table } = await db.send(new DescribeTableCommand({ TableName: 'again' }));
  assert.deepEqual([Table?.TableStatus, Table?.RestoreSummary?.RestoreInProgress], ['CREATING', true]);
});

test('what does not go together in restores', async () => {
  await using world = await startWorld();
  const { db } = world;
  const BackupArn = await backup(world);
  const units = { ReadCapacityUnits: 1, WriteCapacityUnits: 1 };
  const from = (override: Partial<RestoreTableFromBackupCommandInput>) =>
    refused(db.send(new RestoreTableFromBackupCommand({ BackupArn, TargetTableName: 'again', ...override })));
  const bad = 'ValidationException: Invalid Request:';
  assert.equal(
    await from({ ProvisionedThroughputOverride: units }),
    `${bad} Cannot override ProvisionedThroughput unless BillingMode is PROVISIONED`,
  );
  assert.equal(
    await from({ BillingModeOverride: 'PAY_PER_REQUEST', ProvisionedThroughputOverride: units }),
    `${bad} Cannot override ProvisionedThroughput if BillingMode is overridden to PAY_PER_REQUEST`,
  );
  assert.equal(
    await from({ BillingModeOverride: 'PROVISIONED' }),
    `${bad} Must override ProvisionedThroughput if BillingMode is overridden to PROVISIONED`,
  );
  assert.equal(
    await from({ OnDemandThroughputOverride: { MaxReadRequestUnits: 0 } }),
    `${bad} Requested MaxReadRequestUnits for OnDemandThroughput is outside of valid range`,
  );
  assert.equal(
    await from({ BackupArn: BackupArn.replace('us-east-1', 'eu-west-1') }),
    `${bad} sseSpecificationOverride must be provided for cross-region restores`,
  );
  const to = (more: Partial<RestoreTableToPointInTimeCommandInput>) =>
    refused(db.send(new RestoreTableToPointInTimeCommand({ TargetTableName: 'again', ...more })));
  const source = { SourceTableName: TableName };
  assert.match(
    await to({ ...source, UseLatestRestorableTime: true, RestoreDateTime: new Date(0) }),
    /^ValidationException: Invalid Request: Both RestoreDateTime and UseLatestRestorableTime cannot be set for point-in-time restore request\. /,
  );
  assert.equal(
    await to(source),
    `${bad} Either one of RestoreDateTime or UseLatestRestorableTime must be specified, but not both`,
  );
  assert.equal(
    await to({}),
    "ValidationException: The parameter 'TableName' is required but was not present in the request",
  );
  assert.equal(await to({ SourceTableArn: 'things' }), `${BAD} sourceTableArn is not a valid ARN`);
  assert.equal(
    await to({ SourceTableArn: ARN.replace('123456789012', '210987654321') }),
    'ValidationException: This action is only supported by accounts that match the resource owner’s account.',
  );
  await recoverable(world);
  assert.match(
    await to({ ...source, TargetTableName: TableName, RestoreDateTime: new Date(0) }),
    /^InvalidRestoreTimeException: RestoreDateTime '1970-01-01T00:00:00Z' must be within EarliestRestorableDateTime /,
  );
  assert.equal(
    await to({ ...source, TargetTableName: TableName, UseLatestRestorableTime: true }),
    'TableAlreadyExistsException: Table already exists: things',
  );
});

test('what does not go together in exports', async () => {
  await using world = await startWorld();
  const { db } = world;
  const exported = (more: Partial<ExportTableToPointInTimeCommandInput>) =>
    refused(db.send(new ExportTableToPointInTimeCommand({ TableArn: ARN, S3Bucket: 'bucket', ...more })));
  const bad = 'ValidationException: Invalid Request:';
  const window = { IncrementalExportSpecification: { ExportFromTime: new Date(0) } };
  assert.equal(
    await exported({ ExportType: 'INCREMENTAL_EXPORT', ...window }),
    'InvalidExportTimeException: Incremental export period from time cannot be less than the table creation time : 1970-01-01T00:00:00Z',
  );
  assert.equal(await exported({ TableArn: TableName }), `${BAD} tableArn is not a valid ARN`);
  assert.equal(await exported({ TableArn: `${ARN}/index/byN` }), `${bad} Table ARN is invalid.`);
  assert.equal(await exported({ TableArn: `${ARN}x` }), `TableNotFoundException: Table not found: ${ARN}x`);
  assert.equal(
    await exported({ TableArn: ARN.replace('123456789012', '210987654321') }),
    'AccessDeniedException: Access is denied',
  );
  await recoverable(world);
  assert.equal(
    await exported({ ExportTime: new Date('2026-01-01T01:00:00Z') }),
    'InvalidExportTimeException: Export Time is invalid',
  );
  assert.equal(
    await exported(window),
    `${bad} Export Type expected to be Incremental Export when incremental export specification is provided`,
  );
  assert.equal(
    await exported({ ExportType: 'FULL_EXPORT', ...window }),
    `${bad} When Export Type is Full Export , Incremental Export Specification should not be provided`,
  );
  assert.equal(
    await exported({ ExportType: 'INCREMENTAL_EXPORT' }),
    `${bad} Incremental Export Specification expected when export type is set as Incremental Export`,
  );
  assert.equal(
    await exported({ S3SseKmsKeyId: 'alias/one', S3SseAlgorithm: 'AES256' }),
    `${bad} KMS Key Id is not supported for this encryption type`,
  );
  const described = (ExportArn: string) => refused(db.send(new DescribeExportCommand({ ExportArn })));
  const arn = `${ARN}/export/01767225600000-a8ce2536`;
  assert.equal(await described(arn), `ExportNotFoundException: Export not found: Export not found: ${arn}`);
  assert.equal(
    await described(arn.replace('us-east-1', 'eu-west-1')),
    'ExportNotFoundException: Export not found: Invalid export arn',
  );
  assert.equal(await described(arn.replace('123456789012', '210987654321')), 'AccessDeniedException: Access is denied');
});
