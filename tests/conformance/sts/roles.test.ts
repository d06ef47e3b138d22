import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  GetRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
  TagRoleCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ListQueuesCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  DecodeAuthorizationMessageCommand,
  GetAccessKeyInfoCommand,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
  STSClient,
} from '@aws-sdk/client-sts';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { ACCOUNT, allow, type Keys, keysOf, policy, QUEUE, sqsOf, userWithKey } from '../iam/support.ts';

const ROLE = `arn:aws:iam::${ACCOUNT}:role/worker`;
const BOB = `arn:aws:iam::${ACCOUNT}:user/bob`;
const OTHER = '210987654321';

const trusting = (AWS: string | string[], Condition?: unknown, Action: string | string[] = 'sts:AssumeRole') =>
  policy({ Effect: 'Allow', Principal: { AWS }, Action, ...(Condition !== undefined && { Condition }) });

/** bob, who may assume anything, and a role with a policy. */
async function setUp(
  cloud: TestCloud,
  trust: string,
  document: string,
  options: { MaxSessionDuration?: number } = {},
): Promise<Keys> {
  const keys = await userWithKey(cloud, 'bob', policy(allow('sts:*')));
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateRoleCommand({ RoleName: 'worker', AssumeRolePolicyDocument: trust, ...options }));
  await iam.send(new PutRolePolicyCommand({ RoleName: 'worker', PolicyName: 'work', PolicyDocument: document }));
  return keys;
}

function assume(cloud: TestCloud, credentials: Keys, input: Partial<AssumeRoleCommandInput> = {}) {
  return cloud
    .client(STSClient, { credentials })
    .send(new AssumeRoleCommand({ RoleArn: ROLE, RoleSessionName: 'session', ...input }));
}

const refusal = (arn: string, action = 'sts:AssumeRole') =>
  `User: ${arn} is not authorized to perform: ${action} on resource: ${ROLE}`;

test('a trusted user assumes a role and has its policies, not their own', async () => {
  await using cloud = await startTestCloud();
  const bob = await setUp(cloud, trusting(`arn:aws:iam::${ACCOUNT}:root`), policy(allow('sqs:ListQueues')));
  const { Credentials, AssumedRoleUser, PackedPolicySize } = await assume(cloud, bob);
  const { Role } = await cloud.client(IAMClient).send(new GetRoleCommand({ RoleName: 'worker' }));
  assert.deepEqual(AssumedRoleUser, {
    AssumedRoleId: `${Role?.RoleId}:session`,
    Arn: `arn:aws:sts::${ACCOUNT}:assumed-role/worker/session`,
  });
  assert.equal(PackedPolicySize, undefined);
  const ProvidedContexts = [
    { ProviderArn: 'arn:aws:iam::aws:contextProvider/IdentityCenter', ContextAssertion: 'abcd' },
  ];
  const unbuilt = await failure(assume(cloud, bob, { ProvidedContexts }));
  assert.equal(unbuilt.$metadata?.httpStatusCode, 501);
  assert.equal(Role?.RoleLastUsed?.Region, 'us-east-1');
  const credentials = keysOf(Credentials);
  const identity = await cloud.client(STSClient, { credentials }).send(new GetCallerIdentityCommand());
  assert.deepEqual([identity.Arn, identity.UserId], [AssumedRoleUser?.Arn, AssumedRoleUser?.AssumedRoleId]);
  const sqs = sqsOf(cloud, credentials);
  await sqs.send(new ListQueuesCommand({}));
  const denied = await failure(sqs.send(new CreateQueueCommand({ QueueName: 'jobs' })));
  assert.equal(
    denied.message,
    `User: arn:aws:sts::${ACCOUNT}:assumed-role/worker/session is not authorized to perform: sqs:createqueue on resource: ${QUEUE} because no identity-based policy allows the sqs:createqueue action`,
  );
  await cloud.client(IAMClient).send(new DeleteRolePolicyCommand({ RoleName: 'worker', PolicyName: 'work' }));
  await failure(sqs.send(new ListQueuesCommand({})));
});

