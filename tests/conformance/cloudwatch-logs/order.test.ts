/** Whatever the batches, an event is read once, in its place, forwards, backwards and by pages. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DAY, HOUR, MINUTE, SECOND } from '#kernel/base';
import { START, startTestCloud } from '../../support/cloud.ts';

const LATEST = START + HOUR;

/** A batch: when it begins (before the start), and the steps between its events. */
const batch = fc.record({
  stream: fc.constantFrom('a', 'b'),
  before: fc.oneof(fc.integer({ min: 0, max: 2 * MINUTE }), fc.integer({ min: 0, max: 3 * DAY })),
  steps: fc.array(fc.constantFrom(0, 1, 300, SECOND, 20 * SECOND, 10 * MINUTE, HOUR), { maxLength: 6 }),
});

type Batches = (typeof batch extends fc.Arbitrary<infer One> ? One : never)[];
type Told = { timestamp: number; message: string };

test('events of overlapping batches are merged', async () => {
  await using cloud = await startTestCloud();
  const logs = cloud.server.cloud.aws('123456789012', 'us-east-1')['cloudwatch-logs'];
  let run = 0;
  const check = async (batches: Batches, limit: number, from: number) => {
    run += 1;
    const logGroupName = `g${run}`;
    await logs.CreateLogGroup({ logGroupName });
    for (const logStreamName of ['a', 'b']) await logs.CreateLogStream({ logGroupName, logStreamName });
    const all: (Told & { stream: string })[] = [];
    for (const [number, { stream: logStreamName, before, steps }] of batches.entries()) {
      let timestamp = START - before;
      const logEvents = [0, ...steps].flatMap((step, index) => {
        timestamp += step;
        return timestamp > LATEST ? [] : [{ timestamp, message: `${number}.${index}` }];
      });
      await logs.PutLogEvents({ logGroupName, logStreamName, logEvents });
      all.push(...logEvents.map((event) => ({ ...event, stream: logStreamName })));
    }
    const sorted = all.toSorted((a, b) => a.timestamp - b.timestamp);
    const ofA = sorted.filter(({ stream }) => stream === 'a').map(({ message }) => message);
    const forwards: string[] = [];
    const backwards: string[] = [];
    const place = { logGroupName, logStreamName: 'a', limit };
    for (const startFromHead of [true, false]) {
      let page = await logs.GetLogEvents({ ...place, startFromHead });
      while ((page.events ?? []).length > 0) {
        const told = (page.events ?? []).map(({ message = '' }) => message);
        if (startFromHead) forwards.push(...told);
        else backwards.unshift(...told);
        const nextToken = (startFromHead ? page.nextForwardToken : page.nextBackwardToken) ?? '';
        page = await logs.GetLogEvents({ ...place, nextToken });
      }
    }
    assert.deepEqual([forwards, backwards], [ofA, ofA]);
    const startTime = START - from;
    const found: Told[] = [];
    for (let nextToken: string | undefined; ; ) {
      const page = await logs.FilterLogEvents({
        logGroupName,
        startTime,
        limit,
        ...(nextToken !== undefined && { nextToken }),
      });
      found.push(...((page.events ?? []) as Told[]));
      nextToken = page.nextToken;
      if (nextToken === undefined) break;
    }
    const since = sorted.filter(({ timestamp }) => timestamp >= startTime);
    assert.deepEqual(
      found.map(({ timestamp }) => timestamp),
      since.map(({ timestamp }) => timestamp),
    );
    assert.deepEqual(found.map(({ message }) => message).sort(), since.map(({ message }) => message).sort());
  };
  await fc.assert(
    fc.asyncProperty(
      fc.array(batch, { maxLength: 14 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 0, max: DAY }),
      check,
    ),
    { numRuns: 40 },
  );
});
