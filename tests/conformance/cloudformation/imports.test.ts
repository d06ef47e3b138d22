/** Imports: what a change set that takes things in refuses. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudFormationClient, CreateChangeSetCommand, DescribeChangeSetCommand } from '@aws-sdk/client-cloudformation';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { create, physicalIds, templateOf } from './stacks.ts';

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

test('what a stack has is not imported into another', async () => {
  await using cloud = await startTestCloud();
  await create(cloud, 'first', templateOf({ Mine: queue({ QueueName: 'old' }) }));
  const { Mine = '' } = await physicalIds(cloud, 'first');
  const [status, reason = ''] = await imported(cloud, 'second', { Old: queue({ QueueName: 'old' }, KEPT) }, Mine);
  assert.equal(status, 'FAILED');
  assert.match(reason, /^Resource of type 'AWS::SQS::Queue' with identifier '\S+' already exists in stack arn:/);
});
