/** Whether one statement applies to one request: action, resource, principal and conditions, cheapest first. */

import type { Principal } from '../principal.ts';
import { conditionsHold } from './conditions.ts';
import type { Context, Policy, Statement } from './document.ts';
import { DIRECTLY, exempts, type Naming, namingOf, UNNAMED } from './principals.ts';
import { matchesTemplate } from './variables.ts';
import { matchesPattern } from './wildcard.ts';

export type AuthorizationRequest = {
  principal: Principal;
  /** As AWS spells it: `sqs:SendMessage`. */
  action: string;
  /** An ARN, or `*` for an action that knows no resources. */
  resource: string;
  /** The resource's owner, where its ARN doesn't say (S3). Without either it is the caller's account. */
  resourceAccount?: string;
  context: Context;
  /** Keys, in lower case, whose values may be what allows. */
  open?: readonly string[] | undefined;
  /** S3's canonical user id of the caller's account, for policies that name one. */
  canonicalUser?: string;
};

/** A request made ready to be asked about many times. */
export type Question = {
  readonly request: AuthorizationRequest;
  /** Lower case, as statements hold theirs. */
  readonly action: string;
  /** The caller has a permissions boundary, which NotPrincipal with Deny doesn't forgive. */
  readonly bounded: boolean;
};

/** Whether Action or NotAction covers the request. */
export function actionMatches(statement: Statement, question: Question): boolean {
  for (const pattern of statement.actions) if (matchesPattern(pattern, question.action)) return !statement.notAction;
  return statement.notAction;
}

/** Whether Resource or NotResource covers the request; a statement without either is about the resource it hangs on. */
export function resourceMatches(statement: Statement, question: Question): boolean {
  if (statement.resources === undefined) return true;
  const { resource, context } = question.request;
  for (const template of statement.resources)
    if (matchesTemplate(template, resource, context)) return !statement.notResource;
  return statement.notResource;
}

/**
 * How directly Principal or NotPrincipal means the caller; a statement without either means whoever it is attached to.
 *
 * @see IAM User Guide, "AWS JSON policy elements: NotPrincipal" and "Permissions boundaries for IAM entities", where
 *      NotPrincipal with Deny always denies a caller that has a boundary
 */
export function principalNaming(statement: Statement, question: Question): Naming {
  const { principals } = statement;
  if (principals === undefined) return DIRECTLY;
  const { principal, context, canonicalUser } = question.request;
  if (!statement.notPrincipal) return namingOf(principals, principal, context, canonicalUser);
  if (statement.effect === 'Allow') {
    return namingOf(principals, principal, context, canonicalUser) === UNNAMED ? DIRECTLY : UNNAMED;
  }
  if (question.bounded && (principal.kind === 'user' || principal.kind === 'session')) return DIRECTLY;
  return exempts(principals, principal, context, canonicalUser) ? UNNAMED : DIRECTLY;
}

/** How directly the statement applies to the request; UNNAMED when it doesn't. */
export function applies(statement: Statement, question: Question): Naming {
  if (!actionMatches(statement, question) || !resourceMatches(statement, question)) return UNNAMED;
  const naming = principalNaming(statement, question);
  if (naming === UNNAMED || !holds(statement, question.request)) return UNNAMED;
  return naming;
}

function holds({ conditions, effect }: Statement, { context, open }: AuthorizationRequest): boolean {
  if (open === undefined) return conditionsHold(conditions, context);
  if (effect === 'Deny' && conditions.some(({ key }) => open.includes(key))) return false;
  return conditionsHold(
    conditions.filter(({ key }) => !open.includes(key)),
    context,
  );
}

/** The policy's first applying Deny. */
export function findDeny(policy: Policy, question: Question): Statement | undefined {
  for (const statement of policy.denies) if (applies(statement, question) !== UNNAMED) return statement;
  return undefined;
}

/** The policy's first applying Allow. */
export function findAllow(policy: Policy, question: Question): Statement | undefined {
  for (const statement of policy.allows) if (applies(statement, question) !== UNNAMED) return statement;
  return undefined;
}
