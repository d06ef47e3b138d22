/** What a stack says of why it did not come about, or did not change. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudFormationClient, CreateStackCommand, UpdateStackCommand } from '@aws-sdk/client-cloudformation';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { create, events, expectStatus, reasons, settled, templateOf } from './stacks.ts';

const queue = (DelaySeconds: number, rest: object = {}) => ({
  Type: 'AWS::SQS::Queue',
  Properties: { DelaySeconds },
  ...rest,
});
const TOO_LONG = 20_000;

/** Why the stack itself failed or goes back, the last time. */
async function said(cloud: TestCloud, name: string): Promise<string | undefined> {
  return (await reasons(cloud, name)).filter((one) => one.startsWith(`${name}: `)).at(-1);
}

test('a stack goes back at the request of its user', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const TemplateBody = templateOf({ Queue: queue(TOO_LONG) });
  await formation.send(new CreateStackCommand({ StackName: 'back', TemplateBody }));
  await expectStatus(cloud, 'back', 'ROLLBACK_COMPLETE');
  assert.equal(
    await said(cloud, 'back'),
    'back: The following resource(s) failed to create: [Queue]. Rollback requested by user.',
  );
  assert.equal((await settled(cloud, 'back'))?.StackStatusReason, undefined);
  await formation.send(new CreateStackCommand({ StackName: 'stays', TemplateBody, OnFailure: 'DO_NOTHING' }));
  await expectStatus(cloud, 'stays', 'CREATE_FAILED');
  assert.equal(await said(cloud, 'stays'), 'stays: The following resource(s) failed to create: [Queue]. ');
  const update = await failure(formation.send(new UpdateStackCommand({ StackName: 'stays', TemplateBody })));
  assert.equal(
    update.message,
    'This stack cannot be updated from [CREATE_FAILED] state because it contains [on-failure: DO_NOTHING]. Please use disable-rollback option instead during stack creation.',
  );
});

test('what was not made and what was not changed is told apart', async () => {
  await using cloud = await startTestCloud();
  await create(cloud, 's', templateOf({ Old: queue(1) }));
  const TemplateBody = templateOf({ Old: queue(TOO_LONG), New: queue(TOO_LONG) });
  await cloud.client(CloudFormationClient).send(new UpdateStackCommand({ StackName: 's', TemplateBody }));
  await expectStatus(cloud, 's', 'UPDATE_ROLLBACK_COMPLETE');
  const both = (await events(cloud, 's')).filter((one) => one.endsWith('_FAILED')).toSorted();
  assert.deepEqual(both, ['New CREATE_FAILED', 'Old UPDATE_FAILED']);
  assert.equal(
    await said(cloud, 's'),
    's: The following resource(s) failed to create: [New]. The following resource(s) failed to update: [Old]. ',
  );
});

test('a stack tells why one within it did not come about, or did not change', async () => {
  await using cloud = await startTestCloud();
  const [formation, s3] = [cloud.client(CloudFormationClient), cloud.client(S3Client, { forcePathStyle: true })];
  await s3.send(new CreateBucketCommand({ Bucket: 'templates' }));
  for (const [Key, delay] of [['good', 1] as const, ['bad', TOO_LONG] as const])
    await s3.send(new PutObjectCommand({ Bucket: 'templates', Key, Body: templateOf({ Queue: queue(delay) }) }));
  const parent = (key: string) =>
    templateOf({
      Child: {
        Type: 'AWS::CloudFormation::Stack',
        Properties: { TemplateURL: `https://s3.amazonaws.com/templates/${key}` },
      },
    });
  await formation.send(new CreateStackCommand({ StackName: 'broken', TemplateBody: parent('bad') }));
  await expectStatus(cloud, 'broken', 'ROLLBACK_COMPLETE');
  assert.match(
    (await reasons(cloud, 'broken'))[0] ?? '',
    /^Child: Embedded stack \S+ was not successfully created: The following resource\(s\) failed to create: \[Queue\]\. $/,
  );
  await create(cloud, 'whole', parent('good'));
  await formation.send(new UpdateStackCommand({ StackName: 'whole', TemplateBody: parent('bad') }));
  await expectStatus(cloud, 'whole', 'UPDATE_ROLLBACK_COMPLETE');
  assert.match(
    (await reasons(cloud, 'whole'))[0] ?? '',
    /^Child: Embedded stack \S+ was not successfully updated\. Currently in UPDATE_ROLLBACK_IN_PROGRESS with reason: The following resource\(s\) failed to update: \[Queue\]\. $/,
  );
});
