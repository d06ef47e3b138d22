/** What the edge is told of a distribution, from its configuration and what that refers to. */
import { hash } from 'node:crypto';
import { SECOND } from '#kernel/base';
import type {
  Ctx,
  EdgeBehavior,
  EdgeCode,
  EdgeDistribution,
  EdgeOrigin,
  EdgePick,
  EdgeSelection,
} from '#kernel/contract';
import type {
  CacheBehavior,
  CachePolicyConfig,
  DefaultCacheBehavior,
  DistributionConfig,
  FunctionConfig,
  Origin,
  OriginRequestPolicyConfig,
  ResponseHeadersPolicyConfig,
} from '#models/cloudfront';
import { type DistributionRow, functions, stamps, type TenantRow, things } from '../state.ts';
import { functionName } from './associations.ts';
import { encryptionOf } from './encryption.ts';
import { headerRules } from './header-rules.ts';
import { findManaged } from './managed.ts';
import { regionOf, withoutPort } from './names.ts';
import { filled, valuesOf } from './tenancy.ts';

type Behavior = DefaultCacheBehavior | CacheBehavior;

const NO_PICK: EdgePick = { mode: 'none', names: [] };
/**
 * Without policies an origin gets what it always got: all headers but some. Source: CloudFront Developer Guide, "HTTP request headers and CloudFront
 * behavior (custom and Amazon S3 origins)", Legacy cache settings.
 */
const LEGACY: EdgeSelection = {
  headers: {
    mode: 'allExcept',
    names: [
      'accept',
      'accept-charset',
      'accept-encoding',
      'accept-language',
      'authorization',
      'host',
      'referer',
      'user-agent',
      'x-forwarded-proto',
      'x-http-method-override',
      'x-real-ip',
    ],
  },
  cookies: NO_PICK,
  query: NO_PICK,
};
const NOTHING: EdgeSelection = { headers: NO_PICK, cookies: NO_PICK, query: NO_PICK };

/** What was made of a row, until any configuration changes. */
const made = new WeakMap<DistributionRow | TenantRow, { token: string; spec: EdgeDistribution }>();

/** The same as long as nothing has changed. */
export function edgeOf(row: DistributionRow, ctx: Ctx): EdgeDistribution {
  return once(row, ctx, (token) => {
    const domain = `${row.name}.cloudfront.net`;
    return compile(row, { id: row.id, domain, hop: domain, token }, ctx);
  });
}

/** The same of a tenant of a distribution. @param domain to which the tenant's traffic is led */
export function edgeOfTenant(tenant: TenantRow, template: DistributionRow, domain: string, ctx: Ctx): EdgeDistribution {
  return once(tenant, ctx, (token) => {
    const { GeoRestrictions: geo } = tenant.customizations;
    const { Locations: Items = [], RestrictionType } = geo ?? {};
    const values = valuesOf(template.config, tenant.parameters);
    const { Origins } = template.config;
    const config: DistributionConfig = {
      ...template.config,
      Origins: { ...Origins, Items: Origins.Items.map((origin) => filled(origin, values)) },
      ...(RestrictionType !== undefined && {
        Restrictions: { GeoRestriction: { RestrictionType, Quantity: Items.length, Items } },
      }),
    };
    const hop = `d${hash('sha256', tenant.id).slice(0, 13)}.cloudfront.net`;
    return compile({ ...template, config }, { id: tenant.id, domain, hop, token }, ctx);
  });
}

function once(row: DistributionRow | TenantRow, ctx: Ctx, make: (token: string) => EdgeDistribution): EdgeDistribution {
  const token = ctx.store.get(stamps, { id: 'stamp' })?.token ?? '';
  const known = made.get(row);
  if (known?.token === token) return known.spec;
  const spec = make(token);
  made.set(row, { token, spec });
  return spec;
}

type Named = Pick<EdgeDistribution, 'id' | 'domain' | 'hop'> & { token: string };

function compile({ id, config, etag }: DistributionRow, { token, ...named }: Named, ctx: Ctx): EdgeDistribution {
  const geo = config.Restrictions?.GeoRestriction;
  return {
    key: `${named.id}/${etag}/${token}`,
    ...named,
    distribution: id,
    rootObject: config.DefaultRootObject ?? '',
    origins: new Map(config.Origins.Items.map((origin) => [origin.Id, originOf(origin)])),
    groups: groupsOf(config),
    behaviors: [
      ...(config.CacheBehaviors?.Items ?? []).map((one) => behaviorOf(one, one.PathPattern, ctx)),
      behaviorOf(config.DefaultCacheBehavior, '*', ctx),
    ],
    errors: (config.CustomErrorResponses?.Items ?? []).map((one) => ({
      status: one.ErrorCode,
      path: one.ResponsePagePath === '' ? undefined : one.ResponsePagePath,
      as: one.ResponseCode === undefined || one.ResponseCode === '' ? undefined : Number(one.ResponseCode),
      ttl: one.ErrorCachingMinTTL ?? 10,
    })),
    countries:
      geo === undefined || geo.RestrictionType === 'none'
        ? undefined
        : { allow: geo.RestrictionType === 'whitelist', codes: geo.Items ?? [] },
    reach: config.PriceClass === 'PriceClass_100' ? '100' : config.PriceClass === 'PriceClass_200' ? '200' : 'all',
  };
}

