/** Who signed the request: finds the key, recomputes the signature, resolves sessions. */
import { sha256Hex } from '#kernel/base';
import { type FormCall, ServiceError } from '#kernel/contract';
import {
  ANONYMOUS,
  type Claim,
  type ClaimFault,
  type Credential,
  claimsInQuery,
  isExpired,
  isOldSignedBy,
  isSignedBy,
  isTextSigned,
  type OldClaim,
  oldTextToSign,
  type Principal,
  rootOf,
  type SignedRequest,
  textsToSign,
  UNSIGNED_PAYLOAD,
} from '#kernel/identity';
import type { Exchange, GatewayRequest } from '../exchange.ts';
import { type Face, faceOf, trouble } from '../faces.ts';
import type { CallerFacts, Kernel } from '../kernel.ts';
import { checkAge, checkOldAge, formNow } from './signature-age.ts';

/** Account of any key that does not exist and is no account number. */
export const DEFAULT_ACCOUNT = '000000000000';

export function authenticate(x: Exchange, kernel: Kernel): void {
  const { loaded, protocol, claim, request } = x;
  if (loaded === undefined || protocol === undefined) return;
  if (request.asserted !== undefined) {
    useAsserted(x, request.asserted);
    return;
  }
  const face = faceOf(loaded.head.name, protocol.name);
  if (x.form !== undefined) {
    authenticateForm(x, kernel, x.form, face);
    x.form.check(formNow(x.form.signed?.timestamp, x.now, kernel.clock));
    return;
  }
  if (x.oldClaim !== undefined && face === 's3') {
    authenticateOld(x, kernel, x.oldClaim, face);
    return;
  }
  const inHeader = request.headers.authorization !== undefined;
  if (inHeader && face !== 's3' && claimsInQuery(x.query)) throw trouble(face, 'bad-signature', TWO_CLAIMS);
  if (x.claimFault !== undefined)
    throw trouble(face, inHeader ? 'incomplete' : 'bad-query', faultText(x.claimFault, face));
  if (claim === undefined) {
    useAnonymous(x);
    return;
  }
  checkAge(face, claim, x.now, kernel.clock);
  const credential = credentialFor(x, kernel, face, claim.accessKeyId);
  if (credential === undefined) return;
  checkCredential(face, credential, claim, x.now, claim.scope.service);
  checkScope(face, x, claim);
  checkPath(face, x, credential);
  const headers = headersAsSigned(request, claim.signedHeaders);
  const signed = { method: request.method, path: originalPath(x), query: x.query, headers };
  const hash = payloadHash(x, claim);
  if (!isSignedBy(credential.secret, signed, claim, hash)) throw badSignature(face, claim, signed, hash);
  x.credential = credential;
  x.session = credential.session;
  if (credential.session === undefined)
    kernel.directory.noteUse(claim.accessKeyId, x.now, loaded.head.signing, x.region);
  if (request.headers['x-amz-content-sha256']?.startsWith('STREAMING-AWS4-') === true)
    x.chunks = { claim, secret: credential.secret };
  useCaller(x, credential.principal, credential.principal.account, claim.accessKeyId);
}

/**
 * Of a header that was sent more than once, the values with a comma and no space between them.
 *
 * @see IAM User Guide, "Create a signed AWS API request"; S3 User Guide, "Signing and authenticating REST requests (AWS signature version 2)"
 */
function headersAsSigned(request: GatewayRequest, names: readonly string[]): Readonly<Record<string, string>> {
  const joined = names.filter((name) => String(request.headers[name]).includes(', '));
  if (joined.length === 0) return request.headers;
  const sent = request.sentHeaders?.() ?? [];
  const headers: Record<string, string> = { ...request.headers };
  for (const name of joined) {
    const values = sent.filter(([written]) => written.toLowerCase() === name).map(([, value]) => value);
    if (values.length > 1) headers[name] = values.join(',');
  }
  return headers;
}

/** Source: answers recorded from DynamoDB. */
const TWO_CLAIMS = "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.";

/** Also of a chunk. */
export const BAD_S3_SIGNATURE =
  'The request signature we calculated does not match the signature you provided. Check your key and signing method.';

/** S3 names all parameters, the others those that are not there. Source: answers recorded from S3 and DynamoDB. */
function faultText({ detail, missing = [] }: ClaimFault, face: Face): string {
  if (face === 's3' || missing.length === 0) return detail;
  const texts = missing.map((name) => `AWS query-string parameters must include '${name}'.`);
  return `${texts.join(' ')} Re-examine the query-string parameters.`;
}

