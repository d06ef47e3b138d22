/** What a request configures: which destination, and whether it may be so. */
import { parseArn } from '#kernel/base';
import { type Ctx, notBuilt, ServiceError } from '#kernel/contract';
import type {
  BufferingHints,
  CloudWatchLoggingOptions,
  CreateDeliveryStreamInput,
  DataFormatConversionConfiguration,
  ExtendedS3DestinationConfiguration,
  HttpEndpointDestinationConfiguration,
  S3DestinationConfiguration,
  UpdateDestinationInput,
} from '#models/firehose';
import { buckets } from '#services/s3/port';
import { bucketKeyElsewhere, invalid } from '../errors.ts';
import { PARTITIONED_SIZE_MIN } from '../limits.ts';
import type { Destination } from '../state.ts';
import { bucketFor, isDynamic, processing } from './destination.ts';
import { isZone } from './moment.ts';
import { rolesOf } from './names.ts';
import { checkPrefixes } from './prefix.ts';
import { checkProcessors } from './processors.ts';
import { checkQuery } from './query.ts';
import { assumeRole } from './trouble.ts';

/** By the beginning of their members: destinations that AWS has and Cloudyard has not. */
const UNBUILT: { readonly [start: string]: string } = {
  RedshiftDestination: 'Redshift',
  ElasticsearchDestination: 'Amazon OpenSearch Service (ElasticsearchDestinationConfiguration)',
  AmazonopensearchserviceDestination: 'Amazon OpenSearch Service',
  AmazonOpenSearchServerlessDestination: 'Amazon OpenSearch Serverless',
  SnowflakeDestination: 'Snowflake',
  IcebergDestination: 'Apache Iceberg tables',
};

/** Sources other than calls of PutRecord. */
const SOURCES: { readonly [type: string]: string } = {
  MSKAsSource: 'Amazon MSK',
  DatabaseAsSource: 'databases',
};

/** A stream of Kinesis that a stream of another type names is passed over. @throws {ServiceError} InvalidArgumentException */
export function checkSource(input: CreateDeliveryStreamInput): void {
  const { DeliveryStreamType: type = 'DirectPut' } = input;
  const source = SOURCES[type];
  if (source !== undefined) throw notBuilt(`Firehose streams with ${source} as their source (${type})`);
  if (input.MSKSourceConfiguration !== undefined || input.DatabaseSourceConfiguration !== undefined)
    throw invalid(`The source configuration is not applicable for the stream type ${type}.`);
}

/** The one destination of a request. @throws {ServiceError} InvalidArgumentException */
export function readDestination(input: CreateDeliveryStreamInput): Destination {
  const named = Object.keys(input).filter((name) => name.endsWith('DestinationConfiguration'));
  if (named.length !== 1) throw invalid('Exactly one destination configuration is supported for a Firehose');
  refuseUnbuilt(named);
  const { S3DestinationConfiguration: plain, ExtendedS3DestinationConfiguration: extended } = input;
  const { HttpEndpointDestinationConfiguration: http, SplunkDestinationConfiguration: splunk } = input;
  if (plain !== undefined) return { kind: 's3', isPlain: true, settings: plain };
  if (extended !== undefined) return { kind: 's3', isPlain: false, settings: extended };
  if (http !== undefined) return { kind: 'http', settings: http };
  if (splunk !== undefined) return { kind: 'splunk', settings: splunk };
  throw invalid('Exactly one destination configuration is supported for a Firehose');
}

/** Refuses what has no effect here. @throws {ServiceError} InvalidArgumentException */
export function refuseUnbuilt(members: readonly string[]): void {
  for (const [start, what] of Object.entries(UNBUILT))
    if (members.some((name) => name.startsWith(start))) throw notBuilt(`delivery to ${what}`);
}

const KINDS = {
  s3: 'ExtendedS3DestinationUpdate',
  http: 'HttpEndpointDestinationUpdate',
  splunk: 'SplunkDestinationUpdate',
};

