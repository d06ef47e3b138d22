/** Tags of distributions and functions. */
import type { Ctx, Handler } from '#kernel/contract';
import { setTags } from '../domain/tags.ts';
import * as errors from '../errors.ts';
import { distributions, functions, tags } from '../state.ts';

const ARN = /^arn:aws[a-z-]*:cloudfront::\d{12}:(distribution|function)\/([\w-]+)$/;

/** @throws {ServiceError} for what is not there, or has no tags */
function check(arn: string, ctx: Ctx): void {
  const [, kind, id = ''] = ARN.exec(arn) ?? [];
  if (kind === undefined) throw errors.invalidArgument(`Invalid ARN: ${arn}`);
  const row =
    kind === 'distribution'
      ? ctx.store.get(distributions, { id })
      : ctx.store.get(functions, { name: id, stage: 'DEVELOPMENT' });
  if (row === undefined) throw errors.noSuchResource();
}

export const tagResource: Handler<'cloudfront', 'TagResource'> = ({ Resource, Tags }, ctx) => {
  check(Resource, ctx);
  setTags(Resource, Tags.Items ?? [], ctx);
  return {};
};

export const untagResource: Handler<'cloudfront', 'UntagResource'> = ({ Resource, TagKeys }, ctx) => {
  check(Resource, ctx);
  for (const key of TagKeys.Items ?? []) ctx.store.delete(tags, { arn: Resource, key });
  return {};
};

export const listTagsForResource: Handler<'cloudfront', 'ListTagsForResource'> = ({ Resource }, ctx) => {
  check(Resource, ctx);
  const rows = ctx.store.list(tags, { where: { arn: Resource } });
  return { Tags: { Items: rows.map(({ key, value }) => ({ Key: key, Value: value })) } };
};
