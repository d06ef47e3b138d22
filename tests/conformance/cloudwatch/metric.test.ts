import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudWatchClient,
  GetMetricDataCommand,
  type GetMetricDataCommandInput,
  GetMetricStatisticsCommand,
  ListMetricsCommand,
  type ListMetricsCommandInput,
  PutMetricDataCommand,
  paginateListMetrics,
} from '@aws-sdk/client-cloudwatch';
import { CreateQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { failure, START, startTestCloud, type TestCloud } from '../../support/cloud.ts';

const MINUTE = 60_000;
const at = (minutes: number) => new Date(START + minutes * MINUTE);

async function filled(): Promise<TestCloud & AsyncDisposable> {
  const cloud = await startTestCloud();
  const watch = cloud.client(CloudWatchClient);
  for (const [minute, values] of [
    [0, [1, 2, 3, 4]],
    [1, [10]],
    [3, [5, 5]],
  ] as const)
    await watch.send(
      new PutMetricDataCommand({
        Namespace: 'Shop',
        MetricData: [
          {
            MetricName: 'Latency',
            Dimensions: [{ Name: 'Page', Value: 'home' }],
            Timestamp: at(minute),
            Values: [...values],
            Unit: 'Milliseconds',
          },
        ],
      }),
    );
  await cloud.advance(10 * MINUTE);
  return cloud;
}

const LATENCY = { Namespace: 'Shop', MetricName: 'Latency', Dimensions: [{ Name: 'Page', Value: 'home' }] };

test('values that were put are read as statistics of periods', async () => {
  await using cloud = await filled();
  const watch = cloud.client(CloudWatchClient);
  const { Datapoints, Label } = await watch.send(
    new GetMetricStatisticsCommand({
      ...LATENCY,
      StartTime: at(0),
      EndTime: at(10),
      Period: 60,
      Statistics: ['Average', 'Sum', 'Minimum', 'Maximum', 'SampleCount'],
      ExtendedStatistics: ['p50', 'p75', 'tm50', 'PR(2:4)'],
    }),
  );
  assert.equal(Label, 'Latency');
  assert.deepEqual(Datapoints?.[0], {
    Timestamp: at(0),
    Average: 2.5,
    Sum: 10,
    Minimum: 1,
    Maximum: 4,
    SampleCount: 4,
    ExtendedStatistics: { p50: 2.5, p75: 3.25, tm50: 1.5, 'PR(2:4)': 50 },
    Unit: 'Milliseconds',
  });
  assert.deepEqual(
    Datapoints?.map(({ Timestamp }) => Timestamp?.getTime()),
    [0, 1, 3].map((one) => at(one).getTime()),
  );
  const five = await watch.send(
    new GetMetricStatisticsCommand({ ...LATENCY, StartTime: at(0), EndTime: at(10), Period: 300, Statistics: ['Sum'] }),
  );
  assert.deepEqual(
    five.Datapoints?.map(({ Sum }) => Sum),
    [30],
  );
});

test('a whole page of metrics is the last one where no more are there', async () => {
  await using cloud = await startTestCloud();
  const watch = cloud.client(CloudWatchClient);
  const put = (from: number, count: number) => {
    const MetricData = Array.from({ length: count }, (_, index) => ({ MetricName: `m${from + index}`, Value: 1 }));
    return watch.send(new PutMetricDataCommand({ Namespace: 'Shop', MetricData }));
  };
  const pages = async () => {
    const sizes: number[] = [];
    for await (const { Metrics = [] } of paginateListMetrics({ client: watch }, { Namespace: 'Shop' }))
      sizes.push(Metrics.length);
    return sizes;
  };
  await put(0, 500);
  assert.deepEqual(await pages(), [500]);
  await put(500, 1);
  assert.deepEqual(await pages(), [500, 1]);
});

test('what can’t be asked for is refused', async () => {
  await using cloud = await startTestCloud();
  const watch = cloud.client(CloudWatchClient);
  const ask = async (query: object) => {
    const MetricDataQueries = [{ Id: 'm', ...query }];
    const { name, message } = await failure(
      watch.send(new GetMetricDataCommand({ StartTime: at(0), EndTime: at(10), MetricDataQueries })),
    );
    return [name, message];
  };
  const MetricStat = { Metric: LATENCY, Period: 60, Stat: 'Sum' };
  assert.deepEqual(await ask({ Id: 'Upper', MetricStat }), [
    'ValidationException',
    'The value Upper for parameter MetricDataQueries.member.1.Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$.',
  ]);
  assert.deepEqual(await ask({ MetricStat: { ...MetricStat, Period: 7 } }), [
    'InvalidParameterValueException',
    'The parameter Period must be 1, 5, 10, 20, 30, or a multiple of 60.',
  ]);
});

test('metrics are listed by namespace, name and dimension, for two weeks', async () => {
  await using cloud = await filled();
  const watch = cloud.client(CloudWatchClient);
  const listed = async (input: ListMetricsCommandInput) => (await watch.send(new ListMetricsCommand(input))).Metrics;
  assert.deepEqual(await listed({ Namespace: 'Shop' }), [LATENCY]);
  assert.deepEqual(await listed({ Dimensions: [{ Name: 'Page' }] }), [LATENCY]);
  assert.deepEqual(await listed({ Namespace: 'Shop', MetricName: 'Other' }), []);
  assert.deepEqual(await listed({ Namespace: 'Shop', OwningAccount: '210987654321' }), []);
  const linked = await watch.send(new ListMetricsCommand({ Namespace: 'Shop', IncludeLinkedAccounts: true }));
  assert.deepEqual([linked.Metrics, linked.OwningAccounts], [[LATENCY], ['123456789012']]);
  await cloud.advance(15 * 24 * 60 * MINUTE);
  assert.deepEqual(await listed({ Namespace: 'Shop' }), []);
});

test('the services count for themselves', async () => {
  await using cloud = await startTestCloud();
  const sqs = cloud.client(SQSClient);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'q' }));
  for (let sent = 0; sent < 3; sent += 1) await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }));
  await cloud.advance(MINUTE);
  const { Datapoints } = await cloud.client(CloudWatchClient).send(
    new GetMetricStatisticsCommand({
      Namespace: 'AWS/SQS',
      MetricName: 'NumberOfMessagesSent',
      Dimensions: [{ Name: 'QueueName', Value: 'q' }],
      StartTime: at(0),
      EndTime: at(1),
      Period: 60,
      Statistics: ['Sum'],
    }),
  );
  assert.deepEqual(
    Datapoints?.map(({ Sum }) => Sum),
    [3],
  );
});

