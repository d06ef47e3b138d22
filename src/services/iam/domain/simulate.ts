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
import type { EvaluationResult, PolicySourceType, Statement } from '#models/iam';
import { invalidInput } from '../errors.ts';
import { contextKeysOf } from './context-keys.ts';
import { statementSpans } from './positions.ts';
import { writtenIn } from './scope.ts';
import type { SimulatedContext } from './simulation-context.ts';

/** A policy with where it comes from, as results name it. */
export type Source = { id: string; text: string };

export const RESOURCE_POLICY = 'ResourcePolicy';

export type Simulation = {
  principal: Principal;
  identity: readonly Source[];
  boundary: Source | undefined;
  /** Of an organization, by level from its root to the account; undefined outside of one. */
  scps: readonly (readonly Source[])[] | undefined;
  resource: Source | undefined;
  resourceAccount: string | undefined;
  /** What the request gives. */
  context: SimulatedContext;
  /** What stands for what it does not give. */
  defaults: SimulatedContext;
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
function ofResource(source: Source): NamedPolicy {
  const compiled = compile(source, 'resource');
  if (writtenIn(source.text).some(({ Resource, NotResource }) => [Resource, NotResource].flat().includes('*')))
    throw invalidInput('ResourceNames are not in a valid ARN format: *.');
  return compiled;
}

/** Policies once read, for all that is asked of them. */
export type Simulator = {
  simulation: Simulation;
  layers: PolicyLayers;
  context: SimulatedContext;
  /** Keys that the policies ask for anywhere and the request does not give. */
  missing: readonly string[];
  /** Where the statements of each policy stand in its text, by the policy's name. */
  spans: ReadonlyMap<string, ReturnType<typeof statementSpans>>;
};

/** Reads the policies of a simulation. @throws {ServiceError} InvalidInput */
export function simulatorOf(simulation: Simulation): Simulator {
  const { identity, resource, scps, boundary, context, defaults } = simulation;
  const layers: PolicyLayers = {
    identity: identity.map((source) => compile(source, 'identity')),
    ...(boundary !== undefined && { boundary: compile(boundary, 'identity') }),
    ...(resource !== undefined && { resource: ofResource(resource) }),
    ...(scps !== undefined && { scps: scps.map((level) => level.map((source) => compile(source, 'scp'))) }),
  };
  const sources = [...identity, boundary, resource].filter((source) => source !== undefined);
  const spans = new Map(sources.map(({ id, text }) => [id, statementSpans(text)]));
  const asked = new Set(sources.flatMap(({ text }) => contextKeysOf(text)));
  const missing = [...asked].filter((key) => !context.has(key.toLowerCase()));
  return { simulation, layers, context: new Map([...defaults, ...context]), missing, spans };
}

type Outcome = 'allow' | 'deny' | 'none';

const DECISIONS = { allow: 'allowed', deny: 'explicitDeny', none: 'implicitDeny' } as const;

const strictest = (outcomes: readonly Outcome[]): Outcome =>
  outcomes.includes('deny') ? 'deny' : outcomes.includes('none') ? 'none' : 'allow';

/** What is decided on one resource. */
type Result = {
  outcome: Outcome;
  matched: readonly Statement[];
  missing: readonly string[];
  boundary?: Outcome;
  scp?: Outcome;
  /** What each kind of policy says, where the resource is another account's. */
  kinds?: { readonly [kind: string]: Outcome };
};

/**
 * The decision on one action: one for all resources, which is the strictest, and one for each that was named.
 *
 * Deviation: the name of several resources is `*`, where AWS tells a pattern for most actions, and that of none is, where AWS has names for some.
 *
 * @param named the resources of the request; undefined when it is about any
 * @see IAM API Reference, EvaluationResult
 */
export function simulate(simulator: Simulator, action: string, named: readonly string[] | undefined): EvaluationResult {
  const resources = named ?? ['*'];
  const results = resources.map((resource) => resultOn(simulator, action, resource));
  const outcome = strictest(results.map((result) => result.outcome));
  const whole = joined(results.filter((result) => result.outcome === outcome));
  const [first = '*', ...others] = resources;
  return {
    EvalActionName: action,
    EvalResourceName: others.length > 0 ? '*' : first,
    EvalDecision: DECISIONS[outcome],
    ...(named !== undefined && { EvalDecisionDetails: {} }),
    ...detailsOf({ ...whole, ...strictestOf(results) }),
    ...organizationOf(results),
    ...(named !== undefined && {
      ResourceSpecificResults: results.map((result, index) => ({
        EvalResourceName: resources[index] ?? '',
        EvalResourceDecision: DECISIONS[result.outcome],
        ...detailsOf(result),
      })),
    }),
  };
}

/** The statements and keys of several results, each once. */
function joined(results: readonly Result[]): Pick<Result, 'matched' | 'missing'> {
  const statements = new Map(results.flatMap(({ matched }) => matched.map((one) => [JSON.stringify(one), one])));
  return { matched: [...statements.values()], missing: [...new Set(results.flatMap(({ missing }) => missing))] };
}

/** What the boundary and each kind of policy say of all results. */
function strictestOf(results: readonly Result[]): Pick<Result, 'boundary' | 'kinds'> {
  const boundaries = results.flatMap(({ boundary }) => (boundary === undefined ? [] : [boundary]));
  const told = results.flatMap(({ kinds = {} }) => Object.entries(kinds));
  const kinds = Map.groupBy(told, ([kind]) => kind);
  return {
    ...(boundaries.length > 0 && { boundary: strictest(boundaries) }),
    ...(kinds.size > 0 && {
      kinds: Object.fromEntries([...kinds].map(([kind, all]) => [kind, strictest(all.map(([, one]) => one))])),
    }),
  };
}

function organizationOf(results: readonly Result[]): Pick<EvaluationResult, 'OrganizationsDecisionDetail'> {
  if (results.every(({ scp }) => scp === undefined)) return {};
  return { OrganizationsDecisionDetail: { AllowedByOrganizations: results.every(({ scp }) => scp === 'allow') } };
}

function detailsOf({ matched, missing, boundary, kinds }: Omit<Result, 'outcome'>) {
  return {
    MatchedStatements: [...matched],
    MissingContextValues: [...missing],
    ...(boundary !== undefined && {
      PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: boundary === 'allow' },
    }),
    ...(kinds !== undefined && {
      EvalDecisionDetails: Object.fromEntries(Object.entries(kinds).map(([kind, one]) => [kind, DECISIONS[one]])),
    }),
  };
}

