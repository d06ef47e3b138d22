/** The cost of CloudWatch's operations on alarms does not grow with alarms and what happened to them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compare, FEW, name } from './measured.ts';

const alarm = (index: number) => ({
  AlarmName: name(index),
  Namespace: 'N',
  MetricName: name(index),
  Statistic: 'Sum' as const,
  Period: 86_400,
  EvaluationPeriods: 1,
  Threshold: 1,
  ComparisonOperator: 'GreaterThanThreshold' as const,
});

test('CloudWatch: many alarms, of which one has changed often', async (t) => {
  const states = ['OK', 'ALARM'] as const;
  let turns = 0;
  const change = () => ({ AlarmName: name(0), StateValue: states[(turns += 1) % 2] ?? 'OK', StateReason: 'x' });
  await compare(
    t,
    async (aws, from, to) => {
      for (let index = from; index < to; index += 4) {
        await aws.cloudwatch.PutMetricAlarm(alarm(index));
        await aws.cloudwatch.SetAlarmState(change());
      }
      // Of one state there are as many as ever.
      if (from === 0)
        for (let index = 0; index < FEW; index += 4)
          await aws.cloudwatch.SetAlarmState({ AlarmName: name(index), StateValue: 'ALARM', StateReason: 'x' });
    },
    {
      'PutMetricAlarm again': (aws) => aws.cloudwatch.PutMetricAlarm(alarm(4)),
      SetAlarmState: (aws) => aws.cloudwatch.SetAlarmState(change()),
      DescribeAlarmsForMetric: async (aws) => {
        const { MetricAlarms } = await aws.cloudwatch.DescribeAlarmsForMetric({ Namespace: 'N', MetricName: name(4) });
        assert.equal(MetricAlarms?.length, 1);
      },
      'DescribeAlarms by name': (aws) => aws.cloudwatch.DescribeAlarms({ AlarmNames: [name(8)] }),
      'DescribeAlarms, a page': (aws) => aws.cloudwatch.DescribeAlarms({ MaxRecords: 2 }),
      'DescribeAlarmHistory, the last': (aws) => aws.cloudwatch.DescribeAlarmHistory({ MaxRecords: 1 }),
      'DescribeAlarmHistory of one alarm, the first': (aws) =>
        aws.cloudwatch.DescribeAlarmHistory({
          AlarmName: name(0),
          MaxRecords: 1,
          ScanBy: 'TimestampAscending',
        }),
    },
  );
});
