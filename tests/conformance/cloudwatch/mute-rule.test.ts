import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudWatchClient,
  DeleteAlarmMuteRuleCommand,
  DescribeAlarmHistoryCommand,
  GetAlarmMuteRuleCommand,
  ListAlarmMuteRulesCommand,
  type ListAlarmMuteRulesCommandInput,
  ListTagsForResourceCommand,
  PutAlarmMuteRuleCommand,
  PutCompositeAlarmCommand,
  PutMetricAlarmCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { failure, START, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { create, outputs, remove, templateOf, update } from '../cloudformation/stacks.ts';

const HOUR = 3_600_000;
const ARN = 'arn:aws:cloudwatch:us-east-1:123456789012:alarm-mute-rule:';

/** Alarms `one` and, over it, `all`; both tell a topic of all their states. */
async function world(cloud: TestCloud) {
  const watch = cloud.client(CloudWatchClient);
  const { TopicArn = '' } = await cloud.client(SNSClient).send(new CreateTopicCommand({ Name: 'alerts' }));
  const actions = { AlarmActions: [TopicArn], OKActions: [TopicArn] };
  await watch.send(
    new PutMetricAlarmCommand({
      AlarmName: 'one',
      Namespace: 'N',
      MetricName: 'M',
      Statistic: 'Sum',
      Period: 86_400,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'ignore',
      ...actions,
    }),
  );
  await watch.send(new PutCompositeAlarmCommand({ AlarmName: 'all', AlarmRule: 'ALARM(one)', ...actions }));
  const set = (StateValue: 'OK' | 'ALARM') =>
    watch.send(new SetAlarmStateCommand({ AlarmName: 'one', StateValue, StateReason: 'by hand' }));
  let counted = 0;
  /** How many actions there were since the last time. */
  const acted = async () => {
    await cloud.server.cloud.settle();
    const { AlarmHistoryItems = [] } = await watch.send(
      new DescribeAlarmHistoryCommand({ HistoryItemType: 'Action', AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] }),
    );
    const before = counted;
    counted = AlarmHistoryItems.length;
    return counted - before;
  };
  const mute = (Expression: string, Duration: string, more: object = {}, Name = 'night') =>
    watch.send(
      new PutAlarmMuteRuleCommand({
        Name,
        Rule: { Schedule: { Expression, Duration } },
        MuteTargets: { AlarmNames: ['one', 'all'] },
        ...more,
      }),
    );
  const status = async (AlarmMuteRuleName = 'night') =>
    (await watch.send(new GetAlarmMuteRuleCommand({ AlarmMuteRuleName }))).Status;
  await set('OK');
  await acted();
  return { watch, set, acted, mute, status, TopicArn };
}

test('alarms do not act in a window, and what is still so at its end is told then', async () => {
  await using cloud = await startTestCloud();
  const { set, acted, mute, status } = await world(cloud);
  await mute('cron(0 2 * * *)', 'PT4H');
  assert.equal(await status(), 'SCHEDULED');
  await set('ALARM');
  assert.equal(await acted(), 2);
  await set('OK');
  assert.equal(await acted(), 2);
  await cloud.advance(2 * HOUR);
  assert.equal(await status(), 'ACTIVE');
  await set('ALARM');
  assert.equal(await acted(), 0);
  await set('OK');
  await cloud.advance(4 * HOUR);
  assert.deepEqual([await status(), await acted()], ['SCHEDULED', 0]);
  await cloud.advance(20 * HOUR);
  await set('ALARM');
  await cloud.advance(4 * HOUR - 1);
  assert.equal(await acted(), 0);
  await cloud.advance(1);
  assert.equal(await acted(), 2);
});

test('of rules that overlap the last one decides; one that is changed or deleted ends at once', async () => {
  await using cloud = await startTestCloud();
  const { watch, set, acted, mute, status } = await world(cloud);
  await mute('at(2026-01-01T01:00)', 'PT3H');
  await mute('at(2026-01-01T02:00)', 'PT8H', {}, 'longer');
  await cloud.advance(HOUR);
  await set('ALARM');
  await cloud.advance(4 * HOUR);
  assert.deepEqual([await status(), await status('longer'), await acted()], ['EXPIRED', 'ACTIVE', 0]);
  // An alarm that is no target any more acts, the other one when the rule is gone.
  await mute('at(2026-01-01T02:00)', 'PT8H', { MuteTargets: { AlarmNames: ['all'] } }, 'longer');
  assert.equal(await acted(), 1);
  await watch.send(new DeleteAlarmMuteRuleCommand({ AlarmMuteRuleName: 'longer' }));
  assert.equal(await acted(), 1);
  await watch.send(new DeleteAlarmMuteRuleCommand({ AlarmMuteRuleName: 'longer' }));
});

