/** Change sets of a whole hierarchy of stacks: what is looked at, what is made of it, and what goes when it is given up. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFormationClient,
  CreateChangeSetCommand,
  type CreateChangeSetCommandInput,
  DeleteChangeSetCommand,
  DescribeChangeSetCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
} from '@aws-sdk/client-cloudformation';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { outputs, settled, templateOf } from './stacks.ts';

const QUEUE = 'AWS::SQS::Queue';
const NESTED = 'AWS::CloudFormation::Stack';
const ARN = { Parameters: { Arn: { Type: 'String', AllowedPattern: 'arn:.+' } } };
const url = (key: string) => `https://s3.amazonaws.com/templates/${key}`;

/** A stack in a stack in a stack; the middle one is told of a queue that nobody knows before it is made. */
async function hierarchy(cloud: TestCloud) {
  const formation = cloud.client(CloudFormationClient);
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'templates' }));
  const write = (Key: string, Body: string) => s3.send(new PutObjectCommand({ Bucket: 'templates', Key, Body }));
  const leaf = (delay: unknown) =>
    templateOf(
      { Leaf: { Type: QUEUE, Properties: { DelaySeconds: delay } } },
      { Outputs: { Url: { Value: { Ref: 'Leaf' } } } },
    );
  await write('leaf-1', leaf(1));
  await write('leaf-2', leaf(2));
  const trust = {
    Statement: { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
  };
  await write(
    'role',
    templateOf({ Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: trust } } }, ARN),
  );
  const middle = (key: string) =>
    templateOf(
      {
        Told: { Type: 'AWS::SSM::Parameter', Properties: { Type: 'String', Value: { Ref: 'Arn' } } },
        Inner: { Type: NESTED, Properties: { TemplateURL: url(key) } },
      },
      {
        ...ARN,
        Outputs: {
          Url: { Value: { 'Fn::GetAtt': ['Inner', 'Outputs.Url'] } },
          ...(key === 'leaf-2' && { More: { Value: 'more' } }),
        },
      },
    );
  await write('middle-1', middle('leaf-1'));
  await write('middle-2', middle('leaf-2'));
  await write('broken', templateOf({ Broken: { Type: 'AWS::No::Such' } }, ARN));
  const root = (key: string) =>
    templateOf(
      {
        Queue: { Type: QUEUE },
        // An output that the nested stack does not have before.
        ...(key === 'middle-2' && {
          More: {
            Type: 'AWS::SSM::Parameter',
            Properties: { Type: 'String', Value: { 'Fn::GetAtt': ['Middle', 'Outputs.More'] } },
          },
        }),
        Middle: {
          Type: NESTED,
          Properties: { TemplateURL: url(key), Parameters: { Arn: { 'Fn::GetAtt': ['Queue', 'Arn'] } } },
        },
      },
      key.startsWith('middle') ? { Outputs: { Url: { Value: { 'Fn::GetAtt': ['Middle', 'Outputs.Url'] } } } } : {},
    );
  const look = async (
    key: string,
    type: CreateChangeSetCommandInput['ChangeSetType'],
    Capabilities: CreateChangeSetCommandInput['Capabilities'] = [],
  ) => {
    const { Id } = await formation.send(
      new CreateChangeSetCommand({
        StackName: 'root',
        ChangeSetName: `look-at-${key}${Capabilities.length}`,
        ChangeSetType: type,
        IncludeNestedStacks: true,
        Capabilities,
        TemplateBody: root(key),
      }),
    );
    await cloud.server.cloud.settle();
    return describe(Id);
  };
  const describe = (ChangeSetName: string | undefined) =>
    formation.send(new DescribeChangeSetCommand({ ChangeSetName }));
  const execute = async (ChangeSetName: string | undefined) => {
    await formation.send(new ExecuteChangeSetCommand({ ChangeSetName }));
    return (await settled(cloud, 'root'))?.StackStatus;
  };
  const below = async (set: Awaited<ReturnType<typeof describe>>, logicalId: string) => {
    const change = set.Changes?.find(({ ResourceChange }) => ResourceChange?.LogicalResourceId === logicalId);
    return describe(change?.ResourceChange?.ChangeSetId);
  };
  const statusOf = async (StackName: string | undefined) =>
    (await formation.send(new DescribeStacksCommand({ StackName }))).Stacks?.[0];
  return { formation, look, describe, execute, below, statusOf };
}

