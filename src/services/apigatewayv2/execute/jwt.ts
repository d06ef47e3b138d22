/** Tokens of OpenID Connect. Source: API Gateway Developer Guide, "Control access to HTTP APIs with JWT authorizers". */
import { decodeProtectedHeader, errors, type JWTPayload } from 'jose';
import { HOUR, type Millis } from '#kernel/base';
import type { Authorizer } from '#models/apigatewayv2';
import { IssuerError, isFor, keysAddress, keysAt, scopesOf, verifiedInTime, withKeys } from '../../api-gateway/port.ts';
import type { HttpCall } from './call.ts';
import { forbidden, internal, unauthorized } from './errors.ts';

const KEYS_FOR: Millis = 2 * HOUR;
const ALGORITHMS = ['RS256', 'RS384', 'RS512'];

/** @throws {HttpFault} for a token that is none, or not for this API */
export async function authorizeByJwt(call: HttpCall, authorizer: Authorizer, scopes: readonly string[]): Promise<void> {
  const source = authorizer.IdentitySource?.[0] ?? '$request.header.Authorization';
  const given = call.select(source)?.replace(/^Bearer\s+/i, '');
  if (given === undefined || given === '') throw unauthorized({ 'www-authenticate': 'Bearer' });
  const claims = await verified(call, authorizer, given);
  const granted = scopesOf(claims);
  if (scopes.length > 0 && !scopes.some((scope) => granted?.includes(scope) === true))
    throw forbidden({ 'www-authenticate': `Bearer scope="${scopes.join(' ')}" error="insufficient_scope"` });
  const told = Object.entries(claims).filter(([, value]) => value !== null);
  const texts = told.map(([name, value]) => [name, textOf(value)]);
  call.authorizer = { jwt: { claims: Object.fromEntries(texts), scopes: scopes.length > 0 ? granted : null } };
}

/** Functions get claims as texts, and none that is null. Source: events recorded by users in floci-io/floci#2011. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(textOf).join(' ')}]`;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

const refused = (why: string) =>
  unauthorized({ 'www-authenticate': `Bearer scope="" error="invalid_token" error_description="${why}"` });

async function verified(call: HttpCall, { JwtConfiguration }: Authorizer, token: string): Promise<JWTPayload> {
  const { ctx } = call;
  const { Issuer = '', Audience = [] } = JwtConfiguration ?? {};
  const options = { issuer: Issuer, algorithms: ALGORITHMS };
  let payload: JWTPayload;
  try {
    if (decodeProtectedHeader(token).kid === undefined) throw refused('the token does not name its key');
    const find = async () => keysAt(ctx, await keysAddress(ctx, Issuer));
    const issuer = { name: Issuer, keptFor: KEYS_FOR, find };
    payload = await withKeys(call.compiled, issuer, ctx, (keys) => verifiedInTime(token, keys, options, ctx));
  } catch (error) {
    if (error instanceof IssuerError) throw internal(error.message);
    if (error instanceof errors.JWTExpired) throw refused('the token has expired');
    if (error instanceof errors.JWTClaimValidationFailed)
      throw refused(`the token has an invalid ${error.claim} claim`);
    // What is no token at all can't be decoded.
    if (error instanceof errors.JOSEError || error instanceof TypeError) throw refused('signature verification failed');
    throw error;
  }
  if (!isFor(payload, Audience)) throw refused('the token does not have a valid audience');
  return payload;
}
