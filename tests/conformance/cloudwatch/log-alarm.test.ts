/** Alarms on what queries of logs give, time after time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  DescribeAlarmContributorsCommand,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  PutLogAlarmCommand,
  type PutLogAlarmCommandInput,
  PutMetricAlarmCommand,
} from '@aws-sdk/client-cloudwatch';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  DeleteScheduledQueryCommand,
  ListScheduledQueriesCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, ReceiveMessageCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { MINUTE } from '#kernel/base';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { create, remove, templateOf, update } from '../cloudformation/stacks.ts';

const ROLE = 'arn:aws:iam::123456789012:role/reader';
const AT = { logGroupName: 'app', logStreamName: 'one' };
const QUERY = {
  QueryString: 'filter level = "ERROR"',
  LogGroupIdentifiers: ['app'],
  ScheduledQueryRoleARN: ROLE,
  ScheduleConfiguration: { ScheduleExpression: 'rate(5 minutes)', StartTimeOffset: 300 },
  AggregationExpression: 'count(*)',
};

/** A group, a role that may read it, and a function that writes errors of hosts into the group. */
async function world(cloud: TestCloud) {
  const [watch, logs, iam] = [
    cloud.client(CloudWatchClient),
    cloud.client(CloudWatchLogsClient),
    cloud.client(IAMClient),
  ];
  const policy = (statement: object) =>
    JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] });
  const AssumeRolePolicyDocument = policy({ Principal: { Service: 'logs.amazonaws.com' }, Action: 'sts:AssumeRole' });
  await iam.send(new CreateRoleCommand({ RoleName: 'reader', AssumeRolePolicyDocument }));
  const PolicyDocument = policy({ Action: 'logs:*', Resource: '*' });
  await iam.send(new PutRolePolicyCommand({ RoleName: 'reader', PolicyName: 'p', PolicyDocument }));
  await logs.send(new CreateLogGroupCommand(AT));
  await logs.send(new CreateLogStreamCommand(AT));
  const put = (options: Partial<PutLogAlarmCommandInput> = {}) =>
    watch.send(
      new PutLogAlarmCommand({
        AlarmName: 'errors',
        ScheduledQueryConfiguration: QUERY,
        QueryResultsToEvaluate: 2,
        QueryResultsToAlarm: 1,
        Threshold: 1,
        ComparisonOperator: 'GreaterThanThreshold',
        ...options,
      }),
    );
  /** Errors of some hosts, and the next run of the query. */
  const run = async (...hosts: string[]) => {
    const timestamp = cloud.server.cloud.kernel.clock.now();
    const logEvents = hosts.map((host) => ({ timestamp, message: JSON.stringify({ level: 'ERROR', host }) }));
    if (hosts.length > 0) await logs.send(new PutLogEventsCommand({ ...AT, logEvents }));
    await cloud.advance(5 * MINUTE);
  };
  const alarm = async () => {
    const { LogAlarms } = await watch.send(
      new DescribeAlarmsCommand({ AlarmNames: ['errors'], AlarmTypes: ['LogAlarm'] }),
    );
    return LogAlarms?.[0];
  };
  const state = async () => {
    const { StateValue, StateReason } = (await alarm()) ?? {};
    return [StateValue, StateReason];
  };
  const schedules = async () => (await logs.send(new ListScheduledQueriesCommand({}))).scheduledQueries ?? [];
  return { watch, logs, put, run, alarm, state, schedules };
}

test('an alarm goes off by what its query gave at its last times', async () => {
  await using cloud = await startTestCloud();
  const { put, run, alarm, state } = await world(cloud);
  await put();
  assert.deepEqual(await state(), ['INSUFFICIENT_DATA', 'Unchecked: Initial alarm creation']);
  await run('a');
  assert.deepEqual(await state(), [
    'OK',
    'Threshold Crossed: 1 out of the last 2 datapoints [1.0 (01/01/26 00:05:00)] was not greater than the threshold (1.0) (minimum 1 datapoint for ALARM -> OK transition).',
  ]);
  await run('a', 'b');
  assert.deepEqual(await state(), [
    'ALARM',
    'Threshold Crossed: 1 out of the last 2 datapoints [2.0 (01/01/26 00:10:00)] was greater than the threshold (1.0) (minimum 1 datapoint for OK -> ALARM transition).',
  ]);
  await run('a');
  assert.equal((await alarm())?.StateValue, 'ALARM', 'one of the last two breaches');
  await run('a');
  assert.equal((await alarm())?.StateValue, 'OK');
  await run();
  await run();
  assert.deepEqual(await state(), ['INSUFFICIENT_DATA', 'Insufficient Data: 2 datapoints were unknown.']);
  const { ScheduledQueryConfiguration, ...shown } = (await alarm()) ?? {};
  const { QueryARN, ...query } = ScheduledQueryConfiguration ?? {};
  assert.deepEqual(query, QUERY);
  assert.match(QueryARN ?? '', /^arn:aws:logs:us-east-1:123456789012:scheduled-query:/);
  assert.deepEqual(
    [
      shown.QueryResultsToEvaluate,
      shown.QueryResultsToAlarm,
      shown.Threshold,
      shown.ComparisonOperator,
      shown.TreatMissingData,
    ],
    [2, 1, 1, 'GreaterThanThreshold', 'missing'],
  );
});

