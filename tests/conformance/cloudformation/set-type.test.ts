/** AWS::CloudFormation::StackSet in templates. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStackSetCommand,
  ListStackSetsCommand,
} from '@aws-sdk/client-cloudformation';
import { startTestCloud } from '../../support/cloud.ts';
import { HOME, instances, OTHER, trusted } from './sets.ts';
import { create, expectStatus, physicalIds, reasons, remove, templateOf, update } from './stacks.ts';

const queue = (DelaySeconds: number) =>
  templateOf({ Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'jobs', DelaySeconds } } });
const group = (Accounts: string[], Regions: string[]) => ({ DeploymentTargets: { Accounts }, Regions });
const set = (TemplateBody: string, StackInstancesGroup: object[], more: object = {}) =>
  templateOf({
    Set: {
      Type: 'AWS::CloudFormation::StackSet',
      Properties: {
        StackSetName: 'fleet',
        PermissionModel: 'SELF_MANAGED',
        TemplateBody,
        StackInstancesGroup,
        ...more,
      },
    },
  });

test('a set in a template: made, changed, given other instances, removed', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  await trusted(cloud, HOME, OTHER);
  await create(cloud, 's', set(queue(1), [group([HOME, OTHER], ['us-east-1'])]));
  const { Set: id = '' } = await physicalIds(cloud, 's');
  assert.match(id, /^fleet:/);
  assert.deepEqual(await instances(cloud), [
    `${HOME} us-east-1 CURRENT SUCCEEDED`,
    `${OTHER} us-east-1 CURRENT SUCCEEDED`,
  ]);
  await update(cloud, 's', set(queue(2), [group([HOME], ['us-east-1', 'eu-west-1'])], { Description: 'other' }));
  assert.equal((await physicalIds(cloud, 's')).Set, id);
  assert.deepEqual(await instances(cloud), [
    `${HOME} eu-west-1 CURRENT SUCCEEDED`,
    `${HOME} us-east-1 CURRENT SUCCEEDED`,
  ]);
  const { StackSet } = await formation.send(new DescribeStackSetCommand({ StackSetName: 'fleet' }));
  assert.equal(StackSet?.Description, 'other');
  assert.equal(StackSet?.TemplateBody, queue(2));
  await remove(cloud, 's');
  const { Summaries } = await formation.send(new ListStackSetsCommand({}));
  assert.deepEqual(
    Summaries?.map(({ StackSetId, Status }) => [StackSetId, Status]),
    [[id, 'DELETED']],
  );
});

test('a set whose instances fail goes again', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  await trusted(cloud, HOME);
  const TemplateBody = set(queue(1), [group([OTHER], ['us-east-1'])]);
  await formation.send(new CreateStackCommand({ StackName: 's', TemplateBody }));
  await expectStatus(cloud, 's', 'ROLLBACK_COMPLETE');
  assert.match(
    (await reasons(cloud, 's'))[0] ?? '',
    /^Set: Resource handler returned message: "Resource of type 'Stack set operation \[\S+\] was unexpectedly stopped or failed\. status reason\(s\): \[FAILED\]' with identifier 'fleet:\S+' did not stabilize\." \(HandlerErrorCode: NotStabilized\)$/,
  );
  assert.deepEqual((await formation.send(new ListStackSetsCommand({ Status: 'ACTIVE' }))).Summaries, []);
});
