import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CancelUpdateStackCommand,
  CloudFormationClient,
  ContinueUpdateRollbackCommand,
  CreateChangeSetCommand,
  CreateStackCommand,
  type CreateStackCommandInput,
  DescribeStackDriftDetectionStatusCommand,
  DescribeStackEventsCommand,
  DescribeStackResourceDriftsCommand,
  DescribeStacksCommand,
  DetectStackDriftCommand,
  ExecuteChangeSetCommand,
  GetStackPolicyCommand,
  RollbackStackCommand,
  SetStackPolicyCommand,
  SignalResourceCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { create, events, expectStatus, physicalIds, reasons, settled, templateOf } from './stacks.ts';

const queue = (Properties: object = {}, more: object = {}) => ({ Type: 'AWS::SQS::Queue', Properties, ...more });
const waiting = (more: object = {}) => ({
  Handle: { Type: 'AWS::CloudFormation::WaitConditionHandle' },
  Wait: {
    Type: 'AWS::CloudFormation::WaitCondition',
    Properties: { Handle: { Ref: 'Handle' }, Timeout: '3600' },
    ...more,
  },
});

async function begin(
  cloud: TestCloud,
  StackName: string,
  TemplateBody: string,
  more: Partial<CreateStackCommandInput> = {},
) {
  await cloud.client(CloudFormationClient).send(new CreateStackCommand({ StackName, TemplateBody, ...more }));
  return settled(cloud, StackName);
}

const change = (cloud: TestCloud, StackName: string, TemplateBody: string) =>
  cloud.client(CloudFormationClient).send(new UpdateStackCommand({ StackName, TemplateBody }));

test('who asks for what is under way hears of its end, unless that waits for the clock', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const asked = async () =>
    (await formation.send(new DescribeStacksCommand({ StackName: 's' }))).Stacks?.[0]?.StackStatus;
  await formation.send(new CreateStackCommand({ StackName: 's', TemplateBody: templateOf({ Queue: queue() }) }));
  assert.equal(await asked(), 'CREATE_COMPLETE');
  await change(cloud, 's', templateOf({ Queue: queue({ DelaySeconds: 2 }), ...waiting() }));
  assert.equal(await asked(), 'UPDATE_IN_PROGRESS');
});

test('an update that waits is cancelled, and goes back', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  await create(cloud, 's', templateOf({ Queue: queue({ DelaySeconds: 1 }) }));
  const early = await failure(formation.send(new CancelUpdateStackCommand({ StackName: 's' })));
  assert.equal(early.message, 'CancelUpdateStack cannot be called from current stack status');
  await change(cloud, 's', templateOf({ Queue: queue({ DelaySeconds: 2 }), ...waiting() }));
  await expectStatus(cloud, 's', 'UPDATE_IN_PROGRESS');
  await formation.send(new CancelUpdateStackCommand({ StackName: 's' }));
  await expectStatus(cloud, 's', 'UPDATE_ROLLBACK_COMPLETE');
  assert.deepEqual(Object.keys(await physicalIds(cloud, 's')), ['Queue']);
});

test('a stack that takes too long is taken back', async () => {
  await using cloud = await startTestCloud();
  await begin(cloud, 's', templateOf(waiting()), { TimeoutInMinutes: 5 });
  await cloud.advance(299_000);
  await expectStatus(cloud, 's', 'CREATE_IN_PROGRESS');
  await cloud.advance(2_000);
  await expectStatus(cloud, 's', 'ROLLBACK_COMPLETE');
  assert.match((await reasons(cloud, 's')).join('\n'), /s: Stack creation time exceeded the specified timeout\. /);
});

