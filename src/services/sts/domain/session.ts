/** Temporary credentials: making them and writing them down. */
import { type Millis, SECOND } from '#kernel/base';
import { type Ctx, policyFault } from '#kernel/contract';
import { type SessionRow, sessions } from '#kernel/identity';
import { malformedPolicy, policyTooLarge } from '../errors.ts';
import { SESSION_POLICY_CHARACTERS_MAX } from '../limits.ts';

const ID_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const SECRET_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const TOKEN_BYTES = 256;
/** Sessions that have run out are removed a few at a time, when new ones are made. */
const SWEEP_BATCH = 10;

/** Opens a session and gives its credentials as STS writes them. */
export function openSession(
  ctx: Ctx,
  session: Omit<SessionRow, 'id' | 'secret' | 'token' | 'createdAt'>,
): { AccessKeyId: string; SecretAccessKey: string; SessionToken: string; Expiration: Millis } {
  for (const old of ctx.store.list(sessions, { index: 'byExpiry', before: { expiresAt: ctx.now }, limit: SWEEP_BATCH }))
    ctx.store.delete(sessions, old);
  const id = `ASIA${ctx.random.text(16, ID_ALPHABET)}`;
  const secret = ctx.random.text(40, SECRET_ALPHABET);
  const token = Buffer.from(ctx.random.bytes(TOKEN_BYTES)).toString('base64');
  ctx.store.put(sessions, { ...session, id, secret, token, createdAt: ctx.now });
  return { AccessKeyId: id, SecretAccessKey: secret, SessionToken: token, Expiration: session.expiresAt };
}

/** Checks session policies: each parses, and together they are not too large. Gives the share of the space they use, in percent. */
export function checkSessionPolicies(policy: string | undefined, arns: readonly string[]): number {
  const size = (policy?.length ?? 0) + arns.join('').length;
  if (size > SESSION_POLICY_CHARACTERS_MAX) throw policyTooLarge();
  const fault = policy === undefined ? undefined : policyFault(policy, 'identity');
  if (fault !== undefined) throw malformedPolicy(fault);
  return Math.ceil((size / SESSION_POLICY_CHARACTERS_MAX) * 100);
}

/** Seconds from the wire as a duration, or the default. */
export function durationOf(seconds: number | undefined, otherwise: Millis): Millis {
  return seconds === undefined ? otherwise : seconds * SECOND;
}
