/** Usage plans: who may use which stages, how fast and how much. */
import { DAY } from '#kernel/base';
import { type Ctx, type Handler, notBuilt, raise } from '#kernel/contract';
import type { ApiStage, PatchOperation, QuotaSettings, ThrottleSettings, UsagePlan } from '#models/api-gateway';
import { hasSocketStage, isSocketApi } from '../../apigatewayv2/port.ts';
import { compact, decodePosition, newId, page, pageLimit, positionOf, save } from '../domain/noun.ts';
import { namesOf, type Patchable, patched } from '../domain/patch.ts';
import { quotaRow } from '../domain/quota.ts';
import { badPatchValue, badRequest, conflict, notFound, tooMany, unknownApi } from '../errors.ts';
import { PLANS_OF_KEY_MAX, USAGE_PLANS_MAX } from '../limits.ts';
import { apis, planKeys, plans, quotas, stages, usage } from '../state.ts';
import { findKey } from './key.ts';

type Api = 'api-gateway';

export const createUsagePlan: Handler<Api, 'CreateUsagePlan'> = (input, ctx) => {
  if (ctx.store.list(plans, { where: { owner: '' }, limit: USAGE_PLANS_MAX }).length >= USAGE_PLANS_MAX)
    throw tooMany('Usage Plans', 'account');
  const id = newId(ctx, 6);
  const plan = compact<UsagePlan>({
    id,
    name: input.name,
    description: input.description,
    apiStages: input.apiStages ?? [],
    throttle: input.throttle && throttleOf(input.throttle),
    quota: input.quota && { offset: 0, ...input.quota },
    tags: input.tags,
  });
  checkPlan(plan);
  for (const one of plan.apiStages ?? []) {
    const { apiId = '' } = one;
    if (ctx.store.get(apis, { owner: '', id: apiId }) === undefined && !isSocketApi(ctx, apiId))
      throw unknownApi(apiId, ctx.account);
    checkPlanStage(ctx, one);
    checkThrottles(one);
  }
  return save(plans, ctx, '', id, plan);
};

function throttleOf({ burstLimit = 0, rateLimit = 0 }: ThrottleSettings): ThrottleSettings {
  return { burstLimit, rateLimit };
}

function checkPlan({ quota, productCode }: UsagePlan): void {
  if (productCode !== undefined) throw notBuilt('products of usage plans (productCode): AWS Marketplace is not here');
  if (quota !== undefined) checkQuota(quota);
}

/** Only when it is added: a stage may be deleted while a plan names it. */
function checkPlanStage(ctx: Ctx, { apiId = '', stage = '' }: ApiStage): void {
  if (!hasStage(ctx, { apiId, stage })) throw notFound(`API Stage not found: ${apiId}:${stage}`);
}

function hasStage(ctx: Ctx, { apiId = '', stage = '' }: ApiStage): boolean {
  return ctx.store.get(stages, { owner: apiId, id: stage }) !== undefined || hasSocketStage(ctx, apiId, stage);
}