test('a resource with a creation policy waits for its signals', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const Wait = {
    Type: 'AWS::CloudFormation::WaitCondition',
    CreationPolicy: { ResourceSignal: { Count: '2', Timeout: 'PT10M' } },
  };
  const signal = (UniqueId: string, Status: 'SUCCESS' | 'FAILURE') =>
    formation.send(new SignalResourceCommand({ StackName: 's', LogicalResourceId: 'Wait', UniqueId, Status }));
  await begin(cloud, 's', templateOf({ Wait }));
  await signal('a', 'SUCCESS');
  await expectStatus(cloud, 's', 'CREATE_IN_PROGRESS');
  await signal('b', 'SUCCESS');
  await expectStatus(cloud, 's', 'CREATE_COMPLETE');
  const late = await failure(signal('c', 'SUCCESS'));
  assert.match(late.message, /Signal could not be sent/);
  const { StackEvents = [] } = await formation.send(new DescribeStackEventsCommand({ StackName: 's' }));
  assert.deepEqual(
    StackEvents.flatMap(({ ResourceStatusReason: why = '' }) => (why.includes('signal') ? why : [])).toReversed(),
    ['Received SUCCESS signal with UniqueId a', 'Received SUCCESS signal with UniqueId b'],
  );
});

test('a resource whose signals tell of failure, or do not come, is not made', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const CreationPolicy = { ResourceSignal: { Count: 2, Timeout: 'PT5M' } };
  const TemplateBody = templateOf({ Wait: { Type: 'AWS::CloudFormation::WaitCondition', CreationPolicy } });
  const signal = { LogicalResourceId: 'Wait', UniqueId: 'a' };
  await begin(cloud, 'told', TemplateBody);
  await formation.send(new SignalResourceCommand({ StackName: 'told', ...signal, Status: 'FAILURE' }));
  await expectStatus(cloud, 'told', 'ROLLBACK_COMPLETE');
  assert.equal((await reasons(cloud, 'told'))[0], 'Wait: Received FAILURE signal with UniqueId a');
  await begin(cloud, 'late', TemplateBody);
  await formation.send(new SignalResourceCommand({ StackName: 'late', ...signal, Status: 'SUCCESS' }));
  await cloud.advance(300_000);
  await expectStatus(cloud, 'late', 'ROLLBACK_COMPLETE');
  assert.equal(
    (await reasons(cloud, 'late'))[0],
    'Wait: Failed to receive 1 resource signal(s) within the specified duration',
  );
});

test('what a stack’s policy guards an update does not touch', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  await create(cloud, 's', templateOf({ Kept: queue({ DelaySeconds: 1 }), Other: queue() }));
  const StackPolicyBody = JSON.stringify({
    Statement: [
      { Effect: 'Allow', Action: 'Update:*', Principal: '*', Resource: '*' },
      { Effect: 'Deny', Action: 'Update:*', Principal: '*', Resource: 'LogicalResourceId/Kept' },
    ],
  });
  await formation.send(new SetStackPolicyCommand({ StackName: 's', StackPolicyBody }));
  assert.equal((await formation.send(new GetStackPolicyCommand({ StackName: 's' }))).StackPolicyBody, StackPolicyBody);
  await change(cloud, 's', templateOf({ Kept: queue({ DelaySeconds: 2 }), Other: queue() }));
  await expectStatus(cloud, 's', 'UPDATE_ROLLBACK_COMPLETE');
  assert.match(
    (await reasons(cloud, 's'))[0] ?? '',
    /^Kept: Action denied by stack policy: Statement \[#2\] does not allow \[Update:Modify\] for resource \[Kept\]/,
  );
  await change(cloud, 's', templateOf({ Other: queue() }));
  await expectStatus(cloud, 's', 'UPDATE_ROLLBACK_COMPLETE');
  await change(cloud, 's', templateOf({ Kept: queue({ DelaySeconds: 1 }) }));
  await expectStatus(cloud, 's', 'UPDATE_COMPLETE');
  const bad = await failure(formation.send(new SetStackPolicyCommand({ StackName: 's', StackPolicyBody: 'no' })));
  assert.match(bad.message, /^Error validating stack policy/);
});

