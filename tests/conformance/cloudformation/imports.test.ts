/** Imports: what a change set that takes things in refuses. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFormationClient,
  CreateChangeSetCommand,
  DescribeChangeSetCommand,
  ExecuteChangeSetCommand,
} from '@aws-sdk/client-cloudformation';
import { CloudFrontClient, CreateDistributionCommand, GetDistributionConfigCommand } from '@aws-sdk/client-cloudfront';
import { CreateTableCommand, DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { create, expectStatus, physicalIds, templateOf } from './stacks.ts';

const queue = (Properties: object = {}, more: object = {}) => ({ Type: 'AWS::SQS::Queue', Properties, ...more });
const KEPT = { DeletionPolicy: 'Retain' };

async function imported(cloud: TestCloud, StackName: string, Resources: object, QueueUrl: string) {
  const formation = cloud.client(CloudFormationClient);
  const { Id: ChangeSetName } = await formation.send(
    new CreateChangeSetCommand({
      StackName,
      ChangeSetName: `take-${Object.keys(Resources).join('-')}`,
      ChangeSetType: 'IMPORT',
      TemplateBody: templateOf(Resources),
      ResourcesToImport: [
        { ResourceType: 'AWS::SQS::Queue', LogicalResourceId: 'Old', ResourceIdentifier: { QueueUrl } },
      ],
    }),
  );
  await cloud.server.cloud.settle();
  const { Status, StatusReason } = await formation.send(new DescribeChangeSetCommand({ ChangeSetName }));
  return [Status, StatusReason];
}

test('what is imported is in the template, with a policy', async () => {
  await using cloud = await startTestCloud();
  const { QueueUrl = '' } = await cloud.client(SQSClient).send(new CreateQueueCommand({ QueueName: 'old' }));
  const Old = queue({ QueueName: 'old' });
  assert.equal(
    (await failure(imported(cloud, 's', { Old }, QueueUrl))).message,
    'The following resources to import [Old] must have DeletionPolicy attribute specified in the template.',
  );
  assert.equal(
    (await failure(imported(cloud, 's', { Other: { ...Old, ...KEPT } }, QueueUrl))).message,
    'The following resources to import [Old] are not in the template.',
  );
});

test('nothing else changes meanwhile', async () => {
  await using cloud = await startTestCloud();
  await create(cloud, 's', templateOf({ Mine: queue() }));
  const { QueueUrl = '' } = await cloud.client(SQSClient).send(new CreateQueueCommand({ QueueName: 'old' }));
  const Old = queue({ QueueName: 'old' }, KEPT);
  for (const [others, names] of [
    [{ Mine: queue({ DelaySeconds: 5 }) }, 'Mine'],
    [{ Mine: queue(), New: queue() }, 'New'],
    [{ New: queue() }, 'Mine, New'],
  ] as const) {
    const [status, reason = ''] = await imported(cloud, 's', { Old, ...others }, QueueUrl);
    assert.equal(status, 'FAILED');
    assert.ok(reason.startsWith(`You have modified resources [${names}] in your template`), reason);
  }
});

test('what is imported stays as it is, whatever the template says', async () => {
  await using cloud = await startTestCloud();
  const [ssm, dynamodb, cloudfront] = [
    cloud.client(SSMClient),
    cloud.client(DynamoDBClient),
    cloud.client(CloudFrontClient),
  ];
  await ssm.send(new PutParameterCommand({ Name: 'p', Value: 'theirs', Type: 'String' }));
  const index = {
    IndexName: 'by-color',
    KeySchema: [{ AttributeName: 'color', KeyType: 'HASH' as const }],
    Projection: { ProjectionType: 'ALL' as const },
  };
  const keyed = {
    TableName: 'theirs',
    BillingMode: 'PAY_PER_REQUEST' as const,
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' as const }],
  };
  const attribute = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' as const });
  await dynamodb.send(
    new CreateTableCommand({
      ...keyed,
      AttributeDefinitions: [attribute('id'), attribute('color')],
      GlobalSecondaryIndexes: [index],
    }),
  );
  const origin = { Id: 'o', DomainName: 'example.com' };
  const behavior = { TargetOriginId: 'o', ViewerProtocolPolicy: 'allow-all' as const };
  const CachePolicyId = '658327ea-f89d-4fab-a63d-7e88639e58f6';
  const { Distribution } = await cloudfront.send(
    new CreateDistributionCommand({
      DistributionConfig: {
        CallerReference: 'c',
        Comment: 'theirs',
        Enabled: false,
        Origins: {
          Quantity: 1,
          Items: [
            { ...origin, CustomOriginConfig: { HTTPPort: 80, HTTPSPort: 443, OriginProtocolPolicy: 'match-viewer' } },
          ],
        },
        DefaultCacheBehavior: { ...behavior, CachePolicyId },
      },
    }),
  );
  const DistributionConfig = {
    Comment: 'ours',
    Enabled: false,
    Origins: [{ ...origin, CustomOriginConfig: { OriginProtocolPolicy: 'match-viewer' } }],
    DefaultCacheBehavior: { ...behavior, CachePolicyId },
  };
  const Id = Distribution?.Id ?? '';
  const resources = {
    Parameter: { Type: 'AWS::SSM::Parameter', Properties: { Name: 'p', Type: 'String', Value: 'ours' }, ...KEPT },
    Table: {
      Type: 'AWS::DynamoDB::Table',
      Properties: { ...keyed, AttributeDefinitions: [attribute('id')] },
      ...KEPT,
    },
    Site: { Type: 'AWS::CloudFront::Distribution', Properties: { DistributionConfig }, ...KEPT },
  };
  const formation = cloud.client(CloudFormationClient);
  const named = { StackName: 's', ChangeSetName: 'c' };
  await formation.send(
    new CreateChangeSetCommand({
      ...named,
      ChangeSetType: 'IMPORT',
      TemplateBody: templateOf(resources),
      ResourcesToImport: [
        { LogicalResourceId: 'Parameter', ResourceType: resources.Parameter.Type, ResourceIdentifier: { Name: 'p' } },
        { LogicalResourceId: 'Table', ResourceType: resources.Table.Type, ResourceIdentifier: { TableName: 'theirs' } },
        { LogicalResourceId: 'Site', ResourceType: resources.Site.Type, ResourceIdentifier: { Id } },
      ],
    }),
  );
  await cloud.server.cloud.settle();
  await formation.send(new ExecuteChangeSetCommand(named));
  await expectStatus(cloud, 's', 'IMPORT_COMPLETE');
  assert.equal((await ssm.send(new GetParameterCommand({ Name: 'p' }))).Parameter?.Value, 'theirs');
  const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: 'theirs' }));
  assert.deepEqual(
    Table?.GlobalSecondaryIndexes?.map((one) => [one.IndexName, one.IndexStatus]),
    [['by-color', 'ACTIVE']],
  );
  const { DistributionConfig: now } = await cloudfront.send(new GetDistributionConfigCommand({ Id }));
  assert.equal(now?.Comment, 'theirs');
});

test('what a stack has is not imported into another', async () => {
  await using cloud = await startTestCloud();
  await create(cloud, 'first', templateOf({ Mine: queue({ QueueName: 'old' }) }));
  const { Mine = '' } = await physicalIds(cloud, 'first');
  const [status, reason = ''] = await imported(cloud, 'second', { Old: queue({ QueueName: 'old' }, KEPT) }, Mine);
  assert.equal(status, 'FAILED');
  assert.match(reason, /^Resource of type 'AWS::SQS::Queue' with identifier '\S+' already exists in stack arn:/);
});
