/** Using a key: what every cryptographic operation asks of it first. */
import type { Ctx } from '#kernel/contract';
import type { KeyLastUsageTrackingOperation, KeyUsageType } from '#models/kms';
import { badUsage, dryRun, noAttestation } from '../errors.ts';
import { LAST_USE_EVERY } from '../limits.ts';
import { lastUses } from '../state.ts';
import { demandAvailable } from '../xks/store.ts';
import { ANY, type Found, findKey } from './find.ts';
import { readGrantToken } from './grants.ts';
import { demandUsable } from './key-state.ts';

/** An operation's input, as far as all of them are alike. */
type Use = { KeyId: string; Recipient?: object; GrantTokens?: string[] };

/**
 * The key, if its state and usage let the operation use it.
 *
 * @throws {ServiceError} NotFoundException, DisabledException, KMSInvalidStateException, InvalidKeyUsageException,
 *         UnsupportedOperationException for a Nitro enclave as recipient
 */
export function useKey(input: Use, usage: KeyUsageType, operation: string, ctx: Ctx): Found {
  const found = findKey(input.KeyId, ctx, ANY);
  checkGrantTokens(input);
  const { key } = found;
  if (key.usage !== usage) throw badUsage(key.arn, key.usage, operation);
  demandReady(found, ctx);
  if (input.Recipient !== undefined) throw noAttestation();
  return found;
}

/** What cryptography needs of a key's state, and of that of the store that it is in. @throws {ServiceError} DisabledException, KMSInvalidStateException */
export function demandReady({ key, store }: Found, ctx: Ctx): void {
  if (key.external !== undefined) demandAvailable(key, store);
  demandUsable(key, ctx.now);
}

/** Grants count as soon as they are made: their tokens need only be some. @throws {ServiceError} InvalidGrantTokenException */
export function checkGrantTokens(input: { GrantTokens?: string[] }): void {
  for (const token of input.GrantTokens ?? []) readGrantToken(token);
}

/** Ends a dry run once everything has been checked. @throws {ServiceError} DryRunOperationException */
export function endDryRun(input: { DryRun?: boolean }): void {
  if (input.DryRun === true) throw dryRun();
}

/**
 * Notes that a key was used. Seldom more than once a minute, so that using a key costs no write.
 *
 * Deviation: GetKeyLastUsage can be a minute behind; AWS says no more of its delay than that there is one.
 */
export function noteUse({ key, store }: Found, operation: KeyLastUsageTrackingOperation, ctx: Ctx): void {
  const last = store.get(lastUses, { key: key.id });
  if (last !== undefined && ctx.now - last.at < LAST_USE_EVERY) return;
  store.put(lastUses, { key: key.id, operation, at: ctx.now, requestId: ctx.requestId });
}
