/** CloudTrail's types of CloudFormation. */
import type { InputOf, Made, Properties, ResourceScope, ResourceType, ResourceTypes } from '#kernel/contract';
import { ifThere, isGone, madeOnce, refuseProperties, tagListOf, tagsGone, textOf } from '#kernel/contract';
import { eventDataStore } from './resources-lake.ts';

const GONE = 'TrailNotFoundException';

const flagOf = (value: unknown) => (value === undefined ? undefined : String(value) === 'true');

/** Properties as CreateTrail and UpdateTrail take them; what is not there is taken away. */
function inputOf(properties: Properties) {
  refuseProperties(properties, ['AggregationConfigurations']);
  return {
    S3BucketName: textOf(properties.S3BucketName) ?? '',
    S3KeyPrefix: textOf(properties.S3KeyPrefix) ?? '',
    SnsTopicName: textOf(properties.SnsTopicName) ?? '',
    IncludeGlobalServiceEvents: flagOf(properties.IncludeGlobalServiceEvents),
    IsMultiRegionTrail: flagOf(properties.IsMultiRegionTrail),
    EnableLogFileValidation: flagOf(properties.EnableLogFileValidation),
    CloudWatchLogsLogGroupArn: textOf(properties.CloudWatchLogsLogGroupArn) ?? '',
    CloudWatchLogsRoleArn: textOf(properties.CloudWatchLogsRoleArn) ?? '',
    KmsKeyId: textOf(properties.KMSKeyId) ?? '',
    IsOrganizationTrail: flagOf(properties.IsOrganizationTrail),
  };
}

type Insights = InputOf<'cloudtrail', 'PutInsightSelectors'>;
type Selectors = InputOf<'cloudtrail', 'PutEventSelectors'>;

/** Its selectors, and whether it logs. */
async function settle(
  TrailName: string,
  properties: Properties,
  before: Properties,
  { aws }: ResourceScope,
): Promise<Made> {
  const { cloudtrail } = aws;
  const { AdvancedEventSelectors, EventSelectors } = properties;
  const had = before.EventSelectors !== undefined || before.AdvancedEventSelectors !== undefined;
  if (AdvancedEventSelectors !== undefined)
    await cloudtrail.PutEventSelectors({ TrailName, AdvancedEventSelectors, EventSelectors } as Selectors);
  else if (EventSelectors !== undefined || had)
    await cloudtrail.PutEventSelectors({ TrailName, EventSelectors: selectorsOf(EventSelectors) });
  const InsightSelectors = (properties.InsightSelectors ?? []) as Insights['InsightSelectors'];
  if (InsightSelectors.length > 0 || before.InsightSelectors !== undefined)
    await cloudtrail.PutInsightSelectors({ TrailName, InsightSelectors });
  const Name = TrailName;
  await (flagOf(properties.IsLogging) === true ? cloudtrail.StartLogging({ Name }) : cloudtrail.StopLogging({ Name }));
  const { Trail } = await cloudtrail.GetTrail({ Name });
  return { id: Name, attributes: { Arn: Trail?.TrailARN, SnsTopicArn: Trail?.SnsTopicARN } };
}

/** Without any, a trail takes all management events. */
function selectorsOf(given: unknown): Selectors['EventSelectors'] {
  const list = (given ?? [{}]) as { IncludeManagementEvents?: unknown }[];
  return list.map(({ IncludeManagementEvents, ...rest }) => ({
    ...rest,
    IncludeManagementEvents: flagOf(IncludeManagementEvents) ?? true,
  }));
}

const trail: ResourceType = {
  async create(properties, scope) {
    const Name = textOf(properties.TrailName) ?? scope.name(128);
    const TagsList = tagListOf(properties, scope);
    const making = scope.aws.cloudtrail.CreateTrail({ Name, ...inputOf(properties), TagsList });
    await madeOnce('TrailAlreadyExistsException', scope, making);
    scope.begun(Name);
    return settle(Name, properties, {}, scope);
  },
  async update(Name, properties, before, scope) {
    const { cloudtrail } = scope.aws;
    const { TrailARN: ResourceId = '' } = await cloudtrail.UpdateTrail({ Name, ...inputOf(properties) });
    const gone = tagsGone(properties, before, scope);
    if (gone.length > 0) await cloudtrail.RemoveTags({ ResourceId, TagsList: gone.map((Key) => ({ Key })) });
    const TagsList = tagListOf(properties, scope);
    if (TagsList.length > 0) await cloudtrail.AddTags({ ResourceId, TagsList });
    return settle(Name, properties, before, scope);
  },
  async delete(Name, _, { aws }) {
    await isGone(GONE, aws.cloudtrail.DeleteTrail({ Name }));
  },
  async read(Name, properties, { aws }) {
    const found = await ifThere(GONE, aws.cloudtrail.GetTrail({ Name }));
    if (found?.Trail === undefined) return undefined;
    const { IsLogging } = await aws.cloudtrail.GetTrailStatus({ Name });
    const { KmsKeyId: KMSKeyId, LogFileValidationEnabled: EnableLogFileValidation, ...shown } = found.Trail;
    const all: Properties = { ...shown, IsLogging, KMSKeyId, EnableLogFileValidation };
    const asked = Object.keys(properties).filter((name) => all[name] !== undefined);
    return { ...properties, ...Object.fromEntries(asked.map((name) => [name, all[name]])) };
  },
};

export const resources: ResourceTypes = {
  'AWS::CloudTrail::EventDataStore': eventDataStore,
  'AWS::CloudTrail::Trail': trail,
};
