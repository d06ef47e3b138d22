/**
 * JSON Web Tokens: reading one, and checking its signature against a set of keys. Pure.
 *
 * @see RFC 7515 (JWS), RFC 7517 (JWK), RFC 7518 (algorithms), RFC 7519 (JWT)
 */
import { createPublicKey, verify, type webcrypto } from 'node:crypto';

export type Claims = { readonly [claim: string]: unknown };
export type Jwt = {
  algorithm: string;
  keyId: string | undefined;
  claims: Claims;
  /** What the signature is over. */
  signed: string;
  signature: Buffer;
};
export type Jwk = webcrypto.JsonWebKey & { kid?: string };

/** Signatures that are taken, with the kind of key each needs. Source: IAM User Guide, "Create an OpenID Connect (OIDC) identity provider in IAM". */
const ALGORITHMS: { readonly [name: string]: { hash: string; kty: 'RSA' | 'EC'; crv?: string } } = {
  RS256: { hash: 'sha256', kty: 'RSA' },
  RS384: { hash: 'sha384', kty: 'RSA' },
  RS512: { hash: 'sha512', kty: 'RSA' },
  ES256: { hash: 'sha256', kty: 'EC', crv: 'P-256' },
  ES384: { hash: 'sha384', kty: 'EC', crv: 'P-384' },
  ES512: { hash: 'sha512', kty: 'EC', crv: 'P-521' },
};
const PART = /^[A-Za-z0-9_-]+$/;

/** Reads a token without believing it; undefined when it is no signed JWT. */
export function parseJwt(token: string): Jwt | undefined {
  const parts = token.split('.');
  const [head = '', body = '', tail = ''] = parts;
  if (parts.length !== 3 || !parts.every((part) => PART.test(part))) return undefined;
  const header = objectOf(head);
  const claims = objectOf(body);
  if (header === undefined || claims === undefined || typeof header.alg !== 'string') return undefined;
  return {
    algorithm: header.alg,
    keyId: typeof header.kid === 'string' ? header.kid : undefined,
    claims,
    signed: `${head}.${body}`,
    signature: Buffer.from(tail, 'base64url'),
  };
}

function objectOf(part: string): Claims | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Claims) : undefined;
  } catch {
    return undefined;
  }
}

/** The keys of a set that could have signed the token: the one it names, or any of the right kind where it names none. */
export function candidatesFor(jwt: Jwt, keys: readonly Jwk[]): Jwk[] {
  const wanted = ALGORITHMS[jwt.algorithm];
  return keys.filter(
    (key) =>
      wanted !== undefined &&
      key.kty === wanted.kty &&
      (wanted.crv === undefined || key.crv === wanted.crv) &&
      (key.use === undefined || key.use === 'sig') &&
      (key.alg === undefined || key.alg === jwt.algorithm) &&
      (jwt.keyId === undefined || key.kid === jwt.keyId),
  );
}

/** Whether a key signed the token; false for a key that is none. */
export function isSignedWith(jwt: Jwt, key: Jwk): boolean {
  const algorithm = ALGORITHMS[jwt.algorithm];
  if (algorithm === undefined) return false;
  try {
    // Only the public half: a set that shows a private one is read the same way.
    const { kty, n, e, crv, x, y } = key;
    const publicKey = createPublicKey({
      key: (kty === 'RSA' ? { kty, n, e } : { kty, crv, x, y }) as Jwk,
      format: 'jwk',
    });
    return verify(
      algorithm.hash,
      Buffer.from(jwt.signed),
      { key: publicKey, dsaEncoding: 'ieee-p1363' },
      jwt.signature,
    );
  } catch {
    return false;
  }
}