test('who is not trusted is refused with nothing said; who is trusted by account needs a policy too', async () => {
  await using cloud = await startTestCloud();
  const bob = await setUp(cloud, trusting(BOB), policy(allow('*')));
  await assume(cloud, bob);
  const eve = await userWithKey(cloud, 'eve', policy(allow('sts:*')));
  const untrusted = await failure(assume(cloud, eve));
  assert.deepEqual([untrusted.name, untrusted.message], ['AccessDenied', refusal(`arn:aws:iam::${ACCOUNT}:user/eve`)]);
  await cloud.client(IAMClient).send(
    new UpdateAssumeRolePolicyCommand({
      RoleName: 'worker',
      PolicyDocument: trusting(`arn:aws:iam::${ACCOUNT}:root`),
    }),
  );
  await assume(cloud, eve);
  const mallory = await userWithKey(cloud, 'mallory');
  const unpermitted = await failure(assume(cloud, mallory));
  assert.equal(
    unpermitted.message,
    `${refusal(`arn:aws:iam::${ACCOUNT}:user/mallory`)} because no identity-based policy allows the sts:AssumeRole action`,
  );
});

test('an ExternalId that the trust policy asks for must be given', async () => {
  await using cloud = await startTestCloud();
  const bob = await setUp(cloud, trusting(BOB, { StringEquals: { 'sts:ExternalId': 'secret' } }), policy(allow('*')));
  assert.equal((await failure(assume(cloud, bob))).message, refusal(BOB));
  assert.equal((await failure(assume(cloud, bob, { ExternalId: 'guess' }))).message, refusal(BOB));
  await assume(cloud, bob, { ExternalId: 'secret' });
});

test('session policies, given or managed, limit the role', async () => {
  await using cloud = await startTestCloud();
  const bob = await setUp(cloud, trusting(BOB), policy(allow('sqs:*')));
  const { Credentials, PackedPolicySize } = await assume(cloud, bob, { Policy: policy(allow('sqs:ListQueues')) });
  assert.equal(PackedPolicySize, 5);
  const sqs = sqsOf(cloud, keysOf(Credentials));
  await sqs.send(new ListQueuesCommand({}));
  const denied = await failure(sqs.send(new CreateQueueCommand({ QueueName: 'jobs' })));
  assert.match(denied.message, /because no session policy allows the sqs:createqueue action$/);
  const managed = await assume(cloud, bob, {
    PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess' }],
  });
  const reading = sqsOf(cloud, keysOf(managed.Credentials));
  await reading.send(new ListQueuesCommand({}));
  await failure(reading.send(new CreateQueueCommand({ QueueName: 'jobs' })));
  const malformed = await failure(assume(cloud, bob, { Policy: '{}' }));
  assert.equal(malformed.name, 'MalformedPolicyDocumentException');
  const large = await failure(
    assume(cloud, bob, {
      Policy: policy(
        allow(
          'sqs:ListQueues',
          Array.from({ length: 60 }, (_, at) => `arn:aws:sqs:us-east-1:${ACCOUNT}:queue-${at}`),
        ),
      ),
    }),
  );
  assert.equal(large.name, 'PackedPolicyTooLargeException');
  assert.match(large.message, /^Packed policy consumes \d+% of allotted space, please use smaller policy\.$/);
  const arns = Array.from({ length: 11 }, (_, at) => ({ arn: `arn:aws:iam::aws:policy/many-${at}` }));
  const many = await failure(assume(cloud, bob, { PolicyArns: arns }));
  assert.equal(many.name, 'ValidationError');
  assert.match(
    many.message,
    /at 'policyArns' failed to satisfy constraint: Member must have length less than or equal to 10$/,
  );
  await assume(cloud, bob, { PolicyArns: arns.slice(1) });
});

test('across accounts both sides must allow, for roles and for queues', async () => {
  await using cloud = await startTestCloud();
  await setUp(cloud, trusting(`arn:aws:iam::${OTHER}:root`), policy(allow('sqs:*')));
  const there = { accessKeyId: OTHER, secretAccessKey: 'test' };
  const abroad = {
    ...cloud,
    client: ((Class, config) => cloud.client(Class, { credentials: there, ...config })) as TestCloud['client'],
  };
  const ann = await userWithKey(abroad, 'ann');
  const arn = `arn:aws:iam::${OTHER}:user/ann`;
  assert.match(
    (await failure(assume(cloud, ann))).message,
    /^User: .*:user\/ann is not authorized to perform: sts:AssumeRole on resource: /,
  );
  const zoe = await userWithKey(abroad, 'zoe', policy(allow('sts:AssumeRole', ROLE), allow('sqs:SendMessage', QUEUE)));
  const { Credentials } = await assume(cloud, zoe);
  await sqsOf(cloud, keysOf(Credentials)).send(new CreateQueueCommand({ QueueName: 'jobs' }));
  const QueueUrl = `${cloud.url}/${ACCOUNT}/jobs`;
  const foreign = sqsOf(cloud, zoe);
  const send = () => foreign.send(new SendMessageCommand({ QueueUrl, MessageBody: 'hello' }));
  assert.equal(
    (await failure(send())).message,
    `User: arn:aws:iam::${OTHER}:user/zoe is not authorized to perform: sqs:sendmessage on resource: ${QUEUE} because no resource-based policy allows the sqs:sendmessage action`,
  );
  const home = cloud.client(SQSClient);
  await home.send(
    new SetQueueAttributesCommand({
      QueueUrl,
      Attributes: { Policy: policy({ Effect: 'Allow', Principal: { AWS: OTHER }, Action: 'sqs:*', Resource: QUEUE }) },
    }),
  );
  await send();
  await failure(sqsOf(cloud, ann).send(new SendMessageCommand({ QueueUrl, MessageBody: arn })));
  await failure(foreign.send(new GetQueueAttributesCommand({ QueueUrl })));
});

