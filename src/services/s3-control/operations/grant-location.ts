/** Locations of S3 Access Grants: which role opens which paths. */
import type { Ctx, Handler } from '#kernel/contract';
import { buckets } from '../../s3/port.ts';
import { DEFAULT, findInstance, findLocation, grantsArn, viewFor } from '../domain/grant-store.ts';
import { baseOf, partsOf } from '../domain/grants.ts';
import { pageOf } from '../domain/page.ts';
import { invalidLocation, invalidRole, locationExists, locationNotEmpty, tooManyLocations } from '../errors.ts';
import { LOCATIONS_MAX } from '../limits.ts';
import { grants, type LocationRow, locations } from '../state-grants.ts';
import { checkAccount } from './block.ts';
import { checkTags } from './tags.ts';

function shown({ id, scope, role, createdAt }: LocationRow, account: string, ctx: Ctx) {
  return {
    CreatedAt: createdAt,
    AccessGrantsLocationId: id,
    AccessGrantsLocationArn: grantsArn(ctx, account, 'location', id),
    LocationScope: scope,
    IAMRoleArn: role,
  };
}

export const createAccessGrantsLocation: Handler<'s3-control', 'CreateAccessGrantsLocation'> = (input, ctx) => {
  checkAccount(input, ctx);
  findInstance(input, ctx);
  const { LocationScope: scope, IAMRoleArn: role } = input;
  checkScope(scope, ctx);
  checkRole(role, ctx);
  if (ctx.store.first(locations, { index: 'byScope', where: { scope } }) !== undefined) throw locationExists();
  if (ctx.store.count(locations, {}) >= LOCATIONS_MAX) throw tooManyLocations(LOCATIONS_MAX);
  const tags = checkTags(input.Tags ?? []);
  const row: LocationRow = {
    id: scope === ALL ? DEFAULT : ctx.uuid(),
    scope,
    role,
    createdAt: ctx.now,
    ...(Object.keys(tags).length > 0 && { tags }),
  };
  ctx.store.put(locations, row);
  return shown(row, ctx.account, ctx);
};

const ALL = 's3://';

/** A bucket has to be there, in the instance's Region. @throws {ServiceError} InvalidAccessGrantsLocation */
function checkScope(scope: string, ctx: Ctx): void {
  if (scope === ALL) return;
  const { bucket: name } = partsOf(baseOf(scope) ?? '');
  const bucket = ctx.store.get(buckets, { name });
  if (bucket === undefined || bucket.region !== ctx.region || bucket.account !== ctx.account) throw invalidLocation();
}

/** @throws {ServiceError} InvalidIamRole for a role of another account */
function checkRole(role: string, { account }: Ctx): void {
  if (role.split(':')[4] !== account) throw invalidRole();
}

export const getAccessGrantsLocation: Handler<'s3-control', 'GetAccessGrantsLocation'> = (input, ctx) => {
  checkAccount(input, ctx);
  return shown(findLocation(input, ctx), ctx.account, ctx);
};

export const updateAccessGrantsLocation: Handler<'s3-control', 'UpdateAccessGrantsLocation'> = (input, ctx) => {
  checkAccount(input, ctx);
  const row = { ...findLocation(input, ctx), role: input.IAMRoleArn };
  checkRole(row.role, ctx);
  ctx.store.put(locations, row);
  return shown(row, ctx.account, ctx);
};

export const deleteAccessGrantsLocation: Handler<'s3-control', 'DeleteAccessGrantsLocation'> = (input, ctx) => {
  checkAccount(input, ctx);
  const row = findLocation(input, ctx);
  if (ctx.store.first(grants, { index: 'byLocation', where: { location: row.id } }) !== undefined)
    throw locationNotEmpty();
  ctx.store.delete(locations, row);
  return {};
};

/** @throws {ServiceError} InvalidRequest for a token that is none */
export const listAccessGrantsLocations: Handler<'s3-control', 'ListAccessGrantsLocations'> = (input, ctx) => {
  findInstance(input, ctx);
  const { LocationScope: scope, AccountId: account } = input;
  const view = viewFor(input, ctx);
  const { page, rest } = pageOf(
    input,
    (after, limit) =>
      scope === undefined
        ? view.list(locations, { limit, ...(after !== undefined && { after: { id: after } }) })
        : view.list(locations, {
            index: 'byScope',
            where: { scope },
            limit,
            ...(after !== undefined && { after: { id: after } }),
          }),
    ({ id }) => id,
  );
  return { AccessGrantsLocationsList: page.map((row) => shown(row, account, ctx)), ...rest };
};
