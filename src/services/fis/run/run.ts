/**
 * Carrying an experiment out. Its state says where it is, so that it goes on after a crash: each step is a transaction that sets or lifts faults together
 * with what the experiment says of them, and the rules themselves end when their action does, whoever is late.
 */
import { isoSeconds } from '#kernel/base';
import type { Acting, Ctx, TaskHandler, TimerHandler } from '#kernel/contract';
import { alarmState } from '#services/cloudwatch/port';
import { due } from '../domain/order.ts';
import { BATCH } from '../limits.ts';
import { type AccountRow, type ExperimentRow, experiments, levers, logRecords, resolved, tokens } from '../state.ts';
import { endAction, enter, fail, finish, setAction, stop } from './change.ts';
import { type Deed, prepare } from './deeds.ts';
import { Failed, failing } from './failed.ts';
import { openLog } from './log.ts';
import { note } from './note.ts';
import { checkCounts, type Resolved, type Roles, resolve } from './resolve.ts';
import type { Scene } from './scene.ts';

export const HALTED = 'Experiment halted by stop condition.';

/** Brings an experiment as far as it can go now. */
export const run: TaskHandler = async (payload, ctx) => {
  const id = String(payload.id);
  const now = (): ExperimentRow | undefined => ctx.store.get(experiments, { id });
  const starting = now();
  if (starting?.status === 'initiating') await failingWith(id, ctx, () => initiate(starting, ctx));
  for (let row = now(); row?.status === 'running' && (await goOn(row, ctx)); row = now());
  change(id, 'stopping', ctx, (row, scene) =>
    finish(row, 'stopped', row.reason.replace('Stopping Experiment', 'Experiment stopped'), scene),
  );
};

/** An action's faults are over. */
export const wake: TimerHandler = ({ id }, ctx) => ctx.start('run', String(id), { id });

/** What an experiment that is long over has left behind goes, a batch at a time. */
export const forget: TimerHandler = (payload, ctx) => {
  const experiment = String(payload.id);
  const rows = ctx.store.list(resolved, { where: { experiment }, limit: BATCH });
  for (const row of rows) ctx.store.delete(resolved, row);
  const records = ctx.store.list(logRecords, { where: { experiment }, limit: BATCH });
  for (const row of records) ctx.store.delete(logRecords, row);
  if (rows.length + records.length === 0) ctx.store.delete(experiments, { id: experiment });
  else ctx.arm('forget', experiment, ctx.now + 1, payload);
};

export const forgetToken: TimerHandler = ({ operation, token }, ctx) => {
  ctx.store.delete(tokens, { operation: String(operation), token: String(token) });
};

type Change = (row: ExperimentRow, scene: Scene) => void;

/** Changes the experiment, where it is still in the state that it was thought to be in. */
function change(id: string, status: ExperimentRow['status'], ctx: Ctx, apply: Change): void {
  ctx.transact((store) => {
    const row = store.get(experiments, { id });
    if (row?.status === status) apply(row, { ctx, store, now: ctx.clock() });
  });
}

/** What keeps the experiment, or one of its actions, from going on is how it ends. */
async function failingWith(id: string, ctx: Ctx, work: () => Promise<void>, action?: string): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    for (const status of ['initiating', 'running'] as const)
      change(id, status, ctx, (row, scene) => fail(row, error.why, action, scene));
    return false;
  }
}

/** Everything that is needed is looked for, before anything is done. */
async function initiate(row: ExperimentRow, ctx: Ctx): Promise<void> {
  const { id } = row;
  if (ctx.store.get(levers, { id: 'default' })?.status === 'engaged') {
    change(id, 'initiating', ctx, cancel);
    return;
  }
  const roles = await rolesOf(row, ctx);
  await openLog(row, roles.own, ctx);
  const begun = { experiment_template_id: row.templateId, experiment_start_time: isoSeconds(row.startedAt) };
  change(id, 'initiating', ctx, (now, scene) =>
    scene.store.put(experiments, note(now, 'experiment-start', begun, scene)),
  );
  if (isHalted(row, ctx)) {
    change(id, 'initiating', ctx, (now, scene) => void stop(now, HALTED, scene));
    return;
  }
  const found = new Map<string, Resolved>();
  for (const target of Object.keys(row.targets)) found.set(target, await resolveNoting(row, target, roles, ctx));
  checkCounts(row, found, ctx);
  change(id, 'initiating', ctx, (now, scene) => begin(now, found, scene));
}

