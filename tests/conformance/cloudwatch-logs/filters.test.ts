/** Filter patterns, metric filters, subscription filters and destinations. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteMetricFilterCommand,
  DescribeDestinationsCommand,
  DescribeLogGroupsCommand,
  DescribeMetricFiltersCommand,
  DescribeSubscriptionFiltersCommand,
  FilterLogEventsCommand,
  PutDestinationCommand,
  PutDestinationPolicyCommand,
  PutLogEventsCommand,
  PutMetricFilterCommand,
  PutSubscriptionFilterCommand,
  TestMetricFilterCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { CreateStreamCommand, KinesisClient } from '@aws-sdk/client-kinesis';
import { HOUR, MINUTE } from '#kernel/base';
import { failure, START, startTestCloud, type TestCloud } from '../../support/cloud.ts';

const logGroupName = 'app';
const logStreamName = 's';
const PLACE = { account: '123456789012', region: 'us-east-1' };

async function withStream(cloud: TestCloud): Promise<CloudWatchLogsClient> {
  const logs = cloud.client(CloudWatchLogsClient);
  await logs.send(new CreateLogGroupCommand({ logGroupName }));
  await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
  return logs;
}

const put = (logs: CloudWatchLogsClient, ...messages: string[]) =>
  logs.send(
    new PutLogEventsCommand({
      logGroupName,
      logStreamName,
      logEvents: messages.map((message) => ({ timestamp: START, message })),
    }),
  );

test('FilterLogEvents finds what matches a pattern', async () => {
  await using cloud = await startTestCloud();
  const logs = await withStream(cloud);
  await put(logs, 'ERROR one', 'INFO two', '{"level":"ERROR","ms":12}');
  const found = async (filterPattern: string) => {
    const { events } = await logs.send(new FilterLogEventsCommand({ logGroupName, filterPattern }));
    return events?.map(({ message }) => message);
  };
  assert.deepEqual(await found('ERROR'), ['ERROR one', '{"level":"ERROR","ms":12}']);
  assert.deepEqual(await found('{ $.ms > 10 }'), ['{"level":"ERROR","ms":12}']);
  assert.deepEqual(await found('[level=INFO, what]'), ['INFO two']);
  const bad = await failure(found('{ $.ms > 10'));
  assert.deepEqual(
    [bad.name, bad.message],
    ['InvalidParameterException', "If a filter pattern starts with '{' it must end with '}'"],
  );
});

test('TestMetricFilter says which messages match and what they hold', async () => {
  await using cloud = await startTestCloud();
  const logs = cloud.client(CloudWatchLogsClient);
  const { matches } = await logs.send(
    new TestMetricFilterCommand({
      filterPattern: '[ip, ..., status=4*, bytes]',
      logEventMessages: ['1.2.3.4 GET 404 10', '1.2.3.4 GET 200 10'],
    }),
  );
  assert.deepEqual(matches, [
    {
      eventNumber: 1,
      eventMessage: '1.2.3.4 GET 404 10',
      extractedValues: { $ip: '1.2.3.4', $2: 'GET', $status: '404', $bytes: '10' },
    },
  ]);
});

test('a metric filter measures what is written, in the namespace it names', async () => {
  await using cloud = await startTestCloud();
  const logs = await withStream(cloud);
  const transformation = {
    metricName: 'Latency',
    metricNamespace: 'App',
    metricValue: '$.ms',
    unit: 'Milliseconds' as const,
  };
  await logs.send(
    new PutMetricFilterCommand({
      logGroupName,
      filterName: 'latency',
      filterPattern: '{ $.ms = * }',
      metricTransformations: [{ ...transformation, dimensions: { Path: '$.path' } }],
    }),
  );
  await logs.send(
    new PutMetricFilterCommand({
      logGroupName,
      filterName: 'errors',
      filterPattern: 'ERROR',
      metricTransformations: [{ metricName: 'Errors', metricNamespace: 'App', metricValue: '1', defaultValue: 0 }],
    }),
  );
  await put(logs, '{"ms":12,"path":"/a"}', '{"ms":30,"path":"/a"}', '{"ms":"none"}', 'text');
  await put(logs, 'ERROR', 'ERROR');
  const { metrics } = cloud.server.cloud.kernel;
  const query = (metric: string, dimensions = {}) =>
    metrics
      .query(PLACE, { namespace: 'App', metric, dimensions }, START, START + MINUTE, MINUTE, START)
      .map(({ statistics: { values: _, ...statistics } }) => ({ statistics }));
  assert.deepEqual(query('Latency', { Path: '/a' })[0]?.statistics, { sum: 42, count: 2, min: 12, max: 30 });
  assert.deepEqual(query('Errors')[0]?.statistics, { sum: 2, count: 2, min: 1, max: 1 });
  const incoming = metrics.query(
    PLACE,
    { namespace: 'AWS/Logs', metric: 'IncomingLogEvents', dimensions: { LogGroupName: logGroupName } },
    START,
    START + MINUTE,
    MINUTE,
    START,
  );
  assert.equal(incoming[0]?.statistics.sum, 6);
  const described = await logs.send(
    new DescribeMetricFiltersCommand({ metricName: 'Latency', metricNamespace: 'App' }),
  );
  assert.deepEqual(described.metricFilters, [
    {
      filterName: 'latency',
      filterPattern: '{ $.ms = * }',
      metricTransformations: [{ ...transformation, dimensions: { Path: '$.path' } }],
      creationTime: START,
      logGroupName,
      applyOnTransformedLogs: false,
    },
  ]);
  const all = await logs.send(new DescribeMetricFiltersCommand({ logGroupName }));
  assert.deepEqual(
    all.metricFilters?.map(({ filterName }) => filterName),
    ['errors', 'latency'],
  );
  assert.equal((await logs.send(new DescribeLogGroupsCommand({}))).logGroups?.[0]?.metricFilterCount, 2);
  await logs.send(new DeleteMetricFilterCommand({ logGroupName, filterName: 'errors' }));
  const gone = await failure(logs.send(new DeleteMetricFilterCommand({ logGroupName, filterName: 'errors' })));
  assert.deepEqual(
    [gone.name, gone.message],
    ['ResourceNotFoundException', 'The specified metric filter does not exist.'],
  );
});

test('values count in the minute of their event; a default once in each minute without a match, when that is over', async () => {
  await using cloud = await startTestCloud();
  const logs = await withStream(cloud);
  await logs.send(
    new PutMetricFilterCommand({
      logGroupName,
      filterName: 'errors',
      filterPattern: 'ERROR',
      metricTransformations: [{ metricName: 'Errors', metricNamespace: 'App', metricValue: '1', defaultValue: 0 }],
    }),
  );
  const at = (message: string, minutes: number) => ({ message, timestamp: START + minutes * MINUTE });
  for (const logEvents of [
    [at('ERROR', -3), at('fine', -2), at('fine', -1), at('fine', 0)],
    [at('fine', -2), at('ERROR', -1), at('ERROR', -1), at('fine', 0)],
  ])
    await logs.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
  const { metrics, clock } = cloud.server.cloud.kernel;
  const query = () =>
    metrics
      .query(
        PLACE,
        { namespace: 'App', metric: 'Errors', dimensions: {} },
        START - HOUR,
        START + HOUR,
        MINUTE,
        clock.now(),
      )
      .map(({ at, statistics: { sum, count } }) => [(at - START) / MINUTE, sum, count]);
  assert.deepEqual(query(), [
    [-3, 1, 1],
    [-1, 2, 2],
  ]);
  await cloud.advance(MINUTE);
  const after = [
    [-3, 1, 1],
    [-2, 0, 1],
    [-1, 2, 2],
    [0, 0, 1],
  ];
  assert.deepEqual(query(), after);
  await cloud.advance(10 * MINUTE);
  assert.deepEqual(query(), after, 'nothing is told of minutes without events');
});

test('what a metric filter may not be', async () => {
  await using cloud = await startTestCloud();
  const logs = await withStream(cloud);
  const refused = async (filterPattern: string, more: object) => {
    const { name, message } = await failure(
      logs.send(
        new PutMetricFilterCommand({
          logGroupName,
          filterName: 'f',
          filterPattern,
          metricTransformations: [{ metricName: 'M', metricNamespace: 'N', metricValue: '1', ...more }],
        }),
      ),
    );
    assert.equal(name, 'InvalidParameterException');
    return message;
  };
  assert.equal(
    await refused('ERROR', { dimensions: { A: '$.a' } }),
    'The specified filter pattern does not support dimensions',
  );
  assert.match(await refused('ERROR', { metricValue: '$.a' }), /^Invalid metric transformation/);
  assert.match(await refused('[a]', { metricValue: '$b' }), /^Invalid metric transformation/);
  assert.match(await refused('{ $.a = 1 }', { defaultValue: 0, dimensions: { A: '$.a' } }), /mutually exclusive/);
  assert.match(await refused('{ $.a = 1 }', { defaultValue: Number.NaN }), /default value must be a number/);
  const { name, message } = await failure(
    logs.send(
      new PutMetricFilterCommand({
        logGroupName: 'none',
        filterName: 'f',
        filterPattern: '',
        metricTransformations: [{ metricName: 'M', metricNamespace: 'N', metricValue: '1' }],
      }),
    ),
  );
  assert.deepEqual([name, message], ['ResourceNotFoundException', 'The specified log group does not exist.']);
});

test('a subscription filter is refused where its target takes no test message', async () => {
  await using cloud = await startTestCloud();
  const logs = await withStream(cloud);
  const refused = async (destinationArn: string, roleArn?: string) => {
    const { message } = await failure(
      logs.send(
        new PutSubscriptionFilterCommand({
          logGroupName,
          filterName: 'f',
          filterPattern: '',
          destinationArn,
          ...(roleArn !== undefined && { roleArn }),
        }),
      ),
    );
    return message;
  };
  const role = 'arn:aws:iam::123456789012:role/r';
  const stream = 'arn:aws:kinesis:us-east-1:123456789012:stream/s';
  assert.equal(await refused(stream), 'destinationArn for vendor kinesis cannot be used without roleArn');
  assert.equal(
    await refused(stream, role),
    'Could not deliver test message to specified Kinesis stream. Check if the given kinesis stream is in ACTIVE state.',
  );
  const fn = 'arn:aws:lambda:us-east-1:123456789012:function:f';
  assert.equal(await refused(fn, role), 'destinationArn for vendor lambda cannot be used with roleArn');
  assert.equal(
    await refused(fn),
    'Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function.',
  );
  assert.equal(
    await refused('arn:aws:logs:us-east-1:123456789012:destination:d'),
    'The specified destination does not exist.',
  );
});

/** A stream and a role that writes to it, of another account. */
async function streamOf(cloud: TestCloud, accessKeyId: string) {
  const credentials = { accessKeyId, secretAccessKey: 'x' };
  await cloud.client(KinesisClient, { credentials }).send(new CreateStreamCommand({ StreamName: 's', ShardCount: 1 }));
  const iam = cloud.client(IAMClient, { credentials });
  const document = (statement: object) => JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  const Principal = { Service: 'logs.amazonaws.com' };
  const trust = document({ Effect: 'Allow', Action: 'sts:AssumeRole', Principal });
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName: 'r', AssumeRolePolicyDocument: trust }));
  const allow = () => {
    const PolicyDocument = document({ Effect: 'Allow', Action: 'kinesis:PutRecord', Resource: '*' });
    return iam.send(new PutRolePolicyCommand({ RoleName: 'r', PolicyName: 'put', PolicyDocument }));
  };
  return { targetArn: `arn:aws:kinesis:us-east-1:${accessKeyId}:stream/s`, roleArn: Role?.Arn, allow };
}

