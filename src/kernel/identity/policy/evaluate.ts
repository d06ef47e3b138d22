/**
 * May this caller do this? AWS's evaluation logic over all layers of policies. The hot path: explanations are explain.ts's.
 *
 * @see IAM User Guide, "Policy evaluation logic" and its pages on one account, on two accounts and on explicit and implicit denies
 */

import type { Principal } from '../principal.ts';
import type { Policy, Statement } from './document.ts';
import { BY_IDENTITY, DIRECTLY, type Naming, UNNAMED } from './principals.ts';
import { type AuthorizationRequest, applies, findAllow, findDeny, type Question } from './statement.ts';

export type NamedPolicy = { readonly name: string; readonly policy: Policy };

export type Layer = 'scp' | 'rcp' | 'resource' | 'boundary' | 'session' | 'identity' | 'root';

export type PolicyLayers = {
  /** The user's (with its groups') or the role's; for a federated user those of the user who asked for the session. */
  readonly identity: readonly NamedPolicy[];
  readonly boundary?: NamedPolicy;
  /** Those passed when the session began; one that allows is enough. Absent or empty: none were passed. */
  readonly session?: readonly NamedPolicy[];
  readonly resource?: NamedPolicy;
  /** Of the caller's account: a list per level from the organization's root to the account. Every level must allow. */
  readonly scps?: readonly (readonly NamedPolicy[])[];
  /** Of the resource's account, likewise. */
  readonly rcps?: readonly (readonly NamedPolicy[])[];
  /** The resource's policy is the root of trust even within its account: KMS keys, role trust. */
  readonly resourcePolicyRequired?: boolean;
  /** A permission given outside the policies (a grant of KMS), by name: it stands for every layer that allows but SCPs and RCPs. */
  readonly grant?: string;
  /** One that was given to the caller's account: it stands for the resource's policy, and the caller's own must allow as well. */
  readonly grantToAccount?: boolean;
};

export type Decision = {
  readonly allowed: boolean;
  /** A Deny statement decided, or an Allow statement did; false when nothing applied, or for the account's root. */
  readonly explicit: boolean;
  /** The layer that decided. */
  readonly layer: Layer;
  readonly policy?: string;
  /** Sid, or the index where there is none. */
  readonly statement?: string | number;
};

/** The strongest applying Allow of the resource's policy. */
type Grant = { readonly naming: Naming; readonly statement: Statement | undefined };

const NO_GRANT: Grant = { naming: UNNAMED, statement: undefined };
const SERVICE_LINKED = ':role/aws-service-role/';
const ACCOUNT_LENGTH = 12;
/** The account of AWS in which origin access identities are users: nobody gives them policies. */
const AWS_OWN = 'cloudfront';

/**
 * Decides a request.
 *
 * An explicit deny in any layer wins. Then must allow, in this order: RCPs, SCPs, the resource's policy where it is
 * needed, identity policies, boundary, session policies. Within one account the resource's policy alone is enough when it
 * names the caller itself; when it names the caller's role (or the issuer of a federated session), boundary and session
 * policies still limit. Between accounts both sides must allow.
 *
 * @returns the decision; the layer named is the first that refused, or the one that granted
 */
export function evaluate(request: AuthorizationRequest, layers: PolicyLayers): Decision {
  const question = questionOf(request, layers);
  return findExplicitDeny(question, layers) ?? decideAllow(question, layers);
}

/** Whether any policy of the layers looks at the request's context; where none does, none need be made. */
export function readsContext({ identity, boundary, session, resource, scps, rcps }: PolicyLayers): boolean {
  const reads = (named: NamedPolicy) => named.policy.readsContext;
  return (
    identity.some(reads) ||
    boundary?.policy.readsContext === true ||
    session?.some(reads) === true ||
    resource?.policy.readsContext === true ||
    scps?.some((level) => level.some(reads)) === true ||
    rcps?.some((level) => level.some(reads)) === true
  );
}

/** Prepares a request for its layers; shared with explain.ts. */
export function questionOf(request: AuthorizationRequest, layers: PolicyLayers): Question {
  return { request, action: request.action.toLowerCase(), bounded: layers.boundary !== undefined };
}

/** Whether the principal's own policies count: neither for the root, nor for those who have none. */
export function hasOwnPolicies(principal: Principal): boolean {
  if (principal.account === AWS_OWN) return false;
  return principal.kind === 'user' || principal.kind === 'session' || principal.kind === 'federated';
}

/**
 * Whether SCPs limit the principal: members of the account, its root included, but no service-linked role.
 *
 * @see AWS Organizations User Guide, "Service control policies", Tasks and entities not restricted by SCPs
 */
export function obeysScps(principal: Principal): boolean {
  return (hasOwnPolicies(principal) || principal.kind === 'root') && obeysRcps(principal);
}

/**
 * Whether RCPs limit the principal: everyone but service-linked roles.
 *
 * @see AWS Organizations User Guide, "Resource control policies", Resources and entities not restricted by RCPs
 */
export function obeysRcps(principal: Principal): boolean {
  return principal.kind !== 'session' || !principal.roleArn.includes(SERVICE_LINKED);
}

/** Whether the caller and the resource belong to one account. An ARN without an account belongs to the caller's. */
export function isSameAccount(request: AuthorizationRequest): boolean {
  const owner = request.resourceAccount ?? accountOf(request.resource);
  return owner === undefined || owner === request.principal.account;
}