const METHODS = ['GET', 'PUT', 'POST', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD', 'ANY', '*'];

/** Limits of methods stand under a path and a method. Source of the text: badmintoncryer/cdk-preflight. */
function checkThrottles({ throttle = {} }: ApiStage): void {
  for (const key of Object.keys(throttle)) {
    const [, path = key, method = ''] = /^(.*)\/(.*)$/s.exec(key) ?? [];
    if (!METHODS.includes(method))
      throw badRequest(`Invalid method {resourcePath: ${path},method: ${method}} specified`);
  }
}

/** Source of the texts: badmintoncryer/cdk-preflight. */
function checkQuota({ limit = 0, offset = 0, period }: QuotaSettings): void {
  if (period === undefined)
    throw badRequest('Invalid Usage Plan quota period specified. Must be one of [DAY, WEEK, MONTH]');
  if (limit <= 0) throw badRequest('Usage Plan quota limit must be a non-negative numeric');
  const max = { DAY: 0, WEEK: 6, MONTH: 27 }[period];
  if (offset >= 0 && offset <= max) return;
  throw badRequest(
    max === 0
      ? 'Usage Plan quota offset must be zero in the DAY period'
      : `Usage Plan quota offset must be between 0 and ${max} inclusive in the ${period} period`,
  );
}

function findPlan(ctx: Ctx, id: string): UsagePlan {
  return ctx.store.get(plans, { owner: '', id })?.value ?? raise(notFound('Invalid Usage Plan ID specified'));
}

export const getUsagePlan: Handler<Api, 'GetUsagePlan'> = ({ usagePlanId }, ctx) => findPlan(ctx, usagePlanId);

export const getUsagePlans: Handler<Api, 'GetUsagePlans'> = (input, ctx) => {
  if (input.keyId === undefined) return page(plans, ctx, '', input);
  findKey(ctx, input.keyId);
  const rows = ctx.store.list(planKeys, { index: 'byKey', where: { key: input.keyId } });
  return { items: rows.map(({ plan }) => findPlan(ctx, plan)) };
};

export const updateUsagePlan: Handler<Api, 'UpdateUsagePlan'> = ({ usagePlanId, patchOperations = [] }, ctx) => {
  let plan = findPlan(ctx, usagePlanId);
  for (const operation of patchOperations)
    plan = stagesPatched(ctx, plan, operation) ?? patched(plan, [operation], PATCHABLE);
  if (plan.quota !== undefined) plan = { ...plan, quota: { offset: 0, ...plan.quota } };
  checkPlan(plan);
  return save(plans, ctx, '', usagePlanId, plan);
};

const PATCHABLE: Patchable = {
  '/name': 'text',
  '/description': 'text',
  '/productCode': ['text', 'add', 'remove', 'replace'],
  '/apiStages': 'list',
  '/throttle': ['text', 'remove'],
  '/throttle/rateLimit': ['number', 'add', 'replace'],
  '/throttle/burstLimit': ['number', 'add', 'replace'],
  '/quota': ['text', 'remove'],
  '/quota/limit': ['number', 'add', 'replace'],
  '/quota/offset': ['number', 'add', 'replace'],
  '/quota/period': ['text', 'add', 'replace'],
};

/** `/apiStages` with `api:stage`, and `/apiStages/api:stage/throttle/path/method/rateLimit`; undefined for another path. */
function stagesPatched(
  ctx: Ctx,
  plan: UsagePlan,
  { op = 'replace', path = '', value = '' }: PatchOperation,
): UsagePlan | undefined {
  const [first, named, what, ...rest] = namesOf(path);
  if (first !== 'apiStages' || (named === undefined && op !== 'add' && op !== 'remove')) return undefined;
  const all = plan.apiStages ?? [];
  const [apiId, stage] = (named ?? value).split(':');
  if (apiId === undefined || stage === undefined) throw badPatchValue(path);
  const isIt = (one: (typeof all)[number]) => one.apiId === apiId && one.stage === stage;
  if (named === undefined) {
    if (op === 'add') checkPlanStage(ctx, { apiId, stage });
    const others = all.filter((one) => !isIt(one));
    return { ...plan, apiStages: op === 'remove' ? others : [...others, { apiId, stage }] };
  }
  if (what !== 'throttle' || !all.some(isIt)) throw notFound('API Stage not found');
  const apiStages = all.map((one) => {
    if (!isIt(one)) return one;
    return { ...one, throttle: throttlePatched(one.throttle ?? {}, rest, op, value, path) };
  });
  return { ...plan, apiStages };
}

type Throttles = { [method: string]: ThrottleSettings };

/** @param names those of a path and its method, with slashes or without, and at last `rateLimit` or `burstLimit`; none for all at once */
function throttlePatched(before: Throttles, names: string[], op: string | undefined, value: string, path: string) {
  if (names.length === 0) return op === 'remove' ? {} : throttlesOf(value, path);
  const throttle = { ...before };
  const limit = names.at(-1);
  const isLimit = limit === 'rateLimit' || limit === 'burstLimit';
  const key = (isLimit ? names.slice(0, -1) : names).join('/');
  if (op === 'remove') delete throttle[key];
  else if (!isLimit || value === '' || !(Number(value) >= 0)) throw badPatchValue(path);
  else throttle[key] = { ...throttle[key], [limit]: Number(value) };
  return throttle;
}

/** Limits of methods, as a patch writes them all. Source: Developer Guide, "Manage a usage plan by using the AWS CLI". */
function throttlesOf(value: string, path: string): Throttles {
  const isRecord = (one: unknown): one is Record<string, unknown> =>
    typeof one === 'object' && one !== null && !Array.isArray(one);
  let given: unknown;
  try {
    given = JSON.parse(value);
  } catch {
    throw badPatchValue(path);
  }
  if (!isRecord(given)) throw badPatchValue(path);
  const isLimit = (one: unknown) => one === undefined || (typeof one === 'number' && one >= 0);
  return Object.fromEntries(
    Object.entries(given).map(([method, limits]) => {
      if (!isRecord(limits) || !isLimit(limits.rateLimit) || !isLimit(limits.burstLimit)) throw badPatchValue(path);
      const { rateLimit, burstLimit } = limits as ThrottleSettings;
      return [method, compact<ThrottleSettings>({ burstLimit, rateLimit })];
    }),
  );
}

export const deleteUsagePlan: Handler<Api, 'DeleteUsagePlan'> = ({ usagePlanId }, ctx) => {
  const { apiStages = [] } = findPlan(ctx, usagePlanId);
  if (apiStages.some((one) => hasStage(ctx, one)))
    throw badRequest(
      'Cannot delete Usage Plan ' +
        usagePlanId +
        ' because there are API Stages associated with it. Please remove all API stages before deleting this usage plan.',
    );
  for (const row of ctx.store.list(planKeys, { where: { plan: usagePlanId } })) {
    ctx.store.delete(planKeys, row);
    ctx.store.delete(quotas, row);
  }
  ctx.store.delete(plans, { owner: '', id: usagePlanId });
  return {};
};

const shownKey = (ctx: Ctx, id: string) => {
  const { value, name } = findKey(ctx, id);
  return compact({ id, type: 'API_KEY', value, name });
};

export const createUsagePlanKey: Handler<Api, 'CreateUsagePlanKey'> = (
  { usagePlanId: plan, keyId: key, keyType },
  ctx,
) => {
  const { apiStages = [] } = findPlan(ctx, plan);
  if (keyType !== 'API_KEY') throw badRequest('Usage Plan key type must be API_KEY');
  const shown = shownKey(ctx, key);
  if (ctx.store.get(planKeys, { plan, key }) !== undefined) throw conflict('Usage Plan Key already exists');
  const rows = ctx.store.list(planKeys, { index: 'byKey', where: { key } });
  if (rows.length >= PLANS_OF_KEY_MAX) throw tooMany('Usage Plans', 'API Key');
  const others = rows.flatMap((one) => findPlan(ctx, one.plan).apiStages ?? []);
  const shared = apiStages.find((one) => others.some(({ apiId, stage }) => apiId === one.apiId && stage === one.stage));
  if (shared !== undefined)
    throw conflict(
      `Conflict: the API Key ${key} is already in a usage plan of the stage ${shared.apiId}:${shared.stage}`,
    );
  ctx.store.put(planKeys, { plan, key });
  return shown;
};

const findPlanKey = (ctx: Ctx, plan: string, key: string) => {
  findPlan(ctx, plan);
  if (ctx.store.get(planKeys, { plan, key }) === undefined) throw notFound('Invalid API Key identifier specified');
  return shownKey(ctx, key);
};

export const getUsagePlanKey: Handler<Api, 'GetUsagePlanKey'> = ({ usagePlanId, keyId }, ctx) =>
  findPlanKey(ctx, usagePlanId, keyId);

export const getUsagePlanKeys: Handler<Api, 'GetUsagePlanKeys'> = (input, ctx) => {
  const { usagePlanId, nameQuery, position } = input;
  findPlan(ctx, usagePlanId);
  const limit = pageLimit(input);
  const after = position === undefined ? {} : { after: { key: decodePosition(position) } };
  const rows = ctx.store.list(planKeys, { where: { plan: usagePlanId }, ...after, limit: limit + 1 });
  const items = rows.slice(0, limit).map(({ key }) => shownKey(ctx, key));
  const fits = items.filter(({ name = '' }) => nameQuery === undefined || name.startsWith(nameQuery));
  return { items: fits, ...(rows.length > limit && { position: positionOf(items.at(-1)?.id) }) };
};

export const deleteUsagePlanKey: Handler<Api, 'DeleteUsagePlanKey'> = ({ usagePlanId, keyId }, ctx) => {
  findPlanKey(ctx, usagePlanId, keyId);
  ctx.store.delete(planKeys, { plan: usagePlanId, key: keyId });
  return {};
};

const DAYS_MAX = 90;

function dayOf(text: string): number {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(at)) throw badRequest('Usage start and end dates must be of the form yyyy-MM-dd');
  return at;
}

