/** The registry of an account: passwords for it, and its settings. */
import { type Handler, notBuilt } from '#kernel/contract';
import { secretOf } from '../domain/body.ts';
import { claimAddress, hostOf } from '../domain/find.ts';
import { passwordFor } from '../domain/token.ts';
import { invalid, invalidSetting } from '../errors.ts';
import { TOKEN_LIFE } from '../limits.ts';
import { registries } from '../state.ts';

export const getAuthorizationToken: Handler<'ecr', 'GetAuthorizationToken'> = (input, ctx) => {
  const secret = secretOf(ctx.store, ctx);
  claimAddress(ctx);
  const expiresAt = ctx.now + TOKEN_LIFE;
  const authorizationToken = Buffer.from(`AWS:${passwordFor(secret, expiresAt, ctx)}`).toString('base64');
  const { protocol } = new URL(ctx.endpoint);
  return {
    authorizationData: (input.registryIds ?? [ctx.account]).map((registry) => ({
      authorizationToken,
      expiresAt,
      proxyEndpoint: `${protocol}//${hostOf(registry, ctx)}`,
    })),
  };
};

export const getRegistryScanningConfiguration: Handler<'ecr', 'GetRegistryScanningConfiguration'> = (_, ctx) => ({
  registryId: ctx.account,
  scanningConfiguration: { scanType: 'BASIC' as const, rules: [] },
});

/** Settings by what they may be; the first is the default. Source: ECR API Reference, PutAccountSetting. */
const SETTINGS: { readonly [name: string]: readonly string[] } = {
  BASIC_SCAN_TYPE_VERSION: ['AWS_NATIVE', 'CLAIR'],
  BLOB_MOUNTING: ['DISABLED', 'ENABLED'],
  REGISTRY_POLICY_SCOPE: ['V2', 'V1'],
};

export const getAccountSetting: Handler<'ecr', 'GetAccountSetting'> = ({ name }, ctx) => {
  const value = valuesOf(name)[0] ?? '';
  const isMounting = name === 'BLOB_MOUNTING' && ctx.store.get(registries, { id: 'own' })?.mounts === true;
  return { name, value: isMounting ? 'ENABLED' : value };
};

/** The other two settings are about what is not built. */
export const putAccountSetting: Handler<'ecr', 'PutAccountSetting'> = ({ name, value }, ctx) => {
  if (!valuesOf(name).includes(value)) throw invalid(`Invalid value '${value}' for the account setting '${name}'`);
  if (name !== 'BLOB_MOUNTING') {
    if (value !== valuesOf(name)[0]) throw notBuilt(name);
    return { name, value };
  }
  const secret = secretOf(ctx.store, ctx).toString('base64');
  ctx.store.put(registries, { id: 'own', secret, ...(value === 'ENABLED' && { mounts: true }) });
  return { name, value };
};

function valuesOf(name: string): readonly string[] {
  const values = Object.hasOwn(SETTINGS, name) ? SETTINGS[name] : undefined;
  if (values === undefined) throw invalidSetting(name);
  return values;
}