/** The key's credential; a key that nobody made is the root of its account, and then there is none. */
function credentialFor(x: Exchange, kernel: Kernel, face: Face, accessKeyId: string): Credential | undefined {
  const credential = kernel.directory.credential(accessKeyId);
  if (credential !== undefined) return credential;
  if (kernel.strict || accessKeyId.startsWith('ASIA')) throw unknownKey(face, accessKeyId);
  const account = /^\d{12}$/.test(accessKeyId) ? accessKeyId : DEFAULT_ACCOUNT;
  useCaller(x, rootOf(account), account, accessKeyId);
  return undefined;
}

/**
 * Signature Version 2. Deviation: AWS takes it in Regions from before 2014 only.
 *
 * @see S3 API Reference, "Authenticating Requests (AWS Signature Version 4)", the note on Regions
 */
function authenticateOld(x: Exchange, kernel: Kernel, claim: OldClaim, face: Face): void {
  checkOldAge(face, claim, x.request.headers, x.now, kernel.clock);
  const credential = credentialFor(x, kernel, face, claim.accessKeyId);
  if (credential === undefined) return;
  checkCredential(face, credential, claim, x.now);
  const headers = headersAsSigned(x.request, Object.keys(x.request.headers));
  const signed = { method: x.request.method, path: x.path, query: x.query, headers };
  if (!isOldSignedBy(credential.secret, signed, claim)) throw badS3Signature(claim, oldTextToSign(signed, claim));
  x.credential = credential;
  x.session = credential.session;
  useCaller(x, credential.principal, credential.principal.account, claim.accessKeyId);
}

/** A form is signed by the signature of its policy. */
function authenticateForm(x: Exchange, kernel: Kernel, { signed }: FormCall, face: Face): void {
  if (signed === undefined) {
    useAnonymous(x);
    return;
  }
  const { accessKeyId, scope, text, signature, token } = signed;
  const credential = credentialFor(x, kernel, face, accessKeyId);
  if (credential === undefined) return;
  checkCredential(face, credential, { token }, x.now);
  if (!isTextSigned(scope, credential.secret, text, signature)) throw badS3Signature({ accessKeyId, signature }, text);
  x.credential = credential;
  x.session = credential.session;
  useCaller(x, credential.principal, credential.principal.account, accessKeyId);
}

/** The path as signed: before a bucket moved in from the host name. */
function originalPath(x: Exchange): string {
  const { target } = x.request;
  const mark = target.indexOf('?');
  return mark === -1 ? target : target.slice(0, mark);
}

function useCaller(x: Exchange, principal: Principal, account: string, accessKeyId: string | undefined): void {
  const { headers, sourceIp, secure, tlsVersion } = x.request;
  x.account = account;
  x.caller = { principal, accessKeyId, sourceIp, userAgent: headers['user-agent'] ?? '', secure, tlsVersion };
}

/** A request from inside, of whom the service that sent it says it is. */
export function useAsserted(x: Exchange, { principal, account, source, session, accessKeyId }: CallerFacts): void {
  useCaller(x, principal, account, accessKeyId);
  x.session = session;
  if (x.caller !== undefined) x.caller = { ...x.caller, source };
}

/** The caller is nobody in particular. */
export function useAnonymous(x: Exchange): void {
  useCaller(x, ANONYMOUS, DEFAULT_ACCOUNT, undefined);
}

const BODY_HASH = 'x-amz-content-sha256';
const STREAMED = ['', '-TRAILER'].flatMap((end) =>
  ['HMAC-SHA256', 'ECDSA-P256-SHA256'].map((one) => `${one}-PAYLOAD${end}`),
);
/** What may stand for a body's hash. */
const UNHASHED = new Set([
  UNSIGNED_PAYLOAD,
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
  ...STREAMED.map((one) => `STREAMING-AWS4-${one}`),
]);

/** Source: S3's answers in github.com/versity/versitygw/issues/1352 and 1427. @throws {ServiceError} InvalidRequest, InvalidArgument */
function s3Hash(stated: string | undefined, { from }: Claim): string {
  if (stated === undefined) {
    if (from === 'query') return UNSIGNED_PAYLOAD;
    throw new ServiceError('InvalidRequest', `Missing required header for this request: ${BODY_HASH}`, { status: 400 });
  }
  if (UNHASHED.has(stated) || /^[0-9a-f]{64}$/i.test(stated)) return stated;
  throw new ServiceError(
    'InvalidArgument',
    `${BODY_HASH} must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a valid sha256 value.`,
    { status: 400, fields: { ArgumentName: BODY_HASH, ArgumentValue: stated } },
  );
}

