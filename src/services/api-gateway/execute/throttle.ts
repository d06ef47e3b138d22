/** How much a caller may ask for: token buckets of the account and the method, and the usage plan of a key. Source: API Gateway Developer Guide, "Throttle requests to your REST APIs". */
import type { MethodSetting, Stage } from '#models/api-gateway';
import { ACCOUNT_KEY, ACCOUNT_LIMITS } from '../limits.ts';
import type { Call } from './call.ts';
import type { CompiledMethod } from './compiled.ts';
import { forbidden, quotaExceeded, throttled } from './errors.ts';
import { spend } from './spend.ts';

/** The settings of a method in a stage: its own, or those of all. */
export function settingsOf(stage: Stage, method: CompiledMethod): MethodSetting {
  return { ...stage.methodSettings?.['*/*'], ...ownSettingsOf(stage, method) };
}

/** The settings that a method has for itself: its path is written with slashes or with `~1`, the first one also left out. */
export function ownSettingsOf(
  { methodSettings: all = {} }: Stage,
  { path, httpMethod }: CompiledMethod,
): MethodSetting | undefined {
  const [plain, encoded] = [path.slice(1), path.slice(1).replaceAll('/', '~1')];
  const written = [`~1${encoded}`, plain, encoded, `/${plain}`];
  return written.map((one) => all[`${one}/${httpMethod}`]).find((one) => one !== undefined);
}

/** @throws {GatewayFault} for a key that is none, and for too much */
export function admit(call: Call, method: CompiledMethod, settings: MethodSetting): void {
  const { ctx, use } = call;
  const stage = `${use.apiId}/${use.stage.stageName}`;
  if (method.method.apiKeyRequired === true) spendOfPlan(call, method);
  const { throttlingRateLimit: rate = -1, throttlingBurstLimit: burst = -1 } = settings;
  const own = { ratePerSecond: rate, burst: burst < 0 ? ACCOUNT_LIMITS.burst : burst };
  if (rate >= 0 && !ctx.take(`${stage}/${method.httpMethod}${method.path}`, own)) throw throttled();
  if (!ctx.take(ACCOUNT_KEY, ACCOUNT_LIMITS)) throw throttled();
}

const REFUSALS = { 'no-plan': forbidden, 'too-fast': throttled, 'used-up': quotaExceeded } as const;

function spendOfPlan(call: Call, { path, httpMethod }: CompiledMethod): void {
  const { ctx, use } = call;
  const isHeader = (call.compiled.api.apiKeySource ?? 'HEADER') === 'HEADER';
  const value = isHeader ? call.headers['x-api-key'] : call.authorized?.usageKey;
  const stage = { apiId: use.apiId, stage: use.stage.stageName ?? '' };
  const { key, refusal } = spend(ctx, value, stage, [`${path}/${httpMethod}`, `${path.slice(1)}/${httpMethod}`]);
  if (key !== undefined && value !== undefined) call.apiKey = { id: key, value };
  if (refusal !== undefined) throw REFUSALS[refusal]();
}
