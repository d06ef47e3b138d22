/** Repositories: made, found, changed, deleted; their tags and their own policies. */
import type { Ctx, Handler } from '#kernel/contract';
import { newKey, retireKey } from '../domain/body.ts';
import { arnOf, claimAddress, findRepository, hostOf, repositoryOfArn, storeOf } from '../domain/find.ts';
import { removeImage, removeLayer } from '../domain/image.ts';
import { pageOf, readToken } from '../domain/page.ts';
import { laidOut } from '../domain/policy-text.ts';
import {
  exclusionsWithout,
  invalid,
  invalidTag,
  keyWithout,
  noPolicy,
  notEmpty,
  repositoryExists,
  tooManyTags,
} from '../errors.ts';
import { PAGE_DEFAULT, SWEEP_BATCH, TAGS_MAX, WILDCARDS_MAX } from '../limits.ts';
import { checkPolicy } from '../policy.ts';
import { images, layers, type RepositoryRow, repositories, uploads } from '../state.ts';
import { forgetUpload } from './layer.ts';

type Exclusions = RepositoryRow['exclusions'];

export const createRepository: Handler<'ecr', 'CreateRepository'> = async (input, ctx) => {
  const { repositoryName: name, imageTagMutability: mutability = 'MUTABLE' } = input;
  const arn = arnOf(name, ctx.account, ctx);
  const refuseSecond = () => {
    if (ctx.store.get(repositories, { name }) !== undefined) throw repositoryExists(name, ctx.account);
  };
  refuseSecond();
  const tags = withTags({}, input.tags ?? []);
  const exclusions = exclusionsFor(mutability, input.imageTagMutabilityExclusionFilters);
  const { encryptionType: type = 'AES256', kmsKey } = input.encryptionConfiguration ?? {};
  if (type === 'AES256' && kmsKey !== undefined) throw keyWithout();
  const key = await newKey(arn, { type, key: kmsKey }, ctx);
  const repository: RepositoryRow = {
    name,
    id: ctx.uuid(),
    arn,
    mutability,
    ...(exclusions !== undefined && { exclusions }),
    scansOnPush: input.imageScanningConfiguration?.scanOnPush ?? false,
    ...(key !== undefined && { key }),
    tags,
    createdAt: ctx.now,
  };
  ctx.transact(() => {
    refuseSecond();
    ctx.store.put(repositories, repository);
    claimAddress(ctx);
  });
  return { repository: shown(repository, ctx.account, ctx) };
};

/** Which tags a repository's rule does not hold for; only two kinds of rule have any. @throws {ServiceError} InvalidParameterException */
function exclusionsFor(mutability: RepositoryRow['mutability'], given: Exclusions): Exclusions {
  const excludes = mutability.endsWith('_WITH_EXCLUSION');
  if (given !== undefined && !excludes) throw exclusionsWithout(mutability);
  if (given === undefined && excludes)
    throw invalid(
      `Invalid parameter at 'imageTagMutabilityExclusionFilters' failed to satisfy constraint: 'Exclusion filters are required for ${mutability}'`,
    );
  if (given?.some(({ filter }) => filter.split('*').length - 1 > WILDCARDS_MAX))
    throw invalid(
      `Invalid parameter at 'imageTagMutabilityExclusionFilters' failed to satisfy constraint: 'A filter can have at most ${WILDCARDS_MAX} wildcards'`,
    );
  return given;
}

function shown(repository: RepositoryRow, registry: string, ctx: Ctx) {
  const { name, arn, mutability, exclusions, scansOnPush, key, createdAt } = repository;
  return {
    repositoryArn: arn,
    registryId: registry,
    repositoryName: name,
    repositoryUri: `${hostOf(registry, ctx)}/${name}`,
    createdAt,
    imageTagMutability: mutability,
    ...(exclusions !== undefined && { imageTagMutabilityExclusionFilters: exclusions }),
    imageScanningConfiguration: { scanOnPush: scansOnPush },
    encryptionConfiguration:
      key === undefined
        ? { encryptionType: 'AES256' as const }
        : { encryptionType: key.isTwofold ? ('KMS_DSSE' as const) : ('KMS' as const), kmsKey: key.arn },
  };
}

