/** The schema a client wants for a table: its keys, indexes and throughput, checked as AWS does and in its order. */
import type {
  AttributeDefinition,
  BillingMode,
  GlobalSecondaryIndex,
  KeySchemaElement,
  LocalSecondaryIndex,
  Projection,
  ProvisionedThroughput,
} from '#models/dynamodb';
import { invalid, invalidParameter } from '../errors.ts';
import {
  CAPACITY_UNITS_MAX,
  GLOBAL_INDEXES_MAX,
  KEY_ATTRIBUTES_MAX,
  LOCAL_INDEXES_MAX,
  PROJECTED_ATTRIBUTES_MAX,
} from '../limits.ts';
import type { IndexSpec, KeyAttribute, KeySpec, Throughput } from '../state.ts';

type Schema = {
  attributes: readonly AttributeDefinition[];
  keys: readonly KeySchemaElement[];
  local: readonly LocalSecondaryIndex[];
  global: readonly GlobalSecondaryIndex[];
};

/** The key of a table or local index: one attribute for the partition, and up to one to sort by. */
function checkKeySchema(keys: readonly KeySchemaElement[]): void {
  const [first, second] = keys;
  if (first === undefined) throw invalidParameter('Missing the key schema');
  if (keys.length > 2)
    throw invalid(
      `1 validation error detected: Value '[${keys.map(({ AttributeName, KeyType }) => `KeySchemaElement(attributeName=${AttributeName}, keyType=${KeyType})`).join(', ')}]' at 'keySchema' failed to satisfy constraint: Member must have length less than or equal to 2`,
    );
  if (second?.AttributeName === first.AttributeName) throw sameKeyTwice();
  if (first.KeyType !== 'HASH') throw hashNotFirst();
  if (second !== undefined && second.KeyType !== 'RANGE')
    throw invalid('Invalid KeySchema: The second KeySchemaElement is not a RANGE key type');
}

/** The key of a global index: up to four attributes of either kind. Texts: as recorded from AWS. */
function checkGlobalKeySchema(keys: readonly KeySchemaElement[]): void {
  const [first] = keys;
  if (first === undefined) throw invalidParameter('Missing the key schema');
  if (new Set(keys.map((one) => one.AttributeName)).size !== keys.length)
    throw keys.length === 2
      ? sameKeyTwice()
      : invalid('The KeySchema contains multiple key attributes with the same name');
  if (first.KeyType !== 'HASH') throw hashNotFirst();
  const hashes = keys.filter((one) => one.KeyType === 'HASH').length;
  if (keys.slice(hashes).some((one) => one.KeyType === 'HASH'))
    throw invalidParameter('All HASH key attributes must precede RANGE key attributes in the KeySchema');
  for (const [kind, count] of [
    ['HASH', hashes],
    ['RANGE', keys.length - hashes],
  ] as const)
    if (count > KEY_ATTRIBUTES_MAX)
      throw invalidParameter(`The KeySchema exceeds the maximum allowed number of ${kind} key attributes`);
}

const sameKeyTwice = () => invalid('Both the Hash Key and the Range Key element in the KeySchema have the same name');
const hashNotFirst = () => invalid('Invalid KeySchema: The first KeySchemaElement is not a HASH key type');

/** @throws {ServiceError} ValidationException */
export function checkSchema({ attributes, keys, local, global }: Schema): void {
  const defined = attributes.map((one) => one.AttributeName);
  const tableKeys = keys.map((one) => one.AttributeName);
  if (keys.length > defined.length) throw invalid('Invalid KeySchema: Some index key attribute have no definition');
  refuseUndefined(tableKeys, defined);
  checkKeySchema(keys);
  if (new Set(defined).size !== defined.length)
    throw invalid(`Attribute Name is duplicated: ${defined.find((name, at) => defined.indexOf(name) < at)}`);
  if (local.length + global.length === 0 && keys.length !== defined.length)
    throw invalidParameter(
      'Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions',
    );
  checkLocal(keys, local, defined);
  for (const { KeySchema, Projection } of global) {
    refuseUndefined(
      KeySchema.map((one) => one.AttributeName),
      defined,
    );
    checkGlobalKeySchema(KeySchema);
    checkProjection(Projection);
  }
  if (global.length > GLOBAL_INDEXES_MAX)
    throw invalidParameter(`GlobalSecondaryIndex count exceeds the per-table limit of ${GLOBAL_INDEXES_MAX}`);
  const seen = new Set<string>();
  for (const { IndexName } of [...local, ...global]) {
    if (seen.has(IndexName)) throw invalidParameter(`Duplicate index name: ${IndexName}`);
    seen.add(IndexName);
  }
  const projected = [...local, ...global].reduce((sum, one) => sum + (one.Projection.NonKeyAttributes?.length ?? 0), 0);
  if (projected > PROJECTED_ATTRIBUTES_MAX)
    // Source: badmintoncryer/cdk-preflight.
    throw invalidParameter(
      `Number of projected attributes in all indexes exceeds limit of ${PROJECTED_ATTRIBUTES_MAX}, number of projected attributes:${projected}`,
    );
  const used = new Set([
    ...tableKeys,
    ...[...local, ...global].flatMap((one) => one.KeySchema.map((key) => key.AttributeName)),
  ]);
  if (used.size !== defined.length)
    throw invalidParameter(
      `Some AttributeDefinitions are not used. AttributeDefinitions: [${defined.join(', ')}], keys used: [${[...used].join(', ')}]`,
    );
}

/** Key attributes need definitions. @throws {ServiceError} ValidationException */
export function refuseUndefined(used: readonly string[], defined: readonly string[]): void {
  if (used.every((name) => defined.includes(name))) return;
  throw invalidParameter(
    `Some index key attributes are not defined in AttributeDefinitions. Keys: [${used.join(', ')}], AttributeDefinitions: [${defined.join(', ')}]`,
  );
}

