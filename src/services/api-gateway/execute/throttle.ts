/** How much a caller may ask for: token buckets of the account, the method and the usage plan, and quotas. Source: API Gateway Developer Guide, "Throttle requests to your REST APIs". */
import { DAY } from '#kernel/base';
import type { StoreView } from '#kernel/store';
import type { MethodSetting, Stage, UsagePlan } from '#models/api-gateway';
import { quotaRow } from '../domain/quota.ts';
import { ACCOUNT_LIMITS } from '../limits.ts';
import { keys, keyValues, planKeys, plans, quotas, usage } from '../state.ts';
import type { Call } from './call.ts';
import type { CompiledMethod } from './compiled.ts';
import { forbidden, quotaExceeded, throttled } from './errors.ts';

/** The settings of a method in a stage: its own, or those of all. */
export function settingsOf(stage: Stage, method: CompiledMethod): MethodSetting {
  return { ...stage.methodSettings?.['*/*'], ...ownSettingsOf(stage, method) };
}

/** The settings that a method has for itself. */
export function ownSettingsOf(
  { methodSettings: all = {} }: Stage,
  { path, httpMethod }: CompiledMethod,
): MethodSetting | undefined {
  const own = path === '/' ? [`//${httpMethod}`, `/${httpMethod}`] : [`${path.slice(1)}/${httpMethod}`];
  return own.map((key) => all[key]).find((one) => one !== undefined);
}

/** @throws {GatewayFault} for a key that is none, and for too much */
export function admit(call: Call, method: CompiledMethod, settings: MethodSetting): void {
  const { ctx, use } = call;
  const stage = `${use.apiId}/${use.stage.stageName}`;
  if (method.method.apiKeyRequired === true) spendOfPlan(call, method);
  const { throttlingRateLimit: rate = -1, throttlingBurstLimit: burst = -1 } = settings;
  const own = { ratePerSecond: rate, burst: burst < 0 ? ACCOUNT_LIMITS.burst : burst };
  if (rate >= 0 && !ctx.take(`${stage}/${method.httpMethod}${method.path}`, own)) throw throttled();
  if (!ctx.take('account', ACCOUNT_LIMITS)) throw throttled();
}

function spendOfPlan(call: Call, method: CompiledMethod): void {
  const { ctx, use } = call;
  const isHeader = (call.compiled.api.apiKeySource ?? 'HEADER') === 'HEADER';
  const value = isHeader ? call.headers['x-api-key'] : call.authorized?.usageKey;
  const found = value === undefined ? undefined : planOf(ctx.store, value, use.apiId, use.stage.stageName ?? '');
  if (found === undefined || value === undefined) throw forbidden();
  const { plan, key } = found;
  call.apiKey = { id: key, value };
  const stage = plan.apiStages?.find((one) => one.apiId === use.apiId && one.stage === use.stage.stageName);
  const own =
    stage?.throttle?.[`${method.path}/${method.httpMethod}`] ??
    stage?.throttle?.[`${method.path.slice(1)}/${method.httpMethod}`];
  const bucket = `plan/${plan.id}/${key}`;
  for (const [name, limits] of [
    [`${bucket}/${method.httpMethod}${method.path}`, own],
    [bucket, plan.throttle],
  ] as const) {
    if (limits === undefined) continue;
    const { rateLimit: ratePerSecond = ACCOUNT_LIMITS.ratePerSecond, burstLimit: burst = 0 } = limits;
    if (!ctx.take(name, { ratePerSecond, burst })) throw throttled();
  }
  if (!ctx.transact((store) => meter(store, plan, key, ctx.now))) throw quotaExceeded();
}

/** The plan of an enabled key that is for this stage. */
function planOf(
  store: StoreView,
  value: string,
  apiId: string,
  stage: string,
): { plan: UsagePlan; key: string } | undefined {
  const key = store.get(keyValues, { value })?.key;
  if (key === undefined || store.get(keys, { owner: '', id: key })?.value.enabled !== true) return undefined;
  for (const { plan: id } of store.list(planKeys, { index: 'byKey', where: { key } })) {
    const plan = store.get(plans, { owner: '', id })?.value;
    if (plan?.apiStages?.some((one) => one.apiId === apiId && one.stage === stage) === true) return { plan, key };
  }
  return undefined;
}

/** Counts a request; false, and nothing counted, where the quota of the period is used up. */
function meter(store: StoreView, { id: plan = '', quota }: UsagePlan, key: string, now: number): boolean {
  const day = new Date(now - (now % DAY)).toISOString().slice(0, 10);
  const row = store.get(usage, { plan, key, day });
  let remaining = 0;
  if (quota?.limit !== undefined) {
    const current = quotaRow(store, { plan, key }, quota, now);
    if (current.used >= current.granted) return false;
    remaining = current.granted - current.used - 1;
    store.put(quotas, { ...current, used: current.used + 1 });
  }
  store.put(usage, { plan, key, day, used: (row?.used ?? 0) + 1, remaining });
  return true;
}
