/** Finding stacks: by name while they live, by ARN always. */
import type { Ctx } from '#kernel/contract';
import { noSuchStack } from '../errors.ts';
import { type StackRow, stacks } from '../state.ts';

/** @throws {ServiceError} ValidationError */
export function findStack(nameOrId: string, ctx: Ctx, missing = noSuchStack): StackRow {
  const row = nameOrId.startsWith('arn:')
    ? ctx.store.get(stacks, { id: nameOrId })
    : ctx.store.first(stacks, { index: 'byName', where: { liveName: nameOrId } });
  if (row === undefined) throw missing(nameOrId);
  return row;
}
