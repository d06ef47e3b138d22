/** Tables that are made of objects in S3, and streams with policies of their own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFormationClient,
  CreateStackCommand,
  DetectStackResourceDriftCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import {
  DescribeTableCommand,
  DynamoDBClient,
  GetResourcePolicyCommand,
  ListTagsOfResourceCommand,
  QueryCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { create, expectStatus, physicalIds, reasons, templateOf, update } from './stacks.ts';

const keyed = {
  BillingMode: 'PAY_PER_REQUEST',
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
};

const imported = (S3Bucket: string) =>
  templateOf({
    Table: {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        ...keyed,
        AttributeDefinitions: ['id', 'color'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
        GlobalSecondaryIndexes: [
          {
            IndexName: 'by-color',
            KeySchema: [{ AttributeName: 'color', KeyType: 'HASH' }],
            Projection: { ProjectionType: 'ALL' },
          },
        ],
        ImportSourceSpecification: {
          S3BucketSource: { S3Bucket, S3KeyPrefix: 'in/' },
          InputFormat: 'CSV',
          InputFormatOptions: { Csv: { Delimiter: ';' } },
        },
        DeletionProtectionEnabled: true,
        StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
        Tags: [{ Key: 'made', Value: 'of objects' }],
      },
    },
  });

test('a table is made of objects in S3, and has what its template says besides', async () => {
  await using cloud = await startTestCloud();
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'source' }));
  await s3.send(new PutObjectCommand({ Bucket: 'source', Key: 'in/1.csv', Body: 'id;color\na;red\nb;blue\n' }));
  await create(cloud, 'imported', imported('source'));
  const { Table: TableName } = await physicalIds(cloud, 'imported');
  const db = cloud.client(DynamoDBClient);
  const { Items } = await db.send(
    new QueryCommand({
      TableName,
      IndexName: 'by-color',
      KeyConditionExpression: 'color = :c',
      ExpressionAttributeValues: { ':c': { S: 'blue' } },
    }),
  );
  assert.deepEqual(Items, [{ id: { S: 'b' }, color: { S: 'blue' } }]);
  const { Table } = await db.send(new DescribeTableCommand({ TableName }));
  assert.deepEqual([Table?.DeletionProtectionEnabled, Table?.StreamSpecification?.StreamViewType], [true, 'NEW_IMAGE']);
  const { Tags } = await db.send(new ListTagsOfResourceCommand({ ResourceArn: Table?.TableArn }));
  assert.ok(Tags?.some(({ Key, Value }) => Key === 'made' && Value === 'of objects'));
});

test('without its bucket it is not made', async () => {
  await using cloud = await startTestCloud();
  await cloud
    .client(CloudFormationClient)
    .send(new CreateStackCommand({ StackName: 'imported', TemplateBody: imported('nowhere') }));
  await expectStatus(cloud, 'imported', 'ROLLBACK_COMPLETE');
  assert.match((await reasons(cloud, 'imported'))[0] ?? '', /bucket does not exist/);
});

const statement = (Sid: string) => ({
  PolicyDocument: {
    Version: '2012-10-17',
    Statement: [
      { Sid, Effect: 'Allow', Principal: { AWS: '111122223333' }, Action: 'dynamodb:GetRecords', Resource: '*' },
    ],
  },
});

async function policySid(cloud: TestCloud, TableName: string | undefined, region = 'us-east-1') {
  const db = cloud.client(DynamoDBClient, { region });
  const { Table } = await db.send(new DescribeTableCommand({ TableName }));
  const { Policy = '{}' } = await db.send(new GetResourcePolicyCommand({ ResourceArn: Table?.LatestStreamArn }));
  return JSON.parse(Policy).Statement[0].Sid;
}

test('a stream has the policy of its template, and so has the one that takes its place', async () => {
  await using cloud = await startTestCloud();
  const template = (StreamViewType: string, ResourcePolicy?: object) =>
    templateOf({
      Table: {
        Type: 'AWS::DynamoDB::Table',
        Properties: { ...keyed, StreamSpecification: { StreamViewType, ResourcePolicy } },
      },
    });
  await create(cloud, 'streamed', template('NEW_IMAGE', statement('first')));
  const { Table: TableName } = await physicalIds(cloud, 'streamed');
  assert.equal(await policySid(cloud, TableName), 'first');
  await update(cloud, 'streamed', template('NEW_IMAGE', statement('second')));
  assert.equal(await policySid(cloud, TableName), 'second');
  await cloud.advance(1_000);
  await update(cloud, 'streamed', template('KEYS_ONLY', statement('second')));
  assert.equal(await policySid(cloud, TableName), 'second');
  await update(cloud, 'streamed', template('KEYS_ONLY'));
  assert.equal((await failure(policySid(cloud, TableName))).name, 'PolicyNotFoundException');
});

test('streams of replicas have policies of their own', async () => {
  await using cloud = await startTestCloud();
  const REGIONS = ['us-east-1', 'eu-west-1'];
  const TemplateBody = templateOf({
    Table: {
      Type: 'AWS::DynamoDB::GlobalTable',
      Properties: {
        ...keyed,
        StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
        Replicas: REGIONS.map((Region) => ({
          Region,
          ReplicaStreamSpecification: { ResourcePolicy: statement(Region.replaceAll('-', '')) },
        })),
      },
    },
  });
  await cloud.client(CloudFormationClient).send(new CreateStackCommand({ StackName: 'global', TemplateBody }));
  await cloud.advance(2_000);
  await expectStatus(cloud, 'global', 'CREATE_COMPLETE');
  const { Table } = await physicalIds(cloud, 'global');
  for (const region of REGIONS) assert.equal(await policySid(cloud, Table, region), region.replaceAll('-', ''));
});

test('a table that was billed by request since has drifted to no throughput', async () => {
  await using cloud = await startTestCloud();
  const throughput = { ReadCapacityUnits: 5, WriteCapacityUnits: 1 };
  const Properties = { ...keyed, BillingMode: 'PROVISIONED', ProvisionedThroughput: throughput, TableName: 'games' };
  await create(cloud, 's', templateOf({ Table: { Type: 'AWS::DynamoDB::Table', Properties } }));
  await cloud
    .client(DynamoDBClient)
    .send(new UpdateTableCommand({ TableName: 'games', BillingMode: 'PAY_PER_REQUEST' }));
  await cloud.server.cloud.settle();
  const { StackResourceDrift: drift } = await cloud
    .client(CloudFormationClient)
    .send(new DetectStackResourceDriftCommand({ StackName: 's', LogicalResourceId: 'Table' }));
  assert.deepEqual(
    drift?.PropertyDifferences?.map((one) => `${one.PropertyPath} ${one.ExpectedValue} ${one.ActualValue}`).toSorted(),
    [
      '/BillingMode PROVISIONED PAY_PER_REQUEST',
      '/ProvisionedThroughput/ReadCapacityUnits 5 0',
      '/ProvisionedThroughput/WriteCapacityUnits 1 0',
    ],
  );
});

test('an index that others have made stays where the template changes something else', async () => {
  await using cloud = await startTestCloud();
  const template = (DeletionProtectionEnabled: boolean) =>
    templateOf({
      Table: {
        Type: 'AWS::DynamoDB::Table',
        Properties: { ...keyed, TableName: 'games', DeletionProtectionEnabled },
      },
    });
  await create(cloud, 's', template(true));
  const dynamodb = cloud.client(DynamoDBClient);
  const Create = {
    IndexName: 'theirs',
    KeySchema: [{ AttributeName: 'color', KeyType: 'HASH' as const }],
    Projection: { ProjectionType: 'ALL' as const },
  };
  await dynamodb.send(
    new UpdateTableCommand({
      TableName: 'games',
      AttributeDefinitions: [{ AttributeName: 'color', AttributeType: 'S' }],
      GlobalSecondaryIndexUpdates: [{ Create }],
    }),
  );
  await cloud.server.cloud.settle();
  await cloud
    .client(CloudFormationClient)
    .send(new UpdateStackCommand({ StackName: 's', TemplateBody: template(false) }));
  await expectStatus(cloud, 's', 'UPDATE_COMPLETE');
  const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: 'games' }));
  assert.deepEqual(
    [Table?.DeletionProtectionEnabled, Table?.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName)],
    [false, ['theirs']],
  );
});

test('definitions are those of keys, in changes, too', async () => {
  await using cloud = await startTestCloud();
  const of = (...names: string[]) =>
    templateOf({
      Table: {
        Type: 'AWS::DynamoDB::Table',
        Properties: {
          ...keyed,
          AttributeDefinitions: names.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
        },
      },
    });
  await create(cloud, 's', of('id'));
  await cloud
    .client(CloudFormationClient)
    .send(new UpdateStackCommand({ StackName: 's', TemplateBody: of('id', 'b') }));
  await expectStatus(cloud, 's', 'UPDATE_ROLLBACK_COMPLETE');
  assert.match((await reasons(cloud, 's'))[0] ?? '', /Number of attributes in KeySchema does not exactly match number/);
});

test('a table that has a key of its own does not drift, under whichever name the template has it', async () => {
  await using cloud = await startTestCloud();
  const { KeyMetadata } = await cloud.client(KMSClient).send(new CreateKeyCommand({}));
  const table = (SSESpecification: object) => ({
    T: {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        SSESpecification,
      },
    },
  });
  const sealed = { SSEEnabled: true, SSEType: 'KMS' };
  await create(cloud, 'sealed', templateOf(table({ ...sealed, KMSMasterKeyId: KeyMetadata?.KeyId })));
  await update(cloud, 'sealed', templateOf(table({ ...sealed, KMSMasterKeyId: KeyMetadata?.Arn })));
  await update(cloud, 'sealed', templateOf(table({ SSEEnabled: false })));
});
