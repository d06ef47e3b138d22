/** How DynamoDB words a request that can't be read. Source: answers recorded from AWS. */
import { commonError, type Voice } from '#kernel/contract';
import { badTagKey, badTagValue, noArn } from './errors.ts';

const CAST =
  "class sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be cast to class java.lang.Class (sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl and java.lang.Class are in module java.base of loader 'bootstrap')";

type Failure = Parameters<NonNullable<Voice['unreadable']>>[0];

/** The most failures that are told at once. */
const TOLD_MAX = 10;

export const voice: Voice = {
  missingToken: 'Request is missing Authentication Token',
  invalid: (failures, usual, operation, { input }) => {
    const { ResourceArn: arn } = input;
    if (NAMED[operation] === 'ResourceArn' && typeof arn === 'string' && !arn.startsWith('arn:')) return noArn(arn);
    const own = ofControl(failures, operation);
    const named = NAMED[operation] === 'TableName' ? nameFailures(input.TableName, TABLE_NAME_MIN) : [];
    const others = failures.filter(({ path }) => named.length === 0 || path[0] !== 'TableName');
    const all = [...(NAMED[operation] === undefined ? nameFailures(input.TableName, 1) : named), ...others];
    return own === undefined
      ? usual(
          inOrder(all)
            .slice(0, TOLD_MAX)
            .map((one) => asRecorded(unquoted(inMap(one)))),
        )
      : commonError('ValidationException', own);
  },
  unreadable: (failure, usual) =>
    failure.kind === 'serialization'
      ? commonError('SerializationException', failure.wanted === undefined ? '' : textOf(failure))
      : usual(failure),
};

type Constraint = Parameters<Voice['invalid']>[0][number];

/** Members that are told before those that stand before them. Source: findings of ack-api-quirks, DDB-TABLE-058 and 457, measured against AWS. */
const SOONER: { readonly [member: string]: string | undefined } = {
  ReadCapacityUnits: 'WriteCapacityUnits',
  AttributeName: 'AttributeType',
  Enabled: 'AttributeName',
};

function inOrder(failures: readonly Constraint[]): Constraint[] {
  return failures.flatMap((one, index) => {
    const [before, after] = [failures[index - 1], failures[index + 1]];
    if (after !== undefined && isSooner(after, one)) return [after, one];
    return before !== undefined && isSooner(one, before) ? [] : [one];
  });
}

/** Of these, what they look like is told before how long they are. */
function isSooner(one: Constraint, other: Constraint): boolean {
  const [member, before] = [one.path.at(-1), other.path.at(-1)];
  if (member !== before) return typeof before === 'string' && SOONER[before] === member;
  return /^(BackupName|Delimiter|ExclusiveStartTableName)$/.test(String(member)) && one.kind === 'pattern';
}

/** What is wrong with the name of a table: the model tells it only of ARNs, AWS tells it with all else that is wrong. */
function nameFailures(name: unknown, least: number): Constraint[] {
  if (typeof name !== 'string' || (name === '' && least === 1) || name.startsWith('arn:')) return [];
  const failure = { path: ['TableName'], value: name, shape: { type: 'string' as const } };
  const length = { ...failure, kind: 'length' as const, size: name.length };
  const pattern = { ...failure, kind: 'pattern' as const, pattern: '[a-zA-Z0-9_.-]+' };
  return [
    ...(name.length < least ? [{ ...length, min: least }] : []),
    ...(TABLE_NAME.test(name) ? [] : [pattern]),
    ...(name.length <= TABLE_NAME_MAX ? [] : [{ ...length, max: TABLE_NAME_MAX }]),
  ];
}

const TABLE_NAME = /^[a-zA-Z0-9_.-]+$/;
const TABLE_NAME_MIN = 3;
const TABLE_NAME_MAX = 255;

/**
 * A name that the model lets through, as it does what could be an ARN. Items are read and written by names of any length.
 *
 * @throws {ServiceError} ValidationException
 */