/** The change that an update asks of a destination. @throws {ServiceError} InvalidArgumentException */
export function readUpdate(input: UpdateDestinationInput, { kind }: Destination): object {
  const named = Object.entries(input).filter(([name]) => name.endsWith('DestinationUpdate'));
  if (named.length !== 1) throw invalid('Exactly one destination update is supported for a Firehose');
  refuseUnbuilt(named.map(([name]) => name));
  const [[name, update] = ['', {}]] = named;
  if (name !== KINDS[kind] && !(kind === 's3' && name === 'S3DestinationUpdate'))
    throw notBuilt('changes of a destination to one of another type');
  return update as object;
}

/** Sees that a destination can be. @throws {ServiceError} InvalidArgumentException */
export async function checkDestination(destination: Destination, ctx: Ctx): Promise<void> {
  const dynamic = isDynamic(destination);
  if (destination.kind === 's3') checkExtended(destination.settings, dynamic);
  else {
    const { settings } = destination;
    checkBucket(settings.S3Configuration, false);
    checkHints(settings.BufferingHints);
    checkLogging(settings.CloudWatchLoggingOptions);
    checkSecret(destination, ctx);
    if (destination.kind === 'http') checkAttributes(destination.settings);
  }
  checkProcessors(destination.settings.ProcessingConfiguration, dynamic);
  const query = processing(destination)?.MetadataExtraction?.MetadataExtractionQuery;
  if (query !== undefined) await checkQuery(query, bucketFor(destination, 'out').Prefix ?? '');
  for (const bucket of bucketsOf(destination)) checkKey(bucket, ctx);
  for (const role of rolesOf(destination.settings))
    try {
      await assumeRole(role, ctx);
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      throw invalid(`Firehose is unable to assume role ${role}. Please check the role provided.`);
    }
}

function bucketsOf({ kind, settings }: Destination): S3DestinationConfiguration[] {
  if (kind !== 's3') return [settings.S3Configuration];
  return [settings, ...(settings.S3BackupConfiguration === undefined ? [] : [settings.S3BackupConfiguration])];
}

/** A bucket's key is of its Region. */
function checkKey({ BucketARN, EncryptionConfiguration: encryption }: S3DestinationConfiguration, ctx: Ctx): void {
  const key = encryption?.KMSEncryptionConfig?.AWSKMSKeyARN;
  const name = parseArn(BucketARN)?.resource ?? '';
  const place = ctx.store.get(buckets, { name })?.region ?? ctx.region;
  const { region = place } = parseArn(key ?? '') ?? {};
  if (key !== undefined && region !== place) throw bucketKeyElsewhere(key, region, place);
}

function checkExtended(settings: ExtendedS3DestinationConfiguration, dynamic: boolean): void {
  const { DataFormatConversionConfiguration: conversion, S3BackupConfiguration: backup, CustomTimeZone } = settings;
  if (conversion !== undefined && conversion.Enabled !== false) {
    checkConversion(conversion, settings.CompressionFormat);
    throw notBuilt('conversion of records to Parquet and ORC (DataFormatConversionConfiguration)');
  }
  checkBucket(settings, dynamic);
  if (backup !== undefined) checkBucket(backup, false);
  else if (settings.S3BackupMode === 'Enabled')
    throw invalid('S3 backup destination configuration is required when enabling S3 backup.');
  if (CustomTimeZone !== undefined && CustomTimeZone !== '' && !isSupportedZone(CustomTimeZone))
    throw invalid(
      'Provided custom time zone is not supported. Custom time zones are limited to UTC and non-3-letter IANA time zones.',
    );
  if (!dynamic) return;
  const { SizeInMBs = PARTITIONED_SIZE_MIN } = settings.BufferingHints ?? {};
  if (SizeInMBs < PARTITIONED_SIZE_MIN)
    throw invalid(
      `BufferingHints.SizeInMBs must be at least ${PARTITIONED_SIZE_MIN} when Dynamic Partitioning is enabled.`,
    );
}

