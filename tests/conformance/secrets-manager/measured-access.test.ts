/** Who may do what with secrets, as measured on AWS. Source: radkawar/stackd, measured in 2026. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { ACCOUNT, allow, policy, userWithKey } from '../iam/support.ts';

const SecretId = 's';
const stages = { StringEquals: { 'secretsmanager:VersionStage': 'AWSCURRENT' } };
const noStages = { Null: { 'secretsmanager:VersionStage': 'true' } };

type Statement = ReturnType<typeof allow>;

async function as(cloud: TestCloud, name: string, ...statements: Statement[]): Promise<SecretsManagerClient> {
  return cloud.client(SecretsManagerClient, { credentials: await userWithKey(cloud, name, policy(...statements)) });
}

/** The code of what is refused; `ok` for what is not. */
const outcome = (answer: Promise<unknown>) =>
  answer.then(
    () => 'ok',
    ({ name }: Error) => name,
  );

test('a condition sees the staging label that a read names, and no other', async () => {
  await using cloud = await startTestCloud();
  const root = cloud.client(SecretsManagerClient);
  await root.send(new CreateSecretCommand({ Name: SecretId, SecretString: 'v', Description: 'd' }));
  const get = (client: SecretsManagerClient, VersionStage?: string) =>
    outcome(client.send(new GetSecretValueCommand({ SecretId, VersionStage })));
  const put = (client: SecretsManagerClient, VersionStages?: string[]) =>
    outcome(client.send(new PutSecretValueCommand({ SecretId, SecretString: 'w', VersionStages })));
  const [named, unnamed] = [
    await as(cloud, 'named', allow('secretsmanager:*', '*', stages), allow('kms:*')),
    await as(cloud, 'unnamed', allow('secretsmanager:*', '*', noStages), allow('kms:*')),
  ];
  const denied = 'AccessDeniedException';
  assert.deepEqual([await get(named, 'AWSCURRENT'), await get(named)], ['ok', denied]);
  assert.deepEqual([await get(unnamed, 'AWSCURRENT'), await get(unnamed)], [denied, 'ok']);
  assert.deepEqual([await put(named, ['AWSCURRENT']), await put(unnamed, ['AWSCURRENT', 'A'])], [denied, 'ok']);
});

test('that a secret is not there is told to who may use it whatever its last six characters', async () => {
  await using cloud = await startTestCloud();
  const arn = (name: string) => `arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:${name}`;
  const told = async (user: string, name: string) => {
    const client = await as(cloud, user, allow('secretsmanager:GetSecretValue', arn(name)));
    return outcome(client.send(new GetSecretValueCommand({ SecretId: 'none' })));
  };
  const names = ['none-*', 'none-??????', 'no*', 'none', 'none-AbCdEf', 'none-A*'];
  assert.deepEqual(await Promise.all(names.map((name, index) => told(`u${index}`, name))), [
    ...Array(3).fill('ResourceNotFoundException'),
    ...Array(3).fill('AccessDeniedException'),
  ]);
});

test('a value is set without reading; the same token once more reads', async () => {
  await using cloud = await startTestCloud();
  const { KeyMetadata } = await cloud.client(KMSClient).send(new CreateKeyCommand({}));
  const root = cloud.client(SecretsManagerClient);
  await root.send(new CreateSecretCommand({ Name: SecretId, SecretString: 'v', KmsKeyId: KeyMetadata?.KeyId }));
  const writer = await as(cloud, 'writer', allow('secretsmanager:*'), allow('kms:GenerateDataKey'));
  const ClientRequestToken = '11111111-1111-1111-1111-111111111111';
  const put = new PutSecretValueCommand({ SecretId, SecretString: 'w', ClientRequestToken });
  await writer.send(put);
  const { name, message } = await failure(writer.send(put));
  assert.deepEqual([name, message], ['AccessDeniedException', 'Access to KMS is not allowed']);
  await root.send(put);
});

test('a key is changed by who may not use the one before; what lies under it stays so', async () => {
  await using cloud = await startTestCloud();
  const kms = cloud.client(KMSClient);
  const key = async () => (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? '';
  const [first, second] = [await key(), await key()];
  const root = cloud.client(SecretsManagerClient);
  await root.send(new CreateSecretCommand({ Name: SecretId, SecretString: 'v', KmsKeyId: first }));
  const ann = await as(cloud, 'ann', allow('secretsmanager:*'), allow('kms:*', second));
  await ann.send(new UpdateSecretCommand({ SecretId, KmsKeyId: second }));
  assert.equal((await failure(ann.send(new GetSecretValueCommand({ SecretId })))).name, 'AccessDeniedException');
  assert.equal((await root.send(new GetSecretValueCommand({ SecretId }))).SecretString, 'v');
  await ann.send(new PutSecretValueCommand({ SecretId, SecretString: 'w' }));
  assert.equal((await ann.send(new GetSecretValueCommand({ SecretId }))).SecretString, 'w');
});

test('the versions of a replica are read, not listed', async () => {
  await using cloud = await startTestCloud();
  const there = cloud.client(SecretsManagerClient, { region: 'eu-west-1' });
  const AddReplicaRegions = [{ Region: 'eu-west-1' }];
  const root = cloud.client(SecretsManagerClient);
  await root.send(new CreateSecretCommand({ Name: SecretId, SecretString: 'v', AddReplicaRegions }));
  await cloud.advance(1);
  assert.equal((await there.send(new GetSecretValueCommand({ SecretId }))).SecretString, 'v');
  assert.deepEqual((await there.send(new ListSecretVersionIdsCommand({ SecretId }))).Versions, []);
});
