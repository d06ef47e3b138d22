/** Global indexes of CloudFormation's tables. */
import type { Properties, ResourceScope } from '#kernel/contract';
import type {
  CreateTableInput,
  GlobalSecondaryIndex,
  GlobalSecondaryIndexDescription,
  TableDescription,
  UpdateTableInput,
} from '#models/dynamodb';

/** How long until an index that is being filled is looked at again. */
export const AGAIN_AFTER = 1_000;

export type Insights = { Enabled: boolean; Mode?: 'THROTTLED_KEYS' };
export type Index = GlobalSecondaryIndex & { ContributorInsightsSpecification?: Insights };

/** The properties of these names that are given. */
export function pick(names: readonly string[], properties: Properties): Properties {
  return Object.fromEntries(
    names.filter((name) => properties[name] !== undefined).map((name) => [name, properties[name]]),
  );
}

/** As DynamoDB takes it. */
export const withoutInsights = ({ ContributorInsightsSpecification: _, ...index }: Index): GlobalSecondaryIndex =>
  index;

/** What comes with the billing: a table's throughput, and that of each index it has; one that is to go has the table's. */
export function provisioned(
  properties: Properties,
  { GlobalSecondaryIndexes: has = [] }: TableDescription,
): Properties {
  if (properties.BillingMode === 'PAY_PER_REQUEST') return {};
  const wanted = (properties.GlobalSecondaryIndexes ?? []) as Index[];
  const updates = has.flatMap(({ IndexName }) => {
    const index = wanted.find((one) => one.IndexName === IndexName) ?? { ...properties, IndexName };
    const Update = pick(['IndexName', 'ProvisionedThroughput'], { ...index });
    return Update.ProvisionedThroughput === undefined ? [] : [{ Update }];
  });
  return {
    ...pick(['ProvisionedThroughput'], properties),
    ...(updates.length > 0 && { GlobalSecondaryIndexUpdates: updates }),
  };
}

type Keyed = { KeySchema?: readonly { AttributeName: string }[]; LocalSecondaryIndexes?: readonly Keyed[] };
const keysOf = ({ KeySchema = [] }: Keyed) => KeySchema.map(({ AttributeName }) => AttributeName);

const LIMITS = ['IndexName', 'OnDemandThroughput', 'ProvisionedThroughput'];

/** Whether an index has other limits than are wanted; what is not wanted is left. */
function differs(wanted: Index, has: GlobalSecondaryIndexDescription | undefined): boolean {
  const { ProvisionedThroughput: throughput, OnDemandThroughput: limits } = wanted;
  const isSlower =
    throughput !== undefined &&
    (has?.ProvisionedThroughput?.ReadCapacityUnits !== throughput.ReadCapacityUnits ||
      has.ProvisionedThroughput.WriteCapacityUnits !== throughput.WriteCapacityUnits);
  const units = (of: typeof limits, name: keyof NonNullable<typeof limits>) => of?.[name] ?? -1;
  const names = ['MaxReadRequestUnits', 'MaxWriteRequestUnits'] as const;
  return (
    isSlower ||
    (limits !== undefined && names.some((name) => units(limits, name) !== units(has?.OnDemandThroughput, name)))
  );
}

/** Indexes are added and removed one at a time, each once the one before is filled. */
export async function setIndexes(TableName: string, properties: Properties, scope: ResourceScope): Promise<void> {
  const wanted = (properties.GlobalSecondaryIndexes ?? []) as Index[];
  const { AttributeDefinitions } = properties as { AttributeDefinitions?: CreateTableInput['AttributeDefinitions'] };
  for (;;) {
    const { Table: { GlobalSecondaryIndexes: indexes = [] } = {} } = await scope.aws.dynamodb.DescribeTable({
      TableName,
    });
    if (indexes.some(({ IndexStatus }) => IndexStatus !== 'ACTIVE')) return scope.later(AGAIN_AFTER);
    const gone = indexes.find(({ IndexName }) => !wanted.some((one) => one.IndexName === IndexName));
    const added = wanted.find(({ IndexName }) => !indexes.some((one) => one.IndexName === IndexName));
    const limited = wanted.find((one) =>
      differs(
        one,
        indexes.find(({ IndexName }) => IndexName === one.IndexName),
      ),
    );
    let change: NonNullable<UpdateTableInput['GlobalSecondaryIndexUpdates']>[number];
    if (gone?.IndexName !== undefined) change = { Delete: { IndexName: gone.IndexName } };
    else if (added !== undefined) change = { Create: withoutInsights(added) };
    else if (limited !== undefined) change = { Update: pick(LIMITS, limited) as { IndexName: string } };
    else return;
    const has = [
      ...indexes.filter((one) => one !== gone),
      ...(gone === undefined && added !== undefined ? [added] : []),
    ];
    const keys = new Set(
      [properties as Keyed, ...((properties as Keyed).LocalSecondaryIndexes ?? []), ...has].flatMap(keysOf),
    );
    await scope.aws.dynamodb.UpdateTable({
      TableName,
      // DynamoDB takes none that no key uses yet.
      ...(AttributeDefinitions !== undefined && {
        AttributeDefinitions: AttributeDefinitions.filter(({ AttributeName }) => keys.has(AttributeName)),
      }),
      GlobalSecondaryIndexUpdates: [change],
    });
  }
}
