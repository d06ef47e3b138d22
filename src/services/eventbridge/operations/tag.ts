/** Tags of rules and buses. */
import { parseArn } from '#kernel/base';
import type { Ctx, Handler } from '#kernel/contract';
import { busArn, findOwnBus } from '../domain/find.ts';
import { busNotFound, isManaged, ruleNotFound, validation } from '../errors.ts';
import { TAGS_MAX } from '../limits.ts';
import { type BusRow, buses, DEFAULT_BUS, rules } from '../state.ts';

type Tagged = { tags: { [key: string]: string }; put(tags: { [key: string]: string }): void };

/** @throws {ServiceError} ResourceNotFoundException, ManagedRuleException when it is set */
function find(arn: string, ctx: Ctx): Tagged {
  const { region = '', resource = '' } = parseArn(arn) ?? {};
  // Source: what users of the AWS CLI note of it in their scripts; hashicorp/terraform-provider-aws, issue 31444, has the same of PutTargets.
  if (region !== '' && region !== ctx.region) throw validation('Cross-region api call is not allowed.');
  const [kind, ...path] = resource.split('/');
  const name = path.at(-1) ?? '';
  if (kind === 'rule') {
    const bus = path.slice(0, -1).join('/') || DEFAULT_BUS;
    const row = ctx.store.get(rules, { bus, name });
    if (row?.arn !== arn) throw ruleNotFound(name, bus);
    const put = (tags: Tagged['tags']) => {
      if (row.managedBy !== undefined) throw isManaged(name);
      ctx.store.put(rules, { ...row, tags });
    };
    return { tags: row.tags, put };
  }
  if (kind !== 'event-bus')
    throw validation(`Parameter ${arn} is not valid. Reason: Provided Arn is not in correct format.`);
  const row = ifBus(arn, ctx);
  if (row?.arn !== arn) throw busNotFound(path.join('/'));
  return { tags: row.tags, put: (tags) => ctx.store.put(buses, { ...row, tags }) };
}

/** The default one is there before anything is kept of it. */
function ifBus(arn: string, ctx: Ctx): BusRow | undefined {
  return arn === busArn(DEFAULT_BUS, ctx.account, ctx)
    ? findOwnBus(arn, ctx)
    : ctx.store.get(buses, { name: arn.slice(arn.indexOf('event-bus/') + 'event-bus/'.length) });
}

/** The tags of what an ARN names, as policies see them. @throws {ServiceError} ResourceNotFoundException */
export const tagsOf = (arn: string, ctx: Ctx): { readonly [key: string]: string } => find(arn, ctx).tags;

export const tagResource: Handler<'eventbridge', 'TagResource'> = (input, ctx) => {
  const found = find(input.ResourceARN, ctx);
  const tags = { ...found.tags, ...Object.fromEntries(input.Tags.map(({ Key, Value }) => [Key, Value])) };
  if (Object.keys(tags).length > TAGS_MAX) throw validation(`The maximum number of tags is ${TAGS_MAX}.`);
  found.put(tags);
  return {};
};

export const untagResource: Handler<'eventbridge', 'UntagResource'> = (input, ctx) => {
  const found = find(input.ResourceARN, ctx);
  const gone = new Set(input.TagKeys);
  found.put(Object.fromEntries(Object.entries(found.tags).filter(([key]) => !gone.has(key))));
  return {};
};

export const listTagsForResource: Handler<'eventbridge', 'ListTagsForResource'> = (input, ctx) => ({
  Tags: Object.entries(find(input.ResourceARN, ctx).tags).map(([Key, Value]) => ({ Key, Value })),
});
