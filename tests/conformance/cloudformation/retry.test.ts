/** What a service refuses for now is tried again, for a while. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudFormationClient, CreateStackCommand, UpdateStackCommand } from '@aws-sdk/client-cloudformation';
import { startTestCloud } from '../../support/cloud.ts';
import { create, events, expectStatus, reasons, templateOf } from './stacks.ts';

test('a step that is throttled is tried again, and fails after a minute', async () => {
  await using cloud = await startTestCloud();
  const { faults } = cloud.server.cloud.kernel;
  const formation = cloud.client(CloudFormationClient);
  const throttle = { id: 'busy', service: 'sqs', probability: 1, effect: { kind: 'throttle' } } as const;
  const TemplateBody = templateOf({ Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'jobs' } } });
  faults.put(throttle);
  await formation.send(new CreateStackCommand({ StackName: 'patient', TemplateBody }));
  await expectStatus(cloud, 'patient', 'CREATE_IN_PROGRESS');
  faults.remove('busy');
  await cloud.advance(1_000);
  await expectStatus(cloud, 'patient', 'CREATE_COMPLETE');
  assert.deepEqual(await events(cloud, 'patient'), [
    'patient CREATE_IN_PROGRESS',
    'Queue CREATE_IN_PROGRESS',
    'Queue CREATE_COMPLETE',
    'patient CREATE_COMPLETE',
  ]);
  faults.put(throttle);
  await formation.send(new CreateStackCommand({ StackName: 'late', TemplateBody }));
  await cloud.advance(62_000);
  await expectStatus(cloud, 'late', 'CREATE_IN_PROGRESS');
  await cloud.advance(2_000);
  await expectStatus(cloud, 'late', 'ROLLBACK_COMPLETE');
  assert.match((await reasons(cloud, 'late'))[0] ?? '', /^Queue: Resource handler returned message: "Rate exceeded"/);
});

test("a table that is under DynamoDB's own key since the step was tried first stays so", async () => {
  await using cloud = await startTestCloud();
  const { faults } = cloud.server.cloud.kernel;
  const table = (more: object) =>
    templateOf({
      Table: {
        Type: 'AWS::DynamoDB::Table',
        Properties: {
          TableName: 'things',
          AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
          KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
          BillingMode: 'PAY_PER_REQUEST',
          ...more,
        },
      },
    });
  await create(cloud, 'stack', table({}));
  faults.put({
    id: 'busy',
    service: 'dynamodb',
    operation: 'UpdateContinuousBackups',
    probability: 1,
    effect: { kind: 'throttle' },
  });
  const TemplateBody = table({
    SSESpecification: { SSEEnabled: true },
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
  });
  await cloud.client(CloudFormationClient).send(new UpdateStackCommand({ StackName: 'stack', TemplateBody }));
  await cloud.advance(2_000);
  await expectStatus(cloud, 'stack', 'UPDATE_IN_PROGRESS');
  faults.remove('busy');
  await cloud.advance(2_000);
  await expectStatus(cloud, 'stack', 'UPDATE_COMPLETE');
});

test('a subscription filter waits half a minute for what its role may', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const att = (...names: [string, string]) => ({ 'Fn::GetAtt': names });
  const allow = (Action: string, more: object) => ({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action, ...more }],
  });
  const filtered = (action: string) =>
    templateOf({
      Group: { Type: 'AWS::Logs::LogGroup' },
      Stream: { Type: 'AWS::Kinesis::Stream', Properties: { ShardCount: 1 } },
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: {
          AssumeRolePolicyDocument: allow('sts:AssumeRole', { Principal: { Service: 'logs.amazonaws.com' } }),
        },
      },
      Filter: {
        Type: 'AWS::Logs::SubscriptionFilter',
        Properties: {
          LogGroupName: { Ref: 'Group' },
          FilterPattern: '',
          DestinationArn: att('Stream', 'Arn'),
          RoleArn: att('Role', 'Arn'),
        },
      },
      Later: { Type: 'AWS::SQS::Queue', DependsOn: ['Role', 'Stream', 'Group'] },
      // Nothing says that the filter needs it.
      Policy: {
        Type: 'AWS::IAM::Policy',
        DependsOn: 'Later',
        Properties: {
          PolicyName: 'write',
          PolicyDocument: allow(action, { Resource: '*' }),
          Roles: [{ Ref: 'Role' }],
        },
      },
    });
  const make = (StackName: string, action: string) =>
    formation.send(
      new CreateStackCommand({ StackName, TemplateBody: filtered(action), Capabilities: ['CAPABILITY_IAM'] }),
    );
  await make('early', 'kinesis:PutRecord');
  await expectStatus(cloud, 'early', 'CREATE_IN_PROGRESS');
  await cloud.advance(1_000);
  await expectStatus(cloud, 'early', 'CREATE_COMPLETE');
  await make('never', 'kinesis:GetRecords');
  await cloud.advance(30_000);
  await expectStatus(cloud, 'never', 'CREATE_IN_PROGRESS');
  await cloud.advance(1_000);
  await expectStatus(cloud, 'never', 'ROLLBACK_COMPLETE');
  assert.match((await reasons(cloud, 'never'))[0] ?? '', /^Filter: .*Could not deliver test message/);
});
