/** Requests that hold next to nothing, in AWS's words. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateBackupCommand,
  CreateTableCommand,
  DescribeBackupCommand,
  DescribeGlobalTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ExportTableToPointInTimeCommand,
  GetItemCommand,
  ListTablesCommand,
  ListTagsOfResourceCommand,
  PutResourcePolicyCommand,
  RestoreTableFromBackupCommand,
  UpdateGlobalTableCommand,
  UpdateTableCommand,
  type UpdateTableCommandInput,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { failure, startTestCloud } from '../../support/cloud.ts';

const ARN = 'arn:aws:dynamodb:us-east-1:123456789012:table/t00';

test('what is empty asks for nothing, and is refused like it', async () => {
  await using cloud = await startTestCloud();
  const db = cloud.client(DynamoDBClient);
  await db.send(
    new CreateTableCommand({
      TableName: 't00',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  const update = (input: Partial<UpdateTableCommandInput>) =>
    db.send(new UpdateTableCommand({ TableName: 't00', ...input }));
  await update({ WarmThroughput: {}, DeletionProtectionEnabled: false });
  await update({ OnDemandThroughput: {}, TableClass: 'STANDARD' });
  const { Tags } = await db.send(new ListTagsOfResourceCommand({ ResourceArn: ARN, NextToken: 'none' }));
  assert.deepEqual(Tags, []);
  const name = 'TableName must be at least 3 characters long and at most 255 characters long';
  const policy = (Policy: string) => db.send(new PutResourcePolicyCommand({ ResourceArn: ARN, Policy }));
  const bad = 'One or more parameter values were invalid: Invalid policy document: ';
  const told: [() => Promise<unknown>, RegExp | string][] = [
    [
      () => update({ ReplicaUpdates: [{ Delete: { RegionName: '' } }] }),
      /^Region {2}is not supported\. The latest version of global tables are only supported in /,
    ],
    [() => db.send(new DescribeGlobalTableCommand({ GlobalTableName: 'a' })), name],
    [() => db.send(new RestoreTableFromBackupCommand({ TargetTableName: '', BackupArn: `${ARN}/backup/0-0` })), name],
    [
      () => db.send(new ExportTableToPointInTimeCommand({ TableArn: '', S3Bucket: 'bucket' })),
      'Invalid TableArn: Invalid Table ARN',
    ],
    [
      () => update({ GlobalTableWitnessUpdates: [{}] }),
      /^At least one of ProvisionedThroughput, .* MultiRegionConsistency, .* or TableClass is required$/,
    ],
    [
      () => update({ ReplicaUpdates: [{ Create: { RegionName: undefined } }] }),
      'One or more parameter values were invalid',
    ],
    [
      () => update({ ReplicaUpdates: [{ Create: { RegionName: 'eu-west-1' } }], GlobalTableWitnessUpdates: [{}] }),
      'MultiRegionConsistency must be set as STRONG when GlobalTableWitnessUpdates parameter is present.',
    ],
    [
      () =>
        update({
          TableClass: 'STANDARD',
          GlobalSecondaryIndexUpdates: [{ Update: { IndexName: 'ghost', WarmThroughput: {} } }],
        }),
      'One or more parameter values were invalid: WarmThroughput must have at least one of ReadUnitsPerSecond or WriteUnitsPerSecond specified for index: ghost',
    ],
    [
      () => db.send(new UpdateGlobalTableCommand({ GlobalTableName: 't00', ReplicaUpdates: [{}] })),
      'One or more parameter values were invalid',
    ],
    [() => db.send(new DescribeBackupCommand({ BackupArn: '' })), 'Invalid Backup ARN'],
    [() => policy('null'), `${bad}This text appears not to be a policy`],
    [() => policy('{}'), `${bad}Syntax error at position (1,3)`],
  ];
  for (const [sent, text] of told) {
    const { name, message } = await failure(sent());
    assert.equal(name, 'ValidationException');
    if (typeof text === 'string') assert.equal(message, text);
    else assert.match(message, text);
  }
});

test('what is wrong with members is told in the order of AWS, with values in its order', async () => {
  await using cloud = await startTestCloud();
  const db = cloud.client(DynamoDBClient);
  const LONG = (least: number) => `have length greater than or equal to ${least}`;
  const NAME = 'satisfy regular expression pattern: [a-zA-Z0-9_.-]+';
  const GIVEN = 'not be null';
  const update = (input: Partial<UpdateTableCommandInput>) =>
    db.send(new UpdateTableCommand({ TableName: 't00', ...input }));
  const told: [send: () => Promise<unknown>, ...failures: [at: string, demand: string][]][] = [
    [
      () => db.send(new DescribeTableCommand({ TableName: '' })),
      ["'' at 'tableName'", LONG(3)],
      ["'' at 'tableName'", NAME],
    ],
    [() => db.send(new DescribeTableCommand({ TableName: 'ab' })), ["'ab' at 'tableName'", LONG(3)]],
    [
      () => db.send(new ListTablesCommand({ ExclusiveStartTableName: '' })),
      ["'' at 'exclusiveStartTableName'", NAME],
      ["'' at 'exclusiveStartTableName'", LONG(3)],
    ],
    [
      () => db.send(new CreateBackupCommand({ TableName: 't00', BackupName: '' })),
      ["'' at 'backupName'", NAME],
      ["'' at 'backupName'", LONG(3)],
    ],
    [
      () => update({ AttributeDefinitions: [{ AttributeName: undefined, AttributeType: undefined }] }),
      ["null at 'attributeDefinitions.1.member.attributeType'", GIVEN],
      ["null at 'attributeDefinitions.1.member.attributeName'", GIVEN],
    ],
    [
      () =>
        db.send(
          new UpdateTimeToLiveCommand({
            TableName: 't00',
            TimeToLiveSpecification: { Enabled: undefined, AttributeName: undefined },
          }),
        ),
      ["null at 'timeToLiveSpecification.attributeName'", GIVEN],
      ["null at 'timeToLiveSpecification.enabled'", GIVEN],
    ],
    [
      () =>
        db.send(
          new CreateTableCommand({
            TableName: 't00',
            AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
            KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
            BillingMode: 'PAY_PER_REQUEST',
            SSESpecification: { Enabled: true, SSEType: 'KMS', KMSMasterKeyId: '' },
          }),
        ),
      ["'' at 'sSESpecification.kMSMasterKeyId'", LONG(1)],
    ],
    [
      () => update({ StreamSpecification: { StreamEnabled: true, StreamViewType: '' as 'KEYS_ONLY' } }),
      [
        "'' at 'streamSpecification.streamViewType'",
        'satisfy enum value set: [OLD_IMAGE, KEYS_ONLY, NEW_AND_OLD_IMAGES, NEW_IMAGE]',
      ],
    ],
  ];
  for (const [send, ...failures] of told) {
    const texts = failures.map(([at, demand]) => `Value ${at} failed to satisfy constraint: Member must ${demand}`);
    const { name, message } = await failure(send());
    const count = `${texts.length} validation error${texts.length > 1 ? 's' : ''} detected: `;
    assert.deepEqual([name, message], ['ValidationException', count + texts.join('; ')]);
  }
  const short = await failure(db.send(new GetItemCommand({ TableName: 'a', Key: { pk: { S: 'a' } } })));
  assert.equal(short.name, 'ResourceNotFoundException');
});
