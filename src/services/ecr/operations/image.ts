/** Images: put, got, listed, described and deleted. */
import { collect, sha256Hex } from '#kernel/base';
import type { Ctx, Handler } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { keyOf, naming, readBodies, writeBody } from '../domain/body.ts';
import { startCopies } from '../domain/copy.ts';
import { type Found, findRepository } from '../domain/find.ts';
import {
  addImage,
  announceImage,
  describeImage,
  failureOf,
  type ImageId,
  imageOf,
  isFixed,
  isTag,
  listersOf,
  nameLayers,
  removeImage,
  removeTag,
  setTag,
  shownId,
  tagsOf,
} from '../domain/image.ts';
import { type Manifest, readManifest } from '../domain/manifest.ts';
import { pageOf, readToken, tokenOf } from '../domain/page.ts';
import {
  badTag,
  imageExists,
  invalid,
  noImage,
  noLayers,
  noReferenced,
  otherDigest,
  quotaReached,
  tagExists,
} from '../errors.ts';
import { IMAGE_TAGS_MAX, MANIFEST_BYTES_MAX, PAGE_DEFAULT, REFERRERS_DEFAULT } from '../limits.ts';
import { type ImageRow, images, imageTags, layers } from '../state.ts';

/** @throws {ServiceError} LimitExceededException */
function checkRoomForTag(repository: string, digest: string, store: StoreView): void {
  const query = { index: 'byImage', where: { repository, digest }, limit: IMAGE_TAGS_MAX };
  if (store.list(imageTags, query).length >= IMAGE_TAGS_MAX)
    throw quotaReached(`An image can have at most ${IMAGE_TAGS_MAX} tags`);
}

export const putImage: Handler<'ecr', 'PutImage'> = async (input, ctx) => {
  const { imageManifest: text, imageTag: tag } = input;
  const found = findRepository(input, ctx);
  if (tag !== undefined && !isTag(tag)) throw badTag();
  const manifest = readManifest(text, input.imageManifestMediaType);
  const digest = `sha256:${sha256Hex(text)}`;
  if (input.imageDigest !== undefined && input.imageDigest !== digest) throw otherDigest();
  sizeOf(manifest, found);
  const body = await writeBody(Buffer.from(text), await keyOf(found, ctx), ctx);
  naming(body, ctx, () => {
    const now = findRepository(input, ctx);
    const { repository, registry, store } = now;
    const before = store.get(images, { repository: repository.id, digest });
    const tagged = tag === undefined ? undefined : store.get(imageTags, { repository: repository.id, tag })?.digest;
    if (before !== undefined && (tag === undefined || tagged === digest))
      throw imageExists(digest, tag, repository.name, registry);
    if (tag !== undefined && tagged !== undefined && isFixed(tag, repository)) throw tagExists(tag, repository.name);
    if (tag !== undefined) checkRoomForTag(repository.id, digest, store);
    const { mediaType, parts, artifactType, annotations, subject } = manifest;
    const image: ImageRow = before ?? {
      repository: repository.id,
      digest,
      manifest: body,
      mediaType,
      parts,
      size: sizeOf(manifest, now),
      ...(artifactType !== undefined && { artifactType }),
      ...(annotations !== undefined && { annotations }),
      ...(subject !== undefined && { subject }),
      tagging: 'UNTAGGED',
      pushedAt: ctx.now,
    };
    if (before === undefined) addImage(image, store, ctx);
    else ctx.blobs.drop(body.blob);
    nameLayers(image, manifest.mediaTypes, store);
    if (tag !== undefined) setTag(image, tag, store);
    announceImage('PUSH', { image, tag }, now, ctx);
    startCopies(image, tag, now, ctx);
  });
  const { repository, registry } = found;
  return {
    image: {
      registryId: registry,
      repositoryName: repository.name,
      imageId: { imageDigest: digest, ...(tag !== undefined && { imageTag: tag }) },
      imageManifest: text,
      imageManifestMediaType: manifest.mediaType,
    },
  };
};

