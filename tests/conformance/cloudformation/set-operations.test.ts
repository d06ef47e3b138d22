import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFormationClient,
  type CloudFormationServiceException,
  CreateStackCommand,
  CreateStackInstancesCommand,
  CreateStackSetCommand,
  DeleteStackInstancesCommand,
  DeleteStackSetCommand,
  DescribeStackInstanceCommand,
  DescribeStackSetCommand,
  DescribeStackSetOperationCommand,
  GetTemplateSummaryCommand,
  ImportStacksToStackSetCommand,
  ListStackSetOperationResultsCommand,
  type StackSetOperationPreferences,
  StopStackSetOperationCommand,
  UpdateStackInstancesCommand,
} from '@aws-sdk/client-cloudformation';
import { CreateQueueCommand, DeleteQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { createFunction, functionRole } from '../../support/functions.ts';
import {
  administration,
  clientIn,
  createInstances,
  createSet,
  execution,
  HOME,
  instances,
  OTHER,
  operation,
  results,
  THIRD,
  trusted,
} from './sets.ts';
import { settled, templateOf } from './stacks.ts';

const QUEUE = templateOf({ Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'jobs', DelaySeconds: 1 } } });
const WAITS = templateOf({
  Wait: { Type: 'AWS::CloudFormation::WaitCondition', CreationPolicy: { ResourceSignal: { Timeout: 'PT1M' } } },
});
const ALL = [HOME, OTHER, THIRD];

/** Where a queue of the name is there already, the set's stack fails. */
async function takeName(cloud: TestCloud, account: string, region = 'us-east-1'): Promise<void> {
  await clientIn(cloud, SQSClient, account, region).send(
    new CreateQueueCommand({ QueueName: 'jobs', Attributes: { DelaySeconds: '9' } }),
  );
}

async function statuses(cloud: TestCloud, regions: string[], OperationPreferences: StackSetOperationPreferences) {
  const OperationId = await createInstances(cloud, ALL, regions, { OperationPreferences });
  const short = (await results(cloud, OperationId)).map((line) => line.split(' ').slice(0, 3).join(' '));
  return { status: (await operation(cloud, OperationId))?.Status, results: short, OperationId };
}

async function refused(promise: Promise<unknown>): Promise<string> {
  const error = (await failure(promise)) as CloudFormationServiceException;
  return `${error.name}: ${error.message}`;
}

test('roles that are missing, or trust others, are told by name', async () => {
  await using cloud = await startTestCloud();
  await createSet(cloud, QUEUE);
  const first = await createInstances(cloud, [OTHER], ['us-east-1']);
  assert.deepEqual(await results(cloud, first), [
    `${OTHER} us-east-1 FAILED Account ${HOME} should have 'AWSCloudFormationStackSetAdministrationRole' role with trust relationship to CloudFormation service.`,
  ]);
  await administration(cloud);
  const second = await createInstances(cloud, [OTHER], ['us-east-1']);
  assert.deepEqual(await results(cloud, second), [
    `${OTHER} us-east-1 FAILED Account ${OTHER} should have 'AWSCloudFormationStackSetExecutionRole' role with trust relationship to Role 'AWSCloudFormationStackSetAdministrationRole'.`,
  ]);
  assert.deepEqual(await instances(cloud), [`${OTHER} us-east-1 OUTDATED FAILED`]);
  await execution(cloud, OTHER, ['cloudformation:*', 'lambda:*']);
  const third = await createInstances(cloud, [OTHER], ['us-east-1']);
  const [said = ''] = await results(cloud, third);
  assert.match(
    said,
    /FAILED ResourceLogicalId:Queue, ResourceType:AWS::SQS::Queue, ResourceStatusReason:.*not authorized to perform: sqs:/i,
  );
  assert.equal((await operation(cloud, third))?.Status, 'FAILED');
  assert.equal((await operation(cloud, third))?.StatusDetails?.FailedStackInstancesCount, 1);
});

test('too many failures in a Region end the operation there and in those after it', async () => {
  await using cloud = await startTestCloud();
  await trusted(cloud, ...ALL);
  await createSet(cloud, QUEUE);
  await takeName(cloud, HOME);
  const strict = await statuses(cloud, ['us-east-1', 'eu-west-1'], {});
  assert.equal(strict.status, 'FAILED');
  assert.deepEqual(strict.results, [
    `${HOME} us-east-1 FAILED`,
    `${OTHER} us-east-1 CANCELLED`,
    `${THIRD} us-east-1 CANCELLED`,
    `${HOME} eu-west-1 CANCELLED`,
    `${OTHER} eu-west-1 CANCELLED`,
    `${THIRD} eu-west-1 CANCELLED`,
  ]);
  assert.match(
    (await results(cloud, strict.OperationId))[1] ?? '',
    / CANCELLED Cancelled since failure tolerance has exceeded$/,
  );
});

