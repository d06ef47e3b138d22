import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AssumeRoleCommand,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
  STSClient,
} from '@aws-sdk/client-sts';
import { failure, startTestCloud } from '../../support/cloud.ts';

test('an access key id of twelve digits is the root of that account; any other unknown key that of 000000000000', async () => {
  await using cloud = await startTestCloud();
  const own = await cloud.client(STSClient).send(new GetCallerIdentityCommand());
  assert.deepEqual(
    [own.Account, own.Arn, own.UserId],
    ['123456789012', 'arn:aws:iam::123456789012:root', '123456789012'],
  );
  const test_ = await cloud
    .client(STSClient, { credentials: { accessKeyId: 'test', secretAccessKey: 'test' } })
    .send(new GetCallerIdentityCommand());
  assert.equal(test_.Account, '000000000000');
});

test('--strict refuses keys that do not exist', async () => {
  await using cloud = await startTestCloud({ strict: true });
  const error = await failure(cloud.client(STSClient).send(new GetCallerIdentityCommand()));
  assert.equal(error.name, 'InvalidClientTokenId');
  assert.equal(error.message, 'The security token included in the request is invalid.');
  assert.equal(error.$metadata?.httpStatusCode, 403);
});

test('session credentials work, must be signed with their secret and token, and expire on the clock', async () => {
  await using cloud = await startTestCloud();
  const { Credentials } = await cloud.client(STSClient).send(new GetSessionTokenCommand({ DurationSeconds: 900 }));
  const credentials = {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  };
  const identity = await cloud.client(STSClient, { credentials }).send(new GetCallerIdentityCommand());
  assert.equal(identity.Arn, 'arn:aws:iam::123456789012:root');
  for (const [operation, command] of [
    ['GetSessionToken', new GetSessionTokenCommand()],
    ['GetFederationToken', new GetFederationTokenCommand({ Name: 'guest' })],
  ] as const) {
    const error = await failure(cloud.client(STSClient, { credentials }).send(command as GetSessionTokenCommand));
    assert.equal(error.name, 'AccessDenied');
    assert.equal(error.message, `Cannot call ${operation} with session credentials`);
  }
  const forged = await failure(
    cloud
      .client(STSClient, { credentials: { ...credentials, secretAccessKey: 'guess' } })
      .send(new GetCallerIdentityCommand()),
  );
  assert.equal(forged.name, 'SignatureDoesNotMatch');
  const stolen = await failure(
    cloud
      .client(STSClient, { credentials: { ...credentials, sessionToken: 'other' } })
      .send(new GetCallerIdentityCommand()),
  );
  assert.equal(stolen.name, 'InvalidClientTokenId');
  await cloud.advance(901_000);
  const late = await failure(cloud.client(STSClient, { credentials }).send(new GetCallerIdentityCommand()));
  assert.equal(late.name, 'ExpiredToken');
});

test('a role that does not exist can not be assumed, and the caller learns no more', async () => {
  await using cloud = await startTestCloud();
  const error = await failure(
    cloud
      .client(STSClient)
      .send(new AssumeRoleCommand({ RoleArn: 'arn:aws:iam::123456789012:role/nobody', RoleSessionName: 'me' })),
  );
  assert.equal(error.name, 'AccessDenied');
  assert.equal(
    error.message,
    'User: arn:aws:iam::123456789012:root is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::123456789012:role/nobody',
  );
});

test('input is checked in the words of the query services', async () => {
  await using cloud = await startTestCloud();
  const error = await failure(
    cloud.client(STSClient).send(new AssumeRoleCommand({ RoleArn: 'short', RoleSessionName: 'me' })),
  );
  assert.equal(error.name, 'ValidationError');
  assert.equal(
    error.message,
    "1 validation error detected: Value 'short' at 'roleArn' failed to satisfy constraint: Member must have length greater than or equal to 20",
  );
});

test('what is too long is quoted as a whole', async () => {
  await using cloud = await startTestCloud();
  const Policy = `{"Version":"2012-10-17"${' '.repeat(2_100)}}`;
  const error = await failure(cloud.client(STSClient).send(new GetFederationTokenCommand({ Name: 'guest', Policy })));
  assert.equal(
    error.message,
    `1 validation error detected: Value '${Policy}' at 'policy' failed to satisfy constraint: Member must have length less than or equal to 2048`,
  );
});

test('a session token is as long as was asked for, and its size is told', async () => {
  await using cloud = await startTestCloud();
  const sts = cloud.client(STSClient);
  const plain = await sts.send(new GetSessionTokenCommand());
  assert.equal(plain.SessionTokenSize, plain.Credentials?.SessionToken?.length);
  assert.equal(plain.SessionTokenUtilization, 9);
  const long = await sts.send(new GetFederationTokenCommand({ Name: 'guest', MinimumSessionTokenSize: 4093 }));
  assert.deepEqual([long.SessionTokenSize, long.SessionTokenUtilization], [4096, 100]);
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = long.Credentials ?? {};
  assert.equal(SessionToken.length, 4096);
  const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
  const { Arn } = await cloud.client(STSClient, { credentials }).send(new GetCallerIdentityCommand());
  assert.equal(Arn, 'arn:aws:sts::123456789012:federated-user/guest');
  const tooLong = await failure(sts.send(new GetSessionTokenCommand({ MinimumSessionTokenSize: 4097 })));
  assert.equal(tooLong.name, 'ValidationError');
});
