/** Grants of S3 Access Grants: who may have what of a location. */
import { type Ctx, type Handler, notBuilt } from '#kernel/contract';
import { buckets } from '../../s3/port.ts';
import { DEFAULT, findGrant, findInstance, findLocation, grantsArn, viewFor } from '../domain/grant-store.ts';
import { baseOf, partsOf, scopeOf } from '../domain/grants.ts';
import { pageOf } from '../domain/page.ts';
import { grantExists, invalidGrant, tooManyGrants } from '../errors.ts';
import { GRANTS_MAX } from '../limits.ts';
import { type GrantRow, grants } from '../state-grants.ts';
import { checkAccount } from './block.ts';
import { checkTags } from './tags.ts';

function shown(row: GrantRow, account: string, ctx: Ctx) {
  return {
    CreatedAt: row.createdAt,
    AccessGrantId: row.id,
    AccessGrantArn: grantsArn(ctx, account, 'grant', row.id),
    Grantee: { GranteeType: 'IAM' as const, GranteeIdentifier: row.grantee },
    AccessGrantsLocationId: row.location,
    ...(row.subPrefix !== undefined && { AccessGrantsLocationConfiguration: { S3SubPrefix: row.subPrefix } }),
    Permission: row.permission,
    GrantScope: row.scope,
  };
}

const PRINCIPAL = /^arn:[^:]+:iam::\d{12}:(user|role)\/.+/;

export const createAccessGrant: Handler<'s3-control', 'CreateAccessGrant'> = (input, ctx) => {
  checkAccount(input, ctx);
  const { Grantee, Permission: permission, S3PrefixType } = input;
  const { GranteeType, GranteeIdentifier: grantee = '' } = Grantee;
  const location = findLocation(input, ctx);
  if (GranteeType !== 'IAM') throw notBuilt(`IAM Identity Center (grantees of type ${GranteeType})`);
  if (!PRINCIPAL.test(grantee)) throw invalidGrant();
  const subPrefix = input.AccessGrantsLocationConfiguration?.S3SubPrefix;
  if (location.id === DEFAULT && subPrefix === undefined) throw invalidGrant();
  const scope = scopeOf(location.scope, subPrefix);
  const base = baseOf(scope) ?? '';
  const isObject = S3PrefixType === 'Object';
  checkBucket(base, isObject && scope.endsWith('*'), ctx);
  const alike = ctx.store.list(grants, { index: 'byGrantee', where: { grantee, base }, limit: ALIKE_MAX });
  if (alike.some((one) => one.permission === permission && one.scope === scope)) throw grantExists();
  if (ctx.store.count(grants, {}) >= GRANTS_MAX) throw tooManyGrants(GRANTS_MAX);
  const tags = checkTags(input.Tags ?? []);
  const row: GrantRow = {
    id: ctx.uuid(),
    grantee,
    permission,
    location: location.id,
    ...(subPrefix !== undefined && { subPrefix }),
    base,
    scope,
    ...(isObject && { isObject }),
    createdAt: ctx.now,
    ...(Object.keys(tags).length > 0 && { tags }),
  };
  ctx.store.put(grants, row);
  return shown(row, ctx.account, ctx);
};

/** Of one grantee and path there are few: one of each permission, with and without a star. */
const ALIKE_MAX = 20;

/** @throws {ServiceError} InvalidAccessGrant where the bucket is not there: a prefix need not be */
function checkBucket(base: string, isPattern: boolean, ctx: Ctx): void {
  const bucket = ctx.store.get(buckets, { name: partsOf(base).bucket });
  if (isPattern || bucket === undefined || bucket.account !== ctx.account || bucket.region !== ctx.region)
    throw invalidGrant();
}

export const getAccessGrant: Handler<'s3-control', 'GetAccessGrant'> = (input, ctx) => {
  checkAccount(input, ctx);
  return shown(findGrant(input, ctx), ctx.account, ctx);
};

export const deleteAccessGrant: Handler<'s3-control', 'DeleteAccessGrant'> = (input, ctx) => {
  checkAccount(input, ctx);
  ctx.store.delete(grants, findGrant(input, ctx));
  return {};
};

/** Narrowed by whatever is asked for; a page may have fewer than it could. */
export const listAccessGrants: Handler<'s3-control', 'ListAccessGrants'> = (input, ctx) => {
  findInstance(input, ctx);
  const view = viewFor(input, ctx);
  const { Permission, GrantScope, GranteeIdentifier, GranteeType = 'IAM', ApplicationArn } = input;
  const { page, rest } = pageOf(
    input,
    (after, limit) => view.list(grants, { limit, ...(after !== undefined && { after: { id: after } }) }),
    ({ id }) => id,
  );
  const isAsked = (row: GrantRow) =>
    (Permission === undefined || row.permission === Permission) &&
    (GrantScope === undefined || row.scope === GrantScope) &&
    (GranteeIdentifier === undefined || row.grantee === GranteeIdentifier) &&
    GranteeType === 'IAM' &&
    ApplicationArn === undefined;
  return { AccessGrantsList: page.filter(isAsked).map((row) => shown(row, input.AccountId, ctx)), ...rest };
};
