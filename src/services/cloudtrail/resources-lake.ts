/** Event data stores, as CloudFormation makes them. */
import type { InputOf, Made, Properties, ResourceScope, ResourceType } from '#kernel/contract';
import { ifThere, isGone, madeOnce, refuseProperties, tagListOf, tagsGone, textOf } from '#kernel/contract';

const GONE = 'EventDataStoreNotFoundException';
const UNBUILT = ['ContextKeySelectors', 'FederationRoleArn', 'InsightSelectors', 'InsightsDestination', 'MaxEventSize'];

type Input = InputOf<'cloudtrail', 'CreateEventDataStore'>;

const flagOf = (value: unknown) => (value === undefined ? undefined : String(value) === 'true');

/** Properties as CreateEventDataStore and UpdateEventDataStore take them. */
function inputOf(properties: Properties) {
  refuseProperties(properties, UNBUILT);
  if (flagOf(properties.FederationEnabled) === true) refuseProperties(properties, ['FederationEnabled']);
  const { RetentionPeriod } = properties;
  return {
    AdvancedEventSelectors: properties.AdvancedEventSelectors as Input['AdvancedEventSelectors'],
    MultiRegionEnabled: flagOf(properties.MultiRegionEnabled),
    OrganizationEnabled: flagOf(properties.OrganizationEnabled),
    RetentionPeriod: RetentionPeriod === undefined ? undefined : Number(RetentionPeriod),
    TerminationProtectionEnabled: flagOf(properties.TerminationProtectionEnabled),
    KmsKeyId: textOf(properties.KmsKeyId),
    BillingMode: textOf(properties.BillingMode) as Input['BillingMode'],
  };
}

/** A deleted one still has its name, for a week. */
const nameOf = (properties: Properties, scope: ResourceScope) => textOf(properties.Name) ?? scope.name(128);

async function made(EventDataStore: string, { aws }: ResourceScope): Promise<Made> {
  const found = await aws.cloudtrail.GetEventDataStore({ EventDataStore });
  const { CreatedTimestamp: at = 0, UpdatedTimestamp: changedAt = 0, Status } = found;
  const text = (time: unknown) => new Date(Number(time)).toISOString();
  return {
    id: EventDataStore,
    attributes: {
      EventDataStoreArn: EventDataStore,
      CreatedTimestamp: text(at),
      UpdatedTimestamp: text(changedAt),
      Status,
    },
  };
}

/** The ARN of the store of a name. */
async function named(Name: string, { aws }: ResourceScope): Promise<string> {
  let NextToken: string | undefined;
  do {
    const page = await aws.cloudtrail.ListEventDataStores({ NextToken });
    const found = page.EventDataStores?.find((one) => one.Name === Name)?.EventDataStoreArn;
    if (found !== undefined) return found;
    ({ NextToken } = page);
  } while (NextToken !== undefined);
  return '';
}

export const eventDataStore: ResourceType = {
  async create(properties, scope) {
    const Name = nameOf(properties, scope);
    const StartIngestion = flagOf(properties.IngestionEnabled);
    const making = scope.aws.cloudtrail.CreateEventDataStore({
      ...inputOf(properties),
      Name,
      StartIngestion,
      TagsList: tagListOf(properties, scope),
    });
    await madeOnce('EventDataStoreAlreadyExistsException', scope, making);
    const arn = await named(Name, scope);
    scope.begun(arn);
    return made(arn, scope);
  },
  async update(ResourceId, properties, before, scope) {
    const { cloudtrail } = scope.aws;
    const EventDataStore = ResourceId;
    await cloudtrail.UpdateEventDataStore({ ...inputOf(properties), Name: textOf(properties.Name), EventDataStore });
    const [isOn, wasOn] = [properties, before].map(({ IngestionEnabled }) => flagOf(IngestionEnabled) ?? true);
    if (isOn === true && wasOn === false) await cloudtrail.StartEventDataStoreIngestion({ EventDataStore });
    if (isOn === false && wasOn === true) await cloudtrail.StopEventDataStoreIngestion({ EventDataStore });
    const gone = tagsGone(properties, before, scope);
    if (gone.length > 0) await cloudtrail.RemoveTags({ ResourceId, TagsList: gone.map((Key) => ({ Key })) });
    const TagsList = tagListOf(properties, scope);
    if (TagsList.length > 0) await cloudtrail.AddTags({ ResourceId, TagsList });
    return made(EventDataStore, scope);
  },
  async delete(EventDataStore, _, { aws }) {
    await isGone(
      'InactiveEventDataStoreException',
      isGone(GONE, aws.cloudtrail.DeleteEventDataStore({ EventDataStore })),
    );
  },
  async read(EventDataStore, properties, { aws }) {
    const found = await ifThere(GONE, aws.cloudtrail.GetEventDataStore({ EventDataStore }));
    if (found === undefined || found.Status === 'PENDING_DELETION') return undefined;
    const all: Properties = { ...found, IngestionEnabled: found.Status === 'ENABLED' };
    const asked = Object.keys(properties).filter((name) => all[name] !== undefined);
    return { ...properties, ...Object.fromEntries(asked.map((name) => [name, all[name]])) };
  },
};
