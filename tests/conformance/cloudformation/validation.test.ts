/** What CloudFormation looks at before it makes anything. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFormationClient,
  CreateChangeSetCommand,
  CreateStackCommand,
  type CreateStackCommandInput,
  DescribeChangeSetCommand,
  DescribeEventsCommand,
  type DescribeEventsCommandInput,
  DescribeStackEventsCommand,
  ExecuteChangeSetCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient, CreateLogGroupCommand, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { reasons, settled, templateOf } from './stacks.ts';

const BAD = {
  Queue: { Type: 'AWS::SQS::Queue', Properties: { Colour: 'red', DelaySeconds: 'soon', VisibilityTimeout: 1 } },
  Group: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: 'taken', RetentionInDays: 2 } },
  Policy: { Type: 'AWS::IAM::Policy', Properties: { PolicyName: { Ref: 'Group' }, Roles: ['r'] } },
};
const GOOD = { Group: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: 'made' } } };

const ISSUES = [
  'Queue PROPERTY_VALIDATION FAIL Unsupported property [Colour] /Resources/Queue/Properties',
  'Queue PROPERTY_VALIDATION FAIL expected type: Integer, found: String /Resources/Queue/Properties/DelaySeconds',
  'Group PROPERTY_VALIDATION FAIL 2 is not a valid enum value. Supported values: [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653] /Resources/Group/Properties/RetentionInDays',
  "Group NAME_CONFLICT_VALIDATION FAIL Resource of type 'AWS::Logs::LogGroup' with identifier 'taken' already exists. /Resources/Group",
  'Policy PROPERTY_VALIDATION FAIL Required property [PolicyDocument] not found /Resources/Policy/Properties',
];
const FAILED =
  'Validation failed with 5 error(s). Call DescribeEvents to retrieve the full list of issues with resource and property details, resolve each error, then retry the operation.';
const OVER = "Validation failure detected. See the operation's FAILED event for details.";

const formationOf = (cloud: TestCloud) => cloud.client(CloudFormationClient);

async function cloudWithGroup() {
  const cloud = await startTestCloud();
  await cloud.client(CloudWatchLogsClient).send(new CreateLogGroupCommand({ logGroupName: 'taken' }));
  return cloud;
}

async function create(cloud: TestCloud, Resources: object, more: Partial<CreateStackCommandInput> = {}) {
  const Capabilities = ['CAPABILITY_NAMED_IAM' as const];
  await formationOf(cloud).send(
    new CreateStackCommand({ StackName: 's', TemplateBody: templateOf(Resources), Capabilities, ...more }),
  );
  return settled(cloud, 's');
}

/** A stack's own events, first to last, with their reasons. */
async function events(cloud: TestCloud): Promise<string[]> {
  const { StackEvents = [] } = await formationOf(cloud).send(new DescribeStackEventsCommand({ StackName: 's' }));
  return StackEvents.toReversed().map((one) =>
    `${one.LogicalResourceId} ${one.ResourceStatus} ${one.ResourceStatusReason ?? ''}`.trim(),
  );
}

async function issues(cloud: TestCloud, asked: DescribeEventsCommandInput): Promise<string[]> {
  const { OperationEvents = [] } = await formationOf(cloud).send(new DescribeEventsCommand(asked));
  return OperationEvents.filter((one) => one.EventType === 'VALIDATION_ERROR').map((one) => {
    assert.equal(one.ValidationStatus, 'FAILED');
    return [
      one.LogicalResourceId,
      one.ValidationName,
      one.ValidationFailureMode,
      one.ValidationStatusReason,
      one.ValidationPath,
    ].join(' ');
  });
}

test('a stack that can’t come to good is not begun', async () => {
  await using cloud = await cloudWithGroup();
  const stack = await create(cloud, { ...BAD, ...{ Made: GOOD.Group } });
  assert.equal(stack?.StackStatus, 'ROLLBACK_COMPLETE');
  assert.deepEqual(await events(cloud), [
    's CREATE_IN_PROGRESS User Initiated',
    `s CREATE_FAILED ${FAILED}`,
    `s ROLLBACK_COMPLETE ${OVER}`,
  ]);
  assert.deepEqual(await issues(cloud, { StackName: 's', Filters: { FailedEvents: true } }), ISSUES);
  const { OperationId } = stack.LastOperations?.[0] ?? {};
  assert.deepEqual(await issues(cloud, { OperationId }), ISSUES);
  const { logGroups } = await cloud.client(CloudWatchLogsClient).send(new DescribeLogGroupsCommand({}));
  assert.deepEqual(
    logGroups?.map((one) => one.logGroupName),
    ['taken'],
  );
});

test('what becomes of it is as its options say', async () => {
  const ends: [Partial<CreateStackCommandInput>, string][] = [
    [{ DisableRollback: true }, 'CREATE_FAILED'],
    [{ OnFailure: 'DO_NOTHING' }, 'CREATE_FAILED'],
  ];
  for (const [options, status] of ends) {
    await using cloud = await cloudWithGroup();
    const stack = await create(cloud, BAD, options);
    assert.deepEqual([stack?.StackStatus, stack?.StackStatusReason], [status, FAILED]);
  }
  await using cloud = await cloudWithGroup();
  const { StackId } = await formationOf(cloud).send(
    new CreateStackCommand({
      StackName: 's',
      TemplateBody: templateOf(BAD),
      Capabilities: ['CAPABILITY_NAMED_IAM'],
      OnFailure: 'DELETE',
    }),
  );
  assert.equal((await settled(cloud, StackId ?? ''))?.StackStatus, 'DELETE_COMPLETE');
  assert.deepEqual(await issues(cloud, { StackName: StackId }), ISSUES);
});

