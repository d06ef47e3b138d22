/** OpenID Connect providers: whose tokens the account's roles may trust. */
import { wholeSecond } from '#kernel/base';
import type { Ctx, Handler } from '#kernel/contract';
import { type OidcProviderRow, oidcProviders } from '#kernel/identity';
import { checkIamArn } from '../domain/attach.ts';
import { pageOf } from '../domain/page.ts';
import { addTags, mergeTags, showTags, withoutTags } from '../domain/tags.ts';
import {
  invalidOidcUrl,
  invalidThumbprint,
  noOidcProviderToDelete,
  noSuchOidcProvider,
  oidcProviderExists,
  plainOidcUrl,
  quotaExceeded,
  tooManyThumbprints,
} from '../errors.ts';
import { CLIENT_IDS_MAX, OIDC_PROVIDERS_MAX, THUMBPRINTS_MAX } from '../limits.ts';

/** Deviation: a provider on this machine may be reached by plain http and on a port. */
const LOOPBACK = /^http:\/\/(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?(\/|$)/;

/** The URL without its scheme. @throws {ServiceError} ValidationError, InvalidInput */
function checkUrl(url: string): string {
  const parsed = URL.parse(url);
  const plain = parsed !== null && parsed.search === '' && parsed.hash === '' && parsed.username === '';
  if (!plain || !/^https?:$/.test(parsed.protocol)) throw invalidOidcUrl();
  if (parsed.protocol === 'http:' && !LOOPBACK.test(url)) throw plainOidcUrl();
  return url.slice(url.indexOf('://') + 3);
}

/** @throws {ServiceError} InvalidInput */
function checkThumbprints(thumbprints: readonly string[]): string[] {
  if (thumbprints.length > THUMBPRINTS_MAX) throw tooManyThumbprints();
  const bad = thumbprints.find((text) => !/^[0-9a-fA-F]{40}$/.test(text));
  if (bad !== undefined) throw invalidThumbprint(bad);
  return thumbprints.map((text) => text.toLowerCase());
}

/** @throws {ServiceError} LimitExceeded */
function checkClientIds(ids: readonly string[]): string[] {
  if (ids.length > CLIENT_IDS_MAX) throw quotaExceeded('ClientIdsPerOpenIdConnectProvider', CLIENT_IDS_MAX);
  return [...new Set(ids)];
}

/** @throws {ServiceError} NoSuchEntity */
function find(arn: string, ctx: Ctx): OidcProviderRow {
  checkIamArn(arn);
  const row = ctx.store.get(oidcProviders, { arn });
  if (row === undefined) throw noSuchOidcProvider(arn);
  return row;
}

export const createOpenIDConnectProvider: Handler<'iam', 'CreateOpenIDConnectProvider'> = (input, ctx) => {
  const { Url: url } = input;
  const arn = `arn:${ctx.partition}:iam::${ctx.account}:oidc-provider/${checkUrl(url)}`;
  // Deviation: AWS asks the provider for its certificate when no thumbprint is given, and lists that one's.
  const thumbprints = checkThumbprints(input.ThumbprintList ?? []);
  const clientIds = checkClientIds(input.ClientIDList ?? []);
  if (ctx.store.get(oidcProviders, { arn }) !== undefined) throw oidcProviderExists(url);
  const most = ctx.quota(OIDC_PROVIDERS_MAX);
  if (ctx.store.count(oidcProviders, {}) >= most) throw quotaExceeded('OpenIdConnectProvidersPerAccount', most);
  const tags = mergeTags('oidc-provider', {}, input.Tags);
  ctx.store.put(oidcProviders, { arn, url, clientIds, thumbprints, createdAt: ctx.now, tags });
  return { OpenIDConnectProviderArn: arn, ...(input.Tags !== undefined && { Tags: showTags(tags) }) };
};

export const getOpenIDConnectProvider: Handler<'iam', 'GetOpenIDConnectProvider'> = (input, ctx) => {
  const { url, clientIds, thumbprints, createdAt, tags } = find(input.OpenIDConnectProviderArn, ctx);
  return {
    Url: url.slice(url.indexOf('://') + 3),
    ClientIDList: clientIds,
    ThumbprintList: thumbprints,
    CreateDate: wholeSecond(createdAt),
    Tags: showTags(tags),
  };
};

export const listOpenIDConnectProviders: Handler<'iam', 'ListOpenIDConnectProviders'> = (_, ctx) => ({
  OpenIDConnectProviderList: ctx.store.list(oidcProviders).map(({ arn }) => ({ Arn: arn })),
});

/** One that isn't there is an error, though the API Reference says it is none: recorded from AWS. */
export const deleteOpenIDConnectProvider: Handler<'iam', 'DeleteOpenIDConnectProvider'> = (input, ctx) => {
  const { OpenIDConnectProviderArn: arn } = input;
  checkIamArn(arn);
  if (!ctx.store.delete(oidcProviders, { arn })) throw noOidcProviderToDelete(arn);
  return {};
};

export const addClientID: Handler<'iam', 'AddClientIDToOpenIDConnectProvider'> = (input, ctx) => {
  const row = find(input.OpenIDConnectProviderArn, ctx);
  ctx.store.put(oidcProviders, { ...row, clientIds: checkClientIds([...new Set([...row.clientIds, input.ClientID])]) });
  return {};
};

export const removeClientID: Handler<'iam', 'RemoveClientIDFromOpenIDConnectProvider'> = (input, ctx) => {
  const row = find(input.OpenIDConnectProviderArn, ctx);
  ctx.store.put(oidcProviders, { ...row, clientIds: row.clientIds.filter((id) => id !== input.ClientID) });
  return {};
};

export const updateThumbprint: Handler<'iam', 'UpdateOpenIDConnectProviderThumbprint'> = (input, ctx) => {
  const thumbprints = checkThumbprints(input.ThumbprintList);
  ctx.store.put(oidcProviders, { ...find(input.OpenIDConnectProviderArn, ctx), thumbprints });
  return {};
};

export const tagOpenIDConnectProvider: Handler<'iam', 'TagOpenIDConnectProvider'> = (input, ctx) => {
  const row = find(input.OpenIDConnectProviderArn, ctx);
  ctx.store.put(oidcProviders, { ...row, tags: addTags('oidc-provider', row.tags, input.Tags) });
  return {};
};

export const untagOpenIDConnectProvider: Handler<'iam', 'UntagOpenIDConnectProvider'> = (input, ctx) => {
  const row = find(input.OpenIDConnectProviderArn, ctx);
  ctx.store.put(oidcProviders, { ...row, tags: withoutTags('oidc-provider', row.tags, input.TagKeys) });
  return {};
};

export const listOpenIDConnectProviderTags: Handler<'iam', 'ListOpenIDConnectProviderTags'> = (input, ctx) => {
  const { items, end } = pageOf(input, showTags(find(input.OpenIDConnectProviderArn, ctx).tags));
  return { Tags: items, ...end };
};
