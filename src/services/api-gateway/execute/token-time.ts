/** When a token is good, on a clock that can be turned while its issuer goes by the machine's. */
import { decodeJwt, errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from 'jose';
import { type Millis, SECOND } from '#kernel/base';
import { machineNow } from '#kernel/clock';
import type { Ctx } from '#kernel/contract';
import type { KeySet } from './issuer.ts';

const TIMES = new Set(['exp', 'iat', 'nbf']);

/**
 * Verifies a token. As URLs that are signed it is good for as long as its issuer meant: either by the cloud's clock, or by what has passed on that since the
 * machine's showed when it was issued.
 *
 * @throws {errors.JOSEError} it is not good
 */
export async function verifiedInTime(
  token: string,
  keys: KeySet,
  options: JWTVerifyOptions,
  ctx: Ctx,
): Promise<JWTPayload> {
  try {
    return await verifiedAt(ctx.now, token, keys, options);
  } catch (error) {
    if (!isOfTime(error)) throw error;
    return verifiedAt(byIssuer(decodeJwt(token), ctx), token, keys, options).catch(() => {
      throw error;
    });
  }
}

async function verifiedAt(at: Millis, token: string, keys: KeySet, options: JWTVerifyOptions): Promise<JWTPayload> {
  const { payload } = await jwtVerify(token, keys, { ...options, currentDate: new Date(at) });
  if (payload.iat !== undefined && payload.iat * SECOND > at)
    throw new errors.JWTClaimValidationFailed('it is not issued yet', payload, 'iat', 'check_failed');
  return payload;
}

/** The present as an issuer sees it; one that does not say when it issued the token goes by the machine's clock. */
function byIssuer({ iat }: JWTPayload, ctx: Ctx): Millis {
  if (iat === undefined) return machineNow();
  const issuedAt = iat * SECOND;
  return ctx.now - ctx.shownAt(issuedAt) + issuedAt;
}

function isOfTime(error: unknown): boolean {
  return (
    error instanceof errors.JWTExpired || (error instanceof errors.JWTClaimValidationFailed && TIMES.has(error.claim))
  );
}
