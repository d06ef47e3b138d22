import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFormationClient,
  DeleteStackInstancesCommand,
  DeleteStackSetCommand,
  DescribeStackInstanceCommand,
  DescribeStackSetCommand,
  DescribeStacksCommand,
  DetectStackSetDriftCommand,
  ListStackInstanceResourceDriftsCommand,
  ListStackInstancesCommand,
  ListStackSetOperationsCommand,
  ListStackSetsCommand,
  UpdateStackInstancesCommand,
  UpdateStackSetCommand,
} from '@aws-sdk/client-cloudformation';
import {
  GetQueueAttributesCommand,
  ListQueuesCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { clientIn, createInstances, createSet, HOME, instances, OTHER, operation, results, trusted } from './sets.ts';
import { templateOf } from './stacks.ts';

const TEMPLATE = templateOf(
  { Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'jobs', DelaySeconds: { Ref: 'Delay' } } } },
  { Parameters: { Delay: { Type: 'Number', Default: 1 }, Other: { Type: 'String', Default: 'x' } } },
);
const BOTH = [HOME, OTHER];
const REGIONS = ['us-east-1', 'eu-west-1'];

async function delay(cloud: TestCloud, account: string, region: string): Promise<string | undefined> {
  const sqs = clientIn(cloud, SQSClient, account, region);
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({ QueueNamePrefix: 'jobs' }));
  if (QueueUrls[0] === undefined) return undefined;
  const asked = new GetQueueAttributesCommand({ QueueUrl: QueueUrls[0], AttributeNames: ['DelaySeconds'] });
  return (await sqs.send(asked)).Attributes?.DelaySeconds;
}

/** The delays of all queues, account by account. */
async function delays(cloud: TestCloud): Promise<(string | undefined)[]> {
  const found = [];
  for (const account of BOTH) for (const region of REGIONS) found.push(await delay(cloud, account, region));
  return found;
}

test('a set reaches accounts and Regions, one by one', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  await trusted(cloud, ...BOTH);
  const StackSetId = await createSet(cloud, TEMPLATE, { Description: 'queues everywhere' });
  assert.match(StackSetId, /^fleet:[0-9a-f-]{36}$/);
  const OperationId = await createInstances(cloud, BOTH, REGIONS, {
    OperationPreferences: { RegionOrder: ['eu-west-1'] },
  });
  assert.deepEqual(await results(cloud, OperationId), [
    `${HOME} eu-west-1 SUCCEEDED`,
    `${OTHER} eu-west-1 SUCCEEDED`,
    `${HOME} us-east-1 SUCCEEDED`,
    `${OTHER} us-east-1 SUCCEEDED`,
  ]);
  assert.deepEqual(await delays(cloud), ['1', '1', '1', '1']);
  assert.deepEqual(await instances(cloud), [
    `${HOME} eu-west-1 CURRENT SUCCEEDED`,
    `${HOME} us-east-1 CURRENT SUCCEEDED`,
    `${OTHER} eu-west-1 CURRENT SUCCEEDED`,
    `${OTHER} us-east-1 CURRENT SUCCEEDED`,
  ]);
  const done = await operation(cloud, OperationId);
  assert.equal(done?.Status, 'SUCCEEDED');
  assert.equal(done?.Action, 'CREATE');
  assert.deepEqual(done?.OperationPreferences, {
    RegionOrder: ['eu-west-1'],
    FailureToleranceCount: 0,
    MaxConcurrentCount: 1,
  });
  const asked = { StackSetName: 'fleet', StackInstanceAccount: OTHER, StackInstanceRegion: 'eu-west-1' };
  const { StackInstance } = await formation.send(new DescribeStackInstanceCommand(asked));
  assert.match(
    StackInstance?.StackId ?? '',
    new RegExp(`^arn:aws:cloudformation:eu-west-1:${OTHER}:stack/StackSet-fleet-[0-9a-f-]{36}/`),
  );
  const there = clientIn(cloud, CloudFormationClient, OTHER, 'eu-west-1');
  const { Stacks } = await there.send(new DescribeStacksCommand({ StackName: StackInstance?.StackId }));
  assert.equal(Stacks?.[0]?.StackStatus, 'CREATE_COMPLETE');
  const { StackSet } = await formation.send(new DescribeStackSetCommand({ StackSetName: 'fleet' }));
  assert.equal(StackSet?.StackSetARN, `arn:aws:cloudformation:us-east-1:${HOME}:stackset/${StackSetId}`);
  assert.deepEqual(StackSet?.Regions, ['eu-west-1', 'us-east-1']);
  assert.equal(StackSet?.PermissionModel, 'SELF_MANAGED');
});

