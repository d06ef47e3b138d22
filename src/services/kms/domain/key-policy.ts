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
  if (bypass === true) return;
  try {
    const context = { 'kms:CallerAccount': ctx.account };
    ctx.authorize({ action: 'kms:PutKeyPolicy', resource: arn, policy, policyDecides: true, context });
  } catch (error) {
    throw error instanceof ServiceError ? lockedOut() : error;
  }
}
