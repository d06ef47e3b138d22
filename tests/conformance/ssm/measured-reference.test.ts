/** References to secrets, as measured on AWS. Source: radkawar/stackd, measured in 2026. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetParameterCommand, GetParametersCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { allow, policy, userWithKey } from '../iam/support.ts';

const ROOT = '/aws/reference/secretsmanager/';
const Name = `${ROOT}s`;
const WithDecryption = true;

test('who may not read the secret is told little, and gets nothing of what was asked for with it', async () => {
  await using cloud = await startTestCloud();
  await cloud.client(SecretsManagerClient).send(new CreateSecretCommand({ Name: 's', SecretString: 'v' }));
  await cloud.client(SSMClient).send(new PutParameterCommand({ Name: 'plain', Value: 'x', Type: 'String' }));
  const credentials = await userWithKey(cloud, 'ann', policy(allow('ssm:*')));
  const ann = cloud.client(SSMClient, { credentials });
  for (const asked of [
    ann.send(new GetParameterCommand({ Name, WithDecryption })),
    ann.send(new GetParametersCommand({ Names: ['plain', Name], WithDecryption })),
  ]) {
    const { name, message } = await failure(asked);
    assert.deepEqual(
      [name, message],
      ['ValidationException', 'An error occurred while calling one AWS dependency service.'],
    );
  }
});

test('references that can’t be are refused alone, and among others told as invalid names', async () => {
  await using cloud = await startTestCloud();
  const ssm = cloud.client(SSMClient);
  await cloud.client(SecretsManagerClient).send(new CreateSecretCommand({ Name: 's', SecretString: 'v' }));
  await ssm.send(new PutParameterCommand({ Name: 'plain', Value: 'x', Type: 'String' }));
  const syntax =
    'Invalid parameter name. Please use correct syntax for referencing a version/label <name>:<version/label>';
  const missing = 'An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret';
  for (const [reference, decrypt, ...told] of [
    [`${Name}:`, true, 'ValidationException', syntax],
    [`${Name}:a:b`, true, 'ValidationException', syntax],
    [Name, false, 'ValidationException', 'WithDecryption flag must be True for retrieving a Secret Manager secret.'],
    [`${Name}:a/b`, true, 'ParameterNotFound', `${missing} aws/reference/secretsmanager/s:a/b not found.`],
    [`${ROOT}t`, true, 'ParameterNotFound', `${missing} aws/reference/secretsmanager/tnull not found.`],
  ] as const) {
    const { name, message } = await failure(
      ssm.send(new GetParameterCommand({ Name: reference, WithDecryption: decrypt })),
    );
    assert.deepEqual([name, message], told);
    const { Parameters, InvalidParameters } = await ssm.send(
      new GetParametersCommand({ Names: ['plain', reference], WithDecryption: decrypt }),
    );
    assert.deepEqual([Parameters?.map((one) => one.Value), InvalidParameters], [['x'], [reference]]);
  }
});

test('bytes are told as the buffer that holds them; the slash in front may lack', async () => {
  await using cloud = await startTestCloud();
  const ssm = cloud.client(SSMClient);
  const manager = cloud.client(SecretsManagerClient);
  await manager.send(new CreateSecretCommand({ Name: 'b', SecretBinary: Uint8Array.of(1, 255) }));
  const { ARN } = await manager.send(new CreateSecretCommand({ Name: 's', SecretString: "a='<&>" }));
  const bytes = await ssm.send(new GetParameterCommand({ Name: `${ROOT}b`, WithDecryption }));
  const { secretBinary } = JSON.parse(bytes.Parameter?.SourceResult ?? '');
  assert.deepEqual([bytes.Parameter?.Value, secretBinary.hb, secretBinary.limit], [undefined, [1, -1], 2]);
  const { Parameter } = await ssm.send(new GetParameterCommand({ Name: Name.slice(1), WithDecryption }));
  assert.deepEqual([Parameter?.Name, Parameter?.ARN, Parameter?.Value], [Name.slice(1), ARN, "a='<&>"]);
  assert.match(Parameter?.SourceResult ?? '', /"secretString":"a\\u003d\\u0027\\u003c\\u0026\\u003e"/);
});
