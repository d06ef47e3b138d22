/** Reads the list of objects that a job works through: a list of its own, or an inventory of S3's. */
import { gunzipSync } from 'node:zlib';
import { collect, MIB, parseArn } from '#kernel/base';
import { type Aws, ServiceError } from '#kernel/contract';
import type { JobManifest } from '#models/s3-control';
import { INVENTORY, type Listed, readManifest } from '../domain/manifest.ts';
import { badRequest, manifestForbidden } from '../errors.ts';

/** Of this implementation: it is held in memory. AWS takes more. */
const MANIFEST_BYTES_MAX = 256 * MIB;

/** @throws {ServiceError} BadRequestException; S3's answer, where the role may not read it */
export async function listedBy(s3: Aws['s3'], { Location, Spec }: JobManifest): Promise<Listed[]> {
  const { ObjectArn, ObjectVersionId, ETag } = Location;
  const [, bucket = '', key = ''] = /^([^/]+)\/(.*)$/s.exec(parseArn(ObjectArn)?.resource ?? '') ?? [];
  const { bytes, etag, cipher } = await read(s3, bucket, key, ObjectVersionId);
  // Source: S3 User Guide, "Specifying a manifest": of lists, only an inventory's may be.
  if (Spec.Format !== INVENTORY && cipher?.startsWith('aws:kms') === true)
    throw badRequest('A CSV manifest must not be encrypted with SSE-KMS');
  if (bare(etag) !== bare(ETag)) throw badRequest("The manifest's ETag is not the one of the object");
  const listed =
    Spec.Format === INVENTORY
      ? await inventory(s3, bytes.toString())
      : readManifest(bytes.toString(), Spec.Fields ?? []);
  if (listed === undefined || listed.length === 0) throw badRequest('The manifest is empty or has other columns');
  return listed;
}

const bare = (etag = '') => etag.replaceAll('"', '');

async function read(s3: Aws['s3'], Bucket: string, Key: string, version?: string) {
  const forbidden = (error: unknown) =>
    error instanceof ServiceError && error.code === 'AccessDenied' ? manifestForbidden() : error;
  const {
    Body,
    ETag: etag,
    ServerSideEncryption: cipher,
  } = await s3
    .GetObject({ Bucket, Key, ...(version !== undefined && { VersionId: version }) })
    .catch((error: unknown) => {
      throw forbidden(error);
    });
  const tooLarge = () => badRequest('The manifest is too large');
  const bytes = Body === undefined ? Buffer.alloc(0) : await collect(Body, MANIFEST_BYTES_MAX, tooLarge);
  return { bytes, etag, cipher };
}

type Inventory = {
  destinationBucket?: string;
  fileFormat?: string;
  fileSchema?: string;
  files?: readonly { key: string }[];
};

/** An inventory's manifest names its files, which are compressed, and their columns. */
async function inventory(s3: Aws['s3'], text: string): Promise<Listed[] | undefined> {
  const { destinationBucket = '', fileFormat, fileSchema = '', files = [] } = inventoryOf(text);
  if (fileFormat !== 'CSV') return undefined;
  const fields = fileSchema.split(',').map((one) => one.trim());
  const listed: Listed[] = [];
  for (const { key } of files) {
    const { bytes } = await read(s3, parseArn(destinationBucket)?.resource ?? '', key);
    const found = readManifest(gunzipSync(bytes, { maxOutputLength: MANIFEST_BYTES_MAX }).toString(), fields);
    if (found === undefined) return undefined;
    // One by one: a spread of as many arguments would not fit on the stack.
    for (const one of found) listed.push(one);
  }
  return listed;
}

function inventoryOf(text: string): Inventory {
  try {
    return JSON.parse(text) as Inventory;
  } catch {
    return {};
  }
}
