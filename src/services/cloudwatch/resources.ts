/** CloudWatch's types of CloudFormation. */
import { instantOf } from '#kernel/base';
import type { InputOf, Made, Properties, ResourceScope, ResourceType, ResourceTypes } from '#kernel/contract';
import { ifThere, isGone, refuseTaken, tagListOf, tagsGone, textOf } from '#kernel/contract';
import { wireTime } from './domain/words.ts';
import { metricStream } from './resources-stream.ts';

type AlarmKind = 'PutMetricAlarm' | 'PutCompositeAlarm' | 'PutLogAlarm';

/** What is put again as a whole, whatever has changed. */
async function put(
  kind: AlarmKind,
  name: string,
  properties: Properties,
  before: Properties | undefined,
  scope: ResourceScope,
): Promise<Made> {
  const { cloudwatch } = scope.aws;
  const { Tags: _, ...given } = properties;
  const Tags = tagListOf(properties, scope);
  const arn = `arn:${scope.partition}:cloudwatch:${scope.region}:${scope.account}:alarm:${name}`;
  const input: unknown = { ...given, AlarmName: name, Tags };
  if (kind === 'PutMetricAlarm') await cloudwatch.PutMetricAlarm(input as InputOf<'cloudwatch', typeof kind>);
  else if (kind === 'PutLogAlarm') await cloudwatch.PutLogAlarm(input as InputOf<'cloudwatch', typeof kind>);
  else await cloudwatch.PutCompositeAlarm(input as InputOf<'cloudwatch', typeof kind>);
  if (before !== undefined) await retag(arn, properties, before, scope);
  return { id: name, attributes: { Arn: arn } };
}

/** What is there already does not get its tags with the rest. */
async function retag(
  ResourceARN: string,
  properties: Properties,
  before: Properties,
  scope: ResourceScope,
): Promise<void> {
  const Tags = tagListOf(properties, scope);
  const TagKeys = tagsGone(properties, before, scope);
  if (TagKeys.length > 0) await scope.aws.cloudwatch.UntagResource({ ResourceARN, TagKeys });
  if (Tags.length > 0) await scope.aws.cloudwatch.TagResource({ ResourceARN, Tags });
}

const nameOf = (properties: Properties, scope: ResourceScope) => String(properties.AlarmName ?? scope.name(255));

async function find(AlarmName: string, { aws }: ResourceScope): Promise<Record<string, unknown> | undefined> {
  const {
    MetricAlarms = [],
    CompositeAlarms = [],
    LogAlarms = [],
  } = await aws.cloudwatch.DescribeAlarms({
    AlarmNames: [AlarmName],
    AlarmTypes: ['MetricAlarm', 'CompositeAlarm', 'LogAlarm'],
  });
  return (MetricAlarms[0] ?? CompositeAlarms[0] ?? LogAlarms[0]) as Record<string, unknown> | undefined;
}

async function read(name: string, properties: Properties, scope: ResourceScope): Promise<Properties | undefined> {
  const { aws } = scope;
  const found = await find(name, scope);
  if (found === undefined) return undefined;
  const { Tags } = await aws.cloudwatch.ListTagsForResource({ ResourceARN: String(found.AlarmArn) });
  const all: Record<string, unknown> = { ...found, Tags };
  // What the template leaves open has CloudWatch's default, and is no drift.
  return Object.fromEntries(Object.keys(properties).map((name) => [name, all[name]]));
}

const alarm = (kind: AlarmKind) => ({
  async create(properties: Properties, scope: ResourceScope) {
    const name = nameOf(properties, scope);
    await refuseTaken(properties.AlarmName, `${name} already exists`, scope, () => find(name, scope));
    return put(kind, name, properties, undefined, scope);
  },
  update: (name: string, properties: Properties, before: Properties, scope: ResourceScope) =>
    put(kind, name, properties, before, scope),
  delete: async (name: string, _: Properties, { aws }: ResourceScope) => {
    await aws.cloudwatch.DeleteAlarms({ AlarmNames: [name] });
  },
  read,
});

