/** Customers' keys of groups. */
import type { Ctx, Handler } from '#kernel/contract';
import { groupNamed } from '../domain/find.ts';
import { groupOfIdentifier } from '../domain/names.ts';
import { newDataKey } from '../domain/sealing.ts';
import { invalidParameter } from '../errors.ts';
import { type GroupRow, groups } from '../state.ts';

/** Deviation: a key for the results of queries (`resourceIdentifier` of a query-result) is refused. */
function groupOf(
  { logGroupName, resourceIdentifier: id }: { logGroupName?: string; resourceIdentifier?: string },
  ctx: Ctx,
): GroupRow {
  if ((logGroupName === undefined) === (id === undefined))
    throw invalidParameter('Exactly one of logGroupName and resourceIdentifier must be specified.');
  if (id?.includes(':query-result:') === true) throw invalidParameter('Keys for query results are not supported.');
  return groupNamed(logGroupName ?? groupOfIdentifier(id ?? '', ctx).name, ctx);
}

/** What was written before stays under the key it was written with. */
export const associateKmsKey: Handler<'cloudwatch-logs', 'AssociateKmsKey'> = async (input, ctx) => {
  const { kmsKeyId } = input;
  const { name, arn } = groupOf(input, ctx);
  const dataKey = await newDataKey({ arn }, kmsKeyId, ctx);
  ctx.transact((store) => store.put(groups, { ...groupNamed(name, ctx, store), kmsKeyId, dataKey }));
  return {};
};

export const disassociateKmsKey: Handler<'cloudwatch-logs', 'DisassociateKmsKey'> = (input, ctx) => {
  const { kmsKeyId: _, dataKey: __, ...group } = groupOf(input, ctx);
  ctx.store.put(groups, group);
  return {};
};
