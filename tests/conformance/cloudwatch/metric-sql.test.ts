/** Metrics Insights: metrics asked for in SQL. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudWatchClient,
  GetMetricDataCommand,
  type MetricDataQuery,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch';
import { MINUTE } from '#kernel/base';
import { failure, START, startTestCloud, type TestCloud } from '../../support/cloud.ts';

const at = (minutes: number) => new Date(START + minutes * MINUTE);

/** Loads of machines `a` (eu, 10 and 30 in one minute, 50 in the next), `b` (eu, 5) and `c` (us, 70), and one without a machine. */
async function world(cloud: TestCloud) {
  const watch = cloud.client(CloudWatchClient);
  const put = (MetricName: string, Value: number, minute: number, dimensions: { [name: string]: string }) =>
    watch.send(
      new PutMetricDataCommand({
        Namespace: 'My/Machines',
        MetricData: [
          {
            MetricName,
            Value,
            Timestamp: at(minute),
            Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
          },
        ],
      }),
    );
  await put('Load', 10, 0, { Machine: 'a', Zone: 'eu' });
  await put('Load', 30, 0, { Machine: 'a', Zone: 'eu' });
  await put('Load', 50, 1, { Machine: 'a', Zone: 'eu' });
  await put('Load', 5, 0, { Machine: 'b', Zone: 'eu' });
  await put('Load', 70, 1, { Machine: 'c', Zone: 'us' });
  await put('Load', 1, 0, {});
  await put('Other', 1_000, 0, { Machine: 'a', Zone: 'eu' });
  await cloud.advance(5 * MINUTE);
  const ask = async (...queries: (string | MetricDataQuery)[]) => {
    const { MetricDataResults: found = [] } = await watch.send(
      new GetMetricDataCommand({
        StartTime: at(0),
        EndTime: at(5),
        ScanBy: 'TimestampAscending',
        MetricDataQueries: queries.map((one, index) =>
          typeof one === 'string' ? { Id: `q${index}`, Expression: one, Period: 60 } : one,
        ),
      }),
    );
    return found.map(({ Label, Values }) => [Label, Values]);
  };
  return { watch, ask };
}

test('one series of all metrics, or of those with exactly these dimensions, or values', async () => {
  await using cloud = await startTestCloud();
  const { ask } = await world(cloud);
  assert.deepEqual(await ask('SELECT SUM(Load) FROM "My/Machines"'), [['q0', [46, 120]]]);
  assert.deepEqual(await ask('select avg(Load) from "My/Machines"'), [['q0', [11.5, 60]]]);
  assert.deepEqual(await ask('SELECT COUNT(Load) FROM "My/Machines"'), [['q0', [4, 2]]]);
  assert.deepEqual(await ask('SELECT MIN("Load") FROM SCHEMA("My/Machines", Zone, Machine)'), [['q0', [5, 50]]]);
  assert.deepEqual(await ask('SELECT MAX(Load) FROM SCHEMA("My/Machines")'), [['q0', [1]]]);
  assert.deepEqual(await ask('SELECT MAX(Load) FROM SCHEMA("My/Machines", Machine)'), [['q0', []]]);
  assert.deepEqual(await ask(`SELECT MAX(Load) FROM "My/Machines" WHERE Zone = 'eu' AND Machine != 'a'`), [
    ['q0', [5]],
  ]);
  assert.deepEqual(await ask(`SELECT MAX(Load) FROM "My/Machines" WHERE Zone != 'eu'`), [['q0', [70]]]);
  const own = 'SELECT MAX(Load) FROM "My/Machines" WHERE AWS.AccountId =';
  assert.deepEqual(await ask(`${own} CURRENT_ACCOUNT_ID()`), [['q0', [30, 70]]]);
  assert.deepEqual(await ask(`${own} '999999999999'`), [['q0', []]]);
  assert.deepEqual(await ask('SELECT MAX(load) FROM "My/Machines"'), [['q0', []]], 'names have their case');
});

