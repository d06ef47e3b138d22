/** What other services may see of IAM: whether somebody has an MFA device of the account's root in hand. */
import type { Millis } from '#kernel/base';
import { mfaDeviceOf, useCode } from '#kernel/identity';
import type { StoreView } from '#kernel/store';

/**
 * In a transaction: uses up the code of a device of the account's root.
 *
 * @param store of the account
 * @param text serial number and code with a space between, as `x-amz-mfa` has them
 * @returns false when it is not right, or was used
 */
export function useRootMfa(store: StoreView, text: string, now: Millis): boolean {
  const [serial = '', code = ''] = text.trim().split(/\s+/);
  const device = mfaDeviceOf(store, serial, '');
  return device !== undefined && useCode(store, device, code, now);
}