test('an update reaches all instances; values of their own stay theirs until they are given up', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  await trusted(cloud, ...BOTH);
  await createSet(cloud, TEMPLATE);
  await createInstances(cloud, BOTH, REGIONS);
  const StackSetName = 'fleet';
  const own = { StackSetName, Accounts: [OTHER], Regions: ['eu-west-1'] };
  const pair = { ParameterKey: 'Delay', ParameterValue: '7' };
  await formation.send(new UpdateStackInstancesCommand({ ...own, ParameterOverrides: [pair] }));
  await cloud.server.cloud.settle();
  assert.deepEqual(await delays(cloud), ['1', '1', '1', '7']);
  const Parameters = [{ ParameterKey: 'Delay', ParameterValue: '5' }];
  const { OperationId = '' } = await formation.send(
    new UpdateStackSetCommand({ StackSetName, UsePreviousTemplate: true, Parameters }),
  );
  await cloud.server.cloud.settle();
  assert.equal((await operation(cloud, OperationId))?.Status, 'SUCCEEDED');
  assert.deepEqual(await delays(cloud), ['5', '5', '5', '7']);
  await formation.send(
    new UpdateStackInstancesCommand({
      ...own,
      ParameterOverrides: [{ ParameterKey: 'Delay', UsePreviousValue: true }],
    }),
  );
  await cloud.server.cloud.settle();
  assert.equal(await delay(cloud, OTHER, 'eu-west-1'), '7');
  await formation.send(new UpdateStackInstancesCommand({ ...own, ParameterOverrides: [] }));
  await cloud.server.cloud.settle();
  assert.deepEqual(await delays(cloud), ['5', '5', '5', '5']);
});

test('an update of some instances leaves the others outdated', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  await trusted(cloud, ...BOTH);
  await createSet(cloud, TEMPLATE);
  await createInstances(cloud, BOTH, ['us-east-1']);
  const Parameters = [{ ParameterKey: 'Delay', ParameterValue: '5' }];
  const some = { Accounts: [OTHER], Regions: ['us-east-1'] };
  await formation.send(
    new UpdateStackSetCommand({ StackSetName: 'fleet', UsePreviousTemplate: true, Parameters, ...some }),
  );
  await cloud.server.cloud.settle();
  assert.deepEqual(await instances(cloud), [
    `${HOME} us-east-1 OUTDATED SUCCEEDED`,
    `${OTHER} us-east-1 CURRENT SUCCEEDED`,
  ]);
  // One that brings neither a template nor parameters leaves them as they were.
  const Tags = [{ Key: 'team', Value: 'a' }];
  const current = BOTH.map((account) => `${account} us-east-1 CURRENT SUCCEEDED`);
  for (const targets of [{}, some]) {
    await formation.send(
      new UpdateStackSetCommand({ StackSetName: 'fleet', UsePreviousTemplate: true, Tags, ...targets }),
    );
    await cloud.server.cloud.settle();
    assert.deepEqual(await instances(cloud), current);
  }
});

test('instances are removed with their stacks, or without them; then the set can go', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  await trusted(cloud, ...BOTH);
  const StackSetId = await createSet(cloud, TEMPLATE);
  await createInstances(cloud, BOTH, ['us-east-1']);
  const gone = { StackSetName: 'fleet', Regions: ['us-east-1'] };
  await formation.send(new DeleteStackInstancesCommand({ ...gone, Accounts: [HOME], RetainStacks: false }));
  await cloud.server.cloud.settle();
  const { OperationId = '' } = await formation.send(
    new DeleteStackInstancesCommand({ ...gone, Accounts: [OTHER], RetainStacks: true }),
  );
  await cloud.server.cloud.settle();
  assert.equal((await operation(cloud, OperationId))?.RetainStacks, true);
  assert.deepEqual(await instances(cloud), []);
  assert.equal(await delay(cloud, HOME, 'us-east-1'), undefined);
  assert.equal(await delay(cloud, OTHER, 'us-east-1'), '1');
  const { Summaries: operations } = await formation.send(new ListStackSetOperationsCommand({ StackSetName: 'fleet' }));
  assert.deepEqual(
    operations?.map(({ Action, Status }) => `${Action} ${Status}`),
    ['DELETE SUCCEEDED', 'DELETE SUCCEEDED', 'CREATE SUCCEEDED'],
  );
  await formation.send(new DeleteStackSetCommand({ StackSetName: 'fleet' }));
  const { Summaries } = await formation.send(new ListStackSetsCommand({ Status: 'DELETED' }));
  assert.deepEqual(
    Summaries?.map(({ StackSetId: id, Status }) => [id, Status]),
    [[StackSetId, 'DELETED']],
  );
  assert.deepEqual((await formation.send(new ListStackSetsCommand({ Status: 'ACTIVE' }))).Summaries, []);
});

