/** Tokens of OpenID Connect. Source: API Gateway Developer Guide, "Control access to HTTP APIs with JWT authorizers". */
import { createLocalJWKSet, decodeProtectedHeader, errors, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose';
import { HOUR, KIB, MINUTE, type Millis, SECOND } from '#kernel/base';
import { type Ctx, FetchError } from '#kernel/contract';
import type { Authorizer } from '#models/apigatewayv2';
import type { HttpCall } from './call.ts';
import { forbidden, internal, unauthorized } from './errors.ts';

const KEYS_FOR: Millis = 2 * HOUR;
/** Keys that nobody knows are not looked for more often than this. */
const ASKED_AGAIN: Millis = MINUTE;
/**
 * How often an issuer is asked that could not be read.
 *
 * Deviation: AWS tells no figure.
 */
const ASKED_WHILE_DOWN = { ratePerSecond: 0.1, burst: 1 };
/** Source: API Gateway Developer Guide, "Quotas for HTTP APIs": timeouts of the discovery and of the keys' endpoint, 1,500 ms. */
const TIMEOUT: Millis = 1_500;
const DOCUMENT_BYTES_MAX = 256 * KIB;
const ALGORITHMS = ['RS256', 'RS384', 'RS512'];

type KeySet = ReturnType<typeof createLocalJWKSet>;
/** `keys` reject where they could not be had; `asked`: when they were last looked for. */
type Keys = { at: Millis; asked: Millis; keys: Promise<KeySet>; failed: boolean };

/** Keys of issuers, as an API knows them. */
const known = new WeakMap<object, Map<string, Keys>>();

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

function scopesOf({ scope, scp }: JWTPayload): string[] | undefined {
  const given = scope ?? scp;
  return Array.isArray(given) ? given.map(textOf) : typeof given === 'string' ? given.split(' ') : undefined;
}

const refused = (why: string) =>
  unauthorized({ 'www-authenticate': `Bearer scope="" error="invalid_token" error_description="${why}"` });

async function verified(call: HttpCall, { JwtConfiguration }: Authorizer, token: string): Promise<JWTPayload> {
  const { Issuer = '', Audience = [] } = JwtConfiguration ?? {};
  const options = { issuer: Issuer, algorithms: ALGORITHMS, currentDate: new Date(call.ctx.now) };
  let payload: JWTPayload;
  try {
    if (decodeProtectedHeader(token).kid === undefined) throw refused('the token does not name its key');
    ({ payload } = await withKeys(call, Issuer, (keys) => jwtVerify(token, keys, options)));
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw refused('the token has expired');
    if (error instanceof errors.JWTClaimValidationFailed)
      throw refused(`the token has an invalid ${error.claim} claim`);
    // What is no token at all can't be decoded.
    if (error instanceof errors.JOSEError || error instanceof TypeError) throw refused('signature verification failed');
    throw error;
  }
  if (payload.iat !== undefined && payload.iat * SECOND > call.ctx.now)
    throw refused('the token has an invalid iat claim');
  const audiences = [payload.aud ?? payload.client_id].flat();
  if (!audiences.some((one) => typeof one === 'string' && Audience.includes(one)))
    throw refused('the token does not have a valid audience');
  return payload;
}

async function withKeys<T>({ ctx, compiled }: HttpCall, issuer: string, use: (keys: KeySet) => Promise<T>): Promise<T> {
  const cache = known.get(compiled) ?? new Map<string, Keys>();
  known.set(compiled, cache);
  const mayAskAgain = () => ctx.take(`issuer ${issuer}`, ASKED_WHILE_DOWN);
  const ask = (): Keys => {
    const asked: Keys = { at: ctx.now, asked: ctx.now, keys: keysOf(ctx, issuer), failed: false };
    asked.keys.catch(() => {
      asked.failed = true;
      mayAskAgain();
    });
    return asked;
  };
  let entry = cache.get(issuer);
  // A clock that was turned back is taken as it is.
  const age = entry === undefined ? Number.POSITIVE_INFINITY : Math.abs(ctx.now - entry.at);
  if (entry === undefined || (entry.failed ? mayAskAgain() : age >= KEYS_FOR)) cache.set(issuer, (entry = ask()));
  const keys = await entry.keys;
  try {
    return await use(keys);
  } catch (error) {
    if (!(error instanceof errors.JWKSNoMatchingKey) || Math.abs(ctx.now - entry.asked) < ASKED_AGAIN) throw error;
    entry.asked = ctx.now;
    const renewed = ask();
    const added = await renewed.keys;
    // Keys that could not be read again leave those in force that are known.
    cache.set(issuer, renewed);
    return use(added);
  }
}

async function keysOf(ctx: Ctx, issuer: string): Promise<KeySet> {
  try {
    const { jwks_uri: address } = (await read(
      ctx,
      `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
    )) as { jwks_uri?: unknown };
    if (typeof address !== 'string') throw internal('the issuer names no keys');
    return createLocalJWKSet((await read(ctx, address)) as JSONWebKeySet);
  } catch (error) {
    if (error instanceof FetchError || error instanceof SyntaxError || error instanceof errors.JWKSInvalid)
      throw internal(error.message);
    throw error;
  }
}

async function read(ctx: Ctx, url: string): Promise<unknown> {
  const { status, body } = await ctx.fetch(url, { timeout: TIMEOUT, bytesMax: DOCUMENT_BYTES_MAX });
  if (status !== 200) throw internal(`${url} answered ${status}`);
  return JSON.parse(Buffer.from(body).toString('utf8'));
}
