/** A hook's configuration: which function it asks, about what, and what comes of a refusal. Source: CloudFormation Hooks User Guide, "Hook configuration schema". */
import { isLike } from '#kernel/base';
import { registryFault } from '../errors.ts';
import type { FailureMode } from './state.ts';

type Lists = { Include?: string[]; Exclude?: string[] };
type Filters = {
  Actions?: string[];
  InvocationPoints?: string[];
  TargetNames?: string[];
  Targets?: { TargetName: string; Action?: string; InvocationPoint?: string }[];
};
type StackFilters = { FilteringCriteria?: string; StackNames?: Lists; StackRoles?: Lists };

export type Configuration = {
  isEnabled: boolean;
  mode: FailureMode;
  operations: string[];
  functionArn: string;
  targets?: Filters;
  stacks?: StackFilters;
};

/** Reads one. @throws {ServiceError} CFNRegistryException */
export function configurationOf(text: string): Configuration {
  const parsed = parse(text) as {
    CloudFormationConfiguration?: { HookConfiguration?: Record<string, unknown> };
  } | null;
  const given = parsed?.CloudFormationConfiguration?.HookConfiguration;
  if (given === null || typeof given !== 'object')
    throw registryFault('Configuration must have CloudFormationConfiguration.HookConfiguration');
  const { HookInvocationStatus = 'ENABLED', TargetStacks, TargetOperations = ['RESOURCE'], FailureMode } = given;
  const { LambdaFunction } = (given.Properties ?? {}) as { LambdaFunction?: unknown };
  if (FailureMode !== 'FAIL' && FailureMode !== 'WARN') throw registryFault('FailureMode must be FAIL or WARN');
  if (typeof LambdaFunction !== 'string') throw registryFault('Properties must have LambdaFunction');
  return {
    // The older form says which stacks.
    isEnabled: HookInvocationStatus === 'ENABLED' && TargetStacks !== 'NONE',
    mode: FailureMode,
    // Deviation: CLOUD_CONTROL is kept, and nothing is asked for it: there is no Cloud Control API here.
    operations: [TargetOperations].flat().map(String),
    functionArn: LambdaFunction,
    ...(given.TargetFilters !== undefined && { targets: targetFilters(given.TargetFilters) }),
    ...(given.StackFilters !== undefined && { stacks: stackFilters(given.StackFilters) }),
  };
}

const isMap = (value: unknown): value is { [name: string]: unknown } =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** @throws {ServiceError} CFNRegistryException where a member is no list of texts */
function checkLists(value: unknown, where: string, names: readonly string[]): void {
  if (!isMap(value)) throw registryFault(`${where} must be an object`);
  for (const name of names) {
    const list = value[name];
    if (list !== undefined && !(Array.isArray(list) && list.every((one) => typeof one === 'string')))
      throw registryFault(`${where}.${name} must be a list of strings`);
  }
}

function targetFilters(given: unknown): Filters {
  checkLists(given, 'TargetFilters', ['Actions', 'InvocationPoints', 'TargetNames']);
  const { Targets = [] } = given as { Targets?: unknown };
  if (!Array.isArray(Targets) || !Targets.every((one) => isMap(one) && typeof one.TargetName === 'string'))
    throw registryFault('TargetFilters.Targets must be a list of objects with a TargetName');
  return given as Filters;
}

function stackFilters(given: unknown): StackFilters {
  checkLists(given, 'StackFilters', []);
  for (const name of ['StackNames', 'StackRoles']) {
    const lists = (given as { [name: string]: unknown })[name];
    if (lists !== undefined) checkLists(lists, `StackFilters.${name}`, ['Include', 'Exclude']);
  }
  return given as StackFilters;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw registryFault('Configuration must be JSON');
  }
}

/** What a hook may be asked about. */
export type Question = {
  operation: string;
  /** A type of resources; else the operation itself. */
  name: string;
  action: string;
  stackName: string;
  roleArn: string | undefined;
};

/** Whether a hook is asked a question. */
export function isAsked({ isEnabled, operations, targets, stacks }: Configuration, question: Question): boolean {
  return (
    isEnabled && operations.includes(question.operation) && isTarget(targets, question) && isStack(stacks, question)
  );
}

function isTarget(filters: Filters | undefined, { operation, name, action }: Question): boolean {
  if (filters === undefined) return true;
  const { Actions, TargetNames, Targets } = filters;
  if (Targets !== undefined)
    return Targets.some(
      ({ TargetName, Action }) =>
        (TargetName === operation || isLike(TargetName, name)) && (Action ?? action) === action,
    );
  const isNamed = operation !== 'RESOURCE' || (TargetNames?.some((one) => isLike(one, name)) ?? true);
  return isNamed && (Actions?.includes(action) ?? true);
}

function isStack(filters: StackFilters | undefined, { stackName, roleArn = '' }: Question): boolean {
  const { FilteringCriteria, StackNames, StackRoles } = filters ?? {};
  const found: boolean[] = [];
  if (StackNames !== undefined) found.push(isListed(StackNames, stackName));
  if (StackRoles !== undefined) found.push(isListed(StackRoles, roleArn));
  if (found.length === 0) return true;
  return FilteringCriteria === 'ANY' ? found.includes(true) : !found.includes(false);
}

function isListed({ Include, Exclude }: Lists, text: string): boolean {
  return (Include?.some((one) => isLike(one, text)) ?? true) && Exclude?.some((one) => isLike(one, text)) !== true;
}