/** How large all of it is; the largest of the images that are listed. @throws {ServiceError} where something of it is missing */
function sizeOf({ isList, parts }: Manifest, { repository, store }: Found): number {
  const found = parts.map((digest) => {
    const key = { repository: repository.id, digest };
    return isList ? store.get(images, key) : store.get(layers, key);
  });
  const missing = parts.filter((_, at) => found[at] === undefined);
  if (missing.length > 0) throw isList ? noReferenced(missing) : noLayers(missing);
  const sizes = found.map((part) => part?.size ?? 0);
  return isList ? Math.max(0, ...sizes) : sizes.reduce((sum, size) => sum + size, 0);
}

/** Deviation: an image is given as it was pushed, whatever media types are accepted. */
export const batchGetImage: Handler<'ecr', 'BatchGetImage'> = async (input, ctx) => {
  const found = findRepository(input, ctx);
  const { repository, registry, store } = found;
  const key = await keyOf(found, ctx);
  const { there, failures } = sorted(input.imageIds, found);
  const got = [];
  for (const { image, imageId } of there) {
    got.push({
      registryId: registry,
      repositoryName: repository.name,
      imageId: { imageDigest: image.digest, ...(imageId.imageTag !== undefined && { imageTag: imageId.imageTag }) },
      imageManifest: await textOf(image, key, ctx),
      imageManifestMediaType: image.mediaType,
    });
  }
  ctx.transact(() => {
    for (const { image } of there) {
      const now = store.get(images, image);
      if (now !== undefined) store.put(images, { ...now, pulledAt: ctx.now });
    }
  });
  const place = { account: registry, region: ctx.region };
  if (got.length > 0) ctx.count('RepositoryPullCount', { RepositoryName: repository.name }, got.length, 'Count', place);
  return { images: got, failures };
};

async function textOf({ manifest }: ImageRow, key: Buffer, ctx: Ctx): Promise<string> {
  const tooLarge = () => invalid('The manifest is too large');
  return (await collect(readBodies([manifest], key, ctx), MANIFEST_BYTES_MAX, tooLarge)).toString('utf8');
}

function sorted(imageIds: readonly ImageId[], found: Found) {
  const there: { image: ImageRow; imageId: ImageId }[] = [];
  const failures: ReturnType<typeof failureOf>[] = [];
  for (const imageId of imageIds) {
    const image = imageOf(imageId, found);
    if (typeof image === 'string') failures.push(failureOf(imageId, image));
    else there.push({ image, imageId });
  }
  return { there, failures };
}

export const batchDeleteImage: Handler<'ecr', 'BatchDeleteImage'> = (input, ctx) => {
  const found = findRepository(input, ctx);
  const { store } = found;
  const imageIds: ImageId[] = [];
  const failures: ReturnType<typeof failureOf>[] = [];
  for (const imageId of input.imageIds) {
    const image = imageOf(imageId, found);
    if (typeof image === 'string') {
      failures.push(failureOf(imageId, image));
      continue;
    }
    const tags = tagsOf(image, store);
    const listers = listersOf(image, store);
    const { imageTag: tag } = imageId;
    const isLast = tag === undefined || tags.length === 1;
    if (isLast && listers.length > 0) {
      const reason = `Requested image referenced by manifest list: [${listers.join(', ')}]`;
      failures.push(failureOf(imageId, 'ImageReferencedByManifestList', reason));
      continue;
    }
    if (isLast) removeImage(image, store, ctx);
    else removeTag(image.repository, tag, image.digest, store);
    const gone = tag === undefined ? tags : [tag];
    if (gone.length === 0) imageIds.push({ imageDigest: image.digest });
    for (const imageTag of gone) imageIds.push({ imageDigest: image.digest, imageTag });
    announceImage('DELETE', { image, tag: gone[0] }, found, ctx);
  }
  return { imageIds, failures };
};

