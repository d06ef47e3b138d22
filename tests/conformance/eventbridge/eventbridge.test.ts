import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudWatchClient, PutMetricAlarmCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import {
  CreateArchiveCommand,
  CreateEventBusCommand,
  DeleteEventBusCommand,
  DeleteRuleCommand,
  DescribeEventBusCommand,
  DescribeReplayCommand,
  DescribeRuleCommand,
  DisableRuleCommand,
  EventBridgeClient,
  ListArchivesCommand,
  ListEventBusesCommand,
  ListReplaysCommand,
  ListRuleNamesByTargetCommand,
  type ListRuleNamesByTargetCommandOutput,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  type ListTargetsByRuleCommandOutput,
  PutEventsCommand,
  type PutEventsRequestEntry,
  PutPermissionCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  StartReplayCommand,
  type Target,
} from '@aws-sdk/client-eventbridge';
import { AddPermissionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { createFunction, functionRole } from '../../support/functions.ts';

const MINUTE = 60_000;
const queueArn = (name: string) => `arn:aws:sqs:us-east-1:123456789012:${name}`;

/** A queue that EventBridge may send to. */
async function queue(cloud: TestCloud, QueueName: string): Promise<string> {
  const sqs = cloud.client(SQSClient);
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName }));
  const open = {
    Effect: 'Allow',
    Principal: { Service: 'events.amazonaws.com' },
    Action: 'sqs:SendMessage',
    Resource: queueArn(QueueName),
    Condition: { ArnLike: { 'aws:SourceArn': 'arn:aws:events:*:123456789012:rule/*' } },
  };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [open] });
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
  return QueueUrl;
}

async function received(cloud: TestCloud, QueueUrl: string) {
  await cloud.server.cloud.settle();
  const { Messages } = await cloud
    .client(SQSClient)
    .send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] }));
  return Messages ?? [];
}

async function rule(cloud: TestCloud, Name: string, pattern: object, targets: Target[], EventBusName?: string) {
  const events = cloud.client(EventBridgeClient);
  await events.send(new PutRuleCommand({ Name, EventPattern: JSON.stringify(pattern), EventBusName }));
  await events.send(new PutTargetsCommand({ Rule: Name, Targets: targets, EventBusName }));
}

const put = (cloud: TestCloud, ...Entries: PutEventsRequestEntry[]) =>
  cloud.client(EventBridgeClient).send(new PutEventsCommand({ Entries }));

const order = (detail: object, more: Partial<PutEventsRequestEntry> = {}): PutEventsRequestEntry => ({
  Source: 'shop',
  DetailType: 'Order',
  Detail: JSON.stringify(detail),
  ...more,
});

test('events reach the targets of the rules that they match', async () => {
  await using cloud = await startTestCloud();
  const url = await queue(cloud, 'orders');
  await rule(cloud, 'large', { source: ['shop'], detail: { price: [{ numeric: ['>', 100] }] } }, [
    { Id: 'q', Arn: queueArn('orders') },
  ]);
  const { FailedEntryCount, Entries } = await put(cloud, order({ price: 200 }), order({ price: 50 }));
  assert.deepEqual([FailedEntryCount, Entries?.length], [0, 2]);
  const messages = await received(cloud, url);
  assert.equal(messages.length, 1);
  assert.deepEqual(JSON.parse(messages[0]?.Body ?? ''), {
    version: '0',
    id: Entries?.[0]?.EventId,
    'detail-type': 'Order',
    source: 'shop',
    account: '123456789012',
    time: '2026-01-01T00:00:00Z',
    region: 'us-east-1',
    resources: [],
    detail: { price: 200 },
  });
  await cloud.client(EventBridgeClient).send(new DisableRuleCommand({ Name: 'large' }));
  await put(cloud, order({ price: 300 }));
  assert.equal((await received(cloud, url)).length, 0);
});

