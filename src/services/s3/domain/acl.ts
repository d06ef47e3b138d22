/** Access control lists: canned ones, those of headers and of bodies, and whether one lets a caller in. */
import { sha256Hex } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import type { AccessControlPolicy, Grant } from '#models/s3';
import {
  accessDenied,
  aclsDisabled,
  invalidArgument,
  invalidRequest,
  malformedAcl,
  methodNotAllowed,
} from '../errors.ts';
import { GRANTS_MAX } from '../limits.ts';
import type { BucketRow, GrantRow, Permission } from '../state.ts';
import { isBlocked } from './blocks.ts';
import { deniedBecause } from './denied.ts';

const ALL_USERS = 'http://acs.amazonaws.com/groups/global/AllUsers';
const AUTHENTICATED_USERS = 'http://acs.amazonaws.com/groups/global/AuthenticatedUsers';
export const LOG_DELIVERY = 'http://acs.amazonaws.com/groups/s3/LogDelivery';
/** The principal that delivers logs. */
const LOGGING = 'logging.s3.amazonaws.com';
/** The account that brings standard logs of CloudFront, and the principal it is here. Source: CloudFront Developer Guide, "Permissions required for standard logging". */
export const LOGS_ACCOUNT = 'c4c1ede66af53448b93c283ce9448c4ba468c9432aa01d700d3878632f77d2d0';
const LOGS_DELIVERY = 'delivery.logs.amazonaws.com';
const GROUPS = new Set([ALL_USERS, AUTHENTICATED_USERS, LOG_DELIVERY]);
/** Amazon EC2, which aws-exec-read lets fetch images. Source: S3 User Guide, "Canned ACL". */
const EC2_BUNDLES = '6aa5a366c34c1cbe25dc49211496e913e0351eb0e8c37aa3477e40942ec6b97c';

const ids = new Map<string, string>();

/** The canonical user id of an account. */
export function canonicalId(account: string): string {
  let id = ids.get(account);
  if (id === undefined) ids.set(account, (id = sha256Hex(`canonical user ${account}`)));
  return id;
}

export type AclInput = {
  Key?: string;
  ACL?: string;
  GrantFullControl?: string;
  GrantRead?: string;
  GrantReadACP?: string;
  GrantWrite?: string;
  GrantWriteACP?: string;
  AccessControlPolicy?: AccessControlPolicy;
};

const HEADERS = [
  ['GrantFullControl', 'FULL_CONTROL', 'x-amz-grant-full-control'],
  ['GrantRead', 'READ', 'x-amz-grant-read'],
  ['GrantWrite', 'WRITE', 'x-amz-grant-write'],
  ['GrantReadACP', 'READ_ACP', 'x-amz-grant-read-acp'],
  ['GrantWriteACP', 'WRITE_ACP', 'x-amz-grant-write-acp'],
] as const;

function headerGrants(input: AclInput): GrantRow[] {
  return HEADERS.flatMap(([member, permission, header]) => granteesOf(header, input[member], permission));
}

/** Whether ACLs mean nothing for the bucket. */
export function ignoresAcls(bucket: BucketRow): boolean {
  return bucket.ownership === 'BucketOwnerEnforced';
}

/**
 * The grants a request asks for; undefined when it says nothing, or only what is the default.
 *
 * @param owner account that owns the object or bucket the list is for
 * @param action by which they are asked for, as a denial names it
 * @throws {ServiceError} AccessControlListNotSupported, InvalidRequest, InvalidArgument, MalformedACLError, AccessDenied for public ones where they are blocked
 */
export function grantsOf(
  input: AclInput,
  bucket: BucketRow,
  owner: string,
  ctx: Ctx,
  action: string,
): GrantRow[] | undefined {
  const headers = headerGrants(input);
  if (input.ACL === undefined && headers.length === 0 && input.AccessControlPolicy === undefined) return undefined;
  if (input.ACL !== undefined && headers.length > 0)
    throw invalidRequest('Specifying both Canned ACLs and Header Grants is not allowed');
  if (ignoresAcls(bucket)) {
    if (input.ACL === 'bucket-owner-full-control' || isOwnersOnly(input, bucket)) return undefined;
    throw aclsDisabled();
  }
  const grants =
    input.ACL !== undefined
      ? cannedGrants(input.ACL, owner, bucket.account)
      : headers.length > 0
        ? headers
        : bodyGrants(input.AccessControlPolicy as AccessControlPolicy, owner);
  if (grants.length > GRANTS_MAX) throw malformedAcl();
  if (isPublic(grants) && isBlocked(ctx.store, bucket, 'blockAcls'))
    throw deniedBecause(
      ctx,
      bucket,
      input.Key,
      action,
      'public ACLs are prevented by the BlockPublicAcls setting in S3 Block Public Access.',
    );
  return input.ACL === 'private' ? undefined : grants;
}

