/** Refusals that say why: for users and roles of the bucket's own account only. */
import type { Ctx, ServiceError } from '#kernel/contract';
import { accessDenied } from '../errors.ts';
import type { BucketRow } from '../state.ts';
import { arnOf } from './find.ts';

/**
 * What someone may not do because of a setting of the bucket.
 * Source: S3 User Guide, "Troubleshoot access denied (403 Forbidden) errors": others hear no more than that it is denied.
 */
export function deniedBecause(
  ctx: Ctx,
  bucket: BucketRow,
  key: string | undefined,
  action: string,
  reason: string,
): ServiceError {
  const { principal } = ctx.caller;
  if (principal.kind === 'anonymous' || principal.kind === 'service' || principal.account !== bucket.account)
    return accessDenied();
  return accessDenied(
    `User: ${principal.arn} is not authorized to perform: s3:${action} on resource: "${arnOf(ctx, bucket.name, key)}" because ${reason}`,
  );
}
