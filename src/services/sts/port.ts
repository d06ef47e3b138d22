/** Sessions that another service opens for its callers: S3's, for directory buckets, and those of S3 Access Grants. */
import type { Millis } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import { type SessionRow, sessions } from '#kernel/identity';
import type { StoreView } from '#kernel/store';
import { callerSession, openSession } from './domain/session.ts';

export type BoundSession = NonNullable<SessionRow['bound']>;

/**
 * In a transaction: opens a session in the caller's name, with what the caller may do, that is good for one thing alone.
 *
 * @returns undefined for a caller whom nobody can stand for: a service, or nobody in particular
 */
export function openBoundSession(
  ctx: Ctx,
  bound: BoundSession,
  lifetime: Millis,
): ReturnType<typeof openSession>['Credentials'] | undefined {
  const row = callerSession(ctx) ?? ofOwn(ctx);
  if (row === undefined) return undefined;
  return openSession(ctx, {}, { ...row, bound, expiresAt: ctx.now + lifetime }).Credentials;
}

type Own = Omit<SessionRow, 'id' | 'secret' | 'token' | 'createdAt' | 'expiresAt'>;

/** Of a user's own key, or an account's. */
function ofOwn({ caller: { principal } }: Ctx): Own | undefined {
  const none = { account: principal.account, policies: [], policyArns: [], tags: {}, transitiveTagKeys: [] };
  if (principal.kind === 'user') return { ...none, kind: 'user', name: principal.name, identityId: principal.id };
  return principal.kind === 'root' ? { ...none, kind: 'root', name: 'root' } : undefined;
}

/** What the caller's session is bound to; undefined for any other caller. */
export function boundSessionOf(ctx: Ctx): BoundSession | undefined {
  return callerSession(ctx)?.bound;
}

/** In a transaction: what policies see of a session besides, wherever it is used. */
export function giveContext(store: StoreView, id: string, context: NonNullable<SessionRow['context']>): void {
  const row = store.get(sessions, { id });
  if (row !== undefined) store.put(sessions, { ...row, context: { ...row.context, ...context } });
}