test('each of the query’s groups is a series of its own', async () => {
  await using cloud = await startTestCloud();
  const { watch, put, run, state } = await world(cloud);
  const [sns, sqs] = [cloud.client(SNSClient), cloud.client(SQSClient)];
  const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: 'alerts' }));
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'alerts' }));
  const open = { Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: '*' };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [open] });
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
  const Endpoint = 'arn:aws:sqs:us-east-1:123456789012:alerts';
  const Attributes = { RawMessageDelivery: 'true' };
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint, Attributes }));
  const ScheduledQueryConfiguration = { ...QUERY, AggregationExpression: 'count(*) as n by host, level' };
  await put({ ScheduledQueryConfiguration, QueryResultsToEvaluate: 1, AlarmActions: [TopicArn] });
  await run('a', 'a', 'b');
  assert.deepEqual(await state(), ['ALARM', '1 out of 2 time series evaluated to ALARM']);
  const contributors = async () => {
    const found = await watch.send(new DescribeAlarmContributorsCommand({ AlarmName: 'errors' }));
    return found.AlarmContributors?.map((one) => [one.ContributorAttributes, one.StateReason]);
  };
  const reason =
    'Threshold Crossed: 1 datapoint was greater than the threshold (1.0). The most recent datapoint which crossed the threshold: [2.0 (01/01/26 00:05:00)].';
  assert.deepEqual(await contributors(), [[{ host: 'a', level: 'ERROR' }, reason]]);
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  const told = Messages.map(({ Body = '{}' }) => JSON.parse(Body));
  assert.deepEqual(
    told.map(({ AlarmContributorAttributes, NewStateValue, Trigger }) => [
      AlarmContributorAttributes,
      NewStateValue,
      Trigger.ScheduledQueryConfiguration.AggregationExpression,
    ]),
    [
      [{ host: 'a', level: 'ERROR' }, 'ALARM', 'count(*) as n by host, level'],
      [undefined, 'ALARM', 'count(*) as n by host, level'],
    ],
  );
  const { AlarmHistoryItems } = await watch.send(
    new DescribeAlarmHistoryCommand({ AlarmTypes: ['LogAlarm'], HistoryItemType: 'AlarmContributorStateUpdate' }),
  );
  assert.deepEqual(
    AlarmHistoryItems?.map(({ AlarmType, HistorySummary }) => [AlarmType, HistorySummary]),
    [['LogAlarm', 'Alarm contributor updated from OK to ALARM']],
  );
  await run('a', 'b', 'b');
  assert.deepEqual(
    (await contributors())?.map(([attributes]) => attributes),
    [{ host: 'b', level: 'ERROR' }],
  );
  await run('b');
  assert.deepEqual([await contributors(), await state()], [[], ['OK', '0 out of 1 time series evaluated to ALARM']]);
});

test('one that warms up waits until its runs have given enough', async () => {
  await using cloud = await startTestCloud();
  const { put, run, alarm } = await world(cloud);
  await put({ WarmUpConfiguration: { WarmUpPeriodDurationInMinutes: 60 }, TreatMissingData: 'breaching' });
  await run();
  await run('a', 'b');
  assert.equal((await alarm())?.StateValue, 'INSUFFICIENT_DATA');
  await run('a');
  assert.equal((await alarm())?.StateValue, 'ALARM');
});

test('its query is CloudWatch’s own, and goes with the alarm', async () => {
  await using cloud = await startTestCloud();
  const { watch, logs, put, run, alarm, schedules } = await world(cloud);
  await put();
  const [query, ...others] = await schedules();
  assert.deepEqual([query?.scheduleType, others], ['AWS_MANAGED', []]);
  const custom = await logs.send(new ListScheduledQueriesCommand({ scheduleType: 'CUSTOMER_MANAGED' }));
  assert.deepEqual(custom.scheduledQueries, []);
  const identifier = query?.scheduledQueryArn ?? '';
  const refused = await failure(logs.send(new DeleteScheduledQueryCommand({ identifier })));
  assert.deepEqual(
    [refused.name, refused.message],
    [
      'ValidationException',
      `Scheduled query ${query?.name} is managed by arn:aws:cloudwatch:us-east-1:123456789012:alarm:errors.`,
    ],
  );
  const ScheduleConfiguration = { ScheduleExpression: 'rate(1 minute)', StartTimeOffset: 60 };
  await put({ ScheduledQueryConfiguration: { ...QUERY, ScheduleConfiguration } });
  assert.deepEqual(
    (await schedules()).map((one) => [one.scheduledQueryArn, one.scheduleExpression]),
    [[identifier, 'rate(1 minute)']],
  );
  await logs.send(new DeleteLogGroupCommand(AT));
  await run();
  assert.deepEqual(
    [(await alarm())?.EvaluationState, (await alarm())?.StateValue],
    ['EVALUATION_ERROR', 'INSUFFICIENT_DATA'],
  );
  await watch.send(new DeleteAlarmsCommand({ AlarmNames: ['errors'] }));
  await cloud.advance(MINUTE);
  assert.deepEqual(await schedules(), []);
});