test('as many as are tolerated may fail', async () => {
  await using cloud = await startTestCloud();
  await trusted(cloud, ...ALL);
  await createSet(cloud, QUEUE);
  await takeName(cloud, HOME);
  const tolerant = await statuses(cloud, ['us-east-1', 'eu-west-1'], {
    FailureTolerancePercentage: 34,
    MaxConcurrentPercentage: 100,
  });
  assert.equal(tolerant.status, 'SUCCEEDED');
  assert.deepEqual(
    tolerant.results.map((line) => line.split(' ')[2]),
    ['FAILED', 'SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED'],
  );
  // What hindered it is gone: the stack is made anew.
  const sqs = cloud.client(SQSClient);
  await sqs.send(new DeleteQueueCommand({ QueueUrl: `${cloud.url}/${HOME}/jobs` }));
  await cloud.advance(61_000);
  const again = await createInstances(cloud, [HOME], ['us-east-1']);
  assert.deepEqual(await results(cloud, again), [`${HOME} us-east-1 SUCCEEDED`]);
});

test('Regions side by side each fail for themselves', async () => {
  await using cloud = await startTestCloud();
  await trusted(cloud, ...ALL);
  await createSet(cloud, QUEUE);
  await takeName(cloud, HOME);
  const { status, results: found } = await statuses(cloud, ['us-east-1', 'eu-west-1'], {
    RegionConcurrencyType: 'PARALLEL',
  });
  assert.equal(status, 'FAILED');
  assert.deepEqual(
    found.map((line) => line.split(' ')[2]),
    ['FAILED', 'CANCELLED', 'CANCELLED', 'SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED'],
  );
});

test('an operation is stopped: what has begun ends, the rest is cancelled', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  await trusted(cloud, ...ALL);
  await createSet(cloud, WAITS);
  const OperationId = await createInstances(cloud, ALL, ['us-east-1'], {
    OperationPreferences: { FailureToleranceCount: 1, MaxConcurrentCount: 3 },
  });
  // Strict: no more than may fail, and one, at a time.
  assert.deepEqual(await results(cloud, OperationId), [
    `${HOME} us-east-1 RUNNING`,
    `${OTHER} us-east-1 RUNNING`,
    `${THIRD} us-east-1 PENDING`,
  ]);
  const StackSetName = 'fleet';
  assert.match(
    await refused(
      formation.send(new CreateStackInstancesCommand({ StackSetName, Accounts: ALL, Regions: ['eu-west-1'] })),
    ),
    new RegExp(
      `^OperationInProgressException: Another Operation on StackSet arn:aws:cloudformation:us-east-1:${HOME}:stackset/fleet:[0-9a-f-]+ is in progress: ${OperationId}$`,
    ),
  );
  await formation.send(new StopStackSetOperationCommand({ StackSetName, OperationId }));
  assert.equal((await operation(cloud, OperationId))?.Status, 'STOPPING');
  await cloud.advance(61_000);
  assert.equal((await operation(cloud, OperationId))?.Status, 'STOPPED');
  assert.deepEqual(
    (await results(cloud, OperationId)).map((line) => line.split(' ')[2]),
    ['FAILED', 'FAILED', 'CANCELLED'],
  );
  assert.equal(
    await refused(formation.send(new StopStackSetOperationCommand({ StackSetName, OperationId }))),
    `InvalidOperationException: Operation ${OperationId} cannot be stopped in its current status STOPPED`,
  );
});

test('soft failure tolerance keeps as many at work as may be', async () => {
  await using cloud = await startTestCloud();
  await trusted(cloud, ...ALL);
  await createSet(cloud, WAITS);
  const OperationId = await createInstances(cloud, ALL, ['us-east-1'], {
    OperationPreferences: { MaxConcurrentCount: 3, ConcurrencyMode: 'SOFT_FAILURE_TOLERANCE' },
  });
  assert.deepEqual(
    (await results(cloud, OperationId)).map((line) => line.split(' ')[2]),
    ['RUNNING', 'RUNNING', 'RUNNING'],
  );
});

