/**
 * Who may do what in a directory bucket: sessions, and callers without one who may open one.
 *
 * @see S3 User Guide, "Authenticating and authorizing requests", "Authorizing Zonal endpoint API operations with CreateSession"
 */
import { type Access, type Ctx, ServiceError } from '#kernel/contract';
import { boundSessionOf } from '../../sts/port.ts';
import { accessDenied } from '../errors.ts';
import type { BucketRow } from '../state.ts';
import { directoryArn } from './directory.ts';

export type Mode = 'ReadOnly' | 'ReadWrite';

/** The permission to open a session in a mode. */
export function sessionAccess(
  ctx: Ctx,
  bucket: Pick<BucketRow, 'region' | 'account' | 'name' | 'policy' | 'tags'>,
  mode: Mode,
  more: { [key: string]: string } = {},
): Access {
  return {
    action: 's3express:CreateSession',
    resource: directoryArn(ctx, bucket),
    account: bucket.account,
    policy: bucket.policy,
    context: { 's3express:SessionMode': mode, ...tagContext(bucket), ...more },
  };
}

/** What policies see of the bucket's tags. Source: S3 User Guide, "Using tags with S3 directory buckets". */
export function tagContext({ tags = {} }: Pick<BucketRow, 'tags'>): { [key: string]: string } {
  return Object.fromEntries(
    Object.entries(tags).flatMap(([name, value]) => [
      [`aws:ResourceTag/${name}`, value],
      [`s3express:BucketTag/${name}`, value],
    ]),
  );
}

/** The most that the caller may do in the bucket. @throws {ServiceError} AccessDenied */
export function highestMode(
  ctx: Ctx,
  bucket: Parameters<typeof sessionAccess>[1],
  more: { [key: string]: string },
): Mode {
  try {
    ctx.authorize(sessionAccess(ctx, bucket, 'ReadWrite', more));
    return 'ReadWrite';
  } catch (error) {
    if (!(error instanceof ServiceError) || error.code !== 'AccessDenied') throw error;
    ctx.authorize(sessionAccess(ctx, bucket, 'ReadOnly', more));
    return 'ReadOnly';
  }
}

/**
 * What a call about objects needs: a session of this mode, or else the permission to open one.
 *
 * @throws {ServiceError} AccessDenied
 */
export function zonalAccess(ctx: Ctx, bucket: BucketRow, mode: Mode): Access[] {
  const session = boundSessionOf(ctx);
  if (session === undefined) {
    if (mode === 'ReadWrite') return [sessionAccess(ctx, bucket, mode)];
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