test('series of groups: by their labels, by what a function makes of them, so many', async () => {
  await using cloud = await startTestCloud();
  const { ask } = await world(cloud);
  const grouped = 'SELECT MAX(Load) FROM "My/Machines" GROUP BY';
  assert.deepEqual(await ask(`${grouped} Zone, Machine`), [
    ['Other Other', [1]],
    ['eu a', [30, 50]],
    ['eu b', [5]],
    ['us c', [70]],
  ]);
  const top = (rest: string) =>
    ask(`SELECT SUM(Load) FROM SCHEMA("My/Machines", Machine, Zone) GROUP BY Machine ORDER BY ${rest}`);
  assert.deepEqual(await top('MAX() DESC LIMIT 2'), [
    ['c', [70]],
    ['a', [40, 50]],
  ]);
  assert.deepEqual(
    (await top('SUM() DESC')).map(([label]) => label),
    ['a', 'c', 'b'],
  );
  assert.deepEqual(
    (await top('COUNT() LIMIT 2')).map(([label]) => label),
    ['b', 'c'],
  );
  assert.deepEqual(
    (await top('MIN() ASC')).map(([label]) => label),
    ['b', 'a', 'c'],
  );
  assert.deepEqual(
    (await top('AVG()')).map(([label]) => label),
    ['b', 'a', 'c'],
  );
});

test('a query is part of metric math', async () => {
  await using cloud = await startTestCloud();
  const { ask } = await world(cloud);
  const Expression = 'SELECT MAX(Load) FROM SCHEMA("My/Machines", Machine, Zone) GROUP BY Machine';
  const found = await ask(
    { Id: 'q', Expression, Period: 60, ReturnData: false },
    { Id: 'most', Expression: 'MAX(q)' },
    { Id: 'twice', Expression: 'q * 2' },
  );
  assert.deepEqual(found, [
    ['most', [30, 70]],
    ['a', [60, 100]],
    ['b', [10]],
    ['c', [140]],
  ]);
  // What is shorter than a minute is not seen.
  const fine = { Id: 'fine', Expression: 'SELECT SUM(Load) FROM "My/Machines"', Period: 10 };
  assert.deepEqual(await ask(fine), [['fine', [46, 120]]]);
});

test('what can’t be read is refused with its place', async () => {
  await using cloud = await startTestCloud();
  const { watch, ask } = await world(cloud);
  const told = async (text: string) => {
    const { name, message } = await failure(ask(text));
    return [name, message.replace(`'${text}'`, 'it')];
  };
  for (const [text, place] of [
    ['SELECT P99(Load) FROM x', 7],
    ['SELECT SUM(Load)', 16],
    ['SELECT SUM(Load) FROM My/Machines', 24],
    ['SELECT SUM(Load) FROM Group', 22],
    ['SELECT SUM(Load) FROM x WHERE a = b', 34],
    ['SELECT SUM(Load) FROM x WHERE a > 1', 31],
    ['SELECT SUM(Load) FROM x GROUP BY', 32],
    ['SELECT SUM(Load) FROM x ORDER BY SUM(a)', 37],
    ['SELECT SUM(Load) FROM x LIMIT 501', 30],
    ['SELECT SUM(Load) FROM x HAVING 1', 24],
    ['SELECT SUM(Load) FROM SCHEMA()', 29],
  ] as const)
    assert.deepEqual(await told(text), [
      'ValidationException',
      `Error in expression it: Invalid syntax at position ${place}`,
    ]);
  const tags = await failure(ask(`SELECT SUM(Load) FROM x WHERE tag.env = 'a'`));
  assert.deepEqual(
    [tags.name, tags.message],
    ['NotImplemented', 'Cloudyard has not built tags in queries of metrics yet'],
  );
  const two = await failure(ask('SELECT SUM(a) FROM x', 'SELECT SUM(a) FROM x'));
  assert.equal(two.message, 'Only one Metrics Insights query is allowed in a request.');
  const long = await failure(
    watch.send(
      new PutMetricAlarmCommand({
        AlarmName: 'long',
        Metrics: [{ Id: 'q', Expression: 'SELECT SUM(a) FROM x', Period: 3_600 }],
        EvaluationPeriods: 4,
        Threshold: 1,
        ComparisonOperator: 'GreaterThanThreshold',
      }),
    ),
  );
  assert.equal(
    long.message,
    'Metrics Insights queries cannot be checked across more than three hours (EvaluationPeriods * Period must be <= 10800).',
  );
});
