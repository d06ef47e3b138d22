/** Experiment templates. */
import { type Handler, notBuilt } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import type {
  CreateExperimentTemplateActionInputMap,
  CreateExperimentTemplateRequest,
  CreateExperimentTemplateTargetInputMap,
  ExperimentTemplateLogConfiguration,
  UpdateExperimentTemplateActionInputMap,
} from '#models/fis';
import { checkPlan } from '../domain/check.ts';
import { showTemplate, showTemplateSummary } from '../domain/describe.ts';
import { arnOf, findTemplate, madeBefore, newId, remember } from '../domain/find.ts';
import { pageOf } from '../domain/page.ts';
import { invalid, quotaExceeded } from '../errors.ts';
import { TEMPLATES_MAX } from '../limits.ts';
import { type ActionSpec, type TargetSpec, type TemplateRow, templates } from '../state.ts';

export const createExperimentTemplate: Handler<'fis', 'CreateExperimentTemplate'> = async (input, ctx) => {
  refuseReports(input);
  const id = newId('EXT', ctx);
  const row: TemplateRow = {
    ...planOf(input),
    accounts: {},
    id,
    arn: arnOf('experiment-template', id, ctx),
    description: input.description,
    tags: input.tags ?? {},
    createdAt: ctx.now,
    updatedAt: ctx.now,
  };
  await checkPlan(row, ctx);
  return ctx.transact((store) => {
    const before = madeBefore('CreateExperimentTemplate', input, ctx);
    const existing = before === undefined ? undefined : store.get(templates, { id: before });
    if (existing !== undefined) return { experimentTemplate: showTemplate(existing) };
    if (store.count(templates) >= TEMPLATES_MAX)
      throw quotaExceeded(`An account can have at most ${TEMPLATES_MAX} experiment templates.`);
    store.put(templates, row);
    remember('CreateExperimentTemplate', input, id, ctx);
    return { experimentTemplate: showTemplate(row) };
  });
};

export const updateExperimentTemplate: Handler<'fis', 'UpdateExperimentTemplate'> = async (input, ctx) => {
  const before = findTemplate(input.id, ctx.store);
  refuseReports(input);
  const { log: _, ...rest } = before;
  const log = input.logConfiguration === undefined ? before.log : logOf(input.logConfiguration);
  const changed: TemplateRow = {
    ...rest,
    ...(log !== undefined && { log }),
    ...(input.description !== undefined && { description: input.description }),
    ...(input.roleArn !== undefined && { roleArn: input.roleArn }),
    ...(input.stopConditions !== undefined && { stopConditions: input.stopConditions }),
    ...(input.targets !== undefined && { targets: targetsOf(input.targets) }),
    ...(input.actions !== undefined && { actions: actionsOf(input.actions, before.actions) }),
    emptyTargets: input.experimentOptions?.emptyTargetResolutionMode ?? before.emptyTargets,
    updatedAt: ctx.now,
  };
  await checkPlan(changed, ctx);
  ctx.transact((store) => putOver(before, changed, store));
  return { experimentTemplate: showTemplate(changed) };
};

export const getExperimentTemplate: Handler<'fis', 'GetExperimentTemplate'> = ({ id }, ctx) => ({
  experimentTemplate: showTemplate(findTemplate(id, ctx.store)),
});

export const deleteExperimentTemplate: Handler<'fis', 'DeleteExperimentTemplate'> = ({ id }, ctx) => {
  const row = findTemplate(id, ctx.store);
  ctx.store.delete(templates, { id });
  return { experimentTemplate: showTemplate(row) };
};

export const listExperimentTemplates: Handler<'fis', 'ListExperimentTemplates'> = (input, ctx) => {
  const { page, rest } = pageOf(
    input,
    (id, limit) => ctx.store.list(templates, { ...(id !== undefined && { after: { id } }), limit }),
    ({ id }) => id,
  );
  return { experimentTemplates: page.map(showTemplateSummary), ...rest };
};

function planOf(
  input: CreateExperimentTemplateRequest,
): Omit<TemplateRow, 'id' | 'arn' | 'description' | 'tags' | 'accounts' | 'createdAt' | 'updatedAt'> {
  const log = logOf(input.logConfiguration);
  return {
    roleArn: input.roleArn,
    targets: targetsOf(input.targets),
    actions: actionsOf(input.actions),
    stopConditions: input.stopConditions,
    ...(log !== undefined && { log }),
    accountTargeting: input.experimentOptions?.accountTargeting ?? 'single-account',
    emptyTargets: input.experimentOptions?.emptyTargetResolutionMode ?? 'fail',
  };
}

function targetsOf(given: CreateExperimentTemplateTargetInputMap = {}): { [name: string]: TargetSpec } {
  return given;
}

/** With what an action that is changed leaves out: what it does. */
function actionsOf(
  given: CreateExperimentTemplateActionInputMap | UpdateExperimentTemplateActionInputMap,
  before: { readonly [name: string]: ActionSpec } = {},
): { [name: string]: ActionSpec } {
  return Object.fromEntries(
    Object.entries(given).map(([name, action]) => {
      const actionId = action.actionId ?? before[name]?.actionId;
      if (actionId === undefined) throw invalid(`Missing actionId in action "${name}".`);
      return [name, { ...action, actionId }];
    }),
  );
}

/** An empty configuration is none. */
function logOf(given: ExperimentTemplateLogConfiguration | undefined): ExperimentTemplateLogConfiguration | undefined {
  return given === undefined || Object.keys(given).length === 0 ? undefined : given;
}

function refuseReports(input: { experimentReportConfiguration?: object }): void {
  if (input.experimentReportConfiguration !== undefined)
    throw notBuilt('reports of experiments (experimentReportConfiguration)');
}

/** Unless somebody else has changed or removed it meanwhile: then that stands. @throws {ServiceError} ResourceNotFoundException */
function putOver(before: TemplateRow, changed: TemplateRow, store: StoreView): void {
  const { accounts, tags } = findTemplate(before.id, store);
  store.put(templates, { ...changed, accounts, tags });
}
