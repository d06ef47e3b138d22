/**
 * Revisions of what has a policy: the function itself, a version or an alias; its policy and its tags have no revision of their own.
 * Source: localstack/localstack pull request 7482: "the revision id of the policy actually corresponds to the one of the function version".
 */
import type { Ctx } from '#kernel/contract';
import { aliases, versions } from '../state.ts';
import type { Found } from './find.ts';

/** The revision of the alias or the version that a request names, `$LATEST`'s for the function itself. */
export function revisionOf({ alias, version }: Found): string {
  return (alias ?? version).revisionId;
}

/** In a transaction: something that goes with it has changed. @returns its new revision */
export function revise({ alias, version, store }: Pick<Found, 'alias' | 'version' | 'store'>, ctx: Ctx): string {
  const revisionId = ctx.uuid();
  if (alias === undefined) store.put(versions, { build: version.revisionId, ...version, revisionId });
  else store.put(aliases, { ...alias, revisionId });
  return revisionId;
}
