/** What each operation must be allowed. Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon Elastic Container Registry". */
import { type Access, type AccessRules, type Ctx, policyFault } from '#kernel/contract';
import { arnOf, type Named, storeOf } from './domain/find.ts';
import { invalidPolicy } from './errors.ts';
import { type RepositoryRow, repositories } from './state.ts';

function on(action: string, name: string, registry: string, ctx: Ctx): Access {
  const row = storeOf(registry, ctx).get(repositories, { name });
  return {
    action: `ecr:${action}`,
    resource: arnOf(name, registry, ctx),
    account: registry,
    policy: row?.policy,
    context: tagKeys(row),
  };
}

function tagKeys(row: RepositoryRow | undefined) {
  const keys = Object.entries(row?.tags ?? {}).flatMap(([key, value]) => [
    [`ecr:ResourceTag/${key}`, value],
    [`aws:ResourceTag/${key}`, value],
  ]);
  return Object.fromEntries(keys) as { [key: string]: string };
}

const onRepository = (action: string) => (input: Named, ctx: Ctx) =>
  on(action, input.repositoryName, input.registryId ?? ctx.account, ctx);

const byArn = (action: string) => (input: { resourceArn: string }, ctx: Ctx) => {
  const [, registry = ctx.account, name = ''] = /:(\d{12}):repository\/(.+)$/.exec(input.resourceArn) ?? [];
  return { ...on(action, name, registry, ctx), resource: input.resourceArn };
};

const onSetting =
  (action: string) =>
  ({ name }: { name: string }): Access => ({
    action: `ecr:${action}`,
    resource: '*',
    context: { 'ecr:AccountSetting': name },
  });

export const access: AccessRules<'ecr'> = {
  // Tags take the permission to tag, too.
  CreateRepository: (input, ctx) =>
    ['CreateRepository', ...((input.tags ?? []).length > 0 ? ['TagResource'] : [])].map((action) => ({
      action: `ecr:${action}`,
      resource: arnOf(input.repositoryName, ctx.account, ctx),
    })),
  GetAccountSetting: onSetting('GetAccountSetting'),
  PutAccountSetting: onSetting('PutAccountSetting'),
  DescribeRepositories: ({ registryId, repositoryNames = ['*'] }, ctx) =>
    repositoryNames.map((name) => on('DescribeRepositories', name, registryId ?? ctx.account, ctx)),
  BatchGetRepositoryScanningConfiguration: ({ repositoryNames }, ctx) =>
    repositoryNames.map((name) => on('BatchGetRepositoryScanningConfiguration', name, ctx.account, ctx)),
  TagResource: byArn('TagResource'),
  UntagResource: byArn('UntagResource'),
  ListTagsForResource: byArn('ListTagsForResource'),
  BatchCheckLayerAvailability: onRepository('BatchCheckLayerAvailability'),
  BatchDeleteImage: onRepository('BatchDeleteImage'),
  BatchGetImage: onRepository('BatchGetImage'),
  CompleteLayerUpload: onRepository('CompleteLayerUpload'),
  DeleteLifecyclePolicy: onRepository('DeleteLifecyclePolicy'),
  DeleteRepository: onRepository('DeleteRepository'),
  DeleteRepositoryPolicy: onRepository('DeleteRepositoryPolicy'),
  DescribeImageReplicationStatus: onRepository('DescribeImageReplicationStatus'),
  DescribeImages: onRepository('DescribeImages'),
  GetDownloadUrlForLayer: onRepository('GetDownloadUrlForLayer'),
  GetLifecyclePolicy: onRepository('GetLifecyclePolicy'),
  GetLifecyclePolicyPreview: onRepository('GetLifecyclePolicyPreview'),
  GetRepositoryPolicy: onRepository('GetRepositoryPolicy'),
  InitiateLayerUpload: onRepository('InitiateLayerUpload'),
  ListImageReferrers: onRepository('ListImageReferrers'),
  ListImages: onRepository('ListImages'),
  PutImage: onRepository('PutImage'),
  PutImageScanningConfiguration: onRepository('PutImageScanningConfiguration'),
  PutImageTagMutability: onRepository('PutImageTagMutability'),
  PutLifecyclePolicy: onRepository('PutLifecyclePolicy'),
  SetRepositoryPolicy: onRepository('SetRepositoryPolicy'),
  StartLifecyclePolicyPreview: onRepository('StartLifecyclePolicyPreview'),
  UploadLayerPart: onRepository('UploadLayerPart'),
};

/**
 * A repository's policy names no resource, and no other service's actions: it is about the repository.
 *
 * @throws {ServiceError} InvalidParameterException
 */
export function checkPolicy(text: string): void {
  if (policyFault(text, 'resource') !== undefined) throw invalidPolicy();
  const { Statement } = JSON.parse(text) as { Statement: object };
  for (const one of [Statement].flat() as { Action?: unknown; NotAction?: unknown }[]) {
    if ('Resource' in one || 'NotResource' in one) throw invalidPolicy();
    if ([one.Action ?? one.NotAction].flat().some((action) => !/^(\*|ecr:.*)$/i.test(String(action))))
      throw invalidPolicy();
  }
}
