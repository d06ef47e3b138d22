/** CloudFormation's tables. */
import { isDeepStrictEqual } from 'node:util';
import type { Made, Properties, ResourceScope, ResourceType } from '#kernel/contract';
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
import type {
  ApproximateCreationDateTimePrecision,
  AttributeDefinition,
  CreateTableInput,
  GlobalSecondaryIndex,
  GlobalSecondaryIndexDescription,
  KeySchemaElement,
  LocalSecondaryIndex,
  TableDescription,
  TimeToLiveDescription,
  UpdateTableInput,
} from '#models/dynamodb';
import { checkSchema } from '../domain/schema.ts';
import { checkTable, namelessExpiry } from './checks.ts';
import { isSealedSo, type Sealed, sealedAs, sealing } from './encryption.ts';
import { importTable } from './import.ts';
import { type Index, type Insights, pick, provisioned, setIndexes, withoutInsights } from './indexes.ts';
import { policyOf, type Stream, setStream, setStreamPolicy, streaming } from './stream.ts';

/** What DynamoDB says of a table that is not there. */
export const GONE = 'ResourceNotFoundException';
const TAKEN = 'ResourceInUseException';
const UNBUILT = ['VectorIndexes'];
type Kinesis = { StreamArn: string; ApproximateCreationDateTimePrecision?: ApproximateCreationDateTimePrecision };
export type Table = {
  ContributorInsightsSpecification?: Insights;
  GlobalSecondaryIndexes?: Index[];
  ImportSourceSpecification?: object;
  KinesisStreamSpecification?: Kinesis;
  PointInTimeRecoverySpecification?: { PointInTimeRecoveryEnabled?: boolean; RecoveryPeriodInDays?: number };
  ResourcePolicy?: { PolicyDocument: unknown };
  SSESpecification?: Sealed;
  StreamSpecification?: Stream;
  TimeToLiveSpecification?: { AttributeName?: string; Enabled: boolean };
};

/** What CreateTable and UpdateTable take under the same name. */
const SHARED = [
  'AttributeDefinitions',
  'BillingMode',
  'DeletionProtectionEnabled',
  'OnDemandThroughput',
  'ProvisionedThroughput',
  'TableClass',
  'WarmThroughput',
];
/** What UpdateTable takes for what the template has no more. */
const DEFAULTS: Properties = { BillingMode: 'PROVISIONED', DeletionProtectionEnabled: false, TableClass: 'STANDARD' };