test('drift is found in every instance', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  await trusted(cloud, ...BOTH);
  await createSet(cloud, TEMPLATE);
  await createInstances(cloud, BOTH, ['us-east-1']);
  const sqs = clientIn(cloud, SQSClient, OTHER);
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl: QueueUrls[0], Attributes: { DelaySeconds: '9' } }));
  const { OperationId = '' } = await formation.send(new DetectStackSetDriftCommand({ StackSetName: 'fleet' }));
  await cloud.server.cloud.settle();
  const done = await operation(cloud, OperationId);
  assert.equal(done?.Action, 'DETECT_DRIFT');
  const { LastDriftCheckTimestamp, ...details } = done?.StackSetDriftDetectionDetails ?? {};
  assert.deepEqual(details, {
    DriftStatus: 'DRIFTED',
    DriftDetectionStatus: 'COMPLETED',
    TotalStackInstancesCount: 2,
    DriftedStackInstancesCount: 1,
    InSyncStackInstancesCount: 1,
    InProgressStackInstancesCount: 0,
    FailedStackInstancesCount: 0,
  });
  const drifted = await formation.send(
    new ListStackInstancesCommand({ StackSetName: 'fleet', Filters: [{ Name: 'DRIFT_STATUS', Values: 'DRIFTED' }] }),
  );
  assert.deepEqual(
    drifted.Summaries?.map(({ Account, DriftStatus }) => [Account, DriftStatus]),
    [[OTHER, 'DRIFTED']],
  );
  const { Summaries } = await formation.send(
    new ListStackInstanceResourceDriftsCommand({
      StackSetName: 'fleet',
      StackInstanceAccount: OTHER,
      StackInstanceRegion: 'us-east-1',
      OperationId,
    }),
  );
  assert.deepEqual(
    Summaries?.map((one) => [one.LogicalResourceId, one.StackResourceDriftStatus, one.PropertyDifferences]),
    [
      [
        'Queue',
        'MODIFIED',
        [{ PropertyPath: '/DelaySeconds', ExpectedValue: '1', ActualValue: '9', DifferenceType: 'NOT_EQUAL' }],
      ],
    ],
  );
  const { StackSet } = await formation.send(new DescribeStackSetCommand({ StackSetName: 'fleet' }));
  assert.equal(StackSet?.StackSetDriftDetectionDetails?.DriftStatus, 'DRIFTED');
});

test('a set with the longest name, and a parameter called constructor', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  await trusted(cloud, HOME);
  const StackSetName = `a${'-b'.repeat(60)}`;
  const TemplateBody = templateOf(
    { Queue: { Type: 'AWS::SQS::Queue', Properties: { DelaySeconds: { Ref: 'constructor' } } } },
    { Parameters: { constructor: { Type: 'Number', Default: 1 } } },
  );
  await createSet(cloud, TemplateBody, { StackSetName });
  await createInstances(cloud, [HOME], ['us-east-1'], { StackSetName });
  const at = { StackSetName, StackInstanceAccount: HOME, StackInstanceRegion: 'us-east-1' };
  const status = async () =>
    (await formation.send(new DescribeStackInstanceCommand(at))).StackInstance?.StackInstanceStatus?.DetailedStatus;
  assert.equal(await status(), 'SUCCEEDED');
  const update = (ParameterKey: string) =>
    formation.send(
      new UpdateStackInstancesCommand({
        StackSetName,
        Accounts: [HOME],
        Regions: ['us-east-1'],
        ParameterOverrides: [{ ParameterKey, UsePreviousValue: true }],
      }),
    );
  await update('constructor');
  await cloud.server.cloud.settle();
  assert.equal(await status(), 'SUCCEEDED');
  const refused = await failure(update('toString'));
  assert.equal(refused.message, 'Parameters: [toString] do not exist in the template');
});

test('a set that was deleted can be asked for by its id for a while', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const id = await createSet(cloud, TEMPLATE);
  await formation.send(new DeleteStackSetCommand({ StackSetName: 'fleet' }));
  const status = async () => (await formation.send(new DescribeStackSetCommand({ StackSetName: id }))).StackSet?.Status;
  await cloud.advance(89 * 86_400_000);
  assert.equal(await status(), 'DELETED');
  await cloud.advance(2 * 86_400_000);
  assert.equal((await failure(status())).name, 'StackSetNotFoundException');
});