test('each stack of a hierarchy has its change set, executed and updated from the root', async () => {
  await using cloud = await startTestCloud();
  const { formation, look, describe, execute, below, statusOf } = await hierarchy(cloud);
  const root = await look('middle-1', 'CREATE');
  assert.equal(root.Status, 'CREATE_COMPLETE');
  const middle = await below(root, 'Middle');
  const inner = await below(middle, 'Inner');
  assert.deepEqual([middle.ParentChangeSetId, middle.RootChangeSetId], [root.ChangeSetId, root.ChangeSetId]);
  assert.deepEqual([inner.ParentChangeSetId, inner.RootChangeSetId], [middle.ChangeSetId, root.ChangeSetId]);
  assert.deepEqual(
    inner.Changes?.map(({ ResourceChange }) => [ResourceChange?.Action, ResourceChange?.LogicalResourceId]),
    [['Add', 'Leaf']],
  );
  const waiting = await statusOf(middle.StackId);
  assert.deepEqual([waiting?.StackStatus, waiting?.RootId], ['REVIEW_IN_PROGRESS', root.StackId]);
  const refused = await failure(formation.send(new ExecuteChangeSetCommand({ ChangeSetName: middle.ChangeSetId })));
  assert.equal(refused.name, 'InvalidChangeSetStatusException');
  assert.equal(await execute(root.ChangeSetId), 'CREATE_COMPLETE');
  // The stacks that were looked at are the ones that were made.
  const made = [await statusOf(middle.StackId), await statusOf(inner.StackId)];
  assert.deepEqual(
    made.map((stack) => [stack?.StackStatus, stack?.RootId]),
    [
      ['CREATE_COMPLETE', root.StackId],
      ['CREATE_COMPLETE', root.StackId],
    ],
  );
  assert.match((await outputs(cloud, 'root')).Url ?? '', /-Leaf-/);
  assert.equal((await describe(inner.ChangeSetId)).ExecutionStatus, 'EXECUTE_COMPLETE');

  const next = await look('middle-2', 'UPDATE');
  const change = (await below(await below(next, 'Middle'), 'Inner')).Changes?.[0]?.ResourceChange;
  assert.deepEqual([change?.Action, change?.LogicalResourceId, change?.Replacement], ['Modify', 'Leaf', 'False']);
  assert.equal(await execute(next.ChangeSetId), 'UPDATE_COMPLETE');
  assert.equal((await statusOf(inner.StackId))?.StackStatus, 'UPDATE_COMPLETE');
});

test('what is wrong below is told above; what is given up leaves nothing', async () => {
  await using cloud = await startTestCloud();
  const { formation, look, below, statusOf } = await hierarchy(cloud);
  const broken = await look('broken', 'CREATE');
  assert.equal(broken.Status, 'FAILED');
  assert.match(broken.StatusReason ?? '', /Unrecognized resource types: \[AWS::No::Such\]/);
  await formation.send(new DeleteChangeSetCommand({ ChangeSetName: broken.ChangeSetId }));
  // What only a nested stack needs is known above, too.
  assert.match((await look('role', 'CREATE')).StatusReason ?? '', /Requires capabilities : \[CAPABILITY_IAM\]/);
  assert.equal((await look('role', 'CREATE', ['CAPABILITY_IAM'])).Status, 'CREATE_COMPLETE');
  const root = await look('middle-1', 'CREATE');
  const middle = await below(root, 'Middle');
  const inner = await below(middle, 'Inner');
  await formation.send(new DeleteChangeSetCommand({ ChangeSetName: root.ChangeSetId }));
  await cloud.server.cloud.settle();
  for (const { StackId, ChangeSetId } of [middle, inner]) {
    assert.equal((await statusOf(StackId))?.StackStatus, 'DELETE_COMPLETE');
    const gone = await failure(formation.send(new DescribeChangeSetCommand({ ChangeSetName: ChangeSetId })));
    assert.equal(gone.name, 'ChangeSetNotFoundException');
  }
  assert.equal((await statusOf('root'))?.StackStatus, 'REVIEW_IN_PROGRESS');
});

test('what one nested stack exports, another may import, though neither is there', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'templates' }));
  const write = (Key: string, Body: string) => s3.send(new PutObjectCommand({ Bucket: 'templates', Key, Body }));
  const Export = { Name: 'jobs' };
  await write(
    'giving',
    templateOf(
      { Queue: { Type: QUEUE } },
      { Outputs: { Url: { Value: { 'Fn::GetAtt': ['Queue', 'QueueName'] }, Export } } },
    ),
  );
  const Value = { 'Fn::ImportValue': 'jobs' };
  await write(
    'taking',
    templateOf(
      { Told: { Type: 'AWS::SSM::Parameter', Properties: { Type: 'String', Value } } },
      { Outputs: { Told: { Value: { 'Fn::GetAtt': ['Told', 'Value'] } } } },
    ),
  );
  const TemplateBody = templateOf(
    {
      Taking: { Type: NESTED, DependsOn: 'Giving', Properties: { TemplateURL: url('taking') } },
      Giving: { Type: NESTED, Properties: { TemplateURL: url('giving') } },
    },
    { Outputs: { Told: { Value: { 'Fn::GetAtt': ['Taking', 'Outputs.Told'] } } } },
  );
  const asked = { StackName: 'root', ChangeSetName: 'all', ChangeSetType: 'CREATE', TemplateBody } as const;
  const { Id } = await formation.send(new CreateChangeSetCommand({ ...asked, IncludeNestedStacks: true }));
  await cloud.server.cloud.settle();
  const set = await formation.send(new DescribeChangeSetCommand({ ChangeSetName: Id }));
  assert.deepEqual([set.Status, set.StatusReason], ['CREATE_COMPLETE', undefined]);
  await formation.send(new ExecuteChangeSetCommand({ ChangeSetName: Id }));
  assert.match((await outputs(cloud, 'root')).Told ?? '', /^root-Giving-.*-Queue-/);
  // A change set of one stack looks it up.
  const alone = { StackName: 'alone', ChangeSetName: 'one', ChangeSetType: 'CREATE' } as const;
  const Missing = { Type: 'AWS::SSM::Parameter', Properties: { Type: 'String', Value: { 'Fn::ImportValue': 'no' } } };
  const refused = await formation.send(new CreateChangeSetCommand({ ...alone, TemplateBody: templateOf({ Missing }) }));
  await cloud.server.cloud.settle();
  const { StatusReason } = await formation.send(new DescribeChangeSetCommand({ ChangeSetName: refused.Id }));
  assert.equal(StatusReason, 'No export named no found');
});
