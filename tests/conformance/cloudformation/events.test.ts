import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFormationClient,
  CreateChangeSetCommand,
  CreateStackCommand,
  DescribeEventsCommand,
  type DescribeEventsCommandInput,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
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