/** Finds a target's resources; the log says that it begins, and that it fails. */
async function resolveNoting(row: ExperimentRow, target: string, roles: Roles, ctx: Ctx): Promise<Resolved> {
  const tell = (type: Parameters<typeof note>[1], details: object) =>
    change(row.id, 'initiating', ctx, (now, scene) => {
      scene.store.put(experiments, note(now, type, { target_name: target, ...details }, scene));
    });
  tell('target-resolution-start', { target_resolution_start_time: isoSeconds(ctx.clock()) });
  try {
    return await resolve(row, target, roles, ctx);
  } catch (error) {
    if (error instanceof Failed)
      tell('target-resolution-detail', {
        target_resolution_end_time: isoSeconds(ctx.clock()),
        target_type: row.targets[target]?.resourceType,
        account_id: error.why.accountId,
        resolved_targets_count: 0,
        status: 'failed',
        error_information: error.why.reason,
      });
    throw error;
  }
}

/** Source: FIS User Guide, "Safety levers": one that is started while the lever is engaged is cancelled. */
function cancel(row: ExperimentRow, scene: Scene): void {
  const states = Object.keys(row.states).map((name) => [
    name,
    { status: 'cancelled', reason: 'Action was cancelled.' },
  ]);
  finish(
    { ...row, states: Object.fromEntries(states) },
    'cancelled',
    'Experiment cancelled: the safety lever is engaged.',
    scene,
  );
}

/** @throws {Failed} when an alarm of a stop condition isn't there */
function isHalted({ stopConditions }: ExperimentRow, ctx: Ctx): boolean {
  return stopConditions.some(({ value }) => {
    if (value === undefined) return false;
    const state = alarmState(ctx.store, value);
    if (state === undefined)
      throw new Failed(
        'ConfigurationFailure',
        `Stop condition alarm ${value} does not exist.`,
        'stopConditions',
        ctx.account,
      );
    return state === 'ALARM';
  });
}

/** The targets are found: the experiment runs, without the actions that have nothing to act on. */
function begin(row: ExperimentRow, found: ReadonlyMap<string, Resolved>, scene: Scene): void {
  let begun = row;
  const end = isoSeconds(scene.now);
  for (const [target, { rows, counts }] of found) {
    for (const one of rows) scene.store.put(resolved, one);
    const named = {
      target_resolution_end_time: end,
      target_name: target,
      target_type: row.targets[target]?.resourceType,
    };
    for (const { account, count } of counts)
      begun = note(
        begun,
        'target-resolution-detail',
        { ...named, account_id: account, resolved_targets_count: count, status: 'completed' },
        scene,
      );
    const arns = rows.map(({ arn }) => ((row.log?.logSchemaVersion ?? 2) < 2 ? arn : { arn }));
    begun = note(begun, 'target-resolution-end', { ...named, resolved_targets: arns, page: 1, total_pages: 1 }, scene);
  }
  for (const [name, { targets = {} }] of Object.entries(row.actions)) {
    const isEmpty = Object.values(targets).some((target) => found.get(target)?.rows.length === 0);
    if (isEmpty || row.actionsMode === 'skip-all')
      begun = setAction(begun, name, {
        status: 'skipped',
        reason: isEmpty ? 'Action was skipped: no targets were resolved.' : 'Action was skipped.',
      });
  }
  enter(begun, 'running', 'Experiment is running.', scene);
}

/** Ends what is over and begins what is due. True when that may have made more due. */
async function goOn({ id }: ExperimentRow, ctx: Ctx): Promise<boolean> {
  change(id, 'running', ctx, endDue);
  const row = ctx.store.get(experiments, { id });
  if (row?.status !== 'running') return false;
  const names = due(row.actions, row.states);
  if (names.length === 0) {
    change(id, 'running', ctx, restOrEnd);
    return false;
  }
  const deeds = new Map<string, Deed>();
  let roles: Roles | undefined;
  for (const name of names) {
    const isPrepared = await failingWith(
      id,
      ctx,
      async () => {
        roles ??= await rolesOf(row, ctx);
        deeds.set(name, await prepare(row, name, roles, ctx));
      },
      name,
    );
    if (!isPrepared) return false;
  }
  change(id, 'running', ctx, (now, scene) => beginActions(now, deeds, scene));
  return true;
}

