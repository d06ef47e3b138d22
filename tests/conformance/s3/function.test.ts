/** Notifications to functions: S3 calls them, as far as they let S3. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AddPermissionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  GetBucketNotificationConfigurationCommand,
  GetObjectCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { failure } from '../../support/cloud.ts';
import { createFunction, functionRole } from '../../support/functions.ts';
import { startS3 } from './setup.ts';

const LambdaFunctionArn = 'arn:aws:lambda:us-east-1:123456789012:function:thumbnail';

test('a function is called with the record of each object; one that S3 may not call is refused', async () => {
  await using cloud = await startS3();
  const { s3, Bucket } = cloud;
  const LambdaFunctionConfigurations = [
    {
      Id: 'thumbs',
      LambdaFunctionArn,
      Events: ['s3:ObjectCreated:*' as const],
      Filter: { Key: { FilterRules: [{ Name: 'prefix' as const, Value: 'in/' }] } },
    },
  ];
  const configure = () =>
    s3.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket,
        NotificationConfiguration: { LambdaFunctionConfigurations },
      }),
    );
  assert.equal((await failure(configure())).name, 'InvalidArgument');
  const role = await functionRole(cloud, ['s3:PutObject']);
  await createFunction(
    cloud,
    role,
    'thumbnail',
    `import { S3Client, PutObjectCommand } from '@aws-sdk/client-s3';
    const s3 = new S3Client({ maxAttempts: 1, forcePathStyle: true });
    export const handler = async ({ Records: [{ s3: { bucket, object } }] }) =>
      s3.send(new PutObjectCommand({ Bucket: bucket.name, Key: 'out/' + object.key, Body: 'small' }));`,
  );
  const refused = await failure(configure());
  assert.deepEqual(
    [refused.name, refused.message],
    ['InvalidArgument', 'Unable to validate the following destination configurations'],
  );
  await cloud.client(LambdaClient).send(
    new AddPermissionCommand({
      FunctionName: 'thumbnail',
      StatementId: 's3',
      Action: 'lambda:InvokeFunction',
      Principal: 's3.amazonaws.com',
      SourceArn: `arn:aws:s3:::${Bucket}`,
      SourceAccount: '123456789012',
    }),
  );
  await configure();
  const { $metadata: _, ...got } = await s3.send(new GetBucketNotificationConfigurationCommand({ Bucket }));
  assert.equal(got.LambdaFunctionConfigurations?.[0]?.LambdaFunctionArn, LambdaFunctionArn);
  await s3.send(new PutObjectCommand({ Bucket, Key: 'in/photo', Body: 'large' }));
  await cloud.server.cloud.settle();
  const made = await s3.send(new GetObjectCommand({ Bucket, Key: 'out/in/photo' }));
  assert.equal(await made.Body?.transformToString(), 'small');
});
