/** CloudFormation's tables with replicas: the one in the stack's Region is made as any table, the others are told what their replica says. */
import { isDeepStrictEqual } from 'node:util';
import type { Properties, ResourceScope, ResourceType } from '#kernel/contract';
import { ifThere, isGone, refuseProperties, ServiceError } from '#kernel/contract';
import type { OnDemandThroughput, UpdateTableInput } from '#models/dynamodb';
import { checkGlobalTable } from './checks.ts';
import { AGAIN_AFTER, type Index, pick } from './indexes.ts';
import type { Stream } from './stream.ts';
import { describe, GONE, made, setAspects, setTable, type Table, table } from './table.ts';

type Read = { ReadOnDemandThroughputSettings?: { MaxReadRequestUnits?: number } };
type Write = { WriteOnDemandThroughputSettings?: { MaxWriteRequestUnits?: number } };
type Tag = { Key: string; Value: string };
type ReplicaIndex = Read & Pick<Index, 'IndexName' | 'ContributorInsightsSpecification'>;
type Replica = Read & {
  Region: string;
  GlobalSecondaryIndexes?: readonly ReplicaIndex[];
  ReplicaStreamSpecification?: { ResourcePolicy?: NonNullable<Stream['ResourcePolicy']> };
  SSESpecification?: { KMSMasterKeyId: string };
  Tags?: readonly Tag[];
};
type GlobalTable = Write & {
  GlobalSecondaryIndexes?: readonly (Index & Read & Write)[];
  Replicas: readonly Replica[];
  SSESpecification?: { SSEEnabled: boolean };
  StreamSpecification?: Stream;
};

/** Capacity that follows its use is Application Auto Scaling's work. */
const UNBUILT = ['ReadProvisionedThroughputSettings', 'VectorIndexes', 'WriteProvisionedThroughputSettings'];
const REPLICA_UNBUILT = ['GlobalTableSettingsReplicationMode', 'ReadProvisionedThroughputSettings'];

const OF_REPLICAS = [
  'ContributorInsightsSpecification',
  'DeletionProtectionEnabled',
  'KinesisStreamSpecification',
  'PointInTimeRecoverySpecification',
  'ResourcePolicy',
  'TableClass',
];

const globalOf = (properties: Properties) => properties as unknown as GlobalTable;
const replicaIn = (properties: Properties, region: string): Replica | undefined =>
  globalOf(properties).Replicas.find((one) => one.Region === region);

/** Before anything is made. @throws {ServiceError} InvalidRequest; NotImplemented, by name */
function refuse(properties: Properties, region: string): void {
  // What another account's table has is not told again in such a template.
  refuseProperties(properties, ['GlobalTableSourceArn']);
  checkGlobalTable(properties, region);
  refuseProperties(properties, UNBUILT);
  const { GlobalSecondaryIndexes = [], Replicas } = globalOf(properties);
  for (const index of GlobalSecondaryIndexes) refuseProperties(index as unknown as Properties, UNBUILT);
  for (const one of Replicas) {
    refuseProperties(one, REPLICA_UNBUILT);
    for (const index of one.GlobalSecondaryIndexes ?? []) refuseProperties(index, REPLICA_UNBUILT);
  }
}

const indexOf = (replica: Replica | undefined, name: string | undefined) =>
  replica?.GlobalSecondaryIndexes?.find(({ IndexName }) => IndexName === name);

/** A limit of reads is a replica's own, where it has one. */
function onDemand(shared: Read & Write, own: Read | undefined): Properties {
  const read = own?.ReadOnDemandThroughputSettings ?? shared.ReadOnDemandThroughputSettings;
  const limits = {
    ...(read?.MaxReadRequestUnits !== undefined && { MaxReadRequestUnits: read.MaxReadRequestUnits }),
    ...shared.WriteOnDemandThroughputSettings,
  };
  return Object.keys(limits).length === 0 ? {} : { OnDemandThroughput: limits };
}

/** How much may be read on demand in a Region; -1 for what is not limited. */
function limitsIn(properties: Properties, region: string) {
  const shared = globalOf(properties);
  const own = replicaIn(properties, region);
  const override = (given: Read, ours: Read | undefined) => {
    const { ReadOnDemandThroughputSettings: read } = ours?.ReadOnDemandThroughputSettings === undefined ? given : ours;
    return { OnDemandThroughputOverride: { MaxReadRequestUnits: read?.MaxReadRequestUnits ?? -1 } };
  };
  const indexes = (shared.GlobalSecondaryIndexes ?? []).map((index) => ({
    IndexName: index.IndexName,
    ...override(index, indexOf(own, index.IndexName)),
  }));
  return { ...override({}, own), ...(indexes.length > 0 && { GlobalSecondaryIndexes: indexes }) };
}

const keyIn = (properties: Properties, region: string) =>
  replicaIn(properties, region)?.SSESpecification?.KMSMasterKeyId;

/** Each replica's has a policy of its own. */
function streamOf({ StreamSpecification: shared }: GlobalTable, own: Replica | undefined) {
  return shared === undefined ? {} : { StreamSpecification: { ...shared, ...own?.ReplicaStreamSpecification } };
}

