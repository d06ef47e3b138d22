/** CloudWatch's types of CloudFormation. */
import type { InputOf, Made, Properties, ResourceScope, ResourceTypes } from '#kernel/contract';
import { refuseProperties, tagListOf, tagsGone } from '#kernel/contract';

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
  if (before !== undefined) {
    const gone = tagsGone(properties, before, scope);
    if (gone.length > 0) await cloudwatch.UntagResource({ ResourceARN: arn, TagKeys: gone });
    if (Tags.length > 0) await cloudwatch.TagResource({ ResourceARN: arn, Tags });
  }
  return { id: name, attributes: { Arn: arn } };
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

export const resources: ResourceTypes = {
  'AWS::CloudWatch::Alarm': alarm('PutMetricAlarm'),
  'AWS::CloudWatch::CompositeAlarm': alarm('PutCompositeAlarm'),
};
