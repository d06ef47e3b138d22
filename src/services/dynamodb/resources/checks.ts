/**
 * What the handlers of CloudFormation's tables refuse themselves, before DynamoDB is asked.
 *
 * Source: badmintoncryer/cdk-preflight, as measured at AWS in September 2026, where nothing else is said.
 */
import { parseArn } from '#kernel/base';
import { notBuilt, type Properties, ServiceError } from '#kernel/contract';

const wrong = (message: string) => new ServiceError('InvalidRequest', message);
const invalid = (message: string) => wrong(`Invalid request provided: ${message}`);

type Keyed = { readonly KeySchema?: readonly { readonly AttributeName: string }[] };
type Index = Keyed & { readonly IndexName?: string; readonly ProvisionedThroughput?: object };
type Wanted = Keyed & {
  readonly AttributeDefinitions?: readonly { readonly AttributeName: string }[];
  readonly BillingMode?: string;
  readonly GlobalSecondaryIndexes?: readonly Index[];
  readonly LocalSecondaryIndexes?: readonly Index[];
  readonly OnDemandThroughput?: Properties;
  readonly PointInTimeRecoverySpecification?: Properties;
  readonly ProvisionedThroughput?: object;
  readonly TableClass?: string;
};

/** @throws {ServiceError} InvalidRequest, for a table that no template can have */
export function checkTable(properties: Properties): void {
  const wanted = properties as Wanted;
  checkDefinitions(wanted);
  checkBilling(wanted);
  const { PointInTimeRecoverySpecification: recovery, TableClass: tableClass } = wanted;
  if (recovery?.RecoveryPeriodInDays !== undefined && recovery.PointInTimeRecoveryEnabled !== true)
    throw wrong('Cannot set RecoveryPeriodInDays property when PointInTimeRecoveryEnabled is false');
  if (tableClass !== undefined && !/^STANDARD(_INFREQUENT_ACCESS)?$/.test(tableClass))
    throw invalid('The only valid values for TableClass are STANDARD and STANDARD_INFREQUENT_ACCESS');
}

/** Definitions are those of keys; also pulumi/pulumi-aws-native, issue 729. */
function checkDefinitions(wanted: Wanted): void {
  const { AttributeDefinitions: definitions, LocalSecondaryIndexes: local = [] } = wanted;
  const { GlobalSecondaryIndexes: global = [] } = wanted;
  if (definitions === undefined) return;
  const defined = new Set(definitions.map((one) => one.AttributeName));
  const used = new Set(
    [wanted, ...local, ...global].flatMap(({ KeySchema: keys }) =>
      Array.isArray(keys) ? keys.map((one) => one.AttributeName) : [],
    ),
  );
  if (defined.size < definitions.length) throw wrong('An attribute appears more than once in AttributeDefinitions');
  if ([...used].some((name) => !defined.has(name)))
    throw wrong('An attribute referenced in a KeySchema element is not defined in AttributeDefinitions');
  if (used.size < defined.size)
    throw wrong(
      'Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions',
    );
}

/** Of a table whose items are to expire by no attribute. */
export const namelessExpiry = () =>
  invalid(
    'AttributeName property of TimeToLiveSpecification is required when TTL status is enabled or when enabling TTL.',
  );

function checkBilling(wanted: Wanted): void {
  const { BillingMode: billing = 'PROVISIONED', OnDemandThroughput: limits = {} } = wanted;
  const provisioned = [wanted, ...(wanted.GlobalSecondaryIndexes ?? [])].map((one) => one.ProvisionedThroughput);
  if (billing === 'PAY_PER_REQUEST' && provisioned.some((one) => one !== undefined))
    throw wrong("Property ProvisionedThroughput can't be used with PAY_PER_REQUEST BillingMode.");
  if (billing !== 'PROVISIONED') return;
  if (provisioned.includes(undefined)) throw wrong('Property ProvisionedThroughput cannot be empty');
  const [limit] = Object.keys(limits);
  if (limit !== undefined)
    throw wrong(`Property ${limit} for OnDemandThroughput can't be used with PROVISIONED BillingMode.`);
}

type Read = {
  readonly ReadProvisionedThroughputSettings?: Properties;
  readonly ReadOnDemandThroughputSettings?: object;
};
type Write = {
  readonly WriteOnDemandThroughputSettings?: object;
  readonly WriteProvisionedThroughputSettings?: object;
};
type Replica = Read & {
  readonly GlobalSecondaryIndexes?: readonly (Read & { readonly IndexName?: string })[];
  readonly GlobalTableSettingsReplicationMode?: string;
  readonly KinesisStreamSpecification?: { readonly StreamArn: string };
  readonly Region: string;
  readonly SSESpecification?: object;
};
type Global = Read &
  Write & {
    readonly BillingMode?: string;
    readonly GlobalSecondaryIndexes?: readonly (Read & Write & { readonly IndexName?: string })[];
    readonly GlobalTableWitnesses?: readonly { readonly Region?: string }[];
    readonly LocalSecondaryIndexes?: readonly unknown[];
    readonly MultiRegionConsistency?: string;
    readonly Replicas: readonly Replica[];
    readonly StreamSpecification?: object;
    readonly TimeToLiveSpecification?: { readonly Enabled?: boolean };
  };

