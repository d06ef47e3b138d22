/** Blobs, as Docker asks for them: there or not, pulled by a link, pushed at once or in chunks, mounted from another repository. */
import { type ByteStream, ServiceError, type TrafficReply } from '#kernel/contract';
import { keyOf, readBodies, secretOf } from '../domain/body.ts';
import { findRepository, storeOf } from '../domain/find.ts';
import { linked } from '../domain/token.ts';
import { PART_BYTES } from '../limits.ts';
import { layers, registries, uploads } from '../state.ts';
import { type Ask, notAllowed, refusal, reply } from './ask.ts';

const OCTETS = 'application/octet-stream';

/** HEAD and GET of a blob. */
export async function blob(digest: string, ask: Ask): Promise<TrafficReply> {
  const { request, ecr, registryId, repositoryName, origin } = ask;
  if (request.method === 'HEAD') {
    const { layers: found = [] } = await ecr.BatchCheckLayerAvailability({
      registryId,
      repositoryName,
      layerDigests: [digest],
    });
    const [layer] = found;
    if (layer?.layerSize === undefined) return unknown(digest);
    const headers = { 'content-type': OCTETS, 'content-length': String(layer.layerSize) };
    return reply(200, { ...headers, 'docker-content-digest': digest });
  }
  if (request.method !== 'GET') return notAllowed();
  const { downloadUrl = '' } = await ecr.GetDownloadUrlForLayer({ registryId, repositoryName, layerDigest: digest });
  const token = downloadUrl.slice(downloadUrl.lastIndexOf('/') + 1);
  return reply(307, { location: `${origin}/layers/${token}`, 'docker-content-digest': digest });
}

function unknown(digest: string): TrafficReply {
  return refusal(404, 'BLOB_UNKNOWN', `The layer with digest ${digest} does not exist.`);
}

/** What a link leads to; whoever has one needs no other permission. */
export async function download(token: string, { request, ctx, registryId }: Omit<Ask, 'ecr'>): Promise<TrafficReply> {
  const link = linked(secretOf(storeOf(registryId, ctx), ctx), token, ctx.now);
  if (link === undefined) return refusal(403, 'DENIED', 'Request has expired');
  try {
    const found = findRepository({ repositoryName: link.repository, registryId }, ctx);
    const layer = found.store.get(layers, { repository: found.repository.id, digest: link.digest });
    if (layer === undefined) return unknown(link.digest);
    const isAsked = request.method === 'GET';
    const headers = { 'content-type': OCTETS, 'content-length': String(layer.size) };
    return reply(200, headers, isAsked ? readBodies(layer.bodies, await keyOf(found, ctx), ctx) : '');
  } catch (error) {
    if (error instanceof ServiceError) return refusal(404, 'BLOB_UNKNOWN', error.message);
    throw error;
  }
}

/** POST of an upload: begun, or done at once, or a blob mounted that another repository has. */
export async function beginUpload(ask: Ask): Promise<TrafficReply> {
  const { request, ecr, registryId, repositoryName } = ask;
  if (request.method !== 'POST') return notAllowed();
  const query = new URLSearchParams(request.query);
  const [digest, mount, from] = ['digest', 'mount', 'from'].map((name) => query.get(name));
  if (mount && from && (await mountLayer(mount, from, ask))) return created(mount, ask);
  const { uploadId = '' } = await ecr.InitiateLayerUpload({ registryId, repositoryName });
  return digest ? finish(uploadId, digest, 0, ask) : progress(202, uploadId, 0, ask);
}

/**
 * Brings a layer over from another repository of the registry, where its settings allow that and the caller may pull there.
 * Source: ECR User Guide, "Cross-repository layer mounting".
 */