/** AWS::DynamoDB::Table. */
export const table: ResourceType = {
  async create(properties, scope) {
    refuse(properties);
    const { aws } = scope;
    const TableName = textOf(properties.TableName) ?? scope.name(255);
    const given = properties as Table;
    const [SSESpecification, StreamSpecification] = [sealing(given), streaming(given.StreamSpecification)];
    const creation = {
      ...(pick([...SHARED, 'KeySchema', 'LocalSecondaryIndexes'], properties) as CreateTableInput),
      TableName,
      // None is not the same as an empty list.
      ...(given.GlobalSecondaryIndexes?.[0] !== undefined && {
        GlobalSecondaryIndexes: given.GlobalSecondaryIndexes.map(withoutInsights),
      }),
      ...(SSESpecification !== undefined && { SSESpecification }),
      ...(StreamSpecification !== undefined && { StreamSpecification }),
      ...(given.ResourcePolicy !== undefined && {
        ResourcePolicy: textOf(given.ResourcePolicy.PolicyDocument) ?? '',
      }),
      Tags: tagListOf(properties, scope),
    };
    if (given.ImportSourceSpecification !== undefined) {
      const has = await importTable(TableName, properties, creation, scope);
      await setTable(TableName, properties, has, scope);
      await setAspects(TableName, given, has as Table, scope);
      return made(TableName, scope);
    }
    await madeOnce(TAKEN, scope, aws.dynamodb.CreateTable(creation));
    scope.begun(TableName);
    await setAspects(TableName, given, {}, scope);
    return made(TableName, scope);
  },
  async update(TableName, properties, before, scope) {
    // What is imported asks for no change.
    if (!isDeepStrictEqual(properties, before)) {
      refuse(properties);
      checkKeys(properties as KeysOfTable);
    }
    await setTable(TableName, properties, before, scope);
    // What others have made of them stays, where the template doesn't change.
    if (!isDeepStrictEqual(properties.GlobalSecondaryIndexes, before.GlobalSecondaryIndexes))
      await setIndexes(TableName, properties as Table, scope);
    await setAspects(TableName, properties as Table, before as Table, scope);
    const { Arn: ResourceArn } = await describe(TableName, scope);
    const TagKeys = tagsGone(properties, before, scope);
    if (TagKeys.length > 0) await scope.aws.dynamodb.UntagResource({ ResourceArn, TagKeys });
    const Tags = tagListOf(properties, scope);
    if (Tags.length > 0) await scope.aws.dynamodb.TagResource({ ResourceArn, Tags });
    return made(TableName, scope);
  },
  delete: (TableName, _, { aws }) => isGone(GONE, aws.dynamodb.DeleteTable({ TableName })),
  async read(TableName, properties, scope) {
    const found = await ifThere(GONE, scope.aws.dynamodb.DescribeTable({ TableName }));
    if (found?.Table === undefined) return undefined;
    const { TableArn: ResourceArn = '' } = found.Table;
    const { Tags = [] } = await scope.aws.dynamodb.ListTagsOfResource({ ResourceArn });
    const aspects = await aspectsOf(TableName, properties as Table, scope);
    const { StreamSpecification: stream, LatestStreamArn } = found.Table;
    const streamPolicy = (properties as Table).StreamSpecification?.ResourcePolicy;
    if (stream !== undefined && streamPolicy !== undefined)
      Object.assign(aspects, {
        StreamSpecification: {
          StreamViewType: stream.StreamViewType,
          ResourcePolicy: await policyOf(LatestStreamArn ?? '', streamPolicy, scope),
        },
      });
    const is: Properties = { ...shape(found.Table), SSESpecification: sealedAs(properties as Table, found.Table) };
    const isNone = is.ProvisionedThroughput === undefined && properties.ProvisionedThroughput !== undefined;
    const none = isNone && { ProvisionedThroughput: { ReadCapacityUnits: 0, WriteCapacityUnits: 0 } };
    return { ...properties, ...is, ...none, ...aspects, ...(Tags.length > 0 && { Tags }) };
  },
  replaces(properties, before) {
    const fixed = (of: Properties) =>
      JSON.stringify([of.TableName, of.KeySchema, of.LocalSecondaryIndexes, of.ImportSourceSpecification]);
    return fixed(properties) !== fixed(before);
  },
};

/** What operations of their own tell of a table, as far as its template says something of it. */
async function aspectsOf(TableName: string, properties: Table, scope: ResourceScope): Promise<Properties> {
  const { dynamodb } = scope.aws;
  const found: { [name: string]: unknown } = { ...(await streamed(TableName, scope)) };
  if (properties.TimeToLiveSpecification !== undefined) {
    const { TimeToLiveDescription: has } = await dynamodb.DescribeTimeToLive({ TableName });
    const Enabled = isExpiring(has);
    found.TimeToLiveSpecification = {
      ...properties.TimeToLiveSpecification,
      ...pick(['AttributeName'], { ...has }),
      Enabled,
    };
  }
  if (properties.PointInTimeRecoverySpecification !== undefined) {
    const { ContinuousBackupsDescription: has } = await dynamodb.DescribeContinuousBackups({ TableName });
    const { PointInTimeRecoveryStatus: status, RecoveryPeriodInDays } = has?.PointInTimeRecoveryDescription ?? {};
    const PointInTimeRecoveryEnabled = status === 'ENABLED';
    found.PointInTimeRecoverySpecification = {
      PointInTimeRecoveryEnabled,
      ...(RecoveryPeriodInDays !== undefined && { RecoveryPeriodInDays }),
    };
  }
  if (properties.ContributorInsightsSpecification !== undefined) {
    const { ContributorInsightsStatus: status } = await dynamodb.DescribeContributorInsights({ TableName });
    const Enabled = status === 'ENABLED' || status === 'ENABLING';
    found.ContributorInsightsSpecification = { ...properties.ContributorInsightsSpecification, Enabled };
  }
  if (properties.ResourcePolicy !== undefined) {
    const { Arn: ResourceArn } = await describe(TableName, scope);
    found.ResourcePolicy = await policyOf(ResourceArn, properties.ResourcePolicy, scope);
  }
  return found;
}

