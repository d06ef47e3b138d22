/** Who signed the request: finds the key, recomputes the signature, resolves sessions. */
import { sha256Hex } from '#kernel/base';
import {
  ANONYMOUS,
  CLOCK_SKEW_MAX,
  type Claim,
  type Credential,
  isExpired,
  PRESIGNED_SECONDS_MAX,
  type Principal,
  presignedUntil,
  rootOf,
  sameSignature,
  signature,
  signedAt,
  UNSIGNED_PAYLOAD,
} from '#kernel/identity';
import type { Exchange } from '../exchange.ts';
import { type Face, faceOf, trouble } from '../faces.ts';
import type { Kernel } from '../kernel.ts';

/** Account of any key that does not exist and is no account number. */
export const DEFAULT_ACCOUNT = '000000000000';

export function authenticate(x: Exchange, kernel: Kernel): void {
  const { loaded, protocol, claim, request } = x;
  if (loaded === undefined || protocol === undefined) return;
  const face = faceOf(loaded.head.name, protocol.name);
  if (x.claimFault !== undefined) throw trouble(face, 'incomplete', x.claimFault.detail);
  if (claim === undefined) {
    useCaller(x, kernel, ANONYMOUS, DEFAULT_ACCOUNT, undefined);
    return;
  }
  checkAge(face, claim, x.now, kernel);
  const credential = kernel.directory.credential(claim.accessKeyId);
  if (credential === undefined) {
    if (kernel.strict || claim.accessKeyId.startsWith('ASIA')) throw unknownKey(face, claim.accessKeyId);
    const account = /^\d{12}$/.test(claim.accessKeyId) ? claim.accessKeyId : DEFAULT_ACCOUNT;
    useCaller(x, kernel, rootOf(account), account, claim.accessKeyId);
    return;
  }
  checkCredential(face, credential, claim, x.now);
  const hash = payloadHash(x, claim);
  const expected = signature(
    { method: request.method, path: originalPath(x), query: x.query, headers: request.headers },
    claim,
    hash,
    credential.secret,
  );
  if (claim.algorithm !== 'v4' || !sameSignature(expected, claim.signature)) throw badSignature(face);
  x.credential = credential;
  x.session = credential.session;
  if (credential.session === undefined)
    kernel.directory.noteUse(claim.accessKeyId, x.now, loaded.head.signing, x.region);
  if (request.headers['x-amz-content-sha256']?.startsWith('STREAMING-AWS4-HMAC') === true)
    x.chunks = { claim, secret: credential.secret };
  useCaller(x, kernel, credential.principal, credential.principal.account, claim.accessKeyId);
}

/** The path as signed: before a bucket moved in from the host name. */
function originalPath(x: Exchange): string {
  const { target } = x.request;
  const mark = target.indexOf('?');
  return mark === -1 ? target : target.slice(0, mark);
}

function useCaller(
  x: Exchange,
  _: Kernel,
  principal: Principal,
  account: string,
  accessKeyId: string | undefined,
): void {
  const { headers, sourceIp, secure } = x.request;
  x.account = account;
  x.caller = { principal, accessKeyId, sourceIp, userAgent: headers['user-agent'] ?? '', secure };
}

/** S3 and presigned URLs say in a header what was hashed; the others sign the body's own hash. */
function payloadHash(x: Exchange, claim: Claim): string {
  const stated = x.request.headers['x-amz-content-sha256'];
  if (x.loaded?.head.name === 's3') return stated ?? UNSIGNED_PAYLOAD;
  if (stated === UNSIGNED_PAYLOAD && claim.from === 'query') return stated;
  return sha256Hex(x.body ?? '');
}

function checkAge(face: Face, claim: Claim, now: number, kernel: Kernel): void {
  const at = signedAt(claim);
  if (Number.isNaN(at))
    throw trouble(
      face,
      'incomplete',
      `Date must be in ISO-8601 'basic format'. Got '${claim.timestamp}'. See http://en.wikipedia.org/wiki/ISO_8601`,
    );
  const until = presignedUntil(claim);
  if (until !== undefined) {
    if ((claim.expiresSeconds ?? 0) > PRESIGNED_SECONDS_MAX)
      throw trouble(face, 'incomplete', 'X-Amz-Expires must be less than a week (in seconds) that is 604800');
    if (now > until && kernel.clock.mode === 'real') throw trouble(face, 'expired-request', 'Request has expired');
    return;
  }
  // Clients sign with their own clock, which a turned or frozen cloud clock can't be compared with.
  if (kernel.clock.mode === 'virtual' || kernel.clock.isTurned()) return;
  if (Math.abs(now - at) <= CLOCK_SKEW_MAX) return;
  const text =
    face === 's3'
      ? 'The difference between the request time and the current time is too large.'
      : `Signature expired: ${claim.timestamp} is now earlier than ${timestamp(now - CLOCK_SKEW_MAX)} (${timestamp(now)} - 15 min.)`;
  const late =
    face === 's3' || at < now
      ? text
      : `Signature not yet current: ${claim.timestamp} is still later than ${timestamp(now + CLOCK_SKEW_MAX)} (${timestamp(now)} + 15 min.)`;
  throw trouble(face, 'skewed', late);
}

function timestamp(at: number): string {
  return new Date(at).toISOString().replace(/[-:]|\.\d{3}/g, '');
}

function checkCredential(face: Face, credential: Credential, claim: Claim, now: number): void {
  if (!credential.active) throw unknownKey(face, credential.accessKeyId);
  const { session } = credential;
  if (session === undefined) return;
  if (claim.token !== session.token)
    throw trouble(
      face,
      'bad-token',
      face === 's3'
        ? 'The provided token is malformed or otherwise invalid.'
        : 'The security token included in the request is invalid',
    );
  if (isExpired(session, now))
    throw trouble(
      face,
      'expired-token',
      face === 's3' ? 'The provided token has expired.' : 'The security token included in the request is expired',
    );
}

function unknownKey(face: Face, accessKeyId: string): Error {
  if (face === 's3')
    return trouble(face, 'unknown-key', 'The AWS Access Key Id you provided does not exist in our records.', {
      AWSAccessKeyId: accessKeyId,
    });
  if (face === 'ec2')
    return trouble(face, 'unknown-key', 'AWS was not able to validate the provided access credentials');
  return trouble(face, 'unknown-key', 'The security token included in the request is invalid.');
}

function badSignature(face: Face): Error {
  const text =
    face === 's3'
      ? 'The request signature we calculated does not match the signature you provided. Check your key and signing method.'
      : 'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.';
  return trouble(face, 'bad-signature', text);
}
