/**
 * As whom the clients of a test cloud call, by the environment variable `CLOUDYARD_TEST_AS`: as the root of an account (unset), whose
 * signatures nobody verifies, as a user with AdministratorAccess (`user`), or as a session of such a role (`session`).
 */
import type { Aws } from '#kernel/contract';

export type Credentials = { accessKeyId: string; secretAccessKey: string; sessionToken?: string; expiration?: Date };
export type Caller = 'root' | 'user' | 'session';
/** What gives the credentials of an account's caller; asked before each request. */
export type Provider = () => Promise<Credentials>;

const NAME = 'tester';
const POLICY = 'arn:aws:iam::aws:policy/AdministratorAccess';
/** A session lives as long as one may, and is made anew before. */
const SESSION_SECONDS = 12 * 3600;
const RENEWED_AFTER = (SESSION_SECONDS / 2) * 1000;

/** Whom the environment asks for. */
export function chosenCaller(): Caller {
  const chosen = process.env.CLOUDYARD_TEST_AS ?? 'root';
  if (chosen === 'root' || chosen === 'user' || chosen === 'session') return chosen;
  throw new Error(`CLOUDYARD_TEST_AS is root, user or session, not ${chosen}`);
}

/**
 * Credentials for an account; the user or the role is made when they are first asked for.
 *
 * @param aws the cloud's services, as the root of the account
 * @param now the cloud's clock, by which sessions end
 */
export function callerOf(aws: Aws, account: string, caller: 'user' | 'session', now: () => number): Provider {
  if (caller === 'user') {
    let made: Promise<Credentials> | undefined;
    return () => {
      made ??= user(aws);
      return made;
    };
  }
  let role: Promise<void> | undefined;
  let current: { since: number; credentials: Promise<Credentials> } | undefined;
  return async () => {
    role ??= makeRole(aws, account);
    await role;
    if (current === undefined || Math.abs(now() - current.since) > RENEWED_AFTER)
      current = { since: now(), credentials: session(aws, account) };
    return current.credentials;
  };
}

/** An earlier cloud on the same folder may have made it. */
const ifThere = (error: Error & { code?: string }) => {
  if (!error.code?.startsWith('EntityAlreadyExists')) throw error;
};

async function user({ iam }: Aws): Promise<Credentials> {
  await iam.CreateUser({ UserName: NAME }).catch(ifThere);
  await iam.AttachUserPolicy({ UserName: NAME, PolicyArn: POLICY });
  const { AccessKey } = await iam.CreateAccessKey({ UserName: NAME });
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
}

async function makeRole({ iam }: Aws, account: string): Promise<void> {
  const trust = { Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole' };
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [trust] });
  const role = { RoleName: NAME, AssumeRolePolicyDocument, MaxSessionDuration: SESSION_SECONDS };
  await iam.CreateRole(role).catch(ifThere);
  await iam.AttachRolePolicy({ RoleName: NAME, PolicyArn: POLICY });
}

/** The SDK keeps credentials until they expire; these always seem to have, so that it asks each time. */
async function session({ sts }: Aws, account: string): Promise<Credentials> {
  const RoleArn = `arn:aws:iam::${account}:role/${NAME}`;
  const { Credentials: made } = await sts.AssumeRole({
    RoleArn,
    RoleSessionName: NAME,
    DurationSeconds: SESSION_SECONDS,
  });
  return {
    accessKeyId: made?.AccessKeyId ?? '',
    secretAccessKey: made?.SecretAccessKey ?? '',
    sessionToken: made?.SessionToken ?? '',
    expiration: new Date(0),
  };
}