test('a stack that was left as it failed is taken back when asked', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const bad = { Bad: queue({ DelaySeconds: 100_000 }, { DependsOn: 'Queue' }) };
  await begin(cloud, 'new', templateOf({ Queue: queue(), ...bad }), { DisableRollback: true });
  await expectStatus(cloud, 'new', 'CREATE_FAILED');
  await formation.send(new RollbackStackCommand({ StackName: 'new' }));
  await expectStatus(cloud, 'new', 'ROLLBACK_COMPLETE');
  await create(cloud, 's', templateOf({ Queue: queue({ DelaySeconds: 1 }) }));
  const TemplateBody = templateOf({ Queue: queue({ DelaySeconds: 2 }), ...bad });
  await formation.send(new UpdateStackCommand({ StackName: 's', TemplateBody, DisableRollback: true }));
  await expectStatus(cloud, 's', 'UPDATE_FAILED');
  await formation.send(new RollbackStackCommand({ StackName: 's' }));
  await expectStatus(cloud, 's', 'UPDATE_ROLLBACK_COMPLETE');
});

test('a way back that is blocked goes on, without what blocks it', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  await create(cloud, 's', templateOf({ Queue: queue({ DelaySeconds: 1 }) }));
  const { Queue: QueueUrl } = await physicalIds(cloud, 's');
  await change(cloud, 's', templateOf({ Queue: queue({ DelaySeconds: 2 }), ...waiting({ DependsOn: 'Queue' }) }));
  await expectStatus(cloud, 's', 'UPDATE_IN_PROGRESS');
  await cloud.client(SQSClient).send(new DeleteQueueCommand({ QueueUrl }));
  await formation.send(new CancelUpdateStackCommand({ StackName: 's' }));
  await expectStatus(cloud, 's', 'UPDATE_ROLLBACK_FAILED');
  const wrong = await failure(
    formation.send(new ContinueUpdateRollbackCommand({ StackName: 's', ResourcesToSkip: ['Nobody'] })),
  );
  assert.match(wrong.message, /\[Nobody\]/);
  await formation.send(new ContinueUpdateRollbackCommand({ StackName: 's', ResourcesToSkip: ['Queue'] }));
  await expectStatus(cloud, 's', 'UPDATE_ROLLBACK_COMPLETE');
});

test('topics hear what happens, in order', async () => {
  await using cloud = await startTestCloud();
  const sqs = cloud.client(SQSClient);
  const { TopicArn = '' } = await cloud.client(SNSClient).send(new CreateTopicCommand({ Name: 'events' }));
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: '*' }],
  });
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'heard', Attributes: { Policy } }));
  const Endpoint = 'arn:aws:sqs:us-east-1:123456789012:heard';
  await cloud.client(SNSClient).send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint }));
  await create(cloud, 's', templateOf({ Queue: queue() }), { NotificationARNs: [TopicArn] });
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  const heard = Messages?.map(({ Body }) => JSON.parse(Body ?? '{}').Message as string) ?? [];
  assert.deepEqual(heard.map((text) => /LogicalResourceId='(.*)'/.exec(text)?.[1]).toSorted(), [
    'Queue',
    'Queue',
    'Queue',
    's',
    's',
  ]);
  assert.equal((await events(cloud, 's')).length, 4);
  // That a stack tells nobody any more is an update.
  const formation = cloud.client(CloudFormationClient);
  const silent = () =>
    formation.send(new UpdateStackCommand({ StackName: 's', UsePreviousTemplate: true, NotificationARNs: [] }));
  await silent();
  await expectStatus(cloud, 's', 'UPDATE_COMPLETE');
  const { Stacks } = await formation.send(new DescribeStacksCommand({ StackName: 's' }));
  assert.deepEqual(Stacks?.[0]?.NotificationARNs, []);
  assert.equal((await failure(silent())).message, 'No updates are to be performed.');
});

