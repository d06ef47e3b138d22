/** Managed policies, the account's own and AWS's, seen alike. */
import { parseArn, sha256Hex, wholeSecond } from '#kernel/base';
import { type AwsPolicy, awsPolicy, type ManagedPolicyRow, managedPolicies } from '#kernel/identity';
import type { StoreView } from '#kernel/store';
import type { Policy } from '#models/iam';
import { noSuchPolicy, notOwnPolicy } from '../errors.ts';
import { checkPolicyArn, usesOf } from './attach.ts';
import { DESCRIPTIONS } from './descriptions.ts';

/**
 * A managed policy of AWS as a row.
 *
 * Deviation: ids are not AWS's own, and only the default version is there.
 */
export function rowOf(policy: AwsPolicy): ManagedPolicyRow {
  const version = { id: policy.version, document: policy.document, createdAt: policy.updatedAt };
  const description = DESCRIPTIONS[policy.name];
  return {
    arn: policy.arn,
    name: policy.name,
    path: policy.path,
    id: idOf(policy.arn),
    ...(description !== undefined && { description }),
    versions: [version],
    defaultVersion: version.id,
    nextVersion: Number(policy.version.slice(1)) + 1,
    createdAt: policy.createdAt,
    updatedAt: policy.updatedAt,
    tags: {},
  };
}

function idOf(arn: string): string {
  return `ANPA${BigInt(`0x${sha256Hex(arn)}`)
    .toString(36)
    .toUpperCase()
    .slice(-17)}`;
}

/** The account's own or AWS's policy; undefined when there is none. */
export function policyOf(arn: string, store: StoreView): ManagedPolicyRow | undefined {
  const own = store.get(managedPolicies, { arn });
  if (own !== undefined) return own;
  const managed = awsPolicy(arn);
  return managed && rowOf(managed);
}

/** @throws {ServiceError} NoSuchEntity, InvalidInput */
export function findPolicy(arn: string, store: StoreView): ManagedPolicyRow {
  checkPolicyArn(arn);
  const policy = policyOf(arn, store);
  if (policy === undefined) throw noSuchPolicy(arn);
  return policy;
}

/** The account's own. @throws {ServiceError} NoSuchEntity, InvalidInput */
export function findOwnPolicy(arn: string, store: StoreView): ManagedPolicyRow {
  checkPolicyArn(arn);
  const own = store.get(managedPolicies, { arn });
  if (own === undefined) throw noSuchPolicy(arn);
  return own;
}

/** @throws {ServiceError} AccessDenied for a policy of AWS or of another account, ValidationError for what is no ARN, InvalidInput for one of something else */
export function refuseOthers(arn: string, account: string, what: string): void {
  checkPolicyArn(arn);
  if (parseArn(arn)?.account !== account) throw notOwnPolicy(what);
}

/** The text of a policy's default version. */
export function documentOf({ versions, defaultVersion }: ManagedPolicyRow): string {
  return versions.find(({ id }) => id === defaultVersion)?.document ?? '';
}

/** A policy as lists show it, without description and tags. */
export function showPolicy(policy: ManagedPolicyRow, store: StoreView): Policy {
  const uses = usesOf(store, policy.arn);
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: policy.defaultVersion,
    AttachmentCount: uses.attached,
    PermissionsBoundaryUsageCount: uses.boundaries,
    IsAttachable: !isServicesOwn(policy.arn),
    CreateDate: wholeSecond(policy.createdAt),
    UpdateDate: wholeSecond(policy.updatedAt),
  };
}

/** Whether a policy of AWS is for the roles that only services have. @see IAM User Guide, "Service-linked roles" */
export function isServicesOwn(arn: string): boolean {
  return /^arn:aws[a-z-]*:iam::aws:policy\/aws-service-role\//.test(arn);
}

/** Name of the policy of an ARN. */
export function nameOfArn(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}