export const describeRepositories: Handler<'ecr', 'DescribeRepositories'> = (input, ctx) => {
  const { registryId = ctx.account, repositoryNames, nextToken, maxResults: limit = PAGE_DEFAULT } = input;
  if (repositoryNames !== undefined)
    return {
      repositories: repositoryNames.map((repositoryName) =>
        shown(findRepository({ repositoryName, registryId }, ctx).repository, registryId, ctx),
      ),
    };
  const after = readToken(nextToken, 'name');
  const found = storeOf(registryId, ctx).list(repositories, {
    ...(after !== undefined && { after }),
    limit: limit + 1,
  });
  const { page, rest } = pageOf(found, limit, ({ name }) => ({ name }));
  return { repositories: page.map((one) => shown(one, registryId, ctx)), ...rest };
};

export const deleteRepository: Handler<'ecr', 'DeleteRepository'> = async (input, ctx) => {
  const { repository, registry } = ctx.transact(() => {
    const found = findRepository(input, ctx);
    const { store } = found;
    const [first] = store.list(images, { where: { repository: found.repository.id }, limit: 1 });
    if (first !== undefined && input.force !== true) throw notEmpty(found.repository.name, found.registry);
    store.delete(repositories, found.repository);
    ctx.disarm('lifecycle', found.repository.id);
    ctx.arm('sweep', found.repository.id, ctx.now, { registry: found.registry, id: found.repository.id });
    return found;
  });
  await retireKey(repository, ctx);
  return { repository: shown(repository, registry, ctx) };
};

/** Removes what lay in a repository that is gone, some of it at a time. */
export function sweep(payload: Record<string, unknown>, ctx: Ctx): void {
  const { registry, id } = payload as { registry: string; id: string };
  const store = storeOf(registry, ctx);
  const range = { where: { repository: id }, limit: SWEEP_BATCH };
  const gone = [store.list(images, range), store.list(layers, range), store.list(uploads, range)] as const;
  for (const image of gone[0]) removeImage(image, store, ctx);
  // Layers of those images are gone already.
  for (const layer of gone[1]) if (store.get(layers, layer) !== undefined) removeLayer(layer, store, ctx);
  for (const upload of gone[2]) forgetUpload({ store, upload }, ctx);
  if (gone.some((rows) => rows.length > 0)) ctx.arm('sweep', id, ctx.now + 1, payload);
}

/** Forgets an upload that was begun a day ago. */
export function expireUpload(payload: Record<string, unknown>, ctx: Ctx): void {
  const { registry, repository, id } = payload as { registry: string; repository: string; id: string };
  const store = storeOf(registry, ctx);
  const upload = store.get(uploads, { repository, id });
  if (upload !== undefined) forgetUpload({ store, upload }, ctx);
}

export const putImageTagMutability: Handler<'ecr', 'PutImageTagMutability'> = (input, ctx) => {
  const { repository, registry, store } = findRepository(input, ctx);
  const { exclusions: _, ...rest } = repository;
  const { imageTagMutability } = input;
  const exclusions = exclusionsFor(imageTagMutability, input.imageTagMutabilityExclusionFilters);
  store.put(repositories, {
    ...rest,
    mutability: imageTagMutability,
    ...(exclusions !== undefined && { exclusions }),
  });
  return {
    registryId: registry,
    repositoryName: repository.name,
    imageTagMutability,
    ...(exclusions !== undefined && { imageTagMutabilityExclusionFilters: exclusions }),
  };
};

/** Deviation: images are not scanned for vulnerabilities, so that the setting is only kept. */
export const putImageScanningConfiguration: Handler<'ecr', 'PutImageScanningConfiguration'> = (input, ctx) => {
  const { repository, registry, store } = findRepository(input, ctx);
  const scansOnPush = input.imageScanningConfiguration.scanOnPush ?? false;
  store.put(repositories, { ...repository, scansOnPush });
  return {
    registryId: registry,
    repositoryName: repository.name,
    imageScanningConfiguration: { scanOnPush: scansOnPush },
  };
};

