/** Experiments: started from a template, and carried out by themselves (run/). */
import type { EventHandler, Handler } from '#kernel/contract';
import { showExperiment, showExperimentSummary } from '../domain/describe.ts';
import { arnOf, findExperiment, findTemplate, madeBefore, newId, remember } from '../domain/find.ts';
import { pageOf } from '../domain/page.ts';
import { invalid, quotaExceeded } from '../errors.ts';
import { ACTIVE_EXPERIMENTS_MAX } from '../limits.ts';
import { enter, stop } from '../run/change.ts';
import { HALTED } from '../run/run.ts';
import { type ExperimentRow, experiments, resolved, watched } from '../state.ts';

export const startExperiment: Handler<'fis', 'StartExperiment'> = (input, ctx) => {
  const template = findTemplate(input.experimentTemplateId, ctx.store);
  const before = madeBefore('StartExperiment', input, ctx);
  const existing = before === undefined ? undefined : ctx.store.get(experiments, { id: before });
  if (existing !== undefined) return { experiment: showExperiment(existing) };
  if (template.accountTargeting === 'multi-account' && Object.keys(template.accounts).length === 0)
    throw invalid(`Experiment template ${template.id} has no target account configurations.`);
  const active = ctx.store.count(experiments, { index: 'byActive', where: { active: 'yes' } });
  if (active >= ACTIVE_EXPERIMENTS_MAX)
    throw quotaExceeded(`An account can have at most ${ACTIVE_EXPERIMENTS_MAX} active experiments.`);
  const { arn: _, description: __, createdAt: ___, updatedAt: ____, id: templateId, ...plan } = template;
  const id = newId('EXP', ctx);
  const states = Object.keys(plan.actions).map((name) => [name, { status: 'pending', reason: 'Initial state' }]);
  const row: ExperimentRow = {
    ...plan,
    id,
    arn: arnOf('experiment', id, ctx),
    templateId,
    status: 'pending',
    reason: 'Experiment is pending.',
    active: 'yes',
    actionsMode: input.experimentOptions?.actionsMode ?? 'run-all',
    tags: input.tags ?? {},
    states: Object.fromEntries(states),
    createdAt: ctx.now,
    startedAt: ctx.now,
    logged: 0,
  };
  const started = enter(row, 'initiating', 'Experiment is initiating.', { ctx, store: ctx.store, now: ctx.now });
  for (const { value } of row.stopConditions)
    if (value !== undefined) ctx.store.put(watched, { arn: value, experiment: id });
  remember('StartExperiment', input, id, ctx);
  ctx.start('run', id, { id });
  return { experiment: showExperiment(started) };
};

export const stopExperiment: Handler<'fis', 'StopExperiment'> = ({ id }, ctx) => {
  const row = findExperiment(id, ctx.store);
  if (row.active === undefined) throw invalid(`Experiment ${id} has ended: it is ${row.status}.`);
  const scene = { ctx, store: ctx.store, now: ctx.now };
  // What its actions have come to is told from the next look on. Source: AWS CLI, example of `stop-experiment`.
  return { experiment: showExperiment({ ...stop(row, 'Stopping Experiment.', scene), states: row.states }) };
};

/** An alarm of CloudWatch has gone off: it may be a stop condition. */
export const alarmRaised: EventHandler = ({ arn }, ctx) => {
  for (const { experiment: id } of ctx.store.list(watched, { where: { arn: String(arn) } }))
    stop(findExperiment(id, ctx.store), HALTED, { ctx, store: ctx.store, now: ctx.now });
};

export const getExperiment: Handler<'fis', 'GetExperiment'> = ({ id }, ctx) => ({
  experiment: showExperiment(findExperiment(id, ctx.store)),
});

export const listExperiments: Handler<'fis', 'ListExperiments'> = (input, ctx) => {
  const { experimentTemplateId: templateId } = input;
  const within = templateId === undefined ? {} : { index: 'byTemplate', where: { templateId } };
  const { page, rest } = pageOf(
    input,
    (id, limit) => ctx.store.list(experiments, { ...within, ...(id !== undefined && { after: { id } }), limit }),
    ({ id }) => id,
  );
  return { experiments: page.map(showExperimentSummary), ...rest };
};

/** Deviation: what AWS says of a target besides its type and name is recorded nowhere; here it is the ARN, as in logs. */
export const listExperimentResolvedTargets: Handler<'fis', 'ListExperimentResolvedTargets'> = (input, ctx) => {
  const { id: experiment } = findExperiment(input.experimentId, ctx.store);
  const where = { experiment, ...(input.targetName !== undefined && { target: input.targetName }) };
  const { page, rest } = pageOf(
    input,
    (key, limit) => {
      const [target = '', arn = ''] = key?.split(' ') ?? [];
      const after = input.targetName === undefined ? { target, arn } : { arn };
      return ctx.store.list(resolved, { where, ...(key !== undefined && { after }), limit });
    },
    ({ target, arn }) => `${target} ${arn}`,
  );
  return {
    resolvedTargets: page.map(({ type, target, arn }) => ({
      resourceType: type,
      targetName: target,
      targetInformation: { arn },
    })),
    ...rest,
  };
};
