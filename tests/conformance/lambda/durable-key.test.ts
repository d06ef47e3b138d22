/** Durable executions under a customer's key. Source: Lambda Developer Guide, "Encrypting AWS Lambda durable execution data". */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { CreateKeyCommand, DisableKeyCommand, EnableKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  GetDurableExecutionCommand,
  GetDurableExecutionHistoryCommand,
  GetFunctionCommand,
  InvokeCommand,
  LambdaClient,
  ListDurableExecutionsByFunctionCommand,
  SendDurableExecutionCallbackSuccessCommand,
  StopDurableExecutionCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { begin, durableFunction, durableRole, historyOf, look } from '../../support/durable.ts';

const root = { AWS: 'arn:aws:iam::123456789012:root' };
const ofAccount = { Effect: 'Allow', Principal: root, Action: 'kms:*', Resource: '*' };
/** As AWS's guide has it. */
const ofLambda = (functionArn: string) => ({
  Effect: 'Allow',
  Principal: { Service: 'lambda.amazonaws.com' },
  Action: ['kms:GenerateDataKey', 'kms:Decrypt'],
  Resource: '*',
  Condition: {
    StringEquals: {
      'aws:SourceAccount': '123456789012',
      'aws:SourceArn': functionArn,
      'kms:EncryptionContext:aws:lambda:FunctionArn': functionArn,
    },
  },
});
const FUNCTION = 'arn:aws:lambda:us-east-1:123456789012:function:f';

async function world(statements: object[] = [ofAccount, ofLambda(FUNCTION)], ofRole: string[] = ['kms:Decrypt']) {
  const cloud = await startTestCloud();
  const kms = cloud.client(KMSClient);
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: statements });
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({ Policy }));
  const KMSKeyArn = KeyMetadata?.Arn ?? '';
  const role = await durableRole(cloud, ofRole);
  const make = (body: string, key = KMSKeyArn) =>
    durableFunction(cloud, role, 'f', body, {
      DurableConfig: { ExecutionTimeout: 600, RetentionPeriodInDays: 2, KMSKeyArn: key },
    });
  const key = { KeyId: KMSKeyArn };
  return { cloud, kms, key, make, lambda: cloud.client(LambdaClient), [Symbol.asyncDispose]: cloud.close };
}

test('an execution whose key is disabled is not read, makes no progress, and fails', async () => {
  await using at = await world();
  const { cloud, kms, key, lambda } = at;
  await at.make(`await context.wait({ seconds: 60 }); return await context.step('late', async () => 'done');`);
  const arn = await begin(cloud, 'f', { n: 1 });
  assert.deepEqual(await look(cloud, arn), ['RUNNING', undefined]);
  const list = new ListDurableExecutionsByFunctionCommand({ FunctionName: 'f', Qualifier: '$LATEST' });
  assert.equal((await lambda.send(list)).DurableExecutions?.[0]?.KMSKeyArn, key.KeyId);
  await kms.send(new DisableKeyCommand(key));
  const disabled = async (asked: Promise<unknown>) => {
    const { name, message, $metadata } = await failure(asked);
    assert.match(message, /^Lambda could not decrypt durable execution data because the KMS key is disabled\./);
    assert.deepEqual([name, $metadata?.httpStatusCode], ['KMSDisabledException', 502]);
  };
  const asked = { DurableExecutionArn: arn };
  await disabled(lambda.send(new GetDurableExecutionCommand(asked)));
  await disabled(lambda.send(new GetDurableExecutionHistoryCommand(asked)));
  await disabled(lambda.send(new StopDurableExecutionCommand(asked)));
  await disabled(lambda.send(new InvokeCommand({ FunctionName: 'f', Qualifier: '$LATEST', InvocationType: 'Event' })));
  const bare = { ...asked, IncludeExecutionData: false } as typeof asked;
  assert.equal((await lambda.send(new GetDurableExecutionCommand(bare))).Status, 'RUNNING');
  await cloud.advance(60_000);
  assert.equal((await lambda.send(new GetDurableExecutionCommand(bare))).Status, 'FAILED');
  // With the key again it can be read; it stays failed.
  await kms.send(new EnableKeyCommand(key));
  const [status, error] = await look(cloud, arn);
  assert.deepEqual([status, error.ErrorType], ['FAILED', 'KMSDisabledException']);
});

