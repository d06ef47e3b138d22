/** What other services ask of keys that is no operation: which one a request of theirs means, before it is carried out. */
import { parseArn } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import { keyArn } from './domain/find.ts';
import { aliases } from './state.ts';

/** The ARN of the key that is named by id, alias or either's ARN; undefined for an alias that is none. */
export function keyArnOf(name: string, ctx: Ctx): string | undefined {
  const { account = ctx.account, region = ctx.region, resource = name } = parseArn(name) ?? {};
  if (!resource.startsWith('alias/')) return keyArn(ctx, resource.replace(/^key\//, ''), account, region);
  const alias = ctx.store.in({ account, region }).get(aliases, { name: resource });
  return alias && keyArn(ctx, alias.key, account, region);
}
