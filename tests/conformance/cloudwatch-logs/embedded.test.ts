/** Metrics that log events carry in themselves. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudWatchClient, GetMetricStatisticsCommand, ListMetricsCommand } from '@aws-sdk/client-cloudwatch';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  type LogGroupClass,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { DAY, HOUR, MINUTE } from '#kernel/base';
import { START, startTestCloud, type TestCloud } from '../../support/cloud.ts';

const logStreamName = 's';
const Metrics = [{ Name: 'latency', Unit: 'Milliseconds' }, { Name: 'calls' }];
const directive = { Namespace: 'Shop', Dimensions: [['page'], ['page', 'zone'], []], Metrics };
const about = (CloudWatchMetrics: object[]) => ({ Timestamp: START, CloudWatchMetrics });
const DOCUMENT = { _aws: about([directive]), page: 'home', zone: 'a', latency: [5, 7], calls: 1, other: true };

/** Writes messages into a new group. */
async function say(cloud: TestCloud, logGroupName: string, logGroupClass: LogGroupClass, messages: string[]) {
  const logs = cloud.client(CloudWatchLogsClient);
  await logs.send(new CreateLogGroupCommand({ logGroupName, logGroupClass }));
  await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
  const logEvents = messages.map((message) => ({ timestamp: START, message }));
  await logs.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
  await cloud.advance(MINUTE);
}

const sums = async (watch: CloudWatchClient, Namespace: string, MetricName: string, dimensions: object) => {
  const { Datapoints = [] } = await watch.send(
    new GetMetricStatisticsCommand({
      Namespace,
      MetricName,
      Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
      StartTime: new Date(START),
      EndTime: new Date(START + 10 * MINUTE),
      Period: 600,
      Statistics: ['Sum', 'SampleCount'],
    }),
  );
  return Datapoints.map(({ Sum, SampleCount, Unit }) => [Sum, SampleCount, Unit]);
};

test('documents with metrics become metrics of each of their sets of dimensions', async () => {
  await using cloud = await startTestCloud();
  const watch = cloud.client(CloudWatchClient);
  await say(cloud, 'app', 'STANDARD', ['no document', '{"page":"home"}', JSON.stringify(DOCUMENT)]);
  const latency = [[12, 2, 'Milliseconds']];
  assert.deepEqual(await sums(watch, 'Shop', 'latency', { page: 'home' }), latency);
  assert.deepEqual(await sums(watch, 'Shop', 'latency', { page: 'home', zone: 'a' }), latency);
  assert.deepEqual(await sums(watch, 'Shop', 'latency', {}), latency);
  assert.deepEqual(await sums(watch, 'Shop', 'calls', { page: 'home' }), [[1, 1, 'None']]);
  assert.deepEqual(await sums(watch, 'AWS/Logs', 'EMFValidationErrors', { LogGroupName: 'app' }), []);
});

test('documents that do not follow the specification count as errors, and none of their metrics', async () => {
  await using cloud = await startTestCloud();
  const watch = cloud.client(CloudWatchClient);
  const wrong = [
    { ...DOCUMENT, page: 1 },
    { ...DOCUMENT, calls: 'many' },
    { ...DOCUMENT, _aws: { CloudWatchMetrics: [directive] } },
    { ...DOCUMENT, _aws: about([{ ...directive, Namespace: '' }]) },
    { ...DOCUMENT, _aws: about([{ ...directive, Dimensions: [['constructor']] }]) },
    { ...DOCUMENT, latency: Array.from({ length: 101 }, () => 1) },
  ].map((one) => JSON.stringify(one));
  await say(cloud, 'app', 'STANDARD', [...wrong, `${JSON.stringify(DOCUMENT)} and more`]);
  const ofGroup = { LogGroupName: 'app' };
  assert.deepEqual(await sums(watch, 'AWS/Logs', 'EMFValidationErrors', ofGroup), [[6, 1, 'Count']]);
  assert.deepEqual(await sums(watch, 'AWS/Logs', 'EMFParsingErrors', ofGroup), [[1, 1, 'Count']]);
  const { Metrics: found } = await watch.send(new ListMetricsCommand({ Namespace: 'Shop' }));
  assert.deepEqual(found, []);
});

test('groups of infrequent access carry no metrics', async () => {
  await using cloud = await startTestCloud();
  await say(cloud, 'rare', 'INFREQUENT_ACCESS', [JSON.stringify(DOCUMENT)]);
  const { Metrics: found } = await cloud.client(CloudWatchClient).send(new ListMetricsCommand({ Namespace: 'Shop' }));
  assert.deepEqual(found, []);
});

test("a document behind what Node.js's console or Python's logging writes before each line is read too", async () => {
  await using cloud = await startTestCloud();
  const before = '2026-01-01T00:00:00.000Z\t274cced9-0439-4a76-befe-eeef0ec34460\tINFO\t';
  const python = '[INFO]\t2026-01-01T00:00:00.000Z\t274cced9-0439-4a76-befe-eeef0ec34460\t';
  const said = [before, python].map((prefix) => `${prefix}${JSON.stringify(DOCUMENT)}`);
  await say(cloud, 'app', 'STANDARD', said);
  const watch = cloud.client(CloudWatchClient);
  assert.deepEqual(await sums(watch, 'Shop', 'calls', { page: 'home' }), [[2, 2, 'None']]);
  assert.deepEqual(await sums(watch, 'AWS/Logs', 'EMFParsingErrors', { LogGroupName: 'app' }), []);
});

test('values count at the time of their document, by the second where they ask for it, and never two weeks ago', async () => {
  await using cloud = await startTestCloud();
  const watch = cloud.client(CloudWatchClient);
  const metrics = [{ Name: 'latency', StorageResolution: 1 }, { Name: 'calls' }];
  const document = (Timestamp: number) => {
    const _aws = { Timestamp, CloudWatchMetrics: [{ Namespace: 'Shop', Dimensions: [[]], Metrics: metrics }] };
    return JSON.stringify({ _aws, latency: 5, calls: 1 });
  };
  const times = [START - 7 * MINUTE + 3_400, START - 7 * MINUTE + 9_000, START - 15 * DAY, START + 3 * HOUR];
  await say(cloud, 'app', 'STANDARD', times.map(document));
  const points = async (MetricName: string, Period: number, since: number) => {
    const { Datapoints = [] } = await watch.send(
      new GetMetricStatisticsCommand({
        Namespace: 'Shop',
        MetricName,
        StartTime: new Date(START - since),
        EndTime: new Date(START),
        Period,
        Statistics: ['Sum'],
      }),
    );
    return Datapoints.map(({ Timestamp, Sum }) => [Number(Timestamp) - START, Sum]).sort();
  };
  assert.deepEqual(await points('calls', 60, HOUR), [[-7 * MINUTE, 2]]);
  assert.deepEqual(await points('calls', 3_600, 20 * DAY), [[-HOUR, 2]]);
  assert.deepEqual(await points('calls', 1, 10 * MINUTE), []);
  assert.deepEqual((await points('latency', 1, 10 * MINUTE)).length, 2);
});
