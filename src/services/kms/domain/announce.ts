/**
 * What EventBridge is told of keys.
 *
 * Deviation: CloudTrail records the calls, but not what KMS does by itself: DeleteKey, RotateKey, DeleteExpiredKeyMaterial,
 * SynchronizeMultiRegionKey. CloudWatch gets no SecondsUntilKeyMaterialExpiration.
 *
 * Source: KMS Developer Guide, "Monitor KMS keys with Amazon EventBridge", "AWS KMS log entries" and "CloudWatch metrics".
 */
import type { Ctx } from '#kernel/contract';
import type { KeyRow } from '../state.ts';

/** In a transaction. */
export function announce(
  what: 'KMS CMK Rotation' | 'KMS CMK Deletion' | 'KMS Imported Key Material Expiration',
  { id, arn, region }: KeyRow,
  ctx: Ctx,
): void {
  ctx.announce(what, { 'key-id': id }, [arn], { account: ctx.account, region });
}
