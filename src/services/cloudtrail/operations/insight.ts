/** Insights of trails: switched on and off, shown. */
import { type Handler, notBuilt } from '#kernel/contract';
import { badCombination, badInsights, noInsights } from '../errors.ts';
import { forgetRates } from '../insights.ts';
import { type InsightType, type TrailRow, trails } from '../state.ts';
import { findTrail } from './trail.ts';

function nameOf({ TrailName, EventDataStore }: { TrailName?: string; EventDataStore?: string }): string {
  if (TrailName !== undefined && EventDataStore !== undefined)
    throw badCombination('TrailName and EventDataStore cannot be specified together.');
  if (EventDataStore !== undefined) throw notBuilt('insights of event data stores (EventDataStore)');
  if (TrailName === undefined) throw badCombination('TrailName or EventDataStore must be specified.');
  return TrailName;
}

const TYPES: readonly InsightType[] = ['ApiCallRateInsight', 'ApiErrorRateInsight'];

function shown({ arn, insights }: TrailRow) {
  const { types = [], data = [] } = insights ?? {};
  return {
    TrailARN: arn,
    InsightSelectors: TYPES.filter((type) => types.includes(type) || data.includes(type)).map((InsightType) => ({
      InsightType,
      EventCategories: [
        ...(types.includes(InsightType) ? ['Management' as const] : []),
        ...(data.includes(InsightType) ? ['Data' as const] : []),
      ],
    })),
  };
}

export const putInsightSelectors: Handler<'cloudtrail', 'PutInsightSelectors'> = (input, ctx) => {
  const { insights: before, ...row } = findTrail(nameOf(input), ctx);
  const [management, data] = [new Set<InsightType>(), new Set<InsightType>()];
  for (const { InsightType: type, EventCategories: categories = ['Management'] } of input.InsightSelectors) {
    if (type === undefined) throw badInsights('An Insights selector must have an InsightType.');
    for (const category of categories) (category === 'Data' ? data : management).add(type);
  }
  const isOn = management.size + data.size > 0;
  const insights = { ...before, types: [...management], data: [...data], since: before?.since ?? ctx.now };
  const next: TrailRow = { ...row, ...(isOn && { insights }) };
  ctx.store.put(trails, next);
  if (!isOn) forgetRates(row.arn, ctx.store);
  return shown(next);
};

export const getInsightSelectors: Handler<'cloudtrail', 'GetInsightSelectors'> = (input, ctx) => {
  const row = findTrail(nameOf(input), ctx);
  if (row.insights === undefined) throw noInsights(row.arn);
  return shown(row);
};
