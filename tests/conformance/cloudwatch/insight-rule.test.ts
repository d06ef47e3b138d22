import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudWatchClient,
  DeleteInsightRulesCommand,
  DescribeInsightRulesCommand,
  DisableInsightRulesCommand,
  EnableInsightRulesCommand,
  GetInsightRuleReportCommand,
  PutInsightRuleCommand,
} from '@aws-sdk/client-cloudwatch';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { failure, START, startTestCloud, type TestCloud } from '../../support/cloud.ts';

const MINUTE = 60_000;
const Schema = { Name: 'CloudWatchLogRule', Version: 1 };
const RULE = {
  Schema,
  LogGroupNames: ['/web/*'],
  LogFormat: 'JSON',
  AggregateOn: 'Sum',
  Contribution: { Keys: ['$.ip'], ValueOf: '$.bytes', Filters: [{ Match: '$.method', In: ['GET', 'PUT'] }] },
};

/** Writes lines into a group, now. */
async function say(cloud: TestCloud, logGroupName: string, ...lines: (string | object)[]): Promise<void> {
  const logs = cloud.client(CloudWatchLogsClient);
  const logStreamName = 'one';
  await logs.send(new CreateLogGroupCommand({ logGroupName })).catch(() => undefined);
  await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName })).catch(() => undefined);
  const timestamp = cloud.server.cloud.kernel.clock.now();
  const logEvents = lines.map((line) => ({
    timestamp,
    message: typeof line === 'string' ? line : JSON.stringify(line),
  }));
  await logs.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
}

const report = (cloud: TestCloud, input: object = {}) =>
  cloud.client(CloudWatchClient).send(
    new GetInsightRuleReportCommand({
      RuleName: 'top',
      StartTime: new Date(START - MINUTE),
      EndTime: new Date(START + 60 * MINUTE),
      Period: 60,
      ...input,
    }),
  );

test('a rule tells who contributes most, while it is enabled', async () => {
  await using cloud = await startTestCloud();
  const watch = cloud.client(CloudWatchClient);
  await say(cloud, '/web/a', { ip: 'x', method: 'GET', bytes: 1_000 });
  await cloud.advance(MINUTE);
  await watch.send(new PutInsightRuleCommand({ RuleName: 'top', RuleDefinition: JSON.stringify(RULE) }));
  await say(cloud, '/web/a', { ip: 'a', method: 'GET', bytes: 5 }, { ip: 'b', method: 'PUT', bytes: 20 });
  await say(cloud, '/web/b', { ip: 'a', method: 'GET', bytes: 7 }, { ip: 'a', method: 'DELETE', bytes: 99 });
  await say(cloud, '/other', { ip: 'c', method: 'GET', bytes: 50 });
  await say(cloud, '/web/b', 'no JSON', { ip: 'a', method: 'GET', bytes: 'many' }, { method: 'GET', bytes: 1 });
  await cloud.advance(MINUTE);
  await say(cloud, '/web/a', { ip: 'a', method: 'GET', bytes: 10 });
  await cloud.advance(1_000);
  await watch.send(new DisableInsightRulesCommand({ RuleNames: ['top'] }));
  await cloud.advance(MINUTE);
  await say(cloud, '/web/a', { ip: 'z', method: 'GET', bytes: 1_000 });
  await cloud.advance(MINUTE);
  await watch.send(new EnableInsightRulesCommand({ RuleNames: ['top'] }));
  const { $metadata: _, ...found } = await report(cloud, {
    Metrics: ['UniqueContributors', 'MaxContributorValue', 'SampleCount', 'Sum', 'Minimum', 'Maximum', 'Average'],
  });
  const at = (minutes: number) => new Date(START + minutes * MINUTE);
  assert.deepEqual(found, {
    KeyLabels: ['$.ip'],
    AggregationStatistic: 'Sum',
    AggregateValue: 42,
    ApproximateUniqueCount: 2,
    Contributors: [
      {
        Keys: ['a'],
        ApproximateAggregateValue: 22,
        Datapoints: [
          { Timestamp: at(1), ApproximateValue: 12 },
          { Timestamp: at(2), ApproximateValue: 10 },
        ],
      },
      { Keys: ['b'], ApproximateAggregateValue: 20, Datapoints: [{ Timestamp: at(1), ApproximateValue: 20 }] },
    ],
    MetricDatapoints: [
      {
        Timestamp: at(1),
        UniqueContributors: 2,
        MaxContributorValue: 20,
        SampleCount: 3,
        Sum: 32,
        Minimum: 5,
        Maximum: 20,
        Average: 32 / 3,
      },
      {
        Timestamp: at(2),
        UniqueContributors: 1,
        MaxContributorValue: 10,
        SampleCount: 1,
        Sum: 10,
        Minimum: 10,
        Maximum: 10,
        Average: 10,
      },
    ],
  });
  const highest = await report(cloud, { OrderBy: 'Maximum', MaxContributorCount: 1 });
  assert.deepEqual(
    highest.Contributors?.map(({ Keys }) => Keys),
    [['b']],
  );
});

