import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateArchiveCommand,
  CreateEventBusCommand,
  EventBridgeClient,
  ListArchivesCommand,
  ListEventBusesCommand,
  type ListEventBusesCommandOutput,
  ListReplaysCommand,
  PutPermissionCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemovePermissionCommand,
  StartReplayCommand,
  TagResourceCommand,
} from '@aws-sdk/client-eventbridge';
import { failure, startTestCloud } from '../../support/cloud.ts';

const arn = (resource: string) => `arn:aws:events:us-east-1:123456789012:${resource}`;

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
  await events.send(new PutRuleCommand({ Name: 'r', EventPattern: '{"source":["a"]}' }));
  const queue = { Id: 'q', Arn: 'arn:aws:sqs:us-east-1:123456789012:q.fifo' };
  const fifo = await failure(events.send(new PutTargetsCommand({ Rule: 'r', Targets: [queue] })));
  assert.equal(fifo.message, 'Parameter(s) SqsParameters must be specified for target: q.');
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
