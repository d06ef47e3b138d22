/** Lifecycle policies: kept, tried, and carried out once a day. */
import type { Ctx, Handler } from '#kernel/contract';
import { type Found, findRepository, storeOf } from '../domain/find.ts';
import { announceImage, listersOf, removeImage, tagsOf } from '../domain/image.ts';
import { expiring, rulesOf } from '../domain/lifecycle.ts';
import { readToken, tokenOf } from '../domain/page.ts';
import { noLifecycle, noPreview } from '../errors.ts';
import { LIFECYCLE_EVERY, PAGE_DEFAULT } from '../limits.ts';
import { images, repositories } from '../state.ts';

export const putLifecyclePolicy: Handler<'ecr', 'PutLifecyclePolicy'> = (input, ctx) => {
  const { repository, registry, store } = findRepository(input, ctx);
  rulesOf(input.lifecyclePolicyText);
  // Told without its white space; a preview's text stays as it is. Source: the CLI's examples of both operations.
  const text = JSON.stringify(JSON.parse(input.lifecyclePolicyText));
  store.put(repositories, { ...repository, lifecycle: { text } });
  ctx.arm('lifecycle', repository.id, ctx.now + LIFECYCLE_EVERY, { registry, name: repository.name });
  return { registryId: registry, repositoryName: repository.name, lifecyclePolicyText: text };
};

export const getLifecyclePolicy: Handler<'ecr', 'GetLifecyclePolicy'> = (input, ctx) =>
  shown(findRepository(input, ctx));

export const deleteLifecyclePolicy: Handler<'ecr', 'DeleteLifecyclePolicy'> = (input, ctx) => {
  const found = findRepository(input, ctx);
  const answer = shown(found);
  const { lifecycle: _, ...rest } = found.repository;
  found.store.put(repositories, rest);
  ctx.disarm('lifecycle', rest.id);
  return answer;
};

/** A policy that was never carried out was so at the beginning of time. Source: the CLI's example, "delete-lifecycle-policy". */
function shown({ repository, registry }: Found) {
  const { name, lifecycle } = repository;
  if (lifecycle === undefined) throw noLifecycle(name, registry);
  return {
    registryId: registry,
    repositoryName: name,
    lifecyclePolicyText: lifecycle.text,
    lastEvaluatedAt: lifecycle.evaluatedAt ?? 0,
  };
}

/** The timer of a repository: its images are gone through beside other work. */
export function lifecycle(payload: Record<string, unknown>, ctx: Ctx): void {
  const { registry, name } = payload as { registry: string; name: string };
  const repository = storeOf(registry, ctx).get(repositories, { name });
  if (repository?.lifecycle === undefined) return;
  ctx.start('expire', repository.id, payload);
  ctx.arm('lifecycle', repository.id, ctx.now + LIFECYCLE_EVERY, payload);
}

/** Removes the images that a repository's lifecycle policy lets go. One that another lists stays until that one has gone. */
export function expire(payload: Record<string, unknown>, ctx: Ctx): void {
  const { registry, name } = payload as { registry: string; name: string };
  const store = storeOf(registry, ctx);
  const repository = store.get(repositories, { name });
  if (repository?.lifecycle === undefined) return;
  const found = { repository, registry, store };
  for (const { image } of goneUnder(repository.lifecycle.text, found, ctx)) {
    if (listersOf(image, store).length > 0) continue;
    removeImage(image, store, ctx);
    announceImage('DELETE', { image, tag: image.tags[0] }, found, ctx);
  }
  store.put(repositories, { ...repository, lifecycle: { ...repository.lifecycle, evaluatedAt: ctx.now } });
}

/** The images that a policy lets go; those that list others before these. */
function goneUnder(text: string, { repository, store }: Found, ctx: Ctx) {
  const all = store
    .list(images, { where: { repository: repository.id } })
    .map((image) => ({ ...image, tags: tagsOf(image, store) }));
  return expiring(rulesOf(text), all, ctx.now).map(({ image, priority }) => ({ image, priority }));
}

export const startLifecyclePolicyPreview: Handler<'ecr', 'StartLifecyclePolicyPreview'> = (input, ctx) => {
  const { repository, registry, store } = findRepository(input, ctx);
  const text = input.lifecyclePolicyText ?? repository.lifecycle?.text;
  if (text === undefined) throw noLifecycle(repository.name, registry);
  rulesOf(text);
  store.put(repositories, { ...repository, preview: text });
  return {
    registryId: registry,
    repositoryName: repository.name,
    lifecyclePolicyText: text,
    status: 'IN_PROGRESS' as const,
  };
};

/** Deviation: what is shown is what the policy would do now, not what it would have done when the preview was started. */
export const getLifecyclePolicyPreview: Handler<'ecr', 'GetLifecyclePolicyPreview'> = (input, ctx) => {
  const found = findRepository(input, ctx);
  const { repository, registry } = found;
  if (repository.preview === undefined) throw noPreview(repository.name, registry);
  const { imageIds, filter, maxResults: limit = PAGE_DEFAULT } = input;
  const { tagStatus = 'ANY' } = filter ?? {};
  const gone = goneUnder(repository.preview, found, ctx).filter(
    ({ image }) =>
      (tagStatus === 'ANY' || image.tagging === tagStatus) &&
      (imageIds === undefined ||
        imageIds.some(
          ({ imageDigest = image.digest, imageTag }) =>
            imageDigest === image.digest && (imageTag === undefined || image.tags.includes(imageTag)),
        )),
  );
  const start = Number.parseInt(readToken(input.nextToken, 'at')?.at ?? '0', 10) || 0;
  return {
    registryId: registry,
    repositoryName: repository.name,
    lifecyclePolicyText: repository.preview,
    status: 'COMPLETE' as const,
    ...(gone.length > start + limit && { nextToken: tokenOf({ at: String(start + limit) }) }),
    previewResults: gone.slice(start, start + limit).map(({ image, priority }) => ({
      ...(image.tags.length > 0 && { imageTags: image.tags }),
      imageDigest: image.digest,
      imagePushedAt: image.pushedAt,
      action: { type: 'EXPIRE' as const },
      appliedRulePriority: priority,
    })),
    summary: { expiringImageTotalCount: gone.length },
  };
};