export const listImages: Handler<'ecr', 'ListImages'> = (input, ctx) => {
  const { repository, store } = findRepository(input, ctx);
  const { tagStatus = 'ANY', imageStatus = 'ACTIVE' } = input.filter ?? {};
  const limit = input.maxResults ?? PAGE_DEFAULT;
  const after = readToken(input.nextToken, 'tag', 'digest');
  // Nothing is archived here.
  if (imageStatus !== 'ACTIVE' && imageStatus !== 'ANY') return { imageIds: [] };
  const tagged =
    tagStatus === 'UNTAGGED' || after?.digest !== undefined
      ? []
      : store.list(imageTags, {
          where: { repository: repository.id },
          ...(after?.tag !== undefined && { after: { tag: after.tag } }),
          limit: limit + 1,
        });
  const untagged =
    tagStatus === 'TAGGED' || tagged.length > limit
      ? []
      : store.list(images, {
          index: 'byTagging',
          where: { repository: repository.id, tagging: 'UNTAGGED' },
          ...(after?.digest !== undefined && { after: { digest: after.digest } }),
          limit: limit + 1 - tagged.length,
        });
  const all = [
    ...tagged.map(({ tag, digest }) => ({ imageDigest: digest, imageTag: tag })),
    ...untagged.map(({ digest }) => ({ imageDigest: digest })),
  ];
  const page = all.slice(0, limit);
  const last = page.at(-1);
  if (all.length <= limit || last === undefined) return { imageIds: page };
  const { imageDigest, imageTag } = last as { imageDigest: string; imageTag?: string };
  return {
    imageIds: page,
    nextToken: tokenOf(imageTag === undefined ? { digest: imageDigest } : { tag: imageTag }),
  };
};

export const describeImages: Handler<'ecr', 'DescribeImages'> = (input, ctx) => {
  const found = findRepository(input, ctx);
  const { repository, registry, store } = found;
  if (input.imageIds !== undefined) {
    const rows = input.imageIds.map((imageId) => {
      const image = imageOf(imageId, found);
      if (typeof image === 'string') throw noImage(shownId(imageId), repository.name, registry);
      return image;
    });
    return { imageDetails: rows.map((image) => describeImage(image, found)) };
  }
  const { tagStatus = 'ANY', imageStatus = 'ACTIVE' } = input.filter ?? {};
  if (imageStatus !== 'ACTIVE' && imageStatus !== 'ANY') return { imageDetails: [] };
  const limit = input.maxResults ?? PAGE_DEFAULT;
  const after = readToken(input.nextToken, 'digest');
  const range = { ...(after !== undefined && { after }), limit: limit + 1 };
  const rows =
    tagStatus === 'ANY'
      ? store.list(images, { where: { repository: repository.id }, ...range })
      : store.list(images, {
          index: 'byTagging',
          where: { repository: repository.id, tagging: tagStatus },
          ...range,
        });
  const { page, rest } = pageOf(rows, limit, ({ digest }) => ({ digest }));
  return { imageDetails: page.map((image) => describeImage(image, found)), ...rest };
};

export const listImageReferrers: Handler<'ecr', 'ListImageReferrers'> = (input, ctx: Ctx) => {
  const { repository, store } = findRepository(input, ctx);
  const limit = input.maxResults ?? REFERRERS_DEFAULT;
  const after = readToken(input.nextToken, 'digest');
  const rows = store.list(images, {
    index: 'bySubject',
    where: { repository: repository.id, subject: input.subjectId.imageDigest },
    ...(after !== undefined && { after }),
    limit: limit + 1,
  });
  const { page, rest } = pageOf(rows, limit, ({ digest }) => ({ digest }));
  const types = input.filter?.artifactTypes;
  return {
    referrers: page
      .filter(({ artifactType = '' }) => types === undefined || types.includes(artifactType))
      .map(({ digest, mediaType, artifactType, manifest, annotations }) => ({
        digest,
        mediaType,
        size: manifest.blob.size,
        artifactStatus: 'ACTIVE' as const,
        ...(artifactType !== undefined && { artifactType }),
        ...(annotations !== undefined && { annotations }),
      })),
    ...rest,
  };
};
