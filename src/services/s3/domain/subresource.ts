/**
 * Parts of buckets and objects that a query names, such as `?acl`. A method that such a part does not have is refused, so that
 * nobody's `DELETE /bucket?acl` deletes the bucket.
 *
 * Source: answers of S3 in github.com/brekkylab/backlot/issues/230, versity/versitygw/issues/1236: 405, with the methods that there are;
 * two parts at once are 400.
 */
import type { Ctx } from '#kernel/contract';
import { conflictingParts, invalidArgument, invalidRequest, methodNotAllowed, noAttributes } from '../errors.ts';

/** What AWS calls the part, and its methods in AWS's order. */
type Part = readonly [type: string, allow: string];

const READ = 'GET';
const KEPT = 'GET, PUT';
const REMOVED = 'DELETE, GET, PUT';

const OF_BUCKET: { readonly [name: string]: Part | undefined } = {
  abac: ['ABAC', KEPT],
  accelerate: ['ACCELERATE', KEPT],
  acl: ['ACL', KEPT],
  analytics: ['ANALYTICS', REMOVED],
  cors: ['CORS', REMOVED],
  delete: ['MULTI_OBJECT_DELETE', 'POST'],
  encryption: ['ENCRYPTION', REMOVED],
  'intelligent-tiering': ['INTELLIGENT_TIERING', REMOVED],
  inventory: ['INVENTORY', REMOVED],
  lifecycle: ['LIFECYCLE', REMOVED],
  location: ['LOCATION', READ],
  logging: ['LOGGING_STATUS', KEPT],
  metrics: ['METRICS', REMOVED],
  notification: ['NOTIFICATION', KEPT],
  'object-lock': ['OBJECT_LOCK', KEPT],
  ownershipControls: ['OWNERSHIP_CONTROLS', REMOVED],
  policy: ['BUCKETPOLICY', REMOVED],
  policyStatus: ['POLICY_STATUS', READ],
  publicAccessBlock: ['PUBLIC_ACCESS_BLOCK', REMOVED],
  replication: ['REPLICATION', REMOVED],
  requestPayment: ['REQUEST_PAYMENT', KEPT],
  tagging: ['TAGGING', REMOVED],
  uploads: ['UPLOADS', 'POST, GET'],
  versioning: ['VERSIONING', KEPT],
  versions: ['BUCKETVERSIONS', READ],
  website: ['WEBSITE', REMOVED],
};

const OF_OBJECT: { readonly [name: string]: Part | undefined } = {
  acl: ['ACL', KEPT],
  attributes: ['OBJECT_ATTRIBUTES', READ],
  'legal-hold': ['LEGAL_HOLD', KEPT],
  restore: ['RESTORE', 'POST'],
  retention: ['RETENTION', KEPT],
  tagging: ['TAGGING', REMOVED],
  torrent: ['TORRENT', READ],
  uploadId: ['UPLOAD', 'DELETE, POST, GET'],
  uploads: ['UPLOADS', 'POST'],
};

const COPIES: ReadonlySet<string> = new Set(['CopyObject', 'UploadPartCopy']);

/** Operations on a bucket or object as a whole. */
const WHOLE: ReadonlySet<string> = new Set([
  'CopyObject',
  'CreateBucket',
  'DeleteBucket',
  'DeleteObject',
  'GetObject',
  'HeadBucket',
  'HeadObject',
  'ListObjects',
  'ListObjectsV2',
  'PutObject',
]);

/** @throws {ServiceError} MethodNotAllowed for a part that has no such method; InvalidArgument for several parts, or a version that is to be written */
export function checkPart(operation: string, input: { Key?: string }, { http }: Ctx): void {
  const { method, query, headers } = http;
  const source = headers['x-amz-copy-source'];
  // Source: github.com/versity/versitygw/pull/1642; of other POST requests the answer is not told.
  if (source !== undefined && method !== 'PUT' && (method !== 'POST' || query.includes('uploadId=')))
    throw invalidArgument('You can only specify a copy source header for copy requests.', 'x-amz-copy-source', source);
  // Source: S3's answers in github.com/versity/versitygw/issues/1242, versity/versitygw/pull/1613.
  if (COPIES.has(operation) && Number(headers['content-length'] ?? 0) > 0)
    throw invalidRequest('The request included a body. Requests of this type must not include a non-empty body.');
  // Queries mean nothing to a website.
  if (query === '' || headers.host?.includes('.s3-website') === true) return;
  const table = input.Key === undefined ? OF_BUCKET : OF_OBJECT;
  const names = query.split('&').map((pair) => pair.split('=', 1)[0] ?? '');
  const [first, ...more] = names.filter((name) => Object.hasOwn(table, name)).sort();
  if (first !== undefined && more.length > 0 && !more.includes(first)) throw conflictingParts([first, ...more]);
  if (!WHOLE.has(operation)) return;
  const part = first === undefined ? undefined : table[first];
  // What is wanted of the object stands in a header, which makes it another operation.
  if (first === 'attributes' && method === 'GET') throw noAttributes();
  if (operation === 'GetObject' || operation === 'HeadObject') checkOverrides(names, query);
  if (part !== undefined) throw methodNotAllowed(method, part[0], part[1]);
  if ((operation === 'PutObject' || operation === 'CopyObject') && names.includes('versionId'))
    throw invalidArgument('This operation does not accept a version-id.', 'versionId', versionIn(query));
  // Source: S3's answer in github.com/versity/versitygw/issues/1226.
  if ((operation === 'PutObject' || operation === 'CopyObject') && names.includes('partNumber'))
    throw invalidArgument('This operation does not accept partNumber without uploadId', 'partNumber', 'partNumber');
}

/** Headers of the answer that a request may word. Source: S3 API Reference, GetObject, "Overriding response header values through the request". */
const OVERRIDES: ReadonlySet<string> = new Set([
  'response-cache-control',
  'response-content-disposition',
  'response-content-encoding',
  'response-content-language',
  'response-content-type',
  'response-expires',
]);

/** Source: S3's answer in github.com/versity/versitygw/issues/2075. @throws {ServiceError} InvalidArgument */
function checkOverrides(names: readonly string[], query: string): void {
  const name = names.find((one) => one.startsWith('response-') && !OVERRIDES.has(one));
  if (name === undefined) return;
  throw invalidArgument(
    `${name} is not in the set of overridable response headers. Please refer to the S3 API documentation for a complete list of overridable response headers.`,
    name,
    new URLSearchParams(query).get(name) ?? '',
  );
}

const versionIn = (query: string) => new URLSearchParams(query).get('versionId') ?? '';
