/**
 * Signature Version 4 of a request: the canonical form of what is signed, and whether the signature is right.
 *
 * @see IAM User Guide, "Create a signed AWS API request"
 */
import { safeDecode, sha256Hex } from '#kernel/base';
import type { Claim, SignedRequest } from './claim.ts';
import { hmacSignature, isSigned, signedText } from './signature.ts';

/** The text whose hash is signed. */
export function canonicalRequest(request: SignedRequest, claim: Claim, payloadHash: string): string {
  let headers = '';
  for (const name of claim.signedHeaders) {
    // A client may name anything, `constructor` too, which is no text.
    // What HTTP/2 calls `:authority` is kept as the host, by which the request is also led.
    const value: unknown = request.headers[name === ':authority' ? 'host' : name];
    headers += `${name}:${typeof value === 'string' ? trimHeader(value) : ''}\n`;
  }
  const path = claim.scope.service.startsWith('s3') ? encodePath(safeDecode(request.path)) : encodePath(request.path);
  return `${request.method}\n${path}\n${canonicalQuery(request.query)}\n${headers}\n${claim.signedHeaders.join(';')}\n${payloadHash}`;
}

/** What nearly all values have nothing of: spaces to trim or to join, and letters outside of ASCII. */
const ODD = /^ | $| {2}|[^\x20-\x7e]/;

function trimHeader(raw: string): string {
  if (!ODD.test(raw)) return raw;
  const value = NOT_ASCII.test(raw) ? headerText(raw) : raw;
  return value.includes('  ') ? value.trim().replace(/ +/g, ' ') : value.trim();
}

const NOT_ASCII = /[\x80-\xff]/;

/** Headers arrive as bytes, shown as Latin-1; most clients sign, and send, text in UTF-8. */
function headerText(raw: string): string {
  const text = Buffer.from(raw, 'latin1').toString('utf8');
  return text.includes('\ufffd') ? raw : text;
}

/** Pairs sorted by encoded name, then value; the signature itself left out. */
function canonicalQuery(query: string): string {
  if (query === '') return '';
  const pairs: [string, string][] = [];
  for (const pair of query.split('&')) {
    if (pair === '' || pair.startsWith('X-Amz-Signature=')) continue;
    const equals = pair.indexOf('=');
    const name = equals === -1 ? pair : pair.slice(0, equals);
    pairs.push([encodeText(safeDecode(name)), equals === -1 ? '' : encodeText(safeDecode(pair.slice(equals + 1)))]);
  }
  pairs.sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x < y ? -1 : x > y ? 1 : 0));
  return pairs.map(([name, value]) => `${name}=${value}`).join('&');
}

const PLAIN = /^[A-Za-z0-9\-._~]*$/;

function encodeText(text: string): string {
  return PLAIN.test(text)
    ? text
    : encodeURIComponent(text.toWellFormed()).replace(
        /[!'()*]/g,
        (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
      );
}

const PLAIN_PATH = /^[A-Za-z0-9\-._~/]*$/;

function encodePath(path: string): string {
  return PLAIN_PATH.test(path) ? path : path.split('/').map(encodeText).join('/');
}

/** The signature that a holder of `secret` makes for the request. */
export function signature(request: SignedRequest, claim: Claim, payloadHash: string, secret: string): string {
  return hmacSignature(claim, secret, '', sha256Hex(canonicalRequest(request, claim, payloadHash)));
}

/** What should have been signed, for one whose signature is another: the canonical request, and the text that has its hash. */
export function textsToSign(
  request: SignedRequest,
  claim: Claim,
  payloadHash: string,
): { canonical: string; text: string } {
  const canonical = canonicalRequest(request, claim, payloadHash);
  return { canonical, text: signedText(claim, '', sha256Hex(canonical)) };
}

/** Whether the claim's signature is the one that the holder of `secret` makes for the request. */
export function isSignedBy(secret: string, request: SignedRequest, claim: Claim, payloadHash: string): boolean {
  return isSigned(claim, secret, '', sha256Hex(canonicalRequest(request, claim, payloadHash)), claim.signature);
}
