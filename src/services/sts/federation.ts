/** Roles for those whom an identity provider vouches for: they are nobody's principal, and the role's trust policy alone decides. */
import { type Access, type ConditionKeys, type Ctx, ServiceError } from '#kernel/contract';
import { trustOf } from '#kernel/identity';
import type { FoundRole } from './domain/role-session.ts';
import { notAuthorized } from './errors.ts';

export type Vouched = {
  tags: { [key: string]: string };
  transitive: readonly string[];
  sourceIdentity?: string | undefined;
  /** Names the provider as `aws:FederatedProvider`. */
  context: ConditionKeys;
};

/** Asks the trust policy. @throws {ServiceError} AccessDenied */
export function authorizeFederated(
  action: string,
  role: FoundRole | undefined,
  sessionName: string,
  { tags, transitive, sourceIdentity, context }: Vouched,
  ctx: Ctx,
): asserts role is FoundRole {
  if (role === undefined) throw notAuthorized(action);
  const keys = Object.keys(tags);
  const access: Omit<Access, 'action'> = {
    resource: role.row.arn,
    account: role.account,
    policy: trustOf(role.row, ctx.store),
    policyDecides: true,
    context: {
      ...context,
      'sts:RoleSessionName': sessionName,
      ...(sourceIdentity !== undefined && { 'sts:SourceIdentity': sourceIdentity }),
      ...(transitive.length > 0 && { 'sts:TransitiveTagKeys': transitive }),
      ...(keys.length > 0 && { 'aws:TagKeys': keys }),
      ...Object.fromEntries(keys.map((key) => [`aws:RequestTag/${key}`, tags[key] ?? ''])),
    },
  };
  const actions = [
    action,
    ...(keys.length + transitive.length > 0 ? ['sts:TagSession'] : []),
    ...(sourceIdentity === undefined ? [] : ['sts:SetSourceIdentity']),
  ];
  for (const one of actions) {
    try {
      ctx.authorize({ ...access, action: one });
    } catch (error) {
      // Who is not known is told no reason.
      throw error instanceof ServiceError && error.code === 'AccessDenied' ? notAuthorized(one) : error;
    }
  }
}
