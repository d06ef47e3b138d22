import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFormationClient,
  CreateChangeSetCommand,
  CreateStackCommand,
  DescribeChangeSetCommand,
  ExecuteChangeSetCommand,
  type RollbackConfiguration,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  PutCompositeAlarmCommand,
  PutMetricAlarmCommand,
  SetAlarmStateCommand,
  type StateValue,
} from '@aws-sdk/client-cloudwatch';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { create, events, expectStatus, reasons, settled, templateOf, update } from './stacks.ts';

const MINUTE = 60_000;
const arn = (name: string) => `arn:aws:cloudwatch:us-east-1:123456789012:alarm:${name}`;
const trigger = (name: string, Type = 'AWS::CloudWatch::Alarm') => ({ Arn: arn(name), Type });
const queue = (DelaySeconds: number) =>
  templateOf({ Queue: { Type: 'AWS::SQS::Queue', Properties: { DelaySeconds } } });

async function alarm(cloud: TestCloud, AlarmName: string) {
  await cloud.client(CloudWatchClient).send(
    new PutMetricAlarmCommand({
      AlarmName,
      Namespace: 'App',
      MetricName: 'Errors',
      Statistic: 'Sum',
      Period: 86_400,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanThreshold',
    }),
  );
}

async function set(cloud: TestCloud, AlarmName: string, StateValue: StateValue) {
  await cloud.client(CloudWatchClient).send(new SetAlarmStateCommand({ AlarmName, StateValue, StateReason: 'test' }));
  await cloud.server.cloud.settle();
}

function begin(cloud: TestCloud, RollbackConfiguration: RollbackConfiguration) {
  const formation = cloud.client(CloudFormationClient);
  return formation.send(new CreateStackCommand({ StackName: 's', TemplateBody: queue(1), RollbackConfiguration }));
}

test('a stack is watched after all is made; an alarm makes it go back', async () => {
  await using cloud = await startTestCloud();
  await alarm(cloud, 'errors');
  await begin(cloud, { RollbackTriggers: [trigger('errors')], MonitoringTimeInMinutes: 10 });
  assert.equal((await settled(cloud, 's'))?.StackStatus, 'CREATE_IN_PROGRESS');
  assert.ok((await events(cloud, 's')).includes('Queue CREATE_COMPLETE'));
  await cloud.advance(9 * MINUTE);
  assert.equal((await settled(cloud, 's'))?.StackStatus, 'CREATE_IN_PROGRESS');
  await set(cloud, 'errors', 'ALARM');
  await expectStatus(cloud, 's', 'ROLLBACK_COMPLETE');
  assert.deepEqual(await reasons(cloud, 's'), [`s: Rollback trigger ${arn('errors')} is in ALARM state. `]);
});

test('what has been watched for its time stays; the configuration is kept for the next update, until it is emptied', async () => {
  await using cloud = await startTestCloud();
  await alarm(cloud, 'errors');
  const configuration = { RollbackTriggers: [trigger('errors')], MonitoringTimeInMinutes: 10 };
  await begin(cloud, configuration);
  await cloud.advance(10 * MINUTE);
  const made = await settled(cloud, 's');
  assert.equal(made?.StackStatus, 'CREATE_COMPLETE');
  assert.deepEqual(made?.RollbackConfiguration, configuration);
  await set(cloud, 'errors', 'ALARM');
  assert.equal((await settled(cloud, 's'))?.StackStatus, 'CREATE_COMPLETE');
  const formation = cloud.client(CloudFormationClient);
  await formation.send(new UpdateStackCommand({ StackName: 's', TemplateBody: queue(2) }));
  await expectStatus(cloud, 's', 'UPDATE_ROLLBACK_COMPLETE');
  assert.ok(!(await events(cloud, 's')).includes('Queue UPDATE_IN_PROGRESS'));
  await update(cloud, 's', queue(2), { RollbackConfiguration: { RollbackTriggers: [], MonitoringTimeInMinutes: 0 } });
  assert.deepEqual((await settled(cloud, 's'))?.RollbackConfiguration, {});
});

