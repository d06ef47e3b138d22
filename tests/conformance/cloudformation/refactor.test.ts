import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFormationClient,
  CreateStackRefactorCommand,
  type CreateStackRefactorCommandInput,
  DescribeStackRefactorCommand,
  ExecuteStackRefactorCommand,
  ListExportsCommand,
  ListStackRefactorActionsCommand,
  ListStackRefactorsCommand,
} from '@aws-sdk/client-cloudformation';
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { ListTagsForResourceCommand, SNSClient } from '@aws-sdk/client-sns';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { create, events, expectStatus, physicalIds, remove, settled, templateOf, update } from './stacks.ts';

const topic = (Properties: object = {}) => ({ Type: 'AWS::SNS::Topic', Properties });
const queue = (Properties: object = {}) => ({ Type: 'AWS::SQS::Queue', Properties });
const named = (name: string) => ({ Export: { Name: name } });

async function examine(
  cloud: TestCloud,
  templates: { [stack: string]: string },
  more: Partial<CreateStackRefactorCommandInput> = {},
) {
  const formation = cloud.client(CloudFormationClient);
  const StackDefinitions = Object.entries(templates).map(([StackName, TemplateBody]) => ({ StackName, TemplateBody }));
  const { StackRefactorId } = await formation.send(new CreateStackRefactorCommand({ StackDefinitions, ...more }));
  await cloud.server.cloud.settle();
  return formation.send(new DescribeStackRefactorCommand({ StackRefactorId }));
}

/** A role that may do all for stacks, and somebody who may do nothing but ask CloudFormation. */
async function roleAndBystander(cloud: TestCloud) {
  const iam = cloud.client(IAMClient);
  const allow = (Action: string, more: object = { Resource: '*' }) =>
    JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action, ...more } });
  const trust = allow('sts:AssumeRole', { Principal: { Service: 'cloudformation.amazonaws.com' } });
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName: 'stacks', AssumeRolePolicyDocument: trust }));
  const policy = { PolicyName: 'all' };
  await iam.send(new PutRolePolicyCommand({ RoleName: 'stacks', ...policy, PolicyDocument: allow('*') }));
  await iam.send(new CreateUserCommand({ UserName: 'asks' }));
  const asks = allow('cloudformation:*');
  await iam.send(new PutUserPolicyCommand({ UserName: 'asks', ...policy, PolicyDocument: asks }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'asks' }));
  const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '' } = AccessKey ?? {};
  const formation = cloud.client(CloudFormationClient, { credentials: { accessKeyId, secretAccessKey } });
  return { roleArn: Role?.Arn ?? '', formation };
}

async function execute(cloud: TestCloud, StackRefactorId: string | undefined) {
  const formation = cloud.client(CloudFormationClient);
  await formation.send(new ExecuteStackRefactorCommand({ StackRefactorId }));
  await cloud.server.cloud.settle();
  return formation.send(new DescribeStackRefactorCommand({ StackRefactorId }));
}

test('resources move to a new stack and get new names, and nothing else happens to them', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  await create(cloud, 'app', templateOf({ Topic: topic(), Queue: queue({ DelaySeconds: 1 }) }));
  const before = await physicalIds(cloud, 'app');
  const made = await examine(
    cloud,
    { app: templateOf({ Queue: queue({ DelaySeconds: 1 }) }), news: templateOf({ News: topic() }) },
    { EnableStackCreation: true, Description: 'news apart' },
  );
  assert.deepEqual([made.Status, made.StatusReason, made.ExecutionStatus], ['CREATE_COMPLETE', undefined, 'AVAILABLE']);
  const { StackRefactorActions: actions = [] } = await formation.send(
    new ListStackRefactorActionsCommand({ StackRefactorId: made.StackRefactorId }),
  );
  const [app, news] = made.StackIds ?? [];
  assert.deepEqual(
    actions.map(({ Action, Entity, Detection, PhysicalResourceId, ResourceMapping }) => ({
      Action,
      Entity,
      Detection,
      PhysicalResourceId,
      ResourceMapping,
    })),
    [
      {
        Action: 'CREATE',
        Entity: 'STACK',
        Detection: undefined,
        PhysicalResourceId: undefined,
        ResourceMapping: undefined,
      },
      {
        Action: 'MOVE',
        Entity: 'RESOURCE',
        Detection: 'AUTO',
        PhysicalResourceId: before.Topic,
        ResourceMapping: {
          Source: { StackName: app, LogicalResourceId: 'Topic' },
          Destination: { StackName: news, LogicalResourceId: 'News' },
        },
      },
    ],
  );
  const done = await execute(cloud, made.StackRefactorId);
  assert.deepEqual([done.ExecutionStatus, done.ExecutionStatusReason], ['EXECUTE_COMPLETE', undefined]);
  assert.deepEqual(await physicalIds(cloud, 'app'), { Queue: before.Queue });
  assert.deepEqual(await physicalIds(cloud, 'news'), { News: before.Topic });
  await expectStatus(cloud, 'app', 'UPDATE_COMPLETE');
  await expectStatus(cloud, 'news', 'CREATE_COMPLETE');
  assert.deepEqual(await events(cloud, 'news'), [
    'news CREATE_IN_PROGRESS',
    'News IMPORT_IN_PROGRESS',
    'News IMPORT_COMPLETE',
    'news CREATE_COMPLETE',
  ]);
  // Each stack goes its own way from then on.
  await update(cloud, 'news', templateOf({ News: topic({ DisplayName: 'news' }) }));
  assert.deepEqual(await physicalIds(cloud, 'news'), { News: before.Topic });
  await remove(cloud, 'app');
  const { Tags } = await cloud.client(SNSClient).send(new ListTagsForResourceCommand({ ResourceArn: before.Topic }));
  assert.ok(Array.isArray(Tags));
});

