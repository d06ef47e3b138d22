/** Images brought to the same registry in another Region, as they are, under the keys of the repository there. Source: ECR User Guide, "Private image replication". */
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { tagExists } from '../errors.ts';
import {
  type Body,
  type CopyRow,
  copies,
  type ImageRow,
  images,
  imageTags,
  type LayerRow,
  layers,
  type RepositoryRow,
  replications,
  repositories,
} from '../state.ts';
import { keyOf, naming, readBodies, writeBody } from './body.ts';
import { arnOf, type Found } from './find.ts';
import { addImage, isFixed, setTag } from './image.ts';

/** The Regions to which a repository's images go. */
export function regionsOf(name: string, store: StoreView): string[] {
  const rules = store.get(replications, { id: 'own' })?.rules ?? [];
  const isMeant = ({ repositoryFilters }: (typeof rules)[number]) =>
    repositoryFilters === undefined || repositoryFilters.some(({ filter }) => name.startsWith(filter));
  return [...new Set(rules.filter(isMeant).flatMap(({ destinations }) => destinations.map(({ region }) => region)))];
}

/** In a transaction: an image that was pushed goes to where the registry's rules say. */
export function startCopies({ digest }: ImageRow, tag: string | undefined, found: Found, ctx: Ctx): void {
  const { repository, registry, store } = found;
  for (const region of regionsOf(repository.name, store)) {
    store.put(copies, { repository: repository.id, digest, region, status: 'IN_PROGRESS' });
    const payload = { name: repository.name, id: repository.id, digest, region, ...(tag !== undefined && { tag }) };
    const key = [repository.id, digest, region, tag ?? ''].join(' ');
    ctx.start('replicate', key, payload, { account: registry, region: ctx.region });
  }
}

/** In a transaction: how far a copy is; nothing of one that was forgotten. */
export function noteCopy(row: CopyRow, store: StoreView): void {
  if (store.get(copies, row) !== undefined) store.put(copies, row);
}

/**
 * Brings an image over, and those that it lists before it. A repository that is not there is made, with what repositories have that nobody says more of.
 *
 * @throws {ServiceError} ImageTagAlreadyExistsException, KmsException
 */
export async function copyImage(
  image: ImageRow,
  tag: string | undefined,
  source: Found,
  region: string,
  ctx: Ctx,
): Promise<void> {
  const there = ctx.store.in({ region });
  const repository = repositoryThere(source, region, there, ctx);
  const target: Found = { repository, registry: source.registry, store: there };
  const bodies = { from: await keyOf(source, ctx), to: await keyOf(target, ctx) };
  for (const digest of image.parts) {
    const key = { repository: source.repository.id, digest };
    const listed = source.store.get(images, key);
    if (listed !== undefined) await copyImage(listed, undefined, source, region, ctx);
    const layer = source.store.get(layers, key);
    if (layer !== undefined) await copyLayer(layer, target, bodies, ctx);
  }
  const manifest = await copyBody(image.manifest, bodies, ctx);
  naming(manifest, ctx, () => {
    const { pulledAt: _, ...rest } = image;
    const known = there.get(images, { repository: repository.id, digest: image.digest });
    const row: ImageRow = known ?? {
      ...rest,
      repository: repository.id,
      manifest,
      tagging: 'UNTAGGED',
      pushedAt: ctx.clock(),
    };
    if (known === undefined) addImage(row, there, ctx);
    else ctx.blobs.drop(manifest.blob);
    if (tag !== undefined) tagThere(row, tag, repository, there);
  });
}

/** @throws {ServiceError} ImageTagAlreadyExistsException */
function tagThere(image: ImageRow, tag: string, repository: RepositoryRow, there: StoreView): void {
  const tagged = there.get(imageTags, { repository: repository.id, tag })?.digest;
  if (tagged === image.digest) return;
  if (tagged !== undefined && isFixed(tag, repository)) throw tagExists(tag, repository.name);
  setTag(image, tag, there);
}

function repositoryThere({ repository, registry }: Found, region: string, there: StoreView, ctx: Ctx): RepositoryRow {
  const { name } = repository;
  return (
    there.get(repositories, { name }) ??
    ctx.transact(() => {
      const made: RepositoryRow = {
        name,
        id: ctx.uuid(),
        arn: arnOf(name, registry, { partition: ctx.partition, region }),
        mutability: 'MUTABLE',
        scansOnPush: false,
        tags: {},
        createdAt: ctx.clock(),
      };
      there.put(repositories, made);
      ctx.start('claim', name, {}, { account: registry, region });
      return made;
    })
  );
}

type Keys = { from: Buffer; to: Buffer };

const copyBody = (body: Body, { from, to }: Keys, ctx: Ctx) => writeBody(readBodies([body], from, ctx), to, ctx);

async function copyLayer(layer: LayerRow, { repository, store }: Found, keys: Keys, ctx: Ctx): Promise<void> {
  const key = { repository: repository.id, digest: layer.digest };
  if (store.get(layers, key) !== undefined) return;
  const body = await writeBody(readBodies(layer.bodies, keys.from, ctx), keys.to, ctx);
  naming(body, ctx, () => {
    if (store.get(layers, key) !== undefined) return ctx.blobs.drop(body.blob);
    store.put(layers, { ...layer, ...key, bodies: [body] });
    ctx.blobs.keep(body.blob);
  });
}
