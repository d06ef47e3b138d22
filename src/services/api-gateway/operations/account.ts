/** The account's settings, and tags of what has any. */
import { parseArn } from '#kernel/base';
import { type Ctx, type Handler, raise, ServiceError } from '#kernel/contract';
import type { Account, PatchOperation } from '#models/api-gateway';
import { checkCredentials } from '../domain/credentials.ts';
import type { KeptTable } from '../domain/kept.ts';
import { patched } from '../domain/patch.ts';
import { badRequest, notFound, roleWithoutTrust } from '../errors.ts';
import { ACCOUNT_LIMITS } from '../limits.ts';
import { accounts, apis, clientCertificates, domains, keys, plans, stages } from '../state.ts';

type Api = 'api-gateway';

const DEFAULTS = {
  throttleSettings: { burstLimit: ACCOUNT_LIMITS.burst, rateLimit: ACCOUNT_LIMITS.ratePerSecond },
  features: ['UsagePlans'],
  apiKeyVersion: '4',
};

export const getAccount: Handler<Api, 'GetAccount'> = (_, ctx) => ({
  ...DEFAULTS,
  ...ctx.store.get(accounts, { owner: '', id: '' })?.value,
});

export const updateAccount: Handler<Api, 'UpdateAccount'> = async ({ patchOperations }, ctx) => {
  const accountOf = () => ctx.store.get(accounts, { owner: '', id: '' })?.value ?? {};
  const { cloudwatchRoleArn: role } = changed(accountOf(), patchOperations);
  if (role !== undefined && role !== accountOf().cloudwatchRoleArn) await checkRole(role, ctx);
  return ctx.transact((store) => {
    const value = changed(accountOf(), patchOperations);
    store.put(accounts, { owner: '', id: '', value });
    return { ...DEFAULTS, ...value };
  });
};

/** The account's own settings after a change. @throws {ServiceError} BadRequestException */
function changed(before: Account, patchOperations: readonly PatchOperation[] | undefined): Account {
  const value = patched(before, patchOperations, { '/cloudwatchRoleArn': 'text', '/features': 'list' });
  const { cloudwatchRoleArn: role } = value;
  if (role === '') delete value.cloudwatchRoleArn;
  else if (role !== undefined && !/^arn:[\w-]+:iam::\d{12}:role\/.+$/.test(role))
    throw badRequest('The role ARN does not have required permissions set to API Gateway');
  return value;
}

/** @throws {ServiceError} BadRequestException for a role that API Gateway can't assume */
async function checkRole(role: string, ctx: Ctx): Promise<void> {
  checkCredentials(role, ctx);
  try {
    await ctx.actAs(role, 'cloudyard-check');
  } catch (error) {
    throw error instanceof ServiceError ? roleWithoutTrust() : error;
  }
}

type Tagged = { tags?: { [key: string]: string } };

const TAGGED: readonly [pattern: RegExp, table: KeptTable<Tagged>][] = [
  [/^\/restapis\/([^/]+)\/stages\/([^/]+)$/, stages as KeptTable<Tagged>],
  [/^\/restapis\/([^/]+)$/, apis as KeptTable<Tagged>],
  [/^\/apikeys\/([^/]+)$/, keys as KeptTable<Tagged>],
  [/^\/usageplans\/([^/]+)$/, plans as KeptTable<Tagged>],
  [/^\/clientcertificates\/([^/]+)$/, clientCertificates as KeptTable<Tagged>],
  [/^\/domainnames\/([^/]+)$/, domains as KeptTable<Tagged>],
];

const TAGS_MAX = 50;

function findTagged(ctx: Ctx, arn: string) {
  const path = /^arn:[\w-]+:apigateway:[\w-]*::(\/.+)$/.exec(arn)?.[1];
  if (path === undefined || parseArn(arn)?.region !== ctx.region)
    throw badRequest('Invalid ARN specified in the request');
  for (const [pattern, table] of TAGGED) {
    const [found, first = '', second] = pattern.exec(path) ?? [];
    if (found === undefined) continue;
    const row = ctx.store.get(table, second === undefined ? { owner: '', id: first } : { owner: first, id: second });
    return { table, row: row ?? raise(notFound('Invalid resource identifier specified')) };
  }
  throw notFound('Invalid resource identifier specified');
}

/** The tags of what an ARN names, as policies see them. What is part of another thing has its tags. @throws {ServiceError} */
export function tagsOf(arn: string, ctx: Ctx): { readonly [key: string]: string } {
  const whole = /^.*?::\/\w+\/[^/]+(?:\/stages\/[^/]+)?/.exec(arn)?.[0];
  return whole === undefined ? {} : (findTagged(ctx, whole).row.value.tags ?? {});
}

export const getTags: Handler<Api, 'GetTags'> = ({ resourceArn }, ctx) => ({
  tags: findTagged(ctx, resourceArn).row.value.tags ?? {},
});

export const tagResource: Handler<Api, 'TagResource'> = ({ resourceArn, tags }, ctx) => {
  const { table, row } = findTagged(ctx, resourceArn);
  const all = { ...row.value.tags, ...tags };
  if (Object.keys(all).length > TAGS_MAX) throw badRequest(`A resource can have at most ${TAGS_MAX} tags`);
  ctx.store.put(table, { ...row, value: { ...row.value, tags: all } });
  return {};
};

export const untagResource: Handler<Api, 'UntagResource'> = ({ resourceArn, tagKeys }, ctx) => {
  const { table, row } = findTagged(ctx, resourceArn);
  const tags = Object.fromEntries(Object.entries(row.value.tags ?? {}).filter(([key]) => !tagKeys.includes(key)));
  ctx.store.put(table, { ...row, value: { ...row.value, tags } });
  return {};
};
