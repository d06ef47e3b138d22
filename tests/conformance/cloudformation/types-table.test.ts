/** Tables as CDK writes them. AWS::DynamoDB::GlobalTable is its TableV2: indexes, limits and tags, shared and of single replicas. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFormationClient,
  CreateChangeSetCommand,
  CreateStackCommand,
  ExecuteChangeSetCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ListTagsOfResourceCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import { CreateKeyCommand, KMSClient, ReplicateKeyCommand } from '@aws-sdk/client-kms';
import { startTestCloud } from '../../support/cloud.ts';
import { drifted } from '../api-gateway/world.ts';
import { create, expectStatus, physicalIds, reasons, remove, templateOf, update } from './stacks.ts';

const key = (AttributeName: string) => ({
  KeySchema: [{ AttributeName, KeyType: 'HASH' }],
  Projection: { ProjectionType: 'ALL' },
});

function template({ version, recovers }: { version: string; recovers: boolean }): string {
  const index = { IndexName: 'by-color', ReadOnDemandThroughputSettings: { MaxReadRequestUnits: 7 } };
  const tags = [{ Key: 'version', Value: version }];
  return templateOf({
    Table: {
      Type: 'AWS::DynamoDB::GlobalTable',
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: key('id').KeySchema,
        AttributeDefinitions: ['id', 'color'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
        GlobalSecondaryIndexes: [
          { IndexName: 'by-color', ...key('color'), WriteOnDemandThroughputSettings: { MaxWriteRequestUnits: 5 } },
        ],
        WriteOnDemandThroughputSettings: { MaxWriteRequestUnits: 9 },
        SSESpecification: { SSEEnabled: false },
        StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
        Replicas: [
          {
            Region: 'eu-west-1',
            DeletionProtectionEnabled: !recovers,
            GlobalSecondaryIndexes: [index],
            PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: recovers },
            Tags: tags,
          },
          { Region: 'us-east-1', GlobalSecondaryIndexes: [index], Tags: tags },
        ],
      },
    },
  });
}

test('replicas have indexes, limits, protection, recovery and tags of their own', async () => {
  await using cloud = await startTestCloud();
  const TemplateBody = template({ version: '1', recovers: false });
  await cloud.client(CloudFormationClient).send(new CreateStackCommand({ StackName: 'global', TemplateBody }));
  // A replica is told of its settings once it is filled.
  await cloud.advance(2_000);
  await expectStatus(cloud, 'global', 'CREATE_COMPLETE');
  const { Table: TableName } = await physicalIds(cloud, 'global');
  const shown = async (region: string) => {
    const dynamodb = cloud.client(DynamoDBClient, { region });
    const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName }));
    const { Tags } = await dynamodb.send(new ListTagsOfResourceCommand({ ResourceArn: Table?.TableArn }));
    const { ContinuousBackupsDescription: backups } = await dynamodb.send(
      new DescribeContinuousBackupsCommand({ TableName }),
    );
    return {
      limit: Table?.OnDemandThroughput?.MaxWriteRequestUnits,
      index: Table?.GlobalSecondaryIndexes?.map(({ IndexName, OnDemandThroughput: limits }) => [
        IndexName,
        limits?.MaxReadRequestUnits,
        limits?.MaxWriteRequestUnits,
      ])[0],
      isProtected: Table?.DeletionProtectionEnabled,
      recovery: backups?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus,
      version: Tags?.find(({ Key }) => Key === 'version')?.Value,
    };
  };
  const own = { limit: 9, index: ['by-color', 7, 5], isProtected: false, recovery: 'DISABLED', version: '1' };
  assert.deepEqual(await shown('us-east-1'), own);
  const there = await shown('eu-west-1');
  assert.deepEqual([there.index, there.isProtected, there.version], [['by-color', 7, 5], true, '1']);
  await update(cloud, 'global', template({ version: '2', recovers: true }));
  assert.deepEqual(await shown('us-east-1'), { ...own, version: '2' });
  const { isProtected, recovery, version } = await shown('eu-west-1');
  assert.deepEqual([isProtected, recovery, version], [false, 'ENABLED', '2']);
  await remove(cloud, 'global');
});

test('items do not expire by another attribute at once; the stack goes back', async () => {
  await using cloud = await startTestCloud();
  const expiring = (AttributeName: string) =>
    templateOf({
      Table: {
        Type: 'AWS::DynamoDB::Table',
        Properties: {
          BillingMode: 'PAY_PER_REQUEST',
          KeySchema: key('id').KeySchema,
          AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
          TimeToLiveSpecification: { AttributeName, Enabled: true },
        },
      },
    });
  await create(cloud, 'expiring', expiring('until'));
  await cloud
    .client(CloudFormationClient)
    .send(new UpdateStackCommand({ StackName: 'expiring', TemplateBody: expiring('end') }));
  await expectStatus(cloud, 'expiring', 'UPDATE_ROLLBACK_COMPLETE');
  assert.match((await reasons(cloud, 'expiring'))[0] ?? '', /is active on a different AttributeName: .* is until"/);
});

test('a table with an index goes over to provisioned throughput, and back', async () => {
  await using cloud = await startTestCloud();
  const ProvisionedThroughput = { ReadCapacityUnits: 3, WriteCapacityUnits: 4 };
  const billed = (BillingMode: string) => {
    const units = BillingMode === 'PROVISIONED' ? { ProvisionedThroughput } : {};
    return templateOf({
      Table: {
        Type: 'AWS::DynamoDB::Table',
        Properties: {
          BillingMode,
          ...units,
          KeySchema: key('id').KeySchema,
          AttributeDefinitions: ['id', 'color'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
          GlobalSecondaryIndexes: [{ IndexName: 'by-color', ...key('color'), ...units }],
        },
      },
    });
  };
  await create(cloud, 'billed', billed('PAY_PER_REQUEST'));
  const { Table: TableName } = await physicalIds(cloud, 'billed');
  const units = async () => {
    const { Table } = await cloud.client(DynamoDBClient).send(new DescribeTableCommand({ TableName }));
    return [Table, Table?.GlobalSecondaryIndexes?.[0]].map((one) => one?.ProvisionedThroughput?.ReadCapacityUnits);
  };
  await update(cloud, 'billed', billed('PROVISIONED'));
  assert.deepEqual(await units(), [3, 3]);
  await update(cloud, 'billed', billed('PAY_PER_REQUEST'));
  assert.deepEqual(await units(), [0, 0]);
});

test('replicas have keys of their Regions and limits of reads of their own', async () => {
  await using cloud = await startTestCloud();
  const REGIONS = ['us-east-1', 'eu-west-1', 'eu-west-2'] as const;
  const newKey = async (region: string) =>
    (await cloud.client(KMSClient, { region }).send(new CreateKeyCommand({}))).KeyMetadata?.Arn;
  const keys = await Promise.all([...REGIONS, ...REGIONS].map(newKey));
  const template = (regions: readonly string[], round: number) =>
    templateOf({
      Table: {
        Type: 'AWS::DynamoDB::GlobalTable',
        Properties: {
          BillingMode: 'PAY_PER_REQUEST',
          KeySchema: key('id').KeySchema,
          AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
          SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
          StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
          Replicas: regions.map((Region, at) => ({
            Region,
            ReadOnDemandThroughputSettings: { MaxReadRequestUnits: 10 * round + at + 1 },
            SSESpecification: { KMSMasterKeyId: keys[3 * round + REGIONS.indexOf(Region as 'us-east-1')] },
          })),
        },
      },
    });
  await cloud
    .client(CloudFormationClient)
    .send(new CreateStackCommand({ StackName: 'keyed', TemplateBody: template(REGIONS.slice(0, 2), 0) }));
  await cloud.advance(2_000);
  await expectStatus(cloud, 'keyed', 'CREATE_COMPLETE');
  const { Table: TableName } = await physicalIds(cloud, 'keyed');
  const shown = async (region: string) => {
    const { Table } = await cloud.client(DynamoDBClient, { region }).send(new DescribeTableCommand({ TableName }));
    return [Table?.SSEDescription?.KMSMasterKeyArn, Table?.OnDemandThroughput?.MaxReadRequestUnits];
  };
  assert.deepEqual(
    [await shown('us-east-1'), await shown('eu-west-1')],
    [
      [keys[0], 1],
      [keys[1], 2],
    ],
  );
  await cloud
    .client(CloudFormationClient)
    .send(new UpdateStackCommand({ StackName: 'keyed', TemplateBody: template(REGIONS, 1) }));
  await cloud.advance(2_000);
  await expectStatus(cloud, 'keyed', 'UPDATE_COMPLETE');
  assert.deepEqual(await Promise.all(REGIONS.map(shown)), [
    [keys[3], 11],
    [keys[4], 12],
    [keys[5], 13],
  ]);
});

test('a replica waits for its key, which is being made elsewhere', async () => {
  await using cloud = await startTestCloud();
  const kms = cloud.client(KMSClient);
  const { KeyMetadata: { KeyId, Arn } = {} } = await kms.send(new CreateKeyCommand({ MultiRegion: true }));
  const { ReplicaKeyMetadata: made } = await kms.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: 'eu-west-1' }));
  assert.equal(made?.KeyState, 'Creating');
  const sealed = (Region: string, KMSMasterKeyId?: string) => ({ Region, SSESpecification: { KMSMasterKeyId } });
  const Properties = {
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: key('id').KeySchema,
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
    StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
    Replicas: [sealed('us-east-1', Arn), sealed('eu-west-1', made?.Arn)],
  };
  const TemplateBody = templateOf({ Table: { Type: 'AWS::DynamoDB::GlobalTable', Properties } });
  await cloud.client(CloudFormationClient).send(new CreateStackCommand({ StackName: 'sealed', TemplateBody }));
  await cloud.advance(5_000);
  await expectStatus(cloud, 'sealed', 'CREATE_COMPLETE');
});

test('what has become of a table with replicas is found, and it is imported as it is', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const there = cloud.client(DynamoDBClient, { region: 'eu-west-1' });
  const properties = {
    ...JSON.parse(template({ version: '1', recovers: false })).Resources.Table.Properties,
    TableName: 'global',
  };
  const TemplateBody = templateOf({
    Table: { Type: 'AWS::DynamoDB::GlobalTable', DeletionPolicy: 'Retain', Properties: properties },
  });
  const StackName = 'global';
  await formation.send(new CreateStackCommand({ StackName, TemplateBody, Tags: [{ Key: 'of', Value: 'stack' }] }));
  await cloud.advance(2_000);
  await expectStatus(cloud, StackName, 'CREATE_COMPLETE');
  assert.deepEqual(await drifted(cloud, StackName), []);
  const theirs = { TableName: 'global', DeletionProtectionEnabled: false };
  await there.send(new UpdateTableCommand(theirs));
  assert.deepEqual(
    (await drifted(cloud, StackName)).map(([name, differences]) => [
      name,
      Array.isArray(differences) && differences.map((one) => `${one.PropertyPath} ${one.ActualValue}`),
    ]),
    [['Table', ['/Replicas/0/DeletionProtectionEnabled false']]],
  );
  await remove(cloud, StackName);
  const named = { StackName: 'second', ChangeSetName: 'c' };
  await formation.send(
    new CreateChangeSetCommand({
      ...named,
      ChangeSetType: 'IMPORT',
      TemplateBody,
      ResourcesToImport: [
        {
          LogicalResourceId: 'Table',
          ResourceType: 'AWS::DynamoDB::GlobalTable',
          ResourceIdentifier: { TableName: 'global' },
        },
      ],
    }),
  );
  await cloud.server.cloud.settle();
  await formation.send(new ExecuteChangeSetCommand(named));
  await expectStatus(cloud, 'second', 'IMPORT_COMPLETE');
  const { Table } = await there.send(new DescribeTableCommand({ TableName: 'global' }));
  assert.equal(Table?.DeletionProtectionEnabled, false);
});
