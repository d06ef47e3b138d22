/** Access by attributes: the tags of who asks, of what is asked for and of what is made. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand, TagUserCommand } from '@aws-sdk/client-iam';
import {
  CreateSecretCommand,
  type CreateSecretCommandInput,
  DescribeSecretCommand,
  SecretsManagerClient,
  UntagResourceCommand,
} from '@aws-sdk/client-secrets-manager';
import { CreateQueueCommand, GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs';
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  GetFederationTokenCommand,
  STSClient,
} from '@aws-sdk/client-sts';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { ACCOUNT, allow, type Keys, keysOf, policy, sqsOf, userWithKey } from './support.ts';

const tagged = (tags: { [key: string]: string }) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

async function makeRole(cloud: TestCloud, RoleName: string, tags: object, trust: object = {}, may?: string) {
  const iam = cloud.client(IAMClient);
  const Principal = { AWS: `arn:aws:iam::${ACCOUNT}:root` };
  await iam.send(
    new CreateRoleCommand({
      RoleName,
      Tags: tagged({ ...tags }),
      AssumeRolePolicyDocument: policy({
        Effect: 'Allow',
        Principal,
        Action: ['sts:AssumeRole', 'sts:TagSession'],
        Condition: trust,
      }),
    }),
  );
  if (may !== undefined) await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'own', PolicyDocument: may }));
}

async function assume(cloud: TestCloud, credentials: Keys, role: string, more: Partial<AssumeRoleCommandInput> = {}) {
  const RoleArn = `arn:aws:iam::${ACCOUNT}:role/${role}`;
  const asked = new AssumeRoleCommand({ RoleArn, RoleSessionName: 'session', ...more });
  return keysOf((await cloud.client(STSClient, { credentials }).send(asked)).Credentials);
}

/** The policy of the IAM User Guide's tutorial "Define permissions to access AWS resources based on tags". */
const SAME_PROJECT = policy(
  allow('secretsmanager:*', '*', {
    StringEquals: {
      'aws:ResourceTag/access-project': `\${aws:PrincipalTag/access-project}`,
      'secretsmanager:ResourceTag/cost-center': `\${aws:PrincipalTag/cost-center}`,
    },
    'ForAllValues:StringEquals': { 'aws:TagKeys': ['access-project', 'cost-center', 'Name'] },
    StringEqualsIfExists: {
      'aws:RequestTag/access-project': `\${aws:PrincipalTag/access-project}`,
      'aws:RequestTag/cost-center': `\${aws:PrincipalTag/cost-center}`,
    },
  }),
  {
    Effect: 'Deny',
    Action: 'secretsmanager:UntagResource',
    Resource: '*',
    Condition: { 'ForAnyValue:StringLike': { 'aws:TagKeys': 'access-*' } },
  },
);

test('what is made has the tags that it is made with', async () => {
  await using cloud = await startTestCloud();
  const project = { 'access-project': 'peg', 'cost-center': '987654' };
  await makeRole(cloud, 'peg', project, {}, SAME_PROJECT);
  const ann = await userWithKey(cloud, 'ann', policy(allow('sts:AssumeRole')));
  const peg = cloud.client(SecretsManagerClient, { credentials: await assume(cloud, ann, 'peg') });
  const create = (Name: string, tags: CreateSecretCommandInput['Tags']) =>
    peg.send(new CreateSecretCommand({ Name, Tags: tags, SecretString: 'x' }));
  for (const tags of [
    undefined,
    { ...project, 'access-project': 'uni' },
    { 'access-project': 'peg' },
    { ...project, x: 'y' },
  ])
    assert.equal((await failure(create('refused', tags && tagged(tags)))).name, 'AccessDeniedException');
  const SecretId = (await create('made', tagged({ ...project, Name: 'Jane' }))).ARN ?? '';
  assert.equal((await peg.send(new DescribeSecretCommand({ SecretId }))).Name, 'made');
  const untag = (key: string) => peg.send(new UntagResourceCommand({ SecretId, TagKeys: [key] }));
  assert.match((await failure(untag('access-project'))).message, /explicit deny/);
  await untag('Name');
});

test('a federated user has the tags of who asked, under those of the session', async () => {
  await using cloud = await startTestCloud();
  const may = policy(
    allow('sts:*'),
    allow('sqs:GetQueueUrl', '*', {
      StringEquals: { 'aws:PrincipalTag/team': 'red', 'aws:PrincipalTag/job': 'guest' },
    }),
  );
  const ann = await userWithKey(cloud, 'ann', may);
  await cloud
    .client(IAMClient)
    .send(new TagUserCommand({ UserName: 'ann', Tags: tagged({ team: 'red', job: 'owner' }) }));
  await sqsOf(cloud, { accessKeyId: ACCOUNT, secretAccessKey: 'x' }).send(
    new CreateQueueCommand({ QueueName: 'jobs' }),
  );
  const federate = async (tags: { [key: string]: string }) => {
    const asked = new GetFederationTokenCommand({ Name: 'guest', Policy: policy(allow('*')), Tags: tagged(tags) });
    const { Credentials } = await cloud.client(STSClient, { credentials: ann }).send(asked);
    return sqsOf(cloud, keysOf(Credentials)).send(new GetQueueUrlCommand({ QueueName: 'jobs' }));
  };
  assert.match((await federate({ job: 'guest' })).QueueUrl ?? '', /jobs$/);
  assert.equal((await failure(federate({}))).name, 'AccessDeniedException');
});

test('a tag that goes along stands for the tag of the role when it is asked who may assume it', async () => {
  await using cloud = await startTestCloud();
  await makeRole(cloud, 'first', {}, {}, policy(allow('sts:*')));
  await makeRole(cloud, 'second', { Star: '3' }, { StringEquals: { 'aws:ResourceTag/Star': '1' } });
  const ann = await userWithKey(cloud, 'ann', policy(allow('sts:*')));
  const Tags = tagged({ star: '1' });
  const plain = await assume(cloud, ann, 'first', { Tags });
  assert.equal((await failure(assume(cloud, plain, 'second'))).name, 'AccessDenied');
  const transitive = await assume(cloud, ann, 'first', { Tags, TransitiveTagKeys: ['star'] });
  assert.match((await assume(cloud, transitive, 'second')).accessKeyId, /^ASIA/);
});

test('nobody knows of who does not sign whether it is a service', async () => {
  await using cloud = await startTestCloud();
  const unsigned = cloud.client(SQSClient, { signer: { sign: async (request: unknown) => request } });
  const policyThat = (given: string) =>
    policy({
      Effect: 'Allow',
      Principal: '*',
      Action: 'sqs:GetQueueUrl',
      Resource: '*',
      Condition: {
        Null: { 'aws:PrincipalIsAWSService': given },
        StringEquals: { 'aws:PrincipalAccount': 'anonymous' },
      },
    });
  for (const given of ['true', 'false']) {
    const input = { QueueName: given, Attributes: { Policy: policyThat(given) } };
    await cloud.client(SQSClient).send(new CreateQueueCommand(input));
  }
  const ask = (QueueName: string) =>
    unsigned.send(new GetQueueUrlCommand({ QueueName, QueueOwnerAWSAccountId: ACCOUNT }));
  assert.match((await ask('true')).QueueUrl ?? '', /true$/);
  assert.equal((await failure(ask('false'))).name, 'AccessDeniedException');
});
