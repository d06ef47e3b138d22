/** Policies of the account: which groups they cover, and what they say. */
import type { StoreView } from '#kernel/store';
import { invalidParameter } from '../errors.ts';
import { type AccountPolicyRow, accountPolicies, type GroupRow, type SubscriptionRow } from '../state.ts';

/** Source: User Guide, "Create field indexes to improve query performance": fields of one policy. */
const INDEXED_MAX = 20;

/** The account's policy of a type; there is one at most. */
export function policyNamed(type: AccountPolicyRow['type'], store: StoreView): AccountPolicyRow | undefined {
  return store.first(accountPolicies, { where: { type } });
}

/** Whether a policy's selection covers a group: `LogGroupName NOT IN ["a", "b"]` leaves some out. */
export function coversGroup({ selection }: AccountPolicyRow, { name }: GroupRow): boolean {
  return selection === undefined || !readSelection(selection).includes(name);
}

/** The groups that a selection leaves out. @throws {ServiceError} InvalidParameterException */
export function readSelection(text: string): readonly string[] {
  const list = /^\s*LogGroupName\s+NOT\s+IN\s+(\[.*\])\s*$/is.exec(text)?.[1];
  const names = list === undefined ? undefined : parsed(list);
  if (!Array.isArray(names) || !names.every((name) => typeof name === 'string'))
    throw invalidParameter('Invalid selection criteria: only LogGroupName NOT IN [] is supported.');
  return names as string[];
}

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
  if (fields.length > INDEXED_MAX) throw invalidParameter(`Invalid index policy: at most ${INDEXED_MAX} fields.`);
  return fields as string[];
}

export type AccountSubscription = Pick<SubscriptionRow, 'pattern' | 'destinationArn' | 'distribution'> & {
  roleArn?: string;
};

/** What a subscription policy says. @throws {ServiceError} InvalidParameterException */
export function readSubscription(text: string): AccountSubscription {
  const document = (parsed(text) ?? {}) as { [member: string]: unknown };
  const {
    DestinationArn: destinationArn,
    FilterPattern: pattern,
    RoleArn: roleArn,
    Distribution: distribution,
  } = document;
  if (typeof destinationArn !== 'string' || typeof pattern !== 'string')
    throw invalidParameter('Invalid subscription policy: DestinationArn and FilterPattern are required.');
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
  const policy = policyNamed('SUBSCRIPTION_FILTER_POLICY', store);
  if (policy === undefined || !coversGroup(policy, group)) return undefined;
  return { group: group.pile, name: policy.name, createdAt: policy.updatedAt, ...readSubscription(policy.text) };
}