/** S3 and presigned URLs say in a header what was hashed; the others sign the body's own hash. */
function payloadHash(x: Exchange, claim: Claim): string {
  const stated = x.request.headers[BODY_HASH];
  if (x.loaded?.head.name === 's3') return s3Hash(stated, claim);
  if (stated === UNSIGNED_PAYLOAD && claim.from === 'query') return stated;
  return sha256Hex(x.body ?? '');
}

/** A signature is good for the service it was made for, and covers what decides where the request goes and what it does. */
function checkScope(face: Face, x: Exchange, claim: Claim): void {
  const wanted = x.signing ?? x.loaded?.head.signing ?? '';
  const { service } = claim.scope;
  // Source: IAM User Guide, "Troubleshoot Signature Version 4", "Credential scope errors".
  if (service !== wanted && !(wanted === 's3' && service === 's3express'))
    throw trouble(
      face,
      face === 's3' ? 'incomplete' : 'bad-signature',
      `Credential should be scoped to correct service: '${wanted}'.`,
    );
  const { signedHeaders } = claim;
  if (!signedHeaders.includes('host') && !signedHeaders.includes(':authority'))
    throw trouble(face, 'bad-signature', "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
  if (face !== 's3') return;
  // Source: answers recorded from S3. The body's hash is part of what is signed, whether its header is or not.
  const unsigned = Object.keys(x.request.headers).filter(
    (name) => name.startsWith('x-amz-') && name !== 'x-amz-content-sha256' && !signedHeaders.includes(name),
  );
  if (unsigned.length > 0)
    throw trouble(face, 'denied', 'There were headers present in the request which were not signed', {
      HeadersNotSigned: unsigned.join(', '),
    });
}

function checkCredential(
  face: Face,
  credential: Credential,
  claim: Pick<Claim, 'token'>,
  now: number,
  signing?: string,
): void {
  if (!credential.active) throw unknownKey(face, credential.accessKeyId);
  const { session } = credential;
  if (session === undefined) return;
  const shown = face === 's3' ? { 'Token-0': claim.token } : undefined;
  if (claim.token !== session.token || (session.bound !== undefined && session.bound.signing !== signing))
    throw trouble(
      face,
      'bad-token',
      face === 's3'
        ? 'The provided token is malformed or otherwise invalid.'
        : 'The security token included in the request is invalid',
      shown,
    );
  if (isExpired(session, now))
    throw trouble(
      face,
      'expired-token',
      face === 's3' ? 'The provided token has expired.' : 'The security token included in the request is expired',
      shown,
    );
}

/** A session may be good for one resource alone. */
function checkPath(face: Face, { path }: Exchange, { session }: Credential): void {
  const bound = session?.bound?.path;
  if (bound !== undefined && path !== bound && !path.startsWith(`${bound}/`))
    throw trouble(face, 'denied', 'Access Denied');
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

function badSignature(face: Face, claim: Claim, signed: SignedRequest, payloadHash: string): Error {
  if (face !== 's3')
    return trouble(
      face,
      'bad-signature',
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
    );
  const { canonical, text } = textsToSign(signed, claim, payloadHash);
  return badS3Signature(claim, text, canonical);
}

/** S3 tells what should have been signed. Source: its answer in github.com/minio/minio/issues/2986. */
function badS3Signature(
  { accessKeyId, signature }: Pick<Claim, 'accessKeyId' | 'signature'>,
  text: string,
  canonical?: string,
): Error {
  return trouble('s3', 'bad-signature', BAD_S3_SIGNATURE, {
    AWSAccessKeyId: accessKeyId,
    StringToSign: text,
    SignatureProvided: signature,
    StringToSignBytes: bytesOf(text),
    ...(canonical !== undefined && { CanonicalRequest: canonical, CanonicalRequestBytes: bytesOf(canonical) }),
  });
}

/** `47 45 54 0a` */
const bytesOf = (text: string) =>
  Buffer.from(text)
    .toString('hex')
    .replace(/..(?=.)/g, '$& ');
