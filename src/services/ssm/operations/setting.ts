/** Settings of an account in a Region; of them, those of Parameter Store. Source: SSM API Reference, UpdateServiceSetting. */
import { type Ctx, type Handler, notBuilt } from '#kernel/contract';
import { invalid, settingNotFound } from '../errors.ts';
import { SETTINGS_SINCE } from '../limits.ts';
import { type SettingRow, settings } from '../state.ts';

const TIER = '/ssm/parameter-store/default-parameter-tier';

/** What each may be; the first is AWS's. */
const VALUES: { readonly [id: string]: readonly string[] } = {
  [TIER]: ['Standard', 'Advanced', 'Intelligent-Tiering'],
  // Deviation: Parameter Store's request quotas are not kept, with higher throughput or without.
  '/ssm/parameter-store/high-throughput-enabled': ['false', 'true'],
};

/** Those of parts that are not built. */
const OTHERS =
  /^\/ssm\/(appmanager\/appmanager-enabled|automation\/(customer-script-log-(destination|group-name)|enable-adaptive-concurrency)|documents\/console\/public-sharing-permission|managed-instance\/(activation-tier|default-ec2-instance-management-role)|opsinsights\/opscenter)$/;

/** The tier of parameters that are put without one. */
export function defaultTier(ctx: Ctx): string {
  return valueIn(TIER, ctx.store.get(settings, { id: TIER }));
}

/** `/ssm/…`, of an ARN too. @throws {ServiceError} ServiceSettingNotFound, NotImplemented */
function idOf(given: string): string {
  const id = given.replace(/^arn:[a-z-]+:ssm:[a-z0-9-]+:\d{12}:servicesetting(?=\/)/, '');
  if (OTHERS.test(id)) throw notBuilt(`the setting ${id}`);
  if (!Object.hasOwn(VALUES, id)) throw settingNotFound();
  return id;
}

const valueIn = (id: string, row: SettingRow | undefined) => row?.value ?? VALUES[id]?.[0] ?? '';

function shown(id: string, ctx: Ctx) {
  const row = ctx.store.get(settings, { id });
  const { partition, region, account } = ctx;
  return {
    SettingId: id,
    SettingValue: valueIn(id, row),
    LastModifiedUser: row?.modifiedBy ?? 'System',
    LastModifiedDate: row?.modifiedAt ?? SETTINGS_SINCE,
    ARN: `arn:${partition}:ssm:${region}:${account}:servicesetting${id}`,
    Status: row === undefined ? 'Default' : 'Customized',
  };
}

export const getServiceSetting: Handler<'ssm', 'GetServiceSetting'> = (input, ctx) => ({
  ServiceSetting: shown(idOf(input.SettingId), ctx),
});

export const updateServiceSetting: Handler<'ssm', 'UpdateServiceSetting'> = (
  { SettingId, SettingValue: value },
  ctx,
) => {
  const id = idOf(SettingId);
  if (!VALUES[id]?.includes(value))
    throw invalid(`The value ${value} is not valid for the setting ${id}. Valid values: ${VALUES[id]?.join(', ')}.`);
  ctx.store.put(settings, { id, value, modifiedAt: ctx.now, modifiedBy: ctx.caller.principal.arn });
  return {};
};

export const resetServiceSetting: Handler<'ssm', 'ResetServiceSetting'> = (input, ctx) => {
  const id = idOf(input.SettingId);
  if (ctx.store.get(settings, { id }) !== undefined) ctx.store.delete(settings, { id });
  return { ServiceSetting: shown(id, ctx) };
};
