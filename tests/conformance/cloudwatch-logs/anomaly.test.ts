/** Detectors of anomalies: what they learn, what they find, what is done about it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import {
  CloudWatchLogsClient,
  CreateLogAnomalyDetectorCommand,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogAnomalyDetectorCommand,
  GetLogAnomalyDetectorCommand,
  ListAnomaliesCommand,
  type ListAnomaliesCommandInput,
  ListLogAnomalyDetectorsCommand,
  ListTagsForResourceCommand,
  PutLogEventsCommand,
  UpdateAnomalyCommand,
  UpdateLogAnomalyDetectorCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { DAY, MINUTE } from '#kernel/base';
import { failure, START, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { create, outputs, remove, templateOf, update } from '../cloudformation/stacks.ts';

const GROUP = 'arn:aws:logs:us-east-1:123456789012:log-group:app';
const SPAN = 5 * MINUTE;

/** A group in which a request was answered each minute of an hour, and a detector that has learnt that. */
async function world(cloud: TestCloud) {
  const logs = cloud.client(CloudWatchLogsClient);
  const at = { logGroupName: 'app', logStreamName: 's' };
  await logs.send(new CreateLogGroupCommand(at));
  await logs.send(new CreateLogStreamCommand(at));
  const put = (timestamp: number, ...messages: string[]) =>
    logs.send(new PutLogEventsCommand({ ...at, logEvents: messages.map((message) => ({ timestamp, message })) }));
  for (let minute = 60; minute > 0; minute -= 1)
    await put(START - minute * MINUTE, `request ${minute} took ${minute * 3} ms, status 200`);
  const { anomalyDetectorArn = '' } = await logs.send(
    new CreateLogAnomalyDetectorCommand({
      logGroupArnList: [GROUP],
      detectorName: 'watch',
      evaluationFrequency: 'FIVE_MIN',
      anomalyVisibilityTime: 7,
      tags: { k: 'v' },
    }),
  );
  const found = async (input: ListAnomaliesCommandInput = { anomalyDetectorArn }) =>
    (await logs.send(new ListAnomaliesCommand(input))).anomalies ?? [];
  const status = async () =>
    (await logs.send(new GetLogAnomalyDetectorCommand({ anomalyDetectorArn }))).anomalyDetectorStatus;
  return { logs, put, anomalyDetectorArn, found, status };
}

test('new patterns, new values and much more of the same are anomalies', async () => {
  await using cloud = await startTestCloud();
  const { logs, put, anomalyDetectorArn, found, status } = await world(cloud);
  assert.equal(await status(), 'TRAINING');
  await cloud.advance(SPAN);
  assert.equal(await status(), 'ANALYZING');
  const usual = 'request 7 took 21 ms, status 200';
  await put(START + SPAN, usual, 'request 8 took 3 ms, status 500', 'ERROR no room');
  await cloud.advance(SPAN);
  const first = await found();
  assert.deepEqual(
    first.map(({ description, priority, patternString }) => [description, priority, patternString]).toSorted(),
    [
      ['1 event of a pattern that was not seen before: ERROR no room', 'HIGH', 'ERROR no room'],
      [
        'Token 3 has the value 500, which was not seen before, 1 times in: request <Number-1> took <Number-2> ms, status <Number-3>',
        'MEDIUM',
        'request <Number-1> took <Number-2> ms, status <Number-3>',
      ],
    ],
  );
  const error = first.find(({ patternString }) => patternString === 'ERROR no room');
  const { anomalyId, patternId = '', patternTokens, ...rest } = error ?? {};
  assert.match(`${anomalyId} ${patternId}`, /^[0-9a-f-]{36} [0-9a-f]{32}$/);
  assert.deepEqual(rest, {
    anomalyDetectorArn,
    patternString: 'ERROR no room',
    patternRegex: '^ERROR no room$',
    priority: 'HIGH',
    firstSeen: START + SPAN,
    lastSeen: START + SPAN,
    description: '1 event of a pattern that was not seen before: ERROR no room',
    active: true,
    state: 'Active',
    histogram: { [START + 2 * SPAN]: 1 },
    logSamples: [{ timestamp: START + SPAN, message: 'ERROR no room' }],
    logGroupArnList: [GROUP],
    suppressed: false,
  });
  assert.deepEqual(patternTokens, [
    { dynamicTokenPosition: 0, isDynamic: false, tokenString: 'ERROR no room', enumerations: {} },
  ]);
  const tokens = first.find(({ patternString = '' }) => patternString.startsWith('request'))?.patternTokens;
  assert.deepEqual(tokens?.at(-1), {
    dynamicTokenPosition: 3,
    isDynamic: true,
    tokenString: '<*>',
    enumerations: { 200: 1, 500: 1 },
    inferredTokenName: 'Number-3',
  });
  // It is not seen again, and something comes much more often.
  await put(START + 2 * SPAN, ...Array<string>(40).fill(usual));
  await cloud.advance(SPAN);
  const second = await found();
  assert.deepEqual(
    second.filter(({ active }) => active === true).map(({ description, priority }) => [description, priority]),
    [
      [
        '40 events where 4.3 are usual of the pattern: request <Number-1> took <Number-2> ms, status <Number-3>',
        'HIGH',
      ],
    ],
  );
  const { Datapoints } = await cloud.client(CloudWatchClient).send(
    new GetMetricStatisticsCommand({
      Namespace: 'AWS/Logs',
      MetricName: 'AnomalyCount',
      Dimensions: [
        { Name: 'LogAnomalyDetector', Value: 'watch' },
        { Name: 'LogAnomalyPriority', Value: 'HIGH' },
      ],
      StartTime: new Date(START),
      EndTime: new Date(START + DAY),
      Period: 3_600,
      Statistics: ['Sum'],
    }),
  );
  assert.deepEqual(
    Datapoints?.map(({ Sum }) => Sum),
    [2],
  );
  await logs.send(new DeleteLogAnomalyDetectorCommand({ anomalyDetectorArn }));
  assert.deepEqual(await found({}), []);
});

