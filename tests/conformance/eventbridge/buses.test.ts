/** Several buses: events from one to another, rules that another account makes, names that two buses have. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudWatchClient, PutMetricAlarmCommand } from '@aws-sdk/client-cloudwatch';
import {
  CreateArchiveCommand,
  CreateEventBusCommand,
  DeleteArchiveCommand,
  DeleteRuleCommand,
  DescribeArchiveCommand,
  DescribeEventBusCommand,
  DescribeRuleCommand,
  EventBridgeClient,
  ListRulesCommand,
  ListTagsForResourceCommand,
  PutEventsCommand,
  type PutEventsRequestEntry,
  PutPermissionCommand,
  PutRuleCommand,
  PutTargetsCommand,
  StartReplayCommand,
  TagResourceCommand,
  type Target,
} from '@aws-sdk/client-eventbridge';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { CreateQueueCommand, ReceiveMessageCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { failure, START, startTestCloud, type TestCloud } from '../../support/cloud.ts';

const ACCOUNT = '123456789012';
const OTHER = '999999999999';
const busArn = (name: string) => `arn:aws:events:us-east-1:${ACCOUNT}:event-bus/${name}`;
const queueArn = (name: string) => `arn:aws:sqs:us-east-1:${ACCOUNT}:${name}`;

async function queue(cloud: TestCloud, QueueName: string): Promise<string> {
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'events.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: queueArn(QueueName),
      },
    ],
  });
  const made = await cloud.client(SQSClient).send(new CreateQueueCommand({ QueueName, Attributes: { Policy } }));
  return made.QueueUrl ?? '';
}

async function events(cloud: TestCloud, QueueUrl: string) {
  await cloud.server.cloud.settle();
  const asked = { QueueUrl, MaxNumberOfMessages: 10 };
  const { Messages = [] } = await cloud.client(SQSClient).send(new ReceiveMessageCommand(asked));
  return Messages.map(({ Body }) => JSON.parse(Body ?? ''));
}

async function rule(cloud: TestCloud, Name: string, pattern: object, EventBusName: string, ...Targets: Target[]) {
  const client = cloud.client(EventBridgeClient);
  await client.send(new PutRuleCommand({ Name, EventPattern: JSON.stringify(pattern), EventBusName }));
  await client.send(new PutTargetsCommand({ Rule: Name, Targets, EventBusName }));
}

const put = (cloud: TestCloud, ...Entries: PutEventsRequestEntry[]) =>
  cloud.client(EventBridgeClient).send(new PutEventsCommand({ Entries }));
const entry = (Source: string, more: PutEventsRequestEntry = {}): PutEventsRequestEntry => ({
  Source,
  DetailType: 'T',
  Detail: '{}',
  ...more,
});
const theirKey = { credentials: { accessKeyId: OTHER, secretAccessKey: 'test' } };
const others = (cloud: TestCloud) => cloud.client(EventBridgeClient, theirKey);

/** A role that lets rules put events on buses. */
async function senderRole(cloud: TestCloud, iam = cloud.client(IAMClient)): Promise<string> {
  const document = (statement: object) => JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  const trust = { Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sts:AssumeRole' };
  const { Role } = await iam.send(
    new CreateRoleCommand({ RoleName: 'sender', AssumeRolePolicyDocument: document(trust) }),
  );
  const PolicyDocument = document({ Effect: 'Allow', Action: 'events:PutEvents', Resource: '*' });
  await iam.send(new PutRolePolicyCommand({ RoleName: 'sender', PolicyName: 'p', PolicyDocument }));
  return Role?.Arn ?? '';
}

test('an event goes on to another bus as it is, also one of AWS’s own services, and to no third one', async () => {
  await using cloud = await startTestCloud();
  const client = cloud.client(EventBridgeClient);
  for (const Name of ['second', 'third']) await client.send(new CreateEventBusCommand({ Name }));
  const [second, third] = [await queue(cloud, 'second'), await queue(cloud, 'third')];
  const RoleArn = await senderRole(cloud);
  const all = { account: [ACCOUNT] };
  await rule(cloud, 'on', all, 'default', { Id: 'b', Arn: busArn('second'), RoleArn });
  await rule(
    cloud,
    'r',
    all,
    'second',
    { Id: 'q', Arn: queueArn('second') },
    { Id: 'b', Arn: busArn('third'), RoleArn },
  );
  await rule(cloud, 'r', all, 'third', { Id: 'q', Arn: queueArn('third') });
  const { Entries } = await put(cloud, entry('shop', { Time: new Date(START - 5_000), TraceHeader: 'Root=1' }));
  const [event] = await events(cloud, second);
  assert.deepEqual([event.id, event.source, event.time], [Entries?.[0]?.EventId, 'shop', '2025-12-31T23:59:55Z']);
  await cloud.client(CloudWatchClient).send(
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
  assert.deepEqual(
    (await events(cloud, second)).map((one) => [one.source, one['detail-type']]),
    [['aws.cloudwatch', 'CloudWatch Alarm Configuration Change']],
  );
  assert.deepEqual(await events(cloud, third), []);
  // One that is put on the second bus itself does go on.
  await put(cloud, entry('shop', { EventBusName: 'second' }));
  assert.equal((await events(cloud, third)).length, 1);
});

// Source: EventBridge User Guide, "Sending and receiving events between AWS accounts", "Example policy: Send events from specific rules to an Amazon EventBridge bus in a different Region".
test('a rule sends events to a bus of another account by a role; the bus knows the account and the rule', async () => {
  await using cloud = await startTestCloud();
  const url = await queue(cloud, 'q');
  const client = cloud.client(EventBridgeClient);
  await rule(cloud, 'r', { account: [OTHER] }, 'default', { Id: 'q', Arn: queueArn('q') });
  const Arn = busArn('default');
  const RoleArn = await senderRole(cloud, cloud.client(IAMClient, theirKey));
  const EventPattern = JSON.stringify({ source: ['shop'] });
  for (const Name of ['on', 'off']) {
    await others(cloud).send(new PutRuleCommand({ Name, EventPattern }));
    const put = (more: object) =>
      others(cloud).send(new PutTargetsCommand({ Rule: Name, Targets: [{ Id: 'b', Arn, ...more }] }));
    const { name, message } = await failure(put({}));
    assert.deepEqual([name, message], ['ValidationException', `RoleArn is required for target ${Arn}.`]);
    await put({ RoleArn });
  }
  const send = () => others(cloud).send(new PutEventsCommand({ Entries: [entry('shop')] }));
  await send();
  assert.deepEqual(await events(cloud, url), []);
  const statement = {
    Sid: 'sid1',
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${OTHER}:root` },
    Action: 'events:PutEvents',
    Resource: Arn,
    Condition: { ArnEquals: { 'aws:SourceArn': `arn:aws:events:us-east-1:${OTHER}:rule/on` } },
  };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  await client.send(new PutPermissionCommand({ Policy }));
  await send();
  assert.deepEqual(
    (await events(cloud, url)).map(({ source, account }) => [source, account]),
    [['shop', OTHER]],
  );
});

test('of other Regions a rule reaches buses, by a role, and nothing else', async () => {
  await using cloud = await startTestCloud();
  const there = { region: 'eu-west-1' };
  const [url, dead] = [await queue(cloud, 'q'), await queue(cloud, 'dead')];
  const Arn = busArn('default').replace('us-east-1', there.region);
  const RoleArn = await senderRole(cloud);
  const without = failure(rule(cloud, 'r', { source: ['shop'] }, 'default', { Id: 'b', Arn }));
  assert.equal((await without).message, `RoleArn is required for target ${Arn}.`);
  // A queue of the same name is here, too.
  const elsewhere = { Id: 'q', Arn: queueArn('q').replace('us-east-1', there.region) };
  const DeadLetterConfig = { Arn: queueArn('dead') };
  await rule(
    cloud,
    'r',
    { source: ['shop'] },
    'default',
    { Id: 'b', Arn, RoleArn },
    { ...elsewhere, DeadLetterConfig },
  );
  const QueueUrl = (await cloud.client(SQSClient, there).send(new CreateQueueCommand({ QueueName: 'q' }))).QueueUrl;
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: elsewhere.Arn }],
  });
  const sqs = cloud.client(SQSClient, there);
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
  const far = cloud.client(EventBridgeClient, there);
  await far.send(new PutRuleCommand({ Name: 'r', EventPattern: '{"source":["shop"]}' }));
  await far.send(new PutTargetsCommand({ Rule: 'r', Targets: [elsewhere] }));
  await put(cloud, entry('shop'));
  assert.deepEqual(await events(cloud, url), []);
  assert.equal((await events(cloud, dead)).length, 1);
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  assert.deepEqual(
    Messages.map(({ Body }) => JSON.parse(Body ?? '').source),
    ['shop'],
  );
});

test('a rule of another account’s bus needs that bus’s policy, and is that account’s', async () => {
  await using cloud = await startTestCloud();
  const client = cloud.client(EventBridgeClient);
  const theirs = others(cloud);
  await client.send(new CreateEventBusCommand({ Name: 'mine' }));
  await client.send(new PutRuleCommand({ Name: 'own', EventBusName: 'mine', EventPattern: '{"source":["a"]}' }));
  const EventBusName = busArn('mine');
  const make = (Name: string) =>
    theirs.send(new PutRuleCommand({ Name, EventBusName, EventPattern: '{"source":["a"]}' }));
  const remove = (Name: string) => theirs.send(new DeleteRuleCommand({ Name, EventBusName }));
  for (const call of [
    () => make('new'),
    () => remove('own'),
    () => theirs.send(new DescribeRuleCommand({ Name: 'own', EventBusName })),
    () => theirs.send(new ListRulesCommand({ EventBusName })),
    () => theirs.send(new DescribeEventBusCommand({ Name: EventBusName })),
    () => theirs.send(new PutTargetsCommand({ Rule: 'own', EventBusName, Targets: [{ Id: 't', Arn: queueArn('q') }] })),
  ])
    assert.equal((await failure(call())).name, 'AccessDeniedException');
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'theirs',
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${OTHER}:root` },
        Action: ['events:PutRule', 'events:DeleteRule'],
        Resource: `arn:aws:events:us-east-1:${ACCOUNT}:rule/mine/*`,
        Condition: { StringEquals: { 'events:creatorAccount': OTHER } },
      },
    ],
  });
  await client.send(new PutPermissionCommand({ EventBusName: 'mine', Policy }));
  assert.equal((await make('new')).RuleArn, `arn:aws:events:us-east-1:${ACCOUNT}:rule/mine/new`);
  assert.equal((await client.send(new DescribeRuleCommand({ Name: 'new', EventBusName: 'mine' }))).CreatedBy, OTHER);
  assert.equal((await failure(remove('own'))).name, 'AccessDeniedException');
  await remove('new');
  const foreign = new CreateArchiveCommand({ ArchiveName: 'a', EventSourceArn: EventBusName });
  assert.equal((await failure(theirs.send(foreign))).name, 'ResourceNotFoundException');
});