export function refuseName(name: string, action: string): void {
  const failures = nameFailures(name, /Item$|^(Query|Scan)$|^PartiQL/.test(action) ? 1 : TABLE_NAME_MIN);
  if (failures.length === 0) return;
  const texts = failures.map(
    (failure) => `Value '${name}' at 'tableName' failed to satisfy constraint: ${demand(failure)}`,
  );
  throw commonError(
    'ValidationException',
    `${texts.length} validation error${texts.length > 1 ? 's' : ''} detected: ${texts.join('; ')}`,
  );
}

function demand({ pattern, min, max }: Constraint): string {
  if (pattern !== undefined) return `Member must satisfy regular expression pattern: ${pattern}`;
  return `Member must have length ${min === undefined ? `less than or equal to ${max}` : `greater than or equal to ${min}`}`;
}

/** Operations on tables that look at the name or ARN before all else. */
const NAMED: { readonly [operation: string]: string | undefined } = {
  CreateTable: 'TableName',
  DeleteTable: 'TableName',
  DescribeTable: 'TableName',
  DescribeTimeToLive: 'TableName',
  UpdateTable: 'TableName',
  UpdateTimeToLive: 'TableName',
  ListTagsOfResource: 'ResourceArn',
  TagResource: 'ResourceArn',
  UntagResource: 'ResourceArn',
};

/** Members that are named like those. Source: findings of ack-api-quirks, measured against AWS. */
const LIKE_TABLES: { readonly [operation: string]: string | undefined } = {
  CreateGlobalTable: 'GlobalTableName',
  DescribeGlobalTable: 'GlobalTableName',
  DescribeGlobalTableSettings: 'GlobalTableName',
  RestoreTableFromBackup: 'TargetTableName',
  UpdateGlobalTable: 'GlobalTableName',
  UpdateGlobalTableSettings: 'GlobalTableName',
};

function ofControl(failures: readonly Constraint[], operation: string): string | undefined {
  const [first, ...more] = failures;
  if (first?.path[0] === 'TableClass' && first.kind === 'enum' && more.length === 0)
    return 'Invalid table-class parameter provided. Please try again with a valid table-class value: [STANDARD, STANDARD_INFREQUENT_ACCESS].';
  if (first?.path[0] === 'IndexName' && operation.endsWith('ContributorInsights') && more.every(isOf('IndexName')))
    return 'IndexName must be at least 3 characters long and at most 255 characters long';
  if (first?.kind === 'length' && first.path[0] === LIKE_TABLES[operation] && more.every(isOf(String(first.path[0]))))
    return 'TableName must be at least 3 characters long and at most 255 characters long';
  if (first?.path[0] === 'BackupArn' && first.value === '' && more.length === 0) return 'Invalid Backup ARN';
  if (first?.path[0] === 'ReplicaUpdates' && first.path[2] === 'Create' && first.kind === 'required')
    return 'One or more parameter values were invalid';
  if (first?.path[0] === 'TableArn' && first.value === '' && more.length === 0)
    return 'Invalid TableArn: Invalid Table ARN';
  const parameter = NAMED[operation];
  if (parameter === undefined) return undefined;
  if (first !== undefined && failures.every(isOfTags)) return tagText(first);
  const failure = failures.find(({ path }) => path.length === 1 && path[0] === parameter);
  if (failure === undefined) return undefined;
  if (parameter === 'ResourceArn') return failure.kind === 'required' ? 'Invalid TableArn' : undefined;
  return failure.kind === 'required'
    ? "The parameter 'TableName' is required but was not present in the request"
    : undefined;
}

const isOf = (parameter: string) => (failure: Constraint) => failure.path[0] === parameter;
const isOfTags = ({ path }: Constraint) => path.length > 1 && (path[0] === 'Tags' || path[0] === 'TagKeys');

/** Source: findings of ack-api-quirks, measured against AWS. */
function tagText({ path, value = null }: Constraint): string {
  return (path.at(-1) === 'Value' ? badTagValue : badTagKey)(String(value)).message;
}

