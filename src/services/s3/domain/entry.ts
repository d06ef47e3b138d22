/** What a bucket asks of a request before any policy: that somebody pays for it, and that it comes by a way that is open. */
import type { Ctx } from '#kernel/contract';
import { accessDenied, notAccelerated } from '../errors.ts';
import type { BucketRow } from '../state.ts';
import { bucketNamed } from './points.ts';

const PAYER = 'x-amz-request-payer';

/**
 * Source: S3 User Guide, "Using Requester Pays buckets", "Configuring fast, secure file transfers using Transfer Acceleration".
 *
 * @throws {ServiceError} AccessDenied for one who does not say that he pays; InvalidRequest for an accelerated host where that is off
 */
export function checkEntry(bucket: BucketRow, ctx: Ctx): void {
  if (bucket.requesterPays === true && isOther(bucket, ctx) && !offersToPay(ctx)) throw accessDenied();
  if (bucket.accelerate !== 'Enabled' && ctx.http.headers.host?.includes('.s3-accelerate.') === true)
    throw notAccelerated(bucket.accelerate === 'Suspended');
}

function isOther(bucket: BucketRow, { caller: { principal } }: Ctx): boolean {
  return principal.kind !== 'service' && (principal.kind === 'anonymous' || principal.account !== bucket.account);
}

function offersToPay({ caller, http }: Ctx): boolean {
  if (caller.principal.kind === 'anonymous') return false;
  return http.headers[PAYER] === 'requester' || http.query.includes(`${PAYER}=requester`);
}

/** The member that tells a requester that he was charged. */
export function shownCharge(
  { Bucket, RequestPayer: payer }: { Bucket: string; RequestPayer?: string },
  ctx: Ctx,
): object {
  if (payer === undefined) return {};
  const bucket = bucketNamed(ctx.store, Bucket, ctx.region);
  return bucket?.requesterPays === true && isOther(bucket, ctx) ? { RequestCharged: 'requester' } : {};
}