function endDue(row: ExperimentRow, scene: Scene): void {
  let ended = row;
  for (const [name, { status, endsAt }] of Object.entries(row.states))
    if (status === 'running' && endsAt !== undefined && endsAt <= scene.now)
      ended = endAction(ended, name, 'completed', 'Action was completed.', scene);
  if (ended !== row) scene.store.put(experiments, ended);
}

/** Actions that begin together begin at once: one of them may darken the Region that others need to begin. */
function beginActions(row: ExperimentRow, deeds: ReadonlyMap<string, Deed>, scene: Scene): void {
  const { ctx, store, now } = scene;
  let begun = row;
  for (const [name, { rules, point, lasts }] of deeds) {
    const { actionId, parameters, targets } = row.actions[name] ?? {};
    const named = { action_name: name, action_id: actionId, action_start_time: isoSeconds(now) };
    begun = note(
      begun,
      'action-start',
      {
        ...named,
        ...(parameters !== undefined && { parameters }),
        ...(targets !== undefined && { action_targets: targets }),
      },
      scene,
    );
    const endsAt = now + (lasts ?? 0);
    const ids = rules.map((_, index) => `${row.id} ${name} ${index}`);
    const isSet = rules.every((rule, index) => ctx.faults.put({ ...rule, id: ids[index] ?? '', until: endsAt }));
    begun = setAction(begun, name, {
      status: 'running',
      reason: 'Action is running.',
      startedAt: now,
      endsAt,
      ...(ids.length > 0 && { rules: ids }),
      ...(point !== undefined && { point }),
    });
    if (!isSet) {
      const reason = 'There are as many faults in force as there may be.';
      fail(
        begun,
        { code: 'QuotaExceededFailure', location: `actions.${name}`, accountId: ctx.account, reason },
        name,
        scene,
      );
      return;
    }
  }
  store.put(experiments, begun);
}

/** Waits for the next action to end, or is done. */
function restOrEnd(row: ExperimentRow, scene: Scene): void {
  const ends = Object.values(row.states).flatMap(({ status, endsAt }) =>
    status === 'running' ? [endsAt ?? scene.now] : [],
  );
  if (ends.length > 0) scene.ctx.arm('wake', row.id, Math.min(...ends), { id: row.id });
  else finish(row, 'completed', 'Experiment completed.', scene);
}

/** The experiment's role in each account that it is about. @throws {Failed} */
async function rolesOf(row: ExperimentRow, ctx: Ctx): Promise<Roles> {
  const own = await ownRole(row, ctx);
  if (row.accountTargeting === 'single-account') return { own, accounts: new Map([[ctx.account, own]]) };
  const accounts = new Map<string, Acting>();
  for (const account of Object.values(row.accounts))
    accounts.set(account.accountId, await roleThere(account, own, row, ctx));
  return { own, accounts };
}

function ownRole(row: ExperimentRow, ctx: Ctx): Promise<Acting> {
  const place = { location: 'roleArn', account: ctx.account };
  return failing({ doing: 'Unable to assume role', ...place }, () => ctx.actAs(row.roleArn, row.id));
}

/** Source: FIS User Guide, "Prerequisites for multi-account experiments": the experiment's role assumes the other accounts' roles. */
function roleThere({ accountId, roleArn }: AccountRow, own: Acting, row: ExperimentRow, ctx: Ctx): Promise<Acting> {
  const place = { location: 'targetAccountConfigurations', account: accountId };
  return failing({ doing: 'Unable to assume role', ...place }, async () => {
    const { Credentials } = await own.aws().sts.AssumeRole({
      RoleArn: roleArn,
      RoleSessionName: row.id,
      ExternalId: row.arn,
    });
    const acting = ctx.actWith(Credentials?.AccessKeyId ?? '');
    if (acting === undefined)
      throw new Failed('AuthorizationFailure', `Unable to assume role ${roleArn}.`, place.location, accountId);
    return acting;
  });
}
