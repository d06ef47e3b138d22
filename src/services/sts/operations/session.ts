/** Temporary credentials for users: GetSessionToken and GetFederationToken. */
import type { Ctx, Handler } from '#kernel/contract';
import type { Principal } from '#kernel/identity';
import { checkSessionPolicies, durationOf, openSession, sessionTags } from '../domain/session.ts';
import { sessionMayNot } from '../errors.ts';
import { ROOT_SESSION_MAX, SESSION_TOKEN_DEFAULT } from '../limits.ts';
import { mfaOf } from '../mfa.ts';

/** Ties the session to the user it was made for, not to their name. */
function identityOf(principal: Principal): { identityId?: string } {
  return principal.kind === 'user' ? { identityId: principal.id } : {};
}

/** Temporary credentials, a user's own too, make no others here. @throws {ServiceError} AccessDenied */
function refuseSession(operation: string, { caller: { principal, accessKeyId } }: Ctx): void {
  if (principal.kind === 'session' || principal.kind === 'federated' || accessKeyId?.startsWith('ASIA') === true)
    throw sessionMayNot(operation);
}

const NO_POLICIES = { policies: [], policyArns: [], tags: {}, transitiveTagKeys: [] };

export const getSessionToken: Handler<'sts', 'GetSessionToken'> = (input, ctx) => {
  const { principal } = ctx.caller;
  refuseSession('GetSessionToken', ctx);
  const asked = durationOf(input.DurationSeconds, SESSION_TOKEN_DEFAULT);
  const lasts = principal.kind === 'root' ? Math.min(asked, ROOT_SESSION_MAX) : asked;
  const name = principal.kind === 'user' ? principal.name : 'root';
  return openSession(ctx, input, {
    ...NO_POLICIES,
    account: principal.account,
    kind: principal.kind === 'user' ? 'user' : 'root',
    name,
    ...identityOf(principal),
    expiresAt: ctx.now + lasts,
    ...mfaOf(input, ctx),
  });
};

export const getFederationToken: Handler<'sts', 'GetFederationToken'> = (input, ctx) => {
  const { principal } = ctx.caller;
  refuseSession('GetFederationToken', ctx);
  const asked = durationOf(input.DurationSeconds, SESSION_TOKEN_DEFAULT);
  const lasts = principal.kind === 'root' ? Math.min(asked, ROOT_SESSION_MAX) : asked;
  const policyArns = (input.PolicyArns ?? []).flatMap((one) => (one.arn === undefined ? [] : [one.arn]));
  const tags = sessionTags(input.Tags);
  const packed = checkSessionPolicies(input.Policy, policyArns, tags);
  const opened = openSession(ctx, input, {
    account: principal.account,
    kind: 'federated',
    name: input.Name,
    ...identityOf(principal),
    policies: input.Policy === undefined ? [] : [input.Policy],
    policyArns,
    tags,
    transitiveTagKeys: [],
    expiresAt: ctx.now + lasts,
  });
  return {
    ...opened,
    FederatedUser: {
      FederatedUserId: `${principal.account}:${input.Name}`,
      Arn: `arn:${ctx.partition}:sts::${principal.account}:federated-user/${input.Name}`,
    },
    PackedPolicySize: packed,
  };
};