const dashboard: ResourceType = {
  async create(properties, scope) {
    const DashboardName = String(properties.DashboardName ?? scope.name(255));
    const DashboardBody = textOf(properties.DashboardBody) ?? '';
    // Source: ACloudGuru/serverless-plugin-aws-alerts, issue 242.
    await refuseTaken(properties.DashboardName, `Dashboard '${DashboardName}' already exists`, scope, () =>
      ifThere('DashboardNotFoundError', scope.aws.cloudwatch.GetDashboard({ DashboardName })),
    );
    await scope.aws.cloudwatch.PutDashboard({ DashboardName, DashboardBody, Tags: tagListOf(properties, scope) });
    return { id: DashboardName, attributes: {} };
  },
  async update(DashboardName, properties, before, scope) {
    const DashboardBody = textOf(properties.DashboardBody) ?? '';
    await scope.aws.cloudwatch.PutDashboard({ DashboardName, DashboardBody });
    await retag(
      `arn:${scope.partition}:cloudwatch::${scope.account}:dashboard/${DashboardName}`,
      properties,
      before,
      scope,
    );
    return { id: DashboardName, attributes: {} };
  },
  async delete(name, _, { aws }) {
    await isGone('DashboardNotFoundError', aws.cloudwatch.DeleteDashboards({ DashboardNames: [name] }));
  },
  async read(DashboardName, properties, { aws }) {
    const found = await ifThere('DashboardNotFoundError', aws.cloudwatch.GetDashboard({ DashboardName }));
    return found && { ...properties, DashboardName, DashboardBody: found.DashboardBody };
  },
};

async function putRule(name: string, properties: Properties, scope: ResourceScope): Promise<Made> {
  await scope.aws.cloudwatch.PutInsightRule({
    RuleName: name,
    RuleDefinition: textOf(properties.RuleBody) ?? '',
    RuleState: String(properties.RuleState),
    Tags: tagListOf(properties, scope),
    ...(properties.ApplyOnTransformedLogs !== undefined && {
      ApplyOnTransformedLogs: String(properties.ApplyOnTransformedLogs) === 'true',
    }),
  });
  const id = `arn:${scope.partition}:cloudwatch:${scope.region}:${scope.account}:insight-rule/${name}`;
  return { id, attributes: { Arn: id, RuleName: name } };
}

const ruleNameOf = (arn: string) => arn.slice(arn.indexOf(':insight-rule/') + ':insight-rule/'.length);

const insightRule: ResourceType = {
  create: (properties, scope) => putRule(String(properties.RuleName), properties, scope),
  async update(arn, properties, before, scope) {
    const made = await putRule(ruleNameOf(arn), properties, scope);
    await retag(arn, properties, before, scope);
    return made;
  },
  async delete(arn, _, { aws }) {
    // What is not there is told as a failure of its own, and is no error.
    await aws.cloudwatch.DeleteInsightRules({ RuleNames: [ruleNameOf(arn)] });
  },
  async read(arn, properties, { aws }) {
    let NextToken: string | undefined;
    do {
      const page = await aws.cloudwatch.DescribeInsightRules({ NextToken });
      const found = page.InsightRules?.find(({ Name }) => Name === ruleNameOf(arn));
      if (found !== undefined) return { ...properties, RuleBody: found.Definition, RuleState: found.State };
      ({ NextToken } = page);
    } while (NextToken !== undefined);
    return undefined;
  },
};

type Detector = InputOf<'cloudwatch', 'PutAnomalyDetector'>;
type DetectorConfiguration = {
  ExcludedTimeRanges?: { StartTime: string; EndTime: string }[];
  MetricTimeZone?: string;
};

async function putDetector({ Configuration, ...given }: Properties, { aws }: ResourceScope): Promise<Made> {
  const { ExcludedTimeRanges: ranges = [], MetricTimeZone } = (Configuration ?? {}) as DetectorConfiguration;
  const configuration = {
    ExcludedTimeRanges: ranges.map(({ StartTime, EndTime }) => ({
      StartTime: Date.parse(`${StartTime}Z`),
      EndTime: Date.parse(`${EndTime}Z`),
    })),
    ...(MetricTimeZone !== undefined && { MetricTimezone: MetricTimeZone }),
  };
  const { AnomalyDetectorId: id = '' } = await aws.cloudwatch.PutAnomalyDetector({
    ...given,
    ...(Configuration !== undefined && { Configuration: configuration }),
  } as Detector);
  return { id, attributes: { Id: id } };
}

