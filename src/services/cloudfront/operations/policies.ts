/** Cache policies, origin request policies and response headers policies. Source of texts: badmintoncryer/cdk-preflight. */
import type { Handler } from '#kernel/contract';
import type { CachePolicyConfig, OriginRequestPolicyConfig, ResponseHeadersPolicyConfig } from '#models/cloudfront';
import { checkItems, checkResponseHeaders, isPolicyName } from '../domain/check-policy.ts';
import { findManaged, managedOf } from '../domain/managed.ts';
import * as errors from '../errors.ts';
import { POLICIES_MAX, POLICY_NAMES_LENGTH_MAX, POLICY_NAMES_MAX } from '../limits.ts';
import type { ThingRow } from '../state.ts';
import { createThing, deleteThing, getThing, listThingsShortly, locationOf, type Noun, updateThing } from './noun.ts';

type Named = { Name: string };

function checkName({ Name }: Named): void {
  if (!isPolicyName(Name)) throw errors.badName();
}

const refuseManaged = (change: 'update' | 'delete') =>
  change === 'update'
    ? errors.illegalUpdate('The update contains modifications that are not allowed.')
    : errors.illegalDelete('You cannot delete a managed policy.');

type Names = { Quantity: number; Items?: string[] } | undefined;

/**
 * A list of names is of at least one where the behavior asks for it, of none where it does not, and of no more than AWS allows.
 *
 * @param kind `Header`, `Cookie`, `QueryString`
 */
function checkNames(kind: string, behavior: string, names: Names, tooMany: () => Error): void {
  const count = names?.Quantity ?? 0;
  const isListed = /^(whitelist|allExcept|allViewerAndWhitelistCloudFront)$/.test(behavior);
  if (isListed && count === 0)
    throw errors.invalidArgument(`The parameter ${kind}s needs to be provided when ${kind}Behavior is ${behavior}.`);
  if (!isListed && count > 0)
    throw errors.invalidArgument(`The parameter ${kind}s must be empty for provided ${kind}Behavior value.`);
  if (count > POLICY_NAMES_MAX) throw tooMany();
}

/** Source: CloudFront Developer Guide, "Quotas", General quotas on policies. */
function checkLength(...lists: Names[]): void {
  if (lists.flatMap((names) => names?.Items ?? []).join('').length > POLICY_NAMES_LENGTH_MAX)
    throw errors.invalidArgument(
      `The names of a policy's query strings, headers and cookies have at most ${POLICY_NAMES_LENGTH_MAX} characters together.`,
    );
}

