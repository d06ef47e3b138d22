/** Finding the group and the stream an operation is about. */
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { noSuchGroup, noSuchStream } from '../errors.ts';
import { type GroupRow, groups, type StreamRow, streams } from '../state.ts';
import { type GroupName, groupOfIdentifier, groupOfInput } from './names.ts';

/** A group and the view of the store in which it lies. */
export type Found = { group: GroupRow; store: StoreView };

/** @throws {ServiceError} ResourceNotFoundException */
export function findGroup(named: GroupName, ctx: Ctx, store: StoreView = ctx.store): Found {
  const own = named.account === ctx.account ? store : store.in({ account: named.account });
  const group = named.region === ctx.region ? own.get(groups, { name: named.name }) : undefined;
  if (group === undefined) throw noSuchGroup();
  return { group, store: own };
}

/** The caller's own group of a name. @throws {ServiceError} ResourceNotFoundException */
export function groupNamed(name: string, ctx: Ctx, store: StoreView = ctx.store): GroupRow {
  return findGroup({ name, account: ctx.account, region: ctx.region }, ctx, store).group;
}

/** The group that a name or ARN means. @throws {ServiceError} ResourceNotFoundException */
export function groupIdentified(text: string, ctx: Ctx, store: StoreView = ctx.store): GroupRow {
  return findGroup(groupOfIdentifier(text, ctx), ctx, store).group;
}

/** @throws {ServiceError} ResourceNotFoundException, InvalidParameterException */
export function groupOf(input: { logGroupName?: string; logGroupIdentifier?: string }, ctx: Ctx): Found {
  return findGroup(groupOfInput(input, ctx), ctx);
}

/** @throws {ServiceError} ResourceNotFoundException */
export function findStream({ pile }: GroupRow, name: string, store: StoreView): StreamRow {
  const stream = store.get(streams, { group: pile, name });
  if (stream === undefined) throw noSuchStream();
  return stream;
}
