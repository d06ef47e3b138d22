/** The answer to a change of a table, which shows what is under way. */
import type { Millis } from '#kernel/base';
import type { StoreView } from '#kernel/store';
import type {
  GlobalSecondaryIndexDescription,
  GlobalSecondaryIndexUpdate,
  TableDescription,
  UpdateTableInput,
} from '#models/dynamodb';
import type { TableRow } from '../state.ts';
import { describeTable as describe } from './describe.ts';

/** What is changed while the table stays as it is. */
const QUIET: ReadonlySet<string> = new Set<keyof UpdateTableInput>([
  'DeletionProtectionEnabled',
  'OnDemandThroughput',
  'SSESpecification',
  'WarmThroughput',
]);

/** The answer shows the change under way: a key that is replaced or no longer used, and the index that goes. */
export function describeChange(
  table: TableRow,
  row: TableRow,
  input: UpdateTableInput,
  store: StoreView,
  now: Millis,
): TableDescription {
  const { TableName: _, AttributeDefinitions: __, ...asked } = input;
  const updates = input.GlobalSecondaryIndexUpdates ?? [];
  const isOfIndexes = updates.every((update) => update.Update !== undefined);
  const isQuiet = Object.entries(asked).every(
    ([member, value]) =>
      value === undefined || QUIET.has(member) || (member === 'GlobalSecondaryIndexUpdates' && isOfIndexes),
  );
  const before = describe(table, store, now);
  const after = describe(row, store, now, isQuiet ? 'ACTIVE' : 'UPDATING');
  const shown = {
    ...after,
    ...stillOf(table, before, after, input),
    // Since when is known once the table is so. Source: findings of ack-api-quirks, DDB-TABLE-060, measured against AWS.
    ...(row.billing !== table.billing && { BillingModeSummary: { BillingMode: row.billing } }),
  };
  const removed = updates.find((update) => update.Delete !== undefined)?.Delete?.IndexName;
  const gone = before.GlobalSecondaryIndexes?.find(({ IndexName }) => IndexName === removed);
  const key = table.encryptionKey ?? row.encryptionKey;
  const isResealed = input.SSESpecification !== undefined || row.encryptionKey !== table.encryptionKey;
  // An index that is to be made has not begun to be filled. Source: AWS CLI, example of update-table.
  const made = new Set(updates.map((update) => update.Create?.IndexName));
  const indexes = [
    ...(shown.GlobalSecondaryIndexes ?? []).map((one) =>
      made.has(one.IndexName) ? { ...one, Backfilling: false } : indexChange(one, before, updates, table),
    ),
    ...(gone === undefined ? [] : [{ ...gone, IndexStatus: 'DELETING' as const }]),
  ];
  return {
    ...shown,
    ...(indexes.length > 0 && { GlobalSecondaryIndexes: indexes }),
    ...(isResealed &&
      key !== undefined && { SSEDescription: { Status: 'UPDATING' as const, SSEType: 'KMS', KMSMasterKeyArn: key } }),
    ...(input.OnDemandThroughput !== undefined && {
      OnDemandThroughput: { ...table.onDemand, ...input.OnDemandThroughput },
    }),
  };
}

/** An index whose limits change: the table stays as it is, and of the index what it is provisioned with and warmed up to. Source: findings of ack-api-quirks, DDB-TABLE-135, 155 and 165, measured against AWS. */
function indexChange(
  shown: GlobalSecondaryIndexDescription,
  before: TableDescription,
  updates: readonly GlobalSecondaryIndexUpdate[],
  { billing }: TableRow,
): GlobalSecondaryIndexDescription {
  const asked = updates.find(({ Update: update }) => update?.IndexName === shown.IndexName)?.Update;
  const was = before.GlobalSecondaryIndexes?.find((one) => one.IndexName === shown.IndexName);
  if (asked === undefined || was === undefined) return shown;
  const { ProvisionedThroughput, WarmThroughput } = was;
  const isLimited = asked.ProvisionedThroughput !== undefined || asked.OnDemandThroughput !== undefined;
  const isWarmed =
    shown.WarmThroughput?.ReadUnitsPerSecond !== WarmThroughput?.ReadUnitsPerSecond ||
    shown.WarmThroughput?.WriteUnitsPerSecond !== WarmThroughput?.WriteUnitsPerSecond;
  return {
    ...shown,
    ...(isLimited && { IndexStatus: 'UPDATING' as const }),
    ...(billing === 'PROVISIONED' && { ProvisionedThroughput }),
    ...(asked.WarmThroughput !== undefined &&
      isWarmed && { WarmThroughput: { ...WarmThroughput, Status: 'UPDATING' as const } }),
  };
}

/** What is as it was while it is changed: of a throughput all but when that was. Source: findings of ack-api-quirks, measured against AWS. */
function stillOf(
  table: TableRow,
  before: TableDescription,
  after: TableDescription,
  input: UpdateTableInput,
): Partial<TableDescription> {
  const { ProvisionedThroughput: units, TableClassSummary, WarmThroughput } = before;
  const {
    NumberOfDecreasesToday: _,
    ReadCapacityUnits: __,
    WriteCapacityUnits: ___,
    ...changed
  } = after.ProvisionedThroughput ?? {};
  return {
    ...(input.ProvisionedThroughput !== undefined &&
      table.billing === 'PROVISIONED' && { ProvisionedThroughput: { ...units, ...changed } }),
    ...(input.TableClass !== undefined && { TableClassSummary }),
    ...(input.WarmThroughput !== undefined && { WarmThroughput: { ...WarmThroughput, Status: 'UPDATING' as const } }),
  };
}
