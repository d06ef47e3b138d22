/** The policy simulator: requests that nobody makes, asked of policies that need not be attached. Pure. */
import { parseArn } from '#kernel/base';
import {
  type AuthorizationRequest,
  type Explanation,
  explain,
  type NamedPolicy,
  PolicyError,
  type PolicyLayers,
  type Principal,
  parsePolicy,
} from '#kernel/identity';
import type { ContextEntry, EvaluationResult, Statement } from '#models/iam';
import { invalidInput } from '../errors.ts';
import { statementSpans } from './positions.ts';

/** A policy with where it comes from, as results name it. */
export type Source = { id: string; text: string };

export const RESOURCE_POLICY = 'ResourcePolicy';

export type Simulation = {
  principal: Principal;
  identity: readonly Source[];
  boundary: readonly Source[];
  /** Of an organization, by level from its root to the account; undefined outside of one. */
  scps: readonly (readonly Source[])[] | undefined;
  resource: Source | undefined;
  resourceAccount: string | undefined;
  context: ReadonlyMap<string, string | readonly string[]>;
};

/** @throws {ServiceError} InvalidInput */
function compile(source: Source, kind: 'identity' | 'resource' | 'scp'): NamedPolicy {
  try {
    return { name: source.id, policy: parsePolicy(source.text, kind) };
  } catch (error) {
    if (error instanceof PolicyError) throw invalidInput(error.message);
    throw error;
  }
}

/** @throws {ServiceError} InvalidInput */
export function contextOf(
  entries: readonly ContextEntry[] | undefined,
): ReadonlyMap<string, string | readonly string[]> {
  const context = new Map<string, string | readonly string[]>();
  for (const { ContextKeyName: key, ContextKeyValues: values = [], ContextKeyType: type } of entries ?? []) {
    if (key === undefined) throw invalidInput('A context entry must have a name.');
    const [first] = values;
    if (type?.endsWith('List')) context.set(key.toLowerCase(), values);
    else if (first !== undefined) context.set(key.toLowerCase(), first);
  }
  return context;
}

/** Policies once read, for all that is asked of them. */
export type Simulator = {
  simulation: Simulation;
  layers: PolicyLayers;
  /** Where the statements of each policy stand in its text, by the policy's name. */
  spans: ReadonlyMap<string, ReturnType<typeof statementSpans>>;
};

/** Reads the policies of a simulation. @throws {ServiceError} InvalidInput */
export function simulatorOf(simulation: Simulation): Simulator {
  const { identity, resource, scps } = simulation;
  const [boundary, ...more] = simulation.boundary;
  if (more.length > 0) throw invalidInput('Only one permissions boundary policy can be given.');
  const layers: PolicyLayers = {
    identity: identity.map((source) => compile(source, 'identity')),
    ...(boundary !== undefined && { boundary: compile(boundary, 'identity') }),
    ...(resource !== undefined && { resource: compile(resource, 'resource') }),
    ...(scps !== undefined && { scps: scps.map((level) => level.map((source) => compile(source, 'scp'))) }),
  };
  const sources = [...(resource === undefined ? [] : [resource]), ...(scps ?? []).flat(), ...simulation.boundary];
  const spans = new Map([...sources, ...identity].map(({ id, text }) => [id, statementSpans(text)]));
  return { simulation, layers, spans };
}

/**
 * The decision on one action and resource.
 *
 * @param isAskedFor the resource was named, and has a result of its own
 */
export function simulate(
  { simulation, layers, spans }: Simulator,
  action: string,
  resource: string,
  isAskedFor: boolean,
): EvaluationResult {
  const request: AuthorizationRequest = {
    principal: simulation.principal,
    action,
    resource,
    // The account of a bucket's ARN is empty.
    resourceAccount: simulation.resourceAccount ?? (parseArn(resource)?.account || simulation.principal.account),
    context: simulation.context,
  };
  const explanation = explain(request, layers);
  const { allowed, explicit } = explanation.decision;
  const bounds = explanation.layers.find(({ layer }) => layer === 'boundary');
  const guards = explanation.layers.find(({ layer }) => layer === 'scp');
  const decision = allowed ? 'allowed' : explicit ? 'explicitDeny' : 'implicitDeny';
  const details = {
    MatchedStatements: matched(explanation, spans),
    MissingContextValues: missing(explanation),
    ...(bounds !== undefined && {
      PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: bounds.outcome === 'allow' },
    }),
  };
  return {
    EvalActionName: action,
    EvalResourceName: resource,
    EvalDecision: decision,
    ...(isAskedFor && resource !== '*' && { EvalDecisionDetails: contributions(explanation) }),
    ...details,
    ...(guards !== undefined && {
      OrganizationsDecisionDetail: { AllowedByOrganizations: guards.outcome === 'allow' },
    }),
    ...(isAskedFor && {
      ResourceSpecificResults: [{ EvalResourceName: resource, EvalResourceDecision: decision, ...details }],
    }),
  };
}

const DECISIONS = { allow: 'allowed', deny: 'explicitDeny', none: 'implicitDeny' } as const;

/** What each kind of policy says, where the resource is another account's; nothing within an account. Source: IAM API Reference, EvaluationResult. */
function contributions({ sameAccount, layers }: Explanation): NonNullable<EvaluationResult['EvalDecisionDetails']> {
  if (sameAccount) return {};
  const outcomeOf = (wanted: string) => DECISIONS[layers.find(({ layer }) => layer === wanted)?.outcome ?? 'none'];
  return { 'IAM Policy': outcomeOf('identity'), 'Resource Policy': outcomeOf('resource') };
}

/** Statements that decided: where one denies, those that deny. */
function matched(explanation: Explanation, spans: Simulator['spans']): Statement[] {
  const effect = explanation.decision.allowed ? 'Allow' : 'Deny';
  return explanation.layers.flatMap(({ policies }) =>
    policies.flatMap(({ policy, statements }) =>
      statements.flatMap((one, index) =>
        one.applies && one.effect === effect
          ? [
              {
                SourcePolicyId: policy,
                SourcePolicyType: policy === RESOURCE_POLICY ? ('Resource Policy' as const) : ('IAM Policy' as const),
                ...spans.get(policy)?.[index],
              },
            ]
          : [],
      ),
    ),
  );
}

/** Condition keys that would have mattered and were not given. */
function missing(explanation: Explanation): string[] {
  const keys = explanation.layers.flatMap(({ policies }) =>
    policies.flatMap(({ statements }) =>
      statements
        .filter(({ action, resource }) => action.matched && resource?.matched !== false)
        .flatMap(({ conditions }) => conditions.filter(({ seen }) => seen === null).map(({ key }) => key)),
    ),
  );
  return [...new Set(keys)];
}

/** One that is not closed within its text is none. */
const VARIABLE = /\$\{([^{}",\s]+)\s*(?:,[^{}"]*)?\}/g;

/** Condition keys that policies ask for, in conditions and as variables. @throws {ServiceError} InvalidInput */
export function contextKeysOf(sources: readonly Source[]): string[] {
  const keys = new Set<string>();
  for (const source of sources) {
    const { statements } = compile(source, 'identity').policy;
    // Variables first. Source: API Reference, GetContextKeysForCustomPolicy, the example.
    for (const [, key = ''] of source.text.matchAll(VARIABLE)) if (key.length > 1) keys.add(key);
    for (const { conditions } of statements) for (const { keyText } of conditions) keys.add(keyText);
  }
  return [...keys];
}
