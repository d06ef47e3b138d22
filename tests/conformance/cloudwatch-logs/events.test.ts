/** Events: what PutLogEvents takes and refuses, and how they are read again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  DeleteLogStreamCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  PutLogEventsCommand,
  PutRetentionPolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { DAY, HOUR, MIB } from '#kernel/base';
import { failure, START, startTestCloud, type TestCloud } from '../../support/cloud.ts';

const logGroupName = '/app/web';
const logStreamName = 'one';
const place = { logGroupName, logStreamName };

async function withStream(cloud: TestCloud): Promise<CloudWatchLogsClient> {
  const logs = cloud.client(CloudWatchLogsClient);
  await logs.send(new CreateLogGroupCommand({ logGroupName }));
  await logs.send(new CreateLogStreamCommand(place));
  return logs;
}

const put = (logs: CloudWatchLogsClient, events: readonly [number, string][], stream = logStreamName) =>
  logs.send(
    new PutLogEventsCommand({
      logGroupName,
      logStreamName: stream,
      logEvents: events.map(([timestamp, message]) => ({ timestamp, message })),
    }),
  );

const messages = (events: { message?: string | undefined }[] | undefined) => events?.map(({ message }) => message);

test('events come back in order of time, whatever the order of the batches', async () => {
  await using cloud = await startTestCloud();
  const logs = await withStream(cloud);
  const { nextSequenceToken } = await put(logs, [
    [START - HOUR, 'b'],
    [START, 'e'],
  ]);
  assert.match(nextSequenceToken ?? '', /^\d{56}$/);
  await put(logs, [[START - 2 * HOUR, 'a']]);
  await put(logs, [
    [START - 1_000, 'c'],
    [START - 1_000, 'd'],
  ]);
  const { events } = await logs.send(new GetLogEventsCommand({ ...place, startFromHead: true }));
  assert.deepEqual(messages(events), ['a', 'b', 'c', 'd', 'e']);
  assert.deepEqual(events?.[0], { timestamp: START - 2 * HOUR, message: 'a', ingestionTime: START });
  const newest = await logs.send(new GetLogEventsCommand({ ...place, limit: 2 }));
  assert.deepEqual(messages(newest.events), ['d', 'e']);
  const some = await logs.send(
    new GetLogEventsCommand({ ...place, startFromHead: true, startTime: START - HOUR, endTime: START }),
  );
  assert.deepEqual(messages(some.events), ['b', 'c', 'd']);
});

test('tokens lead forwards and back, and at an end to themselves', async () => {
  await using cloud = await startTestCloud();
  const logs = await withStream(cloud);
  const empty = await logs.send(new GetLogEventsCommand(place));
  assert.equal(empty.nextForwardToken, `f/${'0'.repeat(56)}/s`);
  await put(
    logs,
    Array.from({ length: 10 }, (_, index) => [START + index, `${index}`]),
  );
  const after = await logs.send(new GetLogEventsCommand({ ...place, nextToken: empty.nextForwardToken }));
  assert.equal(after.events?.length, 10);
  const first = await logs.send(new GetLogEventsCommand({ ...place, limit: 4, startFromHead: true }));
  const next = await logs.send(new GetLogEventsCommand({ ...place, limit: 4, nextToken: first.nextForwardToken }));
  assert.deepEqual(messages(next.events), ['4', '5', '6', '7']);
  const back = await logs.send(new GetLogEventsCommand({ ...place, limit: 3, nextToken: next.nextBackwardToken }));
  assert.deepEqual(messages(back.events), ['1', '2', '3']);
  const end = await logs.send(new GetLogEventsCommand({ ...place, nextToken: next.nextForwardToken }));
  const past = await logs.send(new GetLogEventsCommand({ ...place, nextToken: end.nextForwardToken }));
  assert.deepEqual(past.events, []);
  assert.equal(past.nextForwardToken, end.nextForwardToken);
  const bad = await failure(logs.send(new GetLogEventsCommand({ ...place, nextToken: 'x' })));
  assert.deepEqual([bad.name, bad.message], ['InvalidParameterException', 'The specified nextToken is invalid.']);
});

test('a batch is refused as a whole', async () => {
  await using cloud = await startTestCloud();
  const logs = await withStream(cloud);
  const refused = async (events: readonly [number, string][]) => {
    const { name, message } = await failure(put(logs, events));
    assert.equal(name, 'InvalidParameterException');
    return message;
  };
  assert.equal(
    await refused([
      [START, 'a'],
      [START - 1, 'b'],
    ]),
    'Log events in a single PutLogEvents request must be in chronological order.',
  );
  assert.equal(
    await refused([
      [START - DAY - 1, 'a'],
      [START, 'b'],
    ]),
    'The batch of log events in a single PutLogEvents request cannot span more than 24 hours.',
  );
  assert.equal(
    await refused([[START, 'a'.repeat(MIB - 25)]]),
    `Log event too large: ${MIB + 1} bytes exceeds limit of ${MIB}`,
  );
  assert.equal(
    await refused([
      [START, 'a'.repeat(MIB / 2)],
      [START, 'a'.repeat(MIB / 2)],
    ]),
    `Upload too large: ${MIB + 52} bytes exceeds limit of ${MIB}`,
  );
  assert.equal(
    await refused([]),
    "1 validation error detected: Value '[]' at 'logEvents' failed to satisfy constraint: Member must have length greater than or equal to 1",
  );
  await put(logs, [[START, 'a'.repeat(MIB - 26)]]);
  const { events } = await logs.send(new GetLogEventsCommand(place));
  assert.equal(events?.[0]?.message?.length, MIB - 26);
});

test('events too old, expired or too far ahead are left out, and told of', async () => {
  await using cloud = await startTestCloud();
  const logs = await withStream(cloud);
  const old = await put(logs, [
    [START - 14 * DAY - 1, 'old'],
    [START - 14 * DAY, 'kept'],
  ]);
  assert.deepEqual(old.rejectedLogEventsInfo, { tooOldLogEventEndIndex: 1 });
  await logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 1 }));
  const mixed = await put(logs, [
    [START - DAY - 1, 'expired'],
    [START - DAY, 'kept too'],
    [START - 1, 'and this'],
  ]);
  assert.deepEqual(mixed.rejectedLogEventsInfo, { expiredLogEventEndIndex: 1 });
  const ahead = await put(logs, [
    [START + 2 * HOUR, 'early'],
    [START + 2 * HOUR + 1, 'too early'],
  ]);
  assert.deepEqual(ahead.rejectedLogEventsInfo, { tooNewLogEventStartIndex: 1 });
  const { events } = await logs.send(new GetLogEventsCommand({ ...place, startFromHead: true }));
  assert.deepEqual(messages(events), ['kept too', 'and this', 'early']);
});

test('what is past its retention is gone at once when it is read, and swept later', async () => {
  await using cloud = await startTestCloud();
  const logs = await withStream(cloud);
  await logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 3 }));
  await put(logs, [[START, 'x'.repeat(100)]]);
  const stored = async () => (await logs.send(new DescribeLogGroupsCommand({}))).logGroups?.[0]?.storedBytes;
  assert.equal(await stored(), 126);
  await cloud.advance(3 * DAY);
  assert.equal((await logs.send(new GetLogEventsCommand(place))).events?.length, 1);
  await cloud.advance(1);
  assert.equal((await logs.send(new GetLogEventsCommand(place))).events?.length, 0);
  await cloud.advance(2 * DAY);
  assert.equal(await stored(), 0);
  const bad = await failure(logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 2 })));
  assert.equal(bad.name, 'InvalidParameterException');
});

test('a whole group is searched in order, by streams, prefix and pages', async () => {
  await using cloud = await startTestCloud();
  const logs = await withStream(cloud);
  await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName: 'two' }));
  for (let index = 0; index < 30; index += 1)
    await put(logs, [[START - index * 1_000, `${index}`]], index % 2 === 0 ? 'one' : 'two');
  const filter = (input: object) => logs.send(new FilterLogEventsCommand({ logGroupName, ...input }));
  const all = await filter({});
  assert.deepEqual(
    messages(all.events),
    Array.from({ length: 30 }, (_, index) => `${29 - index}`),
  );
  assert.equal(all.nextToken, undefined);
  assert.deepEqual(all.searchedLogStreams, []);
  assert.match(all.events?.[0]?.eventId ?? '', /^\d{56}$/);
  assert.equal(all.events?.[0]?.logStreamName, 'two');
  assert.equal((await filter({ logStreamNames: ['one'] })).events?.length, 15);
  assert.equal((await filter({ logStreamNamePrefix: 't' })).events?.length, 15);
  assert.deepEqual(messages((await filter({ startTime: START - 2_000, endTime: START - 1_000 })).events), ['2', '1']);
  const seen: (string | undefined)[] = [];
  let nextToken: string | undefined;
  do {
    const some = await filter({ limit: 7, ...(nextToken !== undefined && { nextToken }) });
    seen.push(...(messages(some.events) ?? []));
    nextToken = some.nextToken;
  } while (nextToken !== undefined);
  assert.deepEqual(seen, messages(all.events));
});

test('streams are listed by name or by their last event', async () => {
  await using cloud = await startTestCloud();
  const logs = await withStream(cloud);
  for (const name of ['two', 'three'])
    await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName: name }));
  const { nextSequenceToken } = await put(logs, [[START - 5, 'x']], 'two');
  await put(logs, [[START - 10, 'x']], 'one');
  const list = async (input: object) => {
    const { logStreams } = await logs.send(new DescribeLogStreamsCommand({ logGroupName, ...input }));
    return logStreams?.map((one) => one.logStreamName);
  };
  assert.deepEqual(await list({}), ['one', 'three', 'two']);
  assert.deepEqual(await list({ descending: true }), ['two', 'three', 'one']);
  assert.deepEqual(await list({ logStreamNamePrefix: 't' }), ['three', 'two']);
  assert.deepEqual(await list({ orderBy: 'LastEventTime', descending: true }), ['two', 'one', 'three']);
  const page = await logs.send(new DescribeLogStreamsCommand({ logGroupName, orderBy: 'LastEventTime', limit: 1 }));
  assert.deepEqual(await list({ orderBy: 'LastEventTime', nextToken: page.nextToken }), ['one', 'two']);
  const { logStreams } = await logs.send(new DescribeLogStreamsCommand({ logGroupName, logStreamNamePrefix: 'tw' }));
  assert.deepEqual(logStreams, [
    {
      logStreamName: 'two',
      creationTime: START,
      firstEventTimestamp: START - 5,
      lastEventTimestamp: START - 5,
      lastIngestionTime: START,
      uploadSequenceToken: nextSequenceToken,
      arn: `arn:aws:logs:us-east-1:123456789012:log-group:${logGroupName}:log-stream:two`,
      storedBytes: 0,
    },
  ]);
  const both = await failure(
    logs.send(new DescribeLogStreamsCommand({ logGroupName, orderBy: 'LastEventTime', logStreamNamePrefix: 't' })),
  );
  assert.equal(both.message, 'Cannot order by LastEventTime with a logStreamNamePrefix.');
});

test('what is deleted is gone, also when it is made anew', async () => {
  await using cloud = await startTestCloud();
  const logs = await withStream(cloud);
  await put(logs, [[START, 'x'.repeat(20_000)]]);
  const again = await failure(logs.send(new CreateLogStreamCommand(place)));
  assert.deepEqual(
    [again.name, again.message],
    ['ResourceAlreadyExistsException', 'The specified log stream already exists'],
  );
  await logs.send(new DeleteLogStreamCommand(place));
  await logs.send(new CreateLogStreamCommand(place));
  assert.deepEqual((await logs.send(new GetLogEventsCommand(place))).events, []);
  assert.deepEqual((await logs.send(new FilterLogEventsCommand({ logGroupName }))).events, []);
  await put(logs, [[START, 'y']]);
  await logs.send(new DeleteLogGroupCommand({ logGroupName }));
  const gone = await failure(put(logs, [[START, 'x']]));
  assert.deepEqual([gone.name, gone.message], ['ResourceNotFoundException', 'The specified log group does not exist.']);
  await logs.send(new CreateLogGroupCommand({ logGroupName }));
  const missing = await failure(logs.send(new GetLogEventsCommand(place)));
  assert.equal(missing.message, 'The specified log stream does not exist.');
  const exists = await failure(logs.send(new CreateLogGroupCommand({ logGroupName })));
  assert.equal(exists.message, 'The specified log group already exists');
  await cloud.advance(HOUR);
  assert.equal((await logs.send(new DescribeLogGroupsCommand({}))).logGroups?.[0]?.storedBytes, 0);
});