test('each entry fails for itself', async () => {
  await using cloud = await startTestCloud();
  const { FailedEntryCount, Entries } = await put(
    cloud,
    order({}),
    order({}, { Source: 'aws.s3' }),
    order({}, { Detail: '[1]' }),
    order({}, { Detail: undefined }),
    order({}, { EventBusName: 'nowhere' }),
  );
  assert.equal(FailedEntryCount, 3);
  assert.deepEqual(
    Entries?.map(({ ErrorCode }) => ErrorCode),
    [undefined, 'NotAuthorizedForSourceException', 'MalformedDetail', 'InvalidArgument', undefined],
  );
  // Source: github.com/aws/aws-cli/issues/9186: what is put on a bus that isn't there is taken, and lost.
  assert.match(Entries?.[4]?.EventId ?? '', /^[0-9a-f-]{36}$/);
  const large = await failure(put(cloud, order({ text: 'x'.repeat(1_048_576) })));
  assert.equal(large.message, 'Total size of the entries in the request is over the limit.');
});

test('functions are invoked, inputs are transformed', async () => {
  await using cloud = await startTestCloud();
  const url = await queue(cloud, 'out');
  const source = `
    import { SQSClient, SendMessageCommand } from '@aws-sdk/client-sqs';
    export const handler = (event) => new SQSClient({}).send(new SendMessageCommand({ QueueUrl: '${url}', MessageBody: JSON.stringify(event) }));`;
  await createFunction(cloud, await functionRole(cloud, ['sqs:*']), 'f', source);
  const Arn = 'arn:aws:lambda:us-east-1:123456789012:function:f';
  await rule(cloud, 'r', { source: ['shop'] }, [
    {
      Id: 'f',
      Arn,
      InputTransformer: {
        InputPathsMap: { n: '$.detail.number' },
        InputTemplate: '{"number": <n>, "from": "<aws.events.rule-name>"}',
      },
    },
  ]);
  await cloud.client(LambdaClient).send(
    new AddPermissionCommand({
      FunctionName: 'f',
      StatementId: 'events',
      Action: 'lambda:InvokeFunction',
      Principal: 'events.amazonaws.com',
      SourceArn: 'arn:aws:events:us-east-1:123456789012:rule/r',
    }),
  );
  await put(cloud, order({ number: 7 }));
  assert.deepEqual(
    (await received(cloud, url)).map(({ Body }) => JSON.parse(Body ?? '')),
    [{ number: 7, from: 'r' }],
  );
});

test('schedules fire on the clock', async () => {
  await using cloud = await startTestCloud();
  const url = await queue(cloud, 'ticks');
  const events = cloud.client(EventBridgeClient);
  await events.send(new PutRuleCommand({ Name: 'every', ScheduleExpression: 'rate(5 minutes)' }));
  await events.send(new PutTargetsCommand({ Rule: 'every', Targets: [{ Id: 'q', Arn: queueArn('ticks') }] }));
  await cloud.advance(16 * MINUTE);
  const ticks = (await received(cloud, url)).map(({ Body }) => JSON.parse(Body ?? ''));
  assert.deepEqual(
    ticks.map(({ time, source, resources }) => [time, source, resources]),
    [5, 10, 15].map((minute) => [
      `2026-01-01T00:${String(minute).padStart(2, '0')}:00Z`,
      'aws.events',
      ['arn:aws:events:us-east-1:123456789012:rule/every'],
    ]),
  );
});

test('what can’t be delivered goes to the dead-letter queue, with the reason', async () => {
  await using cloud = await startTestCloud();
  const sqs = cloud.client(SQSClient);
  const dead = await queue(cloud, 'dead');
  const gone = await queue(cloud, 'gone');
  await rule(cloud, 'r', { source: ['shop'] }, [
    { Id: 'q', Arn: queueArn('gone'), DeadLetterConfig: { Arn: queueArn('dead') } },
  ]);
  await sqs.send(new DeleteQueueCommand({ QueueUrl: gone }));
  await put(cloud, order({ lost: true }));
  const [message] = await received(cloud, dead);
  assert.deepEqual(JSON.parse(message?.Body ?? '').detail, { lost: true });
  assert.equal(message?.MessageAttributes?.TARGET_ARN?.StringValue, queueArn('gone'));
  assert.equal(message?.MessageAttributes?.ERROR_CODE?.StringValue, 'NO_RESOURCE');
});

