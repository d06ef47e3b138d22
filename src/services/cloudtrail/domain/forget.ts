/** Data events are kept until all who want them have had them. */
import type { Millis } from '#kernel/base';
import { forgetData } from '#kernel/events';
import type { StoreView } from '#kernel/store';
import { REGIONS } from '#kernel/world';
import { eventDataStores } from '../lake-state.ts';
import { FILE_CALLS_MAX, FILE_EVERY, REDELIVERED_FOR } from '../limits.ts';
import { type Marks, trails } from '../state.ts';
import { GLOBAL_REGION, wantsData } from './select.ts';

/** Forgets those of a Region's data events that every trail and every event data store has had, but for the last minutes'. In a transaction. */
export function forgetDelivered(region: string, now: Millis, store: StoreView): void {
  const before = Math.min(now - FILE_EVERY, ...[...REGIONS.keys()].flatMap((home) => hadIn(home, region, store)));
  forgetData(store.in({ region }), Math.max(before, now - REDELIVERED_FOR), FILE_CALLS_MAX);
}

/** Up to when those at home in one Region have had another's. */
function hadIn(home: string, region: string, store: StoreView): Millis[] {
  const view = store.in({ region: home });
  const had = (marks: Marks, since: Millis) => marks[`${region}/data`]?.at ?? since;
  return [
    ...view
      .list(trails)
      .filter((row) => row.logging && wantsData(row) && reaches(row, home, region))
      .flatMap(({ told, filed, logged = told, startedAt = 0 }) =>
        [filed, logged].map((marks) => had(marks, startedAt)),
      ),
    ...view
      .list(eventDataStores)
      .filter((row) => row.status === 'ENABLED' && wantsData({ advanced: row.selectors }) && reaches(row, home, region))
      .map(({ taken, since }) => had(taken, since)),
  ];
}

/** At home, and where the calls of global services are, all are looked at. */
const reaches = ({ multiRegion }: { multiRegion: boolean }, home: string, region: string) =>
  multiRegion || home === region || region === GLOBAL_REGION;
