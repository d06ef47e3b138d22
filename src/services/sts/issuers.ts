/**
 * The keys of token issuers, as their discovery documents name them: read when they are needed, kept in memory for a while.
 *
 * @see OpenID Connect Discovery 1.0; IAM User Guide, "Create an OpenID Connect (OIDC) identity provider in IAM"
 */
import { MIB, MINUTE, type Millis, SECOND } from '#kernel/base';
import { type Ctx, FetchError } from '#kernel/contract';
import type { OidcProviderRow } from '#kernel/identity';
import { candidatesFor, type Jwk, type Jwt } from './domain/jwt.ts';
import { issuerUnreachable, noVerificationKey, thumbprintMismatch } from './errors.ts';

const TIMEOUT: Millis = 5 * SECOND;
const BYTES_MAX = MIB;
/** Keys that an issuer has taken back are believed no longer than this. */
const KEPT_FOR: Millis = 10 * MINUTE;
/** A key that is not in the set makes it be read again, at most this often. */
const READ_EVERY: Millis = MINUTE;
const ISSUERS_MAX = 200;

type KeySet = { keys: Promise<Jwk[]>; at: Millis };

/** By cloud, provider, its URL and thumbprints: what is asked of one provider means nothing for another. */
const kept = new Map<string, KeySet>();

/** The keys that may have signed the token; none when the issuer has no such key. @throws {ServiceError} InvalidIdentityToken, IDPCommunicationError */
export async function keysFor(jwt: Jwt, provider: OidcProviderRow, ctx: Ctx): Promise<Jwk[]> {
  const id = [ctx.localEndpoint, provider.arn, provider.url, ...provider.thumbprints].join(' ');
  const known = kept.get(id);
  // A clock that was turned back is taken as it is.
  const age = known === undefined ? Number.POSITIVE_INFINITY : Math.abs(ctx.now - known.at);
  if (known !== undefined && age < KEPT_FOR) {
    const found = candidatesFor(jwt, await known.keys);
    if (found.length > 0 || age < READ_EVERY) return found;
  }
  return candidatesFor(jwt, await readAgain(id, provider, ctx));
}

function readAgain(id: string, provider: OidcProviderRow, ctx: Ctx): Promise<Jwk[]> {
  const set: KeySet = { keys: read(provider, ctx), at: ctx.now };
  kept.delete(id);
  kept.set(id, set);
  const [oldest] = kept.keys();
  if (kept.size > ISSUERS_MAX && oldest !== undefined) kept.delete(oldest);
  set.keys.catch(() => {
    if (kept.get(id) === set) kept.delete(id);
  });
  return set.keys;
}

async function read(provider: OidcProviderRow, ctx: Ctx): Promise<Jwk[]> {
  const base = provider.url.replace(/\/$/, '');
  const { jwks_uri: uri } = await readJson(`${base}/.well-known/openid-configuration`, provider, ctx);
  // An issuer elsewhere has no business with what answers plain HTTP here.
  if (typeof uri !== 'string' || (uri.startsWith('http:') && !base.startsWith('http:'))) throw noVerificationKey();
  const { keys } = await readJson(uri, provider, ctx);
  if (!Array.isArray(keys)) throw noVerificationKey();
  return keys.filter((key) => typeof key === 'object' && key !== null);
}

async function readJson(url: string, { thumbprints }: OidcProviderRow, ctx: Ctx): Promise<{ [name: string]: unknown }> {
  try {
    const { status, body } = await ctx.fetch(url, { timeout: TIMEOUT, bytesMax: BYTES_MAX, thumbprints });
    const value: unknown = status === 200 ? JSON.parse(Buffer.from(body).toString('utf8')) : undefined;
    if (typeof value === 'object' && value !== null) return value as { [name: string]: unknown };
  } catch (error) {
    if (error instanceof FetchError && error.reason === 'untrusted') throw thumbprintMismatch();
    if (error instanceof FetchError && error.reason === 'unreachable') throw issuerUnreachable();
    if (!(error instanceof FetchError || error instanceof SyntaxError)) throw error;
  }
  throw noVerificationKey();
}
