/** Whether a behaviour can be as it is asked for. */
import { parseArn } from '#kernel/base';
import type { Ctx, ServiceError } from '#kernel/contract';
import type { CacheBehavior, DefaultCacheBehavior, DistributionConfig } from '#models/cloudfront';
import * as errors from '../errors.ts';
import { FORWARDED_NAMES_MAX, KEY_GROUPS_OF_BEHAVIOR_MAX, QUERY_NAME_MAX, QUERY_NAMES_MAX } from '../limits.ts';
import { things } from '../state.ts';
import { checkAssociations } from './associations.ts';
import { findManaged } from './managed.ts';
import { REALTIME, realtimeName } from './realtime-log.ts';

type Behavior = DefaultCacheBehavior | CacheBehavior;

/** Source of texts whose source is not named: badmintoncryer/cdk-preflight. */
const METHOD_SETS = ['GET,HEAD', 'GET,HEAD,OPTIONS', 'DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT'];

/**
 * @param at where it stands in the configuration
 * @throws {ServiceError} what AWS says of it
 */
export function checkBehavior(behavior: Behavior, at: string, config: DistributionConfig, ctx: Ctx): void {
  const { TargetOriginId: target } = behavior;
  const groups = (config.OriginGroups?.Items ?? []).map(({ Id }) => Id);
  if (![...config.Origins.Items.map(({ Id }) => Id), ...groups].includes(target)) throw errors.noSuchOrigin();
  checkMethods(behavior, groups.includes(target));
  if ('PathPattern' in behavior && !/^[\w\-.*$/~"'@:+&?]{1,255}$/.test(behavior.PathPattern))
    throw errors.invalidArgument('The parameter PathPattern contains invalid characters.');
  checkCaching(behavior, ctx);
  if (behavior.ForwardedValues !== undefined) checkForwarded(behavior, config);
  const realtime = behavior.RealtimeLogConfigArn ?? '';
  if (isOfOther(realtime, ctx))
    throw errors.thingError(
      'RealtimeLogConfigOwnerMismatch',
      'The specified real-time log configuration belongs to a different Amazon Web Services account.',
    );
  if (realtime !== '')
    checkThing(REALTIME, realtimeName(realtime, ctx) ?? '', ctx, () =>
      errors.thingError('NoSuchRealtimeLogConfig', 'The real-time log configuration does not exist.'),
    );
  checkThing('origin-request-policy', behavior.OriginRequestPolicyId, ctx, errors.noSuchOriginRequestPolicy);
  checkThing('response-headers-policy', behavior.ResponseHeadersPolicyId, ctx, errors.noSuchResponseHeadersPolicy);
  checkSigners(behavior, ctx);
  checkAssociations(behavior, at, ctx);
}

/** Whether a configuration for real-time logs is another account's. */
function isOfOther(arn: string, ctx: Ctx): boolean {
  const { service, account } = parseArn(arn) ?? {};
  return service === 'cloudfront' && account !== ctx.account;
}

function checkMethods({ AllowedMethods }: Behavior, isOfGroup: boolean): void {
  const methods = [...(AllowedMethods?.Items ?? [])].sort().join();
  const cached = [...(AllowedMethods?.CachedMethods?.Items ?? [])].sort().join();
  if (!METHOD_SETS.includes(methods))
    throw errors.invalidArgument(
      'The parameter AllowedMethods is invalid (must be: [HEAD, GET] or [HEAD, GET, OPTIONS] or [HEAD, DELETE, POST, GET, OPTIONS, PUT, PATCH]).',
    );
  if (cached.includes('OPTIONS') && !methods.includes('OPTIONS'))
    throw errors.invalidArgument('The parameter CachedMethods OPTIONS does not exists in AllowedMethods.');
  if (!METHOD_SETS.slice(0, 2).includes(cached))
    throw errors.invalidArgument('The parameter CachedMethods contains an invalid set of methods.');
  if (isOfGroup && methods === METHOD_SETS[2])
    throw errors.invalidArgument(
      'The parameter AllowedMethods cannot include POST, PUT, PATCH, or DELETE for a cached behavior associated with an origin group.',
    );
}

/** Source of what goes with no policy: github.com/gronxb/hot-updater/issues/183. */
const WITHOUT_POLICY = ['ForwardedValues', 'MinTTL', 'DefaultTTL', 'MaxTTL'] as const;

function checkCaching(behavior: Behavior, ctx: Ctx): void {
  const { CachePolicyId, ForwardedValues } = behavior;
  if (CachePolicyId !== undefined && CachePolicyId !== '') {
    const excess = WITHOUT_POLICY.find((member) => behavior[member] !== undefined);
    if (excess !== undefined)
      throw errors.invalidArgument(
        `The parameter ${excess} cannot be used when a cache policy is associated to the cache behavior.`,
      );
    checkThing('cache-policy', CachePolicyId, ctx, errors.noSuchCachePolicy);
  } else if (ForwardedValues === undefined) {
    throw errors.invalidArgument('The parameter ForwardedValues is required.');
  } else if ((behavior.OriginRequestPolicyId ?? '') !== '') {
    throw errors.invalidArgument('The parameter Origin request policy cannot be attached without a cache policy.');
  }
}

/** What is forwarded without policies. */
function checkForwarded(behavior: Behavior, { Origins }: DistributionConfig): void {
  const { ForwardedValues: values, TargetOriginId: target, MinTTL = 0, DefaultTTL = 0, MaxTTL = 0 } = behavior;
  if (MinTTL < 0 || MinTTL > DefaultTTL || DefaultTTL > MaxTTL) throw errors.badTtlOrder();
  const { Forward, WhitelistedNames } = values?.Cookies ?? {};
  const cookies = WhitelistedNames?.Quantity ?? 0;
  if ((Forward === 'whitelist') !== cookies > 0) throw errors.badForwardCookies();
  const most: [number, Parameters<typeof errors.tooMany>[0], string][] = [
    [cookies, 'TooManyCookieNamesInWhiteList', 'cookie names in the whitelist for the cache behavior'],
    [values?.Headers?.Quantity ?? 0, 'TooManyHeadersInForwardedValues', 'headers in forwarded values'],
    [values?.QueryStringCacheKeys?.Quantity ?? 0, 'TooManyQueryStringParameters', 'query string parameters'],
  ];
  for (const [count, code, what] of most) if (count > FORWARDED_NAMES_MAX) throw errors.tooMany(code, what);
  const lengths = (values?.QueryStringCacheKeys?.Items ?? []).map((name) => name.length);
  if (Math.max(0, ...lengths) > QUERY_NAME_MAX || lengths.reduce((sum, one) => sum + one, 0) > QUERY_NAMES_MAX)
    throw errors.thingError('InvalidQueryStringParameters', 'The query string parameters specified are not valid.');
  const isBucket = Origins.Items.some(({ Id, S3OriginConfig }) => Id === target && S3OriginConfig !== undefined);
  if (isBucket && values?.Headers?.Items?.some((name) => name.toLowerCase() === 'host') === true)
    throw errors.badHeadersForBucket();
}

function checkSigners({ TrustedKeyGroups: groups }: Behavior, ctx: Ctx): void {
  if (groups === undefined) return;
  for (const id of groups.Items ?? [])
    if (ctx.store.get(things, { kind: 'key-group', id }) === undefined) throw errors.noSuchKeyGroup();
  if (groups.Enabled && groups.Quantity === 0)
    throw errors.invalidArgument(
      'The parameter TrustedKeyGroups must contain at least one key group when it is enabled.',
    );
  if (groups.Quantity > KEY_GROUPS_OF_BEHAVIOR_MAX)
    throw errors.tooMany('TooManyKeyGroupsAssociatedToDistribution', 'key groups for the cache behavior');
}

/** @throws {ServiceError} the kind's own, where there is no such thing */
export function checkThing(kind: string, id: string | undefined, ctx: Ctx, missing: () => ServiceError): void {
  if (id === undefined || id === '') return;
  if (findManaged(kind, id) === undefined && ctx.store.get(things, { kind, id }) === undefined) throw missing();
}
