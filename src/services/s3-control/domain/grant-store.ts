/** Finding what S3 Access Grants keeps, in the account and Region that a request is about. */
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { noGrant, noInstance, noLocation } from '../errors.ts';
import { type GrantRow, grants, type InstanceRow, instances, type LocationRow, locations } from '../state-grants.ts';

/** An account and Region's only instance. */
export const DEFAULT = 'default';

type OfAccount = { AccountId: string };

/** The view of the account that a request names, in its Region. */
export function viewFor({ AccountId: account }: OfAccount, { account: own, region, store }: Ctx): StoreView {
  return account === own ? store : store.in({ account, region });
}

/** @throws {ServiceError} AccessGrantsInstanceNotExistsError */
export function findInstance(input: OfAccount, ctx: Ctx): InstanceRow {
  const row = viewFor(input, ctx).get(instances, { id: DEFAULT });
  if (row === undefined) throw noInstance();
  return row;
}

/** @throws {ServiceError} AccessGrantsInstanceNotExistsError, NoSuchAccessGrantsLocationError */
export function findLocation(input: OfAccount & { AccessGrantsLocationId: string }, ctx: Ctx): LocationRow {
  findInstance(input, ctx);
  const row = viewFor(input, ctx).get(locations, { id: input.AccessGrantsLocationId });
  if (row === undefined) throw noLocation();
  return row;
}

/** @throws {ServiceError} AccessGrantsInstanceNotExistsError, NoSuchAccessGrantError */
export function findGrant(input: OfAccount & { AccessGrantId: string }, ctx: Ctx): GrantRow {
  findInstance(input, ctx);
  const row = viewFor(input, ctx).get(grants, { id: input.AccessGrantId });
  if (row === undefined) throw noGrant();
  return row;
}

/** ARN of an instance, or of a location or grant of it. */
export function grantsArn(
  { partition, region }: Ctx,
  account: string,
  ...[kind, id]: [] | ['location' | 'grant', string]
): string {
  const arn = `arn:${partition}:s3:${region}:${account}:access-grants/${DEFAULT}`;
  return kind === undefined ? arn : `${arn}/${kind}/${id}`;
}
