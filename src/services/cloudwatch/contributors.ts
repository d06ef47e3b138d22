/**
 * Alarms on several series: each of these, a contributor, is in ALARM or not, and acts for itself beside the alarm.
 *
 * @see CloudWatch User Guide, "Acting on alarm changes"; "Limits that apply to alarms based on Metrics Insights queries"
 */
import { sha256Hex } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { startContributorActions } from './actions.ts';
import { announceContributor } from './announce.ts';
import { note } from './domain/history.ts';
import { CONTRIBUTORS_IN_ALARM_MAX } from './limits.ts';
import { type AlarmRow, type ContributorRow, contributors, type StateValue } from './state.ts';

/** What was found of one series; `isAlarm` undefined leaves it as it is. */
export type Judged = {
  attributes: { readonly [key: string]: string };
  isAlarm: boolean | undefined;
  /** Why it is now as it is. */
  reason: string;
};

/** Where a series is known by. */
function idOf(attributes: { readonly [key: string]: string }): string {
  const sorted = Object.entries(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return sha256Hex(JSON.stringify(sorted)).slice(0, 16);
}

/**
 * Each series goes into ALARM or leaves it, and one that is not there any more leaves it. In a transaction.
 *
 * @returns the state of the whole, and why
 */
export function settleContributors(
  alarm: AlarmRow,
  judged: readonly Judged[],
  store: StoreView,
  ctx: Ctx,
): { state: StateValue; reason: string } {
  const before = new Map(store.list(contributors, { where: { alarm: alarm.name } }).map((row) => [row.id, row]));
  const found = judged.map(({ isAlarm, ...rest }) => {
    const id = idOf(rest.attributes);
    return { ...rest, id, isAlarm: isAlarm ?? before.has(id) };
  });
  const reasons = new Map(found.map(({ id, reason }) => [id, reason]));
  const breaching = new Set(found.flatMap(({ id, isAlarm }) => (isAlarm ? [id] : [])));
  for (const row of before.values())
    if (!breaching.has(row.id)) leave(alarm, row, reasons.get(row.id) ?? GONE, store, ctx);
  let count = [...before.keys()].filter((id) => breaching.has(id)).length;
  for (const { id, attributes, reason, isAlarm } of found) {
    if (!isAlarm || before.has(id)) continue;
    if (count >= CONTRIBUTORS_IN_ALARM_MAX) break;
    count += 1;
    const row = { alarm: alarm.name, id, attributes: { ...attributes }, reason, transitionedAt: ctx.now };
    store.put(contributors, row);
    tell(alarm, row, 'ALARM', store, ctx);
  }
  // Source: CloudWatch User Guide, "Limits that apply to alarms based on Metrics Insights queries".
  const many = breaching.size > CONTRIBUTORS_IN_ALARM_MAX;
  const counted = many ? `${CONTRIBUTORS_IN_ALARM_MAX}+` : `${breaching.size} out of ${found.length}`;
  return { state: breaching.size > 0 ? 'ALARM' : 'OK', reason: `${counted} time series evaluated to ALARM` };
}

/** Deviation: AWS does not say how it words this. */
const GONE = 'The time series is no longer there.';

function leave(alarm: AlarmRow, row: ContributorRow, reason: string, store: StoreView, ctx: Ctx): void {
  store.delete(contributors, row);
  tell(alarm, { ...row, reason, transitionedAt: ctx.now }, 'OK', store, ctx);
}

/** A contributor has changed. */
function tell(alarm: AlarmRow, row: ContributorRow, state: 'ALARM' | 'OK', store: StoreView, ctx: Ctx): void {
  const { id, attributes, reason } = row;
  const change = { contributor: { id, attributes }, old: state === 'ALARM' ? 'OK' : 'ALARM', state, reason } as const;
  const data = {
    version: '1.0',
    oldState: { stateValue: change.old },
    newState: { stateValue: state, stateReason: reason },
  };
  const summary = `Alarm contributor updated from ${change.old} to ${state}`;
  note(alarm, 'AlarmContributorStateUpdate', summary, data, store, ctx, change.contributor);
  announceContributor(alarm, change, ctx);
  startContributorActions(alarm, change, ctx);
}

/** An alarm is gone, or looks at something else. In a transaction. */
export function forgetContributors(alarm: string, store: StoreView): void {
  for (const row of store.list(contributors, { where: { alarm } })) store.delete(contributors, row);
}