/** Of what is not built, what could never be. Source: badmintoncryer/cdk-preflight, measured in September 2026. */
function checkConversion(conversion: DataFormatConversionConfiguration, compression = 'UNCOMPRESSED'): void {
  const {
    InputFormatConfiguration: input,
    OutputFormatConfiguration: output,
    SchemaConfiguration: schema,
  } = conversion;
  if (input === undefined) throw invalid('InputFormatConfiguration must not be null');
  if (output === undefined) throw invalid('OutputFormatConfiguration must not be null');
  if (schema === undefined) throw invalid('SchemaConfiguration must not be null');
  checkOne(input.Deserializer, 'Deserializer');
  checkOne(output.Serializer, 'Serializer');
  if (compression !== 'UNCOMPRESSED')
    throw invalid(
      "The S3 destination's compression format must be set to UNCOMPRESSED when data format conversion is enabled. To enable compression within the converted output format, set the appropriate serialization option in the output format configuration.",
    );
}

function checkOne(given: object = {}, what: 'Serializer' | 'Deserializer'): void {
  const count = Object.values(given).filter((one) => one !== undefined).length;
  if (count === 0) throw invalid(`${what} must not be null`);
  if (count > 1) throw invalid(`More than one ${what.toLowerCase()} specified. Only one may be chosen.`);
}

const isSupportedZone = (zone: string) => zone === 'UTC' || (zone.length !== 3 && isZone(zone));

function checkBucket(settings: S3DestinationConfiguration, dynamic: boolean): void {
  checkHints(settings.BufferingHints);
  checkLogging(settings.CloudWatchLoggingOptions);
  const { EncryptionConfiguration: encryption } = settings;
  if (encryption !== undefined && Object.values(encryption).filter((one) => one !== undefined).length !== 1)
    throw invalid('Exactly one of NoEncryptionConfig or KMSEncryptionConfig must be specified');
  checkPrefixes(settings.Prefix ?? '', settings.ErrorOutputPrefix ?? '', dynamic);
}

function checkLogging({ Enabled, LogGroupName: group = '' }: CloudWatchLoggingOptions = {}): void {
  if (Enabled === true && group === '')
    throw invalid('CloudWatch Log Group Name is required if CloudWatch Logging is enabled');
}

/** Source: API Reference, BufferingHints: a value for one of them asks for the other. */
function checkHints({ SizeInMBs, IntervalInSeconds }: BufferingHints = {}): void {
  if ((SizeInMBs === undefined) !== (IntervalInSeconds === undefined))
    throw invalid('Both SizeInMBs and IntervalInSeconds must be specified in BufferingHints.');
}

function checkAttributes({ RequestConfiguration: request }: HttpEndpointDestinationConfiguration): void {
  const names = (request?.CommonAttributes ?? []).map(({ AttributeName }) => AttributeName);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) throw invalid(`Http Endpoint Common Attributes have duplicate name ${twice}.`);
}

function checkSecret(destination: Exclude<Destination, { kind: 's3' }>, { region }: Ctx): void {
  const { SecretsManagerConfiguration: secret } = destination.settings;
  if (secret?.Enabled === true && secret.SecretARN === undefined) throw invalid('Invalid secret ARN: null');
  if (secret?.Enabled === true && parseArn(secret.SecretARN ?? '')?.region !== region)
    throw invalid('Cross-region secrets are not allowed. Please provide a secret in the same region as firehose');
  if (destination.kind === 'splunk' && secret?.Enabled !== true && (destination.settings.HECToken ?? '') === '')
    throw invalid('HECToken must be specified when SecretsManagerConfiguration is not enabled.');
  if (destination.kind === 'splunk' && URL.parse(destination.settings.HECEndpoint)?.protocol !== 'https:')
    throw invalid('Invalid HECEndpoint. Supported endpoint format is https://<domain>:<port>.');
  if (destination.kind === 'http' && URL.parse(destination.settings.EndpointConfiguration.Url) === null)
    throw invalid('Url of EndpointConfiguration must be a valid URL.');
}