test('managed execution: what has nothing in common goes on side by side, the rest waits its turn', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  await trusted(cloud, HOME, OTHER);
  await createSet(cloud, WAITS, { ManagedExecution: { Active: true } });
  const asked = async (account: string) => {
    const { OperationId: id = '' } = await formation.send(
      new CreateStackInstancesCommand({ StackSetName: 'fleet', Accounts: [account], Regions: ['us-east-1'] }),
    );
    return id;
  };
  const first = await asked(HOME);
  const same = await asked(HOME);
  const other = await asked(OTHER);
  await cloud.server.cloud.settle();
  const found = [];
  for (const id of [first, same, other]) found.push((await operation(cloud, id))?.Status);
  assert.deepEqual(found, ['RUNNING', 'QUEUED', 'RUNNING']);
  await cloud.advance(61_000);
  assert.equal((await operation(cloud, first))?.Status, 'FAILED');
  assert.equal((await operation(cloud, same))?.Status, 'RUNNING');
});

test('an account’s gate lets nobody in', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  await trusted(cloud, HOME, OTHER);
  await createSet(cloud, QUEUE);
  const answer = 'export const handler = async () => ({ Status: "FAILED" });';
  await createFunction(cloud, await functionRole(cloud), 'AWSCloudFormationStackSetAccountGate', answer);
  const OperationId = await createInstances(cloud, [HOME, OTHER], ['us-east-1'], {
    OperationPreferences: { FailureToleranceCount: 1 },
  });
  const { Summaries } = await formation.send(
    new ListStackSetOperationResultsCommand({ StackSetName: 'fleet', OperationId }),
  );
  assert.deepEqual(
    Summaries?.map(({ Status, AccountGateResult }) => [Status, AccountGateResult]),
    [
      ['FAILED', { Status: 'FAILED', StatusReason: '{"Status":"FAILED"}' }],
      [
        'SUCCEEDED',
        {
          Status: 'SKIPPED',
          StatusReason: `Function not found: arn:aws:lambda:us-east-1:${OTHER}:function:AWSCloudFormationStackSetAccountGate`,
        },
      ],
    ],
  );
});

test('stacks that are there become instances', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  await trusted(cloud, HOME, OTHER);
  const there = clientIn(cloud, CloudFormationClient, OTHER);
  const { StackId = '' } = await there.send(new CreateStackCommand({ StackName: 'old', TemplateBody: QUEUE }));
  const { StackId: another = '' } = await formation.send(
    new CreateStackCommand({ StackName: 'another', TemplateBody: templateOf({ Topic: { Type: 'AWS::SNS::Topic' } }) }),
  );
  await settled(cloud, 'another');
  await formation.send(new CreateStackSetCommand({ StackSetName: 'fleet', TemplateBody: QUEUE }));
  const { OperationId = '' } = await formation.send(
    new ImportStacksToStackSetCommand({
      StackSetName: 'fleet',
      StackIds: [StackId, another],
      OperationPreferences: { FailureToleranceCount: 1 },
    }),
  );
  await cloud.server.cloud.settle();
  assert.deepEqual(await results(cloud, OperationId), [
    `${OTHER} us-east-1 SUCCEEDED`,
    `${HOME} us-east-1 FAILED Stack ${another} cannot be imported: its template is not that of the stack set.`,
  ]);
  assert.deepEqual(await instances(cloud), [
    `${HOME} us-east-1 INOPERABLE FAILED_IMPORT`,
    `${OTHER} us-east-1 CURRENT SUCCEEDED`,
  ]);
  const asked = { StackSetName: 'fleet', StackInstanceAccount: OTHER, StackInstanceRegion: 'us-east-1' };
  assert.equal((await formation.send(new DescribeStackInstanceCommand(asked))).StackInstance?.StackId, StackId);
  const gone = { StackSetName: 'fleet', StackIds: [`${another}0`] };
  assert.equal((await failure(formation.send(new ImportStacksToStackSetCommand(gone)))).name, 'StackNotFoundException');
  const many = { ...gone, StackIds: Array.from({ length: 11 }, (_, at) => `${gone.StackIds[0]}${at}`) };
  assert.equal((await failure(formation.send(new ImportStacksToStackSetCommand(many)))).name, 'LimitExceededException');
  const twice = { StackSetName: 'fleet', StackIds: [another, another] };
  assert.match(
    (await failure(formation.send(new ImportStacksToStackSetCommand(twice)))).message,
    /^The stack set has an instance in account 123456789012 and Region us-east-1 already$/,
  );
});

