/** What a key may ask for: the token buckets and the quota of its usage plan. Source: API Gateway Developer Guide, "Usage plans and API keys". */
import { DAY } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import type { UsagePlan } from '#models/api-gateway';
import { quotaRow } from '../domain/quota.ts';
import { ACCOUNT_LIMITS } from '../limits.ts';
import { keys, keyValues, planKeys, plans, quotas, usage } from '../state.ts';

/** The stage of an API, of whatever kind. */
type PlanStage = { apiId: string; stage: string };

/** `key` is the id of the key that was given, where it is one for the stage. */
export type Spent = { key?: string; refusal?: 'no-plan' | 'too-fast' | 'used-up' };

/**
 * Counts a request, unless the plan refuses it.
 *
 * @param value of the key
 * @param methods what the request is for, by the names that a plan can limit it under
 */
export function spend(ctx: Ctx, value: string | undefined, at: PlanStage, methods: readonly string[]): Spent {
  const found = value === undefined ? undefined : planOf(ctx.store, value, at);
  if (found === undefined) return { refusal: 'no-plan' };
  const { plan, key } = found;
  const { throttle = {} } = plan.apiStages?.find((one) => isFor(one, at)) ?? {};
  const own = methods.map((name) => throttle[name]).find((limits) => limits !== undefined);
  const bucket = `plan/${plan.id}/${key}`;
  for (const [name, limits] of [
    [`${bucket}/${methods[0]}`, own],
    [bucket, plan.throttle],
  ] as const) {
    if (limits === undefined) continue;
    const { rateLimit: ratePerSecond = ACCOUNT_LIMITS.ratePerSecond, burstLimit: burst = 0 } = limits;
    if (!ctx.take(name, { ratePerSecond, burst })) return { key, refusal: 'too-fast' };
  }
  return ctx.transact((store) => meter(store, plan, key, ctx.now)) ? { key } : { key, refusal: 'used-up' };
}

function isFor(one: { apiId?: string; stage?: string }, { apiId, stage }: PlanStage): boolean {
  return one.apiId === apiId && one.stage === stage;
}

/** The plan of an enabled key that is for this stage. */
function planOf(store: StoreView, value: string, at: PlanStage): { plan: UsagePlan; key: string } | undefined {
  const key = store.get(keyValues, { value })?.key;
  if (key === undefined || store.get(keys, { owner: '', id: key })?.value.enabled !== true) return undefined;
  for (const { plan: id } of store.list(planKeys, { index: 'byKey', where: { key } })) {
    const plan = store.get(plans, { owner: '', id })?.value;
    if (plan?.apiStages?.some((one) => isFor(one, at)) === true) return { plan, key };
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
