/** AssumeRole: the trust policy has already said yes (access.ts). */
import { invariant, parseArn, SECOND } from '#kernel/base';
import type { Handler } from '#kernel/contract';
import { roles } from '#kernel/identity';
import { checkSessionPolicies, durationOf, openSession } from '../domain.ts';
import { chainedDurationTooLong, durationTooLong, rootMayNotAssume } from '../errors.ts';
import { ASSUME_ROLE_DEFAULT, CHAINED_SESSION_MAX, USE_NOTED_EVERY } from '../limits.ts';

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
  const credentials = openSession(ctx, {
    account: arn.account,
    kind: 'role',
    name: role.name,
    identityId: role.id,
    sessionName: input.RoleSessionName,
    policies: input.Policy === undefined ? [] : [input.Policy],
    policyArns,
    tags: Object.fromEntries((input.Tags ?? []).map((tag) => [tag.Key, tag.Value])),
    transitiveTagKeys: input.TransitiveTagKeys ?? [],
    expiresAt: ctx.now + lasts,
    ...(input.SourceIdentity !== undefined && { sourceIdentity: input.SourceIdentity }),
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
    ...(input.SourceIdentity !== undefined && { SourceIdentity: input.SourceIdentity }),
  };
};
