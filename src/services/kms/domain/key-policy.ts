/** Key policies: the default one, and what KMS checks of a new one. */
import { utf8Length } from '#kernel/base';
import { type Ctx, policyFault, ServiceError } from '#kernel/contract';
import { limitExceeded, lockedOut, malformedPolicy } from '../errors.ts';
import { POLICY_BYTES_MAX } from '../limits.ts';

/** The policy of a key that is made without one: the account decides by its own IAM policies. */
export function defaultPolicy(ctx: Ctx): string {
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
 * Deviation: AWS also refuses principals that don't exist; here whatever is well formed may be named.
 *
 * @param bypass the caller takes the risk of locking everybody out
 * @throws {ServiceError} MalformedPolicyDocumentException, LimitExceededException
 * @see KMS API Reference, PutKeyPolicy, Policy; "Default key policy", on keeping a key manageable
 */
export function checkKeyPolicy(policy: string, arn: string, bypass: boolean | undefined, ctx: Ctx): void {
  if (utf8Length(policy) > POLICY_BYTES_MAX)
    throw limitExceeded(`The key policy document exceeds the ${POLICY_BYTES_MAX} byte limit.`);
  const fault = policyFault(policy, 'resource');
  if (fault !== undefined) throw malformedPolicy(fault);
  checkSetOperators(policy);
  if (bypass === true) return;
  try {
    const context = { 'kms:CallerAccount': ctx.account };
    ctx.authorize({ action: 'kms:PutKeyPolicy', resource: arn, policy, policyDecides: true, context });
  } catch (error) {
    throw error instanceof ServiceError ? lockedOut() : error;
  }
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
  type Conditions = { readonly [operator: string]: { readonly [key: string]: unknown } };
  type Statement = { readonly Condition?: Conditions };
  const { Statement } = JSON.parse(policy) as { readonly Statement: Statement | readonly Statement[] };
  const operators = [Statement].flat().flatMap((statement) => Object.entries((statement as Statement).Condition ?? {}));
  const named = operators.filter(([name]) => /^ForAllValues:/i.test(name)).flatMap(([, keys]) => Object.keys(keys));
  for (const [key, kind, said] of ONE_VALUED)
    if (named.some((name) => key.test(name)))
      throw malformedPolicy(
        `OverlyPermissiveCondition${kind}: Using the ForAllValues set operator with a single-valued condition key matches requests without the specified ${said} or with an unspecified ${said}. To fix, remove ForAllValues.`,
      );
}
