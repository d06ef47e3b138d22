/** An action on a table, with the policy that the table carries. */
import type { Access, Ctx } from '#kernel/contract';
import { tableRef } from './domain/find.ts';
import { tables } from './state.ts';
import { refuseName } from './voice.ts';

/** An action on a table, or what `suffix` names of it. */
export function tableAccess(action: string, given: string, ctx: Ctx, suffix = '', context?: Access['context']): Access {
  refuseName(given, action);
  const { name, account, region } = tableRef(given, ctx);
  const table = ctx.store.in({ account, region }).get(tables, { name });
  return {
    action: `dynamodb:${action}`,
    resource: `arn:${ctx.partition}:dynamodb:${region}:${account}:table/${name}${suffix}`,
    account,
    policy: table?.policy?.text,
    ...(context !== undefined && { context }),
  };
}
