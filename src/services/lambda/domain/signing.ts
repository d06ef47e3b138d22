/** Whether a function may have code that nobody has signed. */
import { parseArn } from '#kernel/base';
import type { StoreView } from '#kernel/store';
import { notSigned, signingConfigElsewhere, signingConfigMissing } from '../errors.ts';
import { type SigningConfigRow, signingConfigs } from '../layer-state.ts';

/** A code signing configuration by its ARN, among those of an account. */
export function signingConfigOf(arn: string, store: StoreView): SigningConfigRow | undefined {
  const row = store.get(signingConfigs, { id: arn.slice(arn.lastIndexOf(':') + 1) });
  return row?.arn === arn ? row : undefined;
}

/**
 * @param account whose function it is
 * @throws {ServiceError} CodeSigningConfigNotFoundException, CodeVerificationFailedException, InvalidParameterValueException
 */
export function checkSigned(arn: string | undefined, account: string, store: StoreView): void {
  if (arn === undefined) return;
  if (parseArn(arn)?.account !== account) throw signingConfigElsewhere(arn);
  const row = signingConfigOf(arn, store);
  if (row === undefined) throw signingConfigMissing(arn);
  if (row.policy === 'Enforce') throw notSigned();
}