test('of what a bus’s policy lets another account put, the rest is refused by entry', async () => {
  await using cloud = await startTestCloud();
  const url = await queue(cloud, 'q');
  await rule(cloud, 'r', { account: [OTHER] }, 'default', { Id: 'q', Arn: queueArn('q') });
  const statement = (Sid: string, Effect: string, Condition?: object) => ({
    Sid,
    Effect,
    Principal: { AWS: `arn:aws:iam::${OTHER}:root` },
    Action: 'events:PutEvents',
    Resource: busArn('default'),
    Condition,
  });
  const Statement = [
    statement('some', 'Allow', { StringEquals: { 'events:source': 'shop', 'events:detail-type': ['sold', 'lost'] } }),
    statement('lost', 'Deny', { StringEquals: { 'events:detail-type': 'lost' } }),
  ];
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  await cloud.client(EventBridgeClient).send(new PutPermissionCommand({ Policy }));
  const send = (...kinds: [source: string, type: string][]) => {
    const Entries = kinds.map(([source, DetailType]) => entry(source, { DetailType, EventBusName: busArn('default') }));
    return others(cloud).send(new PutEventsCommand({ Entries }));
  };
  const { FailedEntryCount, Entries = [] } = await send(
    ['shop', 'sold'],
    ['other', 'sold'],
    ['shop', 'lost'],
    ['shop', 'found'],
    ['other', 'found'],
  );
  assert.equal(FailedEntryCount, 4);
  assert.deepEqual(
    Entries.map(({ ErrorCode, ErrorMessage }) => [ErrorCode, ErrorMessage]),
    [
      [undefined, undefined],
      ['NotAuthorizedForSourceException', 'Not authorized for the source.'],
      ['NotAuthorizedForDetailTypeException', 'Not authorized for the detail type.'],
      ['NotAuthorizedForDetailTypeException', 'Not authorized for the detail type.'],
      ['NotAuthorizedForSourceException', 'Not authorized for the source.'],
    ],
  );
  assert.deepEqual(
    (await events(cloud, url)).map((event) => event['detail-type']),
    ['sold'],
  );
});

