/** Repositories by name, in the registry of the caller's account or in another's. */
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { invalid, noRepository } from '../errors.ts';
import { type RepositoryRow, repositories } from '../state.ts';

export type Named = { repositoryName: string; registryId?: string | undefined };
/** A repository where it is. */
export type Found = { repository: RepositoryRow; registry: string; store: StoreView };

/** @throws {ServiceError} RepositoryNotFoundException */
export function findRepository({ repositoryName: name, registryId }: Named, ctx: Ctx): Found {
  const registry = registryId ?? ctx.account;
  const store = storeOf(registry, ctx);
  const repository = store.get(repositories, { name });
  if (repository === undefined) throw noRepository(name, registry);
  return { repository, registry, store };
}

/** The registry of an account in the caller's Region. */
export function storeOf(account: string, ctx: Ctx): StoreView {
  return account === ctx.account ? ctx.store : ctx.store.in({ account });
}

/** `arn:aws:ecr:us-east-1:123456789012:repository/name`. */
export function arnOf(
  name: string,
  registry: string,
  { partition, region }: Pick<Ctx, 'partition' | 'region'>,
): string {
  return `arn:${partition}:ecr:${region}:${registry}:repository/${name}`;
}

/** The repository of an ARN; another account's is found too. @throws {ServiceError} RepositoryNotFoundException */
export function repositoryOfArn(arn: string, ctx: Ctx): Found {
  const [, region, registryId = '', repositoryName = ''] =
    /^arn:[\w-]+:ecr:([\w-]+):(\d{12}):repository\/(.+)$/.exec(arn) ?? [];
  if (region !== ctx.region)
    throw invalid(`Invalid parameter at 'resourceArn' failed to satisfy constraint: 'Invalid ARN'`);
  return findRepository({ repositoryName, registryId }, ctx);
}

/** Where the registry answers Docker: the client's own port, under a name that leads here. */
export function hostOf(registry: string, ctx: Ctx): string {
  const { port } = new URL(ctx.endpoint);
  return `${registry}.dkr.ecr.${ctx.region}.localhost${port === '' ? '' : `:${port}`}`;
}

/** `*` stands for any characters. */
export function wildcard(pattern: string): RegExp {
  return new RegExp(`^${pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`);
}

/** Takes the registry's address, once it is told to anybody. In a transaction. */
export function claimAddress(ctx: Ctx): void {
  ctx.claim('dkr', `${ctx.account}.${ctx.region}`, ctx.account);
}
