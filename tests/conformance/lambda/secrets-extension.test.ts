import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { GetFunctionConfigurationCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CreateSecretCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { START, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { createFunction, functionRole } from '../../support/functions.ts';

const LAYER = 'arn:aws:lambda:us-east-1:177933569100:layer:AWS-Parameters-and-Secrets-Lambda-Extension:11';
const ASKS = `
  const base = 'http://localhost:' + process.env.PARAMETERS_SECRETS_EXTENSION_HTTP_PORT;
  export const handler = async ({ path, method = 'GET', token = process.env.AWS_SESSION_TOKEN }) => {
    const headers = token === '' ? {} : { 'X-Aws-Parameters-Secrets-Token': token };
    const answer = await fetch(base + path, { method, headers });
    return [answer.status, await answer.text()];
  };`;

/** A port that nobody has; tests of other files may run at the same time. */
async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return String(typeof address === 'object' ? address?.port : '');
}

async function ask(cloud: TestCloud, FunctionName: string, asked: object): Promise<[status: number, body: string]> {
  const { Payload } = await cloud
    .client(LambdaClient)
    .send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(asked) }));
  return JSON.parse(Buffer.from(Payload ?? '').toString('utf8'));
}

async function asking(cloud: TestCloud, role: string, name: string, Variables: { [name: string]: string }) {
  await createFunction(cloud, role, name, ASKS, { Layers: [LAYER], Environment: { Variables } });
}

test('the extension for parameters and secrets answers by the function’s role, and keeps what it was asked for', async () => {
  await using cloud = await startTestCloud();
  const secrets = cloud.client(SecretsManagerClient);
  const { ARN, VersionId } = await secrets.send(
    new CreateSecretCommand({ Name: 'own/secret', SecretString: '{"user":"ada"}' }),
  );
  const Name = '/own/parameter';
  await cloud.client(SSMClient).send(new PutParameterCommand({ Name, Value: 'one', Type: 'SecureString' }));
  const role = await functionRole(cloud, [
    'logs:*',
    'secretsmanager:GetSecretValue',
    'ssm:GetParameter',
    'kms:Decrypt',
  ]);
  const port = { PARAMETERS_SECRETS_EXTENSION_HTTP_PORT: await freePort() };
  await asking(cloud, role, 'f', { ...port, SECRETS_MANAGER_TTL: '60' });
  const secret = { path: '/secretsmanager/get?secretId=own%2Fsecret' };
  const [status, body] = await ask(cloud, 'f', secret);
  assert.deepEqual(
    [status, JSON.parse(body)],
    [
      200,
      {
        ARN,
        CreatedDate: new Date(START).toISOString(),
        Name: 'own/secret',
        SecretBinary: null,
        SecretString: '{"user":"ada"}',
        VersionId,
        VersionStages: ['AWSCURRENT'],
        ResultMetadata: {},
      },
    ],
  );
  await secrets.send(new PutSecretValueCommand({ SecretId: 'own/secret', SecretString: 'changed' }));
  assert.deepEqual(await ask(cloud, 'f', secret), [status, body]);
  const before = { path: `${secret.path}&versionStage=AWSPREVIOUS` };
  assert.equal(JSON.parse((await ask(cloud, 'f', before))[1]).SecretString, '{"user":"ada"}');
  await cloud.advance(60_000);
  assert.equal(JSON.parse((await ask(cloud, 'f', secret))[1]).SecretString, 'changed');
  // Another function at the same port asks by its own role, which may read no secrets.
  await asking(cloud, await functionRole(cloud, ['logs:*'], 'others'), 'g', port);
  assert.deepEqual(await ask(cloud, 'g', secret), [400, 'an unexpected error occurred while executing request']);
  const parameter = { path: `/systemsmanager/parameters/get/?name=${encodeURIComponent(Name)}&withDecryption=true` };
  const { Parameter } = JSON.parse((await ask(cloud, 'f', parameter))[1]);
  assert.deepEqual(
    [Parameter.Name, Parameter.Value, Parameter.Version, Parameter.Type, Parameter.SourceResult],
    [Name, 'one', 1, 'SecureString', null],
  );
  const versioned = { path: `${parameter.path}&version=2` };
  assert.equal((await ask(cloud, 'f', versioned))[0], 400);
});

test('the extension asks for the token of the function’s session, and knows two places', async () => {
  await using cloud = await startTestCloud();
  const role = await functionRole(cloud);
  await asking(cloud, role, 'f', { PARAMETERS_SECRETS_EXTENSION_HTTP_PORT: await freePort() });
  const path = '/secretsmanager/get?secretId=s';
  assert.equal((await ask(cloud, 'f', { path, token: '' }))[0], 401);
  assert.equal((await ask(cloud, 'f', { path, token: 'guessed' }))[0], 401);
  assert.equal((await ask(cloud, 'f', { path, method: 'POST' }))[0], 405);
  assert.equal((await ask(cloud, 'f', { path: '/elsewhere' }))[0], 404);
  const { Layers } = await cloud.client(LambdaClient).send(new GetFunctionConfigurationCommand({ FunctionName: 'f' }));
  assert.deepEqual(
    Layers?.map(({ Arn }) => Arn),
    [LAYER],
  );
});

test('a function does not start whose port another program has', async () => {
  await using cloud = await startTestCloud();
  const port = await freePort();
  const other = createServer().listen(Number(port), '127.0.0.1');
  await new Promise((resolve) => other.once('listening', resolve));
  const role = await functionRole(cloud);
  await asking(cloud, role, 'f', { PARAMETERS_SECRETS_EXTENSION_HTTP_PORT: port });
  const call = new InvokeCommand({ FunctionName: 'f' });
  const { FunctionError, Payload } = await cloud.client(LambdaClient).send(call);
  assert.equal(FunctionError, 'Unhandled');
  const text = Buffer.from(Payload ?? '').toString('utf8');
  assert.match(JSON.parse(text).errorMessage, new RegExp(`port ${port} of this machine is not free`));
  await new Promise((resolve) => other.close(resolve));
  assert.equal((await ask(cloud, 'f', { path: '/elsewhere' }))[0], 404);
});
