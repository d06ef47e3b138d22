/** Environment variables under a customer's key: who sets them, who sees them, and what becomes of calls when the key can't be used. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import {
  CreateKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  KMSClient,
  ListGrantsCommand,
  RevokeGrantCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import {
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
  ListFunctionsCommand,
  ListVersionsByFunctionCommand,
  PublishVersionCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { SimulatedFunctions } from '#engines/function/simulated';
import { DAY } from '#kernel/base';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { createFunction, functionRole } from '../../support/functions.ts';

const FunctionName = 'f';
const Variables = { COLOUR: 'blue' };
const FUNCTION = 'arn:aws:lambda:us-east-1:123456789012:function:f';

async function world() {
  const engine = new SimulatedFunctions({ f: (_, { spec }) => spec.environment });
  const cloud = await startTestCloud({ engines: { function: engine } });
  const role = await functionRole(cloud);
  const kms = cloud.client(KMSClient);
  const lambda = cloud.client(LambdaClient);
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  const key = { KeyId: KeyMetadata?.KeyId ?? '' };
  const KMSKeyArn = KeyMetadata?.Arn ?? '';
  const call = async () => {
    const { Payload } = await lambda.send(new InvokeCommand({ FunctionName }));
    return JSON.parse(Buffer.from(Payload ?? []).toString());
  };
  const make = (name = 'f', more = {}) =>
    createFunction(cloud, role, name, '', { Environment: { Variables }, KMSKeyArn, ...more });
  return { cloud, role, kms, lambda, key, KMSKeyArn, call, make, [Symbol.asyncDispose]: cloud.close };
}

test('the role of a function opens its variables by a grant', async () => {
  await using at = await world();
  const { kms, lambda, key } = at;
  assert.deepEqual((await at.make()).Environment, { Variables });
  const { Grants = [] } = await kms.send(new ListGrantsCommand(key));
  assert.deepEqual(
    Grants.map(({ GranteePrincipal, Operations, Constraints }) => [GranteePrincipal, Operations, Constraints]),
    [
      [
        'arn:aws:sts::123456789012:assumed-role/functions/f_',
        ['Decrypt', 'RetireGrant'],
        { EncryptionContextEquals: { 'aws:lambda:FunctionArn': FUNCTION } },
      ],
    ],
  );
  assert.deepEqual(await at.call(), Variables);
  await lambda.send(new PublishVersionCommand({ FunctionName }));
  const shown = await lambda.send(new GetFunctionCommand({ FunctionName, Qualifier: '1' }));
  assert.deepEqual(shown.Configuration?.Environment, { Variables });
  const { Functions } = await lambda.send(new ListFunctionsCommand({ FunctionVersion: 'ALL' }));
  assert.deepEqual(
    Functions?.map(({ Environment }) => Environment),
    [{ Variables }, { Variables }],
  );
  const { Versions } = await lambda.send(new ListVersionsByFunctionCommand({ FunctionName }));
  assert.deepEqual(Versions?.[1]?.Environment, { Variables });

  await kms.send(new RevokeGrantCommand({ ...key, GrantId: Grants[0]?.GrantId }));
  const denied = await failure(at.call());
  assert.deepEqual([denied.name, denied.$metadata?.httpStatusCode], ['KMSAccessDeniedException', 502]);
  assert.match(
    denied.message,
    /^Lambda was unable to decrypt the environment variables because KMS access was denied\. Please check the function's KMS key settings\. KMS Exception: AccessDeniedExceptionKMS Message: .*functions\/f_ is not authorized to perform: kms:Decrypt/,
  );
  // Setting them again makes the grant again.
  await lambda.send(
    new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables: { AA: '1', BB: '2' } } }),
  );
  assert.deepEqual(await at.call(), { AA: '1', BB: '2' });
});

test('functions whose key is disabled or to be deleted are not called, and show no variables', async () => {
  await using at = await world();
  const { kms, lambda, key } = at;
  await at.make();
  const refused = async () => {
    const { name, message } = await failure(at.call());
    return [name, message.slice(0, message.indexOf(' Please'))];
  };
  const shown = async () =>
    (await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }))).Environment?.Error?.ErrorCode;
  await kms.send(new DisableKeyCommand(key));
  assert.deepEqual(await refused(), [
    'KMSDisabledException',
    'Lambda was unable to decrypt the environment variables because the KMS key used is disabled.',
  ]);
  assert.equal(await shown(), 'DisabledException');
  await kms.send(new EnableKeyCommand(key));
  assert.deepEqual(await at.call(), Variables);
  await kms.send(new ScheduleKeyDeletionCommand({ ...key, PendingWindowInDays: 7 }));
  assert.equal((await refused())[0], 'KMSInvalidStateException');
  assert.equal(await shown(), 'KMSInvalidStateException');
  await at.cloud.advance(8 * DAY);
  assert.equal((await refused())[0], 'KMSNotFoundException');
  // Other variables without the key run again.
  const given = { FunctionName, KMSKeyArn: '', Environment: { Variables: { AB: '1' } } };
  await lambda.send(new UpdateFunctionConfigurationCommand(given));
  assert.deepEqual(await at.call(), { AB: '1' });
});

test('variables move from key to key, and to none', async () => {
  await using at = await world();
  const { kms, lambda, key } = at;
  await at.make();
  const { KeyMetadata: other } = await kms.send(new CreateKeyCommand({}));
  const change = (given: object) => lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, ...given }));
  assert.deepEqual((await change({ KMSKeyArn: other?.Arn })).Environment, { Variables });
  await kms.send(new DisableKeyCommand(key));
  assert.deepEqual(await at.call(), Variables);
  const again = await functionRole(at.cloud, ['logs:*'], 'again');
  await change({ Role: again });
  assert.deepEqual(await at.call(), Variables);
  assert.deepEqual((await change({ KMSKeyArn: '', Timeout: 9 })).Environment, { Variables });
  await kms.send(new DisableKeyCommand({ KeyId: other?.KeyId }));
  assert.deepEqual(await at.call(), Variables);
  assert.equal((await change({ Environment: { Variables: {} } })).Environment, undefined);
});

test('a key that is an alias, is missing or may not be used makes no function', async () => {
  await using at = await world();
  const { lambda, kms, key } = at;
  const refused = async (more: object) => {
    const { name, message } = await failure(at.make('g', more));
    return [name, message];
  };
  const prefix =
    'Lambda was unable to configure access to your environment variables because the KMS key is invalid for CreateGrant. Please check your KMS key settings. KMS Exception:';
  assert.deepEqual(await refused({ KMSKeyArn: 'arn:aws:kms:us-east-1:123456789012:alias/mine' }), [
    'InvalidParameterValueException',
    `${prefix} InvalidArnException KMS Message: Key Aliases are not supported for this operation.`,
  ]);
  const gone = 'arn:aws:kms:us-east-1:123456789012:key/00000000-0000-0000-0000-000000000000';
  assert.deepEqual(await refused({ KMSKeyArn: gone }), [
    'InvalidParameterValueException',
    `${prefix} NotFoundException KMS Message: Key '${gone}' does not exist`,
  ]);
  await kms.send(new DisableKeyCommand(key));
  assert.match((await refused({}))[1] ?? '', /KMS Exception: DisabledException KMS Message: .* is disabled\.$/);
  assert.equal(
    (await failure(lambda.send(new GetFunctionCommand({ FunctionName: 'g' })))).name,
    'ResourceNotFoundException',
  );
  // Without variables there is nothing to encrypt.
  assert.equal((await at.make('g', { Environment: undefined })).KMSKeyArn, at.KMSKeyArn);
});

test('who may not decrypt manages functions without seeing their variables', async () => {
  await using at = await world();
  await at.make();
  const allowed = { Effect: 'Allow', Action: ['lambda:*', 'iam:PassRole'], Resource: '*' };
  const iam = at.cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'clerk' }));
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: allowed });
  await iam.send(new PutUserPolicyCommand({ UserName: 'clerk', PolicyName: 'own', PolicyDocument }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'clerk' }));
  const lambda = at.cloud.client(LambdaClient, {
    credentials: {
      accessKeyId: AccessKey?.AccessKeyId ?? '',
      secretAccessKey: AccessKey?.SecretAccessKey ?? '',
    },
  });
  const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  assert.equal(Environment?.Variables, undefined);
  assert.equal(Environment?.Error?.ErrorCode, 'AccessDeniedException');
  assert.match(
    Environment?.Error?.Message ?? '',
    /^Lambda was unable to decrypt your environment variables because the KMS access was denied\. Please check your KMS permissions\. KMS Exception: AccessDeniedException KMS Message: User: \S+user\/clerk is not authorized to perform: kms:Decrypt/,
  );
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: 9 }));
  assert.deepEqual(await at.call(), Variables);
  const set = new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables: { AA: '1' } } });
  assert.match(
    (await failure(lambda.send(set))).message,
    /^Lambda was unable to configure access .* KMS access was denied/,
  );
  assert.deepEqual(await at.call(), Variables);
});
