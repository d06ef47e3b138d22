/**
 * S3 Access Grants: what a grant opens, and the policy that narrows a session to it.
 *
 * @see S3 User Guide, "Create grants", "Request access to Amazon S3 data through S3 Access Grants", "Register a location"
 */
import type { Permission } from '#models/s3-control';
import type { GrantRow } from '../state-grants.ts';

const SCHEME = /^s3:\/\//i;

/** `bucket/prefix` of `s3://bucket/prefix*`; undefined for what is no path of S3. */
export function baseOf(scope: string): string | undefined {
  return SCHEME.test(scope) ? scope.replace(SCHEME, '').replace(/\*$/, '') : undefined;
}

/** The bucket of a base, and what keys in it begin with. */
export function partsOf(base: string): { bucket: string; prefix: string } {
  const slash = base.indexOf('/');
  return slash === -1 ? { bucket: base, prefix: '' } : { bucket: base.slice(0, slash), prefix: base.slice(slash + 1) };
}

/** A grant's scope: its location's path with what narrows it behind, as it is shown. */
export function scopeOf(location: string, subPrefix = ''): string {
  if (subPrefix === '') return location;
  const isBucket = /^[^/]+$/.test(location.replace(SCHEME, ''));
  const path = location.replace(/\*$/, '');
  return `${path}${isBucket && !subPrefix.startsWith('/') ? '/' : ''}${subPrefix}`;
}

/** Whether a grant opens all of a target: the object that it names, or what begins as it does. */
export function opens({ base, isObject, permission }: GrantRow, target: string, asked: Permission): boolean {
  if (permission !== 'READWRITE' && permission !== asked) return false;
  const wanted = baseOf(target);
  if (wanted === undefined) return false;
  if (isObject === true) return wanted === base && !target.endsWith('*');
  // A bucket alone is all of it, and no other that begins alike.
  const isBucket = !base.includes('/');
  return isBucket ? partsOf(wanted).bucket === base : wanted.startsWith(base);
}

/** The beginnings of a target under which grants may lie, the longest first. */
export function beginningsOf(target: string): string[] {
  const wanted = baseOf(target) ?? '';
  const { bucket } = partsOf(wanted);
  const lengths = Array.from({ length: wanted.length - bucket.length + 1 }, (_, at) => wanted.length - at);
  return lengths.map((length) => wanted.slice(0, length));
}

/** Source: S3 User Guide, "Register a location", the permissions that a location's role needs. */
const ACTIONS = {
  READ: [
    's3:GetObject',
    's3:GetObjectVersion',
    's3:GetObjectAcl',
    's3:GetObjectVersionAcl',
    's3:ListMultipartUploadParts',
  ],
  WRITE: [
    's3:PutObject',
    's3:PutObjectAcl',
    's3:PutObjectVersionAcl',
    's3:DeleteObject',
    's3:DeleteObjectVersion',
    's3:AbortMultipartUpload',
  ],
} as const;

/**
 * The policy of a session that reaches so far and no further, where its role does.
 *
 * Deviation: AWS does not tell which policy it gives its sessions; this one has the actions that its guide asks of roles.
 */
export function sessionPolicy(partition: string, scope: string, permission: Permission, isObject: boolean): string {
  const { bucket, prefix } = partsOf(baseOf(scope) ?? '');
  const isOne = isObject || (prefix !== '' && !scope.endsWith('*'));
  const arn = `arn:${partition}:s3:::${bucket}`;
  const reads = permission !== 'WRITE';
  const writes = permission !== 'READ';
  const key = {
    Effect: 'Allow',
    Action: writes ? ['kms:Decrypt', 'kms:GenerateDataKey'] : ['kms:Decrypt'],
    Resource: '*',
  };
  const list = {
    Effect: 'Allow',
    Action: ['s3:ListBucket'],
    Resource: arn,
    ...(prefix !== '' && { Condition: { StringLike: { 's3:prefix': [isOne ? prefix : `${prefix}*`] } } }),
  };
  const objects = {
    Effect: 'Allow',
    Action: [...(reads ? ACTIONS.READ : []), ...(writes ? ACTIONS.WRITE : [])],
    Resource: `${arn}/${prefix}${isOne ? '' : '*'}`,
  };
  return JSON.stringify({ Version: '2012-10-17', Statement: [objects, ...(reads ? [list] : []), key] });
}
