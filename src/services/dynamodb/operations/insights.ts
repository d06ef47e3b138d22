/**
 * Contributor insights: which tables and indexes have them, by the names of their rules.
 * Deviation: the rules are names only until CloudWatch can evaluate them.
 */
import type { Ctx, Handler } from '#kernel/contract';
import type { ContributorInsightsMode, ContributorInsightsSummary } from '#models/dynamodb';
import { findTable } from '../domain/find.ts';
import { resourceNotFound, tableNotFound } from '../errors.ts';
import { INSIGHTS_LISTED_MAX } from '../limits.ts';
import { type Insights, type TableRow, tables } from '../state.ts';

const MODE: ContributorInsightsMode = 'ACCESSED_AND_THROTTLED_KEYS';
/** The key of the table itself among its indexes; no index is called so. */
const TABLE = '';

/** @throws {ServiceError} ResourceNotFoundException */
function find(input: { TableName: string; IndexName?: string }, ctx: Ctx) {
  const { table, store } = findTable(input.TableName, ctx, tableNotFound);
  if (input.IndexName !== undefined && !table.indexes.some((one) => one.global && one.name === input.IndexName))
    throw resourceNotFound();
  return { table, store, key: input.IndexName ?? TABLE };
}

export const updateContributorInsights: Handler<'dynamodb', 'UpdateContributorInsights'> = (input, ctx) => {
  const { table, store, key } = find(input, ctx);
  const enabled = input.ContributorInsightsAction === 'ENABLE';
  const mode = input.ContributorInsightsMode ?? table.insights?.[key]?.mode ?? MODE;
  const changed: Insights = { enabled, mode, changedAt: ctx.now };
  store.put(tables, { ...table, insights: { ...table.insights, [key]: changed } });
  return {
    TableName: table.name,
    ...(input.IndexName !== undefined && { IndexName: input.IndexName }),
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
    ...(insights !== undefined && { LastUpdateDateTime: insights.changedAt }),
    ...(insights?.enabled === true && {
      ContributorInsightsMode: insights.mode,
      ContributorInsightsRuleList: rulesOf(table, input.IndexName, insights),
    }),
  };
};

/** Partition keys and, where there are any, sort keys: those accessed and those throttled. */
function rulesOf(table: TableRow, index: string | undefined, { mode, changedAt }: Insights): string[] {
  const { range } = table.indexes.find((one) => one.name === index) ?? table;
  const kinds = [
    ...(mode === MODE ? ['PKC', ...(range === undefined ? [] : ['SKC'])] : []),
    'PKT',
    ...(range === undefined ? [] : ['SKT']),
  ];
  const name = index === undefined ? table.name : `${table.name}-${index}`;
  return kinds.map((kind) => `DynamoDBContributorInsights-${kind}-${name}-${changedAt}`);
}

export const listContributorInsights: Handler<'dynamodb', 'ListContributorInsights'> = (input, ctx) => {
  const limit = input.MaxResults ?? INSIGHTS_LISTED_MAX;
  const found =
    input.TableName === undefined ? pageOf(input.NextToken, limit, ctx) : [findTable(input.TableName, ctx).table];
  const page = found.slice(0, limit);
  return {
    ContributorInsightsSummaries: page.flatMap(summariesOf),
    ...(found.length > limit && { NextToken: page.at(-1)?.name }),
  };
};

function pageOf(after: string | undefined, limit: number, ctx: Ctx): TableRow[] {
  return ctx.store.list(tables, { ...(after !== undefined && { after: { name: after } }), limit: limit + 1 });
}

function summariesOf(table: TableRow): ContributorInsightsSummary[] {
  return Object.entries(table.insights ?? {}).map(([index, { enabled, mode }]) => ({
    TableName: table.name,
    ...(index !== TABLE && { IndexName: index }),
    ContributorInsightsStatus: enabled ? 'ENABLED' : 'DISABLED',
    ContributorInsightsMode: mode,
  }));
}
