/** Stacks within stacks: what holds for all of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CancelUpdateStackCommand,
  CloudFormationClient,
  ContinueUpdateRollbackCommand,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeEventsCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
  UpdateTerminationProtectionCommand,
} from '@aws-sdk/client-cloudformation';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DeleteQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { create, expectNoDrift, expectStatus, physicalIds, templateOf, update } from './stacks.ts';

const QUEUE = { Type: 'AWS::SQS::Queue' };
const queue = (DelaySeconds: number) => ({ ...QUEUE, Properties: { DelaySeconds } });
const NESTED = {
  Type: 'AWS::CloudFormation::Stack',
  Properties: { TemplateURL: 'https://templates.s3.amazonaws.com/n.json' },
};

async function keep(cloud: TestCloud, Body: string): Promise<void> {
  await cloud.client(S3Client, { forcePathStyle: true }).send(new CreateBucketCommand({ Bucket: 'templates' }));
  await rewrite(cloud, Body);
}

async function rewrite(cloud: TestCloud, Body: string): Promise<void> {
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  await s3.send(new PutObjectCommand({ Bucket: 'templates', Key: 'n.json', Body }));
}

test('protection is that of the root', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  await keep(cloud, templateOf({ QUEUE }));
  await create(cloud, 'root', templateOf({ QUEUE, NESTED }), { EnableTerminationProtection: true });
  const { NESTED: StackName = '' } = await physicalIds(cloud, 'root');
  const isProtected = async () => {
    const { Stacks } = await formation.send(new DescribeStacksCommand({ StackName }));
    return Stacks?.[0]?.EnableTerminationProtection;
  };
  const protect = (name: string, EnableTerminationProtection: boolean) =>
    formation.send(new UpdateTerminationProtectionCommand({ StackName: name, EnableTerminationProtection }));
  assert.equal(await isProtected(), true);
  assert.match((await failure(formation.send(new DeleteStackCommand({ StackName })))).message, /TerminationProtection/);
  assert.match((await failure(protect(StackName, false))).message, /is that of its root stack/);
  await protect('root', false);
  assert.equal(await isProtected(), false);
  await protect('root', true);
  await update(cloud, 'root', templateOf({ QUEUE }));
  await expectStatus(cloud, StackName, 'DELETE_COMPLETE');
});

test('who wants nothing looked at before means what is nested, too', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  await keep(cloud, templateOf({ QUEUE }));
  const Body = templateOf({ QUEUE: { ...QUEUE, Properties: { Unknown: 1 } } });
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  await s3.send(new PutObjectCommand({ Bucket: 'templates', Key: 'bad.json', Body }));
  await create(cloud, 'root', templateOf({ NESTED }));
  const { NESTED: StackName = '' } = await physicalIds(cloud, 'root');
  const bad = { ...NESTED, Properties: { TemplateURL: NESTED.Properties.TemplateURL.replace('n.json', 'bad.json') } };
  const isLookedAt = async (DisableValidation: boolean) => {
    const TemplateBody = templateOf({ NESTED: bad });
    await formation.send(new UpdateStackCommand({ StackName: 'root', TemplateBody, DisableValidation }));
    await expectStatus(cloud, 'root', 'UPDATE_ROLLBACK_COMPLETE');
    const { OperationEvents = [] } = await formation.send(new DescribeEventsCommand({ StackName }));
    return OperationEvents.some(({ EventType }) => EventType === 'VALIDATION_ERROR');
  };
  assert.equal(await isLookedAt(true), false);
  assert.equal(await isLookedAt(false), true);
});

test('a nested stack that was left as it failed is tried again', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  await keep(cloud, templateOf({ Queue: queue(99_999) }));
  const root = { StackName: 'root', TemplateBody: templateOf({ NESTED }), DisableRollback: true };
  await formation.send(new CreateStackCommand(root));
  await expectStatus(cloud, 'root', 'CREATE_FAILED');
  await rewrite(cloud, templateOf({ Queue: queue(1) }));
  await formation.send(new UpdateStackCommand(root));
  await expectStatus(cloud, 'root', 'UPDATE_COMPLETE');
});

test('nested stacks go back with their root, without what blocks it', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  await keep(cloud, templateOf({ Queue: queue(1) }));
  await create(cloud, 'root', templateOf({ NESTED }));
  const { NESTED: id = '' } = await physicalIds(cloud, 'root');
  const { Queue: QueueUrl } = await physicalIds(cloud, id);
  const Handle = { Type: 'AWS::CloudFormation::WaitConditionHandle' };
  const waiting = { Handle: { Ref: 'Handle' }, Timeout: 3_600 };
  const Wait = { Type: 'AWS::CloudFormation::WaitCondition', DependsOn: 'Queue', Properties: waiting };
  await rewrite(cloud, templateOf({ Queue: queue(2), Handle, Wait }));
  await formation.send(new UpdateStackCommand({ StackName: 'root', TemplateBody: templateOf({ NESTED, QUEUE }) }));
  await expectStatus(cloud, 'root', 'UPDATE_IN_PROGRESS');
  await cloud.client(SQSClient).send(new DeleteQueueCommand({ QueueUrl }));
  await formation.send(new CancelUpdateStackCommand({ StackName: 'root' }));
  await expectStatus(cloud, id, 'UPDATE_ROLLBACK_FAILED');
  await expectStatus(cloud, 'root', 'UPDATE_ROLLBACK_FAILED');
  const ResourcesToSkip = [`${id.split('/')[1]}.Queue`];
  await formation.send(new ContinueUpdateRollbackCommand({ StackName: 'root', ResourcesToSkip }));
  await expectStatus(cloud, id, 'UPDATE_ROLLBACK_COMPLETE');
  await expectStatus(cloud, 'root', 'UPDATE_ROLLBACK_COMPLETE');
});

test('a nested stack whose change was cancelled goes back, however far it had come', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  await keep(cloud, templateOf({ A: QUEUE, B: { ...QUEUE, DependsOn: 'A' } }));
  const changing = (Value: string) => ({
    ...NESTED,
    Properties: { ...NESTED.Properties, Tags: [{ Key: 'is', Value }] },
  });
  await create(cloud, 'root', templateOf({ FIRST: changing('old'), SECOND: NESTED }));
  const { FIRST: StackName = '' } = await physicalIds(cloud, 'root');
  const broken = { ...NESTED, Properties: {} };
  const TemplateBody = templateOf({ FIRST: changing('new'), SECOND: broken });
  await formation.send(new UpdateStackCommand({ StackName: 'root', TemplateBody }));
  await expectStatus(cloud, 'root', 'UPDATE_ROLLBACK_COMPLETE');
  const { Stacks } = await formation.send(new DescribeStacksCommand({ StackName }));
  assert.deepEqual(Stacks?.[0]?.Tags, [{ Key: 'is', Value: 'old' }]);
  await expectNoDrift(cloud, 'root');
});