test('who does not want it hears of each resource by itself', async () => {
  await using cloud = await cloudWithGroup();
  const { Group } = BAD;
  const named = { Group: { ...Group, Properties: { LogGroupName: 'taken' } } };
  await create(cloud, named, { DisableValidation: true });
  assert.match((await reasons(cloud, 's'))[0] ?? '', /^Group: .*already exists/);
  assert.deepEqual(await issues(cloud, { StackName: 's' }), []);
});

test('an update that can’t come to good changes nothing', async () => {
  await using cloud = await cloudWithGroup();
  await create(cloud, GOOD);
  const changed = { ...BAD, Group: { ...GOOD.Group, Properties: { LogGroupName: 'made', RetentionInDays: 7 } } };
  const update = { StackName: 's', TemplateBody: templateOf(changed), Capabilities: ['CAPABILITY_NAMED_IAM' as const] };
  await formationOf(cloud).send(new UpdateStackCommand(update));
  assert.equal((await settled(cloud, 's'))?.StackStatus, 'UPDATE_ROLLBACK_COMPLETE');
  assert.deepEqual((await events(cloud)).slice(-3), [
    's UPDATE_IN_PROGRESS User Initiated',
    `s UPDATE_FAILED ${FAILED.replace('5', '3')}`,
    `s UPDATE_ROLLBACK_COMPLETE ${OVER}`,
  ]);
  const { logGroups } = await cloud.client(CloudWatchLogsClient).send(new DescribeLogGroupsCommand({}));
  assert.deepEqual(
    logGroups?.map((one) => one.retentionInDays),
    [undefined, undefined],
  );
  const better = templateOf({ Group: changed.Group });
  await formationOf(cloud).send(new UpdateStackCommand({ ...update, TemplateBody: better }));
  assert.equal((await settled(cloud, 's'))?.StackStatus, 'UPDATE_COMPLETE');
});

test('a change set that can’t come to good can’t be executed', async () => {
  await using cloud = await cloudWithGroup();
  const formation = formationOf(cloud);
  const { Id, StackId } = await formation.send(
    new CreateChangeSetCommand({
      StackName: 's',
      ChangeSetName: 'c',
      ChangeSetType: 'CREATE',
      TemplateBody: templateOf(BAD),
      Capabilities: ['CAPABILITY_NAMED_IAM'],
    }),
  );
  await cloud.server.cloud.settle();
  const set = await formation.send(new DescribeChangeSetCommand({ ChangeSetName: Id }));
  assert.deepEqual(
    [set.Status, set.ExecutionStatus, set.Changes?.length, set.StatusReason],
    [
      'FAILED',
      'UNAVAILABLE',
      3,
      'The following hook(s)/validation failed: [AWS::EarlyValidation::ResourceExistenceCheck, AWS::EarlyValidation::PropertyValidation]. To troubleshoot Early Validation errors, use the DescribeEvents API for detailed failure information.',
    ],
  );
  assert.deepEqual(await issues(cloud, { ChangeSetName: Id, Filters: { FailedEvents: true } }), ISSUES);
  assert.deepEqual(await issues(cloud, { StackName: StackId }), ISSUES);
});

test('a bucket that is to go and has something in it is warned of', async () => {
  await using cloud = await startTestCloud();
  const [formation, s3] = [formationOf(cloud), cloud.client(S3Client, { forcePathStyle: true })];
  const bucket = (BucketName: string, more: object = {}) => ({
    Type: 'AWS::S3::Bucket',
    Properties: { BucketName },
    ...more,
  });
  await create(cloud, {
    ...GOOD,
    Full: bucket('full-one'),
    Empty: bucket('empty-one'),
    Kept: bucket('kept-one', { DeletionPolicy: 'Retain' }),
  });
  for (const Bucket of ['full-one', 'kept-one']) await s3.send(new PutObjectCommand({ Bucket, Key: 'k' }));
  const { Id } = await formation.send(
    new CreateChangeSetCommand({ StackName: 's', ChangeSetName: 'c', TemplateBody: templateOf(GOOD) }),
  );
  await cloud.server.cloud.settle();
  assert.deepEqual(await issues(cloud, { ChangeSetName: Id }), [
    "Full BUCKET_EMPTINESS_VALIDATION WARN The bucket 'full-one' is not empty. You must either delete all objects and versions or use the deletion policy to retain it, otherwise the delete operation will fail. /Resources/Full",
  ]);
  await formation.send(new ExecuteChangeSetCommand({ ChangeSetName: Id }));
  assert.equal((await settled(cloud, 's'))?.StackStatus, 'UPDATE_COMPLETE');
});

test('a change set takes what is there, if it is asked to', async () => {
  await using cloud = await startTestCloud();
  await cloud.client(S3Client, { forcePathStyle: true }).send(new CreateBucketCommand({ Bucket: 'there-already' }));
  const Bucket = {
    Type: 'AWS::S3::Bucket',
    DeletionPolicy: 'Retain',
    Properties: { BucketName: 'there-already' },
  };
  const { Id } = await formationOf(cloud).send(
    new CreateChangeSetCommand({
      StackName: 's',
      ChangeSetName: 'c',
      ChangeSetType: 'CREATE',
      TemplateBody: templateOf({ Bucket }),
      ImportExistingResources: true,
    }),
  );
  await cloud.server.cloud.settle();
  const set = await formationOf(cloud).send(new DescribeChangeSetCommand({ ChangeSetName: Id }));
  assert.equal(set.Status, 'CREATE_COMPLETE');
});
