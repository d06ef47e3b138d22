/** Whether a function may have code that nobody has signed. */
import type { Ctx } from '#kernel/contract';
import { notSigned, signingConfigMissing } from '../errors.ts';
import { type SigningConfigRow, signingConfigs } from '../layer-state.ts';

/** A code signing configuration by its ARN. */
export function signingConfigOf(arn: string, ctx: Ctx): SigningConfigRow | undefined {
  const row = ctx.store.get(signingConfigs, { id: arn.slice(arn.lastIndexOf(':') + 1) });
  return row?.arn === arn ? row : undefined;
}

/** @throws {ServiceError} CodeSigningConfigNotFoundException, CodeVerificationFailedException */
export function checkSigned(arn: string | undefined, ctx: Ctx): void {
  if (arn === undefined) return;
  const row = signingConfigOf(arn, ctx);
  if (row === undefined) throw signingConfigMissing(arn);
  if (row.policy === 'Enforce') throw notSigned();
}