test('what is suppressed is not told of, what is accepted is usual', async () => {
  await using cloud = await startTestCloud();
  const { logs, put, anomalyDetectorArn, found } = await world(cloud);
  await cloud.advance(SPAN);
  let at = START + SPAN;
  const again = async (...messages: string[]) => {
    await put(at, ...messages);
    await cloud.advance(SPAN);
    at += SPAN;
  };
  const runs = async () =>
    (await found()).map(({ patternString, state, histogram }) => [
      patternString,
      state,
      Object.keys(histogram ?? {}).length,
    ]);
  await again('one of these');
  const [{ anomalyId, patternId } = {}] = await found();
  const change = (input: object) => logs.send(new UpdateAnomalyCommand({ anomalyDetectorArn, ...input }));
  await change({
    anomalyId,
    suppressionType: 'LIMITED',
    suppressionPeriod: { value: 8, suppressionUnit: 'MINUTES' },
  });
  await again('one of these');
  assert.deepEqual(await runs(), [['one of these', 'Suppressed', 1]]);
  assert.equal((await found({ suppressionState: 'UNSUPPRESSED' })).length, 0);
  const [quiet] = await found({ suppressionState: 'SUPPRESSED' });
  assert.deepEqual([quiet?.suppressedUntil, quiet?.isPatternLevelSuppression], [START + 2 * SPAN + 8 * MINUTE, false]);
  await again('one of these');
  assert.deepEqual(await runs(), [['one of these', 'Active', 2]]);
  await change({ patternId, suppressionType: 'INFINITE' });
  await again('one of these');
  assert.deepEqual(await runs(), [['one of these', 'Suppressed', 2]]);
  assert.equal((await found())[0]?.isPatternLevelSuppression, true);
  await change({ patternId });
  await again('one of these');
  assert.deepEqual(await runs(), [['one of these', 'Active', 3]]);
  await change({ anomalyId, baseline: true });
  await again('one of these');
  assert.deepEqual(await runs(), []);
  // What goes on for the time in which it is shown becomes usual by itself.
  await again('another one');
  assert.deepEqual(await runs(), [['another one', 'Active', 1]]);
  await cloud.advance(7 * DAY);
  at += 7 * DAY;
  await again('another one');
  assert.deepEqual(await runs(), []);
  const neither = await failure(change({}));
  assert.equal(neither.message, 'Exactly one of anomalyId and patternId must be specified.');
  const endless = await failure(change({ anomalyId, suppressionType: 'LIMITED' }));
  assert.equal(endless.message, 'A suppressionPeriod with a value and a unit must be specified for the type LIMITED.');
  const none = await failure(change({ patternId: '0'.repeat(32) }));
  assert.deepEqual(
    [none.name, none.message],
    ['ResourceNotFoundException', 'The specified anomaly or pattern does not exist.'],
  );
});

