/** A table as DescribeTable shows it. */
import { DAY, type Millis } from '#kernel/base';
import type { StoreView } from '#kernel/store';
import type {
  AttributeDefinition,
  GlobalSecondaryIndexDescription,
  KeySchemaElement,
  LocalSecondaryIndexDescription,
  Projection,
  ProvisionedThroughputDescription,
  ReplicaDescription,
  TableDescription,
  TableStatus,
} from '#models/dynamodb';
import { type IndexSpec, type KeySpec, type TableRow, type Throughput, tables, totals } from '../state.ts';
import { hashesOf, rangesOf } from './keys.ts';

/** What an on-demand table can do at once. Source: Developer Guide, "Understanding DynamoDB warm throughput". */
const WARM_DEFAULT = { read: 12_000, write: 4_000 };

/** A table as DescribeTable and its kin show it. */
export function describeTable(
  table: TableRow,
  store: StoreView,
  now: Millis,
  status: TableStatus = tableStatus(table),
): TableDescription {
  const total = store.get(totals, table);
  const local = table.indexes.filter((index) => !index.global);
  const global = table.indexes.filter((index) => index.global);
  return {
    TableName: table.name,
    TableArn: table.arn,
    TableId: table.id,
    TableStatus: status,
    CreationDateTime: table.createdAt,
    AttributeDefinitions: sortedByName(table.attributes),
    KeySchema: keySchema(table),
    // Deviation: AWS brings the totals up to date about every six hours, here they always are.
    ItemCount: total?.items ?? 0,
    TableSizeBytes: total?.bytes ?? 0,
    ProvisionedThroughput: throughputDescription(table, now),
    ...billingOf(table),
    ...(table.onDemand !== undefined && { OnDemandThroughput: table.onDemand }),
    ...(local.length > 0 && { LocalSecondaryIndexes: local.map((index) => describeLocal(table, index, store)) }),
    ...(global.length > 0 && {
      GlobalSecondaryIndexes: global.map((index) => describeGlobal(table, index, store, now)),
    }),
    ...(table.encryptionKey !== undefined && {
      SSEDescription: {
        Status: 'ENABLED',
        SSEType: 'KMS',
        KMSMasterKeyArn: table.encryptionKey,
        ...(table.keyCheck?.inaccessible !== undefined && {
          InaccessibleEncryptionDateTime: table.keyCheck.inaccessible.since,
        }),
      },
    }),
    ...(table.stream !== undefined && {
      ...(table.stream.enabled && { StreamSpecification: { StreamEnabled: true, StreamViewType: table.stream.view } }),
      LatestStreamLabel: table.stream.label,
      LatestStreamArn: table.stream.arn,
    }),
    ...(table.replicas !== undefined && { GlobalTableVersion: '2019.11.21', Replicas: replicasOf(table, store) }),
    ...(table.tableClass !== undefined && {
      TableClassSummary: {
        TableClass: table.tableClass,
        ...(table.tableClassAt !== undefined && { LastUpdateDateTime: table.tableClassAt }),
      },
    }),
    // Source: findings of ack-api-quirks, measured against AWS: a table that is ACTIVE tells nothing of it.
    ...(table.restored?.inProgress === true && {
      RestoreSummary: {
        ...(table.restored.backup !== undefined && { SourceBackupArn: table.restored.backup }),
        SourceTableArn: table.restored.source,
        RestoreDateTime: table.restored.at,
        RestoreInProgress: table.restored.inProgress,
      },
    }),
    DeletionProtectionEnabled: table.deletionProtected,
    WarmThroughput: warmOf(table),
  };
}

/** Definitions come back in the order of their names. Source: AWS CLI, examples of create-table and update-table. */
function sortedByName(definitions: TableRow['attributes']): AttributeDefinition[] {
  return [...definitions].sort((one, other) => (one.AttributeName < other.AttributeName ? -1 : 1));
}

/** A provisioned table says so only when it once was on demand, or was restored. Source: AWS CLI, examples of restore-table-from-backup. */
function billingOf({
  billing,
  onDemandAt,
  createdAt,
  restored,
}: TableRow): Pick<TableDescription, 'BillingModeSummary'> {
  const at = onDemandAt ?? (billing === 'PAY_PER_REQUEST' ? createdAt : undefined);
  if (at === undefined && restored === undefined) return {};
  return {
    BillingModeSummary: { BillingMode: billing, ...(at !== undefined && { LastUpdateToPayPerRequestDateTime: at }) },
  };
}

/** What a table or index can do at once: what it was warmed up to, and no less than it is provisioned with or begins with. */
export function warmOf({ warm, throughput }: Pick<IndexSpec, 'warm' | 'throughput'>) {
  return {
    ReadUnitsPerSecond: Math.max(warm?.ReadUnitsPerSecond ?? 0, throughput?.read ?? WARM_DEFAULT.read),
    WriteUnitsPerSecond: Math.max(warm?.WriteUnitsPerSecond ?? 0, throughput?.write ?? WARM_DEFAULT.write),
    Status: 'ACTIVE' as const,
  };
}

/** A table that has just been made, as the answer shows it: without what is only known later. Source: recorded answers. */
export function describeMade(table: TableRow, store: StoreView, now: Millis): TableDescription {
  const { WarmThroughput: warm, ...shown } = describeTable(table, store, now, 'CREATING');
  const global = shown.GlobalSecondaryIndexes?.map(({ WarmThroughput: _, ...index }) => ({
    ...index,
    IndexStatus: 'CREATING' as const,
  }));
  return {
    ...shown,
    ...(global !== undefined && { GlobalSecondaryIndexes: global }),
    ...(table.billing === 'PAY_PER_REQUEST' && { BillingModeSummary: { BillingMode: table.billing } }),
    ...(table.warm !== undefined && { WarmThroughput: { ...warm, Status: 'UPDATING' as const } }),
  };
}

