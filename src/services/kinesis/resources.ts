/** Kinesis's types of CloudFormation. */
import { isDeepStrictEqual } from 'node:util';
import type { InputOf, Made, Properties, ResourceScope, ResourceTypes } from '#kernel/contract';
import {
  ifThere,
  isGone,
  madeOnce,
  refuseProperties,
  ServiceError,
  tagListOf,
  tagsGone,
  textOf,
} from '#kernel/contract';
import type { MetricsName, StreamMode } from '#models/kinesis';

const GONE = 'ResourceNotFoundException';
/** What AWS has and Cloudyard has not. */
const UNBUILT = ['WarmThroughputMiBps'];

type Settings = {
  ShardCount: number;
  RetentionPeriodHours: number;
  MaxRecordSizeInKiB: number;
  StreamMode: StreamMode;
  metrics: readonly MetricsName[];
  key: string | undefined;
};

/** Source: refusals of AWS as measured in September 2026 (github.com/badmintoncryer/cdk-preflight). @throws {ServiceError} InvalidRequest */
function checkSettings(properties: Properties) {
  const { ShardCount: count, DesiredShardLevelMetrics: metrics, StreamModeDetails: mode } = properties;
  const { StreamMode } = (mode ?? {}) as { StreamMode?: StreamMode };
  const wrong = (message: string) => new ServiceError('InvalidRequest', message);
  if (StreamMode === 'ON_DEMAND' && count !== undefined)
    throw wrong('ShardCount is not expected when StreamMode=ON_DEMAND');
  if (StreamMode === 'PROVISIONED' && count === undefined)
    throw wrong('ShardCount is expected when StreamMode=PROVISIONED');
  if (properties.WarmThroughputMiBps !== undefined && StreamMode !== 'ON_DEMAND')
    throw wrong('WarmThroughputMiBps can only be set for ON_DEMAND streams');
  if (Array.isArray(metrics) && metrics.length > 1 && metrics.includes('ALL'))
    throw wrong('DesiredShardLevelMetrics cannot have ALL with other metric names');
}

/** What a template asks for, with AWS's defaults for the rest. */
function settingsOf(properties: Properties): Settings {
  const {
    StreamModeDetails: mode,
    StreamEncryption: encryption,
    DesiredShardLevelMetrics: metrics = [],
  } = properties as {
    StreamModeDetails?: { StreamMode: StreamMode };
    StreamEncryption?: { KeyId: string };
    DesiredShardLevelMetrics?: MetricsName[];
  };
  return {
    ShardCount: Number(properties.ShardCount ?? 1),
    RetentionPeriodHours: Number(properties.RetentionPeriodHours ?? 24),
    MaxRecordSizeInKiB: Number(properties.MaxRecordSizeInKiB ?? 1_024),
    StreamMode: mode?.StreamMode ?? 'PROVISIONED',
    metrics,
    key: encryption?.KeyId,
  };
}

/** What a template changes. What others have set stays where it says nothing new. */
function newSettings(properties: Properties, before: Properties): Partial<Settings> {
  const old: { [name: string]: unknown } = settingsOf(before);
  const wanted = settingsOf(properties);
  // A stream that is no more on demand takes what the template says of it.
  if (wanted.StreamMode !== old.StreamMode) return wanted;
  return Object.fromEntries(Object.entries(wanted).filter(([name, value]) => !isDeepStrictEqual(value, old[name])));
}

