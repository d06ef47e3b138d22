/** What each operation must be allowed. */

import { parseArn } from '#kernel/base';
import type { AccessRules, Ctx } from '#kernel/contract';
import { roles } from '#kernel/identity';

export const access: AccessRules<'sts'> = {
  AssumeRole: (input, ctx) => ({
    action: 'sts:AssumeRole',
    resource: input.RoleArn,
    account: parseArn(input.RoleArn)?.account,
    policy: trustPolicy(input.RoleArn, ctx),
    policyDecides: true,
    context: {
      'sts:RoleSessionName': input.RoleSessionName,
      ...(input.ExternalId !== undefined && { 'sts:ExternalId': input.ExternalId }),
      ...(input.SourceIdentity !== undefined && { 'sts:SourceIdentity': input.SourceIdentity }),
      ...(input.TransitiveTagKeys !== undefined && { 'sts:TransitiveTagKeys': input.TransitiveTagKeys }),
      ...Object.fromEntries((input.Tags ?? []).map((tag) => [`aws:RequestTag/${tag.Key}`, tag.Value])),
      ...(input.Tags !== undefined && { 'aws:TagKeys': input.Tags.map((tag) => tag.Key) }),
    },
  }),
  GetCallerIdentity: () => [],
  GetSessionToken: () => [],
  GetFederationToken: (input, ctx) => ({
    action: 'sts:GetFederationToken',
    resource: `arn:${ctx.partition}:sts::${ctx.account}:federated-user/${input.Name}`,
  }),
};

/** A role that does not exist trusts nobody: the caller learns no more than that access is denied. */
const NOBODY =
  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:user/nobody"},"Action":"sts:AssumeRole","Condition":{"Null":{"aws:PrincipalArn":"true"}}}]}';

function trustPolicy(roleArn: string, ctx: Ctx): string {
  const arn = parseArn(roleArn);
  const name = arn?.resource.split('/').at(-1);
  if (arn === undefined || name === undefined || !arn.resource.startsWith('role/')) return NOBODY;
  const role = ctx.store.in({ account: arn.account }).get(roles, { name });
  return role?.arn === roleArn ? role.trust : NOBODY;
}