function tableStatus(table: TableRow): TableStatus {
  if (table.restored?.inProgress === true || table.importing === true) return 'CREATING';
  if (table.keyCheck?.inaccessible !== undefined) return 'INACCESSIBLE_ENCRYPTION_CREDENTIALS';
  // While indexes are filled, too. Source: findings of ack-api-quirks, DDB-TABLE-148, measured against AWS.
  return table.filling === true ? 'CREATING' : 'ACTIVE';
}

/** The other Regions of a global table, whether they are filled, and what they have of their own. */
function replicasOf(table: TableRow, store: StoreView): ReplicaDescription[] {
  return (table.replicas ?? []).map(({ region: RegionName }) => {
    const row = store.in({ region: RegionName }).get(tables, table);
    return {
      RegionName,
      ReplicaStatus: row?.filling === true ? 'CREATING' : 'ACTIVE',
      ...(row !== undefined && { ReplicaArn: row.arn, ...settingsOf(row, table) }),
    };
  });
}

/** What a replica has that the table has not; keys always are each its own. */
function settingsOf(replica: TableRow, table: TableRow): ReplicaDescription {
  const { tableClass, tableClassAt } = replica;
  const limit = readLimit(replica, table);
  const indexes = replica.indexes.flatMap((index) => {
    const own = readLimit(
      index,
      table.indexes.find(({ name }) => name === index.name),
    );
    return own === undefined ? [] : [{ IndexName: index.name, OnDemandThroughputOverride: own }];
  });
  return {
    ...(replica.encryptionKey !== undefined && { KMSMasterKeyId: replica.encryptionKey }),
    ...(limit !== undefined && { OnDemandThroughputOverride: limit }),
    ...(indexes.length > 0 && { GlobalSecondaryIndexes: indexes }),
    ...(tableClass !== undefined &&
      tableClass !== table.tableClass && {
        ReplicaTableClassSummary: {
          TableClass: tableClass,
          ...(tableClassAt !== undefined && { LastUpdateDateTime: tableClassAt }),
        },
      }),
  };
}

type Limited = Pick<IndexSpec, 'onDemand'>;

/** How much may be read on demand, where that is not as in the table that is described. */
function readLimit({ onDemand }: Limited, described: Limited | undefined) {
  const MaxReadRequestUnits = onDemand?.MaxReadRequestUnits;
  if (MaxReadRequestUnits === described?.onDemand?.MaxReadRequestUnits) return undefined;
  return { MaxReadRequestUnits: MaxReadRequestUnits ?? -1 };
}

/** How often throughput was decreased on the day (UTC) of `now`. */
export function decreasesToday(throughput: Throughput | undefined, now: Millis): number {
  const { decreasedAt, decreases = 0 } = throughput ?? {};
  return decreasedAt !== undefined && Math.floor(decreasedAt / DAY) === Math.floor(now / DAY) ? decreases : 0;
}

/** A key as clients see it: hash first. */
export function keySchema(spec: KeySpec): KeySchemaElement[] {
  return [
    ...hashesOf(spec).map(({ name }) => ({ AttributeName: name, KeyType: 'HASH' }) as const),
    ...rangesOf(spec).map(({ name }) => ({ AttributeName: name, KeyType: 'RANGE' }) as const),
  ];
}

function throughputDescription(
  { throughput, pastThroughput }: Pick<IndexSpec, 'throughput' | 'pastThroughput'>,
  now: Millis,
): ProvisionedThroughputDescription {
  const { increasedAt, decreasedAt } = throughput ?? pastThroughput ?? {};
  return {
    NumberOfDecreasesToday: decreasesToday(throughput ?? pastThroughput, now),
    ReadCapacityUnits: throughput?.read ?? 0,
    WriteCapacityUnits: throughput?.write ?? 0,
    ...(increasedAt !== undefined && { LastIncreaseDateTime: increasedAt }),
    ...(decreasedAt !== undefined && { LastDecreaseDateTime: decreasedAt }),
  };
}

function describeLocal(table: TableRow, index: IndexSpec, store: StoreView): LocalSecondaryIndexDescription {
  const total = store.get(totals, index);
  return {
    IndexName: index.name,
    KeySchema: keySchema(index),
    Projection: projectionOf(index),
    IndexSizeBytes: total?.bytes ?? 0,
    ItemCount: total?.items ?? 0,
    IndexArn: `${table.arn}/index/${index.name}`,
  };
}

function describeGlobal(
  table: TableRow,
  index: IndexSpec,
  store: StoreView,
  now: Millis,
): GlobalSecondaryIndexDescription {
  return {
    ...describeLocal(table, index, store),
    IndexStatus: index.status,
    ...(index.status === 'CREATING' && { Backfilling: true }),
    ProvisionedThroughput: throughputDescription(index, now),
    ...(index.onDemand !== undefined && { OnDemandThroughput: index.onDemand }),
    WarmThroughput: warmOf(index),
  };
}

/** Attributes come back in order of their names. Source: findings of ack-api-quirks, DDB-TABLE-125, measured against AWS. */
function projectionOf({ projection }: IndexSpec): Projection {
  return {
    ProjectionType: projection.type,
    ...(projection.attributes !== undefined && { NonKeyAttributes: [...projection.attributes].sort() }),
  };
}