/** The stream of Kinesis that the table has, as its template would say it. */
async function streamed(TableName: string, { aws }: ResourceScope): Promise<Properties> {
  const { KinesisDataStreamDestinations = [] } = await aws.dynamodb.DescribeKinesisStreamingDestination({ TableName });
  const found = KinesisDataStreamDestinations.find(({ DestinationStatus }) => DestinationStatus === 'ACTIVE');
  if (found === undefined) return {};
  const names = ['StreamArn', 'ApproximateCreationDateTimePrecision'];
  return { KinesisStreamSpecification: pick(names, found as Properties) };
}

function refuse(properties: Properties): void {
  refuseProperties(properties, UNBUILT);
  refuseProperties((properties.StreamSpecification ?? {}) as Properties, ['Tags']);
  checkTable(properties);
}

type KeysOfTable = {
  AttributeDefinitions?: AttributeDefinition[];
  KeySchema?: KeySchemaElement[];
  LocalSecondaryIndexes?: LocalSecondaryIndex[];
  GlobalSecondaryIndexes?: GlobalSecondaryIndex[];
};

/** UpdateTable does not look at all keys, who deploys does. @throws {ServiceError} ValidationException */
function checkKeys({ AttributeDefinitions, KeySchema, LocalSecondaryIndexes, GlobalSecondaryIndexes }: KeysOfTable) {
  checkSchema({
    attributes: AttributeDefinitions ?? [],
    keys: KeySchema ?? [],
    local: LocalSecondaryIndexes ?? [],
    global: GlobalSecondaryIndexes ?? [],
  });
}

const indexShape = (index: GlobalSecondaryIndexDescription) => ({
  ...pick(['IndexName', 'KeySchema', 'Projection', 'OnDemandThroughput'], { ...index }),
  ProvisionedThroughput: pick(['ReadCapacityUnits', 'WriteCapacityUnits'], { ...index.ProvisionedThroughput }),
});

/** A table as its template would say it. */
function shape(found: TableDescription): Properties {
  const { ProvisionedThroughput: throughput, StreamSpecification: stream, BillingModeSummary: billing } = found;
  const { TableClassSummary } = found;
  return {
    ...pick(['AttributeDefinitions', 'KeySchema', 'TableName', 'DeletionProtectionEnabled'], found),
    BillingMode: billing?.BillingMode ?? 'PROVISIONED',
    ProvisionedThroughput:
      billing?.BillingMode === 'PAY_PER_REQUEST'
        ? undefined
        : {
            ReadCapacityUnits: throughput?.ReadCapacityUnits,
            WriteCapacityUnits: throughput?.WriteCapacityUnits,
          },
    StreamSpecification: stream && { StreamViewType: stream.StreamViewType },
    GlobalSecondaryIndexes: (found.GlobalSecondaryIndexes ?? []).map(indexShape),
    TableClass: TableClassSummary?.TableClass ?? 'STANDARD',
  };
}

/** A table as it is where the scope is. */
export async function describe(TableName: string, { aws }: ResourceScope) {
  const { Table = {} } = await aws.dynamodb.DescribeTable({ TableName });
  const { TableArn = '', LatestStreamArn, GlobalSecondaryIndexes = [], TableId, TableStatus } = Table;
  return { Arn: TableArn, StreamArn: LatestStreamArn, indexes: GlobalSecondaryIndexes, TableId, TableStatus };
}

