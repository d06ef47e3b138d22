/**
 * Signature Version 2 of S3's REST API, which the AWS CLI v1 and boto3 still make for presigned URLs in us-east-1.
 *
 * @see Amazon S3 User Guide, "Signing and authenticating REST requests (AWS signature version 2)"
 */
import { safeDecode } from '#kernel/base';
import type { SignedRequest } from './claim.ts';
import { isTextSigned } from './signature.ts';

/** What a request says about who signed it so. */
export type OldClaim = {
  accessKeyId: string;
  signature: string;
  token: string | undefined;
  /** Of a presigned URL: seconds since 1970, as written. */
  expires: string | undefined;
};

/** Parameters that are part of what is asked for. Source: the same page, "Constructing the CanonicalizedResource element"; botocore's signer for those that came later. */
const SIGNED_PARAMETERS = new Set([
  ...['accelerate', 'acl', 'analytics', 'cors', 'defaultObjectAcl', 'delete', 'inventory', 'lifecycle', 'location'],
  ...['logging', 'metrics', 'notification', 'object-lock', 'partNumber', 'policy', 'replication', 'requestPayment'],
  ...['response-cache-control', 'response-content-disposition', 'response-content-encoding'],
  ...['response-content-language', 'response-content-type', 'response-expires', 'restore', 'select', 'select-type'],
  ...['storageClass', 'tagging', 'torrent', 'uploadId', 'uploads', 'versionId', 'versioning', 'versions', 'website'],
]);

/** The claim of a request; undefined when it makes none of this kind. */
export function readOldClaim({ headers, query }: SignedRequest): OldClaim | undefined {
  const header = /^AWS ([^\s:]+):(\S+)$/.exec(headers.authorization ?? '');
  if (header !== null) {
    const [, accessKeyId = '', signature = ''] = header;
    return { accessKeyId, signature, token: headers['x-amz-security-token'], expires: undefined };
  }
  if (!query.includes('AWSAccessKeyId=')) return undefined;
  const fields = new Map(pairsOf(query));
  const [accessKeyId, signature, expires] = ['AWSAccessKeyId', 'Signature', 'Expires'].map((name) => fields.get(name));
  if (!accessKeyId || !signature || !expires) return undefined;
  return { accessKeyId, signature, token: fields.get('x-amz-security-token'), expires };
}

function pairsOf(query: string): [name: string, value: string | undefined][] {
  return query.split('&').map((pair) => {
    const equals = pair.indexOf('=');
    if (equals === -1) return [safeDecode(pair), undefined];
    return [safeDecode(pair.slice(0, equals)), safeDecode(pair.slice(equals + 1).replaceAll('+', '%20'))];
  });
}

/**
 * Whether the claim's signature is the one that the holder of `secret` makes for the request.
 *
 * @param request its path begins with the bucket, also where the client had that in the host name
 */
export function isOldSignedBy(secret: string, request: SignedRequest, claim: OldClaim): boolean {
  const isOf = (path: string) =>
    isTextSigned(undefined, secret, oldTextToSign({ ...request, path }, claim), claim.signature);
  const { path } = request;
  // A bucket is signed with a slash behind it, which clients do also where they ask for it without. Source: botocore's signer (HmacV1Auth).
  return isOf(path) || (/^\/[^/]+$/.test(path) && isOf(`${path}/`));
}

/** What is signed. */
export function oldTextToSign({ method, path, query, headers }: SignedRequest, { expires }: OldClaim): string {
  const pairs = query === '' ? [] : pairsOf(query);
  // Of a presigned URL, what would be headers of S3's own may stand in the query.
  const own = new Map<string, string>();
  for (const [name, value] of [...Object.entries(headers), ...(expires === undefined ? [] : pairs)])
    if (name.toLowerCase().startsWith('x-amz-')) own.set(name.toLowerCase(), (value ?? '').trim());
  const date = expires ?? (own.has('x-amz-date') ? '' : (headers.date ?? ''));
  const lines = [...own].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `${name}:${value}\n`);
  const asked = pairs
    .filter(([name]) => SIGNED_PARAMETERS.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => (value === undefined || value === '' ? name : `${name}=${value}`));
  const resource = asked.length === 0 ? path : `${path}?${asked.join('&')}`;
  const fixed = [method, headers['content-md5'] ?? '', headers['content-type'] ?? '', date].join('\n');
  return `${fixed}\n${lines.join('')}${resource}`;
}