test('a session lasts no longer than its role allows, and chained ones no longer than an hour', async () => {
  await using cloud = await startTestCloud();
  const bob = await setUp(cloud, trusting(`arn:aws:iam::${ACCOUNT}:root`), policy(allow('*')), {
    MaxSessionDuration: 7_200,
  });
  const long = await failure(assume(cloud, bob, { DurationSeconds: 7_201 }));
  assert.deepEqual(
    [long.name, long.message],
    ['ValidationError', 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.'],
  );
  const { Credentials } = await assume(cloud, bob, { DurationSeconds: 7_200 });
  const chained = await failure(assume(cloud, keysOf(Credentials), { DurationSeconds: 3_601 }));
  assert.equal(
    chained.message,
    'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
  );
  const inner = await assume(cloud, keysOf(Credentials));
  const whoami = () =>
    cloud.client(STSClient, { credentials: keysOf(inner.Credentials) }).send(new GetCallerIdentityCommand());
  await whoami();
  await cloud.advance(3_600_000);
  assert.equal((await failure(whoami())).name, 'ExpiredToken');
});

test('session tags are aws:PrincipalTag over those of the role; transitive ones go along; tagging must be trusted', async () => {
  await using cloud = await startTestCloud();
  const document = policy(
    allow('sqs:ListQueues', '*', { StringEquals: { 'aws:PrincipalTag/team': 'red' } }),
    allow('sts:*'),
  );
  const bob = await setUp(cloud, trusting(`arn:aws:iam::${ACCOUNT}:root`), document);
  const Tags = [{ Key: 'team', Value: 'red' }];
  assert.equal((await failure(assume(cloud, bob, { Tags }))).message, refusal(BOB, 'sts:TagSession'));
  const iam = cloud.client(IAMClient);
  await iam.send(
    new UpdateAssumeRolePolicyCommand({
      RoleName: 'worker',
      PolicyDocument: trusting(`arn:aws:iam::${ACCOUNT}:root`, undefined, ['sts:AssumeRole', 'sts:TagSession']),
    }),
  );
  await iam.send(new TagRoleCommand({ RoleName: 'worker', Tags: [{ Key: 'team', Value: 'blue' }] }));
  const list = (credentials: Keys) => sqsOf(cloud, credentials).send(new ListQueuesCommand({}));
  await failure(list(keysOf((await assume(cloud, bob)).Credentials)));
  const tagged = keysOf((await assume(cloud, bob, { Tags, TransitiveTagKeys: ['team'] })).Credentials);
  await list(tagged);
  await list(keysOf((await assume(cloud, tagged)).Credentials));
  const again = await failure(assume(cloud, tagged, { Tags }));
  assert.equal(again.name, 'InvalidParameterValue');
});

test('the sessions of a deleted role are worth nothing, also when it is made again', async () => {
  await using cloud = await startTestCloud();
  const bob = await setUp(cloud, trusting(BOB), policy(allow('*')));
  const credentials = keysOf((await assume(cloud, bob)).Credentials);
  const iam = cloud.client(IAMClient);
  await iam.send(new DeleteRolePolicyCommand({ RoleName: 'worker', PolicyName: 'work' }));
  await iam.send(new DeleteRoleCommand({ RoleName: 'worker' }));
  const whoami = () => cloud.client(STSClient, { credentials }).send(new GetCallerIdentityCommand());
  assert.equal((await failure(whoami())).name, 'InvalidClientTokenId');
  await iam.send(new CreateRoleCommand({ RoleName: 'worker', AssumeRolePolicyDocument: trusting(BOB) }));
  assert.equal((await failure(whoami())).name, 'InvalidClientTokenId');
});

test("a federated user has what their issuer's policies and the session's both allow", async () => {
  await using cloud = await startTestCloud();
  const bob = await userWithKey(cloud, 'bob', policy(allow(['sts:*', 'sqs:ListQueues'])));
  const federate = (Policy?: string) =>
    cloud
      .client(STSClient, { credentials: bob })
      .send(new GetFederationTokenCommand({ Name: 'guest', ...(Policy !== undefined && { Policy }) }));
  const { Credentials, FederatedUser } = await federate(policy(allow('sqs:*')));
  assert.deepEqual(FederatedUser, {
    FederatedUserId: `${ACCOUNT}:guest`,
    Arn: `arn:aws:sts::${ACCOUNT}:federated-user/guest`,
  });
  const sqs = sqsOf(cloud, keysOf(Credentials));
  await sqs.send(new ListQueuesCommand({}));
  await failure(sqs.send(new CreateQueueCommand({ QueueName: 'jobs' })));
  await failure(sqsOf(cloud, keysOf((await federate()).Credentials)).send(new ListQueuesCommand({})));
});

test('temporary credentials of users, and of those whom they vouch for, are no good for most of STS', async () => {
  await using cloud = await startTestCloud();
  const bob = await userWithKey(cloud, 'bob', policy(allow('*')));
  const trust = policy({ Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'sts:AssumeRole' });
  await cloud.client(IAMClient).send(new CreateRoleCommand({ RoleName: 'r', AssumeRolePolicyDocument: trust }));
  const sts = (credentials: Keys) => cloud.client(STSClient, { credentials });
  const session = await sts(bob).send(new GetSessionTokenCommand({}));
  const guest = await sts(bob).send(new GetFederationTokenCommand({ Name: 'guest', Policy: policy(allow('*')) }));
  const outcomes = async (credentials: Keys) => {
    const client = sts(credentials);
    const calls = {
      GetCallerIdentity: () => client.send(new GetCallerIdentityCommand({})),
      AssumeRole: () =>
        client.send(new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${ACCOUNT}:role/r`, RoleSessionName: 'bob' })),
      GetAccessKeyInfo: () => client.send(new GetAccessKeyInfoCommand({ AccessKeyId: bob.accessKeyId })),
      DecodeAuthorizationMessage: () => client.send(new DecodeAuthorizationMessageCommand({ EncodedMessage: 'x' })),
    };
    const refused: string[] = [];
    for (const [name, call] of Object.entries(calls)) {
      const said = await call().then(String, (error: Error) => `${error.name}: ${error.message}`);
      if (said === `AccessDenied: Cannot call ${name} with session credentials`) refused.push(name);
    }
    return refused;
  };
  assert.deepEqual(await outcomes(bob), []);
  assert.deepEqual(await outcomes(keysOf(session.Credentials)), ['GetAccessKeyInfo', 'DecodeAuthorizationMessage']);
  assert.deepEqual(await outcomes(keysOf(guest.Credentials)), [
    'AssumeRole',
    'GetAccessKeyInfo',
    'DecodeAuthorizationMessage',
  ]);
});

test('what is no ARN can not be assumed', async () => {
  await using cloud = await startTestCloud();
  const error = await failure(
    cloud
      .client(STSClient)
      .send(new AssumeRoleCommand({ RoleArn: 'this-is-not-any-arn-at-all', RoleSessionName: 'me' })),
  );
  assert.deepEqual([error.name, error.message], ['ValidationError', 'this-is-not-any-arn-at-all is invalid']);
});

test('a key that is not of this cloud tells its account by its id', async () => {
  await using cloud = await startTestCloud();
  const sts = cloud.client(STSClient);
  const accountOf = async (AccessKeyId: string) =>
    (await sts.send(new GetAccessKeyInfoCommand({ AccessKeyId }))).Account;
  assert.equal(await accountOf('ASIAQNZGKIQY56JQ7WML'), '029608264753');
  assert.equal(await accountOf('ASIAY34FZKBOKMUTVV7A'), '609629065308');
  assert.equal(await accountOf('210987654321ABCD'), '123456789012');
  // One of this cloud, too, after it was deleted.
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'ann' }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }));
  const AccessKeyId = AccessKey?.AccessKeyId ?? '';
  await iam.send(new DeleteAccessKeyCommand({ UserName: 'ann', AccessKeyId }));
  const other = cloud.client(STSClient, { credentials: { accessKeyId: '210987654321', secretAccessKey: 'x' } });
  assert.equal((await other.send(new GetAccessKeyInfoCommand({ AccessKeyId }))).Account, '123456789012');
});