const anomalyDetector: ResourceType = {
  create: putDetector,
  update: (_, properties, __, scope) => putDetector(properties, scope),
  async delete(AnomalyDetectorId, _, { aws }) {
    await isGone('ResourceNotFoundException', aws.cloudwatch.DeleteAnomalyDetector({ AnomalyDetectorId }));
  },
  async read(id, properties, { aws }) {
    const { AnomalyDetectors } = await aws.cloudwatch.DescribeAnomalyDetectors({ AnomalyDetectorIds: [id] });
    return AnomalyDetectors?.[0] && properties;
  },
};

type MuteRule = Omit<InputOf<'cloudwatch', 'PutAlarmMuteRule'>, 'StartDate' | 'ExpireDate'>;

/** An instant of a template; without a zone of its own it is in the rule's. */
function instant(text: unknown, zone: string): number | undefined {
  if (text === undefined) return undefined;
  const isWhole = /(?:Z|[+-]\d\d:\d\d)$/.test(String(text));
  return isWhole ? Date.parse(String(text)) : instantOf(zone, Date.parse(`${text}Z`));
}

const muteRuleNameOf = (arn: string) => arn.slice(arn.indexOf(':alarm-mute-rule:') + ':alarm-mute-rule:'.length);

async function putMuteRule(Name: string, properties: Properties, scope: ResourceScope): Promise<Made> {
  const { StartDate: from, ExpireDate: to, ...given } = properties;
  const { cloudwatch } = scope.aws;
  const zone = (given as MuteRule).Rule.Schedule.Timezone ?? 'UTC';
  await cloudwatch.PutAlarmMuteRule({
    ...(given as MuteRule),
    Name,
    Tags: tagListOf(properties, scope),
    StartDate: instant(from, zone),
    ExpireDate: instant(to, zone),
  });
  const made = await cloudwatch.GetAlarmMuteRule({ AlarmMuteRuleName: Name });
  const { AlarmMuteRuleArn: Arn = '', LastUpdatedTimestamp: updated = 0, MuteType, Status } = made;
  return { id: Arn, attributes: { Arn, MuteType, Status, LastUpdatedTimestamp: wireTime(updated) } };
}

const muteRule: ResourceType = {
  create: (properties, scope) => putMuteRule(String(properties.Name ?? scope.name(255)), properties, scope),
  async update(arn, properties, before, scope) {
    const made = await putMuteRule(muteRuleNameOf(arn), properties, scope);
    await retag(arn, properties, before, scope);
    return made;
  },
  async delete(arn, _, { aws }) {
    await aws.cloudwatch.DeleteAlarmMuteRule({ AlarmMuteRuleName: muteRuleNameOf(arn) });
  },
  async read(arn, properties, { aws }) {
    const AlarmMuteRuleName = muteRuleNameOf(arn);
    const found = await ifThere('ResourceNotFoundException', aws.cloudwatch.GetAlarmMuteRule({ AlarmMuteRuleName }));
    return found && { ...properties, Description: found.Description, Rule: found.Rule, MuteTargets: found.MuteTargets };
  },
};

export const resources: ResourceTypes = {
  'AWS::CloudWatch::AlarmMuteRule': muteRule,
  'AWS::CloudWatch::AnomalyDetector': anomalyDetector,
  'AWS::CloudWatch::InsightRule': insightRule,
  'AWS::CloudWatch::Dashboard': dashboard,
  'AWS::CloudWatch::LogAlarm': alarm('PutLogAlarm'),
  'AWS::CloudWatch::MetricStream': metricStream,
  'AWS::CloudWatch::Alarm': alarm('PutMetricAlarm'),
  'AWS::CloudWatch::CompositeAlarm': alarm('PutCompositeAlarm'),
};