const cachePolicy: Noun<CachePolicyConfig> = {
  kind: 'cache-policy',
  path: 'cache-policy',
  newId: (ctx) => ctx.uuid(),
  nameOf: ({ Name }) => Name,
  complete(config) {
    checkName(config);
    const { MinTTL, DefaultTTL = Math.max(86_400, MinTTL), MaxTTL = Math.max(31_536_000, DefaultTTL) } = config;
    if (MinTTL < 0 || MinTTL > DefaultTTL || DefaultTTL > MaxTTL) throw errors.badPolicyTtlOrder();
    const given = config.ParametersInCacheKeyAndForwardedToOrigin;
    const parameters = {
      ...(given ?? {
        EnableAcceptEncodingGzip: false,
        HeadersConfig: { HeaderBehavior: 'none' as const },
        CookiesConfig: { CookieBehavior: 'none' as const },
        QueryStringsConfig: { QueryStringBehavior: 'none' as const },
      }),
      EnableAcceptEncodingBrotli: given?.EnableAcceptEncodingBrotli ?? false,
    };
    const { HeadersConfig, CookiesConfig, QueryStringsConfig } = parameters;
    checkItems(HeadersConfig.Headers, CookiesConfig.Cookies, QueryStringsConfig.QueryStrings);
    const { HeaderBehavior, Headers } = HeadersConfig;
    const { CookieBehavior, Cookies } = CookiesConfig;
    const { QueryStringBehavior, QueryStrings } = QueryStringsConfig;
    checkNames('Header', HeaderBehavior, Headers, () =>
      errors.tooMany('TooManyHeadersInCachePolicy', 'headers in the cache policy'),
    );
    checkNames('Cookie', CookieBehavior, Cookies, () =>
      errors.tooMany('TooManyCookiesInCachePolicy', 'cookies in the cache policy'),
    );
    checkNames('QueryString', QueryStringBehavior, QueryStrings, () =>
      errors.tooMany('TooManyQueryStringsInCachePolicy', 'query strings in the cache policy'),
    );
    checkLength(Headers, Cookies, QueryStrings);
    const named = Headers?.Items?.some((name) => name.toLowerCase() === 'accept-encoding') === true;
    for (const member of ['EnableAcceptEncodingGzip', 'EnableAcceptEncodingBrotli'] as const)
      if (named && parameters[member])
        throw errors.invalidArgument(
          `The parameter ${member} cannot be set to true when accept-encoding header is whitelisted in cache policy.`,
        );
    if (MaxTTL === 0 && (parameters.EnableAcceptEncodingGzip || parameters.EnableAcceptEncodingBrotli))
      throw errors.invalidArgument(
        'The parameter EnableAcceptEncodingGzip is invalid for policy with caching disabled.',
      );
    for (const [parameter, behavior] of Object.entries({ HeaderBehavior, CookieBehavior, QueryStringBehavior }))
      if (MaxTTL === 0 && behavior !== 'none')
        throw errors.invalidArgument(`The parameter ${parameter} is invalid for policy with caching disabled.`);
    return {
      ...config,
      MinTTL,
      DefaultTTL,
      MaxTTL,
      Comment: config.Comment ?? '',
      ParametersInCacheKeyAndForwardedToOrigin: parameters,
    };
  },
  missing: errors.noSuchCachePolicy,
  exists: () =>
    errors.thingError(
      'CachePolicyAlreadyExists',
      'A cache policy with this name already exists. You must provide a unique name.',
    ),
  inUse: () =>
    errors.thingError(
      'CachePolicyInUse',
      'Cannot delete the cache policy because it is attached to one or more cache behaviors.',
    ),
  most: { count: POLICIES_MAX, error: () => errors.tooMany('TooManyCachePolicies', 'cache policies') },
  managed: managedOf('cache-policy'),
  managedRefusal: refuseManaged,
};

/** Headers that a cache policy alone forwards. Source: CloudFront API Reference, OriginRequestPolicyHeadersConfig. */
const CACHE_ALONE = /^(authorization|accept-encoding)$/i;

const originPolicy: Noun<OriginRequestPolicyConfig> = {
  kind: 'origin-request-policy',
  path: 'origin-request-policy',
  newId: (ctx) => ctx.uuid(),
  nameOf: ({ Name }) => Name,
  complete(config) {
    checkName(config);
    const { HeadersConfig, CookiesConfig, QueryStringsConfig } = config;
    checkItems(HeadersConfig.Headers, CookiesConfig.Cookies, QueryStringsConfig.QueryStrings);
    checkNames('Header', HeadersConfig.HeaderBehavior, HeadersConfig.Headers, () =>
      errors.tooMany('TooManyHeadersInOriginRequestPolicy', 'headers in the origin request policy'),
    );
    checkNames('Cookie', CookiesConfig.CookieBehavior, CookiesConfig.Cookies, () =>
      errors.tooMany('TooManyCookiesInOriginRequestPolicy', 'cookies in the origin request policy'),
    );
    checkNames('QueryString', QueryStringsConfig.QueryStringBehavior, QueryStringsConfig.QueryStrings, () =>
      errors.tooMany('TooManyQueryStringsInOriginRequestPolicy', 'query strings in the origin request policy'),
    );
    checkLength(HeadersConfig.Headers, CookiesConfig.Cookies, QueryStringsConfig.QueryStrings);
    const { HeaderBehavior, Headers } = HeadersConfig;
    const refused = HeaderBehavior === 'whitelist' ? Headers?.Items?.find((name) => CACHE_ALONE.test(name)) : undefined;
    if (refused !== undefined)
      throw errors.invalidArgument(`The parameter Headers contains ${refused} that is not allowed.`);
    const other = Headers?.Items?.find((name) => !/^cloudfront-/i.test(name));
    if (HeaderBehavior === 'allViewerAndWhitelistCloudFront' && other !== undefined)
      throw errors.invalidArgument(`The parameter Headers contains ${other} that is not a valid CloudFront-* header.`);
    return { ...config, Comment: config.Comment ?? '' };
  },
  missing: errors.noSuchOriginRequestPolicy,
  exists: () =>
    errors.thingError(
      'OriginRequestPolicyAlreadyExists',
      'An origin request policy with this name already exists. You must provide a unique name.',
    ),
  inUse: () =>
    errors.thingError(
      'OriginRequestPolicyInUse',
      'Cannot delete the origin request policy because it is attached to one or more cache behaviors.',
    ),
  most: { count: POLICIES_MAX, error: () => errors.tooMany('TooManyOriginRequestPolicies', 'origin request policies') },
  managed: managedOf('origin-request-policy'),
  managedRefusal: refuseManaged,
};