test('expressions are worked out over metrics', async () => {
  await using cloud = await filled();
  const watch = cloud.client(CloudWatchClient);
  const asked = async (expression: string, others: GetMetricDataCommandInput['MetricDataQueries'] = []) => {
    const { MetricDataResults } = await watch.send(
      new GetMetricDataCommand({
        StartTime: at(0),
        EndTime: at(5),
        ScanBy: 'TimestampAscending',
        MetricDataQueries: [
          { Id: 'm1', MetricStat: { Metric: LATENCY, Period: 60, Stat: 'Sum' }, ReturnData: false },
          ...(others ?? []),
          { Id: 'e1', Expression: expression },
        ],
      }),
    );
    const [result] = MetricDataResults ?? [];
    return result?.Timestamps?.map((time, index) => [(time.getTime() - START) / MINUTE, result.Values?.[index]]);
  };
  for (const [expression, expected] of [
    [
      'm1 * 2',
      [
        [0, 20],
        [1, 20],
        [3, 20],
      ],
    ],
    [
      'm1 + m1 ^ 2 / 10',
      [
        [0, 20],
        [1, 20],
        [3, 20],
      ],
    ],
    [
      '-(m1 - 4)',
      [
        [0, -6],
        [1, -6],
        [3, -6],
      ],
    ],
    [
      'FILL(m1, 0)',
      [
        [0, 10],
        [1, 10],
        [2, 0],
        [3, 10],
        [4, 0],
      ],
    ],
    [
      'FILL(m1, REPEAT)',
      [
        [0, 10],
        [1, 10],
        [2, 10],
        [3, 10],
        [4, 10],
      ],
    ],
    [
      "FILL(m1, 'LINEAR')",
      [
        [0, 10],
        [1, 10],
        [2, 10],
        [3, 10],
      ],
    ],
    [
      'FIRST(SORT([m1, m1 * 2], SUM, DESC))',
      [
        [0, 20],
        [1, 20],
        [3, 20],
      ],
    ],
    [
      'RUNNING_SUM(m1)',
      [
        [0, 10],
        [1, 20],
        [3, 30],
      ],
    ],
    [
      'DIFF(m1)',
      [
        [1, 0],
        [3, 0],
      ],
    ],
    [
      'IF(m1 > 9 AND m1 < 11, 1, 0)',
      [
        [0, 1],
        [1, 1],
        [3, 1],
      ],
    ],
    [
      'SUM(METRICS())',
      [
        [0, 10],
        [1, 10],
        [3, 10],
      ],
    ],
    ['m1 / (m1 - 10)', []],
    [
      "SUM(SEARCH('{Shop,Page} MetricName=\"Latency\"', 'SampleCount', 60))",
      [
        [0, 4],
        [1, 1],
        [3, 2],
      ],
    ],
    [
      'MINUTE(m1)',
      [
        [0, 0],
        [1, 1],
        [2, 2],
        [3, 3],
        [4, 4],
      ],
    ],
  ] as const)
    assert.deepEqual(await asked(expression), expected, expression);
  for (const [expression, message] of [
    ['m1 +', "Error in expression 'm1 +': Invalid syntax"],
    ['m2', "Error in expression: Undefined variable 'm2'"],
    ['NOSUCH(m1)', 'Unknown function NOSUCH'],
    ['FILL(m1, NEXT)', "Error in expression: Undefined variable 'NEXT'"],
    ['SORT(METRICS(), valueOf, ASC)', 'SORT takes AVG, MIN, MAX or SUM'],
    ['SORT(METRICS(), AVG, UP)', 'SORT takes ASC or DESC'],
    ["SEARCH('{Shop,Page} (Latency', 'Sum', 60)", 'Invalid search expression'],
    ["SEARCH('{Shop,Page} Latency) x', 'Sum', 60)", 'Invalid search expression'],
    [`${'('.repeat(200)}m1${')'.repeat(200)}`, undefined],
  ] as const) {
    const error = await failure(asked(expression));
    assert.equal(error.name, 'ValidationException');
    if (message !== undefined) assert.equal(error.message, message);
  }
  const quota = await failure(asked('m1 / SERVICE_QUOTA(m1)'));
  assert.deepEqual([quota.name, quota.$metadata?.httpStatusCode], ['NotImplemented', 501]);
});

