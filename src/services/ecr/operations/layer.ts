/** Layers: uploaded in pieces, in their order, and downloaded by links. */
import { createHash } from 'node:crypto';
import type { Ctx, Handler } from '#kernel/contract';
import { keyOf, naming, readBodies, secretOf, writeBody } from '../domain/body.ts';
import { type Found, findRepository, type Named } from '../domain/find.ts';
import { withPart } from '../domain/part.ts';
import { linkTo } from '../domain/token.ts';
import {
  emptyUpload,
  invalidLayer,
  invalidPart,
  layerExists,
  layerUnused,
  noLayer,
  noUpload,
  partTooSmall,
} from '../errors.ts';
import { LINK_LIFE, PART_BYTES, PART_BYTES_MIN, UPLOAD_LIFE } from '../limits.ts';
import { layers, pieces, type UploadRow, uploads, uses } from '../state.ts';

export const batchCheckLayerAvailability: Handler<'ecr', 'BatchCheckLayerAvailability'> = (input, ctx) => {
  const { repository, store } = findRepository(input, ctx);
  const isWrong = (digest: string) => !/^[\w+.-]+:[a-fA-F0-9]+$/.test(digest);
  return {
    layers: input.layerDigests
      .filter((digest) => !isWrong(digest))
      .map((layerDigest) => {
        const layer = store.get(layers, { repository: repository.id, digest: layerDigest });
        return {
          layerDigest,
          layerAvailability: layer === undefined ? ('UNAVAILABLE' as const) : ('AVAILABLE' as const),
          ...(layer !== undefined && { layerSize: layer.size }),
          ...(layer?.mediaType !== undefined && { mediaType: layer.mediaType }),
        };
      }),
    failures: input.layerDigests.filter(isWrong).map((layerDigest) => ({
      layerDigest,
      failureCode: 'InvalidLayerDigest' as const,
      failureReason: `Invalid request parameters: layer digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'`,
    })),
  };
};

/** Where what is to come could not be kept, for the key of KMS, none of it is begun. */
export const initiateLayerUpload: Handler<'ecr', 'InitiateLayerUpload'> = async (input, ctx) => {
  await keyOf(findRepository(input, ctx), ctx);
  const id = ctx.uuid();
  ctx.transact(() => {
    const { repository, registry, store } = findRepository(input, ctx);
    store.put(uploads, { repository: repository.id, id, bytes: 0 });
    ctx.arm('upload', id, ctx.now + UPLOAD_LIFE, { registry, repository: repository.id, id });
  });
  return { uploadId: id, partSize: PART_BYTES };
};

type Upload = Named & { uploadId: string };

function findUpload({ uploadId: id, ...named }: Upload, ctx: Ctx): Found & { upload: UploadRow } {
  const found = findRepository(named, ctx);
  const upload = found.store.get(uploads, { repository: found.repository.id, id });
  if (upload === undefined) throw noUpload(id, named.repositoryName, found.registry);
  return { ...found, upload };
}

export const uploadLayerPart: Handler<'ecr', 'UploadLayerPart'> = async (input, ctx) => {
  const { partFirstByte: first, partLastByte: last, layerPartBlob: bytes } = input;
  const found = findUpload(input, ctx);
  if (last - first + 1 !== bytes.length) throw wrongPart(found);
  checkPlace(found, first);
  const body = await writeBody(bytes, await keyOf(found, ctx), ctx);
  naming(body, ctx, () => {
    const now = findUpload(input, ctx);
    checkPlace(now, first);
    now.store.put(uploads, withPart(now.upload, bytes.length));
    now.store.put(pieces, { upload: input.uploadId, at: first, body });
    ctx.blobs.keep(body.blob);
  });
  const { repository, registry } = found;
  return { registryId: registry, repositoryName: repository.name, uploadId: input.uploadId, lastByteReceived: last };
};

type FoundUpload = ReturnType<typeof findUpload>;

/** Of a size that it does not have, or elsewhere than after the one before. Source: ECR API Reference, UploadLayerPart. */
function wrongPart({ repository, registry, upload }: FoundUpload) {
  const fields = { registryId: registry, repositoryName: repository.name, uploadId: upload.id };
  return invalidPart(upload.bytes - 1, fields);
}

function checkPlace(found: FoundUpload, first: number) {
  if (found.upload.bytes !== first) throw wrongPart(found);
}

export const completeLayerUpload: Handler<'ecr', 'CompleteLayerUpload'> = async (input, ctx) => {
  const found = findUpload(input, ctx);
  const { repository, registry, store } = found;
  const { uploadId } = input;
  const [digest = ''] = input.layerDigests;
  const parts = store.list(pieces, { where: { upload: uploadId } });
  if (parts.length === 0) throw emptyUpload();
  // Docker sends pieces as it likes.
  const isDocker = ctx.caller.via?.at(-1) === 'ecr.amazonaws.com';
  if (!isDocker && parts.slice(0, -1).some(({ body }) => body.blob.size < PART_BYTES_MIN)) throw partTooSmall();
  const bodies = parts.map(({ body }) => body);
  const hash = createHash('sha256');
  for await (const piece of readBodies(bodies, await keyOf(found, ctx), ctx)) hash.update(piece);
  if (digest.toLowerCase() !== `sha256:${hash.digest('hex')}`) throw invalidLayer(digest);
  const isNew = ctx.transact(() => {
    const { upload } = findUpload(input, ctx);
    const layer = { repository: repository.id, digest: digest.toLowerCase(), bodies, size: upload.bytes };
    const isThere = store.get(layers, layer) !== undefined;
    if (isThere) forgetUpload({ ...found, upload }, ctx);
    else {
      store.put(layers, layer);
      store.delete(uploads, upload);
      for (const part of parts) store.delete(pieces, part);
      ctx.disarm('upload', uploadId);
    }
    return !isThere;
  });
  if (!isNew) throw layerExists(digest, repository.name, registry);
  return { registryId: registry, repositoryName: repository.name, uploadId, layerDigest: digest };
};

/** In a transaction: forgets an upload with what has come of it. */
export function forgetUpload({ store, upload }: Pick<Found, 'store'> & { upload: UploadRow }, ctx: Ctx): void {
  store.delete(uploads, upload);
  ctx.disarm('upload', upload.id);
  for (const part of store.list(pieces, { where: { upload: upload.id } })) {
    store.delete(pieces, part);
    ctx.blobs.drop(part.body.blob);
  }
}

export const getDownloadUrlForLayer: Handler<'ecr', 'GetDownloadUrlForLayer'> = (input, ctx) => {
  const { repository, registry, store } = findRepository(input, ctx);
  const { layerDigest: digest } = input;
  if (store.get(layers, { repository: repository.id, digest }) === undefined)
    throw noLayer(digest, repository.name, registry);
  if (store.list(uses, { where: { repository: repository.id, part: digest }, limit: 1 }).length === 0)
    throw layerUnused(digest);
  const token = linkTo(secretOf(store, ctx), { repository: repository.name, digest, until: ctx.now + LINK_LIFE });
  const { origin } = new URL(ctx.endpoint);
  return { downloadUrl: `${origin}/_aws/dkr/${registry}.${ctx.region}/layers/${token}`, layerDigest: digest };
};