function findExplicitDeny(question: Question, layers: PolicyLayers): Decision | undefined {
  const { principal } = question.request;
  const own = hasOwnPolicies(principal);
  return (
    (layers.rcps && obeysRcps(principal) ? denyOfLevels('rcp', layers.rcps, question) : undefined) ??
    (layers.scps && obeysScps(principal) ? denyOfLevels('scp', layers.scps, question) : undefined) ??
    (layers.resource ? denyOf('resource', layers.resource, question) : undefined) ??
    (own ? denyOfList('identity', layers.identity, question) : undefined) ??
    (own && layers.boundary ? denyOf('boundary', layers.boundary, question) : undefined) ??
    (own && layers.session ? denyOfList('session', layers.session, question) : undefined)
  );
}

function decideAllow(question: Question, layers: PolicyLayers): Decision {
  const { request } = question;
  const { principal } = request;
  if (layers.rcps && obeysRcps(principal) && !everyLevelAllows(layers.rcps, question)) return refusal('rcp');
  if (layers.scps && obeysScps(principal) && !everyLevelAllows(layers.scps, question)) return refusal('scp');
  if (layers.grant !== undefined) return { allowed: true, explicit: true, layer: 'resource', policy: layers.grant };
  const grant = layers.resource === undefined ? NO_GRANT : grantOf(layers.resource.policy, question);
  const own = hasOwnPolicies(principal);
  const sameAccount = isSameAccount(request);
  const needsGrant =
    layers.grantToAccount !== true &&
    (layers.resourcePolicyRequired === true || !sameAccount || !(own || principal.kind === 'root'));
  if (needsGrant && grant.naming === UNNAMED) return refusal('resource');
  if (principal.kind === 'root') return { allowed: true, explicit: false, layer: 'root' };
  if (!own || (sameAccount && grant.naming === DIRECTLY)) return granted('resource', layers.resource, grant.statement);
  return decideByOwnPolicies(question, layers, sameAccount && grant.naming === BY_IDENTITY ? grant : undefined);
}

/** @param grant of the resource's policy, where it takes the place of identity policies but not of what limits them */
function decideByOwnPolicies(question: Question, layers: PolicyLayers, grant: Grant | undefined): Decision {
  const decision = grant
    ? granted('resource', layers.resource, grant.statement)
    : allowOfList('identity', layers.identity, question);
  if (decision === undefined) return refusal('identity');
  if (layers.boundary && findAllow(layers.boundary.policy, question) === undefined) return refusal('boundary');
  const session = layers.session ?? [];
  // A federated user without a session policy has no permissions: STS API Reference, GetFederationToken.
  if (session.length === 0) return question.request.principal.kind === 'federated' ? refusal('session') : decision;
  return allowOfList('session', session, question) === undefined ? refusal('session') : decision;
}

function grantOf(policy: Policy, question: Question): Grant {
  let best = NO_GRANT;
  for (const statement of policy.allows) {
    const naming = applies(statement, question);
    if (naming > best.naming) best = { naming, statement };
    if (naming === DIRECTLY) break;
  }
  return best;
}

function denyOfLevels(
  layer: Layer,
  levels: readonly (readonly NamedPolicy[])[],
  question: Question,
): Decision | undefined {
  for (const level of levels) {
    const decision = denyOfList(layer, level, question);
    if (decision !== undefined) return decision;
  }
  return undefined;
}

function denyOfList(layer: Layer, policies: readonly NamedPolicy[], question: Question): Decision | undefined {
  for (const named of policies) {
    const decision = denyOf(layer, named, question);
    if (decision !== undefined) return decision;
  }
  return undefined;
}

function denyOf(layer: Layer, named: NamedPolicy, question: Question): Decision | undefined {
  const found = findDeny(named.policy, question);
  return found && { allowed: false, explicit: true, layer, policy: named.name, statement: found.sid ?? found.index };
}

function allowOfList(layer: Layer, policies: readonly NamedPolicy[], question: Question): Decision | undefined {
  for (const named of policies) {
    const found = findAllow(named.policy, question);
    if (found !== undefined) return granted(layer, named, found);
  }
  return undefined;
}

function everyLevelAllows(levels: readonly (readonly NamedPolicy[])[], question: Question): boolean {
  for (const level of levels) if (!level.some(({ policy }) => findAllow(policy, question) !== undefined)) return false;
  return true;
}

function granted(layer: Layer, named: NamedPolicy | undefined, found: Statement | undefined): Decision {
  if (named === undefined || found === undefined) return { allowed: true, explicit: true, layer };
  return { allowed: true, explicit: true, layer, policy: named.name, statement: found.sid ?? found.index };
}

function refusal(layer: Layer): Decision {
  return { allowed: false, explicit: false, layer };
}

/** The fifth part of an ARN, where it is an account's number; AWS's own resources have `aws` there. */
function accountOf(resource: string): string | undefined {
  let at = -1;
  for (let part = 0; part < 4; part++) {
    at = resource.indexOf(':', at + 1);
    if (at < 0) return undefined;
  }
  const end = resource.indexOf(':', at + 1);
  return end - at - 1 === ACCOUNT_LENGTH ? resource.slice(at + 1, end) : undefined;
}