test('a rule of another bus leaves the schedule of its namesake alone', async () => {
  await using cloud = await startTestCloud();
  const client = cloud.client(EventBridgeClient);
  await client.send(new CreateEventBusCommand({ Name: 'other' }));
  const url = await queue(cloud, 'q');
  await client.send(new PutRuleCommand({ Name: 'r', ScheduleExpression: 'rate(1 minute)' }));
  await client.send(new PutTargetsCommand({ Rule: 'r', Targets: [{ Id: 'q', Arn: queueArn('q') }] }));
  await client.send(new PutRuleCommand({ Name: 'r', EventPattern: '{"source":["a"]}', EventBusName: 'other' }));
  await client.send(new DeleteRuleCommand({ Name: 'r', EventBusName: 'other' }));
  await cloud.advance(60_000);
  assert.equal((await events(cloud, url)).length, 1);
});

test('a bus’s policy is about that bus', async () => {
  await using cloud = await startTestCloud();
  const client = cloud.client(EventBridgeClient);
  await client.send(new CreateEventBusCommand({ Name: 'mine' }));
  const put = (Resource: string | string[], EventBusName?: string) => {
    const statement = { Sid: 's', Effect: 'Allow', Principal: { AWS: OTHER }, Action: 'events:PutEvents', Resource };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    return client.send(new PutPermissionCommand({ Policy, EventBusName }));
  };
  await put(busArn('mine'), 'mine');
  const error = await failure(put([busArn('default'), busArn('mine')]));
  assert.deepEqual(
    [error.name, error.message],
    ['ValidationException', `The relative-id "event-bus/mine" is invalid for ARN "${busArn('mine')}"`],
  );
});

