/** Temporary credentials: making them and writing them down. */
import { type Millis, SECOND, wholeSecond } from '#kernel/base';
import { type Ctx, policyFault } from '#kernel/contract';
import { newKeyId, type SessionRow, sessions, type Tags } from '#kernel/identity';
import type { Tag } from '#models/sts';
import {
  duplicateTags,
  malformedPolicy,
  policyTooLarge,
  reservedTag,
  tagsTooLarge,
  tooManyPolicyArns,
} from '../errors.ts';
import { SESSION_POLICY_ARNS_MAX, SESSION_POLICY_CHARACTERS_MAX, TOKEN_SIZE_MAX } from '../limits.ts';

const SECRET_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const TOKEN_BYTES = 256;
/** Sessions that have run out are removed a few at a time, when new ones are made. */
const SWEEP_BATCH = 10;

/** A token of at least as many bytes as were asked for. */
function tokenOf(ctx: Ctx, minimum: number): string {
  return Buffer.from(ctx.random.bytes(Math.max(TOKEN_BYTES, Math.ceil(minimum / 4) * 3))).toString('base64');
}

type Opened = {
  Credentials: { AccessKeyId: string; SecretAccessKey: string; SessionToken: string; Expiration: Millis };
  SessionTokenSize: number;
  SessionTokenUtilization: number;
};

/** Opens a session and tells of it as STS does. */
export function openSession(
  ctx: Ctx,
  { MinimumSessionTokenSize: minimum = 0 }: { MinimumSessionTokenSize?: number },
  session: Omit<SessionRow, 'id' | 'secret' | 'token' | 'createdAt'>,
): Opened {
  for (const old of ctx.store.list(sessions, { index: 'byExpiry', before: { expiresAt: ctx.now }, limit: SWEEP_BATCH }))
    ctx.store.delete(sessions, old);
  const id = newKeyId('ASIA', session.account, ctx.random);
  const secret = ctx.random.text(40, SECRET_ALPHABET);
  const token = tokenOf(ctx, minimum);
  ctx.store.put(sessions, { ...session, id, secret, token, createdAt: ctx.now });
  const Expiration = wholeSecond(session.expiresAt);
  return {
    Credentials: { AccessKeyId: id, SecretAccessKey: secret, SessionToken: token, Expiration },
    SessionTokenSize: token.length,
    SessionTokenUtilization: Math.ceil((token.length / TOKEN_SIZE_MAX) * 100),
  };
}

/** Keys of session tags are the same whatever their case. */
export const fold = (key: string) => key.toLowerCase();

/** Session tags as they were given. @throws {ServiceError} InvalidParameterValue */
export function sessionTags(given: readonly Tag[] = []): Tags {
  if (new Set(given.map(({ Key }) => fold(Key))).size < given.length) throw duplicateTags();
  if (given.some(({ Key }) => fold(Key).startsWith('aws:'))) throw reservedTag();
  return Object.fromEntries(given.map(({ Key, Value }) => [Key, Value]));
}

/** The session whose credentials the caller has; undefined when they are no temporary ones. */
export function callerSession({ caller: { accessKeyId }, store }: Ctx): SessionRow | undefined {
  return accessKeyId === undefined ? undefined : store.get(sessions, { id: accessKeyId });
}

/** The tags of a session that go along to the next one. */
export function transitiveTags(session: SessionRow | undefined): Tags {
  const { tags = {}, transitiveTagKeys = [] } = session ?? {};
  const keys = new Set(transitiveTagKeys.map(fold));
  return Object.fromEntries(Object.entries(tags).filter(([key]) => keys.has(fold(key))));
}

/**
 * Checks session policies: they are not too many, each parses, and together they are not too large.
 *
 * @returns the share of the space that they and the tags use, in percent
 */
export function checkSessionPolicies(policy: string | undefined, arns: readonly string[], tags: Tags): number {
  if (arns.length > SESSION_POLICY_ARNS_MAX) throw tooManyPolicyArns(arns, SESSION_POLICY_ARNS_MAX);
  const size = (policy?.length ?? 0) + arns.join('').length;
  if (size > SESSION_POLICY_CHARACTERS_MAX) throw policyTooLarge(shareOf(size));
  const fault = policy === undefined ? undefined : policyFault(policy, 'identity');
  if (fault !== undefined) throw malformedPolicy(fault);
  const packed = shareOf(size + Object.entries(tags).flat().join('').length);
  if (packed > 100) throw size === 0 ? tagsTooLarge(packed) : policyTooLarge(packed);
  return packed;
}

/** Deviation: AWS does not say how it packs; here a character of a policy or a tag is one of what policies may have. */
const shareOf = (size: number) => Math.ceil((size / SESSION_POLICY_CHARACTERS_MAX) * 100);

/** Seconds from the wire as a duration, or the default. */
export function durationOf(seconds: number | undefined, otherwise: Millis): Millis {
  return seconds === undefined ? otherwise : seconds * SECOND;
}
