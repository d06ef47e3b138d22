/**
 * Access through an access point of a directory bucket: what can be done there, what its scope leaves of that, and what policies see.
 *
 * @see S3 User Guide, "Managing access to shared datasets in directory buckets with access points"
 */
import type { ConditionKeys, Ctx } from '#kernel/contract';
import { accessDenied, methodNotAllowed } from '../errors.ts';
import type { DirectoryPointRow, PointScope } from '../state-directory-points.ts';
import { isDirectoryPointName } from './directory.ts';
import { pointArn, pointOf, pointTagKeys } from './points.ts';

/** The permission of a scope that lets each operation through; no other passes. Source: the guide, "Object operations …", "Manage the scope …". */
const PERMISSIONS: { readonly [operation: string]: string | undefined } = {
  AbortMultipartUpload: 'AbortMultipartUpload',
  CompleteMultipartUpload: 'PutObject',
  CopyObject: 'PutObject',
  CreateMultipartUpload: 'PutObject',
  DeleteObject: 'DeleteObject',
  DeleteObjects: 'DeleteObject',
  GetObject: 'GetObject',
  GetObjectAttributes: 'GetObjectAttributes',
  HeadBucket: 'ListBucket',
  HeadObject: 'GetObject',
  ListMultipartUploads: 'ListBucketMultipartUploads',
  ListObjectsV2: 'ListBucket',
  ListParts: 'ListMultipartUploadParts',
  PutObject: 'PutObject',
  UploadPart: 'PutObject',
  UploadPartCopy: 'PutObject',
};
const ALL = [...new Set(Object.values(PERMISSIONS))] as string[];

type Asked = { Bucket?: string; Key?: string; Prefix?: string; Delete?: { Objects: readonly { Key?: string }[] } };

/**
 * The access point by whose name a request names its bucket; undefined where it names the bucket itself.
 *
 * @throws {ServiceError} AccessDenied where nobody gets in: no request comes from a virtual network yet, and none without a name
 */
export function directoryPointOf(name: string | undefined, ctx: Ctx): DirectoryPointRow | undefined {
  const point = isDirectoryPointName(name) ? (pointOf(ctx, name ?? '') as DirectoryPointRow | undefined) : undefined;
  if (point === undefined) return undefined;
  if (point.vpcId !== undefined || ctx.caller.principal.kind === 'anonymous') throw accessDenied();
  return point;
}

/** @throws {ServiceError} MethodNotAllowed for what access points don't have, AccessDenied for what is outside of the scope */
export function demandInScope(point: DirectoryPointRow, operation: string, asked: Asked, ctx: Ctx): void {
  const permission = PERMISSIONS[operation];
  if (permission === undefined) throw methodNotAllowed(ctx.http.method, 'ACCESSPOINT');
  const { prefixes, permissions } = point.scope ?? NO_SCOPE;
  if (permissions.length > 0 && !permissions.includes(permission)) throw accessDenied();
  if (prefixes.length === 0 || operation === 'HeadBucket') return;
  const keys = asked.Delete?.Objects.map(({ Key = '' }) => Key) ?? [asked.Key ?? asked.Prefix ?? ''];
  if (!keys.every((key) => isWithin(key, prefixes))) throw accessDenied();
}

const NO_SCOPE: PointScope = { prefixes: [], permissions: [] };

/** Reading the source of a copy. @throws {ServiceError} AccessDenied */
export function demandSourceInScope(point: DirectoryPointRow, key: string, ctx: Ctx): void {
  demandInScope(point, 'GetObject', { Key: key }, ctx);
}

/** Whether a key begins as one of the prefixes does: `*` is anything, `\*` a star. */
export function isWithin(key: string, prefixes: readonly string[]): boolean {
  return prefixes.some((prefix) => beginsLike(key, prefix));
}

/** Every prefix goes on as it likes. The pieces between stars are looked for one after the other, each where it comes first. */
function beginsLike(key: string, prefix: string): boolean {
  const [first = '', ...others] = prefix
    .replaceAll('\\*', STAR)
    .split('*')
    .map((piece) => piece.replaceAll(STAR, '*'));
  if (!key.startsWith(first)) return false;
  let at = first.length;
  for (const piece of others) {
    const found = key.indexOf(piece, at);
    if (found === -1) return false;
    at = found + piece.length;
  }
  return true;
}

/** Stands for a star that is one; no key has it, for XML has not. */
const STAR = '\u0000';

/** What conditions see of a request that comes through it. Source: the guide, "Configuring IAM policies …", "Condition keys". */
export function pointContext(point: DirectoryPointRow, ctx: Pick<Ctx, 'partition'>): ConditionKeys {
  const { permissions } = point.scope ?? NO_SCOPE;
  return {
    's3express:DataAccessPointArn': pointArn(ctx.partition, point),
    's3express:DataAccessPointAccount': point.account,
    's3express:AccessPointNetworkOrigin': point.vpcId === undefined ? 'Internet' : 'VPC',
    's3express:Permissions': permissions.length === 0 ? ALL : permissions,
    ...pointTagKeys(point),
  };
}
