/** Templates and experiments as clients see them. */
import { MINUTE } from '#kernel/base';
import type { Experiment, ExperimentSummary, ExperimentTemplate, ExperimentTemplateSummary } from '#models/fis';
import type { ExperimentRow, Plan, TemplateRow } from '../state.ts';

/** What both have. */
const shared = ({ roleArn, targets, stopConditions, log, accounts }: Plan) => ({
  roleArn,
  targets,
  stopConditions,
  ...(log !== undefined && { logConfiguration: log }),
  targetAccountConfigurationsCount: Object.keys(accounts).length,
});

/** Times on the wire are those of the rows. */
export function showTemplate(row: TemplateRow): ExperimentTemplate {
  const { id, arn, description, actions, tags, accountTargeting, emptyTargets } = row;
  return {
    id,
    arn,
    description,
    ...shared(row),
    actions,
    creationTime: row.createdAt,
    lastUpdateTime: row.updatedAt,
    tags,
    experimentOptions: { accountTargeting, emptyTargetResolutionMode: emptyTargets },
  };
}

/** A template as lists show it. */
export function showTemplateSummary({ id, arn, description, tags, createdAt, updatedAt }: TemplateRow) {
  const summary: ExperimentTemplateSummary = {
    id,
    arn,
    description,
    creationTime: createdAt,
    lastUpdateTime: updatedAt,
    tags,
  };
  return summary;
}

/** With each action as it is now. */
export function showExperiment(row: ExperimentRow): Experiment {
  const { id, arn, templateId, tags, startedAt, endedAt } = row;
  const actions = Object.entries(row.actions).map(([name, action]) => {
    const { status, reason, ...state } = row.states[name] ?? { status: 'pending', reason: '' };
    return [
      name,
      {
        ...action,
        state: { status, reason },
        ...(state.startedAt !== undefined && { startTime: state.startedAt }),
        ...(state.endedAt !== undefined && { endTime: state.endedAt }),
      },
    ];
  });
  return {
    id,
    arn,
    experimentTemplateId: templateId,
    state: stateOf(row),
    ...shared(row),
    actions: Object.fromEntries(actions),
    creationTime: row.createdAt,
    startTime: startedAt,
    ...(endedAt !== undefined && { endTime: endedAt }),
    tags,
    experimentOptions: optionsOf(row),
  };
}

/** An experiment as lists show it. */
export function showExperimentSummary(row: ExperimentRow): ExperimentSummary {
  const { id, arn, templateId: experimentTemplateId, createdAt: creationTime, tags } = row;
  return { id, arn, experimentTemplateId, state: stateOf(row), creationTime, tags, experimentOptions: optionsOf(row) };
}

/** Minutes of an action, as they are billed. */
export function minutesOf(from: number, to: number): number {
  return Math.ceil((to - from) / MINUTE);
}

function stateOf({ status, reason, failure }: ExperimentRow) {
  return { status, reason, ...(failure !== undefined && { error: failure }) };
}

function optionsOf({ accountTargeting, emptyTargets, actionsMode }: ExperimentRow) {
  return { accountTargeting, emptyTargetResolutionMode: emptyTargets, actionsMode };
}
