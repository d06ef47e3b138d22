/** Images and their tags: found, shown, put and removed, with the layers that only they had. */
import type { Ctx, OutputOf } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { copies, type ImageRow, images, imageTags, type LayerRow, layers, type RepositoryRow, uses } from '../state.ts';
import { type Found, wildcard } from './find.ts';

export type ImageId = { imageDigest?: string | undefined; imageTag?: string | undefined };
export type ImageFault = NonNullable<NonNullable<OutputOf<'ecr', 'BatchGetImage'>['failures']>[number]['failureCode']>;

/** Source: recorded from AWS. */
const REASONS: { readonly [code in ImageFault]?: string } = {
  InvalidImageDigest:
    "Invalid request parameters: image digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'",
  ImageNotFound: 'Requested image not found',
  ImageTagDoesNotMatchDigest: 'Tag does not map to digest',
  MissingDigestAndTag: 'Invalid request parameters: both tag and digest cannot be null',
};

/** An image by its digest, its tag, or both; or why there is none. */
export function imageOf({ imageDigest, imageTag }: ImageId, { repository, store }: Found): ImageRow | ImageFault {
  const { id } = repository;
  if (imageDigest === undefined && imageTag === undefined) return 'MissingDigestAndTag';
  if (imageDigest !== undefined && !/^[\w+.-]+:[a-fA-F0-9]+$/.test(imageDigest)) return 'InvalidImageDigest';
  const tagged = imageTag === undefined ? undefined : store.get(imageTags, { repository: id, tag: imageTag })?.digest;
  const image = store.get(images, { repository: id, digest: imageDigest ?? tagged ?? '' });
  if (image === undefined) return 'ImageNotFound';
  return imageTag !== undefined && tagged !== image.digest ? 'ImageTagDoesNotMatchDigest' : image;
}

/** How a batch tells of an image that it leaves out. */
export function failureOf(imageId: ImageId, failureCode: ImageFault, failureReason = REASONS[failureCode] ?? '') {
  return { imageId, failureCode, failureReason };
}

/** An image's id as errors write it. Source: recorded from AWS. */
export const shownId = ({ imageDigest = 'null', imageTag = 'null' }: ImageId): string =>
  `{imageDigest:'${imageDigest}', imageTag:'${imageTag}'}`;

/** Whether a text may be a tag. */
export const isTag = (text: string): boolean => /^[\w.-]+$/.test(text);

/** An image's tags in their order. */
export function tagsOf({ repository, digest }: ImageRow, store: StoreView): string[] {
  return store.list(imageTags, { index: 'byImage', where: { repository, digest } }).map(({ tag }) => tag);
}

/** What DescribeImages tells of an image. */
export function describeImage(image: ImageRow, { repository, registry, store }: Found) {
  const tags = tagsOf(image, store);
  return {
    registryId: registry,
    repositoryName: repository.name,
    imageDigest: image.digest,
    ...(tags.length > 0 && { imageTags: tags }),
    imageSizeInBytes: image.size,
    imagePushedAt: image.pushedAt,
    imageManifestMediaType: image.mediaType,
    imageStatus: 'ACTIVE' as const,
    ...(image.artifactType !== undefined && { artifactMediaType: image.artifactType }),
    ...(image.pulledAt !== undefined && { lastRecordedPullTime: image.pulledAt }),
    ...(image.subject !== undefined && { subjectManifestDigest: image.subject }),
  };
}

/** Whether a tag stays where it is, once set. */
export function isFixed(tag: string, { mutability, exclusions = [] }: RepositoryRow): boolean {
  const isExcluded = exclusions.some(({ filter }) => wildcard(filter).test(tag));
  return mutability.startsWith('IMMUTABLE') ? !isExcluded : mutability === 'MUTABLE_WITH_EXCLUSION' && isExcluded;
}

/** In a transaction: an image that is new. */
export function addImage(image: ImageRow, store: StoreView, ctx: Ctx): void {
  const { repository, digest } = image;
  store.put(images, image);
  ctx.blobs.keep(image.manifest.blob);
  for (const part of image.parts) store.put(uses, { repository, part, digest });
}

/** In a transaction: its layers are henceforth known for what the image says they are. */
export function nameLayers({ repository }: ImageRow, mediaTypes: ReadonlyMap<string, string>, store: StoreView): void {
  for (const [digest, mediaType] of mediaTypes) {
    const layer = store.get(layers, { repository, digest });
    if (layer !== undefined && layer.mediaType !== mediaType) store.put(layers, { ...layer, mediaType });
  }
}

/** In a transaction: sets a tag, which another image may have had. */
export function setTag(image: ImageRow, tag: string, store: StoreView): void {
  const { repository, digest } = image;
  const before = store.get(imageTags, { repository, tag });
  store.put(imageTags, { repository, tag, digest });
  if (before !== undefined) noteTagging(repository, before.digest, store);
  noteTagging(repository, digest, store);
}

/** In a transaction: takes a tag away; an image without any may stay. */
export function removeTag(repository: string, tag: string, digest: string, store: StoreView): void {
  store.delete(imageTags, { repository, tag });
  noteTagging(repository, digest, store);
}

function noteTagging(repository: string, digest: string, store: StoreView): void {
  const image = store.get(images, { repository, digest });
  const [first] = store.list(imageTags, { index: 'byImage', where: { repository, digest }, limit: 1 });
  if (image !== undefined) store.put(images, { ...image, tagging: first === undefined ? 'UNTAGGED' : 'TAGGED' });
}

/** Digests of images that list this one. */
export function listersOf({ repository, digest }: ImageRow, store: StoreView): string[] {
  return store.list(uses, { where: { repository, part: digest } }).map((use) => use.digest);
}

/** In a transaction: removes an image with its tags, and the layers that no other image has. */
export function removeImage(image: ImageRow, store: StoreView, ctx: Ctx): void {
  const { repository, digest } = image;
  store.delete(images, image);
  ctx.blobs.drop(image.manifest.blob);
  for (const tag of tagsOf(image, store)) store.delete(imageTags, { repository, tag });
  for (const copy of store.list(copies, { where: { repository, digest } })) store.delete(copies, copy);
  for (const part of image.parts) {
    store.delete(uses, { repository, part, digest });
    if (store.list(uses, { where: { repository, part }, limit: 1 }).length > 0) continue;
    const layer = store.get(layers, { repository, digest: part });
    if (layer !== undefined) removeLayer(layer, store, ctx);
  }
}

/** In a transaction: removes a layer with its bodies. */
export function removeLayer(layer: LayerRow, store: StoreView, ctx: Ctx): void {
  store.delete(layers, layer);
  for (const { blob } of layer.bodies) ctx.blobs.drop(blob);
}

/** In a transaction: tells EventBridge of an image. Source: ECR User Guide, "Amazon ECR events and EventBridge". */
export function announceImage(
  action: 'PUSH' | 'DELETE',
  { image, tag }: { image: ImageRow; tag: string | undefined },
  { repository, registry }: Found,
  ctx: Ctx,
): void {
  const detail = {
    result: 'SUCCESS',
    'repository-name': repository.name,
    'image-digest': image.digest,
    'action-type': action,
    'image-tag': tag ?? '',
  };
  ctx.announce('ECR Image Action', detail, [], { account: registry, region: ctx.region });
}