test('a permission has no other condition than that of an organization', async () => {
  await using cloud = await startTestCloud();
  const client = cloud.client(EventBridgeClient);
  const Condition = { Type: 'StringEquals', Key: 'aws:PrincipalOrgID', Value: 'o-1234567890' };
  const permit = (condition: object) =>
    client.send(
      new PutPermissionCommand({
        StatementId: 's',
        Principal: '*',
        Action: 'events:PutEvents',
        Condition: { ...Condition, ...condition },
      }),
    );
  for (const condition of [{ Type: 'Other' }, { Key: 'aws:SourceIp' }])
    assert.equal((await failure(permit(condition))).name, 'ValidationException');
  await permit({});
  assert.equal((await put(cloud, entry('shop'))).FailedEntryCount, 0);
  assert.equal(
    (
      await failure(
        others(cloud).send(new PutEventsCommand({ Entries: [entry('shop', { EventBusName: busArn('default') })] })),
      )
    ).name,
    'AccessDeniedException',
  );
});

test('the default bus has tags, too', async () => {
  await using cloud = await startTestCloud();
  const client = cloud.client(EventBridgeClient);
  const ResourceARN = busArn('default');
  const tags = async () => (await client.send(new ListTagsForResourceCommand({ ResourceARN }))).Tags;
  assert.deepEqual(await tags(), []);
  await client.send(new TagResourceCommand({ ResourceARN, Tags: [{ Key: 'a', Value: 'b' }] }));
  assert.deepEqual(await tags(), [{ Key: 'a', Value: 'b' }]);
  const foreign = new ListTagsForResourceCommand({ ResourceARN: ResourceARN.replace(ACCOUNT, OTHER) });
  assert.equal((await failure(client.send(foreign))).name, 'ResourceNotFoundException');
});

test('an archive that is made again has nothing of the one before it', async () => {
  await using cloud = await startTestCloud();
  const client = cloud.client(EventBridgeClient);
  const url = await queue(cloud, 'q');
  const make = () =>
    client.send(new CreateArchiveCommand({ ArchiveName: 'a', EventSourceArn: busArn('default'), RetentionDays: 1 }));
  await make();
  await put(cloud, entry('shop'), entry('shop'));
  await client.send(new DeleteArchiveCommand({ ArchiveName: 'a' }));
  const { ArchiveArn } = await make();
  await put(cloud, entry('new'));
  assert.equal((await client.send(new DescribeArchiveCommand({ ArchiveName: 'a' }))).EventCount, 1);
  await rule(cloud, 'r', { source: ['shop', 'new'] }, 'default', { Id: 'q', Arn: queueArn('q') });
  await cloud.advance(60_000);
  await client.send(
    new StartReplayCommand({
      ReplayName: 'replay',
      EventSourceArn: ArchiveArn,
      EventStartTime: new Date(START - 1_000),
      EventEndTime: new Date(START + 30_000),
      Destination: { Arn: busArn('default') },
    }),
  );
  assert.deepEqual(
    (await events(cloud, url)).map(({ source }) => source),
    ['new'],
  );
  await cloud.advance(3 * 86_400_000);
  assert.equal((await client.send(new DescribeArchiveCommand({ ArchiveName: 'a' }))).EventCount, 0);
});

test('a group of messages may be named for a standard queue', async () => {
  await using cloud = await startTestCloud();
  const url = await queue(cloud, 'q');
  const SqsParameters = { MessageGroupId: 'g' };
  await rule(cloud, 'r', { source: ['shop'] }, 'default', { Id: 'q', Arn: queueArn('q'), SqsParameters });
  await put(cloud, entry('shop'));
  assert.equal((await events(cloud, url)).length, 1);
});
