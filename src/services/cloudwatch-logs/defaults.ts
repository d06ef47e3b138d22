/**
 * Default values of metric filters: one for each minute in which events came and none matched, once the minute is over.
 *
 * @see User Guide, "Creating metrics from log events using filters"
 */
import { MINUTE } from '#kernel/base';
import type { Ctx, TimerHandler } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import type { FilterMinute } from './domain/filters.ts';
import { SWEEP_BATCH } from './limits.ts';
import { filterMinutes, metricFilters } from './state.ts';

/** Remembers of each minute whether something matched, until the present one is over. In a transaction. */
export function noteMinutes(group: string, minutes: readonly FilterMinute[], store: StoreView, ctx: Ctx): void {
  for (const minute of minutes) {
    const row = { group, ...minute };
    const known = store.get(filterMinutes, row);
    if (known === undefined || (minute.isMatched && !known.isMatched)) store.put(filterMinutes, row);
  }
  const end = ctx.now - (ctx.now % MINUTE) + MINUTE;
  if (minutes.length > 0) ctx.arm('tellDefaults', `${group} ${end}`, end, { group });
}

/** Publishes the defaults of minutes that are over, a bounded part at a time. */
export const tellDefaults: TimerHandler = (payload, ctx) => {
  const group = String(payload.group);
  const rows = ctx.store.list(filterMinutes, { where: { group }, limit: SWEEP_BATCH });
  for (const row of rows) {
    ctx.store.delete(filterMinutes, row);
    const filter = ctx.store.get(metricFilters, { group, name: row.filter });
    if (row.isMatched || filter?.default === undefined) continue;
    const { namespace, metric, unit, default: value } = filter;
    ctx.publishKept([{ namespace, metric, dimensions: {}, value, unit, at: row.at }]);
  }
  if (rows.length === SWEEP_BATCH) ctx.arm('tellDefaults', `${group} more ${ctx.now}`, ctx.now + 1, payload);
};