test('lines of fields are counted, by name or position', async () => {
  await using cloud = await startTestCloud();
  const definition = {
    Schema,
    LogGroupNames: ['/clf'],
    LogFormat: 'CLF',
    Fields: { 1: 'ip', 5: 'request' },
    AggregateOn: 'Count',
    Contribution: {
      Keys: ['ip'],
      Filters: [
        { Match: 'request', StartsWith: ['GET'] },
        { Match: '6', LessThan: 400 },
      ],
    },
  };
  const RuleDefinition = JSON.stringify(definition);
  await cloud.client(CloudWatchClient).send(new PutInsightRuleCommand({ RuleName: 'top', RuleDefinition }));
  const line = (ip: string, request: string, status: number) =>
    `${ip} - me [01/Jan/2026:00:00:00 +0000] "${request}" ${status} 12`;
  await say(
    cloud,
    '/clf',
    line('a', 'GET / HTTP/1.1', 200),
    line('a', 'GET /b HTTP/1.1', 304),
    line('b', 'GET / HTTP/1.1', 404),
    line('c', 'POST / HTTP/1.1', 200),
  );
  const { Contributors, AggregationStatistic } = await report(cloud);
  assert.equal(AggregationStatistic, 'SampleCount');
  assert.deepEqual(
    Contributors?.map(({ Keys, ApproximateAggregateValue }) => [Keys, ApproximateAggregateValue]),
    [[['a'], 2]],
  );
});

test('a sum of nothing counts events; groups may be named by ARNs, of this account; only leaves are present', async () => {
  await using cloud = await startTestCloud();
  const counted = async (groups: object, ...Filters: object[]) => {
    const Contribution = { Keys: ['$.ip'], Filters };
    const RuleDefinition = JSON.stringify({ Schema, LogFormat: 'JSON', AggregateOn: 'Sum', Contribution, ...groups });
    await cloud.client(CloudWatchClient).send(new PutInsightRuleCommand({ RuleName: 'top', RuleDefinition }));
    return (await report(cloud)).AggregateValue;
  };
  const names = { LogGroupNames: ['/web/*'] };
  assert.equal(await counted(names), 0);
  await say(cloud, '/web/a', { ip: 'x' }, { ip: 'x', part: { name: 'y' } }, { ip: 'x', part: 1 });
  assert.equal(await counted(names), 3);
  const arn = (account: string, region = 'us-east-1') => `arn:aws:logs:${region}:${account}:log-group/web/a`;
  const slash = (account: string, region?: string) => ({
    LogGroupARNs: [arn(account, region).replace('/web', '//web')],
  });
  assert.deepEqual(
    [
      await counted(slash('*')),
      await counted(slash('123456789012')),
      await counted({ LogGroupARNs: ['arn:aws:logs:us-east-1:123456789012:log-group:/web/*'] }),
      await counted(slash('222222222222')),
      await counted(slash('*', 'eu-west-1')),
    ],
    [3, 3, 3, 0, 0],
  );
  assert.equal(await counted(names, { Match: '$.part', IsPresent: true }), 1);
  assert.equal(await counted(names, { Match: '$.part', IsPresent: false }), 1);
});

