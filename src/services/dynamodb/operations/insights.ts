/** Contributor insights: which tables and indexes have them, and the rules that CloudWatch keeps for them. */
import type { Ctx, Handler } from '#kernel/contract';
import type { ContributorInsightsMode, ContributorInsightsSummary } from '#models/dynamodb';
import { roomForRules } from '#services/cloudwatch/port';
import { findTable } from '../domain/find.ts';
import { rulesOf, TABLE } from '../domain/insights.ts';
import { insightsIndexNotFound, invalid, tableNotFound } from '../errors.ts';
import { settleRules } from '../insight-rules.ts';
import { INSIGHTS_LISTED_MAX } from '../limits.ts';
import { type Insights, type TableRow, tables } from '../state.ts';

const MODE: ContributorInsightsMode = 'ACCESSED_AND_THROTTLED_KEYS';

/** @throws {ServiceError} ResourceNotFoundException */
function find(input: { TableName: string; IndexName?: string }, ctx: Ctx) {
  const { table, store } = findTable(input.TableName, ctx, tableNotFound);
  if (input.IndexName !== undefined && !table.indexes.some((one) => one.global && one.name === input.IndexName))
    throw insightsIndexNotFound(input.IndexName, table.name);
  return { table, store, key: input.IndexName ?? TABLE };
}

export const updateContributorInsights: Handler<'dynamodb', 'UpdateContributorInsights'> = (input, ctx) => {
  const { table, store, key } = find(input, ctx);
  const enabled = input.ContributorInsightsAction === 'ENABLE';
  // Source: findings of ack-api-quirks, DDB-TABLE-116, measured against AWS.
  if (enabled && table.indexes.some(({ name, status }) => name === key && status !== 'ACTIVE'))
    throw invalid(
      'Table or Index is not in a valid state to update Key Access Insights: IndexStatus must be ACTIVE to enable ContributorInsights.',
    );
  const before = table.insights?.[key];
  // Source: findings of ack-api-quirks, DDB-TABLE-092, measured against AWS: none is the default, whatever it was before.
  const mode = (enabled ? input.ContributorInsightsMode : before?.mode) ?? MODE;
  const named = { TableName: table.name, ...(input.IndexName !== undefined && { IndexName: input.IndexName }) };
  // Source: findings of ack-api-quirks, measured against AWS: what is so already is left as it is.
  if (before?.failed !== true && enabled === (before?.enabled ?? false) && mode === (before?.mode ?? mode))
    return {
      ...named,
      ContributorInsightsStatus: enabled ? 'ENABLED' : 'DISABLED',
      ...(before !== undefined && { ContributorInsightsMode: mode }),
    };
  const createdAt = before?.enabled === true ? before.createdAt : ctx.now;
  const wanted: Insights = { enabled, mode, changedAt: ctx.now, createdAt };
  const more = rulesOf(table, key, wanted).length - (before === undefined ? 0 : rulesOf(table, key, before).length);
  // Source: findings of ack-api-quirks, measured against AWS: all rules or none, and that only its description tells.
  const failed = more > 0 && more > roomForRules(store, (quota) => ctx.quota(quota));
  const changed: Insights = failed ? { ...wanted, enabled: false, failed } : wanted;
  const next = { ...table, insights: { ...table.insights, [key]: changed } };
  store.put(tables, next);
  settleRules(table, next, store);
  return {
    ...named,
    ContributorInsightsStatus: enabled ? 'ENABLING' : 'DISABLING',
    ContributorInsightsMode: mode,
  };
};

export const describeContributorInsights: Handler<'dynamodb', 'DescribeContributorInsights'> = (input, ctx) => {
  const { table, key } = find(input, ctx);
  const insights = table.insights?.[key];
  return {
    TableName: table.name,
    ...(input.IndexName !== undefined && { IndexName: input.IndexName }),
    ContributorInsightsStatus: statusOf(insights),
    ...(insights?.failed === true && { FailureException: NO_ROOM }),
    ...(insights !== undefined && {
      LastUpdateDateTime: insights.changedAt,
      ContributorInsightsMode: insights.mode,
    }),
    ...(insights?.enabled === true && {
      ContributorInsightsRuleList: rulesOf(table, key, insights).map(({ name }) => name),
    }),
  };
};

export const listContributorInsights: Handler<'dynamodb', 'ListContributorInsights'> = (input, ctx) => {
  const limit = input.MaxResults ?? INSIGHTS_LISTED_MAX;
  const found =
    input.TableName === undefined
      ? pageOf(input.NextToken, limit, ctx)
      : [findTable(input.TableName, ctx, tableNotFound).table];
  const page = found.slice(0, limit);
  return {
    ContributorInsightsSummaries: page.flatMap(summariesOf),
    ...(found.length > limit && { NextToken: page.at(-1)?.name }),
  };
};

function pageOf(after: string | undefined, limit: number, ctx: Ctx): TableRow[] {
  return ctx.store.list(tables, { ...(after !== undefined && { after: { name: after } }), limit: limit + 1 });
}

function statusOf(insights: Insights | undefined): 'ENABLED' | 'FAILED' | 'DISABLED' {
  if (insights?.failed === true) return 'FAILED';
  return insights?.enabled === true ? 'ENABLED' : 'DISABLED';
}

/** Source: findings of ack-api-quirks, measured against AWS. */
const NO_ROOM = {
  ExceptionName: 'LimitExceededException',
  ExceptionDescription:
    'Amazon CloudWatch Contributor Insights rule limit reached. Please disable Contributor Insights for other tables/indexes OR disable other CloudWatch Contributor Insights rules before retrying.',
};

/** Of those that are on, or could not be. */
function summariesOf(table: TableRow): ContributorInsightsSummary[] {
  const told = Object.entries(table.insights ?? {}).filter(([, insights]) => statusOf(insights) !== 'DISABLED');
  return told.map(([index, insights]) => ({
    TableName: table.name,
    ...(index !== TABLE && { IndexName: index }),
    ContributorInsightsStatus: statusOf(insights),
    ContributorInsightsMode: insights.mode,
  }));
}
