/** The cache of a stage. Source: API Gateway Developer Guide, "Cache settings for REST APIs". */
import { ServiceError } from '#kernel/contract';
import type { MethodSetting } from '#models/api-gateway';
import { CACHE_TTL_DEFAULT, CACHED_BYTES_MAX } from '../limits.ts';
import { snapshots } from '../state.ts';
import type { ResponseCache } from './cache.ts';
import { type Call, isWhole, type Reply } from './call.ts';
import { type CompiledMethod, compiledOf } from './compiled.ts';
import { GatewayFault } from './gateway-responses.ts';
import { parameterOf } from './parameters.ts';
import { ownSettingsOf } from './throttle.ts';

/** Where a request's answer is kept. */
export type CachePlan = {
  key: string;
  ttl: number;
  isEncrypted: boolean;
  isRefresh: boolean;
  warning: string | undefined;
};

/** Whether, and under which key, a request's answer is kept; undefined where it isn't. @throws {GatewayFault} for who may not refresh it */
export function cachePlan(
  call: Call,
  method: CompiledMethod,
  settings: MethodSetting,
  flushed: number,
): CachePlan | undefined {
  const { stage } = call.use;
  // Only GET is cached where nothing is said of the method itself.
  const isMeant = call.request.method === 'GET' || ownSettingsOf(stage, method)?.cachingEnabled === true;
  const isOn = stage.cacheClusterEnabled === true && settings.cachingEnabled === true && isMeant;
  const ttl = settings.cacheTtlInSeconds ?? CACHE_TTL_DEFAULT;
  if (!isOn || ttl <= 0) return undefined;
  const { cacheKeyParameters = [], cacheNamespace = '', requestParameters = {} } = method.integration;
  // A parameter of the integration is what is mapped to it.
  const values = cacheKeyParameters.map((name = '') => parameterOf(call, requestParameters[name] ?? name) ?? '');
  const key = JSON.stringify([stage.stageName, flushed, cacheNamespace, call.request.method, method.path, ...values]);
  const isEncrypted = settings.cacheDataEncrypted === true;
  const asksRefresh = /\bmax-age=0\b/.test(call.headers['cache-control'] ?? '');
  if (!asksRefresh) return { key, ttl, isEncrypted, isRefresh: false, warning: undefined };
  if (settings.requireAuthorizationForCacheControl === false || mayInvalidate(call))
    return { key, ttl, isEncrypted, isRefresh: true, warning: undefined };
  const strategy = settings.unauthorizedCacheControlHeaderStrategy;
  if (strategy === 'FAIL_WITH_403') throw new GatewayFault('ACCESS_DENIED', 'Unauthorized cache invalidation');
  const warning =
    strategy === 'SUCCEED_WITHOUT_RESPONSE_HEADER'
      ? undefined
      : '199 Cache-control headers were ignored because the caller was unauthorized.';
  return { key, ttl, isEncrypted, isRefresh: false, warning };
}

function mayInvalidate(call: Call): boolean {
  if (call.ctx.caller.principal.kind === 'anonymous') return false;
  try {
    call.ctx.authorize({ action: 'execute-api:InvalidateCache', resource: call.sourceArn, account: call.ctx.account });
    return true;
  } catch (error) {
    if (error instanceof ServiceError) return false;
    throw error;
  }
}

/** A canary has a cache of its own, unless it shares its stage's. */
function cacheOf({ compiled, use: { apiId, stage, isCanary }, ctx }: Call): ResponseCache {
  if (!isCanary || stage.canarySettings?.useStageCache !== true) return compiled.cache;
  const snapshot = ctx.store.get(snapshots, { owner: apiId, id: stage.deploymentId ?? '' })?.value;
  return snapshot === undefined ? compiled.cache : compiledOf(snapshot).cache;
}

/** The answer that is kept; undefined where there is none, or another is asked for. */
export function fromCache(call: Call, plan: CachePlan | undefined): Reply | undefined {
  if (plan === undefined) return undefined;
  const kept = plan.isRefresh ? undefined : cacheOf(call).get(plan.key, call.ctx.now);
  call.cached = kept === undefined ? 'miss' : 'hit';
  return kept === undefined || plan.warning === undefined
    ? (kept as Reply | undefined)
    : { ...(kept as Reply), headers: { ...kept.headers, warning: plan.warning } };
}

/** Keeps a good answer that is there as a whole. */
export function keep(call: Call, plan: CachePlan | undefined, reply: Reply): void {
  if (plan === undefined || reply.status >= 400 || !isWhole(reply) || reply.body.length > CACHED_BYTES_MAX) return;
  cacheOf(call).put(plan.key, reply, call.ctx.clock() + plan.ttl * 1_000, plan.isEncrypted);
}
