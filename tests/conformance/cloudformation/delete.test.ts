/** Stacks that can't be deleted, or only by force; and what else is refused in AWS's words as users show them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { CreateBucketCommand, HeadBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { create, settled, templateOf } from './stacks.ts';

const BUCKET = { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'full' } };
const HANDLE = { Type: 'AWS::CloudFormation::WaitConditionHandle' };

test('a stack whose deletion has failed goes by force, without what can’t be removed', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  await create(cloud, 's', templateOf({ Full: BUCKET, Handle: HANDLE }));
  await s3.send(new PutObjectCommand({ Bucket: 'full', Key: 'k', Body: 'x' }));
  const { StackId } = (await settled(cloud, 's')) ?? {};
  const force = new DeleteStackCommand({ StackName: StackId, DeletionMode: 'FORCE_DELETE_STACK' });
  assert.equal(
    (await failure(formation.send(force))).message,
    `Invalid operation on stack [${StackId}]. You can activate DeletionMode FORCE_DELETE_STACK in a delete stack operation only when the stack is in the DELETE_FAILED state.`,
  );
  await formation.send(new DeleteStackCommand({ StackName: 's' }));
  assert.equal((await settled(cloud, 's'))?.StackStatus, 'DELETE_FAILED');
  await formation.send(force);
  await cloud.server.cloud.settle();
  const { Stacks } = await formation.send(new DescribeStacksCommand({ StackName: StackId }));
  assert.deepEqual([Stacks?.[0]?.StackStatus, Stacks?.[0]?.DeletionMode], ['DELETE_COMPLETE', 'FORCE_DELETE_STACK']);
  const { StackResources } = await formation.send(new DescribeStackResourcesCommand({ StackName: StackId }));
  assert.deepEqual(
    StackResources?.map(({ LogicalResourceId, ResourceStatus }) => [LogicalResourceId, ResourceStatus]),
    [
      ['Full', 'DELETE_SKIPPED'],
      ['Handle', 'DELETE_COMPLETE'],
    ],
  );
  await s3.send(new HeadBucketCommand({ Bucket: 'full' }));
});

test('a stack that is being changed is not deleted', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  await create(cloud, 's', templateOf({ Handle: HANDLE }));
  const Wait = { Type: 'AWS::CloudFormation::WaitCondition', Properties: { Handle: { Ref: 'Handle' }, Timeout: 60 } };
  await formation.send(new UpdateStackCommand({ StackName: 's', TemplateBody: templateOf({ Handle: HANDLE, Wait }) }));
  const { Stacks } = await formation.send(new DescribeStacksCommand({ StackName: 's' }));
  assert.equal(
    (await failure(formation.send(new DeleteStackCommand({ StackName: 's' })))).message,
    `Stack [${Stacks?.[0]?.StackId}] cannot be deleted while in status UPDATE_IN_PROGRESS`,
  );
});

test('a stack that is left as its update failed says how it goes on', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  await cloud.client(S3Client, { forcePathStyle: true }).send(new CreateBucketCommand({ Bucket: 'full' }));
  await create(cloud, 's', templateOf({ Handle: HANDLE }));
  const update = (DisableRollback: boolean) =>
    formation.send(
      new UpdateStackCommand({ StackName: 's', DisableRollback, TemplateBody: templateOf({ Handle: HANDLE, BUCKET }) }),
    );
  await update(true);
  assert.equal((await settled(cloud, 's'))?.StackStatus, 'UPDATE_FAILED');
  assert.equal(
    (await failure(update(false))).message,
    'This stack is currently in a non-terminal [UPDATE_FAILED] state. To update the stack from this state, please use the disable-rollback parameter with update-stack API. To rollback to the last known good state, use the rollback-stack API',
  );
});

test('a role that can’t be assumed, and a description that is too long', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const RoleARN = 'arn:aws:iam::123456789012:role/gone';
  const make = (TemplateBody: string, more: object = {}) =>
    formation.send(new CreateStackCommand({ StackName: 's', TemplateBody, ...more }));
  const role = await failure(make(templateOf({ Handle: HANDLE }), { RoleARN }));
  assert.deepEqual([role.name, role.message], ['ValidationError', `Role ${RoleARN} is invalid or cannot be assumed`]);
  const elsewhere = { RoleARN: 'arn:aws:iam::210987654321:role/theirs' };
  const theirs = await failure(make(templateOf({ Handle: HANDLE }), elsewhere));
  assert.deepEqual([theirs.name, theirs.message], ['AccessDenied', 'Cross-account pass role is not allowed']);
  const Description = 'x'.repeat(1_025);
  assert.equal(
    (await failure(make(templateOf({ Handle: HANDLE }, { Description })))).message,
    "Template format error: 'Description' length is greater than 1024.",
  );
});