test('an alarm of alarms stops an update in its course; old resources are removed once the time is over', async () => {
  await using cloud = await startTestCloud();
  await alarm(cloud, 'errors');
  await cloud
    .client(CloudWatchClient)
    .send(new PutCompositeAlarmCommand({ AlarmName: 'all', AlarmRule: 'ALARM(errors)' }));
  const named = (QueueName: string) => templateOf({ Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName } } });
  await create(cloud, 's', named('one'));
  const formation = cloud.client(CloudFormationClient);
  const RollbackConfiguration = {
    RollbackTriggers: [trigger('all', 'AWS::CloudWatch::CompositeAlarm')],
    MonitoringTimeInMinutes: 5,
  };
  const change = (QueueName: string) =>
    formation.send(new UpdateStackCommand({ StackName: 's', TemplateBody: named(QueueName), RollbackConfiguration }));
  await change('two');
  await cloud.advance(4 * MINUTE);
  assert.ok(!(await events(cloud, 's')).includes('Queue DELETE_IN_PROGRESS'));
  await cloud.advance(MINUTE);
  await expectStatus(cloud, 's', 'UPDATE_COMPLETE');
  assert.ok((await events(cloud, 's')).includes('Queue DELETE_IN_PROGRESS'));
  await change('three');
  await cloud.server.cloud.settle();
  await set(cloud, 'errors', 'ALARM');
  await expectStatus(cloud, 's', 'UPDATE_ROLLBACK_COMPLETE');
});

test('a trigger that is missing, or of another type, fails the operation', async () => {
  await using cloud = await startTestCloud();
  await begin(cloud, { RollbackTriggers: [trigger('nowhere')] });
  await expectStatus(cloud, 's', 'ROLLBACK_COMPLETE');
  assert.deepEqual(await reasons(cloud, 's'), [`s: Rollback trigger ${arn('nowhere')} does not exist. `]);
  await alarm(cloud, 'errors');
  const wrong = await failure(begin(cloud, { RollbackTriggers: [trigger('errors', 'AWS::SNS::Topic')] }));
  assert.equal(wrong.message, 'Stack [s] already exists');
  const formation = cloud.client(CloudFormationClient);
  const other = (RollbackConfiguration: RollbackConfiguration) =>
    failure(formation.send(new CreateStackCommand({ StackName: 't', TemplateBody: queue(1), RollbackConfiguration })));
  assert.equal(
    (await other({ RollbackTriggers: [trigger('errors', 'AWS::SNS::Topic')] })).message,
    'RollbackTrigger type AWS::SNS::Topic is not supported',
  );
  const six = await other({ RollbackTriggers: Array.from({ length: 6 }, () => trigger('errors')) });
  assert.match(six.message, /Member must have length less than or equal to 5/);
  assert.match((await other({ MonitoringTimeInMinutes: 181 })).message, /less than or equal to 180/);
});

test('a change set carries its configuration to the stack', async () => {
  await using cloud = await startTestCloud();
  await alarm(cloud, 'errors');
  await create(cloud, 's', queue(1));
  const formation = cloud.client(CloudFormationClient);
  const RollbackConfiguration = { RollbackTriggers: [trigger('errors')], MonitoringTimeInMinutes: 1 };
  const of = { StackName: 's', ChangeSetName: 'c' };
  await formation.send(new CreateChangeSetCommand({ ...of, TemplateBody: queue(2), RollbackConfiguration }));
  await cloud.server.cloud.settle();
  const shown = await formation.send(new DescribeChangeSetCommand(of));
  assert.deepEqual([shown.Status, shown.RollbackConfiguration], ['CREATE_COMPLETE', RollbackConfiguration]);
  await formation.send(new ExecuteChangeSetCommand(of));
  assert.equal((await settled(cloud, 's'))?.StackStatus, 'UPDATE_IN_PROGRESS');
  await cloud.client(CloudWatchClient).send(new DeleteAlarmsCommand({ AlarmNames: ['errors'] }));
  await cloud.advance(MINUTE);
  await expectStatus(cloud, 's', 'UPDATE_ROLLBACK_COMPLETE');
});

test('settings without effect are refused by name', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const refused = async (TemplateBody: string, more: object = {}) => {
    const error = await failure(
      formation.send(
        new CreateChangeSetCommand({
          StackName: 's',
          ChangeSetName: 'c',
          ChangeSetType: 'CREATE',
          TemplateBody,
          ...more,
        }),
      ),
    );
    return [error.name, error.message];
  };
  for (const [template, more, name] of [
    [
      templateOf({
        Alias: {
          Type: 'AWS::Lambda::Alias',
          Properties: { FunctionName: 'f', FunctionVersion: '1', Name: 'live' },
          UpdatePolicy: { CodeDeployLambdaAliasUpdate: { ApplicationName: 'a', DeploymentGroupName: 'g' } },
        },
      }),
      {},
      'UpdatePolicy CodeDeployLambdaAliasUpdate',
    ],
  ] as const)
    assert.deepEqual(await refused(template, more), ['NotImplemented', `Cloudyard has not built ${name} yet`]);
  const ignored = templateOf({
    Queue: { Type: 'AWS::SQS::Queue', UpdatePolicy: { UseOnlineResharding: true }, CreationPolicy: {} },
  });
  await create(cloud, 'ignored', ignored);
});
