/** What each operation must be allowed. Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon CloudWatch". */
import { type AccessRules, type Ctx, passing, ServiceError } from '#kernel/contract';
import { parseDefinition } from './domain/insight.ts';
import { insightCalls } from './domain/insight-metric.ts';
import { dashboardArn } from './operations/dashboard.ts';
import { metricStreamArn } from './operations/metric-stream.ts';
import { muteRuleArn } from './operations/mute-rule.ts';
import { queryDefinitionArn } from './operations/query-definition.ts';

const alarmArn = (name: string, ctx: Ctx) =>
  `arn:${ctx.partition}:cloudwatch:${ctx.region}:${ctx.account}:alarm:${name}`;

const onAlarm = (action: string) => (input: { AlarmName: string }, ctx: Ctx) => ({
  action: `cloudwatch:${action}`,
  resource: alarmArn(input.AlarmName, ctx),
});

/** What is asked about all alarms, or about those of some names. */
const onNamed = (action: string, names: readonly string[], ctx: Ctx) =>
  (names.length > 0 ? names : ['*']).map((name) => ({ action: `cloudwatch:${action}`, resource: alarmArn(name, ctx) }));

type AlarmGiven = {
  AlarmName: string;
  AlarmActions?: readonly string[] | undefined;
  OKActions?: readonly string[] | undefined;
  InsufficientDataActions?: readonly string[] | undefined;
  Tags?: readonly object[] | undefined;
};

/**
 * An alarm that is made, or changed. Source: CloudWatch User Guide, "Using condition keys to limit alarm actions"; CloudWatch API Reference, PutMetricAlarm
 * and PutCompositeAlarm: tags take the permission to tag, too.
 */
const onGiven =
  (action: string) =>
  ({ AlarmActions = [], OKActions = [], InsufficientDataActions = [], Tags = [], ...input }: AlarmGiven, ctx: Ctx) => [
    {
      ...onAlarm(action)(input, ctx),
      context: { 'cloudwatch:AlarmActions': [...AlarmActions, ...OKActions, ...InsufficientDataActions] },
    },
    ...(Tags.length > 0 ? [onAlarm('TagResource')(input, ctx)] : []),
  ];

const onAlarms = (action: string) => (input: { AlarmNames: readonly string[] }, ctx: Ctx) =>
  input.AlarmNames.map((name) => ({ action: `cloudwatch:${action}`, resource: alarmArn(name, ctx) }));

const onArn = (action: string) => (input: { ResourceARN: string }) => ({
  action: `cloudwatch:${action}`,
  resource: input.ResourceARN,
});

const onDashboard =
  (action: string) =>
  ({ DashboardName }: { DashboardName: string }, ctx: Ctx) => ({
    action: `cloudwatch:${action}`,
    resource: dashboardArn(DashboardName, ctx),
  });

const ruleArn = (name: string, ctx: Ctx) =>
  `arn:${ctx.partition}:cloudwatch:${ctx.region}:${ctx.account}:insight-rule/${name}`;

const onRules =
  (action: string) =>
  ({ RuleNames }: { RuleNames: readonly string[] }, ctx: Ctx) =>
    RuleNames.map((name) => ({ action: `cloudwatch:${action}`, resource: ruleArn(name, ctx) }));

/** Rules whose metrics are asked for; what can't be read asks for none, and is refused later. */
function rulesIn(queries: Parameters<typeof insightCalls>[0]): Set<string> {
  try {
    return new Set(insightCalls(queries).map(({ rule }) => rule));
  } catch (error) {
    if (error instanceof ServiceError) return new Set();
    throw error;
  }
}

/** The log groups that a rule reads; a definition that can't be read is refused later. */
function groupsIn(definition: string): string[] {
  try {
    return parseDefinition(definition).groups.map(({ name }) => name);
  } catch (error) {
    if (error instanceof ServiceError) return [];
    throw error;
  }
}

const onMuteRule =
  (action: string) =>
  ({ AlarmMuteRuleName }: { AlarmMuteRuleName: string }, ctx: Ctx) => ({
    action: `cloudwatch:${action}`,
    resource: muteRuleArn(AlarmMuteRuleName, ctx),
  });

const onDefinition = (action: string, id: string, ctx: Ctx) => ({
  action: `cloudwatch:${action}`,
  resource: queryDefinitionArn(id, ctx),
});

const onStream = (action: string, name: string, ctx: Ctx) => ({
  action: `cloudwatch:${action}`,
  resource: metricStreamArn(name, ctx),
});