/**
 * The grants with which an object is written. Where ACLs are disabled, `private` from the bucket's own account means what holds there
 * anyway, and is let through; from another account, and where an ACL is all that is put, it is refused.
 * Source: answers of S3 in github.com/thephpleague/flysystem/issues/1580 and 1874, github.com/redpanda-data/connect/issues/4371,
 * github.com/ansible-collections/amazon.aws/issues/863.
 */
export function grantsOfWrite(
  input: AclInput,
  bucket: BucketRow,
  owner: string,
  ctx: Ctx,
  action = 'PutObject',
): GrantRow[] | undefined {
  if (ignoresAcls(bucket) && input.ACL === 'private' && ctx.account === bucket.account) {
    const { ACL: _, ...rest } = input;
    return grantsOf(rest, bucket, owner, ctx, action);
  }
  return grantsOf(input, bucket, owner, ctx, action);
}

/**
 * FULL_CONTROL for the bucket's owner and nothing else is accepted even where ACLs are disabled.
 * Source: S3 API Reference, PutObject.
 */
function isOwnersOnly(input: AclInput, bucket: BucketRow): boolean {
  const id = canonicalId(bucket.account);
  const grants = input.AccessControlPolicy?.Grants ?? [];
  if (input.AccessControlPolicy !== undefined)
    return grants.every((grant) => grant.Grantee?.ID === id && grant.Permission === 'FULL_CONTROL');
  return (
    input.GrantFullControl?.includes(id) === true && input.GrantRead === undefined && input.GrantWrite === undefined
  );
}

/** Source: S3 User Guide, "Canned ACL". */
function cannedGrants(name: string, owner: string, bucketOwner: string): GrantRow[] {
  const own: GrantRow = { id: canonicalId(owner), permission: 'FULL_CONTROL' };
  switch (name) {
    case 'public-read':
      return [own, { uri: ALL_USERS, permission: 'READ' }];
    case 'public-read-write':
      return [own, { uri: ALL_USERS, permission: 'READ' }, { uri: ALL_USERS, permission: 'WRITE' }];
    case 'authenticated-read':
      return [own, { uri: AUTHENTICATED_USERS, permission: 'READ' }];
    case 'aws-exec-read':
      return [own, { id: EC2_BUNDLES, permission: 'READ' }];
    case 'log-delivery-write':
      return [own, { uri: LOG_DELIVERY, permission: 'WRITE' }, { uri: LOG_DELIVERY, permission: 'READ_ACP' }];
    case 'bucket-owner-read':
      return owner === bucketOwner ? [own] : [own, { id: canonicalId(bucketOwner), permission: 'READ' }];
    case 'bucket-owner-full-control':
      return owner === bucketOwner ? [own] : [own, { id: canonicalId(bucketOwner), permission: 'FULL_CONTROL' }];
    default:
      return [own];
  }
}

/** `id="…", uri="…"`. Source: S3's answers in github.com/versity/versitygw/issues/1384. */
function granteesOf(header: string, text: string | undefined, permission: Permission): GrantRow[] {
  if (text === undefined) return [];
  return text.split(',').map((one) => {
    const match = /^\s*(id|uri|emailAddress)\s*=\s*"?([^"]*)"?\s*$/i.exec(one);
    if (match === null) throw invalidArgument('Argument format not recognized', header, text);
    return grantRow(match[1]?.toLowerCase() ?? '', match[2] ?? '', permission, 'id');
  });
}

/** @param place of an id, as errors say it */
function grantRow(kind: string, value: string, permission: Permission, place: string): GrantRow {
  // Source: S3 API Reference, PutBucketAcl: since October 2025 the answer is 405.
  if (kind === 'emailaddress') throw methodNotAllowed('PUT', 'ACL');
  if (kind === 'uri') {
    if (!GROUPS.has(value)) throw invalidArgument('Invalid group uri', 'uri', value);
    return { uri: value, permission };
  }
  // Capital letters are taken, too. Source: what was tried in github.com/scality/cloudserver/pull/366.
  if (!/^[0-9a-f]{64}$/i.test(value)) throw invalidArgument('Invalid id', place, value);
  return { id: value.toLowerCase(), permission };
}

/** Source: S3's answer to a policy without an owner in github.com/boto/boto3/issues/180. */
function bodyGrants(policy: AccessControlPolicy, owner: string): GrantRow[] {
  if (policy.Owner?.ID === undefined) throw malformedAcl();
  if (policy.Owner.ID !== canonicalId(owner)) throw accessDenied();
  return (policy.Grants ?? []).map(grantOf);
}

