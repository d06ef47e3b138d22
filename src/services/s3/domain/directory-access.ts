/**
 * Who may do what in a directory bucket: sessions, and callers without one who may open one.
 *
 * @see S3 User Guide, "Authenticating and authorizing requests", "Authorizing Zonal endpoint API operations with CreateSession"
 */
import { type Access, type Ctx, ServiceError } from '#kernel/contract';
import { boundSessionOf } from '../../sts/port.ts';
import { accessDenied } from '../errors.ts';
import type { BucketRow } from '../state.ts';
import type { DirectoryPointRow } from '../state-directory-points.ts';
import { directoryArn } from './directory.ts';
import { pointContext } from './directory-points.ts';
import { pointArn } from './points.ts';

export type Mode = 'ReadOnly' | 'ReadWrite';

/** What a session is opened for: a bucket, and the access point by which it was named. */
export type Opened = Pick<BucketRow, 'region' | 'account' | 'name' | 'policy' | 'tags'> & {
  point?: DirectoryPointRow | undefined;
};

/** The permission to open a session in a mode: of the access point, and then of the bucket. */
function sessionAccess(
  ctx: Ctx,
  { point, ...bucket }: Opened,
  mode: Mode,
  more: { [key: string]: string } = {},
): Access[] {
  const action = 's3express:CreateSession';
  const asked = { 's3express:SessionMode': mode, ...more, ...(point !== undefined && pointContext(point, ctx)) };
  const { account, policy } = bucket;
  const own = {
    action,
    resource: directoryArn(ctx, bucket),
    account,
    policy,
    context: { ...asked, ...tagContext(bucket) },
  };
  if (point === undefined) return [own];
  const context = { ...asked, ...resourceTags(point) };
  return [
    { action, resource: pointArn(ctx.partition, point), account: point.account, policy: point.policy, context },
    own,
  ];
}

/** @throws {ServiceError} AccessDenied */
export function authorizeSession(...asked: Parameters<typeof sessionAccess>): void {
  for (const access of sessionAccess(...asked)) asked[0].authorize(access);
}

/** What policies see of the bucket's tags. Source: S3 User Guide, "Using tags with S3 directory buckets". */
export function tagContext({ tags = {} }: Pick<BucketRow, 'tags'>): { [key: string]: string } {
  const own = Object.entries(tags).map(([name, value]) => [`s3express:BucketTag/${name}`, value]);
  return { ...resourceTags({ tags }), ...Object.fromEntries(own) };
}

/** What policies see of the tags of what is asked for: the bucket, or the access point. */
function resourceTags({ tags = {} }: Pick<BucketRow, 'tags'>): { [key: string]: string } {
  return Object.fromEntries(Object.entries(tags).map(([name, value]) => [`aws:ResourceTag/${name}`, value]));
}

/** The most that the caller may do in the bucket. @throws {ServiceError} AccessDenied */
export function highestMode(ctx: Ctx, bucket: Opened, more: { [key: string]: string }): Mode {
  try {
    authorizeSession(ctx, bucket, 'ReadWrite', more);
    return 'ReadWrite';
  } catch (error) {
    if (!(error instanceof ServiceError) || error.code !== 'AccessDenied') throw error;
    authorizeSession(ctx, bucket, 'ReadOnly', more);
    return 'ReadOnly';
  }
}

/**
 * What a call about objects needs: a session of this mode, or else the permission to open one.
 *
 * @throws {ServiceError} AccessDenied
 */
export function zonalAccess(ctx: Ctx, bucket: Opened, mode: Mode): Access[] {
  const session = boundSessionOf(ctx);
  if (session === undefined) {
    if (mode === 'ReadWrite') return sessionAccess(ctx, bucket, mode);
    highestMode(ctx, bucket, {});
    return [];
  }
  const { owner, mode: given } = readMode(session.mode);
  if (owner !== bucket.account || (mode === 'ReadWrite' && given !== 'ReadWrite')) throw accessDenied();
  return [];
}

type Settled = { mode: Mode; owner: string; kind: 'AES256' | 'aws:kms' };

/** How a session keeps its mode, the account whose bucket it is for (a bucket's name may be made again by another), and its encryption. */
export const writeMode = (mode: Mode, owner: string, kind: Settled['kind']): string => `${mode} ${owner} ${kind}`;

/** What `writeMode` has written. */
export function readMode(text: string): Settled {
  const [mode, owner, kind] = text.split(' ');
  return { mode, owner, kind } as Settled;
}