export const batchGetRepositoryScanningConfiguration: Handler<'ecr', 'BatchGetRepositoryScanningConfiguration'> = (
  input,
  ctx,
) => {
  const found = input.repositoryNames.map((name) => ({ name, row: ctx.store.get(repositories, { name }) }));
  return {
    scanningConfigurations: found.flatMap(({ name, row }) =>
      row === undefined
        ? []
        : [
            {
              repositoryArn: row.arn,
              repositoryName: name,
              scanOnPush: row.scansOnPush,
              scanFrequency: row.scansOnPush ? ('SCAN_ON_PUSH' as const) : ('MANUAL' as const),
              appliedScanFilters: [],
            },
          ],
    ),
    failures: found.flatMap(({ name, row }) =>
      row !== undefined
        ? []
        : [
            {
              repositoryName: name,
              failureCode: 'REPOSITORY_NOT_FOUND' as const,
              failureReason: `The repository with name '${name}' does not exist in the registry with id '${ctx.account}'`,
            },
          ],
    ),
  };
};

export const setRepositoryPolicy: Handler<'ecr', 'SetRepositoryPolicy'> = (input, ctx) => {
  const { repository, registry, store } = findRepository(input, ctx);
  checkPolicy(input.policyText);
  const policyText = laidOut(input.policyText);
  store.put(repositories, { ...repository, policy: policyText });
  return { registryId: registry, repositoryName: repository.name, policyText };
};

export const getRepositoryPolicy: Handler<'ecr', 'GetRepositoryPolicy'> = (input, ctx) => {
  const { repository, registry } = findRepository(input, ctx);
  const { name, policy } = repository;
  if (policy === undefined) throw noPolicy(name, registry);
  return { registryId: registry, repositoryName: name, policyText: policy };
};

export const deleteRepositoryPolicy: Handler<'ecr', 'DeleteRepositoryPolicy'> = (input, ctx) => {
  const { repository, registry, store } = findRepository(input, ctx);
  const { policy, ...rest } = repository;
  if (policy === undefined) throw noPolicy(repository.name, registry);
  store.put(repositories, rest);
  return { registryId: registry, repositoryName: repository.name, policyText: policy };
};

/** Tags with further ones. Source: ECR User Guide, "Tag restrictions". @throws {ServiceError} TooManyTagsException */
function withTags(before: RepositoryRow['tags'], more: readonly { Key: string; Value: string }[]) {
  for (const { Key, Value } of more)
    if (Key === '' || Key.length > 128 || Value.length > 256 || Key.startsWith('aws:'))
      throw invalidTag(`Invalid parameter at 'tags' failed to satisfy constraint: 'Invalid tag key or value'`);
  const tags = { ...before, ...Object.fromEntries(more.map(({ Key, Value }) => [Key, Value])) };
  if (Object.keys(tags).length > TAGS_MAX) throw tooManyTags();
  return tags;
}

export const tagResource: Handler<'ecr', 'TagResource'> = ({ resourceArn, tags }, ctx) => {
  const { repository, store } = repositoryOfArn(resourceArn, ctx);
  store.put(repositories, { ...repository, tags: withTags(repository.tags, tags) });
  return {};
};

export const untagResource: Handler<'ecr', 'UntagResource'> = ({ resourceArn, tagKeys }, ctx) => {
  const { repository, store } = repositoryOfArn(resourceArn, ctx);
  const left = Object.entries(repository.tags).filter(([key]) => !tagKeys.includes(key));
  store.put(repositories, { ...repository, tags: Object.fromEntries(left) });
  return {};
};

export const listTagsForResource: Handler<'ecr', 'ListTagsForResource'> = ({ resourceArn }, ctx) => {
  const { repository } = repositoryOfArn(resourceArn, ctx);
  return { tags: Object.entries(repository.tags).map(([Key, Value]) => ({ Key, Value })) };
};
