/** Labels of versions: each is on one version at a time; what was current becomes previous. */
import type { StoreView } from '#kernel/store';
import { type SecretRow, type VersionRow, versions } from '../state.ts';
import { CURRENT, PENDING, PREVIOUS, versionsOf } from './find.ts';

/** Moves labels to a version. In a transaction. Versions without any are forgotten when a new one comes. */
export function moveStages(secret: SecretRow, to: VersionRow, stages: readonly string[], store: StoreView): VersionRow {
  const moved = new Set(stages);
  for (const other of versionsOf(secret, store)) {
    if (other.id === to.id) continue;
    let left = other.stages.filter((stage) => !moved.has(stage));
    if (moved.has(CURRENT)) {
      if (other.stages.includes(CURRENT))
        left = [...left.filter((stage) => stage !== PREVIOUS && stage !== PENDING), PREVIOUS];
      else left = left.filter((stage) => stage !== PREVIOUS);
    }
    if (left.length !== other.stages.length || left.some((stage, index) => stage !== other.stages[index]))
      store.put(versions, { ...other, stages: left });
  }
  const kept = moved.has(CURRENT) ? to.stages.filter((stage) => stage !== PREVIOUS) : to.stages;
  const row = { ...to, stages: [...new Set([...kept, ...stages])] };
  store.put(versions, row);
  return row;
}

/** Versions that nothing points to, all but the newest so many. */
const DEPRECATED_KEPT = 100;

/** In a transaction. */
export function forgetDeprecated(secret: SecretRow, store: StoreView): void {
  const without = versionsOf(secret, store)
    .filter(({ stages }) => stages.length === 0)
    .toSorted((a, b) => b.createdAt - a.createdAt);
  for (const row of without.slice(DEPRECATED_KEPT)) store.delete(versions, row);
}
