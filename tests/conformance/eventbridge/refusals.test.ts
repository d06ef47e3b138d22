import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateArchiveCommand,
  CreateEventBusCommand,
  DeleteArchiveCommand,
  DeleteRuleCommand,
  DescribeArchiveCommand,
  DescribeRuleCommand,
  DisableRuleCommand,
  EventBridgeClient,
  ListArchivesCommand,
  ListEventBusesCommand,
  type ListEventBusesCommandOutput,
  ListReplaysCommand,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  PutEventsCommand,
  PutPermissionCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemovePermissionCommand,
  StartReplayCommand,
  TagResourceCommand,
  type Target,
  TestEventPatternCommand,
  UntagResourceCommand,
  UpdateArchiveCommand,
} from '@aws-sdk/client-eventbridge';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { userWithKey } from '../iam/support.ts';

const arn = (resource: string) => `arn:aws:events:us-east-1:123456789012:${resource}`;

test('rules are made in the Region of their bus', async () => {
  await using cloud = await startTestCloud();
  const there = cloud.client(EventBridgeClient, { region: 'eu-west-1' });
  await there.send(new CreateEventBusCommand({ Name: 'mine' }));
  const EventBusName = 'arn:aws:events:eu-west-1:123456789012:event-bus/mine';
  const rule = new PutRuleCommand({ Name: 'r', EventBusName, EventPattern: '{"source":["a"]}' });
  const { name, message } = await failure(cloud.client(EventBridgeClient).send(rule));
  assert.equal(`${name}: ${message}`, 'ValidationException: Cross-region API call is not allowed.');
  await there.send(rule);
  const ResourceARN = 'arn:aws:events:eu-west-1:123456789012:rule/mine/r';
  const untag = new UntagResourceCommand({ ResourceARN, TagKeys: ['a'] });
  const away = await failure(cloud.client(EventBridgeClient).send(untag));
  assert.equal(`${away.name}: ${away.message}`, 'ValidationException: Cross-region api call is not allowed.');
  await there.send(untag);
});

test('replays are refused for what they name, in the words of AWS', async () => {
  await using cloud = await startTestCloud();
  const events = cloud.client(EventBridgeClient);
  await events.send(new CreateEventBusCommand({ Name: 'mine' }));
  await events.send(new CreateArchiveCommand({ ArchiveName: 'kept', EventSourceArn: arn('event-bus/default') }));
  const refused = async (source: string, Arn: string, days = 1) => {
    const [EventStartTime, EventEndTime] = [new Date(1e12), new Date(1e12 + days * 86_400_000)];
    const input = { ReplayName: 'again', EventSourceArn: source, EventStartTime, EventEndTime, Destination: { Arn } };
    const { name, message } = await failure(events.send(new StartReplayCommand(input)));
    return `${name}: ${message}`;
  };
  const bus = arn('event-bus/default');
  assert.equal(
    await refused(arn('archive/kept'), 'default'),
    'ValidationException: Parameter Destination.Arn is not valid. Reason: Must contain an event bus ARN.',
  );
  assert.equal(
    await refused(arn('archive/kept'), arn('event-bus/none')),
    'ResourceNotFoundException: Event bus none does not exist.',
  );
  assert.equal(
    await refused(arn('archive/none'), bus),
    'ValidationException: Parameter EventSourceArn is not valid. Reason: Archive none does not exist.',
  );
  assert.equal(
    await refused(arn('archive/kept'), arn('event-bus/mine')),
    'ValidationException: Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not permitted.',
  );
  assert.equal(
    await refused(arn('archive/kept'), bus, -1),
    'ValidationException: Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime.',
  );
});

test('archives and replays are listed by one filter at a time', async () => {
  await using cloud = await startTestCloud();
  const events = cloud.client(EventBridgeClient);
  const both = { NamePrefix: 'a', State: 'DISABLED' as const };
  const archives = await failure(events.send(new ListArchivesCommand(both)));
  const replays = await failure(events.send(new ListReplaysCommand({ NamePrefix: 'a', State: 'FAILED' })));
  const words = (operation: string) =>
    `At most one filter is allowed for ${operation}. Use either : State, EventSourceArn, or NamePrefix.`;
  assert.deepEqual([archives.message, replays.message], [words('ListArchives'), words('ListReplays')]);
});

