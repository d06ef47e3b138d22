/** Looking up what an account has, and noting that it has changed. */
import { type Ctx, raise } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { cannotAssociate, invalidIfMatch, noSuchDistribution, noSuchEntity, preconditionFailed } from '../errors.ts';
import {
  type DistributionRow,
  distributions,
  type GroupRow,
  groups,
  stamps,
  type TenantRow,
  tenants,
  uses,
} from '../state.ts';
import { arnOf } from './ids.ts';
import { isTemplate } from './tenancy.ts';

/** @throws {ServiceError} NoSuchDistribution */
export function findDistribution(store: StoreView, id: string): DistributionRow {
  return store.get(distributions, { id }) ?? raise(noSuchDistribution());
}

/** @throws {ServiceError} EntityNotFound, or InvalidAssociation for a distribution that has no tenants */
export function findTemplate(id: string, ctx: Ctx): DistributionRow {
  const row = ctx.store.get(distributions, { id }) ?? raise(noSuchEntity());
  if (!isTemplate(row.config)) throw cannotAssociate();
  return row;
}

/** An id or a name, from that or from an ARN. */
function bare(identifier: string, kind: string, ctx: Ctx): string {
  const start = arnOf(ctx, kind, '');
  return identifier.startsWith(start) ? identifier.slice(start.length) : identifier;
}

/** By id, name or ARN. @throws {ServiceError} EntityNotFound */
export function findTenant(identifier: string, ctx: Ctx): TenantRow {
  const id = bare(identifier, 'distribution-tenant', ctx);
  return (
    ctx.store.get(tenants, { id }) ??
    ctx.store.first(tenants, { index: 'byName', where: { name: id } }) ??
    raise(noSuchEntity())
  );
}

/** By id, name or ARN. @throws {ServiceError} EntityNotFound */
export function findGroup(identifier: string, ctx: Ctx): GroupRow {
  const id = bare(identifier, 'connection-group', ctx);
  return (
    ctx.store.get(groups, { id }) ??
    ctx.store.first(groups, { index: 'byName', where: { name: id } }) ??
    raise(noSuchEntity())
  );
}

/** @throws {ServiceError} InvalidIfMatchVersion or PreconditionFailed, unless the caller has seen the version that there is */
export function checkMatch(ifMatch: string | undefined, etag: string): void {
  if (ifMatch === undefined || ifMatch === '') throw invalidIfMatch();
  if (ifMatch !== etag && ifMatch !== `"${etag}"`) throw preconditionFailed();
}

/** Whether a distribution refers to it. */
export function isUsed(store: StoreView, thing: string): boolean {
  return store.first(uses, { where: { thing } }) !== undefined;
}

/** Notes that a configuration has changed. In a transaction. */
export function touch(ctx: Ctx, store: StoreView = ctx.store): void {
  store.put(stamps, { id: 'stamp', token: ctx.uuid() });
}