test('callbacks are completed by who may use the key', async () => {
  await using at = await world();
  const { cloud, lambda } = at;
  await at.make(`return await context.waitForCallback('ask', async () => {});`);
  const arn = await begin(cloud, 'f');
  const started = (await historyOf(cloud, arn)).find(({ EventType }) => EventType === 'CallbackStarted');
  const CallbackId = started?.CallbackStartedDetails?.CallbackId ?? '';
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'clerk' }));
  const allowed = { Effect: 'Allow', Action: ['lambda:*'], Resource: '*' };
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: allowed });
  await iam.send(new PutUserPolicyCommand({ UserName: 'clerk', PolicyName: 'own', PolicyDocument }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'clerk' }));
  const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '' } = AccessKey ?? {};
  const clerk = cloud.client(LambdaClient, { credentials: { accessKeyId, secretAccessKey } });
  const complete = new SendDurableExecutionCallbackSuccessCommand({ CallbackId, Result: Buffer.from('"yes"') });
  assert.equal((await failure(clerk.send(complete))).name, 'KMSAccessDeniedException');
  await lambda.send(complete);
  await cloud.server.cloud.settle();
  assert.equal((await look(cloud, arn))[0], 'SUCCEEDED');
});

test('a function has a key that can be used, by whoever makes it and by Lambda', async () => {
  await using at = await world([ofAccount]);
  const { cloud, kms, key, lambda } = at;
  const body = `return 1;`;
  const refused = async (arn: string) => {
    const { name, message } = await failure(at.make(body, arn));
    assert.equal(name, 'InvalidParameterValueException');
    return message;
  };
  assert.match(await refused(key.KeyId.replace(/[^/]*$/, '00000000-0000-0000-0000-000000000000')), /NotFoundException/);
  assert.match(await refused(key.KeyId.replace('us-east-1', 'eu-west-1')), /must be in the Region/);
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({ KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' }));
  assert.match(await refused(KeyMetadata?.Arn ?? ''), /must be a symmetric encryption key/);
  await kms.send(new DisableKeyCommand(key));
  assert.match(await refused(key.KeyId), /It is Disabled/);
  assert.equal(
    (await failure(lambda.send(new GetFunctionCommand({ FunctionName: 'f' })))).name,
    'ResourceNotFoundException',
  );
  await kms.send(new EnableKeyCommand(key));
  await at.make(body);
  // Its policy does not name Lambda.
  const call = () => begin(cloud, 'f');
  assert.equal((await failure(call())).name, 'KMSAccessDeniedException');
  const without = { FunctionName: 'f', DurableConfig: { ExecutionTimeout: 600, RetentionPeriodInDays: 2 } };
  const { DurableConfig } = await lambda.send(new UpdateFunctionConfigurationCommand(without));
  assert.equal(DurableConfig?.KMSKeyArn, undefined);
  assert.deepEqual(await look(cloud, await call()), ['SUCCEEDED', 1]);
});

test('a role that may not open the execution ends it with its first checkpoint', async () => {
  await using at = await world([ofAccount, ofLambda(FUNCTION)], []);
  const { cloud } = at;
  await at.make(`return await context.step('one', async () => 1);`);
  const arn = await begin(cloud, 'f');
  const [status, error] = await look(cloud, arn);
  assert.deepEqual([status, error.ErrorType], ['FAILED', 'KMSAccessDeniedException']);
  const types = (await historyOf(cloud, arn)).map(({ EventType }) => EventType);
  assert.deepEqual(types.slice(0, 2), ['ExecutionStarted', 'ExecutionFailed']);
});