test('a destination lets in those whom its policy names', async () => {
  await using cloud = await startTestCloud();
  const logs = await withStream(cloud);
  const other = cloud.client(CloudWatchLogsClient, {
    credentials: { accessKeyId: '222222222222', secretAccessKey: 'x' },
  });
  const { targetArn, roleArn, allow } = await streamOf(cloud, '222222222222');
  const put = () => other.send(new PutDestinationCommand({ destinationName: 'd', targetArn, roleArn }));
  assert.equal(
    (await failure(put())).message,
    'Could not deliver test message to specified destination. Check if the destination is valid.',
  );
  await allow();
  const { destination } = await put();
  const arn = destination?.arn ?? '';
  assert.equal(arn, 'arn:aws:logs:us-east-1:222222222222:destination:d');
  const filter = { logGroupName, filterName: 'f', filterPattern: 'x', destinationArn: arn };
  const denied = await failure(logs.send(new PutSubscriptionFilterCommand(filter)));
  assert.equal(denied.name, 'AccessDeniedException');
  const accessPolicy = JSON.stringify({
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: { AWS: '123456789012' },
      Action: 'logs:PutSubscriptionFilter',
      Resource: arn,
    },
  });
  await other.send(new PutDestinationPolicyCommand({ destinationName: 'd', accessPolicy }));
  await logs.send(new PutSubscriptionFilterCommand(filter));
  const far = cloud.client(CloudWatchLogsClient, { region: 'eu-west-1' });
  await far.send(new CreateLogGroupCommand({ logGroupName }));
  assert.equal(
    (await failure(far.send(new PutSubscriptionFilterCommand(filter)))).message,
    'The specified destination does not exist.',
  );
  const { subscriptionFilters } = await logs.send(new DescribeSubscriptionFiltersCommand({ logGroupName }));
  assert.deepEqual(subscriptionFilters, [
    { ...filter, distribution: 'ByLogStream', applyOnTransformedLogs: false, creationTime: START },
  ]);
  const organized = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: '*',
        Action: 'logs:PutSubscriptionFilter',
        Resource: arn,
        Condition: { StringEquals: { 'aws:PrincipalOrgID': ['o-1234567890'] } },
      },
    ],
  });
  const organize = (forceUpdate: boolean) =>
    other.send(new PutDestinationPolicyCommand({ destinationName: 'd', accessPolicy: organized, forceUpdate }));
  assert.equal((await failure(organize(false))).name, 'InvalidParameterException');
  const { destinations } = await other.send(new DescribeDestinationsCommand({ DestinationNamePrefix: 'd' }));
  assert.equal(destinations?.[0]?.accessPolicy, accessPolicy);
  await organize(true);
  await organize(false);
});
