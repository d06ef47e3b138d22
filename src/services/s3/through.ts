/** Access through an access point: its own policy lets a request in, and then the bucket's does. */
import type { Access, AccessRules, Ctx } from '#kernel/contract';
import { isBlockedAt } from './domain/blocks.ts';
import { arnOf, isOutsider } from './domain/find.ts';
import { checkKey } from './domain/names.ts';
import { pointArn, pointOf, pointTagKeys, THROUGH_MULTI_REGION_POINTS, THROUGH_POINTS } from './domain/points.ts';
import { isPublicPolicy } from './domain/public.ts';
import { checkPart } from './domain/subresource.ts';
import { accessDenied, methodNotAllowed } from './errors.ts';
import type { AccessPointRow } from './state.ts';

const RESOURCE_TAG = 'aws:ResourceTag/';

type Rule = (input: { Bucket?: string; Key?: string }, ctx: Ctx) => Access | readonly Access[];

/** The same rules, each for a bucket's name and for an access point's, and for a request that names one part and no key that is too long. */
export function throughPoints(rules: AccessRules<'s3'>): AccessRules<'s3'> {
  const all = Object.entries(rules as { [operation: string]: Rule }).map(([operation, rule]) => [
    operation,
    (input: { Bucket?: string; Key?: string }, ctx: Ctx) => {
      checkPart(operation, ctx.http);
      if (input.Key !== undefined) checkKey(input.Key);
      const wanted = rule(input, ctx);
      return mayBePoint(input.Bucket) ? through(operation, input.Bucket ?? '', wanted, ctx) : wanted;
    },
  ]);
  return Object.fromEntries(all) as AccessRules<'s3'>;
}

/** Cheap: most names can't be an access point's. */
function mayBePoint(name: string | undefined): boolean {
  return name !== undefined && /^arn:|-s3alias$|-\d{12}$|\.mrap$/.test(name);
}

/** What one access to a bucket needs where the bucket was named by its access point. */
export function through(
  operation: string,
  name: string,
  wanted: Access | readonly Access[],
  ctx: Ctx,
): Access | readonly Access[] {
  const point = pointOf(ctx, name);
  if (point === undefined) return wanted;
  const allowed = point.region === '' ? THROUGH_MULTI_REGION_POINTS : THROUGH_POINTS;
  if (!allowed.has(operation)) throw methodNotAllowed(ctx.http.method, 'ACCESSPOINT');
  // No request comes from a virtual network yet. Source: S3 User Guide, "Access points restrictions and limitations": nobody comes without a name.
  if (point.vpcId !== undefined || ctx.caller.principal.kind === 'anonymous') throw accessDenied();
  return [wanted].flat().flatMap((access) => both(point, access as Access, ctx));
}

/**
 * Deviation: where a bucket's policy delegates to its access points, a caller of another account needs permission for the bucket's ARN,
 * too, not only for the access point's.
 */
function both(point: AccessPointRow, access: Access, ctx: Ctx): Access[] {
  const bucket = arnOf(ctx, point.bucket);
  if (access.resource !== bucket && !access.resource.startsWith(`${bucket}/`)) return [access];
  const key = access.resource === bucket ? undefined : access.resource.slice(bucket.length + 1);
  const own = typeof access.context === 'function' ? access.context() : access.context;
  const context = {
    ...own,
    's3:DataAccessPointArn': pointArn(ctx.partition, point),
    's3:DataAccessPointAccount': point.account,
    ...pointTagKeys(point),
    's3:AccessPointNetworkOrigin': point.vpcId === undefined ? 'Internet' : 'VPC',
  };
  // Of each the tags are its own. Source: radkawar/stackd, measured in 2026.
  const atPoint = Object.entries(context).filter(([key]) => !key.startsWith(RESOURCE_TAG));
  const tags = Object.entries(point.tags ?? {}).map(([name, value]) => [RESOURCE_TAG + name, value] as const);
  const { policy } = point;
  const counts =
    policy !== undefined &&
    !(isOutsider(ctx, point.account) && isPublicPolicy(policy, 'point') && isBlockedAt(ctx.store, point, 'restrict'));
  return [
    {
      action: access.action,
      resource: pointArn(ctx.partition, point, key),
      account: point.account,
      policy: counts ? policy : undefined,
      context: Object.fromEntries([...atPoint, ...tags]),
    },
    { ...access, context },
  ];
}