test('what an alarm does when it is muted no more is what it is asked for by then', async () => {
  await using cloud = await startTestCloud();
  const { watch, set, acted, mute } = await world(cloud);
  await mute('at(2026-01-01T00:00)', 'PT1H');
  await set('ALARM');
  const { TopicArn = '' } = await cloud.client(SNSClient).send(new CreateTopicCommand({ Name: 'other' }));
  await watch.send(
    new PutCompositeAlarmCommand({
      AlarmName: 'all',
      AlarmRule: 'ALARM(one)',
      AlarmActions: [TopicArn, `${TopicArn}2`],
    }),
  );
  await cloud.advance(HOUR);
  assert.equal(await acted(), 3);
});

test('rules are shown and listed', async () => {
  await using cloud = await startTestCloud();
  const { watch, mute } = await world(cloud);
  const Schedule = { Expression: 'cron(0 2 * * SUN)', Duration: 'P1D', Timezone: 'Europe/Zurich' };
  const [StartDate, ExpireDate] = [new Date(START + HOUR), new Date(START + 24 * HOUR)];
  await mute('', '', {
    Rule: { Schedule },
    Description: 'of the week',
    StartDate,
    ExpireDate,
    Tags: [{ Key: 'k', Value: 'v' }],
  });
  await mute('at(2026-01-01T00:00)', 'PT1H', { MuteTargets: { AlarmNames: ['one'] } }, 'once');
  const { $metadata: _, ...found } = await watch.send(new GetAlarmMuteRuleCommand({ AlarmMuteRuleName: 'night' }));
  assert.deepEqual(found, {
    Name: 'night',
    AlarmMuteRuleArn: `${ARN}night`,
    Description: 'of the week',
    Rule: { Schedule },
    MuteTargets: { AlarmNames: ['one', 'all'] },
    StartDate,
    ExpireDate,
    // Its first Sunday would be after its end.
    Status: 'EXPIRED',
    LastUpdatedTimestamp: new Date(START),
    MuteType: 'RECURRING',
  });
  const { Tags } = await watch.send(new ListTagsForResourceCommand({ ResourceARN: `${ARN}night` }));
  assert.deepEqual(Tags, [{ Key: 'k', Value: 'v' }]);
  const list = async (input: ListAlarmMuteRulesCommandInput) => {
    const page = await watch.send(new ListAlarmMuteRulesCommand(input));
    return page.AlarmMuteRuleSummaries?.map(({ AlarmMuteRuleArn, MuteType }) => [
      AlarmMuteRuleArn?.replace(ARN, ''),
      MuteType,
      page.NextToken,
    ]);
  };
  const [night, once] = [
    ['night', 'RECURRING', undefined],
    ['once', 'ONE_TIME', undefined],
  ];
  assert.deepEqual(await list({}), [night, once]);
  const [[, , NextToken] = []] = (await list({ MaxRecords: 1 })) ?? [];
  assert.deepEqual(await list({ MaxRecords: 1 }), [['night', 'RECURRING', NextToken]]);
  assert.deepEqual(await list({ MaxRecords: 1, NextToken }), [once]);
  assert.equal((await failure(list({ NextToken: 'night' }))).name, 'InvalidNextToken');
  assert.deepEqual(await list({ AlarmName: 'all' }), [night]);
  assert.deepEqual(await list({ AlarmName: 'one' }), [night, once]);
  assert.deepEqual(await list({ Statuses: ['ACTIVE', 'SCHEDULED'] }), [once]);
});

