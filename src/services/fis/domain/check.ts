/** What a template may say: its actions, targets, stop conditions, role, log. Whether the resources are there is asked when it runs. */
import { parseArn } from '#kernel/base';
import { type Ctx, type FaultService, notBuilt, raise } from '#kernel/contract';
import { REGIONS } from '#kernel/world';
import { ACTIONS, type ActionKind, type ParameterSpec } from '../catalog/actions.ts';
import { TARGET_TYPES } from '../catalog/types.ts';
import {
  arnsAndFilters,
  arnsAndTags,
  invalid,
  noAction,
  noArns,
  noTargetType,
  quotaExceeded,
  unexpectedTarget,
} from '../errors.ts';
import {
  ACTIONS_MAX,
  ASSERTED_ALARMS_MAX,
  LOG_VERSIONS,
  PARALLEL_ACTIONS_MAX,
  STOP_CONDITIONS_MAX,
} from '../limits.ts';
import type { ActionSpec, Plan, TargetSpec } from '../state.ts';
import { readDuration } from './duration.ts';
import { listed } from './lists.ts';
import { circular } from './order.ts';
import { readSelection } from './selection.ts';

const ALARM_STATES = ['OK', 'ALARM', 'INSUFFICIENT_DATA'];

/** @throws {ServiceError} ValidationException, ServiceQuotaExceededException; NotImplemented for what AWS has and is not built */
export async function checkPlan(plan: Omit<Plan, 'accounts'>, ctx: Ctx): Promise<void> {
  checkRole(plan.roleArn);
  checkStopConditions(plan, ctx);
  checkLog(plan);
  for (const [name, target] of Object.entries(plan.targets)) checkTarget(name, target);
  const names = Object.keys(plan.actions);
  if (names.length > ACTIONS_MAX)
    throw quotaExceeded(`An experiment template can have at most ${ACTIONS_MAX} actions.`);
  const atOnce = Object.values(plan.actions).filter(({ startAfter = [] }) => startAfter.length === 0);
  if (atOnce.length > PARALLEL_ACTIONS_MAX)
    throw quotaExceeded(`At most ${PARALLEL_ACTIONS_MAX} actions can run in parallel.`);
  for (const [name, action] of Object.entries(plan.actions)) await checkAction(name, action, plan, ctx);
  const stuck = circular(plan.actions);
  if (stuck !== undefined) throw invalid(`Action "${stuck}" waits for itself: startAfter can't be circular.`);
}

/** @throws {ServiceError} ValidationException */
export function checkRole(roleArn: string, account?: string): void {
  const arn = parseArn(roleArn);
  const isRole = arn?.service === 'iam' && arn.region === '' && arn.resource.startsWith('role/');
  if (!isRole || (account !== undefined && arn.account !== account)) throw invalid(`Invalid role ARN: ${roleArn}.`);
}

function checkStopConditions({ stopConditions }: Pick<Plan, 'stopConditions'>, ctx: Ctx): void {
  if (stopConditions.length === 0) throw invalid('At least one stop condition is required.');
  if (stopConditions.length > STOP_CONDITIONS_MAX)
    throw quotaExceeded(`An experiment template can have at most ${STOP_CONDITIONS_MAX} stop conditions.`);
  for (const { source, value } of stopConditions) {
    if (source === 'none') {
      if (value !== undefined) throw invalid('A stop condition of the source none has no value.');
      if (stopConditions.length > 1) throw invalid('A stop condition of the source none must be the only one.');
    } else if (source !== 'aws:cloudwatch:alarm') throw invalid(`Invalid stop condition source: ${source}.`);
    else if (value === undefined) throw invalid(`A stop condition of the source ${source} needs the ARN of an alarm.`);
    else if (!isAlarm(value, ctx)) throw invalid(`Invalid alarm ARN: ${value}.`);
  }
}

function isAlarm(text: string, { account, region }: Ctx): boolean {
  const arn = parseArn(text);
  return (
    arn?.service === 'cloudwatch' &&
    arn.region === region &&
    arn.account === account &&
    arn.resource.startsWith('alarm:')
  );
}

function checkLog({ log }: Pick<Plan, 'log'>): void {
  if (log === undefined) return;
  if (!LOG_VERSIONS.includes(log.logSchemaVersion ?? 0))
    throw invalid(
      `Invalid log schema version: ${log.logSchemaVersion}. Valid versions are ${LOG_VERSIONS.join(', ')}.`,
    );
  const group = log.cloudWatchLogsConfiguration?.logGroupArn;
  if (group === undefined && log.s3Configuration === undefined)
    throw invalid('A log configuration needs a destination.');
  const arn = parseArn(group ?? '');
  if (group !== undefined && !(arn?.service === 'logs' && /^log-group:[^:]+(:\*)?$/.test(arn.resource)))
    throw invalid(`Invalid log group ARN: ${group}.`);
}