/** A global table's template as that of the table in this Region. */
function localOf(properties: Properties, region: string): Properties {
  const shared = globalOf(properties);
  const own = replicaIn(properties, region);
  const indexes = shared.GlobalSecondaryIndexes?.map((index) => {
    const ours = indexOf(own, index.IndexName);
    const { ReadOnDemandThroughputSettings: _, WriteOnDemandThroughputSettings: __, ...rest } = { ...index, ...ours };
    return { ...rest, ...onDemand(index, ours) };
  });
  const without = [
    'GlobalSecondaryIndexes',
    'MultiRegionConsistency',
    'ReadOnDemandThroughputSettings',
    'Region',
    'ReplicaStreamSpecification',
    'Replicas',
    'SSESpecification',
    'WriteOnDemandThroughputSettings',
  ];
  const rest = Object.entries({ ...properties, ...own }).filter(([name]) => !without.includes(name));
  return {
    ...Object.fromEntries(rest),
    ...streamOf(shared, own),
    ...onDemand(shared, own),
    ...(indexes !== undefined && { GlobalSecondaryIndexes: indexes }),
    ...(shared.SSESpecification !== undefined && {
      SSESpecification: {
        ...shared.SSESpecification,
        ...(own?.SSESpecification !== undefined && { SSEType: 'KMS', ...own.SSESpecification }),
      },
    }),
  };
}

/** AWS::DynamoDB::GlobalTable. */
export const globalTable: ResourceType = {
  async create(properties, scope) {
    refuse(properties, scope.region);
    const done = await table.create(localOf(properties, scope.region), scope);
    await setReplicas(done.id, properties, undefined, scope);
    return done;
  },
  async update(TableName, properties, before, scope) {
    refuse(properties, scope.region);
    const wanted = localOf(properties, scope.region);
    // Keys of replicas are changed together, once it is known which there are.
    const isLater = globalOf(before).Replicas.length > 1 && keyIn(properties, scope.region) !== undefined;
    const had = { ...localOf(before, scope.region), ...(isLater && pick(['SSESpecification'], wanted)) };
    await table.update?.(TableName, wanted, had, scope);
    await setReplicas(TableName, properties, before, scope);
    return made(TableName, scope);
  },
  async delete(TableName, properties, scope) {
    const here = { ...properties, Replicas: [{ Region: scope.region }] };
    await isGone(GONE, setReplicas(TableName, here, properties, scope));
    await table.delete(TableName, properties, scope);
  },
  async read(TableName, properties, scope) {
    const { dynamodb } = scope.aws;
    const found = await ifThere(GONE, dynamodb.DescribeTable({ TableName }));
    if (found?.Table === undefined) return undefined;
    const given = globalOf(properties);
    const shared = { ...properties, Replicas: given.Replicas ?? [] };
    const elsewhere = (found.Table.Replicas ?? []).map(({ RegionName = '' }) => RegionName);
    const Replicas = [];
    for (const region of new Set([scope.region, ...elsewhere]))
      Replicas.push(await readReplica(TableName, region, replicaIn(shared, region), scope));
    const here = await table.read?.(TableName, pick(['TimeToLiveSpecification'], properties), scope);
    const limits = ({ OnDemandThroughput: has }: { OnDemandThroughput?: OnDemandThroughput | undefined }) => {
      const MaxWriteRequestUnits = has?.MaxWriteRequestUnits ?? -1;
      return MaxWriteRequestUnits === -1 ? {} : { WriteOnDemandThroughputSettings: { MaxWriteRequestUnits } };
    };
    return {
      ...properties,
      ...pick(['AttributeDefinitions', 'BillingMode', 'KeySchema', 'TableName', 'TimeToLiveSpecification'], {
        ...here,
      }),
      ...(given.StreamSpecification !== undefined && { StreamSpecification: here?.StreamSpecification }),
      ...(given.SSESpecification?.SSEEnabled === true && { SSESpecification: here?.SSESpecification }),
      ...limits(found.Table),
      GlobalSecondaryIndexes: (found.Table.GlobalSecondaryIndexes ?? []).map((index) => ({
        ...given.GlobalSecondaryIndexes?.find(({ IndexName }) => IndexName === index.IndexName),
        ...pick(['IndexName', 'KeySchema', 'Projection'], { ...index }),
        ...limits(index),
      })),
      Replicas,
    };
  },
};

/** What is read of a replica, its keys, limits and the policy of its stream aside. The stack's tags aren't its own. */
async function readReplica(TableName: string, Region: string, own: Replica | undefined, scope: ResourceScope) {
  const there = Region === scope.region ? scope : { ...scope, aws: scope.awsIn(Region), region: Region };
  const is = await table.read?.(TableName, { ...own, StreamSpecification: undefined }, there);
  const isOwn = ({ Key }: Tag) => own?.Tags?.some((one) => one.Key === Key) === true || !(Key in scope.tags);
  const tags = ((is?.Tags ?? []) as Tag[]).filter((tag) => isOwn(tag) && !tag.Key.startsWith('aws:'));
  return { ...own, Region, ...pick(OF_REPLICAS, { ...is }), ...((tags.length > 0 || own?.Tags) && { Tags: tags }) };
}

