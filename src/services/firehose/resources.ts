/** Firehose's type of CloudFormation. */
import type { InputOf, Made, Properties, ResourceScope, ResourceTypes } from '#kernel/contract';
import { ifThere, isGone, madeOnce, tagListOf, tagsGone } from '#kernel/contract';

type Create = InputOf<'firehose', 'CreateDeliveryStream'>;
type Update = InputOf<'firehose', 'UpdateDestination'>;
type Value = { readonly [name: string]: unknown };

const GONE = 'ResourceNotFoundException';

/** What a bucket's settings go back to that a template no longer has. */
const BUCKET: Value = {
  Prefix: '',
  ErrorOutputPrefix: '',
  BufferingHints: { SizeInMBs: 5, IntervalInSeconds: 300 },
  CompressionFormat: 'UNCOMPRESSED',
  EncryptionConfiguration: { NoEncryptionConfig: 'NoEncryption' },
  CloudWatchLoggingOptions: { Enabled: false },
};
const COMMON: Value = { ProcessingConfiguration: { Enabled: false }, CloudWatchLoggingOptions: { Enabled: false } };

/** The same of each destination, by the beginning of its name. */
const DEFAULTS: { readonly [destination: string]: Value } = {
  S3Destination: BUCKET,
  ExtendedS3Destination: { ...BUCKET, ...COMMON, S3BackupMode: 'Disabled', FileExtension: '', CustomTimeZone: 'UTC' },
  HttpEndpointDestination: {
    ...COMMON,
    BufferingHints: BUCKET.BufferingHints,
    RequestConfiguration: { ContentEncoding: 'NONE', CommonAttributes: [] },
    RetryOptions: { DurationInSeconds: 300 },
    S3BackupMode: 'FailedDataOnly',
  },
  SplunkDestination: {
    ...COMMON,
    BufferingHints: { SizeInMBs: 5, IntervalInSeconds: 60 },
    HECAcknowledgmentTimeoutInSeconds: 180,
    RetryOptions: { DurationInSeconds: 3_600 },
    S3BackupMode: 'FailedEventsOnly',
  },
};

/** The destination that a template has: its name without `Configuration`, and its settings. */
function destinationOf(properties: Properties): [string, Value] {
  const [[name, value] = ['', {}]] = Object.entries(properties).filter(([one]) =>
    one.endsWith('DestinationConfiguration'),
  );
  return [name.replace(/Configuration$/, ''), value as Value];
}

/** A configuration as an update has it: whole, and with other names for the buckets in it. */
function updateOf(name: string, settings: Value): Value {
  const { S3Configuration, S3BackupConfiguration, DynamicPartitioningConfiguration, ...rest } = settings;
  const isDynamic = (DynamicPartitioningConfiguration as { Enabled?: boolean } | undefined)?.Enabled === true;
  const { BufferingHints: hints, ...defaults } = DEFAULTS[name] ?? {};
  const bucket = (value: unknown) => ({ ...BUCKET, ...(value as Value) });
  return {
    ...defaults,
    BufferingHints: isDynamic ? { SizeInMBs: 128, IntervalInSeconds: 300 } : hints,
    ...rest,
    ...(DynamicPartitioningConfiguration !== undefined && { DynamicPartitioningConfiguration }),
    ...(S3Configuration !== undefined && { S3Update: bucket(S3Configuration) }),
    ...(S3BackupConfiguration !== undefined && { S3BackupUpdate: bucket(S3BackupConfiguration) }),
  };
}

async function changeDestination(DeliveryStreamName: string, properties: Properties, { aws }: ResourceScope) {
  const [name, settings] = destinationOf(properties);
  const { DeliveryStreamDescription: shown } = await aws.firehose.DescribeDeliveryStream({ DeliveryStreamName });
  await aws.firehose.UpdateDestination({
    DeliveryStreamName,
    CurrentDeliveryStreamVersionId: shown.VersionId,
    DestinationId: shown.Destinations[0]?.DestinationId ?? '',
    [`${name}Update`]: updateOf(name, settings),
  } as Update);
}