/** @throws {ServiceError} InvalidRequest, for a table with replicas that no template can have; NotImplemented */
export function checkGlobalTable(properties: Properties, region: string): void {
  const wanted = properties as unknown as Global;
  const { GlobalSecondaryIndexes: indexes = [], Replicas: replicas } = wanted;
  if (!replicas.some((one) => one.Region === region))
    throw invalid('The Replicas section must contain an entry for the current region');
  if (wanted.MultiRegionConsistency === 'STRONG') refuseStrong(wanted);
  if ((wanted.GlobalTableWitnesses ?? []).length > 0)
    throw wrong('Witnesses are not supported for global tables with MultiRegionConsistency set to EVENTUAL');
  checkGlobalBilling(wanted);
  if (replicas.length > 1 && wanted.StreamSpecification === undefined)
    throw invalid('You must specify StreamSpecification for a global table.');
  const sealed = replicas.filter((one) => one.SSESpecification !== undefined).length;
  if (sealed > 0 && sealed < replicas.length)
    throw invalid('Either all replicas have a KMS key id specified, or no one of them.');
  for (const { Region, GlobalSecondaryIndexes: own = [], KinesisStreamSpecification: stream } of replicas) {
    const strange = own.filter((one) => !indexes.some(({ IndexName }) => IndexName === one.IndexName));
    if (strange.length > 0)
      throw invalid(
        `IndexNames [${strange.map((one) => one.IndexName).join(', ')}] in ReplicaSpecification must refer to an existing index name`,
      );
    if (stream !== undefined && parseArn(stream.StreamArn)?.region !== Region)
      throw invalid(
        'To enable Kinesis Data Stream in DynamoDBTable, both the stream and table must be in the same region.',
      );
  }
}

function checkGlobalBilling(wanted: Global): void {
  const { BillingMode: billing = 'PROVISIONED', GlobalSecondaryIndexes: indexes = [], Replicas: replicas } = wanted;
  const reads = replicas.flatMap((one) => [one, ...(one.GlobalSecondaryIndexes ?? [])]);
  for (const { ReadProvisionedThroughputSettings: read } of reads)
    if (read?.ReadCapacityUnits !== undefined && read.ReadCapacityAutoScalingSettings !== undefined)
      throw invalid(
        'You cannot specify both ReadCapacityUnits and ReadCapacityAutoScalingSettings at the same time for one replica or GSI.',
      );
  const writes = [wanted, ...indexes];
  const isProvisioned = ({ WriteProvisionedThroughputSettings: write }: Write) => write !== undefined;
  if (billing === 'PROVISIONED') {
    if (!writes.every(isProvisioned))
      throw invalid(
        'You must specify write AutoScale settings for the global table and each of its GSIs when BillingMode is Provisioned',
      );
    if (wanted.WriteOnDemandThroughputSettings !== undefined)
      throw wrong('WriteOnDemandThroughputSettings cannot be specified for table when BillingMode is PROVISIONED');
  } else if (
    writes.some(isProvisioned) ||
    [...writes, ...reads].some((one) => one.ReadProvisionedThroughputSettings !== undefined)
  )
    throw invalid('Read or Write ProvisionedThroughputSettings cannot be used with PAY_PER_REQUEST BillingMode.');
  const isReplicated = replicas.some((one) => one.GlobalTableSettingsReplicationMode === 'ENABLED');
  if (wanted.ReadOnDemandThroughputSettings !== undefined && !isReplicated)
    throw invalid(
      'Table level ReadOnDemandThroughput settings cannot be set when Global Table Settings Replication is not ENABLED. Please enable Global Table Settings Replication on a replica or remove table-level ReadOnDemandThroughput settings.',
    );
}

/** Replicas and the witness of a strongly consistent table. */
const STRONG_REGIONS = 3;

function refuseStrong({
  GlobalTableWitnesses,
  LocalSecondaryIndexes,
  Replicas,
  TimeToLiveSpecification,
}: Global): never {
  const unsupported = (what: string) =>
    wrong(`${what} not supported for global tables with MultiRegionConsistency set to STRONG`);
  if ((LocalSecondaryIndexes ?? []).length > 0) throw unsupported('Local secondary indexes are');
  if (TimeToLiveSpecification?.Enabled === true) throw unsupported('Time To Live is');
  if (Replicas.length + (GlobalTableWitnesses ?? []).length !== STRONG_REGIONS)
    throw wrong('Unsupported replica count for global tables with MultiRegionConsistency set to STRONG');
  throw notBuilt('strong consistency over Regions');
}