function originOf(origin: Origin): EdgeOrigin {
  const custom = origin.CustomOriginConfig;
  return {
    id: origin.Id,
    domain: withoutPort(origin.DomainName),
    path: origin.OriginPath ?? '',
    headers: (origin.CustomHeaders?.Items ?? []).map(
      ({ HeaderName, HeaderValue }) => [HeaderName, HeaderValue] as const,
    ),
    protocol: custom?.OriginProtocolPolicy ?? 'match-viewer',
    httpPort: custom?.HTTPPort ?? 80,
    httpsPort: custom?.HTTPSPort ?? 443,
    attempts: origin.ConnectionAttempts ?? 3,
    connectTimeout: (origin.ConnectionTimeout ?? 10) * SECOND,
    readTimeout: (custom?.OriginReadTimeout ?? 30) * SECOND,
    shield: origin.OriginShield?.Enabled === true ? origin.OriginShield.OriginShieldRegion : undefined,
    bucket: origin.S3OriginConfig && {
      region: regionOf(origin.DomainName) ?? '',
      authMethod: origin.S3OriginConfig.OriginAccessIdentity === '' ? 'none' : 'origin-access-identity',
    },
  };
}

function groupsOf({ OriginGroups }: DistributionConfig): EdgeDistribution['groups'] {
  return new Map(
    (OriginGroups?.Items ?? []).map(({ Id, Members, FailoverCriteria }) => {
      const [first = '', second = ''] = Members.Items.map(({ OriginId }) => OriginId);
      return [Id, { members: [first, second], statuses: FailoverCriteria.StatusCodes.Items }];
    }),
  );
}

function behaviorOf(behavior: Behavior, pattern: string, ctx: Ctx): EdgeBehavior {
  return {
    pattern,
    target: behavior.TargetOriginId,
    methods: behavior.AllowedMethods?.Items ?? ['GET', 'HEAD'],
    cachedMethods: behavior.AllowedMethods?.CachedMethods?.Items ?? ['GET', 'HEAD'],
    protocol: behavior.ViewerProtocolPolicy,
    compress: behavior.Compress === true,
    ...caching(behavior, ctx),
    forward: forwarding(behavior, ctx),
    isLegacy: behavior.ForwardedValues !== undefined,
    keys: keysOf(behavior, ctx),
    encryption: encryptionOf(behavior, ctx),
    responseHeaders: headerRules(
      configOf<ResponseHeadersPolicyConfig>('response-headers-policy', behavior.ResponseHeadersPolicyId, ctx),
    ),
    functions: Object.fromEntries(
      (behavior.FunctionAssociations?.Items ?? []).flatMap(({ EventType, FunctionARN }) => {
        const code = codeOf(functionName(FunctionARN), 'LIVE', ctx);
        return code === undefined ? [] : [[EventType, code]];
      }),
    ),
    lambdas: Object.fromEntries(
      (behavior.LambdaFunctionAssociations?.Items ?? []).map((one) => [
        one.EventType,
        { arn: one.LambdaFunctionARN, includeBody: one.IncludeBody === true },
      ]),
    ),
  };
}

function configOf<Config>(kind: string, id: string | undefined, ctx: Ctx): Config | undefined {
  if (id === undefined || id === '') return undefined;
  return (findManaged(kind, id) ?? ctx.store.get(things, { kind, id }))?.config as Config | undefined;
}

