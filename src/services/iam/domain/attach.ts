/** Attachments of managed policies, and boundaries: the policy's side of them, by which it is found who uses it. */
import { parseArn } from '#kernel/base';
import { awsPolicy, managedPolicies } from '#kernel/identity';
import type { StoreView } from '#kernel/store';
import { boundaryNotAttachable, invalidArn, invalidPartition, noArn } from '../errors.ts';
import { type AttachmentRow, attachments, type Kind, policyUses } from '../state.ts';

const POLICY_ARN = /^arn:aws:iam::(\d{12}|aws):policy\/.*\S$/;

/** @throws {ServiceError} ValidationError for what is no ARN or of another partition, InvalidInput for one of something else */
export function checkPolicyArn(arn: string): void {
  checkIamArn(arn);
  if (parseArn(arn)?.partition !== 'aws') throw invalidPartition();
  if (!POLICY_ARN.test(arn)) throw invalidArn(arn);
}

/** Of whatever of IAM's. Source: cloud-gov/aws-broker, issue 383, an announcement of AWS. @throws {ServiceError} ValidationError, InvalidInput */
export function checkIamArn(arn: string): void {
  const { service, region } = parseArn(arn) ?? {};
  if (service === undefined) throw noArn(arn);
  if (service !== 'iam' || region !== '' || arn.endsWith(' ')) throw invalidArn(arn);
}

/** Whether there is such a policy, the account's own or AWS's. */
export function policyExists(arn: string, store: StoreView): boolean {
  return store.get(managedPolicies, { arn }) !== undefined || awsPolicy(arn) !== undefined;
}

/** Notes that a policy is used. */
export function link(store: StoreView, row: AttachmentRow): void {
  store.put(attachments, row);
  countUse(store, row, 1);
}

/** Notes that a policy is used no more. */
export function unlink(store: StoreView, row: AttachmentRow): void {
  if (store.delete(attachments, row)) countUse(store, row, -1);
}

function countUse(store: StoreView, { policy, usage }: AttachmentRow, change: number): void {
  const { attached, boundaries } = usesOf(store, policy);
  const use = {
    arn: policy,
    attached: attached + (usage === 'attached' ? change : 0),
    boundaries: boundaries + (usage === 'boundary' ? change : 0),
  };
  if (use.attached + use.boundaries === 0) store.delete(policyUses, use);
  else store.put(policyUses, use);
}

/** How often a policy is attached, and is a boundary. */
export function usesOf(store: StoreView, arn: string): { attached: number; boundaries: number } {
  return store.get(policyUses, { arn }) ?? { attached: 0, boundaries: 0 };
}

/** Sets, changes or takes away (undefined) a boundary. @throws {ServiceError} NoSuchEntity, InvalidInput */
export function linkBoundary(
  store: StoreView,
  kind: Kind,
  name: string,
  before: string | undefined,
  after: string | undefined,
): void {
  if (after !== undefined) {
    checkPolicyArn(after);
    if (!policyExists(after, store)) throw boundaryNotAttachable(after);
  }
  if (before !== undefined) unlink(store, { policy: before, usage: 'boundary', kind, name });
  if (after !== undefined) link(store, { policy: after, usage: 'boundary', kind, name });
}

/** Carries the links of what was renamed over to its new name. */
export function relink(
  store: StoreView,
  kind: Kind,
  from: string,
  to: string,
  attached: readonly string[],
  boundary: string | undefined,
): void {
  const rows: AttachmentRow[] = attached.map((policy) => ({ policy, usage: 'attached', kind, name: from }));
  if (boundary !== undefined) rows.push({ policy: boundary, usage: 'boundary', kind, name: from });
  for (const row of rows) {
    store.delete(attachments, row);
    store.put(attachments, { ...row, name: to });
  }
}