test('what happens in the cloud’s own services arrives on the default bus', async () => {
  await using cloud = await startTestCloud();
  const url = await queue(cloud, 'alarms');
  await rule(cloud, 'alarms', { source: ['aws.cloudwatch'], detail: { state: { value: ['ALARM'] } } }, [
    { Id: 'q', Arn: queueArn('alarms') },
  ]);
  const watch = cloud.client(CloudWatchClient);
  await watch.send(
    new PutMetricAlarmCommand({
      AlarmName: 'hot',
      Namespace: 'N',
      MetricName: 'M',
      Statistic: 'Sum',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanThreshold',
    }),
  );
  await watch.send(new SetAlarmStateCommand({ AlarmName: 'hot', StateValue: 'ALARM', StateReason: 'tried' }));
  const [message] = await received(cloud, url);
  const event = JSON.parse(message?.Body ?? '{}');
  assert.deepEqual(
    [event['detail-type'], event.resources, event.detail.alarmName, event.detail.state.reason],
    ['CloudWatch Alarm State Change', ['arn:aws:cloudwatch:us-east-1:123456789012:alarm:hot'], 'hot', 'tried'],
  );
});

test('archives keep events, and replay them to the rules that are named', async () => {
  await using cloud = await startTestCloud();
  const events = cloud.client(EventBridgeClient);
  const url = await queue(cloud, 'again');
  const bus = 'arn:aws:events:us-east-1:123456789012:event-bus/default';
  const { ArchiveArn } = await events.send(
    new CreateArchiveCommand({ ArchiveName: 'all', EventSourceArn: bus, EventPattern: '{"source":["shop"]}' }),
  );
  await put(cloud, order({ number: 1 }), order({ number: 2 }), order({}, { Source: 'other' }));
  await cloud.advance(MINUTE);
  await rule(cloud, 'r', { source: ['shop', 'other'] }, [{ Id: 'q', Arn: queueArn('again') }]);
  await events.send(
    new StartReplayCommand({
      ReplayName: 'once',
      EventSourceArn: ArchiveArn,
      EventStartTime: new Date('2026-01-01T00:00:00Z'),
      EventEndTime: new Date('2026-01-01T00:00:30Z'),
      Destination: { Arn: bus },
    }),
  );
  const found = (await received(cloud, url)).map(({ Body }) => JSON.parse(Body ?? ''));
  assert.deepEqual(found.map((event) => [event.detail.number, event['replay-name']]).toSorted(), [
    [1, 'once'],
    [2, 'once'],
  ]);
  assert.equal((await events.send(new DescribeReplayCommand({ ReplayName: 'once' }))).State, 'COMPLETED');
});

test('a bus of another account takes events by its policy', async () => {
  await using cloud = await startTestCloud();
  const events = cloud.client(EventBridgeClient);
  const theirs = cloud.client(EventBridgeClient, {
    credentials: { accessKeyId: '999999999999', secretAccessKey: 'test' },
  });
  const { EventBusArn = '' } = await events.send(new CreateEventBusCommand({ Name: 'shared' }));
  const url = await queue(cloud, 'shared');
  await rule(cloud, 'r', { account: ['999999999999'] }, [{ Id: 'q', Arn: queueArn('shared') }], 'shared');
  const send = () => theirs.send(new PutEventsCommand({ Entries: [order({ a: 1 }, { EventBusName: EventBusArn })] }));
  assert.equal((await failure(send())).name, 'AccessDeniedException');
  await events.send(
    new PutPermissionCommand({
      EventBusName: 'shared',
      Action: 'events:PutEvents',
      Principal: '999999999999',
      StatementId: 'them',
    }),
  );
  assert.equal((await send()).FailedEntryCount, 0);
  assert.equal((await received(cloud, url)).length, 1);
});