const headersPolicy: Noun<ResponseHeadersPolicyConfig> = {
  kind: 'response-headers-policy',
  path: 'response-headers-policy',
  newId: (ctx) => ctx.uuid(),
  nameOf: ({ Name }) => Name,
  complete(config) {
    checkResponseHeaders(config);
    return { ...config, Comment: config.Comment ?? '' };
  },
  missing: errors.noSuchResponseHeadersPolicy,
  exists: () =>
    errors.thingError(
      'ResponseHeadersPolicyAlreadyExists',
      'A response headers policy with this name already exists. You must provide a unique name.',
    ),
  inUse: () =>
    errors.thingError(
      'ResponseHeadersPolicyInUse',
      'Cannot delete the response headers policy because it is attached to one or more cache behaviors.',
    ),
  most: {
    count: POLICIES_MAX,
    error: () => errors.tooMany('TooManyResponseHeadersPolicies', 'response headers policies'),
  },
  managed: managedOf('response-headers-policy'),
  managedRefusal: refuseManaged,
};

const typeOf = ({ kind, id }: ThingRow) =>
  findManaged(kind, id) === undefined ? ('custom' as const) : ('managed' as const);

const cacheOf = (row: ThingRow) => ({
  Id: row.id,
  LastModifiedTime: row.modifiedAt,
  CachePolicyConfig: row.config as CachePolicyConfig,
});
const originOf = (row: ThingRow) => ({
  Id: row.id,
  LastModifiedTime: row.modifiedAt,
  OriginRequestPolicyConfig: row.config as OriginRequestPolicyConfig,
});
const headersOf = (row: ThingRow) => ({
  Id: row.id,
  LastModifiedTime: row.modifiedAt,
  ResponseHeadersPolicyConfig: row.config as ResponseHeadersPolicyConfig,
});

export const createCachePolicy: Handler<'cloudfront', 'CreateCachePolicy'> = ({ CachePolicyConfig }, ctx) => {
  const row = createThing(cachePolicy, CachePolicyConfig, ctx);
  return { CachePolicy: cacheOf(row), Location: locationOf(cachePolicy, row), ETag: row.etag };
};

export const getCachePolicy: Handler<'cloudfront', 'GetCachePolicy'> = ({ Id }, ctx) => {
  const row = getThing(cachePolicy, Id, ctx);
  return { CachePolicy: cacheOf(row), ETag: row.etag };
};

export const getCachePolicyConfig: Handler<'cloudfront', 'GetCachePolicyConfig'> = ({ Id }, ctx) => {
  const row = getThing(cachePolicy, Id, ctx);
  return { CachePolicyConfig: row.config as CachePolicyConfig, ETag: row.etag };
};

export const updateCachePolicy: Handler<'cloudfront', 'UpdateCachePolicy'> = (input, ctx) => {
  const row = updateThing(cachePolicy, { id: input.Id, ifMatch: input.IfMatch, given: input.CachePolicyConfig }, ctx);
  return { CachePolicy: cacheOf(row), ETag: row.etag };
};

export const deleteCachePolicy: Handler<'cloudfront', 'DeleteCachePolicy'> = ({ Id, IfMatch }, ctx) =>
  deleteThing(cachePolicy, { id: Id, ifMatch: IfMatch }, ctx);

