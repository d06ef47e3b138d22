/** Policies of secrets by name, and changes by which their author would lose the secret. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetResourcePolicyCommand,
  PutResourcePolicyCommand,
  SecretsManagerClient,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-secrets-manager';
import { failure, startTestCloud } from '../../support/cloud.ts';

const document = (more: object) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Resource: '*', ...more }] });
const ResourcePolicy = document({ Principal: { AWS: '111122223333' }, Action: 'secretsmanager:GetSecretValue' });

// The SDK's client does not know names of policies yet.
test('a secret’s policy is named default, and nobody makes others', async () => {
  await using cloud = await startTestCloud();
  const manager = cloud.server.cloud.aws('123456789012', 'us-east-1')['secrets-manager'];
  await manager.CreateSecret({ Name: 's', SecretString: 'hush' });
  const SecretId = 's';
  const names = async () => (await manager.ListResourcePolicies({ SecretId })).ResourcePolicies;
  assert.deepEqual(await names(), []);
  const put = await manager.PutResourcePolicy({ SecretId, ResourcePolicy });
  assert.equal(put.PolicyName, 'default');
  assert.deepEqual(await names(), [{ PolicyName: 'default' }]);
  const { PolicyName, ResourcePolicy: kept } = await manager.GetResourcePolicy({ SecretId, PolicyName: 'default' });
  assert.deepEqual([PolicyName, kept], ['default', ResourcePolicy]);
  const Other = { SecretId, PolicyName: 'other' };
  for (const [call, code] of [
    [manager.PutResourcePolicy({ ...Other, ResourcePolicy }), 'InvalidParameterException'],
    [manager.DeleteResourcePolicy(Other), 'InvalidParameterException'],
    [manager.GetResourcePolicy(Other), 'ResourceNotFoundException'],
  ] as const)
    await assert.rejects(call, { code });
  assert.equal((await manager.DeleteResourcePolicy({ SecretId, PolicyName: 'default' })).PolicyName, 'default');
  assert.deepEqual(await names(), []);
});

test('a policy that would lock its author out is refused', async () => {
  await using cloud = await startTestCloud();
  const manager = cloud.client(SecretsManagerClient);
  await manager.send(new CreateSecretCommand({ Name: 's', SecretString: 'hush' }));
  const deny = document({ Effect: 'Deny', Principal: '*', Action: 'secretsmanager:*' });
  const error = await failure(manager.send(new PutResourcePolicyCommand({ SecretId: 's', ResourcePolicy: deny })));
  assert.deepEqual(
    [error.name, error.message],
    [
      'MalformedPolicyDocumentException',
      'Your requested changes will not allow you to manage this secret in the future.',
    ],
  );
  assert.equal((await manager.send(new GetResourcePolicyCommand({ SecretId: 's' }))).ResourcePolicy, undefined);
});

test('tags by which their author would lose the secret stay as they are', async () => {
  await using cloud = await startTestCloud();
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'ann' }));
  const Condition = { StringEquals: { 'aws:ResourceTag/team': 'a' } };
  const PolicyDocument = document({ Action: 'secretsmanager:*', Condition });
  await iam.send(new PutUserPolicyCommand({ UserName: 'ann', PolicyName: 'p', PolicyDocument }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }));
  const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '' } = AccessKey ?? {};
  const Tags = [{ Key: 'team', Value: 'a' }];
  await cloud.client(SecretsManagerClient).send(new CreateSecretCommand({ Name: 's', SecretString: 'hush', Tags }));
  const ann = cloud.client(SecretsManagerClient, { credentials: { accessKeyId, secretAccessKey } });
  for (const change of [
    () => ann.send(new TagResourceCommand({ SecretId: 's', Tags: [{ Key: 'team', Value: 'b' }] })),
    () => ann.send(new UntagResourceCommand({ SecretId: 's', TagKeys: ['team'] })),
  ])
    assert.equal((await failure(change())).name, 'AccessDeniedException');
  await ann.send(new TagResourceCommand({ SecretId: 's', Tags: [{ Key: 'x', Value: 'b' }] }));
  assert.deepEqual((await ann.send(new DescribeSecretCommand({ SecretId: 's' }))).Tags, [
    ...Tags,
    { Key: 'x', Value: 'b' },
  ]);
});
