/** Policies of the account: which groups they cover, and what they say. */
import type { StoreView } from '#kernel/store';
import { invalidParameter } from '../errors.ts';
import { type AccountPolicyRow, accountPolicies, type GroupRow, type SubscriptionRow } from '../state.ts';

/** Source: User Guide, "Create field indexes to improve query performance": fields of one policy. */
const INDEXED_MAX = 20;

/** Policies of the account of a type, in the order of their names. */
export function policiesOf(type: AccountPolicyRow['type'], store: StoreView): AccountPolicyRow[] {
  return store.list(accountPolicies, { where: { type } });
}

/** The account's policy of a type that covers a group; no two do. */
export function policyFor(
  type: AccountPolicyRow['type'],
  group: Pick<GroupRow, 'name'>,
  store: StoreView,
): AccountPolicyRow | undefined {
  return policiesOf(type, store).find((policy) => selects(policy, group));
}

/**
 * Whether a selection holds of a group: `LogGroupName NOT IN ["a", "b"]` leaves some out, `LogGroupNamePrefix "a"` takes those that begin so.
 *
 * @throws {ServiceError} InvalidParameterException
 */
function selects({ selection }: AccountPolicyRow, { name }: Pick<GroupRow, 'name'>): boolean {
  if (selection === undefined) return true;
  if (/\sNOT\s/i.test(selection)) return !leftOut(selection).includes(name);
  return name.startsWith(prefixOf(selection));
}

/** Sees that a selection is one of its type's. Source: API Reference, PutAccountPolicy, "selectionCriteria". @throws {ServiceError} InvalidParameterException */
export function checkSelection(type: AccountPolicyRow['type'], selection: string): void {
  if (type === 'DATA_PROTECTION_POLICY')
    throw invalidParameter(`SelectionCriteria is not yet supported for the ${type} policy type.`);
  if (type === 'SUBSCRIPTION_FILTER_POLICY') leftOut(selection);
  else prefixOf(selection);
}

function leftOut(text: string): readonly string[] {
  const list = /^\s*LogGroupName\s+NOT\s+IN\s*(\[.*\])\s*$/is.exec(text)?.[1];
  const names = list === undefined ? undefined : parsed(list);
  if (!Array.isArray(names) || !names.every((name) => typeof name === 'string'))
    throw invalidParameter('The provided SelectionCriteria string is invalid.');
  return names as string[];
}

function prefixOf(text: string): string {
  const quoted = /^\s*LogGroupNamePrefix\s+(".*")\s*$/is.exec(text)?.[1];
  const prefix = quoted === undefined ? undefined : parsed(quoted);
  if (typeof prefix !== 'string' || prefix === '') throw invalidParameter('Invalid selection criteria provided.');
  return prefix;
}

/** Whether two policies of a type could cover the same group: AWS takes several only where each has a prefix of its own. */
export function overlaps(one: AccountPolicyRow, other: AccountPolicyRow): boolean {
  if (!isByPrefix(one) || !isByPrefix(other)) return true;
  const [a, b] = [prefixOf(one.selection ?? ''), prefixOf(other.selection ?? '')];
  return a.startsWith(b) || b.startsWith(a);
}

const isByPrefix = ({ type, selection }: AccountPolicyRow) =>
  (type === 'FIELD_INDEX_POLICY' || type === 'TRANSFORMER_POLICY') && selection !== undefined;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Fields of an index policy. @throws {ServiceError} InvalidParameterException */
export function readIndexPolicy(text: string): string[] {
  const { Fields: fields } = (parsed(text) ?? {}) as { Fields?: unknown };
  if (!Array.isArray(fields) || fields.length === 0 || !fields.every((field) => typeof field === 'string'))
    throw invalidParameter('Invalid index policy: the document must have a list of Fields.');
  if (fields.length > INDEXED_MAX) throw invalidParameter(`Policy document contains more than ${INDEXED_MAX} fields.`);
  return fields as string[];
}

/** Fields that every group has an index of. Source: User Guide, "filterIndex". */
const INDEXED_ALWAYS = [
  '@logStream',
  '@aws.region',
  '@aws.account',
  '@source.log',
  '@data_source_name',
  '@data_source_type',
  '@data_format',
  'traceId',
  'severityText',
  'attributes.session.id',
];

/**
 * Fields that a group has an index of: by its own policy, else by the account's.
 *
 * Source: User Guide, "Field index syntax and quotas": a policy writes a sign more before a field of the events that begins with @, as queries do.
 */
export function indexedFields(group: GroupRow, store: StoreView): ReadonlySet<string> {
  const text = group.index?.text ?? policyFor('FIELD_INDEX_POLICY', group, store)?.text;
  const fields = text === undefined ? [] : readIndexPolicy(text);
  return new Set([...INDEXED_ALWAYS, ...fields]);
}

export type AccountSubscription = Pick<SubscriptionRow, 'pattern' | 'destinationArn' | 'distribution'> & {
  roleArn?: string;
};

/** What a subscription policy says. @throws {ServiceError} InvalidParameterException */
export function readSubscription(text: string): AccountSubscription {
  const document = parsed(text) as { [member: string]: unknown } | null | undefined;
  if (typeof document !== 'object' || document === null) throw invalidParameter('Malformed Subscription filter policy');
  const {
    DestinationArn: destinationArn,
    FilterPattern: pattern,
    RoleArn: roleArn,
    Distribution: distribution,
  } = document;
  // Source: what AWS answers, its blank missing.
  if (typeof destinationArn !== 'string') throw invalidParameter('MissingDestinationArnfield in policy document');
  if (typeof pattern !== 'string') throw invalidParameter('MissingFilterPatternfield in policy document');
  return {
    pattern,
    destinationArn,
    distribution: distribution === 'Random' ? 'Random' : 'ByLogStream',
    ...(typeof roleArn === 'string' && { roleArn }),
  };
}

/** The subscription that the account's policy gives a group. */
export function accountSubscription(group: GroupRow, store: StoreView): SubscriptionRow | undefined {
  if (group.class !== 'STANDARD') return undefined;
  const policy = policyFor('SUBSCRIPTION_FILTER_POLICY', group, store);
  if (policy === undefined) return undefined;
  return { group: group.pile, name: policy.name, createdAt: policy.updatedAt, ...readSubscription(policy.text) };
}