export const access: AccessRules<'cloudwatch'> = {
  PutMetricStream: ({ Name, RoleArn }, ctx) => [
    onStream('PutMetricStream', Name, ctx),
    passing(RoleArn, 'streams.metrics.cloudwatch'),
  ],
  GetMetricStream: ({ Name }, ctx) => onStream('GetMetricStream', Name, ctx),
  DeleteMetricStream: ({ Name }, ctx) => onStream('DeleteMetricStream', Name, ctx),
  StartMetricStreams: ({ Names }, ctx) => Names.map((name) => onStream('StartMetricStreams', name, ctx)),
  StopMetricStreams: ({ Names }, ctx) => Names.map((name) => onStream('StopMetricStreams', name, ctx)),
  PutAlarmMuteRule: ({ Name, MuteTargets }, ctx) =>
    [muteRuleArn(Name, ctx), ...(MuteTargets?.AlarmNames ?? []).map((name) => alarmArn(name, ctx))].map((resource) => ({
      action: 'cloudwatch:PutAlarmMuteRule',
      resource,
    })),
  GetAlarmMuteRule: onMuteRule('GetAlarmMuteRule'),
  DeleteAlarmMuteRule: onMuteRule('DeleteAlarmMuteRule'),
  PutMetricDataQueryDefinition: ({ Id = '*', Tags = [] }, ctx) => [
    onDefinition('PutMetricDataQueryDefinition', Id, ctx),
    ...(Tags.length > 0 ? [onDefinition('TagResource', Id, ctx)] : []),
  ],
  GetMetricDataQueryDefinition: ({ Id }, ctx) => onDefinition('GetMetricDataQueryDefinition', Id, ctx),
  DeleteMetricDataQueryDefinition: ({ Id }, ctx) => onDefinition('DeleteMetricDataQueryDefinition', Id, ctx),
  // Source: CloudWatch API Reference, PutInsightRule: tags take the permission to tag, too; CloudWatch User Guide, "Using condition keys to limit Contributor Insights users' access to log groups".
  PutInsightRule: ({ RuleName, RuleDefinition, Tags = [] }, ctx) => [
    {
      action: 'cloudwatch:PutInsightRule',
      resource: ruleArn(RuleName, ctx),
      context: () => ({ 'cloudwatch:requestInsightRuleLogGroups': groupsIn(RuleDefinition) }),
    },
    ...(Tags.length > 0 ? [{ action: 'cloudwatch:TagResource', resource: ruleArn(RuleName, ctx) }] : []),
  ],
  GetInsightRuleReport: ({ RuleName }, ctx) => ({
    action: 'cloudwatch:GetInsightRuleReport',
    resource: ruleArn(RuleName, ctx),
  }),
  GetMetricData: ({ MetricDataQueries }, ctx) => [
    { action: 'cloudwatch:GetMetricData', resource: '*' },
    ...[...rulesIn(MetricDataQueries)].map((rule) => ({
      action: 'cloudwatch:GetInsightRuleReport',
      resource: ruleArn(rule, ctx),
    })),
  ],
  DeleteInsightRules: onRules('DeleteInsightRules'),
  EnableInsightRules: onRules('EnableInsightRules'),
  DisableInsightRules: onRules('DisableInsightRules'),
  PutMetricData: (input) => ({
    action: 'cloudwatch:PutMetricData',
    resource: '*',
    context: { 'cloudwatch:namespace': input.Namespace },
  }),
  DescribeAlarms: ({ AlarmNames = [] }, ctx) => onNamed('DescribeAlarms', AlarmNames, ctx),
  DescribeAlarmHistory: ({ AlarmName }, ctx) =>
    onNamed('DescribeAlarmHistory', AlarmName === undefined ? [] : [AlarmName], ctx),
  ListAlarmMuteRules: (_, ctx) => ({ action: 'cloudwatch:ListAlarmMuteRules', resource: muteRuleArn('*', ctx) }),
  DescribeAlarmContributors: onAlarm('DescribeAlarmContributors'),
  PutLogAlarm: (input, ctx) => [
    ...onGiven('PutLogAlarm')(input, ctx),
    passing(input.ScheduledQueryConfiguration.ScheduledQueryRoleARN, 'logs'),
  ],
  PutMetricAlarm: onGiven('PutMetricAlarm'),
  PutCompositeAlarm: onGiven('PutCompositeAlarm'),
  SetAlarmState: onAlarm('SetAlarmState'),
  DeleteAlarms: onAlarms('DeleteAlarms'),
  EnableAlarmActions: onAlarms('EnableAlarmActions'),
  DisableAlarmActions: onAlarms('DisableAlarmActions'),
  PutDashboard: onDashboard('PutDashboard'),
  GetDashboard: onDashboard('GetDashboard'),
  DeleteDashboards: ({ DashboardNames }, ctx) =>
    DashboardNames.map((DashboardName) => onDashboard('DeleteDashboards')({ DashboardName }, ctx)),
  TagResource: onArn('TagResource'),
  UntagResource: onArn('UntagResource'),
  ListTagsForResource: onArn('ListTagsForResource'),
};