function caching(behavior: Behavior, ctx: Ctx): Pick<EdgeBehavior, 'ttl' | 'key' | 'encodings'> {
  const policy = configOf<CachePolicyConfig>('cache-policy', behavior.CachePolicyId, ctx);
  if (policy !== undefined) {
    const parameters = policy.ParametersInCacheKeyAndForwardedToOrigin;
    const { HeadersConfig, CookiesConfig, QueryStringsConfig } = parameters ?? {};
    return {
      ttl: { min: policy.MinTTL, default: policy.DefaultTTL ?? 86_400, max: policy.MaxTTL ?? 31_536_000 },
      key: {
        headers: pickOf(HeadersConfig?.HeaderBehavior, HeadersConfig?.Headers?.Items),
        cookies: pickOf(CookiesConfig?.CookieBehavior, CookiesConfig?.Cookies?.Items),
        query: pickOf(QueryStringsConfig?.QueryStringBehavior, QueryStringsConfig?.QueryStrings?.Items),
      },
      encodings: [
        ...(parameters?.EnableAcceptEncodingBrotli === true ? (['br'] as const) : []),
        ...(parameters?.EnableAcceptEncodingGzip === true ? (['gzip'] as const) : []),
      ],
    };
  }
  const { ForwardedValues: values, MinTTL = 0, DefaultTTL = 86_400, MaxTTL = 31_536_000 } = behavior;
  const headers = values?.Headers?.Items ?? [];
  const isAll = headers.includes('*');
  const queries = values?.QueryStringCacheKeys?.Items ?? [];
  const { Forward, WhitelistedNames } = values?.Cookies ?? {};
  return {
    // Source: CloudFront Developer Guide, "Cache content based on request headers": with all of them, nothing is kept.
    ttl: isAll ? { min: 0, default: 0, max: 0 } : { min: MinTTL, default: DefaultTTL, max: MaxTTL },
    key: {
      headers: isAll ? { mode: 'all', names: [] } : pickOf('whitelist', headers),
      // Source: CloudFront Developer Guide, "Values that you specify …", Whitelist cookies: names may have wildcards.
      cookies: Forward === 'whitelist' ? { mode: 'like', names: WhitelistedNames?.Items ?? [] } : pickOf(Forward, []),
      query:
        values?.QueryString !== true
          ? NO_PICK
          : queries.length > 0
            ? pickOf('whitelist', queries)
            : pickOf('all', undefined),
    },
    // Source: CloudFront Developer Guide, "Serve compressed files": listed itself, it is as the viewer sent it.
    encodings: isAll || headers.some((name) => name.toLowerCase() === 'accept-encoding') ? [] : ['gzip'],
  };
}

function pickOf(behavior: string | undefined, names: readonly string[] | undefined): EdgePick {
  if (behavior === 'all' || behavior === 'allViewer') return { mode: 'all', names: [] };
  if (behavior === 'allExcept') return { mode: 'allExcept', names: names ?? [] };
  return behavior === 'whitelist' ? { mode: 'some', names: names ?? [] } : NO_PICK;
}

function forwarding(behavior: Behavior, ctx: Ctx): EdgeSelection {
  const policy = configOf<OriginRequestPolicyConfig>('origin-request-policy', behavior.OriginRequestPolicyId, ctx);
  if (policy === undefined) {
    const { ForwardedValues: values } = behavior;
    if (values === undefined) return NOTHING;
    // Source: CloudFront Developer Guide, "Values that you specify …": Forward all, cache based on whitelist.
    return values.QueryString ? { ...LEGACY, query: { mode: 'all', names: [] } } : LEGACY;
  }
  const { HeadersConfig, CookiesConfig, QueryStringsConfig } = policy;
  const names = HeadersConfig.Headers?.Items ?? [];
  return {
    headers:
      HeadersConfig.HeaderBehavior === 'allViewerAndWhitelistCloudFront'
        ? { mode: 'all', names }
        : pickOf(HeadersConfig.HeaderBehavior, names),
    cookies: pickOf(CookiesConfig.CookieBehavior, CookiesConfig.Cookies?.Items),
    query: pickOf(QueryStringsConfig.QueryStringBehavior, QueryStringsConfig.QueryStrings?.Items),
  };
}

function keysOf({ TrustedKeyGroups }: Behavior, ctx: Ctx): EdgeBehavior['keys'] {
  if (TrustedKeyGroups?.Enabled !== true) return undefined;
  const keys: Record<string, string> = {};
  for (const group of TrustedKeyGroups.Items ?? [])
    for (const id of configOf<{ Items: string[] }>('key-group', group, ctx)?.Items ?? []) {
      const key = configOf<{ EncodedKey: string }>('public-key', id, ctx);
      if (key !== undefined) keys[id] = key.EncodedKey;
    }
  return keys;
}

/** Ids of the key value stores that a function may read. */
export function storesOf({ KeyValueStoreAssociations }: FunctionConfig): string[] {
  return (KeyValueStoreAssociations?.Items ?? []).map(({ KeyValueStoreARN: arn }) =>
    arn.slice(arn.lastIndexOf('/') + 1),
  );
}

/** A function's code, as the edge runs it. */
export function codeOf(name: string, stage: 'DEVELOPMENT' | 'LIVE', ctx: Ctx): EdgeCode | undefined {
  const row = ctx.store.get(functions, { name, stage });
  if (row === undefined) return undefined;
  return {
    key: `${ctx.account}/${name}/${stage}/${row.etag}`,
    name,
    runtime: row.config.Runtime,
    source: Buffer.from(row.code, 'base64').toString('utf8'),
    stores: storesOf(row.config),
  };
}