test('a template too long for a request reaches its accounts', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  await trusted(cloud, HOME);
  const long = templateOf({ Queue: { Type: 'AWS::SQS::Queue' } }, { Metadata: { Text: 'x'.repeat(50_000) } });
  const { StackId } = await formation.send(new CreateStackCommand({ StackName: 'one', TemplateBody: long }));
  await settled(cloud, 'one');
  await formation.send(new CreateStackSetCommand({ StackSetName: 'fleet', StackId }));
  const OperationId = await createInstances(cloud, [HOME], ['us-east-1']);
  assert.equal((await operation(cloud, OperationId))?.Status, 'SUCCEEDED');
  const { ResourceTypes } = await formation.send(new GetTemplateSummaryCommand({ StackSetName: 'fleet' }));
  assert.deepEqual(ResourceTypes, ['AWS::SQS::Queue']);
});

test('what can’t be is refused', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const StackSetName = 'fleet';
  const organization =
    'ValidationError: You must be the management account or delegated admin account of an organization before operating a SERVICE_MANAGED stack set';
  const set = { StackSetName, TemplateBody: QUEUE };
  assert.equal(
    await refused(formation.send(new CreateStackSetCommand({ ...set, PermissionModel: 'SERVICE_MANAGED' }))),
    organization,
  );
  assert.equal(
    await refused(formation.send(new CreateStackSetCommand({ ...set, CallAs: 'DELEGATED_ADMIN' }))),
    'ValidationError: You can only operate on SERVICE_MANAGED StackSets as a delegated administrator',
  );
  assert.equal(
    await refused(formation.send(new CreateStackSetCommand({ ...set, StackSetName: '1st' }))),
    "ValidationError: 1 validation error detected: Value '1st' at 'stackSetName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*",
  );
  assert.equal(
    await refused(formation.send(new DescribeStackSetCommand({ StackSetName }))),
    'StackSetNotFoundException: StackSet fleet not found',
  );
  await createSet(cloud, QUEUE);
  assert.equal(
    await refused(formation.send(new CreateStackSetCommand({ ...set, ClientRequestToken: 'another' }))),
    'NameAlreadyExistsException: StackSet fleet already exists',
  );
  const targets = { StackSetName, Accounts: [HOME], Regions: ['us-east-1'] };
  assert.match(
    await refused(formation.send(new UpdateStackInstancesCommand(targets))),
    /^StackInstanceNotFoundException: /,
  );
  assert.equal(
    await refused(formation.send(new CreateStackInstancesCommand({ ...targets, Regions: ['mars-1'] }))),
    'ValidationError: Region mars-1 is not supported',
  );
  assert.equal(
    await refused(
      formation.send(
        new CreateStackInstancesCommand({
          ...targets,
          OperationPreferences: { FailureToleranceCount: 1, FailureTolerancePercentage: 1 },
        }),
      ),
    ),
    'ValidationError: Exactly one of FailureToleranceCount or FailureTolerancePercentage must be specified',
  );
  assert.equal(
    await refused(
      formation.send(
        new CreateStackInstancesCommand({
          StackSetName,
          Regions: ['us-east-1'],
          DeploymentTargets: { OrganizationalUnitIds: ['ou-abcd-12345678'] },
        }),
      ),
    ),
    'ValidationError: StackSets with SELF_MANAGED permission model can only have accounts as target',
  );
  await createInstances(cloud, [HOME], ['us-east-1'], { OperationId: 'mine' });
  assert.equal(
    await refused(formation.send(new CreateStackInstancesCommand({ ...targets, OperationId: 'mine' }))),
    'OperationIdAlreadyExistsException: Operation with id mine already exists',
  );
  assert.equal(
    await refused(formation.send(new DescribeStackSetOperationCommand({ StackSetName, OperationId: 'none' }))),
    'OperationNotFoundException: Operation none not found',
  );
  assert.equal(
    await refused(formation.send(new DeleteStackSetCommand({ StackSetName }))),
    'StackSetNotEmptyException: StackSet is not empty',
  );
  await formation.send(new DeleteStackInstancesCommand({ ...targets, RetainStacks: false }));
  await cloud.server.cloud.settle();
  await formation.send(new DeleteStackSetCommand({ StackSetName }));
});