test('what referred to each other refers by exports then', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const parameter = (Value: object) => ({ Type: 'AWS::SSM::Parameter', Properties: { Type: 'String', Value } });
  await create(
    cloud,
    'app',
    templateOf(
      { Topic: topic(), Arn: parameter({ Ref: 'Topic' }) },
      { Outputs: { Kept: { Value: { Ref: 'Topic' }, ...named('kept') } } },
    ),
  );
  await create(cloud, 'user', templateOf({ Arn: parameter({ 'Fn::ImportValue': 'kept' }) }));
  const made = await examine(
    cloud,
    {
      app: templateOf({ Arn: parameter({ 'Fn::ImportValue': 'topic' }) }),
      news: templateOf(
        { Topic: topic() },
        {
          Outputs: {
            Topic: { Value: { Ref: 'Topic' }, ...named('topic') },
            Kept: { Value: { Ref: 'Topic' }, ...named('kept') },
          },
        },
      ),
    },
    { EnableStackCreation: true },
  );
  assert.deepEqual([made.Status, made.StatusReason], ['CREATE_COMPLETE', undefined]);
  const done = await execute(cloud, made.StackRefactorId);
  assert.deepEqual([done.ExecutionStatus, done.ExecutionStatusReason], ['EXECUTE_COMPLETE', undefined]);
  const { Exports = [] } = await formation.send(new ListExportsCommand({}));
  const news = (await settled(cloud, 'news'))?.StackId;
  assert.deepEqual(
    Exports.map(({ Name, ExportingStackId }) => [Name, ExportingStackId]),
    [
      ['kept', news],
      ['topic', news],
    ],
  );
});

test('a stack with a role is refactored by its role', async () => {
  await using cloud = await startTestCloud();
  const { formation, roleArn } = await roleAndBystander(cloud);
  await create(cloud, 'app', templateOf({ Topic: topic() }), { RoleARN: roleArn });
  const { Topic } = await physicalIds(cloud, 'app');
  const mapping = (name: string) => ({ StackName: 'app', LogicalResourceId: name });
  const made = await examine(
    cloud,
    { app: templateOf({ News: topic() }) },
    { ResourceMappings: [{ Source: mapping('Topic'), Destination: mapping('News') }] },
  );
  await formation.send(new ExecuteStackRefactorCommand({ StackRefactorId: made.StackRefactorId }));
  assert.equal((await settled(cloud, 'app'))?.StackStatus, 'UPDATE_COMPLETE');
  assert.deepEqual(await physicalIds(cloud, 'app'), { News: Topic });
});

test('names change within a stack where that is given', async () => {
  await using cloud = await startTestCloud();
  await create(cloud, 'app', templateOf({ A: queue(), B: queue() }));
  const before = await physicalIds(cloud, 'app');
  const vague = await examine(cloud, { app: templateOf({ C: queue(), D: queue() }) });
  assert.deepEqual(
    [vague.Status, vague.StatusReason, vague.ExecutionStatus],
    [
      'CREATE_FAILED',
      'Resources are in no template any more: [app/A, app/B], or are new: [app/C, app/D]. Map each to what it becomes.',
      'UNAVAILABLE',
    ],
  );
  const at = (LogicalResourceId: string) => ({ StackName: 'app', LogicalResourceId });
  const made = await examine(
    cloud,
    { app: templateOf({ C: queue(), D: queue() }) },
    { ResourceMappings: [{ Source: at('A'), Destination: at('D') }] },
  );
  await execute(cloud, made.StackRefactorId);
  assert.deepEqual(await physicalIds(cloud, 'app'), { C: before.B, D: before.A });
});

