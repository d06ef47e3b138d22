import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFormationClient,
  CreateChangeSetCommand,
  type CreateChangeSetCommandInput,
  CreateStackCommand,
  DeleteChangeSetCommand,
  DeleteStackCommand,
  DescribeChangeSetCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
  GetTemplateCommand,
  ListChangeSetsCommand,
} from '@aws-sdk/client-cloudformation';
import { CreateQueueCommand, GetQueueAttributesCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { create, events, expectStatus, physicalIds, remove, settled, templateOf } from './stacks.ts';

async function changeSet(
  cloud: TestCloud,
  StackName: string,
  TemplateBody: string,
  more: Partial<CreateChangeSetCommandInput> = {},
) {
  const formation = cloud.client(CloudFormationClient);
  const { Id } = await formation.send(
    new CreateChangeSetCommand({ StackName, ChangeSetName: 'c', TemplateBody, ...more }),
  );
  await cloud.server.cloud.settle();
  return formation.send(new DescribeChangeSetCommand({ ChangeSetName: Id, IncludePropertyValues: true }));
}

async function execute(cloud: TestCloud, StackName: string) {
  await cloud.client(CloudFormationClient).send(new ExecuteChangeSetCommand({ StackName, ChangeSetName: 'c' }));
  return settled(cloud, StackName);
}

const queues = (delay: unknown, name: string, more: object = {}) => ({
  Dead: { Type: 'AWS::SQS::Queue', Properties: { QueueName: name } },
  Inbox: {
    Type: 'AWS::SQS::Queue',
    Properties: {
      DelaySeconds: delay,
      RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['Dead', 'Arn'] }, maxReceiveCount: 3 },
    },
  },
  ...more,
});
const Parameters = { Delay: { Type: 'Number', Default: 5 } };

test('a stack begins as a change set, and is made when that is executed', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const TemplateBody = templateOf(queues({ Ref: 'Delay' }, 'dead'), { Parameters, Description: 'queues' });
  const described = await changeSet(cloud, 's', TemplateBody, { ChangeSetType: 'CREATE', Description: 'first' });
  assert.match(described.ChangeSetId ?? '', /^arn:aws:cloudformation:us-east-1:123456789012:changeSet\/c\/[0-9a-f-]+$/);
  assert.deepEqual(
    [described.Status, described.ExecutionStatus, described.Description],
    ['CREATE_COMPLETE', 'AVAILABLE', 'first'],
  );
  assert.deepEqual(
    described.Changes?.map(({ ResourceChange: one }) => [one?.Action, one?.LogicalResourceId, one?.Scope]),
    [
      ['Add', 'Dead', []],
      ['Add', 'Inbox', []],
    ],
  );
  assert.equal((await settled(cloud, 's'))?.StackStatus, 'REVIEW_IN_PROGRESS');
  const shown = await formation.send(new GetTemplateCommand({ StackName: 's', ChangeSetName: 'c' }));
  assert.equal(shown.TemplateBody, TemplateBody);
  const stack = await execute(cloud, 's');
  assert.deepEqual(
    [stack?.StackStatus, stack?.Description, stack?.ChangeSetId],
    ['CREATE_COMPLETE', 'queues', described.ChangeSetId],
  );
  assert.deepEqual((await events(cloud, 's')).slice(0, 2), ['s REVIEW_IN_PROGRESS', 's CREATE_IN_PROGRESS']);
  const after = await formation.send(new DescribeChangeSetCommand({ ChangeSetName: described.ChangeSetId }));
  assert.deepEqual([after.Status, after.ExecutionStatus], ['CREATE_COMPLETE', 'EXECUTE_COMPLETE']);
  const again = await failure(formation.send(new ExecuteChangeSetCommand({ ChangeSetName: described.ChangeSetId })));
  assert.deepEqual(
    [again.name, again.message],
    [
      'InvalidChangeSetStatusException',
      `ChangeSet [${described.ChangeSetId}] cannot be executed in its current execution status of [EXECUTE_COMPLETE]`,
    ],
  );
  const taken = await failure(changeSet(cloud, 's', TemplateBody, { ChangeSetType: 'CREATE', ChangeSetName: 'd' }));
  assert.equal(taken.message, 'Stack [s] already exists and cannot be created again with the changeSet [d].');
});

