/** Labels of versions: each is on one version at a time; what was current becomes previous. */
import { DAY, type Millis } from '#kernel/base';
import type { StoreView } from '#kernel/store';
import { tooManyLabels } from '../errors.ts';
import { LABELS_MAX } from '../limits.ts';
import { type SecretRow, type VersionRow, versions } from '../state.ts';
import { CURRENT, PENDING, PREVIOUS, versionsOf } from './find.ts';

/**
 * Moves labels to a version. In a transaction. Versions without any are forgotten when a new one comes.
 *
 * @throws {ServiceError} LimitExceededException
 */
export function moveStages(secret: SecretRow, to: VersionRow, stages: readonly string[], store: StoreView): VersionRow {
  const moved = new Set(stages);
  const before = versionsOf(secret, store);
  const others = before
    .filter(({ id }) => id !== to.id)
    .map((other): VersionRow => ({ ...other, stages: leftOn(other, moved) }));
  const kept = moved.has(CURRENT) ? to.stages.filter((stage) => stage !== PREVIOUS) : to.stages;
  const row = { ...to, stages: [...new Set([...kept, ...stages])] };
  const labels = labelsOn([...others, row]);
  if (labels > LABELS_MAX && labels > labelsOn(before)) throw tooManyLabels();
  const old = new Map(before.map((version) => [version.id, version.stages.join()]));
  for (const version of others) if (version.stages.join() !== old.get(version.id)) store.put(versions, version);
  store.put(versions, row);
  return row;
}

const labelsOn = (rows: readonly VersionRow[]) => rows.reduce((sum, { stages }) => sum + stages.length, 0);

/** The labels that a version keeps when others go. */
function leftOn({ stages }: VersionRow, moved: ReadonlySet<string>): string[] {
  const left = stages.filter((stage) => !moved.has(stage));
  if (!moved.has(CURRENT)) return left;
  const without = left.filter((stage) => stage !== PREVIOUS);
  return stages.includes(CURRENT) ? [...without.filter((stage) => stage !== PENDING), PREVIOUS] : without;
}

/** In a transaction: the version of a rotation that is under way has no part in it any more. @returns whether there was one */
export function abandonPending(secret: SecretRow, store: StoreView): boolean {
  const pending = versionsOf(secret, store).find(({ stages }) => stages.includes(PENDING) && !stages.includes(CURRENT));
  if (pending === undefined) return false;
  store.put(versions, { ...pending, stages: pending.stages.filter((stage) => stage !== PENDING) });
  return true;
}

/** Versions that nothing points to, all but the newest so many and those of the last day. Source: Secrets Manager User Guide, "AWS Secrets Manager quotas". */
const DEPRECATED_KEPT = 100;
const DEPRECATED_FOR: Millis = DAY;

/** In a transaction. */
export function forgetDeprecated(secret: SecretRow, now: Millis, store: StoreView): void {
  const without = versionsOf(secret, store)
    .filter(({ stages }) => stages.length === 0)
    .toSorted((a, b) => b.createdAt - a.createdAt);
  for (const row of without.slice(DEPRECATED_KEPT))
    if (row.createdAt <= now - DEPRECATED_FOR) store.delete(versions, row);
}