test('what has no policy, no rule, or no group of messages is named', async () => {
  await using cloud = await startTestCloud();
  const events = cloud.client(EventBridgeClient);
  const bare = await failure(events.send(new RemovePermissionCommand({ StatementId: 'a' })));
  assert.equal(bare.message, 'EventBus does not have a policy.');
  const permission = { StatementId: 'a', Principal: '210987654321' };
  const action = await failure(events.send(new PutPermissionCommand({ ...permission, Action: 'events:PutRule' })));
  assert.equal(action.message, "Provided value in parameter 'action' is not supported.");
  const Tags = [{ Key: 'a', Value: 'b' }];
  const rule = await failure(events.send(new TagResourceCommand({ ResourceARN: arn('rule/none'), Tags })));
  assert.equal(rule.message, 'Rule none does not exist on EventBus default.');
  const bus = await failure(events.send(new TagResourceCommand({ ResourceARN: arn('event-bus/none'), Tags })));
  assert.equal(bus.message, 'Event bus none does not exist.');
  const odd = await failure(events.send(new TagResourceCommand({ ResourceARN: 'odd', Tags })));
  assert.equal(odd.message, 'Parameter odd is not valid. Reason: Provided Arn is not in correct format.');
  await events.send(new PutRuleCommand({ Name: 'r', EventPattern: '{"source":["a"]}' }));
  const queue = { Id: 'q', Arn: 'arn:aws:sqs:us-east-1:123456789012:q.fifo' };
  const fifo = await failure(events.send(new PutTargetsCommand({ Rule: 'r', Targets: [queue] })));
  assert.equal(fifo.message, 'Parameter(s) SqsParameters must be specified for target: q.');
});

test('targets are refused in the words of AWS, before any is kept', async () => {
  await using cloud = await startTestCloud();
  const events = cloud.client(EventBridgeClient);
  await events.send(new PutRuleCommand({ Name: 'r', EventPattern: '{"source":["a"]}' }));
  const queue = { Id: 'q', Arn: 'arn:aws:sqs:us-east-1:123456789012:q' };
  const template = (InputTemplate: string) => ({ InputTransformer: { InputPathsMap: { a: '$.a' }, InputTemplate } });
  const refused = async (...changes: Partial<Target>[]) => {
    const Targets = changes.map((change) => ({ ...queue, ...change }));
    const { name, message } = await failure(events.send(new PutTargetsCommand({ Rule: 'r', Targets })));
    assert.equal(name, 'ValidationException');
    return message;
  };
  assert.equal(
    await refused({}, {}),
    "Parameter targets is not valid. Reason: More than one target with Id 'q' is provided.",
  );
  assert.equal(
    await refused({ Input: "{'a':1}" }),
    `JSON syntax error in input for target q: [Source: (String)"{'a':1}"; line: 1, column: 2]`,
  );
  const bus = { Arn: 'arn:aws:events:us-east-1:123456789012:event-bus/other' };
  for (const way of [{ Input: '{}' }, { InputPath: '$.detail' }, template('{"a":<a>}')])
    assert.equal(await refused({ ...bus, ...way }), 'Modifying the input for target q is not supported');
  for (const InputPath of ['detail', "$.detail['a']"])
    assert.equal(await refused({ InputPath }), 'InputPath for target q is invalid.');
  assert.equal(await refused(template('"<b>"')), 'InputTemplate for target q contains invalid placeholder b.');
  assert.equal(
    await refused(template('[<aws.events.event.json>]')),
    'InputTemplate for target q contains placeholder aws.events.event.json valid only for JSON template.',
  );
  assert.equal(
    await refused({ KinesisParameters: { PartitionKeyPath: '$.a' } }),
    'Parameter(s) KinesisParameters not supported for target: q.',
  );
  assert.equal(
    await refused({ Arn: 'arn:aws:iam::123456789012:role/r' }),
    'iam is not a supported service for a target.',
  );
  const dead = (Arn: string) => ({ DeadLetterConfig: { Arn } });
  assert.equal(
    await refused(dead('arn:aws:sns:us-east-1:123456789012:t')),
    'sns is not supported as a dead letter resource.',
  );
  assert.equal(await refused(dead(`${queue.Arn}.fifo`)), 'SQS FIFO is not supported by Dead Letter Queues.');
  const { Targets } = await events.send(new ListTargetsByRuleCommand({ Rule: 'r' }));
  assert.deepEqual(Targets, []);
  const long = { Name: 'r', EventPattern: JSON.stringify({ source: ['x'.repeat(2_048)] }) };
  const { message } = await failure(events.send(new PutRuleCommand(long)));
  assert.equal(message, 'Parameter EventPattern for rule r exceeds limit of 2048.');
});