test('a detector is shown, paused, taken up, and looks only at what it is to look at', async () => {
  await using cloud = await startTestCloud();
  const { logs, put, anomalyDetectorArn, found, status } = await world(cloud);
  const { anomalyDetectors } = await logs.send(new ListLogAnomalyDetectorsCommand({ filterLogGroupArn: GROUP }));
  assert.deepEqual(anomalyDetectors, [
    {
      anomalyDetectorArn,
      detectorName: 'watch',
      logGroupArnList: [GROUP],
      evaluationFrequency: 'FIVE_MIN',
      anomalyDetectorStatus: 'TRAINING',
      creationTimeStamp: START,
      lastModifiedTimeStamp: START,
      anomalyVisibilityTime: 7,
    },
  ]);
  const { tags } = await logs.send(new ListTagsForResourceCommand({ resourceArn: anomalyDetectorArn }));
  assert.deepEqual(tags, { k: 'v' });
  const change = (input: object) =>
    logs.send(new UpdateLogAnomalyDetectorCommand({ anomalyDetectorArn, enabled: true, ...input }));
  await cloud.advance(SPAN);
  await change({ enabled: false });
  assert.equal(await status(), 'PAUSED');
  await put(START + SPAN, 'new one');
  await cloud.advance(SPAN);
  assert.deepEqual(await found(), []);
  await change({ filterPattern: 'request' });
  assert.equal(await status(), 'TRAINING');
  await cloud.advance(SPAN);
  await put(START + 3 * SPAN, 'new two', 'request is bad');
  await cloud.advance(SPAN);
  assert.deepEqual(
    (await found()).map(({ patternString }) => patternString),
    ['request is bad'],
  );
  const none = await failure(logs.send(new CreateLogAnomalyDetectorCommand({ logGroupArnList: [`${GROUP}s`] })));
  assert.equal(none.message, 'The specified log group does not exist.');
  const two = await failure(logs.send(new CreateLogAnomalyDetectorCommand({ logGroupArnList: [GROUP, GROUP] })));
  assert.equal(two.message, 'Only 1 log group arn is supported in the list.');
  const bad = await failure(change({ filterPattern: '{ $.a = ' }));
  assert.equal(bad.name, 'InvalidParameterException');
});

test('a stack makes, changes, replaces and removes a detector', async () => {
  await using cloud = await startTestCloud();
  const { logs, anomalyDetectorArn } = await world(cloud);
  await logs.send(new DeleteLogAnomalyDetectorCommand({ anomalyDetectorArn }));
  const template = (DetectorName: string, EvaluationFrequency: string) =>
    templateOf(
      {
        Detector: {
          Type: 'AWS::Logs::LogAnomalyDetector',
          Properties: { DetectorName, EvaluationFrequency, LogGroupArnList: [GROUP], AnomalyVisibilityTime: 10 },
        },
      },
      { Outputs: { Status: { Value: { 'Fn::GetAtt': ['Detector', 'AnomalyDetectorStatus'] } } } },
    );
  const seen = async () => {
    const { anomalyDetectors = [] } = await logs.send(new ListLogAnomalyDetectorsCommand({}));
    return anomalyDetectors.map((one) => [one.detectorName, one.evaluationFrequency, one.anomalyVisibilityTime]);
  };
  await create(cloud, 'd', template('a', 'FIVE_MIN'));
  assert.deepEqual(await seen(), [['a', 'FIVE_MIN', 10]]);
  assert.deepEqual(await outputs(cloud, 'd'), { Status: 'TRAINING' });
  await update(cloud, 'd', template('a', 'ONE_HOUR'));
  assert.deepEqual(await seen(), [['a', 'ONE_HOUR', 10]]);
  await update(cloud, 'd', template('b', 'ONE_HOUR'));
  assert.deepEqual(await seen(), [['b', 'ONE_HOUR', 10]]);
  await remove(cloud, 'd');
  assert.deepEqual(await seen(), []);
});
