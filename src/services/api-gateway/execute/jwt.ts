/**
 * Tokens of OpenID Connect, which an API looks at itself.
 *
 * Source: API Gateway Developer Guide, "Control access to REST APIs using JWT authorizers", "Pass JWT claims to your integration", "Signing keys and
 * troubleshooting JWT authorizers". Deviation: what is answered to tokens that are refused was never compared with AWS's answers.
 */
import { decodeJwt, decodeProtectedHeader, errors, type JWTPayload } from 'jose';
import { HOUR, type Millis } from '#kernel/base';
import type { Authorizer, JwtIssuer } from '#models/api-gateway';
import type { Call } from './call.ts';
import { accessDenied, unauthorized } from './errors.ts';
import { GatewayFault } from './gateway-responses.ts';
import { IssuerError, isFor, keysAddress, keysAt, scopesOf, withKeys } from './issuer.ts';
import { parameterOf } from './parameters.ts';
import { verifiedInTime } from './token-time.ts';

const KEYS_FOR: Millis = HOUR;

/** @throws {GatewayFault} for a token that is none, or not for this API */
export async function authorizeByJwt(call: Call, authorizer: Authorizer, scopes: readonly string[]): Promise<void> {
  const claims = await call.through('authorizer', () => claimsOf(call, authorizer));
  const granted = scopesOf(claims) ?? [];
  if (scopes.length > 0 && !scopes.some((scope) => granted.includes(scope)))
    throw accessDenied('because the token has none of the scopes that the method asks for');
  call.authorized = { principalId: '', context: {}, claims };
}

/** What a request's token says. @throws {GatewayFault} */
export async function claimsOf(call: Call, authorizer: Authorizer): Promise<JWTPayload> {
  const token = parameterOf(call, authorizer.identitySource ?? '')?.replace(/^Bearer\s+/i, '');
  if (token === undefined || token === '') throw unauthorized();
  try {
    return await verified(call, authorizer, token);
  } catch (error) {
    call.say(`Unauthorized request: ${call.requestId}`);
    if (error instanceof IssuerError) {
      call.say(error.message);
      throw new GatewayFault('AUTHORIZER_FAILURE', null);
    }
    // What is no token at all can't be decoded.
    if (error instanceof errors.JOSEError || error instanceof TypeError) throw unauthorized();
    throw error;
  }
}

async function verified(call: Call, { jwtConfiguration }: Authorizer, token: string): Promise<JWTPayload> {
  const { issuers = [], defaultAlgorithms: algorithms = [] } = jwtConfiguration ?? {};
  const { iss } = decodeJwt(token);
  const trusted = issuers.find(({ issuer }) => issuer === iss);
  if (trusted === undefined || decodeProtectedHeader(token).kid === undefined) throw unauthorized();
  const { ctx } = call;
  const find = async () => keysAt(ctx, trusted.jwksUri ?? (await keysAddress(ctx, trusted.issuer ?? '')));
  const issuer = { name: trusted.issuer ?? '', keptFor: KEYS_FOR, find };
  const options = { algorithms: [...algorithms] };
  const payload = await withKeys(call.compiled, issuer, ctx, (keys) => verifiedInTime(token, keys, options, ctx));
  if (!isFor(payload, trusted.audiences ?? []) || !hasClaims(payload, trusted)) throw unauthorized();
  return payload;
}

/** Whether a token has what its issuer's tokens must have. */
function hasClaims(payload: JWTPayload, { additionalClaims = [] }: JwtIssuer): boolean {
  return additionalClaims.every(({ claimName, required, expectedValues = [] }) => {
    const value = Object.hasOwn(payload, claimName) ? payload[claimName] : undefined;
    if (value === undefined) return required !== true;
    return typeof value === 'string' && (expectedValues.length === 0 || expectedValues.includes(value));
  });
}