test('topics that are not there, or are elsewhere, are refused', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const request = { StackName: 's', TemplateBody: templateOf({ Queue: queue() }) };
  for (const [region, said] of [
    ['us-east-1', /^Topic does not exist \(Service: AmazonSNS; Status Code: 404; Error Code: NotFound; Request ID: /],
    [
      'eu-west-1',
      /^Invalid parameter: TopicArn \(Service: AmazonSNS; Status Code: 400; Error Code: InvalidParameter; /,
    ],
  ] as const) {
    const NotificationARNs = [`arn:aws:sns:${region}:123456789012:gone`];
    const error = await failure(formation.send(new CreateStackCommand({ ...request, NotificationARNs })));
    assert.equal(error.name, 'ValidationError');
    assert.match(error.message, said);
  }
  const NotificationARNs = ['arn:aws:sns:us-east-1:123456789012:gone'];
  const named = { ...request, ChangeSetName: 'c', ChangeSetType: 'CREATE', NotificationARNs } as const;
  await formation.send(new CreateChangeSetCommand(named));
  await cloud.server.cloud.settle();
  await assert.rejects(formation.send(new ExecuteChangeSetCommand(named)), { name: 'ValidationError' });
});

test('what was changed outside the stack has drifted', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  await create(
    cloud,
    's',
    templateOf({ Queue: queue({ DelaySeconds: 1 }), Same: queue({ DelaySeconds: 1 }), Gone: queue() }),
  );
  const ids = await physicalIds(cloud, 's');
  const sqs = cloud.client(SQSClient);
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl: ids.Queue, Attributes: { DelaySeconds: '9' } }));
  await sqs.send(new DeleteQueueCommand({ QueueUrl: ids.Gone }));
  const { StackDriftDetectionId } = await formation.send(new DetectStackDriftCommand({ StackName: 's' }));
  await cloud.server.cloud.settle();
  const status = await formation.send(new DescribeStackDriftDetectionStatusCommand({ StackDriftDetectionId }));
  assert.deepEqual(
    [status.DetectionStatus, status.StackDriftStatus, status.DriftedStackResourceCount],
    ['DETECTION_COMPLETE', 'DRIFTED', 2],
  );
  const { StackResourceDrifts } = await formation.send(new DescribeStackResourceDriftsCommand({ StackName: 's' }));
  assert.deepEqual(
    StackResourceDrifts?.map((one) => [one.LogicalResourceId, one.StackResourceDriftStatus, one.PropertyDifferences]),
    [
      ['Gone', 'DELETED', []],
      [
        'Queue',
        'MODIFIED',
        [{ PropertyPath: '/DelaySeconds', ExpectedValue: '1', ActualValue: '9', DifferenceType: 'NOT_EQUAL' }],
      ],
      ['Same', 'IN_SYNC', []],
    ],
  );
  assert.deepEqual(
    StackResourceDrifts?.map(({ ActualProperties }) => ActualProperties),
    [undefined, '{"DelaySeconds":9}', '{"DelaySeconds":1}'],
  );
  const { Stacks } = await formation.send(new DescribeStacksCommand({ StackName: 's' }));
  assert.equal(Stacks?.[0]?.DriftInformation?.StackDriftStatus, 'DRIFTED');
});

test('a resource takes so many signals, and a stack’s detections are kept up to a number', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  await begin(
    cloud,
    's',
    templateOf(waiting({ CreationPolicy: { ResourceSignal: { Count: 5_000, Timeout: 'PT1H' } } })),
  );
  const signal = (n: number) =>
    formation.send(
      new SignalResourceCommand({ StackName: 's', LogicalResourceId: 'Wait', UniqueId: `u${n}`, Status: 'SUCCESS' }),
    );
  for (let from = 0; from < 1_000; from += 50)
    await Promise.all(Array.from({ length: 50 }, (_, n) => signal(from + n)));
  assert.equal((await failure(signal(1_000))).message, 'At most 1000 signals are taken.');
  // One that is known is no new one.
  await signal(7);
  await create(cloud, 'd', templateOf({ Queue: queue() }));
  const ids: (string | undefined)[] = [];
  for (let count = 0; count < 101; count += 1) {
    ids.push((await formation.send(new DetectStackDriftCommand({ StackName: 'd' }))).StackDriftDetectionId);
    await cloud.advance(1_000);
  }
  const known = (StackDriftDetectionId: string | undefined) =>
    formation.send(new DescribeStackDriftDetectionStatusCommand({ StackDriftDetectionId }));
  assert.equal((await failure(known(ids[0]))).message, `No detection with id ${ids[0]} exists`);
  assert.equal((await known(ids[1])).DetectionStatus, 'DETECTION_COMPLETE');
});
