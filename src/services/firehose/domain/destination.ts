/** Destinations: their defaults, what an update changes, how they are described, and what of them the work asks for. */
import { MIB, type Millis, SECOND } from '#kernel/base';
import type {
  CloudWatchLoggingOptions,
  DestinationDescription,
  ExtendedS3DestinationConfiguration,
  ExtendedS3DestinationUpdate,
  ProcessingConfiguration,
  S3DestinationConfiguration,
  S3DestinationDescription,
} from '#models/firehose';
import {
  HEC_TIMEOUT_SECONDS,
  HTTP_BUFFER,
  HTTP_RECORDS_MAX,
  HTTP_RETRY_SECONDS,
  PARTITIONED_BUFFER,
  S3_BUFFER,
  SPLUNK_BUFFER,
  SPLUNK_RETRY_SECONDS,
} from '../limits.ts';
import type { BufferKind, Destination } from '../state.ts';
import { DESTINATION_ID } from './names.ts';
import { lambdaBuffering, type Processors, processorsOf, withDefaults } from './processors.ts';

/** A bucket and how objects are written to it. */
export type BucketSettings = S3DestinationConfiguration &
  Pick<ExtendedS3DestinationConfiguration, 'FileExtension' | 'CustomTimeZone'>;

const NO_LOGGING: CloudWatchLoggingOptions = { Enabled: false };

function filledBucket<Settings extends BucketSettings>(settings: Settings): Settings {
  return {
    ...settings,
    BufferingHints: { ...S3_BUFFER, ...settings.BufferingHints },
    CompressionFormat: settings.CompressionFormat ?? 'UNCOMPRESSED',
    EncryptionConfiguration: settings.EncryptionConfiguration ?? { NoEncryptionConfig: 'NoEncryption' },
    CloudWatchLoggingOptions: settings.CloudWatchLoggingOptions ?? NO_LOGGING,
  };
}

const filledProcessing = (processing: ProcessingConfiguration | undefined, kind: Destination['kind'], role: string) =>
  processing === undefined ? {} : { ProcessingConfiguration: withDefaults(processing, kind, role) };

/** A configuration with its defaults. */
export function filled(destination: Destination): Destination {
  const { kind } = destination;
  if (kind === 's3') {
    const base = isDynamic(destination) ? PARTITIONED_BUFFER : S3_BUFFER;
    const { BufferingHints } = destination.settings;
    const settings = filledBucket({ ...destination.settings, BufferingHints: { ...base, ...BufferingHints } });
    const { S3BackupConfiguration: backup } = settings;
    return {
      ...destination,
      settings: {
        ...settings,
        ...(!destination.isPlain && { S3BackupMode: settings.S3BackupMode ?? 'Disabled' }),
        ...(backup !== undefined && { S3BackupConfiguration: filledBucket(backup) }),
        ...filledProcessing(settings.ProcessingConfiguration, kind, settings.RoleARN),
      },
    };
  }
  const role = rolePart(destination);
  if (kind === 'http') {
    const { settings } = destination;
    return {
      kind,
      settings: {
        ...settings,
        BufferingHints: { ...HTTP_BUFFER, ...settings.BufferingHints },
        CloudWatchLoggingOptions: settings.CloudWatchLoggingOptions ?? NO_LOGGING,
        RequestConfiguration: { ContentEncoding: 'NONE', CommonAttributes: [], ...settings.RequestConfiguration },
        RetryOptions: { DurationInSeconds: HTTP_RETRY_SECONDS, ...settings.RetryOptions },
        S3BackupMode: settings.S3BackupMode ?? 'FailedDataOnly',
        S3Configuration: filledBucket(settings.S3Configuration),
        ...filledProcessing(settings.ProcessingConfiguration, kind, role),
      },
    };
  }
  const { settings } = destination;
  return {
    kind,
    settings: {
      ...settings,
      BufferingHints: { ...SPLUNK_BUFFER, ...settings.BufferingHints },
      CloudWatchLoggingOptions: settings.CloudWatchLoggingOptions ?? NO_LOGGING,
      HECAcknowledgmentTimeoutInSeconds: settings.HECAcknowledgmentTimeoutInSeconds ?? HEC_TIMEOUT_SECONDS,
      RetryOptions: { DurationInSeconds: SPLUNK_RETRY_SECONDS, ...settings.RetryOptions },
      S3BackupMode: settings.S3BackupMode ?? 'FailedEventsOnly',
      S3Configuration: filledBucket(settings.S3Configuration),
      ...filledProcessing(settings.ProcessingConfiguration, kind, role),
    },
  };
}

function rolePart({ settings }: Exclude<Destination, { kind: 's3' }>): string {
  return ('RoleARN' in settings ? settings.RoleARN : undefined) ?? settings.S3Configuration.RoleARN;
}

