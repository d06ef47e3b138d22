/** Insights of trails: switched on and off, shown. */
import type { Handler } from '#kernel/contract';
import { badCombination, badInsights, noInsights, unbuilt } from '../errors.ts';
import { callRates, type InsightType, type TrailRow, trails } from '../state.ts';
import { findTrail } from './trail.ts';

function nameOf({ TrailName, EventDataStore }: { TrailName?: string; EventDataStore?: string }): string {
  if (TrailName !== undefined && EventDataStore !== undefined)
    throw badCombination('TrailName and EventDataStore cannot be specified together.');
  if (EventDataStore !== undefined) throw unbuilt('CloudTrail Lake');
  if (TrailName === undefined) throw badCombination('TrailName or EventDataStore must be specified.');
  return TrailName;
}

const shown = ({ arn, insights }: TrailRow) => ({
  TrailARN: arn,
  InsightSelectors: (insights?.types ?? []).map((InsightType) => ({
    InsightType,
    EventCategories: ['Management' as const],
  })),
});

export const putInsightSelectors: Handler<'cloudtrail', 'PutInsightSelectors'> = (input, ctx) => {
  const { insights: before, ...row } = findTrail(nameOf(input), ctx);
  const types = new Set<InsightType>();
  for (const { InsightType: type, EventCategories: categories = ['Management'] } of input.InsightSelectors) {
    if (type === undefined) throw badInsights('An Insights selector must have an InsightType.');
    if (categories.includes('Data')) throw unbuilt('Insights of data events');
    types.add(type);
  }
  const next: TrailRow = {
    ...row,
    ...(types.size > 0 && { insights: { types: [...types], since: before?.since ?? ctx.now } }),
  };
  ctx.store.put(trails, next);
  if (types.size === 0)
    for (const rate of ctx.store.list(callRates, { where: { trail: row.arn } })) ctx.store.delete(callRates, rate);
  return shown(next);
};

export const getInsightSelectors: Handler<'cloudtrail', 'GetInsightSelectors'> = (input, ctx) => {
  const row = findTrail(nameOf(input), ctx);
  if (row.insights === undefined) throw noInsights(row.arn);
  return shown(row);
};
