/**
 * Parts of buckets and objects that a query names, such as `?acl`. A method that such a part does not have is refused, so that
 * nobody's `DELETE /bucket?acl` deletes the bucket.
 *
 * Source: answers of S3 in github.com/brekkylab/backlot/issues/230 and 267, versity/versitygw/issues/1236, 1688 and 1242; which parts there are at which
 * path, how they are called and what they refuse as brekkylab/backlot measured it in us-east-1 in September 2026.
 */
import type { RawRequest, ServiceError } from '#kernel/contract';
import {
  badContentHash,
  conflictingParts,
  invalidArgument,
  invalidRequest,
  methodNotAllowed,
  noAttributes,
  noLoggingOfKey,
  userKeyMissing,
} from '../errors.ts';

/** What AWS calls the part, and its methods in AWS's order. */
type Part = readonly [type: string, allow: string];

const READ = 'GET';
const KEPT = 'GET, PUT';
const REMOVED = 'DELETE, GET, PUT';

/** Of a bucket, whatever key the path goes on to. */
const OF_BOTH: { readonly [name: string]: Part } = {
  accelerate: ['ACCELERATE', KEPT],
  cors: ['CORS', REMOVED],
  delete: ['MULTI_OBJECT_DELETE', 'POST'],
  inventory: ['INVENTORY', REMOVED],
  lifecycle: ['LIFECYCLE', REMOVED],
  location: ['LOCATION', READ],
  logging: ['LOGGING_STATUS', KEPT],
  notification: ['NOTIFICATION', KEPT],
  policy: ['BUCKETPOLICY', REMOVED],
  replication: ['REPLICATION', REMOVED],
  requestPayment: ['REQUEST_PAYMENT', KEPT],
  versioning: ['VERSIONING', KEPT],
  versions: ['BUCKETVERSIONS', READ],
  website: ['WEBSITE', REMOVED],
};

const UPLOAD: Part = ['UPLOAD', 'DELETE, POST, GET'];

const OF_BUCKET: { readonly [name: string]: Part | undefined } = {
  ...OF_BOTH,
  abac: ['BUCKET_ABAC', KEPT],
  acl: ['ACL', KEPT],
  analytics: ['ANALYTICS', REMOVED],
  encryption: ['ENCRYPTION', REMOVED],
  'intelligent-tiering': ['INTELLIGENT_TIERING', REMOVED],
  metadataAnnotationTable: ['BUCKET_METADATA_ANNOTATION_TABLE_CONFIGURATION', 'PUT'],
  metadataConfiguration: ['BUCKET_METADATA_CONFIGURATION', 'DELETE, POST, GET'],
  metadataInventoryTable: ['BUCKET_METADATA_INVENTORY_TABLE_CONFIGURATION', 'PUT'],
  metadataJournalTable: ['BUCKET_METADATA_JOURNAL_TABLE_CONFIGURATION', 'PUT'],
  metadataTable: ['BUCKET_METADATA_TABLE_CONFIGURATION', 'DELETE, POST, GET'],
  metrics: ['METRICS', REMOVED],
  'object-lock': ['OBJECT_LOCK_CONFIGURATION', KEPT],
  ownershipControls: ['OWNERSHIP_CONTROLS', REMOVED],
  policyStatus: ['POLICY_STATUS', READ],
  publicAccessBlock: ['PUBLIC_ACCESS_BLOCK', REMOVED],
  restore: ['RESTORE', 'POST'],
  tagging: ['TAGGING', REMOVED],
  torrent: ['TORRENT', ''],
  uploadId: UPLOAD,
  uploads: ['UPLOADS', 'POST, GET'],
};

const OF_OBJECT: { readonly [name: string]: Part | undefined } = {
  ...OF_BOTH,
  acl: ['ACL', KEPT],
  annotation: ['OBJECT_ANNOTATIONS', READ],
  attributes: ['OBJECT_ATTRIBUTES', READ],
  encryption: ['OBJECT_ENCRYPTION', 'PUT'],
  'legal-hold': ['OBJECT_LOCK_LEGALHOLD', KEPT],
  restore: ['RESTORE', 'POST'],
  retention: ['OBJECT_LOCK_RETENTION', KEPT],
  select: ['SELECT', 'POST'],
  tagging: ['OBJECT_TAGGING', REMOVED],
  torrent: ['TORRENT', READ],
  uploadId: UPLOAD,
  uploads: ['UPLOADS', 'POST'],
};

/** Of uploadId and partNumber together. */
const UPLOAD_PART: Part = ['PART', 'PUT'];

