/** Why a request is allowed or denied, statement by statement. Asks the same functions as evaluate.ts, without its short cuts. */

import { conditionHolds } from './conditions.ts';
import type { Condition, Policy, Statement } from './document.ts';
import {
  type Decision,
  evaluate,
  hasOwnPolicies,
  isSameAccount,
  type Layer,
  type NamedPolicy,
  obeysRcps,
  obeysScps,
  type PolicyLayers,
  questionOf,
} from './evaluate.ts';
import { denialMessage } from './message.ts';
import { BY_ACCOUNT, BY_IDENTITY, DIRECTLY, type Naming, UNNAMED } from './principals.ts';
import {
  type AuthorizationRequest,
  actionMatches,
  applies,
  principalNaming,
  type Question,
  resourceMatches,
} from './statement.ts';
import { compileTemplate, describeTemplate } from './variables.ts';

export type ConditionExplanation = {
  operator: string;
  key: string;
  /** The policy's values as this request reads them; null where a variable has no value. */
  wanted: readonly (string | null)[];
  /** The request's; null where the key is missing. */
  seen: string | readonly string[] | null;
  matched: boolean;
};

export type StatementExplanation = {
  /** Sid, or the index where there is none. */
  statement: string | number;
  effect: 'Allow' | 'Deny';
  applies: boolean;
  action: { element: 'Action' | 'NotAction'; listed: readonly string[]; matched: boolean };
  /** Absent where the statement has neither Resource nor NotResource. */
  resource?: { element: 'Resource' | 'NotResource'; listed: readonly (string | null)[]; matched: boolean };
  /** Absent where the statement has neither Principal nor NotPrincipal. */
  principal?: {
    element: 'Principal' | 'NotPrincipal';
    listed: readonly string[];
    named: 'no' | 'account' | 'identity' | 'directly';
  };
  conditions: readonly ConditionExplanation[];
};

export type PolicyExplanation = {
  policy: string;
  /** For SCPs and RCPs: 0 is the organization's root. */
  level?: number;
  outcome: Outcome;
  statements: readonly StatementExplanation[];
};

/** `none`: no statement applies, or, over levels, some level doesn't allow. */
export type Outcome = 'deny' | 'allow' | 'none';

export type LayerExplanation = {
  layer: Exclude<Layer, 'root'>;
  /** False where the layer says nothing to this principal, e.g. an SCP to a service. */
  consulted: boolean;
  outcome: Outcome;
  policies: readonly PolicyExplanation[];
};

export type Explanation = {
  principal: string;
  action: string;
  resource: string;
  sameAccount: boolean;
  /** In the order of evaluation; those without policies are left out. */
  layers: readonly LayerExplanation[];
  decision: Decision;
  /** In AWS's words when denied. */
  message?: string;
};

const NAMES: Readonly<Record<Naming, 'no' | 'account' | 'identity' | 'directly'>> = {
  [UNNAMED]: 'no',
  [BY_ACCOUNT]: 'account',
  [BY_IDENTITY]: 'identity',
  [DIRECTLY]: 'directly',
};

/**
 * The full reasoning behind `evaluate` for the same arguments. Plain data, fit for JSON.
 *
 * Slow on purpose: every statement of every layer is asked everything.
 */
export function explain(request: AuthorizationRequest, layers: PolicyLayers): Explanation {
  const question = questionOf(request, layers);
  const { principal } = request;
  const own = hasOwnPolicies(principal);
  const decision = evaluate(request, layers);
  const reasoning = [
    explainLevels('rcp', layers.rcps, obeysRcps(principal), question),
    explainLevels('scp', layers.scps, obeysScps(principal), question),
    explainList('resource', layers.resource && [layers.resource], true, question),
    explainList('identity', layers.identity, own, question),
    explainList('boundary', layers.boundary && [layers.boundary], own, question),
    explainList('session', layers.session, own, question),
  ];
  return {
    principal: principal.arn,
    action: request.action,
    resource: request.resource,
    sameAccount: isSameAccount(request),
    layers: reasoning.filter((layer) => layer !== undefined),
    decision,
    ...(decision.allowed ? {} : { message: denialMessage(request, decision) }),
  };
}

function explainList(
  layer: LayerExplanation['layer'],
  policies: readonly NamedPolicy[] | undefined,
  consulted: boolean,
  question: Question,
): LayerExplanation | undefined {
  if (policies === undefined) return undefined;
  const explained = policies.map((named) => explainPolicy(named, question));
  return { layer, consulted, outcome: joinOutcomes(explained), policies: explained };
}

function explainLevels(
  layer: LayerExplanation['layer'],
  levels: readonly (readonly NamedPolicy[])[] | undefined,
  consulted: boolean,
  question: Question,
): LayerExplanation | undefined {
  if (levels === undefined) return undefined;
  const explained = levels.map((policies, level) =>
    policies.map((named) => ({ ...explainPolicy(named, question), level })),
  );
  const outcomes = explained.map(joinOutcomes);
  const outcome = outcomes.includes('deny') ? 'deny' : outcomes.includes('none') ? 'none' : 'allow';
  return { layer, consulted, outcome, policies: explained.flat() };
}

function joinOutcomes(parts: readonly { outcome: Outcome }[]): Outcome {
  if (parts.some(({ outcome }) => outcome === 'deny')) return 'deny';
  return parts.some(({ outcome }) => outcome === 'allow') ? 'allow' : 'none';
}

function explainPolicy(named: NamedPolicy, question: Question): PolicyExplanation {
  const statements = named.policy.statements.map((statement) => explainStatement(statement, named.policy, question));
  const effects = statements.filter((statement) => statement.applies).map(({ effect }) => effect);
  const outcome = effects.includes('Deny') ? 'deny' : effects.includes('Allow') ? 'allow' : 'none';
  return { policy: named.name, outcome, statements };
}

function explainStatement(statement: Statement, policy: Policy, question: Question): StatementExplanation {
  const { context } = question.request;
  const { resources, principals } = statement;
  return {
    statement: statement.sid ?? statement.index,
    effect: statement.effect,
    applies: applies(statement, question) !== UNNAMED,
    action: {
      element: statement.notAction ? 'NotAction' : 'Action',
      listed: statement.actions.map(({ source }) => source),
      matched: actionMatches(statement, question),
    },
    ...(resources && {
      resource: {
        element: statement.notResource ? 'NotResource' : 'Resource',
        listed: resources.map((template) => describeTemplate(template, context)),
        matched: resourceMatches(statement, question),
      },
    }),
    ...(principals && {
      principal: {
        element: statement.notPrincipal ? 'NotPrincipal' : 'Principal',
        listed: principals.source,
        named: NAMES[principalNaming(statement, question)],
      },
    }),
    conditions: statement.conditions.map((condition) => explainCondition(condition, policy, question)),
  };
}

function explainCondition(condition: Condition, policy: Policy, question: Question): ConditionExplanation {
  const { context } = question.request;
  const options = { wildcards: true, fold: false, variables: policy.version === '2012-10-17' };
  return {
    operator: condition.operator,
    key: condition.keyText,
    wanted: condition.values.map((value) => describeTemplate(compileTemplate(value, options), context)),
    seen: context.get(condition.key) ?? null,
    matched: conditionHolds(condition, context),
  };
}
