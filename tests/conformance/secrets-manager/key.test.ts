/** Keys of secrets, forged tokens, and changes that another account makes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { CreateAliasCommand, CreateKeyCommand, DisableKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { AddPermissionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  BatchGetSecretValueCommand,
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretVersionIdsCommand,
  PutResourcePolicyCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  RotateSecretCommand,
  SecretsManagerClient,
  UpdateSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { createFunction, functionRole } from '../../support/functions.ts';
import { create, reasons, templateOf } from '../cloudformation/stacks.ts';
import { allow, policy, userWithKey } from '../iam/support.ts';

const DAY = 86_400_000;
const SecretId = 's';
const manager = (cloud: TestCloud) => cloud.client(SecretsManagerClient);
const make = (cloud: TestCloud, more: object = {}) =>
  manager(cloud).send(new CreateSecretCommand({ Name: SecretId, SecretString: 'one', ...more }));
const value = async (cloud: TestCloud, VersionStage?: string) =>
  (await manager(cloud).send(new GetSecretValueCommand({ SecretId, VersionStage }))).SecretString;

test('under another key the versions with labels are sealed anew', async () => {
  await using cloud = await startTestCloud();
  const kms = cloud.client(KMSClient);
  const key = async () => (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.KeyId ?? '';
  const [first, second] = [await key(), await key()];
  await make(cloud, { KmsKeyId: first });
  await manager(cloud).send(new PutSecretValueCommand({ SecretId, SecretString: 'two' }));
  await manager(cloud).send(new UpdateSecretCommand({ SecretId, KmsKeyId: second }));
  await kms.send(new DisableKeyCommand({ KeyId: first }));
  assert.deepEqual([await value(cloud), await value(cloud, 'AWSPREVIOUS')], ['two', 'one']);
  const keys = async () => {
    const { Versions } = await manager(cloud).send(new ListSecretVersionIdsCommand({ SecretId }));
    return Versions?.map(({ KmsKeyIds }) => KmsKeyIds?.[0]);
  };
  assert.deepEqual(await keys(), [second, second]);
  await manager(cloud).send(new UpdateSecretCommand({ SecretId, KmsKeyId: '' }));
  assert.deepEqual(await keys(), ['DefaultEncryptionKey', 'DefaultEncryptionKey']);
  assert.equal((await manager(cloud).send(new DescribeSecretCommand({ SecretId }))).KmsKeyId, undefined);
  await kms.send(new DisableKeyCommand({ KeyId: second }));
  assert.equal(await value(cloud), 'two');
});

test('AWS’s own key is not told, by whatever name it was given', async () => {
  await using cloud = await startTestCloud();
  await make(cloud, { KmsKeyId: 'alias/aws/secretsmanager' });
  assert.equal((await manager(cloud).send(new DescribeSecretCommand({ SecretId }))).KmsKeyId, undefined);
});

test('tokens that nobody gave are refused', async () => {
  await using cloud = await startTestCloud();
  await make(cloud);
  const NextToken = 'forged';
  const Filters = [{ Key: 'name' as const, Values: ['s'] }];
  for (const call of [
    () => manager(cloud).send(new ListSecretVersionIdsCommand({ SecretId, NextToken })),
    () => manager(cloud).send(new BatchGetSecretValueCommand({ Filters, NextToken })),
  ])
    assert.equal((await failure(call())).name, 'InvalidNextTokenException');
});

test('what another account deletes is gone when its time is over', async () => {
  await using cloud = await startTestCloud();
  const { ARN = '' } = await make(cloud);
  const statement = {
    Effect: 'Allow',
    Principal: { AWS: '999999999999' },
    Action: 'secretsmanager:*',
    Resource: '*',
  };
  const ResourcePolicy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  await manager(cloud).send(new PutResourcePolicyCommand({ SecretId, ResourcePolicy }));
  const theirs = cloud.client(SecretsManagerClient, {
    credentials: { accessKeyId: '999999999999', secretAccessKey: 'test' },
  });
  await theirs.send(new DeleteSecretCommand({ SecretId: ARN, RecoveryWindowInDays: 7 }));
  await cloud.advance(8 * DAY);
  assert.equal(
    (await failure(manager(cloud).send(new DescribeSecretCommand({ SecretId })))).name,
    'ResourceNotFoundException',
  );
});

test('a secret that is had back is rotated again', async () => {
  await using cloud = await startTestCloud();
  const source = 'export const handler = async () => { throw new Error("called"); };';
  await createFunction(cloud, await functionRole(cloud, ['secretsmanager:*']), 'rotates', source);
  await cloud.client(LambdaClient).send(
    new AddPermissionCommand({
      FunctionName: 'rotates',
      StatementId: 'manager',
      Action: 'lambda:InvokeFunction',
      Principal: 'secretsmanager.amazonaws.com',
    }),
  );
  await make(cloud);
  const rotate = (RotationRules: object) =>
    manager(cloud).send(
      new RotateSecretCommand({
        SecretId,
        RotationLambdaARN: 'arn:aws:lambda:us-east-1:123456789012:function:rotates',
        RotationRules,
        RotateImmediately: false,
      }),
    );
  const both = await failure(rotate({ AutomaticallyAfterDays: 2, ScheduleExpression: 'rate(2 days)' }));
  assert.equal(both.message, 'You cannot specify both rotation frequency and schedule expression together.');
  await rotate({ AutomaticallyAfterDays: 2 });
  await manager(cloud).send(new DeleteSecretCommand({ SecretId }));
  await manager(cloud).send(new RestoreSecretCommand({ SecretId }));
  await cloud.advance(2 * DAY);
  const { VersionIdsToStages } = await manager(cloud).send(new DescribeSecretCommand({ SecretId }));
  assert.deepEqual(
    Object.values(VersionIdsToStages ?? {})
      .flat()
      .sort(),
    ['AWSCURRENT', 'AWSPENDING'],
  );
});

test('a stack with a template of a secret that is no object fails, and says why', async () => {
  await using cloud = await startTestCloud();
  const GenerateSecretString = { SecretStringTemplate: 'no JSON', GenerateStringKey: 'password' };
  const template = templateOf({ S: { Type: 'AWS::SecretsManager::Secret', Properties: { GenerateSecretString } } });
  await assert.rejects(create(cloud, 'stack', template));
  assert.match((await reasons(cloud, 'stack')).join(), /Could not parse SecretStringTemplate JSON string/);
});

test('who may not use the key of a secret hears of it', async () => {
  await using cloud = await startTestCloud();
  const { KeyMetadata } = await cloud.client(KMSClient).send(new CreateKeyCommand({}));
  await make(cloud, { KmsKeyId: KeyMetadata?.KeyId });
  const iam = cloud.client(IAMClient);
  const allowed = { Effect: 'Allow', Action: 'secretsmanager:*', Resource: '*' };
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: allowed });
  await iam.send(new CreateUserCommand({ UserName: 'u' }));
  await iam.send(new PutUserPolicyCommand({ UserName: 'u', PolicyName: 'p', PolicyDocument }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'u' }));
  const credentials = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
  const theirs = cloud.client(SecretsManagerClient, { credentials });
  for (const asked of [
    () => theirs.send(new GetSecretValueCommand({ SecretId })),
    () => theirs.send(new PutSecretValueCommand({ SecretId, SecretString: 'two' })),
  ]) {
    const { name, message } = await failure(asked());
    assert.deepEqual([name, message], ['AccessDeniedException', 'Access to KMS is not allowed']);
  }
});

test('policies see the ARN of the key, by whatever name it was given', async () => {
  await using cloud = await startTestCloud();
  const kms = cloud.client(KMSClient);
  const { KeyMetadata: { Arn = '', KeyId = '' } = {} } = await kms.send(new CreateKeyCommand({}));
  await kms.send(new CreateAliasCommand({ AliasName: 'alias/mine', TargetKeyId: KeyId }));
  const one = allow(['secretsmanager:CreateSecret'], '*', { StringEquals: { 'secretsmanager:KmsKeyArn': Arn } });
  const credentials = await userWithKey(cloud, 'ann', policy(one, allow('kms:*')));
  const ann = cloud.client(SecretsManagerClient, { credentials });
  const names = [KeyId, Arn, 'alias/mine', Arn.replace(`key/${KeyId}`, 'alias/mine')];
  for (const [index, KmsKeyId] of names.entries())
    await ann.send(new CreateSecretCommand({ Name: `s${index}`, KmsKeyId, SecretString: 'x' }));
  const { KeyMetadata: other } = await kms.send(new CreateKeyCommand({}));
  for (const KmsKeyId of [other?.KeyId, 'alias/none', undefined]) {
    const refused = await failure(ann.send(new CreateSecretCommand({ Name: 'no', KmsKeyId, SecretString: 'x' })));
    assert.equal(refused.name, 'AccessDeniedException');
  }
});

test('who gives a secret a key must be able to use it both ways', async () => {
  await using cloud = await startTestCloud();
  const { KeyMetadata: { KeyId } = {} } = await cloud.client(KMSClient).send(new CreateKeyCommand({}));
  await make(cloud);
  const may = policy(allow('secretsmanager:*'), allow('kms:GenerateDataKey'));
  const ann = cloud.client(SecretsManagerClient, { credentials: await userWithKey(cloud, 'ann', may) });
  for (const more of [{}, { SecretString: 'x' }]) {
    const create = new CreateSecretCommand({ Name: 'other', KmsKeyId: KeyId, ...more });
    assert.equal((await failure(ann.send(create))).message, 'Access to KMS is not allowed');
  }
  const update = new UpdateSecretCommand({ SecretId, KmsKeyId: KeyId, SecretString: 'x' });
  assert.equal((await failure(ann.send(update))).message, 'Access to KMS is not allowed');
});
