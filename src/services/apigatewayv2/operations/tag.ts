/** Tags of APIs, their stages, and domain names. */
import { parseArn } from '#kernel/base';
import { type Ctx, type Handler, raise } from '#kernel/contract';
import { domains } from '../../api-gateway/port.ts';
import { badRequest, notFound } from '../errors.ts';
import { TAGS_MAX } from '../limits.ts';
import { apis, stages } from '../state.ts';

type V2 = 'apigatewayv2';
type Tags = { [key: string]: string };

/** The tags of what has an ARN, and how others are kept in a transaction. @throws {ServiceError} */
function findTagged(ctx: Ctx, arn: string): { tags: Tags; keep(tags: Tags): void } {
  const [, noun, id = '', stage] =
    /^arn:[\w-]+:apigateway:[\w-]*::\/(apis|domainnames)\/([^/]+)(?:\/stages\/([^/]+))?$/.exec(arn) ?? [];
  if (noun === undefined || parseArn(arn)?.region !== ctx.region) throw badRequest('Invalid resource ARN specified');
  if (noun === 'domainnames') {
    const row = ctx.store.get(domains, { owner: '', id }) ?? raise(notFound('Invalid resource identifier specified'));
    const keep = (tags: Tags) => ctx.store.put(domains, { ...row, value: { ...row.value, tags } });
    return { tags: row.value.tags ?? {}, keep };
  }
  const table = (stage === undefined ? apis : stages) as typeof stages;
  const key = stage === undefined ? { owner: '', id } : { owner: id, id: stage };
  const row = ctx.store.get(table, key) ?? raise(notFound('Invalid resource identifier specified'));
  return {
    tags: row.value.Tags ?? {},
    keep: (Tags) => ctx.store.put(table, { ...row, value: { ...row.value, Tags } }),
  };
}

/** The tags of what an ARN names, as policies see them. What is part of an API or a domain name has theirs. @throws {ServiceError} */
export function tagsOf(arn: string, ctx: Ctx): { readonly [key: string]: string } {
  const whole = /^.*?::\/(?:apis|domainnames)\/[^/]+(?:\/stages\/[^/]+)?/.exec(arn)?.[0];
  return whole === undefined ? {} : findTagged(ctx, whole).tags;
}

export const getTags: Handler<V2, 'GetTags'> = ({ ResourceArn }, ctx) => ({ Tags: findTagged(ctx, ResourceArn).tags });
export const tagResource: Handler<V2, 'TagResource'> = ({ ResourceArn, Tags = {} }, ctx) => {
  const { tags, keep } = findTagged(ctx, ResourceArn);
  const all = { ...tags, ...Tags };
  if (Object.keys(all).length > TAGS_MAX) throw badRequest(`A resource can have at most ${TAGS_MAX} tags`);
  keep(all);
  return {};
};
export const untagResource: Handler<V2, 'UntagResource'> = ({ ResourceArn, TagKeys }, ctx) => {
  const { tags, keep } = findTagged(ctx, ResourceArn);
  keep(Object.fromEntries(Object.entries(tags).filter(([key]) => !TagKeys.includes(key))));
  return {};
};
