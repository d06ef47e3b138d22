/**
 * MFA delete: in a bucket that has it, nothing goes for good without a code of the owner's root.
 *
 * @see S3 User Guide, "Configuring MFA delete"
 */
import type { Ctx } from '#kernel/contract';
import { useRootMfa } from '#services/iam/port';
import { accessDenied, mfaNeeded } from '../errors.ts';
import type { BucketRow } from '../state.ts';

/** In a transaction. @throws {ServiceError} AccessDenied without a code, or with a wrong one */
export function checkMfa(ctx: Ctx, bucket: BucketRow, text: string | undefined): void {
  if (text === undefined) throw mfaNeeded();
  if (!useRootMfa(ctx.store.in({ account: bucket.account }), text, ctx.now)) throw accessDenied();
}