/** Brings a stream to what is asked for; settings that are not there stay as they are. */
async function bring(StreamName: string, wanted: Partial<Settings>, scope: ResourceScope): Promise<void> {
  const { kinesis } = scope.aws;
  const { StreamDescriptionSummary: found } = await kinesis.DescribeStreamSummary({ StreamName });
  const { StreamARN, RetentionPeriodHours: hours } = found;
  const { RetentionPeriodHours = hours, MaxRecordSizeInKiB = found.MaxRecordSizeInKiB, metrics } = wanted;
  const { StreamMode = found.StreamModeDetails?.StreamMode, ShardCount = found.OpenShardCount } = wanted;
  const period = { StreamName, RetentionPeriodHours };
  if (RetentionPeriodHours > hours) await kinesis.IncreaseStreamRetentionPeriod(period);
  if (RetentionPeriodHours < hours) await kinesis.DecreaseStreamRetentionPeriod(period);
  if (StreamMode !== undefined && StreamMode !== found.StreamModeDetails?.StreamMode)
    await kinesis.UpdateStreamMode({ StreamARN, StreamModeDetails: { StreamMode } });
  if (StreamMode === 'PROVISIONED' && ShardCount !== found.OpenShardCount)
    await kinesis.UpdateShardCount({ StreamName, TargetShardCount: ShardCount, ScalingType: 'UNIFORM_SCALING' });
  if (MaxRecordSizeInKiB !== undefined && MaxRecordSizeInKiB !== found.MaxRecordSizeInKiB)
    await kinesis.UpdateMaxRecordSize({ StreamARN, MaxRecordSizeInKiB });
  const present = found.EnhancedMonitoring[0]?.ShardLevelMetrics ?? [];
  const surplus = present.filter((one) => metrics && !metrics.includes(one) && !metrics.includes('ALL'));
  if (surplus.length > 0) await kinesis.DisableEnhancedMonitoring({ StreamName, ShardLevelMetrics: surplus });
  if (metrics !== undefined && metrics.length > 0)
    await kinesis.EnableEnhancedMonitoring({ StreamName, ShardLevelMetrics: [...metrics] });
  if (!('key' in wanted) || wanted.key === found.KeyId) return;
  if (wanted.key !== undefined)
    await kinesis.StartStreamEncryption({ StreamName, EncryptionType: 'KMS', KeyId: wanted.key });
  else if (found.KeyId !== undefined)
    await kinesis.StopStreamEncryption({ StreamName, EncryptionType: 'KMS', KeyId: found.KeyId });
}

/** Tags as a map, for a service that keeps `aws:` for AWS. */
function ownTags(properties: Properties, scope: ResourceScope): { [key: string]: string } {
  return Object.fromEntries(tagListOf(properties, scope).map(({ Key, Value }) => [Key, Value]));
}

const madeStream = (name: string, { partition, region, account }: ResourceScope): Made => ({
  id: name,
  attributes: { Arn: `arn:${partition}:kinesis:${region}:${account}:stream/${name}` },
});

async function madeConsumer(input: { StreamARN: string; ConsumerName: string }, { aws }: ResourceScope): Promise<Made> {
  const { ConsumerDescription: found } = await aws.kinesis.DescribeStreamConsumer(input);
  return {
    id: found.ConsumerARN,
    attributes: {
      ...found,
      ConsumerCreationTimestamp: String(Math.floor(Number(found.ConsumerCreationTimestamp) / 1_000)),
    },
  };
}

async function putPolicy({ ResourceArn, ResourcePolicy }: Properties, { aws }: ResourceScope): Promise<Made> {
  const ResourceARN = String(ResourceArn);
  await aws.kinesis.PutResourcePolicy({ ResourceARN, Policy: textOf(ResourcePolicy) ?? '' });
  return { id: ResourceARN, attributes: {} };
}