test('datapoints come in pages, but not where math is performed', async () => {
  await using cloud = await filled();
  const watch = cloud.client(CloudWatchClient);
  const metric = (Id: string, Stat: string) => ({ Id, MetricStat: { Metric: LATENCY, Period: 60, Stat } });
  const ask = async (more: Partial<GetMetricDataCommandInput>) => {
    const { MetricDataResults, NextToken } = await watch.send(
      new GetMetricDataCommand({
        StartTime: at(0),
        EndTime: at(5),
        MaxDatapoints: 4,
        MetricDataQueries: [metric('sum', 'Sum'), metric('max', 'Maximum')],
        ...more,
      }),
    );
    return {
      NextToken,
      told: MetricDataResults?.map(({ Id, Values, StatusCode }) => [Id, Values?.length, StatusCode]),
    };
  };
  const first = await ask({});
  assert.deepEqual(first.told, [
    ['sum', 3, 'Complete'],
    ['max', 1, 'PartialData'],
  ]);
  assert.ok(first.NextToken !== undefined);
  assert.deepEqual(await ask({ NextToken: first.NextToken }), { NextToken: undefined, told: [['max', 2, 'Complete']] });
  assert.equal((await failure(ask({ NextToken: 'forged' }))).name, 'InvalidNextToken');
  const math = await ask({ MetricDataQueries: [metric('sum', 'Sum'), { Id: 'twice', Expression: 'sum * 2' }] });
  assert.deepEqual(math, {
    NextToken: undefined,
    told: [
      ['sum', 3, 'Complete'],
      ['twice', 1, 'PartialData'],
    ],
  });
  const many = Array.from({ length: 501 }, (_, index) => metric(`m${index}`, 'Sum'));
  assert.equal(
    (await failure(ask({ MetricDataQueries: many }))).message,
    'The collection MetricDataQueries must not have a size greater than 500.',
  );
});

test('seconds are there for three hours: before that an expression has a value for each minute', async () => {
  await using cloud = await startTestCloud();
  const watch = cloud.client(CloudWatchClient);
  const count = async (minutes: number) => {
    const { MetricDataResults: [result] = [] } = await watch.send(
      new GetMetricDataCommand({
        StartTime: at(-minutes),
        EndTime: at(0),
        MetricDataQueries: [{ Id: 'e', Expression: 'TIME_SERIES(1)', Period: 1 }],
      }),
    );
    return result?.Values?.length;
  };
  assert.deepEqual([await count(60), await count(24 * 60)], [3_600, 24 * 60]);
});
