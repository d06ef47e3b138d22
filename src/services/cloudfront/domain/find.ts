/** Looking up what an account has, and noting that it has changed. */
import { type Ctx, raise } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { invalidIfMatch, noSuchDistribution, preconditionFailed } from '../errors.ts';
import { type DistributionRow, distributions, stamps, uses } from '../state.ts';

/** @throws {ServiceError} NoSuchDistribution */
export function findDistribution(store: StoreView, id: string): DistributionRow {
  return store.get(distributions, { id }) ?? raise(noSuchDistribution());
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
