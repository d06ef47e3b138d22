/** Who issues tokens of OpenID Connect: where it publishes its keys, and the keys, as an API knows them. */
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTPayload } from 'jose';
import { KIB, MINUTE, type Millis } from '#kernel/base';
import { type Ctx, FetchError } from '#kernel/contract';

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

export type KeySet = ReturnType<typeof createLocalJWKSet>;
/** `keys` reject where they could not be had; `asked`: when they were last looked for. */
type Keys = { at: Millis; asked: Millis; keys: Promise<KeySet>; failed: boolean };

/** An issuer: its name, how long its keys are kept, and how they are had. */
export type Issuer = { name: string; keptFor: Millis; find: () => Promise<KeySet> };

/** An issuer can't be read, or says nothing of use. */
export class IssuerError extends Error {}

/** Keys of issuers, by what knows them. */
const known = new WeakMap<object, Map<string, Keys>>();

/**
 * Uses an issuer's keys; where the one that is wanted is not among them, they are looked for again.
 *
 * @param owner what knows them: an API as it was deployed
 * @throws {IssuerError} where they can't be had
 */
export async function withKeys<T>(
  owner: object,
  { name, keptFor, find }: Issuer,
  ctx: Ctx,
  use: (keys: KeySet) => Promise<T>,
): Promise<T> {
  const cache = known.get(owner) ?? new Map<string, Keys>();
  known.set(owner, cache);
  const mayAskAgain = () => ctx.take(`issuer ${name}`, ASKED_WHILE_DOWN);
  const ask = (): Keys => {
    const asked: Keys = { at: ctx.now, asked: ctx.now, keys: find(), failed: false };
    asked.keys.catch(() => {
      asked.failed = true;
      mayAskAgain();
    });
    return asked;
  };
  let entry = cache.get(name);
  // A clock that was turned back is taken as it is.
  const age = entry === undefined ? Number.POSITIVE_INFINITY : Math.abs(ctx.now - entry.at);
  if (entry === undefined || (entry.failed ? mayAskAgain() : age >= keptFor)) cache.set(name, (entry = ask()));
  const keys = await entry.keys;
  try {
    return await use(keys);
  } catch (error) {
    if (!(error instanceof errors.JWKSNoMatchingKey) || Math.abs(ctx.now - entry.asked) < ASKED_AGAIN) throw error;
    entry.asked = ctx.now;
    const renewed = ask();
    const added = await renewed.keys;
    // Keys that could not be read again leave those in force that are known.
    cache.set(name, renewed);
    return use(added);
  }
}

/** Where an issuer publishes its keys. @throws {IssuerError} */
export async function keysAddress(ctx: Ctx, issuer: string): Promise<string> {
  const document = await read(ctx, `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
  const { jwks_uri: address } = (document ?? {}) as { jwks_uri?: unknown };
  if (typeof address !== 'string') throw new IssuerError('the issuer names no keys');
  return address;
}

/** The keys at an address. @throws {IssuerError} */
export async function keysAt(ctx: Ctx, address: string): Promise<KeySet> {
  try {
    return createLocalJWKSet((await read(ctx, address)) as JSONWebKeySet);
  } catch (error) {
    throw error instanceof errors.JWKSInvalid ? new IssuerError(error.message) : error;
  }
}

async function read(ctx: Ctx, url: string): Promise<unknown> {
  try {
    const { status, body } = await ctx.fetch(url, { timeout: TIMEOUT, bytesMax: DOCUMENT_BYTES_MAX });
    if (status !== 200) throw new IssuerError(`${url} answered ${status}`);
    return JSON.parse(Buffer.from(body).toString('utf8'));
  } catch (error) {
    throw error instanceof FetchError || error instanceof SyntaxError ? new IssuerError(error.message) : error;
  }
}

/** What a token is good for; undefined where it says nothing of that. */
export function scopesOf({ scope, scp }: JWTPayload): string[] | undefined {
  const given = scope ?? scp;
  return Array.isArray(given)
    ? given.filter((one) => typeof one === 'string')
    : typeof given === 'string'
      ? given.split(' ')
      : undefined;
}

/** Whether a token is for one of these; `client_id` counts where it has no audience. */
export function isFor({ aud, client_id: client }: JWTPayload, audiences: readonly string[]): boolean {
  return [aud ?? client].flat().some((one) => typeof one === 'string' && audiences.includes(one));
}