test('a change set tells what is changed where it is, what is replaced, what goes, and why', async () => {
  await using cloud = await startTestCloud();
  const other = { Other: { Type: 'AWS::SQS::Queue' } };
  await create(cloud, 's', templateOf(queues({ Ref: 'Delay' }, 'dead', other), { Parameters }));
  const ids = await physicalIds(cloud, 's');
  const described = await changeSet(
    cloud,
    's',
    templateOf(queues({ Ref: 'Delay' }, 'other', { New: other.Other }), { Parameters }),
    {
      Parameters: [{ ParameterKey: 'Delay', ParameterValue: '7' }],
    },
  );
  assert.deepEqual(
    described.Changes?.map(({ ResourceChange: one }) => [
      one?.Action,
      one?.LogicalResourceId,
      one?.Replacement,
      one?.PolicyAction,
    ]),
    [
      ['Modify', 'Dead', 'True', 'ReplaceAndDelete'],
      ['Modify', 'Inbox', 'False', undefined],
      ['Add', 'New', undefined, undefined],
      ['Remove', 'Other', undefined, 'Delete'],
    ],
  );
  const [dead, inbox] = described.Changes?.map(({ ResourceChange }) => ResourceChange) ?? [];
  assert.equal(dead?.PhysicalResourceId, ids.Dead);
  assert.deepEqual(dead?.Details, [
    {
      Target: {
        Attribute: 'Properties',
        Name: 'QueueName',
        RequiresRecreation: 'Always',
        Path: '/Properties/QueueName',
        BeforeValue: 'dead',
        AfterValue: 'other',
        AttributeChangeType: 'Modify',
      },
      Evaluation: 'Static',
      ChangeSource: 'DirectModification',
    },
  ]);
  assert.deepEqual(
    inbox?.Details?.map((one) => [one.Target?.Name, one.Evaluation, one.ChangeSource, one.CausingEntity]),
    [
      ['DelaySeconds', 'Static', 'ParameterReference', 'Delay'],
      ['DelaySeconds', 'Dynamic', 'DirectModification', undefined],
      ['RedrivePolicy', 'Dynamic', 'ResourceAttribute', 'Dead.Arn'],
    ],
  );
  assert.deepEqual(inbox?.Scope, ['Properties']);
  assert.equal((await execute(cloud, 's'))?.StackStatus, 'UPDATE_COMPLETE');
  const { Attributes } = await cloud
    .client(SQSClient)
    .send(new GetQueueAttributesCommand({ QueueUrl: ids.Inbox, AttributeNames: ['DelaySeconds'] }));
  assert.equal(Attributes?.DelaySeconds, '7');
});

test('a change set without changes fails; one that another has overtaken can not be executed', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const template = (delay: number) => templateOf(queues(delay, 'dead'));
  await create(cloud, 's', template(1));
  const none = await changeSet(cloud, 's', template(1));
  assert.deepEqual(
    [none.Status, none.ExecutionStatus, none.StatusReason],
    [
      'FAILED',
      'UNAVAILABLE',
      "The submitted information didn't contain changes. Submit different information to create a change set.",
    ],
  );
  const refused = await failure(execute(cloud, 's'));
  assert.equal(refused.message, `ChangeSet [${none.ChangeSetId}] cannot be executed in its current status of [FAILED]`);
  const twice = await failure(changeSet(cloud, 's', template(2)));
  assert.deepEqual(
    [twice.name, twice.message],
    ['AlreadyExistsException', 'ChangeSet c cannot be created due to a mismatch with existing attribute Template'],
  );
  await formation.send(new DeleteChangeSetCommand({ StackName: 's', ChangeSetName: 'c' }));
  await formation.send(new DeleteChangeSetCommand({ StackName: 's', ChangeSetName: 'c' }));
  const gone = await failure(formation.send(new DescribeChangeSetCommand({ StackName: 's', ChangeSetName: 'c' })));
  assert.deepEqual([gone.name, gone.message], ['ChangeSetNotFoundException', 'ChangeSet [c] does not exist']);
  await changeSet(cloud, 's', template(2));
  await changeSet(cloud, 's', template(3), { ChangeSetName: 'd' });
  const { Summaries } = await formation.send(new ListChangeSetsCommand({ StackName: 's' }));
  assert.deepEqual(
    Summaries?.map((one) => [one.ChangeSetName, one.ExecutionStatus]),
    [
      ['c', 'AVAILABLE'],
      ['d', 'AVAILABLE'],
    ],
  );
  assert.equal((await execute(cloud, 's'))?.StackStatus, 'UPDATE_COMPLETE');
  const left = await formation.send(new ListChangeSetsCommand({ StackName: 's' }));
  assert.deepEqual(
    left.Summaries?.map((one) => one.ChangeSetName),
    ['c'],
  );
  const next = await changeSet(cloud, 's', template(4));
  assert.deepEqual([next.ChangeSetName, next.ExecutionStatus], ['c', 'AVAILABLE']);
});