test('an archive has a rule that is managed', async () => {
  await using cloud = await startTestCloud();
  const events = cloud.client(EventBridgeClient);
  const archive = { ArchiveName: 'kept', EventPattern: '{"source":["a"]}' };
  await events.send(new CreateArchiveCommand({ ...archive, EventSourceArn: arn('event-bus/default') }));
  const Name = 'Events-Archive-kept';
  const rule = await events.send(new DescribeRuleCommand({ Name }));
  assert.deepEqual(
    [rule.ManagedBy, rule.EventPattern, rule.State],
    ['prod.vhs.events.aws.internal', '{"source":["a"],"replay-name":[{"exists":false}]}', 'ENABLED'],
  );
  const { Targets } = await events.send(new ListTargetsByRuleCommand({ Rule: Name }));
  assert.deepEqual(
    Targets?.map((target) => target.Arn),
    ['arn:aws:events:us-east-1:::'],
  );
  const ResourceARN = rule.Arn;
  for (const change of [
    new DeleteRuleCommand({ Name }),
    new DisableRuleCommand({ Name }),
    new TagResourceCommand({ ResourceARN, Tags: [{ Key: 'k', Value: 'v' }] }),
    new UntagResourceCommand({ ResourceARN, TagKeys: ['k'] }),
  ]) {
    const error = await failure(events.send(change as DeleteRuleCommand));
    assert.deepEqual(
      [error.name, error.message],
      ['ManagedRuleException', `${Name} is a managed rule. Set 'force' parameter to true to override.`],
    );
  }
  await events.send(new PutEventsCommand({ Entries: [{ Source: 'a', DetailType: 'b', Detail: '{}' }] }));
  await cloud.server.cloud.settle();
  assert.equal((await events.send(new DescribeArchiveCommand({ ArchiveName: 'kept' }))).EventCount, 1);
  await events.send(new DeleteArchiveCommand({ ArchiveName: 'kept' }));
  assert.deepEqual((await events.send(new ListRulesCommand({}))).Rules, []);
});

test('buses are listed page by page, the default one among them at its place', async () => {
  await using cloud = await startTestCloud();
  const events = cloud.client(EventBridgeClient);
  for (const Name of ['a', 'b', 'x', 'y']) await events.send(new CreateEventBusCommand({ Name }));
  const names: (string | undefined)[] = [];
  let NextToken: string | undefined;
  do {
    const page: ListEventBusesCommandOutput = await events.send(new ListEventBusesCommand({ Limit: 2, NextToken }));
    assert.ok((page.EventBuses?.length ?? 0) <= 2);
    names.push(...(page.EventBuses ?? []).map(({ Name }) => Name));
    ({ NextToken } = page);
  } while (NextToken !== undefined);
  assert.deepEqual(names, ['a', 'b', 'default', 'x', 'y']);
  const { EventBuses } = await events.send(new ListEventBusesCommand({ NamePrefix: 'd' }));
  assert.deepEqual(
    EventBuses?.map(({ Name }) => Name),
    ['default'],
  );
});

test('archives are refused in the words of AWS', async () => {
  await using cloud = await startTestCloud();
  const events = cloud.client(EventBridgeClient);
  const none = await failure(events.send(new UpdateArchiveCommand({ ArchiveName: 'none' })));
  assert.equal(none.message, 'At least one of EventPattern, RetentionDays or Description must be provided.');
  const gone = await failure(events.send(new ListArchivesCommand({ EventSourceArn: arn('event-bus/none') })));
  assert.equal(gone.message, 'Event bus none does not exist.');
});

test('wildcards may make so much work', { timeout: 60_000 }, async () => {
  await using cloud = await startTestCloud();
  const events = cloud.client(EventBridgeClient);
  const put = (...patterns: string[]) =>
    events.send(
      new PutRuleCommand({
        Name: 'r',
        EventPattern: JSON.stringify({ detail: { key: patterns.map((wildcard) => ({ wildcard })) } }),
      }),
    );
  const ends = ['bif', 'tiff', 'tif', 'svs'];
  await put(...ends.map((end) => `*.${end}`));
  await put(...ends.slice(0, 2).map((end) => `*/datasync/*.${end}`));
  await put('arn:aws:events:us-east-1:*:event-bus/*');
  for (const refused of [['*:*:*:*:*:event-bus/*'], ends.map((end) => `*/datasync/*.${end}`)]) {
    const { name, message } = await failure(put(...refused));
    assert.equal(
      `${name}: ${message}`,
      'InvalidEventPatternException: Event pattern is not valid. Reason: Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character',
    );
  }
  // Many places in which reading can be, in many ways: the test would not end if all were looked at.
  const many = await failure(put(...Array.from({ length: 45 }, (_, index) => `*${'ab'.repeat(8)}${index}*`)));
  assert.equal(many.name, 'InvalidEventPatternException');
});