function checkTarget(name: string, { resourceType, ...target }: TargetSpec): void {
  const type = TARGET_TYPES.get(resourceType) ?? raise(noTargetType(resourceType, false));
  const { resourceArns = [], resourceTags = {}, filters = [], parameters = {} } = target;
  if (readSelection(target.selectionMode) === undefined)
    throw invalid(`Invalid selection mode ${target.selectionMode} for target ${name}.`);
  const isTagged = Object.keys(resourceTags).length > 0;
  if (resourceArns.length > 0 && isTagged) throw arnsAndTags(name);
  if (resourceArns.length > 0 && filters.length > 0) throw arnsAndFilters(name);
  if (resourceArns.length > 0 && !type.byArn) throw noArns(resourceType);
  if (resourceArns.length === 0 && !isTagged && filters.length === 0)
    throw invalid(`Target ${name} needs resource ARNs, resource tags or filters.`);
  const wrong = resourceArns.find((arn) => parseArn(arn) === undefined);
  if (wrong !== undefined) throw invalid(`Invalid resource ARN ${wrong} for target ${name}.`);
  if (new Set(resourceArns).size < resourceArns.length) throw invalid(`Duplicate resource ARNs for target ${name}.`);
  const unknown = Object.keys(parameters).find((parameter) => !Object.hasOwn(type.parameters, parameter));
  if (unknown !== undefined) throw invalid(`Unexpected parameter "${unknown}" found in target "${name}".`);
}

async function checkAction(name: string, action: ActionSpec, plan: Pick<Plan, 'targets' | 'actions'>, ctx: Ctx) {
  const kind = ACTIONS.get(action.actionId) ?? raise(noAction(action.actionId, false));
  const { parameters = {}, targets = {}, startAfter = [] } = action;
  for (const key of Object.keys(targets)) if (!Object.hasOwn(kind.targets, key)) throw unexpectedTarget(key, name);
  for (const [key, type] of Object.entries(kind.targets)) {
    const named = targets[key];
    if (named === undefined) throw invalid(`Missing target "${key}" in action "${name}".`);
    const target = Object.hasOwn(plan.targets, named) ? plan.targets[named] : undefined;
    if (target === undefined) throw invalid(`Target "${named}" of action "${name}" is not defined.`);
    if (target.resourceType !== type)
      throw invalid(`Target "${named}" of action "${name}" should be of the type ${type}.`);
  }
  const missing = startAfter.find((other) => !Object.hasOwn(plan.actions, other));
  if (missing !== undefined) throw invalid(`Action "${missing}" in startAfter of action "${name}" is not defined.`);
  checkParameters(name, kind, parameters);
  await checkCalls(name, parameters, ctx);
  checkAlarms(name, parameters, ctx);
}

function checkParameters(name: string, kind: ActionKind, parameters: { readonly [name: string]: string }): void {
  for (const parameter of Object.keys(parameters))
    if (!Object.hasOwn(kind.parameters, parameter))
      throw invalid(`Unexpected parameter "${parameter}" found in action "${name}".`);
  for (const [parameter, spec] of Object.entries(kind.parameters)) {
    const value = parameters[parameter];
    if (value === undefined) {
      if (spec.required) throw invalid(`Missing parameter "${parameter}" in action "${name}".`);
    } else if (!isValue(value, spec)) throw invalid(`Invalid value for parameter "${parameter}" in action "${name}".`);
  }
}

function isValue(text: string, { is }: ParameterSpec): boolean {
  switch (is?.kind) {
    case 'duration': {
      const duration = readDuration(text);
      return duration !== undefined && duration >= is.from && duration <= is.to;
    }
    case 'number':
      return /^\d{1,9}$/.test(text) && Number(text) >= is.from && Number(text) <= is.to;
    case 'boolean':
      return text === 'true' || text === 'false';
    case 'status':
      return /^\d{3}$/.test(text);
    case 'region':
      return REGIONS.has(text);
    default:
      return true;
  }
}

/**
 * The calls that a fault is about: operations of a service that is here.
 * Deviation: AWS injects into calls of `ec2` and `kinesis` only; here into those of any service that is built.
 */
async function checkCalls(name: string, { service, operations }: { readonly [name: string]: string }, ctx: Ctx) {
  if (service === undefined) return;
  const found = (await ctx.faults.serviceOf(service)) ?? raise(notBuilt(`faults of the service '${service}'`));
  const unknown = listed(operations).find((operation) => !isOf(found, operation));
  if (unknown !== undefined) throw invalid(`Unknown operation "${unknown}" of ${service} in action "${name}".`);
}

function isOf({ operations }: FaultService, operation: string): boolean {
  return operations.includes(operation);
}

function checkAlarms(name: string, { alarmArns, alarmStates }: { readonly [name: string]: string }, ctx: Ctx): void {
  if (alarmArns === undefined) return;
  const arns = listed(alarmArns);
  const wrong = arns.find((arn) => !isAlarm(arn, ctx));
  if (wrong !== undefined || arns.length === 0) throw invalid(`Invalid alarm ARN in action "${name}": ${wrong ?? ''}.`);
  if (arns.length > ASSERTED_ALARMS_MAX)
    throw invalid(`Action "${name}" can specify at most ${ASSERTED_ALARMS_MAX} alarms.`);
  const state = listed(alarmStates).find((one) => !ALARM_STATES.includes(one));
  if (state !== undefined || listed(alarmStates).length === 0)
    throw invalid(`Invalid alarm state in action "${name}": ${state ?? ''}.`);
}