/**
 * Decides as AWS's simulator does, which is not as its services do: within an account what the resource's policy allows is allowed,
 * even by way of the account alone and beyond what a boundary allows; of another account's resource whose policy is not given only
 * the caller's policies are asked; and where an organization's do not allow, the others are not.
 *
 * Source: radkawar/stackd, measured in 2026
 */
function resultOn(simulator: Simulator, action: string, resource: string): Result {
  const { simulation, layers, context } = simulator;
  const { principal, resourceAccount } = simulation;
  const request: AuthorizationRequest = { principal, action, resource, context };
  const explanation = explain(request, layers);
  const outcomeOf = (wanted: string) => explanation.layers.find(({ layer }) => layer === wanted)?.outcome;
  const scp = outcomeOf('scp');
  if (scp !== undefined && scp !== 'allow') return { outcome: scp, matched: [], missing: [], scp };
  const identity = outcomeOf('identity') ?? 'none';
  const boundary = outcomeOf('boundary');
  const granted = outcomeOf('resource');
  // The account of a bucket's ARN is empty.
  const owner = resourceAccount ?? (parseArn(resource)?.account || principal.account);
  const isForeign = granted !== undefined && owner !== principal.account;
  const asked = isForeign || granted === 'deny' || identity === 'deny' ? [identity, granted ?? 'none'] : [identity];
  const own = granted === 'allow' && !isForeign && identity !== 'deny' ? 'allow' : strictest(asked);
  const isLimited = boundary !== undefined && (isForeign || granted !== 'allow' || boundary === 'deny');
  const outcome = isLimited ? strictest([own, boundary]) : own;
  return {
    outcome,
    matched: outcome === 'none' ? [] : matched(explanation, outcome, simulator.spans),
    missing: outcome === 'none' ? simulator.missing : [],
    ...(boundary !== undefined && { boundary }),
    ...(scp !== undefined && { scp }),
    ...(isForeign && {
      kinds: {
        'IAM Policy': identity,
        'Resource Policy': granted,
        ...(boundary !== undefined && { 'Permissions Boundary Policy': boundary }),
      },
    }),
  };
}

const TYPES: { readonly [layer: string]: PolicySourceType } = {
  identity: 'IAM Policy',
  resource: 'Resource Policy',
  boundary: 'Permissions Boundary Policy',
};

/** The statements that decided; a boundary's are told when they deny. */
function matched({ layers }: Explanation, outcome: 'allow' | 'deny', spans: Simulator['spans']): Statement[] {
  const effect = outcome === 'allow' ? 'Allow' : 'Deny';
  return ['identity', 'resource', 'boundary']
    .filter((layer) => layer !== 'boundary' || outcome === 'deny')
    .flatMap((wanted) => layers.filter(({ layer }) => layer === wanted))
    .flatMap(({ layer, policies }) =>
      policies.flatMap(({ policy, statements }) =>
        statements.flatMap((one, index): Statement[] =>
          one.applies && one.effect === effect
            ? [{ SourcePolicyId: policy, SourcePolicyType: TYPES[layer], ...spans.get(policy)?.[index] }]
            : [],
        ),
      ),
    );
}