/** Parts of an object that have no versions, as all of a bucket's have none. */
const WITHOUT_VERSIONS: ReadonlySet<string> = new Set([...Object.keys(OF_BOTH), 'torrent', 'uploadId', 'uploads']);

const BODILESS: ReadonlySet<string> = new Set(['DELETE', 'GET', 'HEAD']);

type Asked = Pick<RawRequest, 'method' | 'path' | 'query'>;

/**
 * The path by which a request is routed.
 *
 * @throws {ServiceError} MethodNotAllowed for a part that has no such method; InvalidArgument for several parts, or a version of what has none
 */
export function routed({ method, path, query, headers }: Omit<RawRequest, 'body' | 'secure'>): string {
  // Checksums that come after a body go with one.
  if (BODILESS.has(method) && headers['x-amz-content-sha256']?.endsWith('-TRAILER') === true) throw badContentHash();
  // Queries mean nothing to a website.
  if (query === '' || headers.host?.includes('.s3-website') === true) return path;
  const slash = path.indexOf('/', 1);
  const bucket = slash === -1 ? path : path.slice(0, slash);
  if (bucket.length < 2) return path;
  const asked = { method, path, query };
  if (path.length > bucket.length + 1) return refuseAtKey(asked) ? bucket : path;
  refuseAtBucket(asked);
  return path;
}

const parametersOf = (query: string) => query.split('&').map((pair) => pair.split('=', 1)[0] ?? '');

function namesIn(query: string, table: { readonly [name: string]: Part | undefined }): string[] {
  return [...new Set(parametersOf(query).filter((name) => name === 'partNumber' || Object.hasOwn(table, name)))].sort();
}

const isUploadPart = (names: readonly string[]) => names.join() === 'partNumber,uploadId';

/** @throws {ServiceError} as above */
function refuseAtBucket({ method, query }: Asked): void {
  const names = namesIn(query, OF_BUCKET);
  const [name] = names;
  if (names.length > 1 && !isUploadPart(names)) throw conflictingParts(names);
  if (names.length === 1 && name === 'partNumber') throw invalidRequest('Object must have a valid key name.');
  refuseVersion({ method, query }, name);
  refuseWebsite(query);
  if (name === undefined) return;
  checkMethod(method, isUploadPart(names) ? UPLOAD_PART : OF_BUCKET[name]);
  if (name === 'uploadId') throw invalidRequest('A key must be specified');
  if (name === 'restore') throw userKeyMissing();
}

/** @returns whether the part is the bucket's; @throws {ServiceError} as above */
function refuseAtKey({ method, query }: Asked): boolean {
  const names = namesIn(query, OF_OBJECT);
  const [name] = names;
  if (names.length > 1 && !isUploadPart(names)) throw conflictingParts(names);
  refuseWebsite(query);
  const version = valueIn(query, 'versionId');
  if (version !== undefined && name !== undefined && WITHOUT_VERSIONS.has(name)) throw noVersions(version);
  if (version === '' && (method === 'GET' || method === 'HEAD'))
    throw invalidArgument('Version id cannot be the empty string', 'versionId', '');
  if (name === undefined || (names.length === 1 && name === 'partNumber')) return false;
  if (method === 'GET' && name === 'logging') throw noLoggingOfKey();
  if (method === 'GET' && name === 'versions')
    throw invalidRequest('There is no such thing as the ?versions sub-resource for a key');
  if (method === 'GET' && name === 'uploads')
    throw invalidRequest('Key is not expected for the GET method ?uploads subresource');
  if (name === 'annotation' && valueIn(query, 'annotationName') !== undefined) return false;
  checkMethod(method, isUploadPart(names) ? UPLOAD_PART : OF_OBJECT[name]);
  if (name === 'torrent') throw methodNotAllowed(method, 'TORRENT');
  return Object.hasOwn(OF_BOTH, name);
}

/** No part has a HEAD of its own. @throws {ServiceError} MethodNotAllowed */
function checkMethod(method: string, part: Part | undefined): void {
  if (part === undefined || part[1].split(', ').includes(method)) return;
  throw methodNotAllowed(method, part[0], part[1] === '' ? undefined : part[1]);
}

/** @throws {ServiceError} InvalidArgument where a bucket is asked for a version */
function refuseVersion({ method, query }: Pick<Asked, 'method' | 'query'>, name: string | undefined): void {
  const version = valueIn(query, 'versionId');
  if (version === undefined || (method === 'POST' && (name === undefined || name === 'restore'))) return;
  throw name === 'acl' && method !== 'DELETE'
    ? invalidArgument('Invalid version id specified', 'versionId', version)
    : noVersions(version);
}

