/** Key policies: the default one, and what KMS checks of a new one. */
import { utf8Length } from '#kernel/base';
import { type Ctx, policyFault, ServiceError } from '#kernel/contract';
import { namesThoseThere } from '#services/iam/port';
import { invalidPrincipals, limitExceeded, lockedOut, malformedPolicy, noPrincipal } from '../errors.ts';
import { POLICY_BYTES_MAX } from '../limits.ts';
import type { KeyRow } from '../state.ts';

/** The policy of a key that is made without one: the account decides by its own IAM policies. */
export function defaultPolicy(ctx: Pick<Ctx, 'partition' | 'account'>): string {
  return `{
  "Version" : "2012-10-17",
  "Id" : "key-default-1",
  "Statement" : [ {
    "Sid" : "Enable IAM User Permissions",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "arn:${ctx.partition}:iam::${ctx.account}:root"
    },
    "Action" : "kms:*",
    "Resource" : "*"
  } ]
}`;
}

/**
 * Checks a policy that a key is to get.
 *
 * @param bypass the caller takes the risk of locking everybody out
 * @throws {ServiceError} MalformedPolicyDocumentException, LimitExceededException
 * @see KMS API Reference, PutKeyPolicy, Policy; "Default key policy", on keeping a key manageable
 */
export function checkKeyPolicy(policy: string, arn: string, bypass: boolean | undefined, ctx: Ctx): void {
  if (utf8Length(policy) > POLICY_BYTES_MAX)
    throw limitExceeded(`The key policy document exceeds the ${POLICY_BYTES_MAX} byte limit.`);
  const fault = policyFault(policy, 'resource');
  if (fault?.startsWith('Invalid principal')) throw invalidPrincipals();
  if (fault === 'Missing required field Principal') throw noPrincipal();
  if (fault !== undefined) throw malformedPolicy(fault);
  if (!namesThoseThere(policy, ctx.account, ctx.store)) throw invalidPrincipals();
  checkSetOperators(policy);
  if (bypass === true) return;
  try {
    const context = { 'kms:CallerAccount': ctx.account };
    const { inEffect = policy } = policyOf(policy);
    ctx.authorize({ action: 'kms:PutKeyPolicy', resource: arn, policy: inEffect, policyDecides: true, context });
  } catch (error) {
    throw error instanceof ServiceError ? lockedOut() : error;
  }
}

type Statement = {
  readonly Condition?: { readonly [operator: string]: { readonly [key: string]: unknown } };
  readonly Resource?: unknown;
  readonly NotResource?: unknown;
};

function statementsOf(policy: string): readonly Statement[] {
  return [(JSON.parse(policy) as { Statement: Statement | readonly Statement[] }).Statement].flat() as Statement[];
}

/**
 * A policy as a key keeps it: a statement without Resource has no effect.
 *
 * @see KMS Developer Guide, "Creating a key policy", Resource
 */
export function policyOf(policy: string): Pick<KeyRow, 'policy' | 'inEffect'> {
  const statements = statementsOf(policy);
  const isAboutKey = (one: Statement) => one.Resource !== undefined || one.NotResource !== undefined;
  if (statements.every(isAboutKey)) return { policy };
  const Statement = statements.map((one) => (isAboutKey(one) ? one : { ...one, Resource: 'none' }));
  return { policy, inEffect: JSON.stringify({ ...JSON.parse(policy), Statement }) };
}

/** Condition keys of one value that ForAllValues lets by when the request has none. */
const ONE_VALUED: readonly (readonly [key: RegExp, kind: string, said: string])[] = [
  [/^kms:EncryptionContext:/i, ':EncryptionContext', 'encryption context'],
  [/^aws:RequestTag\//i, '', 'tag'],
];

/**
 * @throws {ServiceError} MalformedPolicyDocumentException
 * @see KMS Developer Guide, "AWS KMS condition keys": "Using a set operator with a single-valued condition key"
 */
function checkSetOperators(policy: string): void {
  const operators = statementsOf(policy).flatMap(({ Condition = {} }) => Object.entries(Condition));
  const named = operators.filter(([name]) => /^ForAllValues:/i.test(name)).flatMap(([, keys]) => Object.keys(keys));
  for (const [key, kind, said] of ONE_VALUED)
    if (named.some((name) => key.test(name)))
      throw malformedPolicy(
        `OverlyPermissiveCondition${kind}: Using the ForAllValues set operator with a single-valued condition key matches requests without the specified ${said} or with an unspecified ${said}. To fix, remove ForAllValues.`,
      );
}
