/** Managed policies, the account's own and AWS's, seen alike. */
import { type ManagedPolicyRow, managedPolicies } from '#kernel/identity';
import type { StoreView } from '#kernel/store';
import type { Policy } from '#models/iam';
import { noSuchPolicy } from '../errors.ts';
import { type ManagedPolicy, managedPolicy } from '../managed/catalog.ts';
import { usesOf } from './attach.ts';
import { shownAt } from './names.ts';
import { showTags } from './tags.ts';

/** A managed policy of AWS as a row. */
export function rowOf(policy: ManagedPolicy): ManagedPolicyRow {
  const version = { id: `v${policy.version}`, document: policy.document, createdAt: policy.updatedAt };
  return {
    arn: policy.arn,
    name: policy.name,
    path: policy.path,
    id: policy.id,
    description: policy.description,
    versions: [version],
    defaultVersion: version.id,
    nextVersion: policy.version + 1,
    createdAt: policy.createdAt,
    updatedAt: policy.updatedAt,
    tags: {},
  };
}

/** @throws {ServiceError} NoSuchEntity */
export function findPolicy(arn: string, store: StoreView): ManagedPolicyRow {
  const own = store.get(managedPolicies, { arn });
  if (own !== undefined) return own;
  const managed = managedPolicy(arn);
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
    IsAttachable: true,
    ...(whole && policy.description !== undefined && { Description: policy.description }),
    CreateDate: shownAt(policy.createdAt),
    UpdateDate: shownAt(policy.updatedAt),
    ...(whole && Object.keys(policy.tags).length > 0 && { Tags: showTags(policy.tags) }),
  };
}

/** Name of the policy of an ARN. */
export function nameOfArn(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}