test('rules are described, and deleted; those that are not there are told', async () => {
  await using cloud = await startTestCloud();
  const watch = cloud.client(CloudWatchClient);
  const RuleDefinition = JSON.stringify(RULE);
  await watch.send(new PutInsightRuleCommand({ RuleName: 'top', RuleDefinition, RuleState: 'DISABLED' }));
  const { InsightRules } = await watch.send(new DescribeInsightRulesCommand({}));
  assert.deepEqual(InsightRules, [
    { Name: 'top', State: 'DISABLED', Schema: 'CloudWatchLogRule/1', Definition: RuleDefinition, ManagedRule: false },
  ]);
  const { Failures } = await watch.send(new DeleteInsightRulesCommand({ RuleNames: ['top', 'gone'] }));
  assert.deepEqual(
    Failures?.map(({ FailureResource, ExceptionType }) => [FailureResource, ExceptionType]),
    [['gone', 'ResourceNotFoundException']],
  );
  assert.equal((await failure(report(cloud))).name, 'ResourceNotFoundException');
});

test('what is wrong with a definition is said', async () => {
  await using cloud = await startTestCloud();
  const fault = async (change: object | string) => {
    const RuleDefinition = typeof change === 'string' ? change : JSON.stringify({ ...RULE, ...change });
    const error = await failure(
      cloud.client(CloudWatchClient).send(new PutInsightRuleCommand({ RuleName: 'top', RuleDefinition })),
    );
    return error.message.replace('Invalid InsightRule definition: ', '');
  };
  const { Contribution } = RULE;
  assert.equal(await fault('[]'), 'it is not a JSON object');
  assert.equal(await fault({ Schema: {} }), 'INVALID_RULE_BODY: InvalidSchema encountered at Schema in the RuleBody.');
  assert.equal(await fault({ AggregateOn: 'Max' }), 'AggregateOn must be Count or Sum');
  assert.equal(await fault({ LogGroupNames: undefined }), 'either LogGroupNames or LogGroupARNs is required');
  assert.equal(
    await fault({ LogGroupNames: ['a'], LogGroupARNs: ['b'] }),
    'either LogGroupNames or LogGroupARNs is required',
  );
  assert.equal(await fault({ LogGroupNames: [], LogGroupARNs: ['b'] }), 'b is not the ARN of a log group');
  assert.equal(await fault({ Contribution: { Keys: [] } }), 'Keys must have at least one entry');
  assert.equal(
    await fault({ Contribution: { ...Contribution, Filters: [{ Match: '$.a', Like: ['b'] }] } }),
    'a filter takes Match and one of In, NotIn, StartsWith, GreaterThan, LessThan, EqualTo, NotEqualTo, IsPresent',
  );
  assert.equal(
    await fault({ Contribution: { ...Contribution, Filters: [{ Match: '$.a', In: [] }] } }),
    'In does not take that value',
  );
});

test('an account has so many rules', async () => {
  await using cloud = await startTestCloud();
  const watch = cloud.client(CloudWatchClient);
  const put = (RuleName: string) =>
    watch.send(new PutInsightRuleCommand({ RuleName, RuleDefinition: JSON.stringify(RULE) }));
  for (let count = 0; count < 100; count += 1) await put(`rule${count}`);
  const { name, message } = await failure(put('more'));
  assert.deepEqual([name, message], ['LimitExceededException', 'The operation exceeded one or more limits.']);
  await put('rule7');
});