/** What is known of a table that is there. */
export async function made(TableName: string, scope: ResourceScope): Promise<Made> {
  const { Arn, StreamArn, TableId } = await describe(TableName, scope);
  return { id: TableName, attributes: { Arn, TableId, ...(StreamArn !== undefined && { StreamArn }) } };
}

/** What one UpdateTable changes; one kind of change at a time, as DynamoDB wants it. */
export async function setTable(TableName: string, properties: Properties, before: Properties, scope: ResourceScope) {
  const differs = (name: string) => JSON.stringify(properties[name]) !== JSON.stringify(before[name]);
  const update = (change: Omit<UpdateTableInput, 'TableName'>) =>
    scope.aws.dynamodb.UpdateTable({ TableName, ...change });
  const { Table: has = {} } = await scope.aws.dynamodb.DescribeTable({ TableName });
  const changed = SHARED.filter(
    (name) => name !== 'AttributeDefinitions' && differs(name) && !isSo(name, properties, has),
  );
  const alone = ['DeletionProtectionEnabled', 'TableClass', 'WarmThroughput'];
  for (const names of [changed.filter((name) => !alone.includes(name)), ...alone.map((name) => [name])]) {
    const change = pick(
      names.filter((name) => changed.includes(name)),
      { ...DEFAULTS, ...properties },
    );
    if (names.includes('BillingMode')) Object.assign(change, provisioned(properties, has));
    if (Object.keys(change).length > 0) await update(change as Omit<UpdateTableInput, 'TableName'>);
  }
  if (differs('SSESpecification') && !isSealedSo(properties as Table, has))
    await update({ SSESpecification: sealing(properties as Table) ?? { Enabled: false } });
  if (differs('StreamSpecification'))
    await setStream(TableName, streaming((properties as Table).StreamSpecification), scope);
}

/** Whether a step that is tried again has changed this already: DynamoDB refuses limits that are no others. */
function isSo(name: string, wanted: Properties, has: TableDescription): boolean {
  const is = shape(has)[name];
  return is !== undefined && isDeepStrictEqual(is, { ...DEFAULTS, ...wanted }[name]);
}

/** What operations of their own set: expiry, recovery, insights, the policy. */
export async function setAspects(
  TableName: string,
  properties: Table,
  before: Table,
  scope: ResourceScope,
): Promise<void> {
  const { dynamodb } = scope.aws;
  const differs = (name: keyof Table) => JSON.stringify(properties[name]) !== JSON.stringify(before[name]);
  const { PointInTimeRecoverySpecification: recovery } = properties;
  if (differs('TimeToLiveSpecification')) await setExpiry(TableName, properties, scope);
  if (differs('PointInTimeRecoverySpecification'))
    await dynamodb.UpdateContinuousBackups({
      TableName,
      PointInTimeRecoverySpecification: {
        PointInTimeRecoveryEnabled: false,
        ...recovery,
      },
    });
  if (differs('KinesisStreamSpecification')) await setKinesis(TableName, properties.KinesisStreamSpecification, scope);
  await setInsights(
    TableName,
    undefined,
    properties.ContributorInsightsSpecification,
    before.ContributorInsightsSpecification,
    scope,
  );
  const insights = ({ GlobalSecondaryIndexes = [] }: Table, name: string) =>
    GlobalSecondaryIndexes.find(({ IndexName }) => IndexName === name)?.ContributorInsightsSpecification;
  for (const { IndexName } of properties.GlobalSecondaryIndexes ?? [])
    await setInsights(TableName, IndexName, insights(properties, IndexName), insights(before, IndexName), scope);
  const { StreamSpecification: stream } = properties;
  if ((stream?.ResourcePolicy ?? before.StreamSpecification?.ResourcePolicy) !== undefined)
    await setStreamPolicy((await describe(TableName, scope)).StreamArn, stream, before.StreamSpecification, scope);
  // A new table has its policy from the beginning.
  if (Object.keys(before).length > 0 && differs('ResourcePolicy')) {
    const { Arn: ResourceArn } = await describe(TableName, scope);
    const Policy = textOf(properties.ResourcePolicy?.PolicyDocument);
    await (Policy === undefined
      ? dynamodb.DeleteResourcePolicy({ ResourceArn })
      : dynamodb.PutResourcePolicy({ ResourceArn, Policy }));
  }
}

