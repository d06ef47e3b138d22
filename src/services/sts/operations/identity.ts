/** Who a credential belongs to; and AssumeRoot, which needs an organization. */
import type { Ctx, Handler } from '#kernel/contract';
import { accessKeys, accountOfKeyId, sessions } from '#kernel/identity';
import { rootArn } from '../access.ts';
import { notAMessage, rootSessionsDisabled, sessionMayNot } from '../errors.ts';

export const getCallerIdentity: Handler<'sts', 'GetCallerIdentity'> = (_, ctx) => {
  const { principal } = ctx.caller;
  return { UserId: principal.id, Account: principal.account, Arn: principal.arn };
};

/**
 * Temporary credentials of users and of those whom they vouch for are no good for most of STS, those of roles are.
 *
 * @throws {ServiceError} AccessDenied
 * @see    IAM User Guide, "Compare AWS STS credentials"
 */
function refuseSessions(operation: string, { caller: { principal, accessKeyId } }: Ctx): void {
  const isOfUser = principal.kind === 'user' && accessKeyId?.startsWith('ASIA') === true;
  if (isOfUser || principal.kind === 'federated') throw sessionMayNot(operation);
}

export const getAccessKeyInfo: Handler<'sts', 'GetAccessKeyInfo'> = (input, ctx) => {
  refuseSessions('GetAccessKeyInfo', ctx);
  const id = input.AccessKeyId;
  const found = ctx.store.get(accessKeys, { id })?.account ?? ctx.store.get(sessions, { id })?.account;
  return { Account: found ?? accountOfKeyId(id) ?? (/^\d{12}$/.test(id) ? id : ctx.account) };
};

/** Only EC2 encodes its denials, and is not here: no message was ever given out. */
export const decodeAuthorizationMessage: Handler<'sts', 'DecodeAuthorizationMessage'> = (_, ctx) => {
  refuseSessions('DecodeAuthorizationMessage', ctx);
  throw notAMessage();
};

export const assumeRoot: Handler<'sts', 'AssumeRoot'> = (input, ctx) => {
  throw rootSessionsDisabled(ctx.caller.principal.arn, rootArn(input.TargetPrincipal, ctx));
};
