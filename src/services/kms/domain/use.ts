/** Using a key: what every cryptographic operation asks of it first. */
import type { Ctx } from '#kernel/contract';
import type { KeyLastUsageTrackingOperation, KeyUsageType } from '#models/kms';
import { badUsage, dryRun, noAttestation } from '../errors.ts';
import { ANY, type Found, findKey } from './find.ts';
import { demandUsable } from './key-state.ts';

/** An operation's input, as far as all of them are alike. */
type Use = { KeyId: string; DryRun?: boolean; Recipient?: object; GrantTokens?: string[] };

/**
 * The key, if its state and usage let the operation use it.
 *
 * @throws {ServiceError} NotFoundException, DisabledException, KMSInvalidStateException, InvalidKeyUsageException,
 *         UnsupportedOperationException for a Nitro enclave as recipient
 */
export function useKey(input: Use, usage: KeyUsageType, operation: string, ctx: Ctx): Found {
  const found = findKey(input.KeyId, ctx, ANY);
  const { key } = found;
  if (key.usage !== usage) throw badUsage(key.arn, key.usage, operation);
  demandUsable(key, ctx.now);
  if (input.Recipient !== undefined) throw noAttestation();
  return found;
}

/** Ends a dry run once everything has been checked. @throws {ServiceError} DryRunOperationException */
export function endDryRun(input: { DryRun?: boolean }): void {
  if (input.DryRun === true) throw dryRun();
}

export type Tracked = KeyLastUsageTrackingOperation;
