/** Managed policies, the account's own and AWS's, seen alike. */
import { sha256Hex } from '#kernel/base';
import { type AwsPolicy, awsPolicy, type ManagedPolicyRow, managedPolicies } from '#kernel/identity';
import type { StoreView } from '#kernel/store';
import type { Policy } from '#models/iam';
import { noSuchPolicy } from '../errors.ts';
import { usesOf } from './attach.ts';
import { DESCRIPTIONS } from './descriptions.ts';
import { shownAt } from './names.ts';
import { showTags } from './tags.ts';

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

/** @throws {ServiceError} NoSuchEntity */
export function findPolicy(arn: string, store: StoreView): ManagedPolicyRow {
  const own = store.get(managedPolicies, { arn });
  if (own !== undefined) return own;
  const managed = awsPolicy(arn);
  if (managed === undefined) throw noSuchPolicy(arn);
  return rowOf(managed);
}

/** The account's own. @throws {ServiceError} NoSuchEntity */
export function findOwnPolicy(arn: string, store: StoreView): ManagedPolicyRow {
  const own = store.get(managedPolicies, { arn });
  if (own === undefined) throw noSuchPolicy(arn);
  return own;
}

/** The text of a policy's default version. */
export function documentOf({ versions, defaultVersion }: ManagedPolicyRow): string {
  return versions.find(({ id }) => id === defaultVersion)?.document ?? '';
}

/** A policy as lists show it; alone with description and tags too. */
export function showPolicy(policy: ManagedPolicyRow, store: StoreView, whole: boolean): Policy {
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
    ...(whole && policy.description !== undefined && { Description: policy.description }),
    CreateDate: shownAt(policy.createdAt),
    UpdateDate: shownAt(policy.updatedAt),
    ...(whole && Object.keys(policy.tags).length > 0 && { Tags: showTags(policy.tags) }),
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
