/** Stacks as they are found: by their state, by what they have; and for how long, once they are gone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeAccountLimitsCommand,
  DescribeStackEventsCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  GetTemplateCommand,
  ListStacksCommand,
  type StackStatus,
} from '@aws-sdk/client-cloudformation';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { create, physicalIds, remove, settled, templateOf } from './stacks.ts';

const DAY = 86_400_000;
const queue = (Properties: object = {}) => ({ Type: 'AWS::SQS::Queue', Properties });

test('stacks are listed by their state, the newest first', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const list = async (...StackStatusFilter: StackStatus[]) => {
    const { StackSummaries } = await formation.send(new ListStacksCommand({ StackStatusFilter }));
    return StackSummaries?.map(({ StackName }) => StackName);
  };
  for (const name of ['one', 'two', 'three']) {
    await create(cloud, name, templateOf({ Queue: queue() }));
    await cloud.advance(1_000);
  }
  await formation.send(
    new CreateStackCommand({ StackName: 'four', TemplateBody: templateOf({ Queue: queue({ DelaySeconds: 'x' }) }) }),
  );
  await settled(cloud, 'four');
  await remove(cloud, 'two');
  assert.deepEqual(await list(), ['four', 'three', 'two', 'one']);
  assert.deepEqual(await list('CREATE_COMPLETE'), ['three', 'one']);
  assert.deepEqual(await list('DELETE_COMPLETE', 'CREATE_COMPLETE', 'CREATE_COMPLETE'), ['three', 'two', 'one']);
  assert.deepEqual(await list('ROLLBACK_COMPLETE', 'UPDATE_FAILED'), ['four']);
});

test('a stack is found by what it has', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  await create(cloud, 's', templateOf({ One: queue(), Two: queue() }));
  const { One: PhysicalResourceId = '' } = await physicalIds(cloud, 's');
  const { StackResources } = await formation.send(new DescribeStackResourcesCommand({ PhysicalResourceId }));
  assert.deepEqual(
    StackResources?.map(({ StackName, LogicalResourceId }) => `${StackName} ${LogicalResourceId}`),
    ['s One', 's Two'],
  );
  await remove(cloud, 's');
  for (const [input, said] of [
    [{ PhysicalResourceId }, `Stack for ${PhysicalResourceId} does not exist`],
    [{}, 'Either StackName or PhysicalResourceId must be specified.'],
  ] as const)
    assert.equal((await failure(formation.send(new DescribeStackResourcesCommand(input)))).message, said);
});

test('a stack that is gone is known for ninety days', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  await create(cloud, 's', templateOf({ Queue: queue() }));
  const StackName = (await settled(cloud, 's'))?.StackId ?? '';
  await remove(cloud, 's');
  await create(cloud, 's', templateOf({ Queue: queue() }));
  await cloud.advance(89 * DAY);
  const { Stacks } = await formation.send(new DescribeStacksCommand({ StackName }));
  assert.equal(Stacks?.[0]?.StackStatus, 'DELETE_COMPLETE');
  assert.ok((await formation.send(new GetTemplateCommand({ StackName }))).TemplateBody);
  await cloud.advance(2 * DAY);
  for (const command of [new DescribeStacksCommand({ StackName }), new DescribeStackEventsCommand({ StackName })])
    assert.match((await failure(formation.send(command as DescribeStacksCommand))).message, /does not exist$/);
  const { StackSummaries } = await formation.send(new ListStacksCommand({}));
  assert.deepEqual(
    StackSummaries?.map(({ StackStatus }) => StackStatus),
    ['CREATE_COMPLETE'],
  );
});

test('limits of an account are told', async () => {
  await using cloud = await startTestCloud();
  const { AccountLimits } = await cloud.client(CloudFormationClient).send(new DescribeAccountLimitsCommand({}));
  assert.deepEqual(
    AccountLimits?.map(({ Name, Value }) => [Name, Value]),
    [
      ['StackLimit', 2_000],
      ['StackOutputsLimit', 200],
      ['ConcurrentResourcesLimit', 2_500],
    ],
  );
});
