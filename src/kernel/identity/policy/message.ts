/** AWS's access-denied texts. */

import { type Decision, isSameAccount, type Layer } from './evaluate.ts';
import type { AuthorizationRequest } from './statement.ts';

/** How AWS names a kind of policy: after "no", and after "an explicit deny in". */
const KINDS: Readonly<Record<Layer, readonly [missing: string, denying: string]>> = {
  scp: ['service control policy', 'a service control policy'],
  rcp: ['resource control policy', 'a resource control policy'],
  resource: ['resource-based policy', 'a resource-based policy'],
  boundary: ['permissions boundary', 'a permissions boundary'],
  session: ['session policy', 'a session policy'],
  identity: ['identity-based policy', 'an identity-based policy'],
  root: ['identity-based policy', 'an identity-based policy'],
};

/** Where the resource is a role to be assumed, its policy is called by its own name; that it allows nothing is not said at all. */
const DENYING_TRUST = 'the role trust policy';

/** KMS tells a caller of another account nothing of its keys. Source: KMS Developer Guide, "Troubleshooting key access". */
const UNTOLD =
  'because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access';

/**
 * The message of an AccessDenied error.
 *
 * A service that answers callers of other organizations leaves the reason out; that is the service's to do.
 *
 * @param decision one that denies
 * @see IAM User Guide, "Troubleshoot access denied error messages", Access denied error message examples
 */
export function denialMessage(request: AuthorizationRequest, decision: Decision): string {
  const { principal, resource } = request;
  // SQS tells actions in lower case. Source: aws/serverless-application-model#3633.
  const action = /^sqs:/i.test(request.action) ? request.action.toLowerCase() : request.action;
  const user = principal.kind === 'anonymous' ? 'anonymous' : principal.arn;
  const trust = decision.layer === 'resource' && /^sts:/i.test(action);
  const denied = `User: ${user} is not authorized to perform: ${action}${resource === '' ? '' : ` on resource: ${resource}`}`;
  if (decision.layer === 'resource' && /^kms:/i.test(action) && !isSameAccount(request)) return `${denied} ${UNTOLD}`;
  const [missing, denying] = KINDS[decision.layer];
  if (decision.explicit)
    return `${denied} with an explicit deny in ${trust ? DENYING_TRUST : `${denying}${denyingArn(request, decision)}`}`;
  return trust ? denied : `${denied} because no ${missing} allows the ${action} action`;
}

/**
 * The ARN of a managed policy that denies, told within an account.
 *
 * @see AWS Security Blog, "Enhanced access denied error messages with policy ARNs"
 */
function denyingArn(request: AuthorizationRequest, { layer, policy = '' }: Decision): string {
  return layer !== 'resource' && policy.startsWith('arn:') && isSameAccount(request) ? `: ${policy}` : '';
}