/** @throws {ServiceError} InvalidArgument */
function refuseWebsite(query: string): void {
  const value = valueIn(query, 'website') ?? '';
  if (value !== '') throw invalidArgument('The website parameter must not have a value', 'website', value);
}

const noVersions = (version: string): ServiceError =>
  invalidArgument('This operation does not accept a version-id.', 'versionId', version);

/** The first of a name, as S3 reads them; undefined where there is none. */
function valueIn(query: string, name: string): string | undefined {
  return query.includes(name) ? (new URLSearchParams(query).get(name) ?? undefined) : undefined;
}

const COPIES: ReadonlySet<string> = new Set(['CopyObject', 'UploadPartCopy']);

type Sent = Pick<RawRequest, 'method' | 'query' | 'headers'>;

/** @throws {ServiceError} InvalidArgument, InvalidRequest for what a header or a parameter wants of an operation that it does not do */
export function checkPart(operation: string, { method, query, headers }: Sent): void {
  const source = headers['x-amz-copy-source'];
  // Source: github.com/versity/versitygw/pull/1642; of other POST requests the answer is not told.
  if (source !== undefined && method !== 'PUT' && (method !== 'POST' || query.includes('uploadId=')))
    throw invalidArgument('You can only specify a copy source header for copy requests.', 'x-amz-copy-source', source);
  // Source: S3's answers in github.com/versity/versitygw/issues/1242, versity/versitygw/pull/1613.
  if (COPIES.has(operation) && Number(headers['content-length'] ?? 0) > 0)
    throw invalidRequest('The request included a body. Requests of this type must not include a non-empty body.');
  if (query === '' || headers.host?.includes('.s3-website') === true) return;
  checkListing(operation, query);
  if (operation === 'HeadBucket') checkHead(query);
  const names = parametersOf(query);
  if (operation === 'GetObject' || operation === 'HeadObject') {
    // What is wanted of the object stands in a header, which makes it another operation.
    if (names.includes('attributes')) throw noAttributes();
    checkOverrides(names, query);
  }
  if (operation !== 'PutObject' && operation !== 'CopyObject') return;
  const version = valueIn(query, 'versionId');
  if (version !== undefined) throw noVersions(version);
  // Source: S3's answer in github.com/versity/versitygw/issues/1226.
  if (names.includes('partNumber'))
    throw invalidArgument('This operation does not accept partNumber without uploadId', 'partNumber', 'partNumber');
}

/**
 * Parameters of the other generation of lists, and markers that say too little.
 *
 * Source: S3's answers in brekkylab/backlot, September 2026. @throws {ServiceError} InvalidArgument
 */
function checkListing(operation: string, query: string): void {
  if (operation === 'ListObjects') {
    if (valueIn(query, 'continuation-token') !== undefined)
      throw invalidArgument(ofSecond('continuation-token'), 'continuation-token');
    if (valueIn(query, 'start-after') !== undefined) throw invalidArgument(ofSecond('startAfter'), 'start-after');
  }
  if (operation === 'ListObjectsV2' && valueIn(query, 'marker') !== undefined)
    throw invalidArgument('Marker unsupported with REST.GET.BUCKET in list-type=2', 'marker');
  const version = operation === 'ListObjectVersions' ? valueIn(query, 'version-id-marker') : undefined;
  if (version === undefined) return;
  if (valueIn(query, 'key-marker') === undefined)
    throw invalidArgument(
      'A version-id marker cannot be specified without a key marker.',
      'version-id-marker',
      version,
    );
  if (version === '') throw invalidArgument('A version-id marker cannot be empty.', 'version-id-marker', '');
}

/** A list's parameters are read though it is not made. Source: the same. @throws {ServiceError} InvalidArgument */
function checkHead(query: string): void {
  const count = valueIn(query, 'max-keys') ?? '';
  if (!/^\d*$/.test(count))
    throw invalidArgument('Provided max-keys not an integer or within integer range', 'max-keys', count);
  const encoding = valueIn(query, 'encoding-type') ?? 'url';
  if (encoding.toLowerCase() !== 'url')
    throw invalidArgument('Invalid Encoding Method specified in Request', 'encoding-type', encoding);
}

const ofSecond = (name: string) => `${name} only supported in REST.GET.BUCKET with list-type=2`;

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
    valueIn(query, name) ?? '',
  );
}