function checkLocal(
  keys: readonly KeySchemaElement[],
  local: readonly LocalSecondaryIndex[],
  defined: readonly string[],
): void {
  for (const { IndexName, KeySchema, Projection } of local) {
    if (keys.length < 2)
      throw invalidParameter(
        'Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex',
      );
    refuseUndefined(
      KeySchema.map((one) => one.AttributeName),
      defined,
    );
    checkKeySchema(KeySchema);
    if (KeySchema.length < 2)
      throw invalidParameter(`Index KeySchema does not have a range key for index: ${IndexName}`);
    const [hash, own] = [KeySchema[0]?.AttributeName, keys[0]?.AttributeName];
    if (hash !== own)
      throw invalidParameter(
        `Index KeySchema does not have the same leading hash key as table KeySchema for index: ${IndexName}. index hash key: ${hash}, table hash key: ${own}`,
      );
    checkProjection(Projection);
  }
  if (local.length > LOCAL_INDEXES_MAX)
    throw invalidParameter(`Number of LocalSecondaryIndexes exceeds per-table limit of ${LOCAL_INDEXES_MAX}`);
}

function checkProjection({ ProjectionType: type, NonKeyAttributes: attributes }: Projection): void {
  if (type === undefined) throw invalidParameter('Unknown ProjectionType: null');
  if (type === 'INCLUDE' && attributes === undefined)
    throw invalidParameter('ProjectionType is INCLUDE, but NonKeyAttributes is not specified');
  if (type !== 'INCLUDE' && attributes !== undefined)
    throw invalidParameter(`ProjectionType is ${type}, but NonKeyAttributes is specified`);
  const twice = attributes?.find((one, at) => attributes.indexOf(one) < at);
  if (twice !== undefined) throw invalidParameter(`Duplicate element in NonKeyAttributes: ${twice}`);
}

/** The key of a schema whose attributes are defined. */
export function keySpec(keys: readonly KeySchemaElement[], attributes: readonly AttributeDefinition[]): KeySpec {
  const attribute = (name: string): KeyAttribute => ({
    name,
    type: attributes.find((one) => one.AttributeName === name)?.AttributeType ?? 'S',
  });
  const of = (kind: KeySchemaElement['KeyType']) =>
    keys.filter((one) => one.KeyType === kind).map((one) => attribute(one.AttributeName));
  const [[hash = attribute(''), ...hashes], [range, ...ranges]] = [of('HASH'), of('RANGE')];
  return {
    hash,
    ...(range !== undefined && { range }),
    ...(hashes.length + ranges.length > 0 && { more: { hash: hashes, range: ranges } }),
  };
}

/** An index as it is kept. */
export function indexSpec(
  given: LocalSecondaryIndex | GlobalSecondaryIndex,
  attributes: readonly AttributeDefinition[],
  global: boolean,
  pile: string,
  status: IndexSpec['status'],
): IndexSpec {
  const { ProjectionType: type = 'ALL', NonKeyAttributes } = given.Projection;
  const throughput = 'ProvisionedThroughput' in given ? given.ProvisionedThroughput : undefined;
  const onDemand = 'OnDemandThroughput' in given ? given.OnDemandThroughput : undefined;
  const warm = 'WarmThroughput' in given ? given.WarmThroughput : undefined;
  return {
    ...keySpec(given.KeySchema, attributes),
    name: given.IndexName,
    global,
    projection: { type, ...(NonKeyAttributes !== undefined && { attributes: NonKeyAttributes }) },
    pile,
    status,
    ...(throughput !== undefined && { throughput: throughputOf(throughput) }),
    ...(onDemand !== undefined && { onDemand }),
    ...(warm !== undefined && { warm }),
  };
}

/** Throughput as it is stored. */
export function throughputOf({
  ReadCapacityUnits: read,
  WriteCapacityUnits: write,
}: ProvisionedThroughput): Throughput {
  return { read, write };
}

/** @param changed whether a table that is there gets them. @throws {ServiceError} ValidationException, where a billing mode and throughputs don't fit together */
export function checkThroughput(
  billing: BillingMode,
  table: ProvisionedThroughput | undefined,
  global: readonly { IndexName: string; ProvisionedThroughput?: ProvisionedThroughput }[],
  changed = false,
): void {
  for (const one of [table, ...global.map((index) => index.ProvisionedThroughput)]) {
    for (const name of ['ReadCapacityUnits', 'WriteCapacityUnits'] as const) {
      const units = one?.[name] ?? 0;
      if (units > CAPACITY_UNITS_MAX) throw invalid(`Given value ${units} for ${name} is out of bounds`);
    }
  }
  if (billing === 'PAY_PER_REQUEST') {
    if (table !== undefined)
      throw invalidParameter(
        'Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST',
      );
    const index = global.find((one) => one.ProvisionedThroughput !== undefined);
    if (index !== undefined)
      throw invalidParameter(
        `${changed ? 'Neither ReadCapacityUnits nor WriteCapacityUnits can be' : 'ProvisionedThroughput should not be'} specified for index: ${index.IndexName} when BillingMode is PAY_PER_REQUEST`,
      );
    return;
  }
  if (table === undefined)
    throw invalidParameter(
      'ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED',
    );
  const index = global.find((one) => one.ProvisionedThroughput === undefined);
  if (index !== undefined)
    throw invalidParameter(
      `${changed ? 'Both ReadCapacityUnits and WriteCapacityUnits must be' : 'ProvisionedThroughput is not'} specified for index: ${index.IndexName}`,
    );
}
