/** Tags of templates and experiments. */
import { parseArn } from '#kernel/base';
import type { Ctx, Handler } from '#kernel/contract';
import { invalid, noResource } from '../errors.ts';
import { experiments, templates } from '../state.ts';

/** Source: the model: at most 50 tags. */
const TAGS_MAX = 50;

type Tags = { readonly [key: string]: string };

export const tagResource: Handler<'fis', 'TagResource'> = ({ resourceArn, tags }, ctx) => {
  const { before, put } = taggedOf(resourceArn, ctx);
  const changed = { ...before, ...tags };
  if (Object.keys(changed).length > TAGS_MAX) throw invalid(`A resource can have at most ${TAGS_MAX} tags.`);
  put(changed);
  return {};
};

export const untagResource: Handler<'fis', 'UntagResource'> = ({ resourceArn, tagKeys }, ctx) => {
  const { before, put } = taggedOf(resourceArn, ctx);
  const gone = new Set(tagKeys ?? Object.keys(before));
  put(Object.fromEntries(Object.entries(before).filter(([key]) => !gone.has(key))));
  return {};
};

export const listTagsForResource: Handler<'fis', 'ListTagsForResource'> = ({ resourceArn }, ctx) => ({
  tags: { ...taggedOf(resourceArn, ctx).before },
});

/** @throws {ServiceError} ResourceNotFoundException, ValidationException */
function taggedOf(arn: string, ctx: Ctx): { before: Tags; put(tags: { [key: string]: string }): void } {
  const parsed = parseArn(arn);
  const [, kind, id = ''] = /^(experiment-template|experiment)\/(\S+)$/.exec(parsed?.resource ?? '') ?? [];
  if (parsed?.service !== 'fis' || kind === undefined) throw invalid(`Invalid resource ARN: ${arn}.`);
  const template = kind === 'experiment' ? undefined : ctx.store.get(templates, { id });
  if (template?.arn === arn)
    return { before: template.tags, put: (tags) => ctx.store.put(templates, { ...template, tags }) };
  const experiment = kind === 'experiment' ? ctx.store.get(experiments, { id }) : undefined;
  if (experiment?.arn === arn)
    return { before: experiment.tags, put: (tags) => ctx.store.put(experiments, { ...experiment, tags }) };
  throw noResource(arn);
}