test('what can’t be is refused', async () => {
  await using cloud = await startTestCloud();
  const { watch, put, schedules } = await world(cloud);
  const told = async (options: Partial<PutLogAlarmCommandInput>) => {
    const { name, message } = await failure(put(options));
    return [name, message];
  };
  assert.deepEqual(await told({ QueryResultsToAlarm: 3 }), [
    'ValidationException',
    'QueryResultsToAlarm must be less than or equal to QueryResultsToEvaluate.',
  ]);
  assert.deepEqual(await told({ ComparisonOperator: 'LessThanLowerThreshold' }), [
    'ValidationException',
    'ComparisonOperator LessThanLowerThreshold is not supported for log alarms.',
  ]);
  assert.deepEqual(await told({ ActionLogLineCount: 51 }), [
    'ValidationException',
    'ActionLogLineCount must be between 0 and 50.',
  ]);
  assert.deepEqual(await told({ ActionLogLineCount: 5 }), [
    'NotImplemented',
    'Cloudyard has not built log lines in what actions tell yet',
  ]);
  const query = (change: object) => told({ ScheduledQueryConfiguration: { ...QUERY, ...change } });
  assert.deepEqual(await query({ AggregationExpression: 'count(' }), [
    'ValidationException',
    'unexpected end of input',
  ]);
  assert.deepEqual(await query({ QueryARN: 'arn:aws:logs:us-east-1:123456789012:scheduled-query:x' }), [
    'ValidationException',
    'arn:aws:logs:us-east-1:123456789012:scheduled-query:x is not the scheduled query of this alarm.',
  ]);
  assert.deepEqual(await told({ AlarmActions: ['nowhere'] }), ['ValidationException', 'Invalid arn syntax: nowhere']);
  assert.deepEqual(await schedules(), [], 'nothing is left behind');
  await watch.send(
    new PutMetricAlarmCommand({
      AlarmName: 'errors',
      Namespace: 'N',
      MetricName: 'M',
      Statistic: 'Sum',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanThreshold',
    }),
  );
  assert.deepEqual(await told({}), [
    'ValidationException',
    'An alarm with name errors already exists and is a MetricAlarm.',
  ]);
});

test('who makes one must be allowed to hand over the role', async () => {
  await using cloud = await startTestCloud();
  await world(cloud);
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'u' }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'u' }));
  const credentials = {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  };
  const watch = cloud.client(CloudWatchClient, { credentials });
  const make = () =>
    watch.send(
      new PutLogAlarmCommand({
        AlarmName: 'errors',
        ScheduledQueryConfiguration: QUERY,
        QueryResultsToEvaluate: 1,
        QueryResultsToAlarm: 1,
        Threshold: 1,
        ComparisonOperator: 'GreaterThanThreshold',
      }),
    );
  const allow = async (...actions: string[]) => {
    const Statement = actions.map((Action) => ({ Effect: 'Allow', Action, Resource: '*' }));
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
    await iam.send(new PutUserPolicyCommand({ UserName: 'u', PolicyName: 'p', PolicyDocument }));
  };
  await allow('cloudwatch:PutLogAlarm');
  assert.match(
    (await failure(make())).message,
    /is not authorized to perform: iam:PassRole on resource: .*role\/reader/,
  );
  await allow('cloudwatch:PutLogAlarm', 'iam:PassRole');
  await make();
});

test('a stack makes, changes and removes one', async () => {
  await using cloud = await startTestCloud();
  const { watch, schedules } = await world(cloud);
  const template = (Threshold: number) =>
    templateOf({
      Errors: {
        Type: 'AWS::CloudWatch::LogAlarm',
        Properties: {
          ScheduledQueryConfiguration: QUERY,
          QueryResultsToEvaluate: 1,
          QueryResultsToAlarm: 1,
          Threshold,
          ComparisonOperator: 'GreaterThanThreshold',
        },
      },
    });
  const thresholds = async () => {
    const { LogAlarms } = await watch.send(new DescribeAlarmsCommand({ AlarmTypes: ['LogAlarm'] }));
    return LogAlarms?.map(({ Threshold }) => Threshold);
  };
  await create(cloud, 'watch', template(1));
  assert.deepEqual([await thresholds(), (await schedules()).length], [[1], 1]);
  await update(cloud, 'watch', template(2));
  assert.deepEqual([await thresholds(), (await schedules()).length], [[2], 1]);
  await remove(cloud, 'watch');
  assert.deepEqual([await thresholds(), (await schedules()).length], [[], 0]);
});