async function mountLayer(digest: string, from: string, { ctx, ecr, registryId, repositoryName }: Ask) {
  if (ctx.store.get(registries, { id: 'own' })?.mounts !== true) return false;
  try {
    await ecr.GetDownloadUrlForLayer({ registryId, repositoryName: from, layerDigest: digest });
    const { uploadId = '' } = await ecr.InitiateLayerUpload({ registryId, repositoryName });
    const found = findRepository({ repositoryName: from, registryId }, ctx);
    const bodies = found.store.get(layers, { repository: found.repository.id, digest })?.bodies ?? [];
    const upload = { registryId, repositoryName, uploadId };
    await send(readBodies(bodies, await keyOf(found, ctx), ctx), upload, 0, ecr);
    await complete(upload, digest, ecr);
    return true;
  } catch (error) {
    // Whoever can't have it that way uploads it.
    if (error instanceof ServiceError) return false;
    throw error;
  }
}

/** GET, PATCH and PUT of an upload that has begun. */
export async function upload(id: string, ask: Ask): Promise<TrafficReply> {
  const { request, ctx, ecr, registryId, repositoryName } = ask;
  const { repository } = findRepository({ registryId, repositoryName }, ctx);
  const row = ctx.store.get(uploads, { repository: repository.id, id });
  if (row === undefined) return refusal(404, 'BLOB_UPLOAD_UNKNOWN', `The upload with id '${id}' does not exist`);
  if (request.method === 'GET') return progress(204, id, row.bytes, ask);
  if (request.method === 'PUT')
    return finish(id, new URLSearchParams(request.query).get('digest') ?? '', row.bytes, ask);
  if (request.method !== 'PATCH') return notAllowed();
  const [, from] = /^(?:bytes )?(\d+)-\d+/.exec(request.headers['content-range'] ?? '') ?? [];
  if (from !== undefined && Number(from) !== row.bytes) return progress(416, id, row.bytes, ask);
  const bytes = await send(request.body, { registryId, repositoryName, uploadId: id }, row.bytes, ecr);
  return progress(202, id, bytes, ask);
}

function progress(status: number, id: string, bytes: number, { repositoryName, origin }: Ask): TrafficReply {
  return reply(status, {
    location: `${origin}/v2/${repositoryName}/blobs/uploads/${id}`,
    range: `0-${Math.max(0, bytes - 1)}`,
    'docker-upload-uuid': id,
    ...(status === 202 && { 'content-length': '0' }),
  });
}

async function finish(uploadId: string, digest: string, at: number, ask: Ask): Promise<TrafficReply> {
  const { request, ecr, registryId, repositoryName } = ask;
  if (!/^sha256:[0-9a-fA-F]{64}$/.test(digest))
    return refusal(400, 'DIGEST_INVALID', 'The digest is no SHA-256 digest of the form sha256:<hex>.');
  const into = { registryId, repositoryName, uploadId };
  await send(request.body, into, at, ecr);
  await complete(into, digest, ecr);
  return created(digest, ask);
}

function created(digest: string, { repositoryName, origin }: Ask): TrafficReply {
  return reply(201, {
    location: `${origin}/v2/${repositoryName}/blobs/${digest}`,
    'docker-content-digest': digest,
    'content-length': '0',
  });
}

type Into = { registryId: string; repositoryName: string; uploadId: string };

/** A layer that is there already was pushed all the same. */
async function complete(into: Into, digest: string, ecr: Ask['ecr']): Promise<void> {
  try {
    await ecr.CompleteLayerUpload({ ...into, layerDigests: [digest] });
  } catch (error) {
    if (!(error instanceof ServiceError && error.code === 'LayerAlreadyExistsException')) throw error;
  }
}

/** Uploads what flows in, as parts; where the next one begins. */
async function send(source: AsyncIterable<Uint8Array> | ByteStream, into: Into, at: number, ecr: Ask['ecr']) {
  let next = at;
  for await (const layerPartBlob of inParts(source)) {
    const partLastByte = next + layerPartBlob.length - 1;
    await ecr.UploadLayerPart({ ...into, partFirstByte: next, partLastByte, layerPartBlob });
    next = partLastByte + 1;
  }
  return next;
}

async function* inParts(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let size = 0;
  for await (const piece of source) {
    held.push(piece);
    size += piece.length;
    if (size < PART_BYTES) continue;
    yield Buffer.concat(held);
    held = [];
    size = 0;
  }
  if (size > 0) yield Buffer.concat(held);
}
