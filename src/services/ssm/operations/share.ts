/** Policies of parameters, by which other accounts read them. Source: SSM API Reference, PutResourcePolicy; the texts of its refusals are its "Errors". */
import { sha256Hex } from '#kernel/base';
import { type Ctx, type Handler, notBuilt, policyFault } from '#kernel/contract';
import { latestOf, rowOf } from '../domain/find.ts';
import { select } from '../domain/names.ts';
import {
  badToken,
  resourceNotFound,
  shareChanged,
  shareMalformed,
  shareNotAdvanced,
  shareNotFound,
} from '../errors.ts';
import { type ParameterRow, parameters, type ShareRow } from '../state.ts';

/** @throws {ServiceError} ResourceNotFoundException, NotImplemented */
function find(arn: string, ctx: Ctx): ParameterRow {
  if (!/:parameter\//.test(arn)) throw notBuilt('policies of anything but parameters');
  const { store, account, region } = ctx;
  const named = select(arn, ctx);
  const isOwn = named.account === account && named.region === region;
  const row = rowOf(named.name, store);
  if (row === undefined || !isOwn) throw resourceNotFound();
  return row;
}

/** The policy with an id, as who changes it has seen it. @throws {ServiceError} */
function shareOf({ shares = [] }: ParameterRow, id: string, hash: string | undefined): ShareRow {
  const share = shares.find((one) => one.id === id);
  if (share === undefined) throw shareNotFound();
  if (share.hash !== hash) throw shareChanged();
  return share;
}

export const putResourcePolicy: Handler<'ssm', 'PutResourcePolicy'> = (input, ctx) => {
  const row = find(input.ResourceArn, ctx);
  const { Policy: policy } = input;
  if (latestOf(row, ctx.store).tier !== 'Advanced') throw shareNotAdvanced();
  if (policyFault(policy, 'resource') !== undefined) throw shareMalformed();
  const id = input.PolicyId === undefined ? ctx.uuid() : shareOf(row, input.PolicyId, input.PolicyHash).id;
  const hash = sha256Hex(policy);
  const others = (row.shares ?? []).filter((one) => one.id !== id);
  ctx.store.put(parameters, { ...row, shares: [...others, { id, hash, policy }] });
  return { PolicyId: id, PolicyHash: hash };
};

export const getResourcePolicies: Handler<'ssm', 'GetResourcePolicies'> = (input, ctx) => {
  const { shares = [] } = find(input.ResourceArn, ctx);
  if (input.NextToken !== undefined && !/^\d{1,9}$/.test(input.NextToken)) throw badToken();
  const from = Number(input.NextToken ?? 0);
  const to = from + (input.MaxResults ?? shares.length);
  return {
    Policies: shares
      .slice(from, to)
      .map(({ id, hash, policy }) => ({ PolicyId: id, PolicyHash: hash, Policy: policy })),
    ...(to < shares.length && { NextToken: String(to) }),
  };
};

export const deleteResourcePolicy: Handler<'ssm', 'DeleteResourcePolicy'> = (input, ctx) => {
  const row = find(input.ResourceArn, ctx);
  const gone = shareOf(row, input.PolicyId, input.PolicyHash);
  ctx.store.put(parameters, { ...row, shares: (row.shares ?? []).filter(({ id }) => id !== gone.id) });
  return {};
};