test('tags of a stack reach its resources, and leave them again', async () => {
  await using cloud = await startTestCloud();
  const TemplateBody = templateOf({ Key: { Type: 'AWS::KMS::Key', Properties: {} } });
  await create(cloud, 's', TemplateBody, { Tags: [{ Key: 'a', Value: '1' }] });
  const described = await changeSet(cloud, 's', TemplateBody, { Tags: [{ Key: 'b', Value: '2' }] });
  assert.deepEqual(
    described.Changes?.map(({ ResourceChange: one }) => [one?.LogicalResourceId, one?.Scope, one?.Replacement]),
    [['Key', ['Tags'], 'False']],
  );
  assert.equal((await execute(cloud, 's'))?.StackStatus, 'UPDATE_COMPLETE');
  const { KMSClient, ListResourceTagsCommand } = await import('@aws-sdk/client-kms');
  const { Key } = await physicalIds(cloud, 's');
  const { Tags } = await cloud.client(KMSClient).send(new ListResourceTagsCommand({ KeyId: Key }));
  assert.deepEqual(Tags, [{ TagKey: 'b', TagValue: '2' }]);
});

test('what is there becomes part of a stack', async () => {
  await using cloud = await startTestCloud();
  const sqs = cloud.client(SQSClient);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'old' }));
  const TemplateBody = templateOf({
    Queue: { Type: 'AWS::SQS::Queue', DeletionPolicy: 'Retain', Properties: { QueueName: 'old' } },
  });
  const described = await changeSet(cloud, 's', TemplateBody, {
    ChangeSetType: 'IMPORT',
    ResourcesToImport: [
      { ResourceType: 'AWS::SQS::Queue', LogicalResourceId: 'Queue', ResourceIdentifier: { QueueUrl: QueueUrl ?? '' } },
    ],
  });
  assert.deepEqual(
    described.Changes?.map(({ ResourceChange: one }) => one?.Action),
    ['Import'],
  );
  assert.equal((await execute(cloud, 's'))?.StackStatus, 'IMPORT_COMPLETE');
  assert.equal((await physicalIds(cloud, 's')).Queue, QueueUrl);
  await remove(cloud, 's');
  assert.deepEqual((await sqs.send(new ListQueuesCommand({}))).QueueUrls, [QueueUrl]);
  const missing = await changeSet(cloud, 'none', TemplateBody, {
    ChangeSetType: 'IMPORT',
    ResourcesToImport: [
      {
        ResourceType: 'AWS::SQS::Queue',
        LogicalResourceId: 'Queue',
        ResourceIdentifier: { QueueUrl: (QueueUrl ?? '').replace('old', 'nope') },
      },
    ],
  });
  assert.equal(missing.Status, 'CREATE_COMPLETE');
  assert.equal((await execute(cloud, 'none'))?.StackStatus, 'IMPORT_ROLLBACK_COMPLETE');
});

test('a stack that was only looked at can be deleted', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const { StackId } = await changeSet(cloud, 's', templateOf(queues(1, 'x')), { ChangeSetType: 'CREATE' });
  await formation.send(new DeleteStackCommand({ StackName: 's' }));
  await expectStatus(cloud, StackId ?? '', 'DELETE_COMPLETE');
  const { Stacks } = await formation.send(new DescribeStacksCommand({}));
  assert.deepEqual(Stacks, []);
});

test('an express deployment leaves what has failed as it is, unless it is to go back', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const TemplateBody = templateOf({
    Good: { Type: 'AWS::SQS::Queue' },
    Bad: { Type: 'AWS::SQS::Queue', DependsOn: 'Good', Properties: { DelaySeconds: 901 } },
  });
  const Mode = 'EXPRESS' as const;
  const ended = [
    { Mode, stack: 'CREATE_FAILED', disabled: true },
    { Mode, DisableRollback: false, stack: 'ROLLBACK_COMPLETE', disabled: false },
    { Mode: 'STANDARD' as const, stack: 'ROLLBACK_COMPLETE', disabled: false },
  ];
  for (const [index, { stack, disabled, ...DeploymentConfig }] of ended.entries()) {
    const name = `s${index}`;
    const made = await changeSet(cloud, name, TemplateBody, { ChangeSetType: 'CREATE', DeploymentConfig });
    assert.deepEqual(made.DeploymentConfig, DeploymentConfig);
    const { StackStatus, DisableRollback, DeploymentConfig: told } = (await execute(cloud, name)) ?? {};
    assert.deepEqual([StackStatus, DisableRollback, told], [stack, disabled, DeploymentConfig]);
  }
  await formation.send(new CreateStackCommand({ StackName: 'own', TemplateBody, DeploymentConfig: { Mode } }));
  assert.equal((await settled(cloud, 'own'))?.StackStatus, 'CREATE_FAILED');
});
