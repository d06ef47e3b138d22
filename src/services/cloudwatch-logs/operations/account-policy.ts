/** Policies of the account: field indexes, subscriptions, transformers and the protection of data of all its groups. */
import { parseArn } from '#kernel/base';
import { type Ctx, type Handler, notBuilt } from '#kernel/contract';
import type { AccountPolicy } from '#models/cloudwatch-logs';
import { checkSelection, overlaps, policiesOf, readIndexPolicy, readSubscription } from '../domain/account-policies.ts';
import { readPattern } from '../domain/filters.ts';
import { readProtection } from '../domain/masking.ts';
import { checkTarget, tryTarget } from '../domain/targets.ts';
import { readProcessors } from '../domain/transform/transform.ts';
import { invalidParameter, limitExceeded, notFound } from '../errors.ts';
import { ACCOUNT_POLICIES_MAX } from '../limits.ts';
import { type AccountPolicyRow, accountPolicies } from '../state.ts';

const show = (row: AccountPolicyRow, { account }: Ctx): AccountPolicy => ({
  policyName: row.name,
  policyDocument: row.text,
  lastUpdatedTime: row.updatedAt,
  policyType: row.type,
  scope: 'ALL',
  ...(row.selection !== undefined && { selectionCriteria: row.selection }),
  accountId: account,
});

export const putAccountPolicy: Handler<'cloudwatch-logs', 'PutAccountPolicy'> = async (input, ctx) => {
  const { policyName: name, policyType: type, policyDocument: text, selectionCriteria: selection } = input;
  if (type === 'FIELD_INDEX_POLICY') readIndexPolicy(text);
  else if (type === 'SUBSCRIPTION_FILTER_POLICY') {
    const { destinationArn, roleArn, pattern } = readSubscription(text);
    readPattern(pattern);
    const target = checkTarget(destinationArn, roleArn, ctx);
    if (parseArn(destinationArn)?.service !== 'logs') await tryTarget(target, undefined, [name], ctx);
  } else if (type === 'DATA_PROTECTION_POLICY') readProtection(text);
  else if (type === 'TRANSFORMER_POLICY') readProcessors(text);
  else throw notBuilt(`account policies of the type ${type}`);
  if (selection !== undefined) checkSelection(type, selection);
  const row: AccountPolicyRow = { type, name, text, updatedAt: ctx.now, ...(selection !== undefined && { selection }) };
  if (input.dryRun === true) throw invalidParameter('Dry runs are for retention policies.');
  ctx.transact((store) => {
    const others = policiesOf(type, store).filter((other) => other.name !== name);
    if (others.length >= ACCOUNT_POLICIES_MAX || others.some((other) => overlaps(row, other))) throw limitExceeded();
    store.put(accountPolicies, row);
  });
  return { accountPolicy: show(row, ctx) };
};

export const deleteAccountPolicy: Handler<'cloudwatch-logs', 'DeleteAccountPolicy'> = (input, ctx) => {
  const { policyName: name, policyType: type } = input;
  if (!ctx.store.delete(accountPolicies, { type, name })) throw noSuchPolicy();
  return {};
};

export const describeAccountPolicies: Handler<'cloudwatch-logs', 'DescribeAccountPolicies'> = (input, ctx) => {
  const { policyType, policyName } = input;
  const found = policiesOf(policyType, ctx.store).filter(({ name }) => policyName === undefined || name === policyName);
  if (found.length === 0 && policyName !== undefined) throw noSuchPolicy();
  return { accountPolicies: found.map((row) => show(row, ctx)) };
};

const noSuchPolicy = () => notFound('The specified account policy does not exist.');
