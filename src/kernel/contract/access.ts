/** What a call must be allowed to do, as a service tells the pipeline. */

/** What is given to an account, whose own policies say who there has it; by its name. */
export type Delegated = { toAccount: string };

/** One thing a call must be allowed to do. */
export type Access = {
  /** IAM action, e.g. `sqs:SendMessage`. */
  action: string;
  /** ARN, or `*`. */
  resource: string;
  /** What a denial calls the resource, where that is not its ARN: IAM says `user bob`; an empty text where it names none. */
  called?: string | undefined;
  /** Owner of the resource, where it is not the caller's account. */
  account?: string | undefined;
  /** Text of the resource's own policy. */
  policy?: string | undefined;
  /** The resource's policy alone decides within the account (a role's trust policy, a KMS key's policy). */
  policyDecides?: boolean | undefined;
  /** Asked only when no policy allows: names what gives the permission all the same (a grant of KMS). Explicit denies, SCPs and RCPs still win. */
  grantedBy?: (() => string | Delegated | undefined) | undefined;
  /** Condition keys of the service, e.g. `s3:prefix`; as a function where working them out costs something: policies seldom ask. */
  context?: ConditionKeys | (() => ConditionKeys) | undefined;
  /** Condition keys that may have any value: whether the call could be allowed at all. */
  open?: readonly string[] | undefined;
};

export type ConditionKeys = { readonly [key: string]: string | readonly string[] };

/**
 * The permission to hand over a role, which a call that names one asks for besides its own.
 *
 * Deviation: policies do not see `iam:AssociatedResourceArn`, for which thing the role is.
 *
 * @param service as its principal is called: `lambda`, `streams.metrics.cloudwatch`
 */
export function passing(role: string, service: string): Access {
  return { action: 'iam:PassRole', resource: role, context: { 'iam:PassedToService': `${service}.amazonaws.com` } };
}