const IN_BODY = 'CanonicalUser/ID';

/** @throws {ServiceError} MalformedACLError, MethodNotAllowed for a grantee by e-mail, InvalidArgument */
export function grantOf({ Grantee, Permission: permission }: Grant): GrantRow {
  if (Grantee === undefined || permission === undefined) throw malformedAcl();
  if (Grantee.Type === 'AmazonCustomerByEmail')
    return grantRow('emailaddress', Grantee.EmailAddress ?? '', permission, IN_BODY);
  return Grantee.Type === 'Group'
    ? grantRow('uri', Grantee.URI ?? '', permission, IN_BODY)
    : grantRow('id', Grantee.ID ?? '', permission, IN_BODY);
}

/** Whether a request to make a bucket asks for more than what its owner has anyway. */
export const asksAcl = (input: AclInput): boolean =>
  (input.ACL ?? 'private') !== 'private' || HEADERS.some(([name]) => input[name] !== undefined);

/** Whether a request to make a bucket grants anything but FULL_CONTROL to its owner. */
export const grantsMore = (input: AclInput, account: string): boolean =>
  (input.ACL ?? 'private') !== 'private' ||
  headerGrants(input).some(({ id, permission }) => id !== canonicalId(account) || permission !== 'FULL_CONTROL');

/** Whether a request to make a bucket asks for grants to everybody. */
export function asksPublicAcl(input: AclInput): boolean {
  return isPublic([...(input.ACL === undefined ? [] : cannedGrants(input.ACL, '', '')), ...headerGrants(input)]);
}

function isPublic(grants: readonly GrantRow[]): boolean {
  return grants.some((grant) => grant.uri === ALL_USERS || grant.uri === AUTHENTICATED_USERS);
}

/** A list as AWS shows it; without one of its own, FULL_CONTROL for the owner. */
export function shownGrants(grants: readonly GrantRow[] | undefined, owner: string): Grant[] {
  const all = grants ?? [{ id: canonicalId(owner), permission: 'FULL_CONTROL' as const }];
  return all.map(({ id, uri, permission }) => ({
    Grantee:
      uri === undefined ? { Type: 'CanonicalUser', ...(id !== undefined && { ID: id }) } : { Type: 'Group', URI: uri },
    Permission: permission,
  }));
}

/** Who owns what is in a bucket: where ACLs are disabled its owner does, whoever wrote it. Source: S3 User Guide, "Controlling ownership of objects and disabling ACLs". */
export const ownerIn = (bucket: BucketRow, { owner }: { owner: string }): string =>
  ignoresAcls(bucket) ? bucket.account : owner;

/** The grants that count; undefined: FULL_CONTROL for the owner alone. Source: S3 User Guide, "Blocking public access to your Amazon S3 storage": those that are ignored are not shown. */
export function effectiveGrants(
  store: StoreView,
  bucket: BucketRow,
  grants: readonly GrantRow[] | undefined,
): readonly GrantRow[] | undefined {
  if (ignoresAcls(bucket)) return undefined;
  return grants !== undefined && isPublic(grants) && isBlocked(store, bucket, 'ignoreAcls')
    ? grants.filter((grant) => !isPublic([grant]))
    : grants;
}

/**
 * Whether the list lets this caller do what `permission` stands for.
 *
 * @param owner of what the list is for: its own account's policies say what its users may
 */
export function aclAllows(
  ctx: Ctx,
  bucket: BucketRow,
  grants: readonly GrantRow[] | undefined,
  permission: Permission,
  owner = bucket.account,
): boolean {
  if (grants === undefined || ignoresAcls(bucket)) return false;
  const { principal } = ctx.caller;
  const id = principal.kind === 'anonymous' ? undefined : canonicalId(principal.account);
  return grants.some((grant) => {
    if (grant.permission !== permission && grant.permission !== 'FULL_CONTROL') return false;
    if (grant.uri === LOG_DELIVERY) return principal.kind === 'service' && principal.id === LOGGING;
    if (grant.id === LOGS_ACCOUNT) return principal.kind === 'service' && principal.id === LOGS_DELIVERY;
    if (grant.uri === ALL_USERS) return !isBlocked(ctx.store, bucket, 'ignoreAcls');
    if (grant.uri === AUTHENTICATED_USERS) return id !== undefined && !isBlocked(ctx.store, bucket, 'ignoreAcls');
    return id !== undefined && grant.id === id && principal.account !== owner;
  });
}
