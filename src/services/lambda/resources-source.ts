/** Lambda's types of CloudFormation that bring events: event source mappings, and how asynchronous events are dealt with. */
import type { Properties, ResourceType } from '#kernel/contract';
import { ifThere, isGone, madeOnce, tagsGone, tagsOf, textOf } from '#kernel/contract';
import { BATCH_DEFAULT } from './limits.ts';

const GONE = 'ResourceNotFoundException';
const TAKEN = 'ResourceConflictException';
const text = (value: unknown) => textOf(value) ?? '';

/** What UpdateEventSourceMapping takes for what the template has no more. */
const DEFAULTS: Properties = {
  BisectBatchOnFunctionError: false,
  DestinationConfig: {},
  Enabled: true,
  FilterCriteria: {},
  FunctionResponseTypes: [],
  KmsKeyArn: '',
  MaximumBatchingWindowInSeconds: 0,
  MaximumRecordAgeInSeconds: -1,
  MaximumRetryAttempts: -1,
  MetricsConfig: { Metrics: [] },
  ParallelizationFactor: 1,
  ProvisionedPollerConfig: {},
  ScalingConfig: {},
  TumblingWindowInSeconds: 0,
};

/** How many come at a time where the template says nothing. */
const batchSizeOf = ({ EventSourceArn }: Properties) => ({
  BatchSize: text(EventSourceArn).includes(':sqs:') ? BATCH_DEFAULT.sqs : BATCH_DEFAULT.kinesis,
});

/** Under the names of the API. */
function mappingOf({ KmsKeyArn, Tags: _, ...rest }: Properties): Properties {
  return { ...rest, ...(KmsKeyArn !== undefined && { KMSKeyArn: KmsKeyArn }) };
}

export const eventSource: ResourceType = {
  async create(properties, scope) {
    const { lambda } = scope.aws;
    await madeOnce(
      TAKEN,
      scope,
      lambda.CreateEventSourceMapping({ ...mappingOf(properties), Tags: tagsOf(properties, scope) } as never),
    );
    const { EventSourceMappings = [] } = await lambda.ListEventSourceMappings({
      FunctionName: text(properties.FunctionName),
      EventSourceArn: text(properties.EventSourceArn),
    });
    const [{ UUID = '', EventSourceMappingArn = '' } = {}] = EventSourceMappings;
    return { id: UUID, attributes: { Id: UUID, EventSourceMappingArn } };
  },
  async update(UUID, properties, before, scope) {
    const { lambda } = scope.aws;
    const defaults: Properties = { ...DEFAULTS, ...batchSizeOf(properties) };
    const gone = Object.keys(defaults).filter((name) => name in before && !(name in properties));
    const cleared = Object.fromEntries(gone.map((name) => [name, defaults[name]]));
    const { EventSourceArn: _, StartingPosition, StartingPositionTimestamp, ...changed } = properties;
    const { EventSourceMappingArn: Resource = '' } = await lambda.UpdateEventSourceMapping({
      ...mappingOf({ ...cleared, ...changed }),
      UUID,
    } as never);
    const TagKeys = tagsGone(properties, before, scope);
    if (TagKeys.length > 0) await lambda.UntagResource({ Resource, TagKeys });
    await lambda.TagResource({ Resource, Tags: tagsOf(properties, scope) });
    return { id: UUID, attributes: { Id: UUID, EventSourceMappingArn: Resource } };
  },
  delete: (UUID, _, { aws }) => isGone(GONE, aws.lambda.DeleteEventSourceMapping({ UUID })),
  async read(UUID, properties, { aws }) {
    const found = await ifThere(GONE, aws.lambda.GetEventSourceMapping({ UUID }));
    if (found === undefined) return undefined;
    const shown = { ...found, Enabled: found.State === 'Enabled' } as Properties;
    const { FunctionName, ...rest } = properties;
    return { ...Object.fromEntries(Object.keys(rest).map((name) => [name, shown[name] ?? rest[name]])), FunctionName };
  },
};

export const invokeConfig: ResourceType = {
  async create(properties, scope) {
    await scope.aws.lambda.PutFunctionEventInvokeConfig(properties as never);
    return { id: scope.name(64), attributes: {} };
  },
  async update(id, properties, _, { aws }) {
    await aws.lambda.PutFunctionEventInvokeConfig(properties as never);
    return { id, attributes: {} };
  },
  delete: (_, { FunctionName, Qualifier }, { aws }) =>
    isGone(
      GONE,
      aws.lambda.DeleteFunctionEventInvokeConfig({ FunctionName: text(FunctionName), Qualifier: text(Qualifier) }),
    ),
  async read(_, properties, { aws }) {
    const at = { FunctionName: text(properties.FunctionName), Qualifier: text(properties.Qualifier) };
    const found = await ifThere(GONE, aws.lambda.GetFunctionEventInvokeConfig(at));
    if (found === undefined) return undefined;
    const { MaximumEventAgeInSeconds, MaximumRetryAttempts, DestinationConfig } = found;
    return { ...properties, MaximumEventAgeInSeconds, MaximumRetryAttempts, DestinationConfig };
  },
};
