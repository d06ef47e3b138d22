/** Lists of what can't be made here: an account has none as long as none can be made. Those who take stock of an account ask for them. */
import { type Handler, notBuilt } from '#kernel/contract';

export const describePullThroughCacheRules: Handler<'ecr', 'DescribePullThroughCacheRules'> = (input) => {
  if (input.ecrRepositoryPrefixes !== undefined) throw notBuilt('pull through caches (ecrRepositoryPrefixes)');
  return { pullThroughCacheRules: [] };
};

export const describeRepositoryCreationTemplates: Handler<'ecr', 'DescribeRepositoryCreationTemplates'> = (
  input,
  ctx,
) => {
  if (input.prefixes !== undefined) throw notBuilt('repository creation templates (prefixes)');
  return { registryId: ctx.account, repositoryCreationTemplates: [] };
};

export const listPullTimeUpdateExclusions: Handler<'ecr', 'ListPullTimeUpdateExclusions'> = () => ({
  pullTimeUpdateExclusions: [],
});