/** What an update leaves of a destination of its kind: members that it doesn't name stay. */
export function updated(
  before: Destination,
  update: ExtendedS3DestinationUpdate & { S3Update?: Partial<S3DestinationConfiguration> },
): Destination {
  const { S3BackupUpdate, S3Update, ...rest } = update;
  if (before.kind === 's3') {
    const backup = { ...before.settings.S3BackupConfiguration, ...S3BackupUpdate };
    const settings = {
      ...before.settings,
      ...rest,
      ...('RoleARN' in backup && { S3BackupConfiguration: backup as S3DestinationConfiguration }),
    };
    return filled({ ...before, settings } as Destination);
  }
  const S3Configuration = { ...before.settings.S3Configuration, ...S3Update };
  return filled({ ...before, settings: { ...before.settings, ...rest, S3Configuration } } as Destination);
}

/** As DescribeDeliveryStream shows it. Secrets are left out. */
export function described(destination: Destination): DestinationDescription {
  const base = { DestinationId: DESTINATION_ID };
  if (destination.kind === 's3') {
    const { S3BackupConfiguration, ...rest } = destination.settings;
    const S3DestinationDescription = bucketDescription(rest);
    if (destination.isPlain) return { ...base, S3DestinationDescription };
    const more = S3BackupConfiguration && { S3BackupDescription: bucketDescription(S3BackupConfiguration) };
    return {
      ...base,
      S3DestinationDescription,
      ExtendedS3DestinationDescription: { ...rest, ...S3DestinationDescription, ...more },
    };
  }
  const S3DestinationDescription = bucketDescription(destination.settings.S3Configuration);
  if (destination.kind === 'splunk') {
    const { S3Configuration: _, ...rest } = destination.settings;
    return { ...base, SplunkDestinationDescription: { ...rest, S3DestinationDescription } };
  }
  const { S3Configuration: _, EndpointConfiguration: given, ...rest } = destination.settings;
  const { AccessKey: __, ...EndpointConfiguration } = given;
  const HttpEndpointDestinationDescription = { ...rest, EndpointConfiguration, S3DestinationDescription };
  return { ...base, HttpEndpointDestinationDescription };
}

/** Of a bucket whose defaults are filled in. */
function bucketDescription(settings: BucketSettings): S3DestinationDescription {
  const { RoleARN, BucketARN, Prefix, ErrorOutputPrefix, CloudWatchLoggingOptions } = settings;
  const { BufferingHints = {}, CompressionFormat = 'UNCOMPRESSED', EncryptionConfiguration = {} } = settings;
  return {
    RoleARN,
    BucketARN,
    ...(Prefix !== undefined && { Prefix }),
    ...(ErrorOutputPrefix !== undefined && { ErrorOutputPrefix }),
    BufferingHints,
    CompressionFormat,
    EncryptionConfiguration,
    ...(CloudWatchLoggingOptions !== undefined && { CloudWatchLoggingOptions }),
  };
}

/** The bucket to which a buffer's records go. */
export function bucketFor(destination: Destination, kind: BufferKind): BucketSettings {
  if (destination.kind !== 's3') return destination.settings.S3Configuration;
  const { settings } = destination;
  return kind === 'backup' ? (settings.S3BackupConfiguration ?? settings) : settings;
}

/** Whether everything that comes is kept in a bucket as it came. */
export function backsUp({ settings: { S3BackupMode: mode } }: Destination): boolean {
  return mode === 'Enabled' || mode === 'AllData' || mode === 'AllEvents';
}

/** The processors of a destination, those that are enabled. */
export function processing({ settings }: Destination): Processors | undefined {
  return processorsOf(settings.ProcessingConfiguration);
}

/** Whether records are kept apart by what they say. */
export function isDynamic(destination: Destination): boolean {
  return destination.kind === 's3' && destination.settings.DynamicPartitioningConfiguration?.Enabled === true;
}

/** How many records are delivered together at most. */
export const recordsOf = (destination: Destination, kind: BufferKind) =>
  kind === 'out' && destination.kind === 'http' ? HTTP_RECORDS_MAX : Number.POSITIVE_INFINITY;

/** When a buffer is cut: from so many bytes on, or when its oldest record has waited so long. */
export function bufferingOf(destination: Destination, kind: BufferKind): { size: number; interval: Millis } {
  const hints =
    kind === 'in'
      ? lambdaBuffering(processing(destination))
      : kind === 'out'
        ? destination.settings.BufferingHints
        : bucketFor(destination, kind).BufferingHints;
  const { SizeInMBs, IntervalInSeconds } = { ...S3_BUFFER, ...hints };
  return { size: Math.round(SizeInMBs * MIB), interval: IntervalInSeconds * SECOND };
}