test('what no rule can be', async () => {
  await using cloud = await startTestCloud();
  const { watch, mute } = await world(cloud);
  const put = async (expression: string, duration: string, more: object = {}) => {
    const error = await failure(mute(expression, duration, more));
    return error.message;
  };
  const daily = 'cron(0 2 * * *)';
  assert.equal(await put('rate(1 day)', 'PT1H'), 'Expression rate(1 day) is not a valid cron or at expression');
  assert.equal(await put(daily, '4H'), 'Duration 4H is not a valid ISO 8601 duration');
  assert.equal(await put(daily, 'P15DT1M'), 'Duration must be between PT1M and P15D');
  assert.equal(await put(daily, 'PT0M'), 'Duration must be between PT1M and P15D');
  const Schedule = { Expression: daily, Duration: 'PT1H', Timezone: 'Mars/Olympus' };
  assert.equal(await put('', '', { Rule: { Schedule } }), 'Timezone Mars/Olympus is not valid');
  assert.equal(
    await put(daily, 'PT1H', { ExpireDate: new Date(START) }),
    'ExpireDate must be in the future and after StartDate',
  );
  assert.equal(await put(daily, 'PT1H', { MuteTargets: { AlarmNames: ['gone'] } }), 'Alarm gone does not exist');
  const none = await failure(watch.send(new GetAlarmMuteRuleCommand({ AlarmMuteRuleName: 'none' })));
  assert.deepEqual([none.name, none.message], ['ResourceNotFoundException', 'Alarm mute rule none does not exist']);
  const unknown = await failure(watch.send(new ListAlarmMuteRulesCommand({ AlarmName: 'gone' })));
  assert.equal(unknown.message, 'Unknown alarm: gone');
});

test('a stack makes, changes, replaces and removes a mute rule', async () => {
  await using cloud = await startTestCloud();
  const { watch } = await world(cloud);
  const template = (Name: string, Duration: string) =>
    templateOf(
      {
        Rule: {
          Type: 'AWS::CloudWatch::AlarmMuteRule',
          Properties: {
            Name,
            Rule: { Schedule: { Expression: 'cron(0 2 * * *)', Duration, Timezone: 'Europe/Zurich' } },
            MuteTargets: { AlarmNames: ['one'] },
            ExpireDate: '2026-12-31T23:59:00',
            Tags: [{ Key: 'k', Value: Duration }],
          },
        },
      },
      { Outputs: { Arn: { Value: { Ref: 'Rule' } }, Status: { Value: { 'Fn::GetAtt': ['Rule', 'Status'] } } } },
    );
  const seen = async () => {
    const { Arn = '', Status } = await outputs(cloud, 'mutes');
    const found = await watch.send(new GetAlarmMuteRuleCommand({ AlarmMuteRuleName: Arn.replace(ARN, '') }));
    const { Tags } = await watch.send(new ListTagsForResourceCommand({ ResourceARN: Arn }));
    return [found.Name, Status, found.Rule?.Schedule?.Duration, found.ExpireDate?.toISOString(), Tags?.[0]?.Value];
  };
  const end = '2026-12-31T22:59:00.000Z';
  await create(cloud, 'mutes', template('a', 'PT1H'));
  assert.deepEqual(await seen(), ['a', 'SCHEDULED', 'PT1H', end, 'PT1H']);
  await update(cloud, 'mutes', template('a', 'PT2H'));
  assert.deepEqual(await seen(), ['a', 'SCHEDULED', 'PT2H', end, 'PT2H']);
  await update(cloud, 'mutes', template('b', 'PT2H'));
  assert.deepEqual(await seen(), ['b', 'SCHEDULED', 'PT2H', end, 'PT2H']);
  await remove(cloud, 'mutes');
  const { AlarmMuteRuleSummaries } = await watch.send(new ListAlarmMuteRulesCommand({}));
  assert.deepEqual(AlarmMuteRuleSummaries, []);
});

test('an account has so many rules', async () => {
  await using cloud = await startTestCloud();
  const watch = cloud.client(CloudWatchClient);
  const put = (Name: string) =>
    watch.send(
      new PutAlarmMuteRuleCommand({ Name, Rule: { Schedule: { Expression: 'cron(0 2 * * *)', Duration: 'PT1H' } } }),
    );
  for (let count = 0; count < 2_000; count += 50)
    await Promise.all(Array.from({ length: 50 }, (_, at) => put(`rule${count + at}`)));
  assert.equal((await failure(put('more'))).name, 'LimitExceededFault');
  await put('rule7');
});