async function changeEncryption(
  DeliveryStreamName: string,
  { DeliveryStreamEncryptionConfigurationInput: wanted }: Properties,
  { DeliveryStreamEncryptionConfigurationInput: before }: Properties,
  { aws }: ResourceScope,
) {
  if (JSON.stringify(wanted) === JSON.stringify(before)) return;
  if (wanted === undefined) await aws.firehose.StopDeliveryStreamEncryption({ DeliveryStreamName });
  else
    await aws.firehose.StartDeliveryStreamEncryption({
      DeliveryStreamName,
      DeliveryStreamEncryptionConfigurationInput: wanted as NonNullable<
        Create['DeliveryStreamEncryptionConfigurationInput']
      >,
    });
}

function made(name: string, { partition, region, account }: ResourceScope): Made {
  return { id: name, attributes: { Arn: `arn:${partition}:firehose:${region}:${account}:deliverystream/${name}` } };
}

/** Members that are described under other names. */
const SHOWN: { readonly [name: string]: string } = {
  S3Configuration: 'S3DestinationDescription',
  S3BackupConfiguration: 'S3BackupDescription',
};

/** Of what was found, what the template asks for: the rest are defaults, and no drift. */
function asAsked(asked: unknown, found: unknown): unknown {
  if (Array.isArray(asked) && Array.isArray(found)) {
    // AWS adds the defaults of a processor's parameters.
    const named = (one: unknown) => (one as { ParameterName?: string }).ParameterName;
    const same = asked.map((one, at) =>
      named(one) === undefined ? at : found.findIndex((f) => named(f) === named(one)),
    );
    return found.length < asked.length ? found : asked.map((one, at) => asAsked(one, found[same[at] ?? at]));
  }
  if (typeof asked !== 'object' || asked === null || typeof found !== 'object' || found === null) return found;
  return Object.fromEntries(
    Object.entries(asked).map(([name, value]) => {
      const shown = (found as Value)[SHOWN[name] ?? name];
      // What is secret is not told.
      return [name, name === 'AccessKey' ? value : asAsked(value, shown)];
    }),
  );
}

export const resources: ResourceTypes = {
  'AWS::KinesisFirehose::DeliveryStream': {
    async create(properties, scope) {
      const name = String(properties.DeliveryStreamName ?? scope.name(64));
      const Tags = tagListOf(properties, scope);
      const { Tags: _, ...given } = properties;
      const input = { ...given, DeliveryStreamName: name, ...(Tags.length > 0 && { Tags }) } as Create;
      // Source of this text and of AllowForceDelete: AWS's own handler of the type (aws-cloudformation/aws-cloudformation-resource-providers-kinesisfirehose).
      await madeOnce(
        'ResourceInUseException',
        scope,
        scope.aws.firehose.CreateDeliveryStream(input),
        `Firehose already exists with the name: ${name}`,
      );
      return made(name, scope);
    },
    async update(name, properties, before, scope) {
      const { firehose } = scope.aws;
      if (JSON.stringify(destinationOf(properties)) !== JSON.stringify(destinationOf(before)))
        await changeDestination(name, properties, scope);
      await changeEncryption(name, properties, before, scope);
      const TagKeys = tagsGone(properties, before, scope);
      if (TagKeys.length > 0) await firehose.UntagDeliveryStream({ DeliveryStreamName: name, TagKeys });
      const Tags = tagListOf(properties, scope);
      if (Tags.length > 0) await firehose.TagDeliveryStream({ DeliveryStreamName: name, Tags });
      return made(name, scope);
    },
    delete: (DeliveryStreamName, _, { aws }) =>
      isGone(GONE, aws.firehose.DeleteDeliveryStream({ DeliveryStreamName, AllowForceDelete: true })),
    async read(DeliveryStreamName, properties, { aws }) {
      const found = await ifThere(GONE, aws.firehose.DescribeDeliveryStream({ DeliveryStreamName }));
      if (found === undefined) return undefined;
      const [name, settings] = destinationOf(properties);
      const { Destinations } = found.DeliveryStreamDescription;
      const shown = Destinations[0]?.[`${name}Description` as keyof (typeof Destinations)[0]];
      const { Tags } = await aws.firehose.ListTagsForDeliveryStream({ DeliveryStreamName });
      return {
        ...properties,
        DeliveryStreamName,
        ...(name !== '' && { [`${name}Configuration`]: asAsked(settings, shown) }),
        ...(Tags.length > 0 && { Tags }),
      };
    },
  },
};
