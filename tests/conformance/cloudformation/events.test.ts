import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFormationClient,
  CreateChangeSetCommand,
  CreateStackCommand,
  DescribeChangeSetCommand,
  DescribeEventsCommand,
  type DescribeEventsCommandInput,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
} from '@aws-sdk/client-cloudformation';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { create, expectStatus, templateOf } from './stacks.ts';

const queue = (Properties: object = {}) => ({ Type: 'AWS::SQS::Queue', Properties });

async function eventsOf(cloud: TestCloud, input: DescribeEventsCommandInput) {
  const { OperationEvents = [] } = await cloud.client(CloudFormationClient).send(new DescribeEventsCommand(input));
  return OperationEvents.toReversed();
}

const told = (all: Awaited<ReturnType<typeof eventsOf>>) =>
  all
    .filter(({ ResourceStatusReason }) => ResourceStatusReason !== 'Resource creation Initiated')
    .map((one) =>
      [one.OperationType, one.EventType, one.LogicalResourceId, one.ResourceStatus, one.OperationStatus]
        .filter((text) => text !== undefined)
        .join(' '),
    );

test('events by operation; a rollback is one of its own', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const TemplateBody = templateOf({ Good: queue(), Bad: { ...queue({ DelaySeconds: 9_999 }), DependsOn: 'Good' } });
  const { OperationId, StackId } = await formation.send(new CreateStackCommand({ StackName: 's', TemplateBody }));
  await expectStatus(cloud, 's', 'ROLLBACK_COMPLETE');
  assert.deepEqual(told(await eventsOf(cloud, { OperationId })), [
    'CREATE_STACK STACK_EVENT s CREATE_IN_PROGRESS IN_PROGRESS',
    'CREATE_STACK PROGRESS_EVENT Good CREATE_IN_PROGRESS',
    'CREATE_STACK PROGRESS_EVENT Good CREATE_COMPLETE',
    'CREATE_STACK PROGRESS_EVENT Bad CREATE_IN_PROGRESS',
    'CREATE_STACK PROVISIONING_ERROR Bad CREATE_FAILED',
  ]);
  const failed = await eventsOf(cloud, { StackName: 's', Filters: { FailedEvents: true } });
  assert.deepEqual(told(failed), ['CREATE_STACK PROVISIONING_ERROR Bad CREATE_FAILED']);
  assert.match(failed[0]?.ResourceStatusReason ?? '', /DelaySeconds/);
  const { Stacks } = await formation.send(new DescribeStacksCommand({ StackName: StackId }));
  const operations = Stacks?.[0]?.LastOperations;
  assert.deepEqual(
    operations?.map((one) => one.OperationType),
    ['ROLLBACK', 'CREATE_STACK'],
  );
  assert.equal(operations?.[1]?.OperationId, OperationId);
  assert.deepEqual(told(await eventsOf(cloud, { OperationId: operations?.[0]?.OperationId })), [
    'ROLLBACK STACK_EVENT s ROLLBACK_IN_PROGRESS IN_PROGRESS',
    'ROLLBACK PROGRESS_EVENT Bad DELETE_COMPLETE',
    'ROLLBACK PROGRESS_EVENT Good DELETE_IN_PROGRESS',
    'ROLLBACK PROGRESS_EVENT Good DELETE_COMPLETE',
    'ROLLBACK STACK_EVENT s ROLLBACK_COMPLETE SUCCEEDED',
  ]);
});

test('how a change set was made', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const TemplateBody = templateOf({ Queue: queue() });
  await create(cloud, 's', TemplateBody);
  const { Id: ChangeSetName = '' } = await formation.send(
    new CreateChangeSetCommand({ StackName: 's', ChangeSetName: 'same', TemplateBody }),
  );
  await cloud.server.cloud.settle();
  const all = await eventsOf(cloud, { ChangeSetName });
  assert.deepEqual(told(all), ['CREATE_CHANGESET STACK_EVENT IN_PROGRESS', 'CREATE_CHANGESET STACK_EVENT FAILED']);
  // None of its resources has failed.
  assert.deepEqual(await eventsOf(cloud, { OperationId: all[0]?.OperationId, Filters: { FailedEvents: true } }), []);
});

test('one of three has to be said', async () => {
  await using cloud = await startTestCloud();
  const none = await failure(eventsOf(cloud, {}));
  assert.equal(none.message, 'One of ChangeSetName, OperationId or StackName must be specified');
  assert.deepEqual(await eventsOf(cloud, { OperationId: '11111111-1111-1111-1111-111111111111' }), []);
});

test('what is not to be echoed is in no event, and in no change set', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const ssm = cloud.client(SSMClient);
  const parameter = (Value: unknown, Description: unknown) => ({
    Type: 'AWS::SSM::Parameter',
    Properties: { Name: '/shown', Type: 'String', Value, Description },
  });
  const template = (Description: unknown) =>
    templateOf(
      { P: parameter({ Ref: 'Password' }, Description) },
      {
        Parameters: { Password: { Type: 'String', NoEcho: true }, Pin: { Type: 'String', NoEcho: true, Default: '1' } },
      },
    );
  const given = (ParameterValue: string) => [{ ParameterKey: 'Password', ParameterValue }];
  const told = async () => {
    const { StackEvents = [] } = await formation.send(new DescribeStackEventsCommand({ StackName: 's' }));
    return StackEvents.map(({ ResourceProperties = '' }) => ResourceProperties).filter((text) => text.startsWith('{'));
  };
  const TemplateBody = template({ 'Fn::Sub': `is \${Password}, not 21 but \${Pin}` });
  await create(cloud, 's', TemplateBody, { Parameters: given('hunter2') });
  const { Parameter } = await ssm.send(new GetParameterCommand({ Name: '/shown' }));
  assert.equal(Parameter?.Value, 'hunter2');
  const properties = { Name: '/shown', Type: 'String', Value: '****', Description: 'is ****, not 21 but 1' };
  for (const text of await told()) assert.deepEqual(JSON.parse(text), properties);
  const { Stacks } = await formation.send(new DescribeStacksCommand({ StackName: 's' }));
  assert.deepEqual(
    Stacks?.[0]?.Parameters?.map(({ ParameterValue }) => ParameterValue),
    ['****', '****'],
  );
  const set = { StackName: 's', ChangeSetName: 'c' };
  await formation.send(
    new CreateChangeSetCommand({ ...set, TemplateBody: template('x'), Parameters: given('correct horse') }),
  );
  await cloud.server.cloud.settle();
  const found = await formation.send(new DescribeChangeSetCommand({ ...set, IncludePropertyValues: true }));
  assert.doesNotMatch(JSON.stringify(found), /hunter2|correct horse/);
  assert.match(found.Changes?.[0]?.ResourceChange?.AfterContext ?? '', /"Value":"\*{4}"/);
  await formation.send(new ExecuteChangeSetCommand(set));
  await expectStatus(cloud, 's', 'UPDATE_COMPLETE');
  assert.equal((await ssm.send(new GetParameterCommand({ Name: '/shown' }))).Parameter?.Value, 'correct horse');
  assert.doesNotMatch((await told()).join(), /hunter2|correct horse/);
});
