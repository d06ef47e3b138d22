import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudFormationClient, CreateStackCommand } from '@aws-sdk/client-cloudformation';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { startTestCloud } from '../../support/cloud.ts';
import { create, expectStatus, templateOf } from './stacks.ts';

test('what was made and could not be finished is removed again', async () => {
  await using cloud = await startTestCloud();
  const TemplateBody = templateOf({
    Bucket: {
      Type: 'AWS::S3::Bucket',
      Properties: {
        BucketName: 'half',
        LifecycleConfiguration: { Rules: [{ Status: 'Enabled', ExpirationInDays: -1 }] },
      },
    },
  });
  await cloud.client(CloudFormationClient).send(new CreateStackCommand({ StackName: 'half', TemplateBody }));
  await expectStatus(cloud, 'half', 'ROLLBACK_COMPLETE');
  const { Buckets } = await cloud.client(S3Client, { forcePathStyle: true }).send(new ListBucketsCommand({}));
  assert.deepEqual(Buckets, []);
  const plain = templateOf({ Bucket: { Type: 'AWS::S3::Bucket', Properties: { AccessControl: 'Private' } } });
  await create(cloud, 'plain', plain);
});
