/** CloudWatch's types of CloudFormation. */
import type { InputOf, Made, Properties, ResourceScope, ResourceType, ResourceTypes } from '#kernel/contract';
import { ifThere, isGone, refuseProperties, tagListOf, tagsGone, textOf } from '#kernel/contract';

type MetricAlarm = InputOf<'cloudwatch', 'PutMetricAlarm'>;
type CompositeAlarm = InputOf<'cloudwatch', 'PutCompositeAlarm'>;

/** What is put again as a whole, whatever has changed. */
async function put(
  kind: 'PutMetricAlarm' | 'PutCompositeAlarm',
  name: string,
  properties: Properties,
  before: Properties | undefined,
  scope: ResourceScope,
): Promise<Made> {
  const { cloudwatch } = scope.aws;
  const { Tags: _, ...given } = properties;
  const Tags = tagListOf(properties, scope);
  const arn = `arn:${scope.partition}:cloudwatch:${scope.region}:${scope.account}:alarm:${name}`;
  if (kind === 'PutMetricAlarm') await cloudwatch.PutMetricAlarm({ ...given, AlarmName: name, Tags } as MetricAlarm);
  else await cloudwatch.PutCompositeAlarm({ ...given, AlarmName: name, Tags } as CompositeAlarm);
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

async function read(
  AlarmName: string,
  properties: Properties,
  { aws }: ResourceScope,
): Promise<Properties | undefined> {
  const { MetricAlarms = [], CompositeAlarms = [] } = await aws.cloudwatch.DescribeAlarms({
    AlarmNames: [AlarmName],
    AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
  });
  const found = (MetricAlarms[0] ?? CompositeAlarms[0]) as Record<string, unknown> | undefined;
  if (found === undefined) return undefined;
  // What the template leaves open has CloudWatch's default, and is no drift.
  const asked = Object.keys(properties).filter((name) => name !== 'Tags' && name in found);
  return { ...properties, ...Object.fromEntries(asked.map((name) => [name, found[name]])) };
}

const alarm = (kind: 'PutMetricAlarm' | 'PutCompositeAlarm') => ({
  async create(properties: Properties, scope: ResourceScope) {
    refuseProperties(properties, [
      'EvaluationCriteria',
      'EvaluationInterval',
      'EvaluationWindow',
      'WarmUpConfiguration',
    ]);
    return put(kind, nameOf(properties, scope), properties, undefined, scope);
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

export const resources: ResourceTypes = {
  'AWS::CloudWatch::Dashboard': dashboard,
  'AWS::CloudWatch::Alarm': alarm('PutMetricAlarm'),
  'AWS::CloudWatch::CompositeAlarm': alarm('PutCompositeAlarm'),
};
