/** What a web identity token's claims mean to a role: whose token it is, its tags, its condition keys. Pure. */
import type { Millis } from '#kernel/base';
import { SECOND } from '#kernel/base';
import {
  badPrincipalTags,
  badSessionTags,
  incorrectAudience,
  invalidSourceIdentity,
  missingClaim,
  noRolesClaimed,
  roleNotClaimed,
  severalAudiences,
  tokenExpired,
  tokenNotYetValid,
} from '../errors.ts';
import type { Claims } from './jwt.ts';
import { ownClaims } from './provider-claims.ts';

/** By how much an issuer's clock may be ahead. */
const SKEW: Millis = 300 * SECOND;
/** Source: IAM User Guide, "Pass session tags in AWS STS", "Passing session tags using AssumeRoleWithWebIdentity". */
const TAGS = 'https://aws.amazon.com/tags';
const SOURCE_IDENTITY = 'https://aws.amazon.com/source_identity';
const ROLES = 'https://aws.amazon.com/roles';
const ROLE_ARN = /^arn:[^:]+:iam::\d{12}:role\/.+$/;
/** Claims that are condition keys of any provider. Source: IAM User Guide, "IAM and AWS STS condition context keys", "Available keys for AWS OIDC federation". */
const KEYS = ['amr', 'azp', 'email', 'sub'];

export type Identity = { issuer: string; subject: string; audience: string; sourceIdentity?: string };

/** Who the token is about. Its signature is someone else's to check. @throws {ServiceError} InvalidIdentityToken */
export function identityOf(claims: Claims, clientIds: readonly string[]): Identity {
  const { iss, sub, aud, azp } = claims;
  const audiences = typeof azp === 'string' ? [azp] : textsOf(aud);
  if (audiences.length > 1) throw severalAudiences();
  const audience = audiences.find((one) => clientIds.includes(one));
  if (audience === undefined) throw incorrectAudience();
  const sourceIdentity = claims[SOURCE_IDENTITY];
  if (sourceIdentity !== undefined) checkSourceIdentity(sourceIdentity);
  return {
    issuer: String(iss),
    subject: String(sub),
    audience,
    ...(typeof sourceIdentity === 'string' && { sourceIdentity }),
  };
}

/** @throws {ServiceError} InvalidIdentityToken */
export function checkSourceIdentity(value: unknown): void {
  if (typeof value !== 'string' || !/^[a-zA-Z_0-9+=,.@-]{2,64}$/.test(value) || value.startsWith('aws:'))
    throw invalidSourceIdentity();
}

/** @throws {ServiceError} InvalidIdentityToken */
export function checkRequired(claims: Claims): void {
  for (const name of ['iss', 'sub'])
    if (typeof claims[name] !== 'string' || claims[name] === '') throw missingClaim(name);
  if (textsOf(claims.aud).length === 0) throw missingClaim('aud');
  for (const name of ['exp', 'iat']) if (typeof claims[name] !== 'number') throw missingClaim(name);
}

/** @throws {ServiceError} ExpiredToken, InvalidIdentityToken */
export function checkTimes(claims: Claims, now: Millis): void {
  const seconds = Math.floor(now / SECOND);
  const expiry = Number(claims.exp);
  if (seconds >= expiry) throw tokenExpired(seconds, expiry);
  const { nbf } = claims;
  if (typeof nbf === 'number' && nbf * SECOND > now + SKEW) throw tokenNotYetValid();
}

/** Condition keys of the token, `issuer.example.com/path:sub`. @param name the provider's URL without its scheme */
export function keysOf(claims: Claims, name: string, audience: string): { [key: string]: string | string[] } {
  const keys: { [key: string]: string | string[] } = { [`${name}:aud`]: audience };
  const audiences = textsOf(claims.aud);
  if (typeof claims.azp === 'string') keys[`${name}:oaud`] = audiences.length === 1 ? String(audiences[0]) : audiences;
  for (const key of KEYS) {
    const value = claims[key];
    if (typeof value === 'string') keys[`${name}:${key}`] = value;
    else if (Array.isArray(value)) keys[`${name}:${key}`] = textsOf(value);
  }
  for (const key of ownClaims(name)) {
    const value = claims[key];
    if (typeof value === 'string') keys[`${name}:${key}`] = value;
  }
  return keys;
}

/**
 * Whether the token names the role among those it is for; false where it names none at all.
 *
 * Source: Service Authorization Reference, "AWS STS", `sts:RoleAuthorizedByIdp`; radkawar/stackd, measured in 2026.
 *
 * @throws {ServiceError} InvalidIdentityToken, where it is for other roles
 */
export function isRoleClaimed(claims: Claims, role: string): boolean {
  const claimed = claims[ROLES];
  if (claimed === undefined || claimed === null) return false;
  const texts = typeof claimed === 'string' ? claimed.split(';') : textsOf(claimed);
  const roles = texts.map((text) => text.trim()).filter((text) => ROLE_ARN.test(text));
  if (roles.length === 0) throw noRolesClaimed();
  if (!roles.includes(role)) throw roleNotClaimed();
  return true;
}

/** Those that later requests of the session still have. Source: IAM User Guide, "IAM and AWS STS condition context keys", "Cross-service AWS OIDC federation context keys". */
export function lastingKeys(keys: { [key: string]: string | string[] }): { [key: string]: string | string[] } {
  return Object.fromEntries(Object.entries(keys).filter(([key]) => /:(amr|aud|sub)$/.test(key)));
}

/** Session tags, as an object or flattened into claims' names. @throws {ServiceError} InvalidIdentityToken */
export function tagsOf(claims: Claims): { tags: { [key: string]: string }; transitive: string[] } {
  const nested = claims[TAGS];
  if (nested !== undefined && !isObject(nested)) throw badSessionTags();
  const { principal_tags: principal = {}, transitive_tag_keys: keys } = nested ?? {};
  if (!isObject(principal) || !Object.values(principal).every(isListOfOne)) throw badPrincipalTags();
  const tags = firstValues(Object.entries(principal));
  const prefix = `${TAGS}/principal_tags/`;
  const flat = Object.entries(claims).filter(([claim]) => claim.startsWith(prefix));
  return {
    tags: { ...tags, ...firstValues(flat.map(([claim, value]) => [claim.slice(prefix.length), value])) },
    transitive: textsOf(keys ?? claims[`${TAGS}/transitive_tag_keys`]),
  };
}

/** A tag has one value, which tokens write as a list of one. */
function firstValues(entries: readonly (readonly [string, unknown])[]): { [key: string]: string } {
  return Object.fromEntries(
    entries.flatMap(([key, value]) => {
      const [first] = textsOf(value);
      return first === undefined ? [] : [[key, first]];
    }),
  );
}

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

function isListOfOne(value: unknown): boolean {
  return Array.isArray(value) && value.length === 1 && typeof value[0] === 'string';
}

function isObject(value: unknown): value is { [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
