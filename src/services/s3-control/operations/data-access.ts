/** Credentials that S3 Access Grants gives those to whom something was granted. */
import { readToken, writeToken } from '#kernel/base';
import { type Ctx, type Handler, ServiceError } from '#kernel/contract';
import type { Permission } from '#models/s3-control';
import { giveContext } from '../../sts/port.ts';
import { findInstance, grantsArn, viewFor } from '../domain/grant-store.ts';
import { baseOf, beginningsOf, opens, sessionPolicy } from '../domain/grants.ts';
import { invalidRequest, noLocation, notGranted, policyTooLarge, roleRefuses, sessionRefused } from '../errors.ts';
import { type GrantRow, grants, locations } from '../state-grants.ts';

/** Grants of one grantee that begin alike. */
const ALIKE_MAX = 20;
const SECONDS_DEFAULT = 3_600;
const LIST_MAX = 1_000;

/** Whom grants know the caller by: a user, or the role that a session is of. */
function granteeOf({ caller: { principal } }: Ctx): string {
  return principal.kind === 'session' ? principal.roleArn : principal.arn;
}

/** The grant that is closest to the target. */
function grantFor(
  input: { AccountId: string; Target: string; Permission: Permission },
  ctx: Ctx,
): GrantRow | undefined {
  const view = viewFor(input, ctx);
  const grantee = granteeOf(ctx);
  for (const base of beginningsOf(input.Target)) {
    const rows = view.list(grants, { index: 'byGrantee', where: { grantee, base }, limit: ALIKE_MAX });
    const found = rows.find((row) => opens(row, input.Target, input.Permission));
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * Deviation: the source identity of the session is the caller's unique id; which one AWS gives is not known, only that the role must allow
 * one.
 *
 * @throws {ServiceError} AccessDenied for what was not granted; what STS refuses, under the names that Access Grants has for it
 * @see S3 User Guide, "Request access to Amazon S3 data through S3 Access Grants"
 */
export const getDataAccess: Handler<'s3-control', 'GetDataAccess'> = async (input, ctx) => {
  findInstance(input, ctx);
  const { AccountId: account, Target: target, Permission: permission, Privilege, TargetType } = input;
  const grant = grantFor(input, ctx);
  if (grant === undefined) throw notGranted(permission, target);
  const location = viewFor(input, ctx).get(locations, { id: grant.location });
  if (location === undefined) throw noLocation();
  const isMinimal = Privilege === 'Minimal';
  const scope = isMinimal ? target : grant.scope;
  const isObject = isMinimal ? TargetType === 'Object' : grant.isObject === true;
  const instance = grantsArn(ctx, account);
  const asked = {
    RoleArn: location.role,
    RoleSessionName: `access-grants-${ctx.uuid()}`,
    DurationSeconds: input.DurationSeconds ?? SECONDS_DEFAULT,
    Policy: sessionPolicy(ctx.partition, wholeOf(scope, isMinimal || isObject), permission, isObject),
    SourceIdentity: ctx.caller.principal.id.replace(/:.*/, ''),
  };
  const { Credentials } = await assumed(ctx.awsFor(instance, 'access-grants.s3').sts.AssumeRole(asked));
  const id = Credentials?.AccessKeyId ?? '';
  ctx.transact((store) => giveContext(store, id, { 's3:AccessGrantsInstanceArn': instance }));
  return {
    ...(Credentials !== undefined && { Credentials }),
    MatchedGrantTarget: scope,
    Grantee: { GranteeType: 'IAM', GranteeIdentifier: grant.grantee },
  };
};

/** A grant without a star at its end opens all that begins so, unless it is of one object. */
const wholeOf = (scope: string, isExact: boolean) => (isExact || scope.endsWith('*') ? scope : `${scope}*`);

/** What STS refuses, under the names that Access Grants has for it. */
async function assumed<T>(calling: Promise<T>): Promise<T> {
  try {
    return await calling;
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    if (error.status === 403 || /^AccessDenied/.test(error.code)) throw roleRefuses(error.message);
    if (error.code === 'PackedPolicyTooLarge') throw policyTooLarge();
    throw sessionRefused(error.message);
  }
}

/** What was granted to the caller. @throws {ServiceError} InvalidRequest for a token that is none */
export const listCallerAccessGrants: Handler<'s3-control', 'ListCallerAccessGrants'> = (input, ctx) => {
  findInstance(input, ctx);
  const limit = input.MaxResults ?? LIST_MAX;
  if (limit === 0) return { CallerAccessGrantsList: [] };
  const [base, id] = input.NextToken === undefined ? [] : placeOf(input.NextToken);
  const rows = viewFor(input, ctx).list(grants, {
    index: 'byGrantee',
    where: { grantee: granteeOf(ctx) },
    startsWith: baseOf(input.GrantScope ?? 's3://') ?? '',
    ...(base !== undefined && id !== undefined && { after: { base, id } }),
    limit: limit + 1,
  });
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    CallerAccessGrantsList: page.map(({ permission, scope }) => ({ Permission: permission, GrantScope: scope })),
    ...(rows.length > limit && last !== undefined && { NextToken: writeToken([last.base, last.id]) }),
  };
};

function placeOf(token: string): [base: string, id: string] {
  const place = readToken(token);
  const [base, id, ...more] = Array.isArray(place) ? (place as unknown[]) : [];
  if (typeof base === 'string' && typeof id === 'string' && /^[0-9a-f-]{36}$/.test(id) && more.length === 0)
    return [base, id];
  throw invalidRequest('The NextToken provided is not valid');
}
