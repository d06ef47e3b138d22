/** Stacks within stacks: what holds for all of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFormationClient,
  DeleteStackCommand,
  DescribeStacksCommand,
  UpdateTerminationProtectionCommand,
} from '@aws-sdk/client-cloudformation';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { create, expectStatus, physicalIds, templateOf, update } from './stacks.ts';

const QUEUE = { Type: 'AWS::SQS::Queue' };
const NESTED = {
  Type: 'AWS::CloudFormation::Stack',
  Properties: { TemplateURL: 'https://templates.s3.amazonaws.com/n.json' },
};

async function keep(cloud: TestCloud, Body: string): Promise<void> {
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'templates' }));
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
