/** Requests that hold next to nothing, in AWS's words. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateTableCommand,
  DescribeGlobalTableCommand,
  DynamoDBClient,
  ExportTableToPointInTimeCommand,
  ListTagsOfResourceCommand,
  PutResourcePolicyCommand,
  RestoreTableFromBackupCommand,
  UpdateTableCommand,
  type UpdateTableCommandInput,
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