export const getUsage: Handler<Api, 'GetUsage'> = (input, ctx) => {
  const { usagePlanId, keyId, startDate, endDate, position } = input;
  const limit = pageLimit(input);
  const plan = findPlan(ctx, usagePlanId);
  const [from, to] = [dayOf(startDate), dayOf(endDate)];
  const days = (to - from) / DAY + 1;
  if (days < 1 || days > DAYS_MAX) throw badRequest(`Usage start and end dates can be at most ${DAYS_MAX} days apart`);
  const after = position === undefined ? {} : { after: { key: decodePosition(position) } };
  const known =
    keyId === undefined
      ? ctx.store.list(planKeys, { where: { plan: usagePlanId }, ...after, limit: limit + 1 })
      : [{ plan: usagePlanId, key: keyId }];
  const items = known.slice(0, limit).map(({ key }) => {
    const rows = new Map(
      ctx.store
        .list(usage, { where: { plan: usagePlanId, key }, from: { day: startDate }, to: { day: endDate } })
        .map((row) => [row.day, row]),
    );
    const series = Array.from({ length: days }, (_, index) => {
      const row = rows.get(new Date(from + index * DAY).toISOString().slice(0, 10));
      return row === undefined ? [0, plan.quota?.limit ?? 0] : [row.used, row.remaining];
    });
    return [key, series] as const;
  });
  return {
    usagePlanId,
    startDate,
    endDate,
    items: Object.fromEntries(items),
    ...(known.length > limit && { position: positionOf(known[limit - 1]?.key) }),
  };
};

/** Grants what is left of the present period. */
export const updateUsage: Handler<Api, 'UpdateUsage'> = ({ usagePlanId, keyId, patchOperations = [] }, ctx) => {
  const plan = findPlan(ctx, usagePlanId);
  findPlanKey(ctx, usagePlanId, keyId);
  const { quota } = plan;
  if (quota === undefined) throw badRequest('Usage Plan does not have a quota');
  const row = quotaRow(ctx.store, { plan: usagePlanId, key: keyId }, quota, ctx.now);
  const { remaining } = patched({ remaining: row.granted - row.used }, patchOperations, { '/remaining': 'number' });
  if (!Number.isInteger(remaining) || remaining < 0) throw badPatchValue('/remaining');
  ctx.store.put(quotas, { ...row, granted: row.used + remaining });
  const day = new Date(ctx.now).toISOString().slice(0, 10);
  const used = ctx.store.get(usage, { plan: usagePlanId, key: keyId, day })?.used ?? 0;
  ctx.store.put(usage, { plan: usagePlanId, key: keyId, day, used, remaining });
  return { usagePlanId, startDate: day, endDate: day, items: { [keyId]: [[used, remaining]] } };
};
