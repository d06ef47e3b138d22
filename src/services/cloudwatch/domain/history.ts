/** What happened to alarms. */
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { HISTORY_KEPT } from '../limits.ts';
import { type AlarmRow, alarmHistory, type Contributor, type HistoryRow } from '../state.ts';

const SWEEP_BATCH = 10;

/** Notes it. In a transaction. @param contributor the one of the alarm's series that it happened to */
export function note(
  { name, kind }: AlarmRow,
  type: HistoryRow['type'],
  summary: string,
  data: object,
  store: StoreView,
  ctx: Ctx,
  contributor?: Contributor,
): void {
  const at = ctx.clock();
  const last = store.first(alarmHistory, { where: { name }, reverse: true });
  const sequence = last?.at === at ? last.sequence + 1 : 0;
  store.put(alarmHistory, {
    name,
    alarmType: kind,
    at,
    sequence,
    type,
    summary,
    data: JSON.stringify(data),
    ...(contributor !== undefined && { contributor }),
  });
  for (const old of store.list(alarmHistory, {
    where: { name },
    before: { at: at - HISTORY_KEPT },
    limit: SWEEP_BATCH,
  }))
    store.delete(alarmHistory, old);
}
