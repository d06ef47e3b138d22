/** AssumeRole: the trust policy has already said yes (access.ts). */
import { invariant } from '#kernel/base';
import type { Ctx, Handler } from '#kernel/contract';
import type { SessionRow } from '#kernel/identity';
import type { AssumeRoleRequest } from '#models/sts';
import { findRole, openRoleSession } from '../domain/role-session.ts';
import { callerSession, durationOf, fold, sessionTags, transitiveTags } from '../domain/session.ts';
import {
  chainedDurationTooLong,
  otherSourceIdentity,
  rootMayNotAssume,
  sessionMayNot,
  transitiveTagGiven,
  transitiveTagMissing,
} from '../errors.ts';
import { ASSUME_ROLE_DEFAULT, CHAINED_SESSION_MAX } from '../limits.ts';
import { mfaOf } from '../mfa.ts';

/**
 * Of what a service runs as a role. Deviation: functions reach this cloud without TLS, as it is on their machine, and are taken for what they are on AWS,
 * whose own addresses are all https.
 */
const INSIDE = { 'aws:SecureTransport': 'true' };

export const assumeRole: Handler<'sts', 'AssumeRole'> = (input, ctx) => {
  const { principal, accessKeyId } = ctx.caller;
  // Deviation: the root of an account may assume roles when its key is none that exists, so that a cloud without users can be tried.
  if (principal.kind === 'root' && accessKeyId?.startsWith('AKIA') === true) throw rootMayNotAssume();
  // Source: IAM User Guide, "Compare AWS STS credentials": of GetFederationToken's only GetCallerIdentity may be called.
  if (principal.kind === 'federated') throw sessionMayNot('AssumeRole');
  const role = findRole(input.RoleArn, ctx);
  invariant(role !== undefined, 'authorization saw the role');
  if (principal.kind === 'session' && durationOf(input.DurationSeconds, ASSUME_ROLE_DEFAULT) > CHAINED_SESSION_MAX)
    throw chainedDurationTooLong();
  // A source identity stays with whoever chains roles: IAM User Guide, "Monitor and control actions taken with assumed roles".
  const inherited = callerSession(ctx)?.sourceIdentity;
  const sourceIdentity = input.SourceIdentity ?? inherited;
  if (inherited !== undefined && sourceIdentity !== inherited) throw otherSourceIdentity(principal.arn, input.RoleArn);
  return openRoleSession(ctx, role, input.RoleSessionName, input, {
    ...chainedTags(input, ctx),
    ...mfaOf(input, ctx),
    ...(principal.kind === 'service' && { context: { ...INSIDE, ...sourceFunction(ctx) } }),
    ...(sourceIdentity !== undefined && { sourceIdentity }),
  });
};

/** A function's session tells of which function it is. Source: Lambda Developer Guide, "Using source function ARN to control function access behavior". */
function sourceFunction({ caller: { principal, source } }: Ctx): { [key: string]: string } {
  const isOfFunction = principal.kind === 'service' && principal.service === 'lambda.amazonaws.com';
  return isOfFunction && source !== undefined ? { 'lambda:SourceFunctionArn': source.arn } : {};
}

/** Transitive tags of the session before are kept, and can't be given again. @see IAM User Guide, "Chaining roles with session tags" */
function chainedTags(input: AssumeRoleRequest, ctx: Ctx): Pick<SessionRow, 'tags' | 'transitiveTagKeys'> {
  const given = sessionTags(input.Tags);
  const kept = transitiveTags(callerSession(ctx));
  const keptKeys = new Set(Object.keys(kept).map(fold));
  if (Object.keys(given).some((key) => keptKeys.has(fold(key)))) throw transitiveTagGiven();
  const asked = new Set((input.TransitiveTagKeys ?? []).map(fold));
  const transitive = Object.keys(given).filter((key) => asked.has(fold(key)));
  if (transitive.length < asked.size) throw transitiveTagMissing();
  return { tags: { ...given, ...kept }, transitiveTagKeys: [...Object.keys(kept), ...transitive] };
}