test('a refactor makes, removes and changes nothing', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  await create(cloud, 'app', templateOf({ A: queue(), B: topic() }));
  await create(cloud, 'other', templateOf({ C: queue() }));
  const why = async (templates: { [stack: string]: string }) => (await examine(cloud, templates)).StatusReason;
  assert.equal(
    await why({ app: templateOf({ A: queue() }), other: templateOf({ B: topic({ DisplayName: 'x' }), C: queue() }) }),
    "A refactor can't change resources: other/B differs in DisplayName.",
  );
  assert.equal(
    await why({ app: templateOf({ A: queue() }), other: templateOf({ C: queue() }) }),
    "A refactor can't delete resources: [app/B].",
  );
  assert.equal(
    await why({ app: templateOf({ A: queue(), B: topic(), New: queue() }), other: templateOf({ C: queue() }) }),
    "A refactor can't create resources: [app/New].",
  );
  assert.equal(
    await why({
      app: templateOf({ A: queue() }, { Parameters: { New: { Type: 'String', Default: '' } } }),
      other: templateOf({ B: topic(), C: queue() }),
    }),
    "Stack app: Parameters can't be added or changed by a refactor: New.",
  );
  const unknown = await failure(examine(cloud, { app: templateOf({ A: queue() }), none: templateOf({ B: topic() }) }));
  assert.equal(unknown.message, 'Stack [none] does not exist');
  const { StackRefactorSummaries = [] } = await formation.send(
    new ListStackRefactorsCommand({ ExecutionStatusFilter: ['UNAVAILABLE'], MaxResults: 3 }),
  );
  assert.deepEqual(
    StackRefactorSummaries.map(({ Status }) => Status),
    ['CREATE_FAILED', 'CREATE_FAILED', 'CREATE_FAILED'],
  );
  const missing = await failure(formation.send(new DescribeStackRefactorCommand({ StackRefactorId: 'none' })));
  assert.equal(missing.name, 'StackRefactorNotFoundException');
});

test('after another change of its stacks a refactor is obsolete', async () => {
  await using cloud = await startTestCloud();
  await create(cloud, 'app', templateOf({ A: queue(), B: topic() }));
  const made = await examine(
    cloud,
    { app: templateOf({ A: queue() }), other: templateOf({ B: topic() }) },
    { EnableStackCreation: true },
  );
  await update(cloud, 'app', templateOf({ A: queue({ DelaySeconds: 1 }), B: topic() }));
  assert.equal((await execute(cloud, made.StackRefactorId)).ExecutionStatus, 'OBSOLETE');
  const again = await failure(execute(cloud, made.StackRefactorId));
  assert.equal(
    again.message,
    `StackRefactor [${made.StackRefactorId}] cannot be executed in its current execution status of [OBSOLETE]`,
  );
});

test('where tags can’t be set nothing moves', async () => {
  await using cloud = await startTestCloud();
  await create(cloud, 'app', templateOf({ A: queue({ Tags: [{ Key: 'a', Value: 'b' }] }), B: topic() }));
  const before = await physicalIds(cloud, 'app');
  const made = await examine(
    cloud,
    { app: templateOf({ B: topic() }), other: templateOf({ A: queue({ Tags: [{ Key: 'a', Value: 'b' }] }) }) },
    { EnableStackCreation: true },
  );
  const { faults } = cloud.server.cloud.kernel;
  faults.put({
    id: 'f',
    service: 'sqs',
    probability: 1,
    effect: { kind: 'error', code: 'AccessDenied', message: 'no', status: 403 },
  });
  const done = await execute(cloud, made.StackRefactorId);
  assert.equal(done.ExecutionStatus, 'ROLLBACK_COMPLETE');
  await expectStatus(cloud, 'app', 'UPDATE_ROLLBACK_COMPLETE');
  assert.deepEqual(await physicalIds(cloud, 'app'), before);
  assert.equal((await failure(settled(cloud, 'other'))).message, 'Stack with id other does not exist');
});

test('a refactor can be asked for for a while, and those of a state are found page by page', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  await create(cloud, 'one', templateOf({ Queue: queue(), Topic: topic() }));
  const asked = { one: templateOf({ Queue: queue() }), two: templateOf({ Topic: topic() }) };
  const ids = [];
  for (let count = 0; count < 3; count += 1)
    ids.unshift((await examine(cloud, asked, { EnableStackCreation: true })).StackRefactorId);
  const page = (NextToken?: string) =>
    formation.send(new ListStackRefactorsCommand({ ExecutionStatusFilter: ['AVAILABLE'], MaxResults: 2, NextToken }));
  const first = await page();
  const second = await page(first.NextToken);
  assert.deepEqual(
    [...(first.StackRefactorSummaries ?? []), ...(second.StackRefactorSummaries ?? [])].map(
      (one) => one.StackRefactorId,
    ),
    ids,
  );
  assert.equal(second.NextToken, undefined);
  await cloud.advance(91 * 86_400_000);
  assert.deepEqual((await page()).StackRefactorSummaries, []);
  const gone = await failure(formation.send(new DescribeStackRefactorCommand({ StackRefactorId: ids[0] })));
  assert.equal(gone.name, 'StackRefactorNotFoundException');
});
