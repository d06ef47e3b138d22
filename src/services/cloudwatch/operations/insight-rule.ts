/**
 * Contributor Insights rules, and what they tell of log groups.
 *
 * Deviation: CloudWatch counts events as they come, and keeps the largest contributors of each minute; here a report reads the events of the
 * time in which the rule was enabled, and is exact.
 */
import type { Ctx, Handler, OutputOf, ServiceError } from '#kernel/contract';
import { checkDefinition, LOG_SCHEMA, parseDefinition, SERVICE_SCHEMA } from '../domain/insight.ts';
import { METRICS, type Metric } from '../domain/insight-report.ts';
import { nextToken, readToken } from '../domain/pages.ts';
import { invalidValue, managedRule, noRule, tooManyRules } from '../errors.ts';
import { reportOf } from '../insight-log.ts';
import { CONTRIBUTORS_DEFAULT, CONTRIBUTORS_MAX, INSIGHT_RULES, RULES_LISTED, SPANS_KEPT } from '../limits.ts';
import { type InsightRuleRow, insightRules } from '../state.ts';

export const putInsightRule: Handler<'cloudwatch', 'PutInsightRule'> = (input, ctx) => {
  const { RuleName: name, RuleDefinition: definition, RuleState: state = 'ENABLED' } = input;
  checkDefinition(definition);
  if (state !== 'ENABLED' && state !== 'DISABLED') throw invalidValue('RuleState must be ENABLED or DISABLED');
  const before = ctx.store.get(insightRules, { name });
  if (before?.managed !== undefined) throw managedRule(name);
  if (before === undefined && ctx.store.count(insightRules) >= ctx.quota(INSIGHT_RULES)) throw tooManyRules();
  const tags = before?.tags ?? Object.fromEntries((input.Tags ?? []).map(({ Key, Value }) => [Key, Value]));
  const row = { name, state: before?.state ?? 'DISABLED', definition, spans: before?.spans ?? [], tags };
  ctx.store.put(insightRules, switched(row, state, ctx));
  return {};
};

/** A rule counts while it is enabled. */
function switched(row: InsightRuleRow, state: InsightRuleRow['state'], { now }: Ctx): InsightRuleRow {
  if (row.state === state) return row;
  const spans =
    state === 'ENABLED' ? [...row.spans, { from: now }] : row.spans.map(({ from, to }) => ({ from, to: to ?? now }));
  return { ...row, state, spans: spans.slice(-SPANS_KEPT) };
}

type Failures = OutputOf<'cloudwatch', 'DeleteInsightRules'>;

function failureOf(FailureResource: string, { code, message }: ServiceError, FailureCode: string) {
  return { FailureResource, ExceptionType: code, FailureCode, FailureDescription: message };
}

/** Does it to each of the rules that are there; the others, and those that a service manages, are failures. */
function eachRule(names: readonly string[], ctx: Ctx, change: (row: InsightRuleRow) => void): Failures {
  const Failures = names.flatMap((name) => {
    const row = ctx.store.get(insightRules, { name });
    if (row === undefined) return [failureOf(name, noRule(name), '404')];
    if (row.managed !== undefined) return [failureOf(name, managedRule(name), '400')];
    change(row);
    return [];
  });
  return { Failures };
}

export const deleteInsightRules: Handler<'cloudwatch', 'DeleteInsightRules'> = ({ RuleNames }, ctx) =>
  eachRule(RuleNames, ctx, ({ name }) => ctx.store.delete(insightRules, { name }));
export const enableInsightRules: Handler<'cloudwatch', 'EnableInsightRules'> = ({ RuleNames }, ctx) =>
  eachRule(RuleNames, ctx, (row) => ctx.store.put(insightRules, switched(row, 'ENABLED', ctx)));
export const disableInsightRules: Handler<'cloudwatch', 'DisableInsightRules'> = ({ RuleNames }, ctx) =>
  eachRule(RuleNames, ctx, (row) => ctx.store.put(insightRules, switched(row, 'DISABLED', ctx)));

export const describeInsightRules: Handler<'cloudwatch', 'DescribeInsightRules'> = (input, ctx) => {
  const { MaxResults: limit = RULES_LISTED } = input;
  const name = readToken('rules', input.NextToken);
  const rows = ctx.store.list(insightRules, { after: name === undefined ? undefined : { name }, limit: limit + 1 });
  const page = rows.slice(0, limit);
  return {
    InsightRules: page.map(({ name, state, definition, managed }) => ({
      Name: name,
      State: state,
      // Source: AWS CLI, example of describe-insight-rules; the API Reference has JSON here.
      Schema: schemaText(managed === undefined ? LOG_SCHEMA : SERVICE_SCHEMA),
      Definition: definition,
      ManagedRule: managed !== undefined,
    })),
    NextToken: nextToken('rules', rows.length > limit ? page.at(-1)?.name : undefined),
  };
};

const schemaText = ({ Name, Version }: typeof LOG_SCHEMA): string => `${Name}/${Version}`;

/** Deviation: what labels the keys of managed rules have is not documented; here the names of the attributes. */
function keysAndKind({ definition, managed }: InsightRuleRow): { keys: string[]; aggregateOn: 'Count' | 'Sum' } {
  return managed === undefined ? parseDefinition(definition) : { keys: managed.labels, aggregateOn: 'Sum' };
}

export const getInsightRuleReport: Handler<'cloudwatch', 'GetInsightRuleReport'> = async (input, ctx) => {
  const [from, to] = [Number(input.StartTime), Number(input.EndTime)];
  const { MaxContributorCount: count = CONTRIBUTORS_DEFAULT, OrderBy: orderBy = 'Sum', Metrics: metrics = [] } = input;
  const row = ctx.store.get(insightRules, { name: input.RuleName });
  if (row === undefined) throw noRule(input.RuleName);
  if (from >= to) throw invalidValue('The value of StartTime must be before the value of EndTime.');
  if (input.Period % 60 !== 0) throw invalidValue('Period must be a multiple of 60');
  if (count < 1 || count > CONTRIBUTORS_MAX)
    throw invalidValue(`MaxContributorCount must be between 1 and ${CONTRIBUTORS_MAX}`);
  if (orderBy !== 'Sum' && orderBy !== 'Maximum') throw invalidValue('OrderBy must be Sum or Maximum');
  const unknown = metrics.find((metric) => !METRICS.includes(metric as Metric));
  if (unknown !== undefined) throw invalidValue(`Unknown metric: ${unknown}`);
  const { keys, aggregateOn } = keysAndKind(row);
  const report = await reportOf(row, { from, to }, input.Period * 1_000, ctx);
  return {
    KeyLabels: keys,
    AggregationStatistic: aggregateOn === 'Sum' ? 'Sum' : 'SampleCount',
    ...report.result(count, orderBy, metrics as Metric[]),
  };
};
