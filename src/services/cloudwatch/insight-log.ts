/** What Contributor Insights rules tell of log groups: events read, contributors added up. */
import type { Millis } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import { contributionsOf } from '#kernel/metering';
import { type InsightRule, parseDefinition, shareOf } from './domain/insight.ts';
import { type InsightCall, type InsightPoints, insightCalls, nameOfCall } from './domain/insight-metric.ts';
import { InsightReport, type Metric } from './domain/insight-report.ts';
import type { Window } from './domain/period.ts';
import { type InsightRuleRow, insightRules, type MetricQuery } from './state.ts';

/** Reads the events of the time in which a rule was enabled, or what the service has contributed that manages it. */
export async function reportOf(
  row: InsightRuleRow,
  { from, to, offset }: Window,
  period: Millis,
  ctx: Ctx,
): Promise<InsightReport> {
  const report = new InsightReport(period, offset);
  if (row.managed !== undefined) {
    ctx.flushMetrics();
    for (const { at, top } of contributionsOf(ctx.store, row.name, from, to))
      for (const { keys, value } of top) report.add(at, { keys: [...keys], value });
    return report;
  }
  const rule = parseDefinition(row.definition);
  for (const span of row.spans) await read(rule, Math.max(from, span.from), Math.min(to, span.to ?? to), report, ctx);
  return report;
}

/**
 * What the INSIGHT_RULE_METRICs of queries give; a rule that is not there gives nothing.
 *
 * @throws {ServiceError} ValidationError
 */
export async function readInsights(queries: readonly MetricQuery[], window: Window, ctx: Ctx): Promise<InsightPoints> {
  const calls = new Map(insightCalls(queries).map((call) => [nameOfCall(call), call]));
  const found = new Map<string, ReadonlyMap<Millis, number>>();
  for (const [name, call] of calls) found.set(name, await pointsOf(call, window, ctx));
  return found;
}

async function pointsOf(call: InsightCall, window: Window, ctx: Ctx): Promise<ReadonlyMap<Millis, number>> {
  const { rule, metric, period } = call;
  const row = ctx.store.get(insightRules, { name: rule });
  if (row === undefined) return new Map();
  const from = window.from - ((window.from - (window.offset ?? 0)) % (period * 1_000));
  const report = await reportOf(row, { ...window, from }, period * 1_000, ctx);
  return report.series(metric as Metric);
}

/** Adds what the events of the rule's log groups tell. @param to exclusive */
async function read(rule: InsightRule, from: Millis, to: Millis, report: InsightReport, ctx: Ctx): Promise<void> {
  if (from >= to) return;
  const logs = ctx.aws['cloudwatch-logs'];
  for (const logGroupName of await groupsOf(rule, ctx)) {
    let nextToken: string | undefined;
    do {
      const page = await logs.FilterLogEvents({ logGroupName, startTime: from, endTime: to - 1, nextToken });
      for (const { timestamp = 0, message = '' } of page.events ?? []) {
        const share = shareOf(rule, message);
        if (share !== undefined) report.add(timestamp, share);
      }
      ({ nextToken } = page);
    } while (nextToken !== undefined);
  }
}

/** Groups that are there, by their names or by what they begin with. */
async function groupsOf({ groups }: InsightRule, ctx: Ctx): Promise<Set<string>> {
  const found = new Set<string>();
  for (const { name: group, account = ctx.account, region = ctx.region } of groups) {
    if (account !== ctx.account || region !== ctx.region) continue;
    const prefix = group.endsWith('*') ? group.slice(0, -1) : group;
    let nextToken: string | undefined;
    do {
      const page = await ctx.aws['cloudwatch-logs'].DescribeLogGroups({
        ...(prefix !== '' && { logGroupNamePrefix: prefix }),
        nextToken,
      });
      for (const { logGroupName: name = '' } of page.logGroups ?? [])
        if (group.endsWith('*') || name === group) found.add(name);
      ({ nextToken } = page);
    } while (nextToken !== undefined);
  }
  return found;
}
