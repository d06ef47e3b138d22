/** What a change has never brought about can't stand in the way of going back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStackResourceCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { IAMClient, ListAttachedRolePoliciesCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { create, events, expectStatus, physicalIds, remove, templateOf } from './stacks.ts';

const Capabilities = ['CAPABILITY_IAM' as const];
const TRUST = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
};
const READ_ONLY = 'arn:aws:iam::aws:policy/ReadOnlyAccess';

const role = (more: object = {}) => ({ R: of('AWS::IAM::Role', { AssumeRolePolicyDocument: TRUST, ...more }) });
const of = (Type: string, Properties: object) => ({ Type, Properties });

const BROKEN: { readonly [what: string]: readonly [type: string, properties: object, broken: object] } = {
  'a policy whose ARN is none': [
    'AWS::IAM::Role',
    { AssumeRolePolicyDocument: TRUST },
    { ManagedPolicyArns: [READ_ONLY, 'typo'] },
  ],
  'a policy whose name is none': [
    'AWS::IAM::Group',
    {},
    { Policies: [{ PolicyName: 'a/b', PolicyDocument: { ...TRUST, Statement: [] } }] },
  ],
  'a tag that is too long': ['AWS::SQS::Queue', {}, { Tags: [{ Key: 'k'.repeat(129), Value: 'v' }] }],
  'an inventory without a place': [
    'AWS::S3::Bucket',
    {},
    {
      InventoryConfigurations: [
        {
          Id: 'all',
          Enabled: true,
          ScheduleFrequency: 'Daily',
          IncludedObjectVersions: 'All',
          Destination: { BucketArn: 'typo', Format: 'CSV' },
        },
      ],
    },
  ],
  'a mask that is none': ['AWS::Logs::LogGroup', {}, { DataProtectionPolicy: { Name: 'x' } }],
  'a Region that is none': ['AWS::SecretsManager::Secret', {}, { ReplicaRegions: [{ Region: 'nowhere' }] }],
};

async function update(cloud: TestCloud, StackName: string, Resources: object, more: object = {}): Promise<void> {
  const input = { StackName, TemplateBody: templateOf(Resources), Capabilities, ...more };
  await cloud.client(CloudFormationClient).send(new UpdateStackCommand(input));
}

for (const [what, [type, properties, broken]] of Object.entries(BROKEN))
  test(`${what} is taken back, in a change and in what is made`, async () => {
    await using cloud = await startTestCloud();
    await create(cloud, 'changed', templateOf({ R: of(type, properties) }), { Capabilities });
    const wrong = { R: of(type, { ...properties, ...broken }) };
    await update(cloud, 'changed', wrong);
    await expectStatus(cloud, 'changed', 'UPDATE_ROLLBACK_COMPLETE');
    const made = new CreateStackCommand({ StackName: 'made', TemplateBody: templateOf(wrong), Capabilities });
    await cloud.client(CloudFormationClient).send(made);
    await expectStatus(cloud, 'made', 'ROLLBACK_COMPLETE');
  });

test('what was done before the failure is taken back; what others did stays', async () => {
  await using cloud = await startTestCloud();
  await create(cloud, 's', templateOf(role()), { Capabilities });
  const { R: RoleName = '' } = await physicalIds(cloud, 's');
  const iam = cloud.client(IAMClient);
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 's3:ListBucket', Resource: '*' }],
  });
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'own', PolicyDocument }));
  const attached = async () => {
    const { AttachedPolicies } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
    return AttachedPolicies?.map(({ PolicyArn }) => PolicyArn);
  };
  const wrong = role({ ManagedPolicyArns: [READ_ONLY, 'typo'] });
  await update(cloud, 's', wrong);
  await expectStatus(cloud, 's', 'UPDATE_ROLLBACK_COMPLETE');
  assert.deepEqual(await attached(), []);
  await update(cloud, 's', wrong, { DisableRollback: true });
  await expectStatus(cloud, 's', 'UPDATE_FAILED');
  assert.deepEqual(await attached(), [READ_ONLY]);
  await update(cloud, 's', role({ Description: 'mended' }), { DisableRollback: true });
  await expectStatus(cloud, 's', 'UPDATE_COMPLETE');
  assert.deepEqual(await attached(), []);
});

test('what was left as it failed is removed with its stack, or mended by the next change', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const wrong = role({ ManagedPolicyArns: [READ_ONLY, 'typo'] });
  await create(cloud, 'changed', templateOf(role()), { Capabilities });
  await update(cloud, 'changed', wrong, { DisableRollback: true });
  await expectStatus(cloud, 'changed', 'UPDATE_FAILED');
  await remove(cloud, 'changed');
  const TemplateBody = templateOf(wrong);
  await formation.send(
    new CreateStackCommand({ StackName: 'made', TemplateBody, Capabilities, DisableRollback: true }),
  );
  await expectStatus(cloud, 'made', 'CREATE_FAILED');
  await update(cloud, 'made', role(), { DisableRollback: true });
  await expectStatus(cloud, 'made', 'UPDATE_COMPLETE');
  await remove(cloud, 'made');
});

test('a stack that went back is what its first template says: what depends on what, what is kept, metadata', async () => {
  await using cloud = await startTestCloud();
  const queue = (more: object = {}) => ({ Type: 'AWS::SQS::Queue', ...more });
  const first = { A: queue({ DependsOn: 'B' }), B: queue({ Metadata: { is: 'first' } }), C: queue() };
  await create(cloud, 's', templateOf(first));
  await update(cloud, 's', {
    A: queue({ Properties: { DelaySeconds: 1 } }),
    B: queue({ DependsOn: 'A', DeletionPolicy: 'Retain', Metadata: { is: 'second' } }),
    C: queue({ DependsOn: 'A', Properties: { DelaySeconds: -1 } }),
  });
  await expectStatus(cloud, 's', 'UPDATE_ROLLBACK_COMPLETE');
  const formation = cloud.client(CloudFormationClient);
  const asked = new DescribeStackResourceCommand({ StackName: 's', LogicalResourceId: 'B' });
  const { StackResourceDetail: detail } = await formation.send(asked);
  assert.equal(detail?.Metadata, '{"is":"first"}');
  const { StackId = '' } = (await formation.send(new DescribeStacksCommand({ StackName: 's' }))).Stacks?.[0] ?? {};
  await remove(cloud, 's');
  const told = (await events(cloud, StackId)).filter((event) => /^[AB] DELETE/.test(event));
  assert.deepEqual(told, ['A DELETE_IN_PROGRESS', 'A DELETE_COMPLETE', 'B DELETE_IN_PROGRESS', 'B DELETE_COMPLETE']);
});

test('what others depend on is what it was before they are', async () => {
  await using cloud = await startTestCloud();
  const receive = { Effect: 'Allow', Action: 'sqs:*', Resource: '*' };
  const resources = (Policies: object[], BatchSize: number) => ({
    Queue: of('AWS::SQS::Queue', {}),
    ...role({ Policies }),
    Worker: of('AWS::Lambda::Function', {
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Role: { 'Fn::GetAtt': ['R', 'Arn'] },
      Code: { ZipFile: 'exports.handler = async () => {};' },
    }),
    Poll: of('AWS::Lambda::EventSourceMapping', {
      EventSourceArn: { 'Fn::GetAtt': ['Queue', 'Arn'] },
      FunctionName: { Ref: 'Worker' },
      BatchSize,
    }),
  });
  const allowed = [{ PolicyName: 'p', PolicyDocument: { Version: '2012-10-17', Statement: [receive] } }];
  await create(cloud, 'polls', templateOf(resources(allowed, 5)), { Capabilities });
  await update(cloud, 'polls', resources([], 6));
  await expectStatus(cloud, 'polls', 'UPDATE_ROLLBACK_COMPLETE');
  const told = await events(cloud, 'polls');
  assert.deepEqual(told.slice(told.indexOf('polls UPDATE_ROLLBACK_IN_PROGRESS') + 1, -2), [
    'R UPDATE_IN_PROGRESS',
    'R UPDATE_COMPLETE',
    'Poll UPDATE_IN_PROGRESS',
    'Poll UPDATE_COMPLETE',
  ]);
});

test('what waits to take the place of another leaves it there when all goes back', async () => {
  await using cloud = await startTestCloud();
  const queue = (QueueName: string) => ({ Q: of('AWS::SQS::Queue', { QueueName, FifoQueue: true }) });
  await create(cloud, 'queues', templateOf(queue('one.fifo')));
  await update(cloud, 'queues', queue('two.fifo'));
  await expectStatus(cloud, 'queues', 'UPDATE_COMPLETE');
  const { Q: before } = await physicalIds(cloud, 'queues');
  // The name of a queue is free a minute after that was deleted; until then the step waits.
  const broken = of('AWS::SQS::Queue', { Tags: [{ Key: 'k'.repeat(129), Value: 'v' }] });
  await update(cloud, 'queues', { ...queue('one.fifo'), Broken: broken });
  await expectStatus(cloud, 'queues', 'UPDATE_ROLLBACK_COMPLETE');
  assert.equal((await physicalIds(cloud, 'queues')).Q, before);
  const { QueueUrls } = await cloud.client(SQSClient).send(new ListQueuesCommand({}));
  assert.deepEqual(QueueUrls, [before]);
});
