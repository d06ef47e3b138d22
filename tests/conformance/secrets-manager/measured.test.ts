/** Refusals in the words in which AWS was measured to answer. Source: badmintoncryer/cdk-preflight, September 2026. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateSecretCommand, RotateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { expectRefusals } from '../cloudformation/stacks.ts';

test('functions that rotate nothing', async () => {
  await using cloud = await startTestCloud();
  const manager = cloud.client(SecretsManagerClient);
  await manager.send(new CreateSecretCommand({ Name: 's', SecretString: 'x' }));
  for (const RotationLambdaARN of [
    'arn:aws:lambda:us-west-2:123456789012:function:f',
    'arn:aws:sqs:us-east-1:123456789012:q',
    'f',
  ]) {
    const { name, message } = await failure(
      manager.send(new RotateSecretCommand({ SecretId: 's', RotationLambdaARN })),
    );
    assert.deepEqual(
      [name, message],
      [
        'InvalidParameterException',
        'Invalid rotation Lambda ARN. Ensure the ARN matches format arn:aws:lambda:us-east-1:123456789012:function:<functionName>.',
      ],
    );
  }
});

test('secrets of a template that have two values', async () => {
  await using cloud = await startTestCloud();
  await expectRefusals(cloud, 'AWS::SecretsManager::Secret', {}, [
    [
      { SecretString: 'x', GenerateSecretString: { PasswordLength: 20 } },
      'Can only specify either SecretString or GenerateSecretString.',
    ],
  ]);
});