export const listCachePolicies: Handler<'cloudfront', 'ListCachePolicies'> = (input, ctx) => ({
  CachePolicyList: listThingsShortly(cachePolicy, input, ctx, (row) => ({
    Type: typeOf(row),
    CachePolicy: cacheOf(row),
  })),
});

export const createOriginRequestPolicy: Handler<'cloudfront', 'CreateOriginRequestPolicy'> = (
  { OriginRequestPolicyConfig },
  ctx,
) => {
  const row = createThing(originPolicy, OriginRequestPolicyConfig, ctx);
  return { OriginRequestPolicy: originOf(row), Location: locationOf(originPolicy, row), ETag: row.etag };
};

export const getOriginRequestPolicy: Handler<'cloudfront', 'GetOriginRequestPolicy'> = ({ Id }, ctx) => {
  const row = getThing(originPolicy, Id, ctx);
  return { OriginRequestPolicy: originOf(row), ETag: row.etag };
};

export const getOriginRequestPolicyConfig: Handler<'cloudfront', 'GetOriginRequestPolicyConfig'> = ({ Id }, ctx) => {
  const row = getThing(originPolicy, Id, ctx);
  return { OriginRequestPolicyConfig: row.config as OriginRequestPolicyConfig, ETag: row.etag };
};

export const updateOriginRequestPolicy: Handler<'cloudfront', 'UpdateOriginRequestPolicy'> = (input, ctx) => {
  const row = updateThing(
    originPolicy,
    { id: input.Id, ifMatch: input.IfMatch, given: input.OriginRequestPolicyConfig },
    ctx,
  );
  return { OriginRequestPolicy: originOf(row), ETag: row.etag };
};

export const deleteOriginRequestPolicy: Handler<'cloudfront', 'DeleteOriginRequestPolicy'> = ({ Id, IfMatch }, ctx) =>
  deleteThing(originPolicy, { id: Id, ifMatch: IfMatch }, ctx);

export const listOriginRequestPolicies: Handler<'cloudfront', 'ListOriginRequestPolicies'> = (input, ctx) => ({
  OriginRequestPolicyList: listThingsShortly(originPolicy, input, ctx, (row) => ({
    Type: typeOf(row),
    OriginRequestPolicy: originOf(row),
  })),
});

export const createResponseHeadersPolicy: Handler<'cloudfront', 'CreateResponseHeadersPolicy'> = (
  { ResponseHeadersPolicyConfig },
  ctx,
) => {
  const row = createThing(headersPolicy, ResponseHeadersPolicyConfig, ctx);
  return { ResponseHeadersPolicy: headersOf(row), Location: locationOf(headersPolicy, row), ETag: row.etag };
};

export const getResponseHeadersPolicy: Handler<'cloudfront', 'GetResponseHeadersPolicy'> = ({ Id }, ctx) => {
  const row = getThing(headersPolicy, Id, ctx);
  return { ResponseHeadersPolicy: headersOf(row), ETag: row.etag };
};

export const getResponseHeadersPolicyConfig: Handler<'cloudfront', 'GetResponseHeadersPolicyConfig'> = (
  { Id },
  ctx,
) => {
  const row = getThing(headersPolicy, Id, ctx);
  return { ResponseHeadersPolicyConfig: row.config as ResponseHeadersPolicyConfig, ETag: row.etag };
};

export const updateResponseHeadersPolicy: Handler<'cloudfront', 'UpdateResponseHeadersPolicy'> = (input, ctx) => {
  const row = updateThing(
    headersPolicy,
    { id: input.Id, ifMatch: input.IfMatch, given: input.ResponseHeadersPolicyConfig },
    ctx,
  );
  return { ResponseHeadersPolicy: headersOf(row), ETag: row.etag };
};

export const deleteResponseHeadersPolicy: Handler<'cloudfront', 'DeleteResponseHeadersPolicy'> = (
  { Id, IfMatch },
  ctx,
) => deleteThing(headersPolicy, { id: Id, ifMatch: IfMatch }, ctx);

export const listResponseHeadersPolicies: Handler<'cloudfront', 'ListResponseHeadersPolicies'> = (input, ctx) => ({
  ResponseHeadersPolicyList: listThingsShortly(headersPolicy, input, ctx, (row) => ({
    Type: typeOf(row),
    ResponseHeadersPolicy: headersOf(row),
  })),
});
