/** Accounts whose resources are targets: configurations of templates, and as experiments took them. */
import { type Handler, raise } from '#kernel/contract';
import { checkRole } from '../domain/check.ts';
import { findExperiment, findTemplate, madeBefore, remember } from '../domain/find.ts';
import { pageAmong } from '../domain/page.ts';
import { conflict, invalid, noAccount, quotaExceeded } from '../errors.ts';
import { ACCOUNTS_MAX } from '../limits.ts';
import { type AccountRow, type TemplateRow, templates } from '../state.ts';

const OPERATION = 'CreateTargetAccountConfiguration';

export const createTargetAccountConfiguration: Handler<'fis', 'CreateTargetAccountConfiguration'> = (input, ctx) => {
  const { experimentTemplateId, accountId, roleArn, description } = input;
  const template = findTemplate(experimentTemplateId, ctx.store);
  const found = template.accounts[accountId];
  if (madeBefore(OPERATION, input, ctx) !== undefined && found !== undefined)
    return { targetAccountConfiguration: found };
  if (template.accountTargeting !== 'multi-account')
    throw invalid(`Experiment template ${template.id} targets a single account.`);
  if (!/^\d{12}$/.test(accountId)) throw invalid(`Invalid account ID: ${accountId}.`);
  checkRole(roleArn, accountId);
  if (found !== undefined) throw conflict(`Target account configuration for account ${accountId} already exists.`);
  if (Object.keys(template.accounts).length >= ACCOUNTS_MAX)
    throw quotaExceeded(`An experiment template can have at most ${ACCOUNTS_MAX} target account configurations.`);
  const row: AccountRow = { accountId, roleArn, ...(description !== undefined && { description }) };
  ctx.store.put(templates, withAccounts(template, { ...template.accounts, [accountId]: row }, ctx.now));
  remember(OPERATION, input, accountId, ctx);
  return { targetAccountConfiguration: row };
};

export const updateTargetAccountConfiguration: Handler<'fis', 'UpdateTargetAccountConfiguration'> = (input, ctx) => {
  const template = findTemplate(input.experimentTemplateId, ctx.store);
  const before = accountOf(template, input.accountId);
  if (input.roleArn !== undefined) checkRole(input.roleArn, input.accountId);
  const row: AccountRow = {
    ...before,
    ...(input.roleArn !== undefined && { roleArn: input.roleArn }),
    ...(input.description !== undefined && { description: input.description }),
  };
  ctx.store.put(templates, withAccounts(template, { ...template.accounts, [input.accountId]: row }, ctx.now));
  return { targetAccountConfiguration: row };
};

export const deleteTargetAccountConfiguration: Handler<'fis', 'DeleteTargetAccountConfiguration'> = (input, ctx) => {
  const template = findTemplate(input.experimentTemplateId, ctx.store);
  const row = accountOf(template, input.accountId);
  const { [row.accountId]: _, ...left } = template.accounts;
  ctx.store.put(templates, withAccounts(template, left, ctx.now));
  return { targetAccountConfiguration: row };
};

export const getTargetAccountConfiguration: Handler<'fis', 'GetTargetAccountConfiguration'> = (input, ctx) => ({
  targetAccountConfiguration: accountOf(findTemplate(input.experimentTemplateId, ctx.store), input.accountId),
});

export const listTargetAccountConfigurations: Handler<'fis', 'ListTargetAccountConfigurations'> = (input, ctx) =>
  listed(input, findTemplate(input.experimentTemplateId, ctx.store));

export const getExperimentTargetAccountConfiguration: Handler<'fis', 'GetExperimentTargetAccountConfiguration'> = (
  input,
  ctx,
) => ({ targetAccountConfiguration: accountOf(findExperiment(input.experimentId, ctx.store), input.accountId) });

export const listExperimentTargetAccountConfigurations: Handler<'fis', 'ListExperimentTargetAccountConfigurations'> = (
  input,
  ctx,
) => listed(input, findExperiment(input.experimentId, ctx.store));

type Accounts = Pick<TemplateRow, 'accounts'>;

/** @throws {ServiceError} ResourceNotFoundException */
function accountOf({ accounts }: Accounts, id: string): AccountRow {
  return (Object.hasOwn(accounts, id) ? accounts[id] : undefined) ?? raise(noAccount(id));
}

function listed(asked: { maxResults?: number; nextToken?: string }, { accounts }: Accounts) {
  const rows = Object.values(accounts).toSorted((a, b) => (a.accountId < b.accountId ? -1 : 1));
  const { page, rest } = pageAmong(asked, rows, ({ accountId }) => accountId);
  return { targetAccountConfigurations: page, ...rest };
}

function withAccounts(template: TemplateRow, accounts: TemplateRow['accounts'], now: number): TemplateRow {
  return { ...template, accounts, updatedAt: now };
}