test('what is wrong with a pattern is told with its place', async () => {
  await using cloud = await startTestCloud();
  const events = cloud.client(EventBridgeClient);
  for (const [pattern, fault, column] of [
    ['{"source": ["aws.health"], "detail": {}}', 'Empty objects are not allowed', 40],
    ['{"source":["test.event-pattern"],"detail":{"id":"A"}}', '"id" must be an object or an array', 50],
    [
      '{',
      'Unexpected end-of-input: expected close marker for Object (start marker at [Source: (String)"{"; line: 1, column: 1])',
      2,
    ],
  ] as const) {
    const { message } = await failure(events.send(new PutRuleCommand({ Name: 'wrong', EventPattern: pattern })));
    const place = `\n at [Source: (String)"${pattern}"; line: 1, column: ${column}]`;
    assert.equal(message, `Event pattern is not valid. Reason: ${fault}${place}`);
  }
});

test('an account has 100 buses, and a bus a policy of 10,240 characters', async () => {
  await using cloud = await startTestCloud();
  const events = cloud.client(EventBridgeClient);
  const make = (number: number) => events.send(new CreateEventBusCommand({ Name: `bus-${number}` }));
  // The default one is one of them.
  for (let number = 1; number < 100; number += 1) await make(number);
  assert.equal((await failure(make(100))).name, 'LimitExceededException');
  const statement = { Effect: 'Allow', Principal: '*', Action: 'events:PutEvents', Resource: '*' };
  const write = (length: number) => {
    const Statement = [{ Sid: 'a'.repeat(length), ...statement }];
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
    return events.send(new PutPermissionCommand({ Policy }));
  };
  await write(10_000);
  assert.equal((await failure(write(10_240))).name, 'PolicyLengthExceededException');
});

test('numbers are compared up to five thousand million either side of zero', async () => {
  await using cloud = await startTestCloud();
  const events = cloud.client(EventBridgeClient);
  const compare = (number: number) => {
    const EventPattern = JSON.stringify({ detail: { at: [{ numeric: ['>', number] }] } });
    const Event = JSON.stringify({
      id: 'i',
      account: 'a',
      source: 's',
      time: 't',
      region: 'r',
      resources: [],
      'detail-type': 'd',
      detail: { at: 1_800_000_000 },
    });
    return events.send(new TestEventPatternCommand({ EventPattern, Event }));
  };
  assert.equal((await compare(1_700_000_000)).Result, true);
  assert.match((await failure(compare(5_000_000_001))).message, /Value must be between -5.0E9 and 5.0E9, inclusive/);
});

test('who may make rules for a source may make none for others besides', async () => {
  await using cloud = await startTestCloud();
  let names = 0;
  /** Who may do what a policy of the EventBridge User Guide, "Using IAM policy conditions", allows. */
  const ruler = async (Condition: object) => {
    names += 1;
    const may = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'events:PutRule', Resource: '*', Condition }],
    });
    const events = cloud.client(EventBridgeClient, { credentials: await userWithKey(cloud, `ann-${names}`, may) });
    return (pattern: object) =>
      events.send(new PutRuleCommand({ Name: 'r', EventPattern: JSON.stringify(pattern) })).then(
        () => true,
        ({ name }) => name !== 'AccessDeniedException',
      );
  };
  const [ec2, ecs, type] = ['aws.ec2', 'aws.ecs', 'EC2 Instance State-change Notification'];
  const patterns = [
    { source: [ec2] },
    { source: [ec2, ecs] },
    { source: [ec2], 'detail-type': [type] },
    { 'detail-type': [type] },
    { source: ['aws.s3'] },
  ];
  const cases: [object, boolean[]][] = [
    [{ StringEquals: { 'events:source': ec2 } }, [true, false, true, false, false]],
    [{ StringEquals: { 'events:source': [ec2, ecs] } }, [true, false, true, false, false]],
    [{ StringEquals: { 'events:source': ec2, 'events:detail-type': type } }, [false, false, true, false, false]],
    [{ Null: { 'events:source': 'false' } }, [true, true, true, false, true]],
    [
      { 'ForAllValues:StringEquals': { 'events:source': [ec2, ecs] }, Null: { 'events:source': 'false' } },
      [true, true, true, false, false],
    ],
  ];
  for (const [condition, allowed] of cases) {
    const may = await ruler(condition);
    const found: boolean[] = [];
    for (const pattern of patterns) found.push(await may(pattern));
    assert.deepEqual(found, allowed, JSON.stringify(condition));
  }
});
