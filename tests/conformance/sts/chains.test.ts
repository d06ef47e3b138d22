import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand, UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam';
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  DecodeAuthorizationMessageCommand,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  STSClient,
} from '@aws-sdk/client-sts';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { ACCOUNT, allow, type Keys, keysOf, policy, userWithKey } from '../iam/support.ts';

const ROLE = `arn:aws:iam::${ACCOUNT}:role/worker`;
const WHOLE = ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'];

const trusting = (Action: string[]) =>
  policy({ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action });

/** bob's keys; he and the role may assume the role. */
async function setUp(cloud: TestCloud): Promise<Keys> {
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateRoleCommand({ RoleName: 'worker', AssumeRolePolicyDocument: trusting(WHOLE) }));
  const document = { PolicyName: 'own', PolicyDocument: policy(allow('sts:*')) };
  await iam.send(new PutRolePolicyCommand({ RoleName: 'worker', ...document }));
  return userWithKey(cloud, 'bob', document.PolicyDocument);
}

const assume = (cloud: TestCloud, credentials: Keys, input: Partial<AssumeRoleCommandInput>) =>
  cloud
    .client(STSClient, { credentials })
    .send(new AssumeRoleCommand({ RoleArn: ROLE, RoleSessionName: 'session', ...input }));

async function refusal(promise: Promise<unknown>): Promise<string> {
  const { name, message } = await failure(promise);
  return `${name}: ${message}`;
}

test('keys of session tags are the same whatever their case', async () => {
  await using cloud = await startTestCloud();
  const bob = await setUp(cloud);
  const Tags = [{ Key: 'Team', Value: 'red' }];
  assert.equal(
    await refusal(assume(cloud, bob, { Tags, TransitiveTagKeys: ['other'] })),
    'InvalidParameterValue: The specified transitive tag key must be included in the requested tags.',
  );
  const doubled = [...Tags, { Key: 'team', Value: 'blue' }];
  const duplicate = 'InvalidParameterValue: Duplicate tag keys found. Please note that Tag keys are case insensitive.';
  assert.equal(await refusal(assume(cloud, bob, { Tags: doubled })), duplicate);
  const federate = new GetFederationTokenCommand({ Name: 'guest', Tags: doubled });
  assert.equal(await refusal(cloud.client(STSClient, { credentials: bob }).send(federate)), duplicate);
  assert.equal(
    await refusal(assume(cloud, bob, { Tags: [{ Key: 'aws:team', Value: 'red' }] })),
    "InvalidParameterValue: Tag keys starting with 'aws:' are reserved for system use.",
  );
  const many = Array.from({ length: 10 }, (_, at) => ({ Key: `team-${at}`, Value: 'x'.repeat(250) }));
  assert.match(
    await refusal(assume(cloud, bob, { Tags: many })),
    /^PackedPolicyTooLarge\w*: Packed size of session tags consumes \d+% of allotted space\.$/,
  );
  const { Credentials, PackedPolicySize = 0 } = await assume(cloud, bob, { Tags, TransitiveTagKeys: ['TEAM'] });
  assert.ok(PackedPolicySize > 0);
  assert.equal(
    await refusal(assume(cloud, keysOf(Credentials), { Tags: [{ Key: 'tEAM', Value: 'x' }] })),
    "InvalidParameterValue: One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
  );
  // A name that every object of JavaScript has is a key like others.
  await assume(cloud, keysOf(Credentials), { Tags: [{ Key: 'constructor', Value: 'x' }] });
});

test('what goes along to the next role must be allowed there', async () => {
  await using cloud = await startTestCloud();
  const bob = await setUp(cloud);
  const iam = cloud.client(IAMClient);
  const trust = (actions: string[]) =>
    iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: 'worker', PolicyDocument: trusting(actions) }));
  const opening = { Tags: [{ Key: 'team', Value: 'red' }], TransitiveTagKeys: ['team'], SourceIdentity: 'bob' };
  const session = keysOf((await assume(cloud, bob, opening)).Credentials);
  const denied = (action: string) =>
    `AccessDenied: User: arn:aws:sts::${ACCOUNT}:assumed-role/worker/session is not authorized to perform: ${action} on resource: ${ROLE}`;
  await trust(['sts:AssumeRole', 'sts:SetSourceIdentity']);
  assert.equal(await refusal(assume(cloud, session, {})), denied('sts:TagSession'));
  await trust(['sts:AssumeRole', 'sts:TagSession']);
  assert.equal(await refusal(assume(cloud, session, {})), denied('sts:SetSourceIdentity'));
  await trust(WHOLE);
  assert.equal((await assume(cloud, session, {})).SourceIdentity, 'bob');
  assert.equal(await refusal(assume(cloud, session, { SourceIdentity: 'eve' })), denied('sts:SetSourceIdentity'));
});

test('a serial number and a code come together', async () => {
  await using cloud = await startTestCloud();
  const bob = await setUp(cloud);
  const failed = 'AccessDenied: MultiFactorAuthentication failed,';
  for (const input of [{ SerialNumber: `arn:aws:iam::${ACCOUNT}:mfa/phone` }, { TokenCode: '123456' }])
    assert.equal(
      await refusal(assume(cloud, bob, input)),
      `${failed} must provide both MFA serial number and one time pass code.`,
    );
  const session = keysOf((await assume(cloud, bob, {})).Credentials);
  const both = { SerialNumber: `arn:aws:iam::${ACCOUNT}:mfa/phone`, TokenCode: '123456' };
  assert.match(await refusal(assume(cloud, session, both)), /^AccessDenied: .* unable to validate MFA code\./);
});

test('what was never encoded is no message, and who does not sign is told what is missing', async () => {
  await using cloud = await startTestCloud();
  const sts = cloud.client(STSClient);
  const decode = new DecodeAuthorizationMessageCommand({ EncodedMessage: 'abc' });
  assert.equal(await refusal(sts.send(decode)), 'InvalidAuthorizationMessageException: Message is not valid');
  const unsigned = cloud.client(STSClient, { signer: { sign: async (request: unknown) => request } });
  assert.equal(
    await refusal(unsigned.send(new GetCallerIdentityCommand({}))),
    'MissingAuthenticationToken: Request is missing Authentication Token',
  );
});
