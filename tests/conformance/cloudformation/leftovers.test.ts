/** What an update leaves over: what can't be removed, and what it must not replace. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudFormationClient, CreateStackCommand, UpdateStackCommand } from '@aws-sdk/client-cloudformation';
import { CreateBucketCommand, HeadBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { arrive, create, events, expectStatus, physicalIds, reasons, settled, templateOf } from './stacks.ts';

const Keep = { Type: 'AWS::CloudFormation::WaitConditionHandle' };
const bucket = (BucketName: string) => ({ Type: 'AWS::S3::Bucket', Properties: { BucketName } });

/** A stack with a bucket that can't be removed, for there is something in it. */
async function full(cloud: TestCloud): Promise<S3Client> {
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  await create(cloud, 's', templateOf({ Keep, Bucket: bucket('full') }));
  await s3.send(new PutObjectCommand({ Bucket: 'full', Key: 'k', Body: 'b' }));
  return s3;
}

async function change(cloud: TestCloud, Resources: object, more: object = {}) {
  const input = { StackName: 's', TemplateBody: templateOf(Resources), ...more };
  await cloud.client(CloudFormationClient).send(new UpdateStackCommand(input));
  return settled(cloud, 's');
}

for (const [what, resources] of [
  ['left the template', { Keep }],
  ['was replaced', { Keep, Bucket: bucket('other') }],
] as const)
  test(`what ${what} and can't be removed is left after three attempts`, async () => {
    await using cloud = await startTestCloud();
    const s3 = await full(cloud);
    const stack = await change(cloud, resources);
    assert.deepEqual(
      [stack?.StackStatus, stack?.StackStatusReason],
      ['UPDATE_COMPLETE', 'Update successful. One or more resources could not be deleted.'],
    );
    const failed = (await events(cloud, 's')).filter((one) => one === 'Bucket DELETE_FAILED');
    assert.equal(failed.length, 3);
    await s3.send(new HeadBucketCommand({ Bucket: 'full' }));
    assert.notEqual((await physicalIds(cloud, 's')).Bucket, 'full');
  });

test('attempts beside something whose removal waits count too', async () => {
  await using cloud = await startTestCloud();
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'templates' }));
  await s3.send(new PutObjectCommand({ Bucket: 'templates', Key: 'n', Body: templateOf({ Keep }) }));
  const Nested = {
    Type: 'AWS::CloudFormation::Stack',
    Properties: { TemplateURL: 'https://templates.s3.amazonaws.com/n' },
  };
  await create(cloud, 's', templateOf({ Keep, Bucket: bucket('full'), Nested }));
  await s3.send(new PutObjectCommand({ Bucket: 'full', Key: 'k', Body: 'b' }));
  assert.equal((await change(cloud, { Keep }))?.StackStatus, 'UPDATE_COMPLETE');
  const seen = await events(cloud, 's');
  assert.equal(seen.filter((one) => one === 'Bucket DELETE_FAILED').length, 3);
  assert.ok(seen.includes('Nested DELETE_COMPLETE'));
});

test('what is not to go back is not replaced', async () => {
  await using cloud = await startTestCloud();
  await create(cloud, 's', templateOf({ Keep, Bucket: bucket('one') }));
  await change(cloud, { Keep, Bucket: bucket('two') }, { DisableRollback: true });
  await expectStatus(cloud, 's', 'UPDATE_FAILED');
  assert.equal(
    (await reasons(cloud, 's'))[0],
    'Bucket: Replacement type updates not supported on stack with disable-rollback.',
  );
  await change(cloud, { Keep, Bucket: bucket('one') }, { DisableRollback: true });
  await expectStatus(cloud, 's', 'UPDATE_COMPLETE');
  await change(cloud, { Keep, Bucket: bucket('two') });
  await expectStatus(cloud, 's', 'UPDATE_COMPLETE');
  assert.equal((await physicalIds(cloud, 's')).Bucket, 'two');
});

test('what was replaced goes before what it needs, also what has left the template', async () => {
  await using cloud = await startTestCloud();
  const template = (name: string, isReached: boolean) =>
    templateOf({
      Certificate: {
        Type: 'AWS::CertificateManager::Certificate',
        Properties: { DomainName: name, ValidationMethod: 'DNS' },
      },
      ...(isReached && {
        Reached: {
          Type: 'AWS::ApiGateway::DomainName',
          Properties: { DomainName: name, CertificateArn: { Ref: 'Certificate' } },
        },
      }),
    });
  const steps = async () => (await events(cloud, 'web')).filter((one) => one.includes('DELETE')).slice(-4);
  const order = ['Reached', 'Certificate'].flatMap((name) => [`${name} DELETE_IN_PROGRESS`, `${name} DELETE_COMPLETE`]);
  const formation = cloud.client(CloudFormationClient);
  const asked = (name: string, isReached: boolean) => ({ StackName: 'web', TemplateBody: template(name, isReached) });
  await formation.send(new CreateStackCommand(asked('a.example.com', true)));
  await arrive(cloud, 'web');
  for (const [name, isReached] of [['b.example.com', true] as const, ['c.example.com', false] as const]) {
    await formation.send(new UpdateStackCommand(asked(name, isReached)));
    await arrive(cloud, 'web');
    await expectStatus(cloud, 'web', 'UPDATE_COMPLETE');
    assert.deepEqual(await steps(), order);
  }
});
