/** Logs and alarms: each property that can change does, and changes back. */
import { test } from 'node:test';
import { arnOf, changes, policy, tags } from './changes.ts';

const ACCOUNT = '123456789012';
const logs = (kind: string, name: string) => `arn:aws:logs:us-east-1:${ACCOUNT}:${kind}:${name}`;
const service = { Service: 'es.amazonaws.com' };
const own = (Action: string, Resource: unknown) => policy({ Principal: service, Action, Resource });
const role = (Service: string) => ({
  AssumeRolePolicyDocument: policy({ Principal: { Service }, Action: 'sts:AssumeRole' }),
  Policies: [{ PolicyName: 'all', PolicyDocument: policy({ Action: '*', Resource: '*' }) }],
});

test('CloudWatch Logs', () =>
  changes({
    Key: ['KMS::Key', { KeyPolicy: policy({ Principal: '*', Action: 'kms:*', Resource: '*' }) }],
    Group: [
      'Logs::LogGroup',
      { LogGroupName: 'g', RetentionInDays: 7, Tags: tags('a=1') },
      { LogGroupName: 'g', KmsKeyId: arnOf('Key'), Tags: tags('b=1') },
    ],
    Stream: ['Logs::LogStream', { LogGroupName: { Ref: 'Group' }, LogStreamName: 's' }],
    Filter: [
      'Logs::MetricFilter',
      {
        LogGroupName: { Ref: 'Group' },
        FilterName: 'f',
        FilterPattern: 'ERROR',
        MetricTransformations: [{ MetricName: 'm', MetricNamespace: 'n', MetricValue: '1' }],
      },
      {
        LogGroupName: { Ref: 'Group' },
        FilterName: 'f',
        FilterPattern: '{ $.a = 1 }',
        MetricTransformations: [
          {
            MetricName: 'm',
            MetricNamespace: 'n',
            MetricValue: '$.b',
            Unit: 'Bytes',
            Dimensions: [{ Key: 'k', Value: '$.k' }],
          },
        ],
      },
    ],
    Stream2: ['Kinesis::Stream', { ShardCount: 1 }],
    Role: ['IAM::Role', role('logs.amazonaws.com')],
    Subscription: [
      'Logs::SubscriptionFilter',
      {
        LogGroupName: { Ref: 'Group' },
        FilterName: 's',
        FilterPattern: '',
        DestinationArn: arnOf('Stream2'),
        RoleArn: arnOf('Role'),
      },
      {
        LogGroupName: { Ref: 'Group' },
        FilterName: 's',
        FilterPattern: 'WARN',
        DestinationArn: arnOf('Stream2'),
        RoleArn: arnOf('Role'),
        Distribution: 'Random',
      },
    ],
    Destination: [
      'Logs::Destination',
      {
        DestinationName: 'd',
        RoleArn: arnOf('Role'),
        TargetArn: arnOf('Stream2'),
        DestinationPolicy: JSON.stringify(own('logs:PutSubscriptionFilter', logs('destination', 'd'))),
      },
      {
        DestinationName: 'd',
        RoleArn: arnOf('Role'),
        TargetArn: arnOf('Stream2'),
        DestinationPolicy: JSON.stringify(
          policy({
            Principal: { AWS: '210987654321' },
            Action: 'logs:PutSubscriptionFilter',
            Resource: logs('destination', 'd'),
          }),
        ),
      },
    ],
    Query: [
      'Logs::QueryDefinition',
      { Name: 'q', QueryString: 'fields @message', LogGroupNames: ['g'] },
      { Name: 'p/q', QueryString: 'fields @timestamp' },
    ],
    Policy: [
      'Logs::ResourcePolicy',
      { PolicyName: 'p', PolicyDocument: JSON.stringify(own('logs:PutLogEvents', logs('log-group', 'g'))) },
      { PolicyName: 'p', PolicyDocument: JSON.stringify(own('logs:CreateLogStream', logs('log-group', 'g'))) },
    ],
  }));

test('CloudWatch', () =>
  changes({
    Topic: ['SNS::Topic', {}],
    Alarm: [
      'CloudWatch::Alarm',
      {
        AlarmName: 'a',
        AlarmDescription: 'one',
        Namespace: 'n',
        MetricName: 'm',
        Statistic: 'Sum',
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 1,
        ComparisonOperator: 'GreaterThanThreshold',
        AlarmActions: [{ Ref: 'Topic' }],
        Tags: tags('a=1'),
      },
      {
        AlarmName: 'a',
        Metrics: [
          {
            Id: 'm1',
            MetricStat: { Metric: { Namespace: 'n', MetricName: 'm' }, Period: 60, Stat: 'p99' },
            ReturnData: false,
          },
          { Id: 'e1', Expression: 'm1 * 2' },
        ],
        EvaluationPeriods: 3,
        DatapointsToAlarm: 2,
        Threshold: 5,
        ComparisonOperator: 'LessThanThreshold',
        TreatMissingData: 'breaching',
        OKActions: [{ Ref: 'Topic' }],
        ActionsEnabled: false,
        Tags: tags('b=1'),
      },
    ],
    Both: [
      'CloudWatch::CompositeAlarm',
      {
        AlarmName: 'both',
        AlarmRule: { 'Fn::Join': ['', ['ALARM("', { Ref: 'Alarm' }, '")']] },
        AlarmDescription: 'one',
      },
      {
        AlarmName: 'both',
        AlarmRule: { 'Fn::Join': ['', ['NOT OK("', { Ref: 'Alarm' }, '")']] },
        ActionsEnabled: false,
      },
    ],
    Board: [
      'CloudWatch::Dashboard',
      { DashboardName: 'b', DashboardBody: '{"widgets":[]}' },
      { DashboardName: 'b', DashboardBody: '{"widgets":[{"type":"text","properties":{"markdown":"x"}}]}' },
    ],
    Detector: [
      'CloudWatch::AnomalyDetector',
      { SingleMetricAnomalyDetector: { Namespace: 'n', MetricName: 'm', Stat: 'Sum' } },
      {
        SingleMetricAnomalyDetector: { Namespace: 'n', MetricName: 'm', Stat: 'Sum' },
        Configuration: { MetricTimeZone: 'UTC' },
      },
    ],
    Rule: [
      'CloudWatch::InsightRule',
      {
        RuleName: 'r',
        RuleState: 'ENABLED',
        RuleBody: JSON.stringify({
          Schema: { Name: 'CloudWatchLogRule', Version: 1 },
          LogGroupNames: ['g'],
          LogFormat: 'JSON',
          Contribution: { Keys: ['$.a'], Filters: [] },
          AggregateOn: 'Count',
        }),
      },
      {
        RuleName: 'r',
        RuleState: 'DISABLED',
        RuleBody: JSON.stringify({
          Schema: { Name: 'CloudWatchLogRule', Version: 1 },
          LogGroupNames: ['h'],
          LogFormat: 'JSON',
          Contribution: { Keys: ['$.b'], Filters: [] },
          AggregateOn: 'Count',
        }),
      },
    ],
  }));