const isExpiring = (has: TimeToLiveDescription | undefined) =>
  has?.TimeToLiveStatus === 'ENABLED' || has?.TimeToLiveStatus === 'ENABLING';

/** A step that is tried again, or goes back, finds it done already. */
async function setExpiry(TableName: string, { TimeToLiveSpecification: wanted }: Table, { aws }: ResourceScope) {
  const { TimeToLiveDescription: has } = await aws.dynamodb.DescribeTimeToLive({ TableName });
  const isOn = isExpiring(has);
  const Enabled = wanted?.Enabled === true;
  if (Enabled === isOn && (!isOn || wanted?.AttributeName === has?.AttributeName)) return;
  if (wanted !== undefined && wanted.AttributeName === undefined) throw namelessExpiry();
  const AttributeName = wanted?.AttributeName ?? has?.AttributeName ?? '';
  await aws.dynamodb.UpdateTimeToLive({ TableName, TimeToLiveSpecification: { AttributeName, Enabled } });
}

/** A table has one destination at a time; what it has already is left. */
async function setKinesis(TableName: string, wanted: Kinesis | undefined, { aws: { dynamodb } }: ResourceScope) {
  const { KinesisDataStreamDestinations = [] } = await dynamodb.DescribeKinesisStreamingDestination({ TableName });
  const had = KinesisDataStreamDestinations.find(({ DestinationStatus }) => DestinationStatus === 'ACTIVE');
  const precision = wanted?.ApproximateCreationDateTimePrecision;
  if (had?.StreamArn !== undefined && had.StreamArn !== wanted?.StreamArn)
    await dynamodb.DisableKinesisStreamingDestination({ TableName, StreamArn: had.StreamArn });
  if (wanted === undefined) return;
  const at = { TableName, StreamArn: wanted.StreamArn };
  if (had?.StreamArn !== wanted.StreamArn) {
    await dynamodb.EnableKinesisStreamingDestination({
      ...at,
      ...(precision !== undefined && {
        EnableKinesisStreamingConfiguration: { ApproximateCreationDateTimePrecision: precision },
      }),
    });
    await refuseFailed(at, dynamodb);
  } else if ((precision ?? 'MILLISECOND') !== (had.ApproximateCreationDateTimePrecision ?? 'MILLISECOND'))
    await dynamodb.UpdateKinesisStreamingDestination({
      ...at,
      UpdateKinesisStreamingConfiguration: { ApproximateCreationDateTimePrecision: precision ?? 'MILLISECOND' },
    });
}

/** @throws {ServiceError} ValidationException, where the destination can't take changes */
async function refuseFailed(
  { TableName, StreamArn }: { TableName: string; StreamArn: string },
  dynamodb: ResourceScope['aws']['dynamodb'],
): Promise<void> {
  const { KinesisDataStreamDestinations = [] } = await dynamodb.DescribeKinesisStreamingDestination({ TableName });
  const { DestinationStatus, DestinationStatusDescription = '' } =
    KinesisDataStreamDestinations.find((one) => one.StreamArn === StreamArn) ?? {};
  if (DestinationStatus === 'ENABLE_FAILED')
    throw new ServiceError('ValidationException', DestinationStatusDescription);
}

async function setInsights(
  TableName: string,
  IndexName: string | undefined,
  wanted: Insights | undefined,
  had: Insights | undefined,
  { aws }: ResourceScope,
): Promise<void> {
  if (JSON.stringify(wanted) === JSON.stringify(had) || (wanted?.Enabled !== true && had?.Enabled !== true)) return;
  await aws.dynamodb.UpdateContributorInsights({
    TableName,
    ...(IndexName !== undefined && { IndexName }),
    ContributorInsightsAction: wanted?.Enabled === true ? 'ENABLE' : 'DISABLE',
    ...(wanted?.Mode !== undefined && { ContributorInsightsMode: wanted.Mode }),
  });
}
