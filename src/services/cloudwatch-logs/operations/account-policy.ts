/** Policies of the account: field indexes, subscriptions, transformers and the protection of data of all its groups. */
import { type Ctx, type Handler, notBuilt } from '#kernel/contract';
import type { AccountPolicy } from '#models/cloudwatch-logs';
import { policyNamed, readIndexPolicy, readSelection, readSubscription } from '../domain/account-policies.ts';
import { readPattern } from '../domain/filters.ts';
import { readProtection } from '../domain/masking.ts';
import { checkTarget } from '../domain/targets.ts';
import { readProcessors } from '../domain/transform/transform.ts';
import { invalidParameter, limitExceeded, notFound } from '../errors.ts';
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

/** Deviation: a subscription of the account is not tried with a message before it is kept. */
export const putAccountPolicy: Handler<'cloudwatch-logs', 'PutAccountPolicy'> = async (input, ctx) => {
  const { policyName: name, policyType: type, policyDocument: text, selectionCriteria: selection } = input;
  if (type === 'FIELD_INDEX_POLICY') readIndexPolicy(text);
  else if (type === 'SUBSCRIPTION_FILTER_POLICY') {
    const { destinationArn, roleArn, pattern } = readSubscription(text);
    readPattern(pattern);
    checkTarget(destinationArn, roleArn, ctx);
  } else if (type === 'DATA_PROTECTION_POLICY') readProtection(text);
  else if (type === 'TRANSFORMER_POLICY') readProcessors(text);
  else throw notBuilt(`account policies of the type ${type}`);
  // Source: CloudWatch Logs API Reference, PutAccountPolicy, "selectionCriteria".
  if (selection !== undefined && type === 'DATA_PROTECTION_POLICY')
    throw invalidParameter('Selection criteria are not supported for data protection policies.');
  if (selection !== undefined && type === 'TRANSFORMER_POLICY')
    throw notBuilt('transformers of groups by their names (selectionCriteria): of all, or of one group');
  if (selection !== undefined) readSelection(selection);
  const row: AccountPolicyRow = { type, name, text, updatedAt: ctx.now, ...(selection !== undefined && { selection }) };
  if (input.dryRun === true) throw invalidParameter('Dry runs are for retention policies.');
  ctx.transact((store) => {
    const other = policyNamed(type, store);
    if (other !== undefined && other.name !== name) throw limitExceeded();
    store.put(accountPolicies, row);
  });
  return { accountPolicy: show(row, ctx) };
};

export const deleteAccountPolicy: Handler<'cloudwatch-logs', 'DeleteAccountPolicy'> = (input, ctx) => {
  const { policyName: name, policyType: type } = input;
  const row = policyNamed(type, ctx.store);
  if (row?.name !== name) throw notFound('The specified account policy does not exist.');
  ctx.store.delete(accountPolicies, row);
  return {};
};

export const describeAccountPolicies: Handler<'cloudwatch-logs', 'DescribeAccountPolicies'> = (input, ctx) => {
  const row = policyNamed(input.policyType, ctx.store);
  const found = row !== undefined && (input.policyName === undefined || row.name === input.policyName);
  if (!found && input.policyName !== undefined) throw notFound('The specified account policy does not exist.');
  return { accountPolicies: found ? [show(row, ctx)] : [] };
};