export const resources: ResourceTypes = {
  'AWS::Kinesis::ResourcePolicy': {
    create: putPolicy,
    update: (_, properties, __, scope) => putPolicy(properties, scope),
    delete: (ResourceARN, _, { aws }) => isGone(GONE, aws.kinesis.DeleteResourcePolicy({ ResourceARN })),
    async read(ResourceARN, _, { aws }) {
      const found = await ifThere(GONE, aws.kinesis.GetResourcePolicy({ ResourceARN }));
      if (found === undefined || found.Policy === '') return undefined;
      return { ResourceArn: ResourceARN, ResourcePolicy: JSON.parse(found.Policy) };
    },
  },
  'AWS::Kinesis::Stream': {
    async create(properties, scope) {
      checkSettings(properties);
      refuseProperties(properties, UNBUILT);
      const name = String(properties.Name ?? scope.name(128));
      const wanted = settingsOf(properties);
      const Tags = ownTags(properties, scope);
      const input: InputOf<'kinesis', 'CreateStream'> = {
        StreamName: name,
        StreamModeDetails: { StreamMode: wanted.StreamMode },
        ...(wanted.StreamMode === 'PROVISIONED' && { ShardCount: wanted.ShardCount }),
        ...(Object.keys(Tags).length > 0 && { Tags }),
      };
      await madeOnce('ResourceInUseException', scope, scope.aws.kinesis.CreateStream(input));
      scope.begun(name);
      await bring(name, wanted, scope);
      return madeStream(name, scope);
    },
    async update(StreamName, properties, before, scope) {
      checkSettings(properties);
      refuseProperties(properties, UNBUILT);
      await bring(StreamName, newSettings(properties, before), scope);
      const TagKeys = tagsGone(properties, before, scope);
      if (TagKeys.length > 0) await scope.aws.kinesis.RemoveTagsFromStream({ StreamName, TagKeys });
      const Tags = ownTags(properties, scope);
      if (Object.keys(Tags).length > 0) await scope.aws.kinesis.AddTagsToStream({ StreamName, Tags });
      return madeStream(StreamName, scope);
    },
    delete: (StreamName, _, { aws }) =>
      isGone(GONE, aws.kinesis.DeleteStream({ StreamName, EnforceConsumerDeletion: true })),
    async read(StreamName, properties, { aws }) {
      const found = await ifThere(GONE, aws.kinesis.DescribeStreamSummary({ StreamName }));
      if (found === undefined) return undefined;
      const { StreamDescriptionSummary: stream } = found;
      const { Tags } = await aws.kinesis.ListTagsForStream({ StreamName });
      const metrics = stream.EnhancedMonitoring[0]?.ShardLevelMetrics ?? [];
      const isAll = settingsOf(properties).metrics.includes('ALL') && metrics.length === 7;
      return {
        Name: StreamName,
        RetentionPeriodHours: stream.RetentionPeriodHours,
        MaxRecordSizeInKiB: stream.MaxRecordSizeInKiB,
        StreamModeDetails: stream.StreamModeDetails,
        ...(stream.StreamModeDetails?.StreamMode === 'PROVISIONED' && { ShardCount: stream.OpenShardCount }),
        DesiredShardLevelMetrics: isAll ? ['ALL'] : metrics,
        StreamEncryption: stream.KeyId === undefined ? undefined : { EncryptionType: 'KMS', KeyId: stream.KeyId },
        Tags,
      };
    },
  },
  'AWS::Kinesis::StreamConsumer': {
    async create(properties, scope) {
      const input = { StreamARN: String(properties.StreamARN), ConsumerName: String(properties.ConsumerName) };
      const Tags = ownTags(properties, scope);
      const given = { ...input, ...(Object.keys(Tags).length > 0 && { Tags }) };
      await madeOnce('ResourceInUseException', scope, scope.aws.kinesis.RegisterStreamConsumer(given));
      return madeConsumer(input, scope);
    },
    delete: (ConsumerARN, _, { aws }) => isGone(GONE, aws.kinesis.DeregisterStreamConsumer({ ConsumerARN })),
    async read(ConsumerARN, _, { aws }) {
      const found = await ifThere(GONE, aws.kinesis.DescribeStreamConsumer({ ConsumerARN }));
      if (found === undefined) return undefined;
      const { StreamARN, ConsumerName } = found.ConsumerDescription;
      const { Tags = [] } = await aws.kinesis.ListTagsForResource({ ResourceARN: ConsumerARN });
      return { StreamARN, ConsumerName, ...(Tags.length > 0 && { Tags }) };
    },
  },
};