async function setReplicas(
  TableName: string,
  properties: Properties,
  before: Properties | undefined,
  scope: ResourceScope,
): Promise<void> {
  const { aws, region } = scope;
  const wanted = globalOf(properties).Replicas.filter((one) => one.Region !== region);
  const { Table } = await aws.dynamodb.DescribeTable({ TableName });
  const has = (Table?.Replicas ?? []).map(({ RegionName }) => RegionName ?? '').filter((one) => one !== region);
  const update = (change: Omit<UpdateTableInput, 'TableName'>) => aws.dynamodb.UpdateTable({ TableName, ...change });
  for (const RegionName of has.filter((one) => !wanted.some(({ Region }) => Region === one)))
    await update({ ReplicaUpdates: [{ Delete: { RegionName } }] });
  const kept = wanted.map((one) => one.Region).filter((one) => has.includes(one));
  if (before !== undefined) await setKeys(TableName, properties, before, kept, scope);
  for (const { Region: RegionName } of wanted.filter((one) => !has.includes(one.Region))) {
    const KMSMasterKeyId = keyIn(properties, RegionName);
    const limits = limitsIn(properties, RegionName);
    const isLimited = !isDeepStrictEqual(limits, limitsIn(properties, region));
    const key = KMSMasterKeyId !== undefined && { KMSMasterKeyId };
    const replica = { Create: { RegionName, ...key, ...(isLimited && limits) } };
    await update({ ReplicaUpdates: [replica] }).catch((error: unknown) => {
      if (isKeyNew(error)) scope.later(AGAIN_AFTER);
      throw error;
    });
  }
  for (const RegionName of before === undefined ? [] : kept) {
    const limits = limitsIn(properties, RegionName);
    if (!isDeepStrictEqual(limits, limitsIn(before as Properties, RegionName)))
      await update({ ReplicaUpdates: [{ Update: { RegionName, ...limits } }] });
  }
  const shared = globalOf(properties);
  for (const one of wanted) {
    const had = before && replicaIn(before, one.Region);
    const withStream = (of: Replica) => ({ ...of, ...streamOf(shared, of) });
    await setReplica(TableName, one, had, withStream, scope);
  }
}

/**
 * Whether the replica's key, itself a replica, is not ready yet.
 * Deviation: AWS's handler fails; there a stack takes longer from a key to the table than the key takes, here it does not.
 */
function isKeyNew(error: unknown): boolean {
  return error instanceof ServiceError && /KMSInvalidStateException: \S+ is creating\./.test(error.message);
}

/** All replicas change their keys at once. */
async function setKeys(
  TableName: string,
  properties: Properties,
  before: Properties,
  kept: readonly string[],
  { aws, region }: ResourceScope,
): Promise<void> {
  const own = keyIn(properties, region);
  const members = [region, ...kept];
  if (own === undefined || members.every((one) => keyIn(properties, one) === keyIn(before, one))) return;
  const updates = members.map((RegionName) => {
    const KMSMasterKeyId = keyIn(properties, RegionName);
    return { Update: { RegionName, ...(KMSMasterKeyId !== undefined && { KMSMasterKeyId }) } };
  });
  if (kept.length > 0) await aws.dynamodb.UpdateTable({ TableName, ReplicaUpdates: updates });
  else if (globalOf(before).Replicas.length > 1)
    await aws.dynamodb.UpdateTable({
      TableName,
      SSESpecification: { Enabled: true, SSEType: 'KMS', KMSMasterKeyId: own },
    });
}

/** What a replica elsewhere has of its own. */
async function setReplica(
  TableName: string,
  wanted: Replica,
  had: Replica | undefined,
  withStream: (of: Replica) => object,
  scope: ResourceScope,
) {
  const { Region: region, ...own } = wanted;
  if (had === undefined && Object.keys(own).length === 0) return;
  const there: ResourceScope = { ...scope, aws: scope.awsIn(region), region };
  const { Arn: ResourceArn, TableStatus } = await describe(TableName, there);
  if (TableStatus !== 'ACTIVE') return scope.later(AGAIN_AFTER);
  const before = had ?? { Region: region };
  const settings = (of: Replica) => pick(['DeletionProtectionEnabled', 'TableClass'], of);
  await setTable(TableName, settings(wanted), settings(before), there);
  await setAspects(TableName, withStream(wanted) as Table, withStream(before) as Table, there);
  const [tags, tagsBefore] = [wanted.Tags ?? [], before.Tags ?? []];
  const TagKeys = tagsBefore.map(({ Key }) => Key).filter((key) => !tags.some(({ Key }) => Key === key));
  if (TagKeys.length > 0) await there.aws.dynamodb.UntagResource({ ResourceArn, TagKeys });
  if (tags.length > 0) await there.aws.dynamodb.TagResource({ ResourceArn, Tags: [...tags] });
}
