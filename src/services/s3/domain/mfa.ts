/**
 * MFA delete: in a bucket that has it, nothing goes for good without a code of the owner's root.
 *
 * @see S3 User Guide, "Configuring MFA delete"
 */
import type { Ctx } from '#kernel/contract';
import { useRootMfa } from '#services/iam/port';
import { accessDenied, badMfaHeader, mfaByOwnerOnly, mfaNeeded } from '../errors.ts';
import type { BucketRow } from '../state.ts';

/**
 * In a transaction: uses up the code.
 *
 * Deviation: AWS takes codes over HTTPS only; here plain HTTP, which never leaves the machine, will do.
 *
 * @throws {ServiceError} AccessDenied without a code, or with a wrong one; InvalidArgument for what is no device and code
 */
export function checkMfa(ctx: Ctx, bucket: BucketRow, text: string | undefined): void {
  if (text === undefined) throw mfaNeeded();
  if (!/^\S+ \S+$/.test(text)) throw badMfaHeader(text);
  if (!useRootMfa(ctx.store.in({ account: bucket.account }), text, ctx.now)) throw accessDenied();
}

/** Only the owner's root turns it on or off. @throws {ServiceError} AccessDenied */
export function checkOwnerRoot({ caller: { principal } }: Ctx, bucket: BucketRow): void {
  if (principal.kind !== 'root' || principal.account !== bucket.account) throw mfaByOwnerOnly();
}
