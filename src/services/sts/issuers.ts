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
/**
 * How often an issuer is asked that could not be read.
 *
 * Deviation: AWS tells no figure.
 */
const ASKED_WHILE_DOWN = { ratePerSecond: 0.1, burst: 1 };
const ISSUERS_MAX = 200;

/** `keys` reject where they could not be had; `asked`: when they were last looked for. */
type KeySet = { keys: Promise<Jwk[]>; at: Millis; asked: Millis; failed: boolean };

/** By cloud, provider, its URL and thumbprints: what is asked of one provider means nothing for another. */
const kept = new Map<string, KeySet>();

/** The keys that may have signed the token; none when the issuer has no such key. @throws {ServiceError} InvalidIdentityToken, IDPCommunicationError */
export async function keysFor(jwt: Jwt, provider: OidcProviderRow, ctx: Ctx): Promise<Jwk[]> {
  const id = [ctx.localEndpoint, provider.arn, provider.url, ...provider.thumbprints].join(' ');
  const known = kept.get(id);
  // A clock that was turned back is taken as it is.
  const age = known === undefined ? Number.POSITIVE_INFINITY : Math.abs(ctx.now - known.at);
  const isKept = known?.failed === true ? !mayAskAgain(id, ctx) : age < KEPT_FOR;
  if (known !== undefined && isKept) {
    const found = candidatesFor(jwt, await known.keys);
    if (found.length > 0 || Math.abs(ctx.now - known.asked) < READ_EVERY) return found;
    known.asked = ctx.now;
  }
  return candidatesFor(jwt, await readAgain(id, provider, ctx));
}

const mayAskAgain = (id: string, ctx: Ctx) => ctx.take(`issuer ${id}`, ASKED_WHILE_DOWN);

function readAgain(id: string, provider: OidcProviderRow, ctx: Ctx): Promise<Jwk[]> {
  const set: KeySet = { keys: read(provider, ctx), at: ctx.now, asked: ctx.now, failed: false };
  const before = kept.get(id);
  kept.delete(id);
  kept.set(id, set);
  const [oldest] = kept.keys();
  if (kept.size > ISSUERS_MAX && oldest !== undefined) kept.delete(oldest);
  set.keys.catch(() => {
    set.failed = true;
    mayAskAgain(id, ctx);
    // Keys that are known stay in force until they are old.
    if (before?.failed === false && Math.abs(ctx.now - before.at) < KEPT_FOR && kept.get(id) === set)
      kept.set(id, before);
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