test('rules, targets and buses are listed and deleted in their order', async () => {
  await using cloud = await startTestCloud();
  const events = cloud.client(EventBridgeClient);
  const LogConfig = { IncludeDetail: 'NONE', Level: 'OFF' } as const;
  await events.send(new CreateEventBusCommand({ Name: 'mine', LogConfig }));
  assert.deepEqual((await events.send(new DescribeEventBusCommand({ Name: 'mine' }))).LogConfig, LogConfig);
  await rule(cloud, 'r', { source: ['x'] }, [{ Id: 'q', Arn: queueArn('q') }], 'mine');
  const described = await events.send(new DescribeRuleCommand({ Name: 'r', EventBusName: 'mine' }));
  assert.equal(described.Arn, 'arn:aws:events:us-east-1:123456789012:rule/mine/r');
  assert.deepEqual(
    (await events.send(new ListRulesCommand({ EventBusName: 'mine' }))).Rules?.map(({ Name }) => Name),
    ['r'],
  );
  assert.deepEqual(
    (await events.send(new ListEventBusesCommand({}))).EventBuses?.map(({ Name }) => Name),
    ['default', 'mine'],
  );
  assert.deepEqual(
    (await events.send(new ListRuleNamesByTargetCommand({ TargetArn: queueArn('q'), EventBusName: 'mine' }))).RuleNames,
    ['r'],
  );
  const held = await failure(events.send(new DeleteRuleCommand({ Name: 'r', EventBusName: 'mine' })));
  assert.equal(held.message, "Rule can't be deleted since it has targets.");
  await events.send(new RemoveTargetsCommand({ Rule: 'r', EventBusName: 'mine', Ids: ['q'] }));
  assert.deepEqual((await events.send(new ListTargetsByRuleCommand({ Rule: 'r', EventBusName: 'mine' }))).Targets, []);
  await events.send(new DeleteRuleCommand({ Name: 'r', EventBusName: 'mine' }));
  await events.send(new DeleteEventBusCommand({ Name: 'mine' }));
  const none = await failure(events.send(new DescribeRuleCommand({ Name: 'r' })));
  assert.equal(none.message, 'Rule r does not exist on EventBus default.');
});

test('targets, rules of a target, archives and replays are listed page by page, and by what they come from', async () => {
  await using cloud = await startTestCloud();
  const events = cloud.client(EventBridgeClient);
  const targetsOf = (...ids: string[]) => ids.map((Id) => ({ Id, Arn: queueArn('q') }));
  await rule(cloud, 'one', { source: ['a'] }, targetsOf('x', 'y', 'z'));
  await rule(cloud, 'three', { source: ['a'] }, targetsOf('x', 'y'));
  await rule(cloud, 'two', { source: ['a'] }, targetsOf('x'));
  const targets: (string | undefined)[] = [];
  const names: string[] = [];
  let NextToken: string | undefined;
  do {
    const page: ListTargetsByRuleCommandOutput = await events.send(
      new ListTargetsByRuleCommand({ Rule: 'one', Limit: 2, NextToken }),
    );
    targets.push(...(page.Targets ?? []).map(({ Id }) => Id));
    ({ NextToken } = page);
  } while (NextToken !== undefined);
  do {
    const page: ListRuleNamesByTargetCommandOutput = await events.send(
      new ListRuleNamesByTargetCommand({ TargetArn: queueArn('q'), Limit: 1, NextToken }),
    );
    names.push(...(page.RuleNames ?? []));
    ({ NextToken } = page);
  } while (NextToken !== undefined);
  assert.deepEqual(
    [targets, names],
    [
      ['x', 'y', 'z'],
      ['one', 'three', 'two'],
    ],
  );
  const EventSourceArn = 'arn:aws:events:us-east-1:123456789012:event-bus/default';
  const archive = (name: string) => `arn:aws:events:us-east-1:123456789012:archive/${name}`;
  for (const ArchiveName of ['a', 'b']) {
    await events.send(new CreateArchiveCommand({ ArchiveName, EventSourceArn }));
    await events.send(
      new StartReplayCommand({
        ReplayName: `of-${ArchiveName}`,
        EventSourceArn: archive(ArchiveName),
        EventStartTime: new Date(0),
        EventEndTime: new Date(1_000),
        Destination: { Arn: EventSourceArn },
      }),
    );
  }
  const { Replays } = await events.send(new ListReplaysCommand({ EventSourceArn: archive('b') }));
  assert.deepEqual(
    Replays?.map(({ ReplayName }) => ReplayName),
    ['of-b'],
  );
  const listed = async (State: 'ENABLED' | 'UPDATE_FAILED') =>
    (await events.send(new ListArchivesCommand({ State }))).Archives?.length;
  assert.deepEqual([await listed('ENABLED'), await listed('UPDATE_FAILED')], [2, 0]);
});
