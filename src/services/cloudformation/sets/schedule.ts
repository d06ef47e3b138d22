/**
 * In which order an operation on a stack set reaches its accounts and Regions, and when it goes no further.
 * Source: CloudFormation User Guide, "StackSets concepts", "Concurrency Mode parameter".
 */
import type { Preferences, UnitRow } from './state.ts';

export type Step = Pick<UnitRow, 'order' | 'region' | 'status'>;
export type Plan = {
  /** What may be begun now. */
  begin: number[];
  /** What will not be done: too much has failed before it. */
  cancel: number[];
  /** Whether more has failed in a Region than the operation tolerates. */
  isFailed: boolean;
};

/** What comes next of the units of an operation, each named by its `order`. */
export function next(units: readonly Step[], regions: readonly string[], preferences: Preferences): Plan {
  const plan: Plan = { begin: [], cancel: [], isFailed: false };
  const isParallel = preferences.RegionConcurrencyType === 'PARALLEL';
  let mayBegin = true;
  for (const region of regions) {
    const here = units.filter((unit) => unit.region === region);
    const pending = here.filter(({ status }) => status === 'PENDING').map(({ order }) => order);
    const running = here.filter(({ status }) => status === 'RUNNING').length;
    const failures = here.filter(({ status }) => status === 'FAILED').length;
    const tolerated = toleratedOf(preferences, here.length);
    // Where one Region fails, those after it are not tried; side by side, each fails for itself.
    if (failures > tolerated || (plan.isFailed && !isParallel)) {
      plan.isFailed = true;
      plan.cancel.push(...pending);
    } else if (mayBegin) {
      const most = concurrentOf(preferences, here.length);
      const isSoft = preferences.ConcurrencyMode === 'SOFT_FAILURE_TOLERANCE';
      const atATime = isSoft ? most : Math.min(most, tolerated + 1 - failures);
      plan.begin.push(...pending.slice(0, Math.max(0, atATime - running)));
    }
    if (!isParallel && running + pending.length > 0) mayBegin = false;
  }
  return plan;
}

/** Accounts of a Region that may fail. */
function toleratedOf({ FailureToleranceCount: count, FailureTolerancePercentage: part }: Preferences, all: number) {
  return count ?? Math.floor(((part ?? 0) * all) / 100);
}

/** Accounts of a Region that are worked on at a time. */
function concurrentOf({ MaxConcurrentCount: count, MaxConcurrentPercentage: part }: Preferences, all: number) {
  return count ?? (part === undefined ? 1 : Math.max(1, Math.floor((part * all) / 100)));
}
