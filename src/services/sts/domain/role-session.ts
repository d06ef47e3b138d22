/** Sessions of roles: what the three ways of assuming one have in common. */
import { parseArn, SECOND } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import { type RoleRow, roles, type SessionRow } from '#kernel/identity';
import type { PolicyDescriptorType } from '#models/sts';
import { durationTooLong } from '../errors.ts';
import { ASSUME_ROLE_DEFAULT, USE_NOTED_EVERY } from '../limits.ts';
import { checkSessionPolicies, durationOf, openSession } from './session.ts';

export type FoundRole = { account: string; row: RoleRow };

/** The role of an ARN; undefined when there is none. */
export function findRole(arn: string, ctx: Ctx): FoundRole | undefined {
  const parsed = parseArn(arn);
  const name = parsed?.resource.split('/').at(-1);
  if (parsed === undefined || name === undefined || !parsed.resource.startsWith('role/')) return undefined;
  const row = ctx.store.in({ account: parsed.account }).get(roles, { name });
  return row?.arn === arn ? { account: parsed.account, row } : undefined;
}

type Asked = {
  DurationSeconds?: number;
  Policy?: string;
  PolicyArns?: PolicyDescriptorType[];
  MinimumSessionTokenSize?: number;
};
type Opening = Pick<SessionRow, 'tags' | 'transitiveTagKeys' | 'sourceIdentity' | 'mfaAt' | 'context'>;

/**
 * In a transaction: opens a session of the role and gives what its caller is told.
 *
 * @param endsAt when it ends at the latest
 * @throws {ServiceError} ValidationError, MalformedPolicyDocument, PackedPolicyTooLarge
 */
export function openRoleSession(
  ctx: Ctx,
  role: FoundRole,
  sessionName: string,
  asked: Asked,
  opening: Opening,
  endsAt = Number.POSITIVE_INFINITY,
) {
  const { account, row } = role;
  const lasts = durationOf(asked.DurationSeconds, ASSUME_ROLE_DEFAULT);
  if (lasts > row.maxSessionSeconds * SECOND) throw durationTooLong();
  const policyArns = (asked.PolicyArns ?? []).flatMap((one) => (one.arn === undefined ? [] : [one.arn]));
  const packed = checkSessionPolicies(asked.Policy, policyArns, opening.tags);
  const opened = openSession(ctx, asked, {
    account,
    kind: 'role',
    name: row.name,
    identityId: row.id,
    sessionName,
    policies: asked.Policy === undefined ? [] : [asked.Policy],
    policyArns,
    expiresAt: Math.min(ctx.now + lasts, endsAt),
    ...opening,
  });
  // Not at each call: a changed role drops what was compiled of all policies.
  if (row.lastUsedAt === undefined || ctx.now - row.lastUsedAt >= USE_NOTED_EVERY)
    ctx.store.in({ account }).put(roles, { ...row, lastUsedAt: ctx.now, lastUsedRegion: ctx.region });
  return {
    ...opened,
    AssumedRoleUser: {
      AssumedRoleId: `${row.id}:${sessionName}`,
      Arn: `arn:${ctx.partition}:sts::${account}:assumed-role/${row.name}/${sessionName}`,
    },
    ...(packed > 0 && { PackedPolicySize: packed }),
    ...(opening.sourceIdentity !== undefined && { SourceIdentity: opening.sourceIdentity }),
  };
}
