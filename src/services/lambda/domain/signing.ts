/** Whether a function may have code that nobody has signed. */
import type { StoreView } from '#kernel/store';
import { notSigned, signingConfigMissing } from '../errors.ts';
import { type SigningConfigRow, signingConfigs } from '../layer-state.ts';

/** A code signing configuration by its ARN, among those of an account. */
export function signingConfigOf(arn: string, store: StoreView): SigningConfigRow | undefined {
  const row = store.get(signingConfigs, { id: arn.slice(arn.lastIndexOf(':') + 1) });
  return row?.arn === arn ? row : undefined;
}

/** @throws {ServiceError} CodeSigningConfigNotFoundException, CodeVerificationFailedException */
export function checkSigned(arn: string | undefined, store: StoreView): void {
  if (arn === undefined) return;
  const row = signingConfigOf(arn, store);
  if (row === undefined) throw signingConfigMissing(arn);
  if (row.policy === 'Enforce') throw notSigned();
}
