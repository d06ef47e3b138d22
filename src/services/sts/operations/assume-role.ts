/** AssumeRole: the trust policy has already said yes (access.ts). */
import { invariant, parseArn, SECOND } from '#kernel/base';
import type { Ctx, Handler } from '#kernel/contract';
import { roles, type SessionRow, sessions } from '#kernel/identity';
import type { AssumeRoleRequest } from '#models/sts';
import { checkSessionPolicies, durationOf, openSession } from '../domain.ts';
import { chainedDurationTooLong, durationTooLong, rootMayNotAssume, transitiveTagGiven } from '../errors.ts';
import { ASSUME_ROLE_DEFAULT, CHAINED_SESSION_MAX, USE_NOTED_EVERY } from '../limits.ts';
import { mfaOf } from '../mfa.ts';

export const assumeRole: Handler<'sts', 'AssumeRole'> = (input, ctx) => {
  const { principal, accessKeyId } = ctx.caller;
  // Deviation: the root of an account may assume roles when its key is none that exists, so that a cloud without users can be tried.
  if (principal.kind === 'root' && accessKeyId?.startsWith('AKIA') === true) throw rootMayNotAssume();
  const arn = parseArn(input.RoleArn);
  const name = arn?.resource.split('/').at(-1);
  invariant(arn !== undefined && name !== undefined, 'authorization saw the role');
  const role = ctx.store.in({ account: arn.account }).get(roles, { name });
  invariant(role !== undefined, 'authorization saw the role');
  const lasts = durationOf(input.DurationSeconds, ASSUME_ROLE_DEFAULT);
  if (principal.kind === 'session' && lasts > CHAINED_SESSION_MAX) throw chainedDurationTooLong();
  if (lasts > role.maxSessionSeconds * SECOND) throw durationTooLong();
  const policyArns = (input.PolicyArns ?? []).flatMap((one) => (one.arn === undefined ? [] : [one.arn]));
  const packed = checkSessionPolicies(input.Policy, policyArns);
  // A source identity stays with whoever chains roles: IAM User Guide, "Monitor and control actions taken with assumed roles".
  const sourceIdentity = input.SourceIdentity ?? callerSession(ctx)?.sourceIdentity;
  const credentials = openSession(ctx, {
    account: arn.account,
    kind: 'role',
    name: role.name,
    identityId: role.id,
    sessionName: input.RoleSessionName,
    policies: input.Policy === undefined ? [] : [input.Policy],
    policyArns,
    ...chainedTags(input, ctx),
    expiresAt: ctx.now + lasts,
    ...mfaOf(input, ctx),
    ...(sourceIdentity !== undefined && { sourceIdentity }),
  });
  // Not at each call: a changed role drops what was compiled of all policies.
  if (role.lastUsedAt === undefined || ctx.now - role.lastUsedAt >= USE_NOTED_EVERY)
    ctx.store.in({ account: arn.account }).put(roles, { ...role, lastUsedAt: ctx.now, lastUsedRegion: ctx.region });
  return {
    Credentials: credentials,
    AssumedRoleUser: {
      AssumedRoleId: `${role.id}:${input.RoleSessionName}`,
      Arn: `arn:${ctx.partition}:sts::${arn.account}:assumed-role/${role.name}/${input.RoleSessionName}`,
    },
    ...((input.Policy !== undefined || policyArns.length > 0) && { PackedPolicySize: packed }),
    ...(sourceIdentity !== undefined && { SourceIdentity: sourceIdentity }),
  };
};

/** The session that assumes a further role. */
function callerSession(ctx: Ctx): SessionRow | undefined {
  const { accessKeyId } = ctx.caller;
  return accessKeyId === undefined ? undefined : ctx.store.get(sessions, { id: accessKeyId });
}

/** Transitive tags of the session before are kept, and can't be given again. @see IAM User Guide, "Chaining roles with session tags" */
function chainedTags(input: AssumeRoleRequest, ctx: Ctx): Pick<SessionRow, 'tags' | 'transitiveTagKeys'> {
  const before = callerSession(ctx);
  const inherited = (before?.transitiveTagKeys ?? []).flatMap((key) => {
    const value = before?.tags[key];
    return value === undefined ? [] : [[key, value] as const];
  });
  const kept = Object.fromEntries(inherited);
  const given = input.Tags ?? [];
  if (given.some(({ Key }) => kept[Key] !== undefined)) throw transitiveTagGiven();
  return {
    tags: { ...Object.fromEntries(given.map((tag) => [tag.Key, tag.Value])), ...kept },
    transitiveTagKeys: [...(before?.transitiveTagKeys ?? []), ...(input.TransitiveTagKeys ?? [])],
  };
}
