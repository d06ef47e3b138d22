/** What each operation must be allowed. */
import { parseArn, SECOND } from '#kernel/base';
import type { Access, AccessRules, Ctx } from '#kernel/contract';
import { type RoleRow, roles, trustOf } from '#kernel/identity';
import type { Tag } from '#models/sts';
import { callerSession, fold, transitiveTags } from './domain/session.ts';
import { invalidRoleArn } from './errors.ts';
import { WEB_TOKEN_DEFAULT } from './limits.ts';
import { mfaContext } from './mfa.ts';

/** Source: Service Authorization Reference, "AWS Security Token Service"; IAM User Guide, "Pass session tags in AWS STS", for TagSession. */
export const access: AccessRules<'sts'> = {
  AssumeRole: (input, ctx) => {
    const session = callerSession(ctx);
    // What goes along from the session before must be allowed as if it were given. Source: aws/copilot-cli#5358.
    const sourceIdentity = input.SourceIdentity ?? session?.sourceIdentity;
    const kept = Object.entries(transitiveTags(session)).map(([Key, Value]) => ({ Key, Value }));
    const tags = [...kept, ...(input.Tags ?? [])];
    const role: Omit<Access, 'action'> = {
      resource: input.RoleArn,
      account: parseArn(input.RoleArn)?.account,
      policy: trustPolicy(input.RoleArn, ctx),
      policyDecides: true,
      context: {
        'sts:RoleSessionName': input.RoleSessionName,
        ...(input.ExternalId !== undefined && { 'sts:ExternalId': input.ExternalId }),
        ...(sourceIdentity !== undefined && { 'sts:SourceIdentity': sourceIdentity }),
        ...(input.TransitiveTagKeys !== undefined && { 'sts:TransitiveTagKeys': input.TransitiveTagKeys }),
        ...tagContext(tags),
        ...roleTags(input.RoleArn, kept, ctx),
        ...mfaContext(input, ctx),
      },
    };
    return [
      { ...role, action: 'sts:AssumeRole' },
      ...(kept.length > 0 || isTagged(input) ? [{ ...role, action: 'sts:TagSession' }] : []),
      ...(sourceIdentity === undefined ? [] : [{ ...role, action: 'sts:SetSourceIdentity' }]),
    ];
  },
  // Asked once it is known who vouches for whom.
  AssumeRoleWithSAML: () => [],
  AssumeRoleWithWebIdentity: () => [],
  AssumeRoot: (input, ctx) => ({
    action: 'sts:AssumeRoot',
    resource: rootArn(input.TargetPrincipal, ctx),
    context: { 'sts:TaskPolicyArn': input.TaskPolicyArn.arn ?? '' },
  }),
  GetWebIdentityToken: (input, ctx) => {
    const { Tags, Audience, SigningAlgorithm, DurationSeconds = WEB_TOKEN_DEFAULT / SECOND } = input;
    const token: Omit<Access, 'action'> = {
      // Source: radkawar/stackd, measured in 2026.
      resource: `arn:${ctx.partition}:sts::${ctx.account}:self`,
      context: {
        ...tagContext(Tags),
        'sts:IdentityTokenAudience': Audience,
        'sts:SigningAlgorithm': SigningAlgorithm,
        'sts:DurationSeconds': String(DurationSeconds),
      },
    };
    return [
      { ...token, action: 'sts:GetWebIdentityToken' },
      ...(isTagged(input) ? [{ ...token, action: 'sts:TagGetWebIdentityToken' }] : []),
    ];
  },
  GetCallerIdentity: () => [],
  GetSessionToken: () => [],
  GetFederationToken: (input, ctx) => {
    const user = {
      resource: `arn:${ctx.partition}:sts::${ctx.account}:federated-user/${input.Name}`,
      context: tagContext(input.Tags),
    };
    return [
      { ...user, action: 'sts:GetFederationToken' },
      ...(isTagged(input) ? [{ ...user, action: 'sts:TagSession' }] : []),
    ];
  },
};

/** The root of an account that is named by its number or by an ARN. */
export function rootArn(target: string, ctx: Ctx): string {
  return /^\d{12}$/.test(target) ? `arn:${ctx.partition}:iam::${target}:root` : target;
}

function isTagged(input: { Tags?: Tag[]; TransitiveTagKeys?: string[] }): boolean {
  return (input.Tags?.length ?? 0) + (input.TransitiveTagKeys?.length ?? 0) > 0;
}

function tagContext(tags: readonly Tag[] = []): Record<string, string | readonly string[]> {
  if (tags.length === 0) return {};
  const values = Object.fromEntries(tags.map((tag) => [`aws:RequestTag/${tag.Key}`, tag.Value]));
  return { ...values, 'aws:TagKeys': tags.map((tag) => tag.Key) };
}

/** A role that does not exist trusts nobody: the caller learns no more than that access is denied. */
const NOBODY =
  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:user/nobody"},"Action":"sts:AssumeRole","Condition":{"Null":{"aws:PrincipalArn":"true"}}}]}';

/** @throws {ServiceError} ValidationError for what is no ARN */
function trustPolicy(roleArn: string, ctx: Ctx): string {
  if (parseArn(roleArn) === undefined) throw invalidRoleArn(roleArn);
  const role = roleAt(roleArn, ctx);
  return role === undefined ? NOBODY : trustOf(role, ctx.store);
}

function roleAt(roleArn: string, ctx: Ctx): RoleRow | undefined {
  const arn = parseArn(roleArn);
  const name = arn?.resource.split('/').at(-1);
  if (name === undefined || arn?.resource.startsWith('role/') !== true) return undefined;
  const role = ctx.store.in({ account: arn.account }).get(roles, { name });
  return role?.arn === roleArn ? role : undefined;
}

/** What conditions see of the tags of a role: in the place of one of the same key, the tag kept from the session before. Source: IAM User Guide, "Pass session tags in AWS STS", "Chaining roles with session tags". */
function roleTags(roleArn: string, kept: readonly Tag[], ctx: Ctx): Record<string, string> {
  const overlaid = new Map(kept.map(({ Key, Value }) => [fold(Key), Value]));
  const seen = Object.entries(roleAt(roleArn, ctx)?.tags ?? {}).flatMap(([key, value]) =>
    ['aws', 'iam'].map((prefix) => [`${prefix}:ResourceTag/${key}`, overlaid.get(fold(key)) ?? value]),
  );
  return Object.fromEntries(seen);
}
