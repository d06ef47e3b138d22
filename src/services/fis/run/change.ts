/** An experiment's way from one state to the next. Everything here happens in a transaction, and what it does to faults with it. */
import { isoSeconds } from '#kernel/base';
import type { ExperimentStatus } from '#models/fis';
import { minutesOf } from '../domain/describe.ts';
import { RETENTION } from '../limits.ts';
import { type ActionState, type ExperimentRow, experiments, type Failure, levers, watched } from '../state.ts';
import { note } from './note.ts';
import type { Scene } from './scene.ts';

/** Puts the experiment into another state, and tells EventBridge. Source: FIS User Guide, "Monitor AWS FIS experiments using Amazon EventBridge". */
export function enter(
  row: ExperimentRow,
  status: ExperimentStatus,
  reason: string,
  { ctx, store }: Scene,
): ExperimentRow {
  const changed = { ...row, status, reason };
  store.put(experiments, changed);
  ctx.announce(
    'FIS Experiment State Change',
    {
      'experiment-id': row.id,
      'experiment-template-id': row.templateId,
      'new-state': { status, reason },
      'old-state': { status: row.status, reason: row.reason },
    },
    [row.arn],
  );
  return changed;
}

/** Ends an experiment that goes on: its faults are lifted at once. */
export function stop(row: ExperimentRow, reason: string, scene: Scene): ExperimentRow {
  if (row.status !== 'initiating' && row.status !== 'running') return row;
  const stopping = enter(endActions(row, scene), 'stopping', reason, scene);
  scene.ctx.start('run', row.id, { id: row.id });
  return stopping;
}

/** What failed fails the experiment; what else goes on is stopped. */
export function fail(
  row: ExperimentRow,
  { reason, ...failure }: Failure & { reason: string },
  action: string | undefined,
  scene: Scene,
): void {
  const { now } = scene;
  let failed = row;
  if (action !== undefined) {
    const state = { status: 'failed' as const, reason, endedAt: now };
    failed = setAction(row, action, { startedAt: now, ...row.states[action], ...state });
    const named = { action_name: action, action_id: row.actions[action]?.actionId };
    failed = note(
      failed,
      'action-error',
      { ...named, account_id: failure.accountId, action_state: { status: 'failed', reason } },
      scene,
    );
  }
  finish({ ...endActions(failed, scene), failure }, 'failed', reason, scene);
}

/** The experiment is over, in a state that is its last. */
export function finish(row: ExperimentRow, status: ExperimentStatus, reason: string, scene: Scene): void {
  const { ctx, store, now } = scene;
  const { active: _, ...rest } = row;
  const ended = { experiment_end_time: isoSeconds(now), experiment_state: { status, reason } };
  enter(note({ ...rest, endedAt: now }, 'experiment-end', ended, scene), status, reason, scene);
  for (const { value } of row.stopConditions)
    if (value !== undefined) store.delete(watched, { arn: value, experiment: row.id });
  ctx.disarm('wake', row.id);
  ctx.arm('forget', row.id, now + RETENTION, { id: row.id });
  const lever = store.get(levers, { id: 'default' });
  const isLast = store.first(experiments, { index: 'byActive', where: { active: 'yes' } }) === undefined;
  if (lever?.status === 'engaging' && isLast) store.put(levers, { ...lever, status: 'engaged' });
}

/** Lifts an action's faults; it is over. */
export function endAction(
  row: ExperimentRow,
  name: string,
  status: 'completed' | 'stopped',
  reason: string,
  scene: Scene,
): ExperimentRow {
  const { ctx, now } = scene;
  const { rules = [], point, endsAt: _, ...state } = row.states[name] ?? { status: 'pending', reason: '' };
  for (const id of rules) ctx.faults.remove(id);
  if (point !== undefined) ctx.emit('fis.ended', { point: point.name, resources: point.resources });
  ctx.use('ActionMinutes', minutesOf(state.startedAt ?? now, now));
  const ended = setAction(row, name, { ...state, status, reason, endedAt: now });
  const details = {
    action_name: name,
    action_id: row.actions[name]?.actionId,
    action_end_time: isoSeconds(now),
    action_state: { status, reason },
  };
  return note(ended, 'action-end', details, scene);
}

/** Stops the actions that run, and cancels those that wait. */
function endActions(row: ExperimentRow, scene: Scene): ExperimentRow {
  let ended = row;
  for (const [name, { status }] of Object.entries(row.states)) {
    if (status === 'running') ended = endAction(ended, name, 'stopped', 'Action was stopped.', scene);
    if (status === 'pending') ended = setAction(ended, name, { status: 'cancelled', reason: 'Action was cancelled.' });
  }
  return ended;
}

/** The experiment with one of its actions in another state; not stored yet. */
export function setAction(row: ExperimentRow, name: string, state: ActionState): ExperimentRow {
  return { ...row, states: { ...row.states, [name]: state } };
}
