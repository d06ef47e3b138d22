/** Contributor insights: which tables and indexes have them, and the rules that CloudWatch keeps for them. */
import type { Ctx, Handler } from '#kernel/contract';
import type { ContributorInsightsMode, ContributorInsightsSummary } from '#models/dynamodb';
import { findTable } from '../domain/find.ts';
import { rulesOf, TABLE } from '../domain/insights.ts';
import { insightsIndexNotFound, tableNotFound } from '../errors.ts';
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
  const mode = input.ContributorInsightsMode ?? table.insights?.[key]?.mode ?? MODE;
  const before = table.insights?.[key];
  const named = { TableName: table.name, ...(input.IndexName !== undefined && { IndexName: input.IndexName }) };
  // Source: findings of ack-api-quirks, measured against AWS: what is so already is left as it is.
  if (enabled === (before?.enabled ?? false) && mode === (before?.mode ?? mode))
    return {
      ...named,
      ContributorInsightsStatus: enabled ? 'ENABLED' : 'DISABLED',
      ...(before !== undefined && { ContributorInsightsMode: mode }),
    };
  const createdAt = before?.enabled === true ? before.createdAt : ctx.now;
  const changed: Insights = { enabled, mode, changedAt: ctx.now, createdAt };
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
    ContributorInsightsStatus: insights?.enabled === true ? 'ENABLED' : 'DISABLED',
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

/** Of those that are on. */
function summariesOf(table: TableRow): ContributorInsightsSummary[] {
  const on = Object.entries(table.insights ?? {}).filter(([, { enabled }]) => enabled);
  return on.map(([index, { mode }]) => ({
    TableName: table.name,
    ...(index !== TABLE && { IndexName: index }),
    ContributorInsightsStatus: 'ENABLED',
    ContributorInsightsMode: mode,
  }));
}
