import assert from 'node:assert/strict';
import { test } from 'node:test';
import { APIGatewayClient, GetRestApisCommand } from '@aws-sdk/client-api-gateway';
import { CloudFormationClient, CreateStackCommand } from '@aws-sdk/client-cloudformation';
import { CloudFrontClient, ListFunctionsCommand } from '@aws-sdk/client-cloudfront';
import { GetBucketAclCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand, GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs';
import { startTestCloud } from '../../support/cloud.ts';
import { allow, deny, policy, userWithKey } from '../iam/support.ts';
import { create, expectStatus, reasons, remove, templateOf } from './stacks.ts';

const ref = (name: string) => ({ Ref: name });

test('a queue whose name was given up a moment ago is made as soon as the name is free', async () => {
  await using cloud = await startTestCloud();
  const TemplateBody = templateOf({ Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'jobs' } } });
  await create(cloud, 'first', TemplateBody);
  await remove(cloud, 'first');
  await cloud.client(CloudFormationClient).send(new CreateStackCommand({ StackName: 'second', TemplateBody }));
  await expectStatus(cloud, 'second', 'CREATE_IN_PROGRESS');
  await cloud.advance(60_000);
  await expectStatus(cloud, 'second', 'CREATE_COMPLETE');
});

test('an API whose definition is wrong, and a stage that may not log, are removed again', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const Body = { swagger: '2.0', info: { title: 'a', version: '1' } };
  const Integration = { Type: 'MOCK' };
  const described = {
    Api: { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: 'a', FailOnWarnings: true, Body } },
  };
  const logged = {
    Api: { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: 'b' } },
    Get: {
      Type: 'AWS::ApiGateway::Method',
      Properties: {
        RestApiId: ref('Api'),
        ResourceId: { 'Fn::GetAtt': ['Api', 'RootResourceId'] },
        HttpMethod: 'GET',
        AuthorizationType: 'NONE',
        Integration,
      },
    },
    Deployment: {
      Type: 'AWS::ApiGateway::Deployment',
      DependsOn: 'Get',
      Properties: { RestApiId: ref('Api') },
    },
    Group: { Type: 'AWS::Logs::LogGroup' },
    Stage: {
      Type: 'AWS::ApiGateway::Stage',
      Properties: {
        RestApiId: ref('Api'),
        DeploymentId: ref('Deployment'),
        StageName: 'live',
        AccessLogSetting: { DestinationArn: { 'Fn::GetAtt': ['Group', 'Arn'] }, Format: '$context.requestId' },
      },
    },
  };
  for (const [StackName, resources] of Object.entries({ described, logged })) {
    await formation.send(new CreateStackCommand({ StackName, TemplateBody: templateOf(resources) }));
    await expectStatus(cloud, StackName, 'ROLLBACK_COMPLETE');
  }
  assert.deepEqual((await cloud.client(APIGatewayClient).send(new GetRestApisCommand({}))).items, []);
});

test('what was made and could not be finished is removed again', async () => {
  await using cloud = await startTestCloud();
  const TemplateBody = templateOf({
    Bucket: {
      Type: 'AWS::S3::Bucket',
      Properties: {
        BucketName: 'half',
        LifecycleConfiguration: { Rules: [{ Status: 'Enabled', ExpirationInDays: -1 }] },
      },
    },
  });
  await cloud.client(CloudFormationClient).send(new CreateStackCommand({ StackName: 'half', TemplateBody }));
  await expectStatus(cloud, 'half', 'ROLLBACK_COMPLETE');
  const { Buckets } = await cloud.client(S3Client, { forcePathStyle: true }).send(new ListBucketsCommand({}));
  assert.deepEqual(Buckets, []);
  const plain = templateOf({
    Bucket: { Type: 'AWS::S3::Bucket', Description: 'mine', Properties: { AccessControl: 'Private' } },
  });
  await create(cloud, 'plain', plain);
});

test('a function that may be made and not be published is removed again', async () => {
  await using cloud = await startTestCloud();
  const document = policy(allow('*', '*'), deny('cloudfront:PublishFunction'));
  const credentials = await userWithKey(cloud, 'deployer', document);
  const Properties = {
    Name: 'f',
    AutoPublish: true,
    FunctionConfig: { Comment: '', Runtime: 'cloudfront-js-2.0' },
    FunctionCode: 'function handler(event) { return event.request; }',
  };
  const TemplateBody = templateOf({ Function: { Type: 'AWS::CloudFront::Function', Properties } });
  const formation = cloud.client(CloudFormationClient, { credentials });
  await formation.send(new CreateStackCommand({ StackName: 'half', TemplateBody }));
  await expectStatus(cloud, 'half', 'ROLLBACK_COMPLETE');
  const { FunctionList } = await cloud.client(CloudFrontClient).send(new ListFunctionsCommand({}));
  assert.equal(FunctionList?.Quantity, 0);
});

test("a bucket for logs has S3's list for that; flags are texts in either case", async () => {
  await using cloud = await startTestCloud();
  const Properties = {
    BucketName: 'for-logs',
    AccessControl: 'LogDeliveryWrite',
    OwnershipControls: { Rules: [{ ObjectOwnership: 'ObjectWriter' }] },
  };
  const flags = { QueueName: 'sealed.fifo', FifoQueue: 'True', SqsManagedSseEnabled: 'False' };
  await create(
    cloud,
    'logs',
    templateOf({
      Logs: { Type: 'AWS::S3::Bucket', Properties },
      Queue: { Type: 'AWS::SQS::Queue', Properties: flags },
    }),
  );
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  const { Grants } = await s3.send(new GetBucketAclCommand({ Bucket: 'for-logs' }));
  const LOGS = 'http://acs.amazonaws.com/groups/s3/LogDelivery';
  assert.deepEqual(
    Grants?.slice(1).map(({ Grantee, Permission }) => [Grantee?.URI, Permission]),
    [
      [LOGS, 'WRITE'],
      [LOGS, 'READ_ACP'],
    ],
  );
  const sqs = cloud.client(SQSClient);
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: 'sealed.fifo' }));
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['FifoQueue', 'SqsManagedSseEnabled'] }),
  );
  assert.deepEqual(Attributes, { FifoQueue: 'true', SqsManagedSseEnabled: 'false' });
});

test('what is not built of an analysis is told by its name', async () => {
  await using cloud = await startTestCloud();
  const Destination = { BucketArn: 'arn:aws:s3:::elsewhere', Format: 'CSV', Prefix: 'p' };
  const StorageClassAnalysis = { DataExport: { Destination, OutputSchemaVersion: 'V_1' } };
  const Bucket = {
    Type: 'AWS::S3::Bucket',
    Properties: { AnalyticsConfigurations: [{ Id: 'all', StorageClassAnalysis }] },
  };
  const TemplateBody = templateOf({ Bucket });
  await cloud.client(CloudFormationClient).send(new CreateStackCommand({ StackName: 's', TemplateBody }));
  await expectStatus(cloud, 's', 'ROLLBACK_COMPLETE');
  assert.match((await reasons(cloud, 's'))[0] ?? '', /has not built exports of storage class analyses/);
});