/** Orders of values that are not those of the model, by the first of these. */
const ORDERS: { readonly [first: string]: readonly string[] | undefined } = {
  S: ['B', 'N', 'S'],
  ALL: ['ALL', 'INCLUDE', 'KEYS_ONLY'],
  NONE: ['ALL_NEW', 'UPDATED_OLD', 'ALL_OLD', 'NONE', 'UPDATED_NEW'],
  AND: ['OR', 'AND'],
  ALL_ATTRIBUTES: ['SPECIFIC_ATTRIBUTES', 'COUNT', 'ALL_ATTRIBUTES', 'ALL_PROJECTED_ATTRIBUTES'],
  GZIP: ['ZSTD', 'NONE', 'GZIP'],
  NEW_IMAGE: ['OLD_IMAGE', 'KEYS_ONLY', 'NEW_AND_OLD_IMAGES', 'NEW_IMAGE'],
  ACCESSED_AND_THROTTLED_KEYS: ['THROTTLED_KEYS', 'ACCESSED_AND_THROTTLED_KEYS'],
  EQ: 'IN NULL BETWEEN LT NOT_CONTAINS EQ GT NOT_NULL NE LE BEGINS_WITH GE CONTAINS'.split(' '),
};

function asRecorded(failure: Constraint): Constraint {
  if (failure.kind !== 'enum' || failure.enum === undefined) return failure;
  const order = ORDERS[failure.enum[0] ?? ''];
  return order?.length === failure.enum.length ? { ...failure, enum: order } : failure;
}

/** Items and keys are not quoted. Source: answers recorded from AWS to a BatchGetItem of 101 keys (moto's tests), and to one of none (dynalite's). */
function unquoted(failure: Constraint): Constraint {
  const hasItems =
    /^(RequestItems|TransactItems)$/.test(String(failure.path[0])) &&
    typeof failure.value === 'object' &&
    Object.keys(failure.value ?? {}).length > 0;
  return hasItems ? { ...failure, shape: { ...failure.shape, sensitive: true } } : failure;
}

/** Parameters that are maps: what they hold is told as `requestItems.things.member.keys`. */
const MAPS: ReadonlySet<unknown> = new Set([
  'RequestItems',
  'Expected',
  'KeyConditions',
  'QueryFilter',
  'ScanFilter',
  'AttributeUpdates',
]);

function inMap(failure: Parameters<Voice['invalid']>[0][number]): typeof failure {
  const [parameter, key, ...rest] = failure.path;
  if (!MAPS.has(parameter) || key === undefined) return failure;
  return { ...failure, path: [parameter as string, `${key}.member`, ...rest] };
}

function textOf({ found, wanted = '', detail }: Failure): string {
  if (found === 'START_OBJECT') return 'Start of structure or map found where not expected';
  if (found === 'START_ARRAY') return `Unrecognized collection type ${javaType(wanted, detail.shape)}`;
  switch (wanted) {
    case 'Structure':
      return detail.isElement === true ? 'Unexpected value type in payload' : 'Unexpected field type';
    case 'List':
    case 'Map':
      return detail.isElement === true ? CAST : 'Unexpected field type';
    case 'Blob':
      return blobText(detail.text);
    case 'Boolean':
      return found === 'STRING_VALUE'
        ? 'Unexpected token received from parser'
        : `${found} cannot be converted to Boolean`;
    default:
      return `${found} cannot be converted to ${wanted}`;
  }
}

function blobText(text: string | undefined): string {
  if (text === undefined) return 'only base-64-encoded strings are convertible to bytes';
  if (text.length % 4 !== 0) return `Base64 encoded length is expected a multiple of 4 bytes but found: ${text.length}`;
  return 'Invalid last non-pad Base64 character dectected';
}

/** What Java calls the type that should have stood there. */
function javaType(wanted: string, shape = ''): string {
  const own = `com.amazonaws.dynamodb.v20120810.${shape}`;
  if (wanted === 'Structure') return `class ${own}`;
  if (wanted === 'Map') return `java.util.Map<java.lang.String, ${VALUES[shape] ?? own}>`;
  return wanted === 'Blob' ? 'class java.nio.ByteBuffer' : `class java.lang.${wanted}`;
}

/** What Java calls the values of maps that are no structures. */
const VALUES: { readonly [shape: string]: string | undefined } = {
  AttributeName: 'java.lang.String',
  WriteRequests: 'java.util.List<com.amazonaws.dynamodb.v20120810.WriteRequest>',
};
