/** Lists of distributions: all, and those that refer to something. */
import type { Ctx, Handler, ServiceError } from '#kernel/contract';
import { checkThing } from '../domain/check-behavior.ts';
import { CONNECTION_FUNCTION } from '../domain/connection.ts';
import { TRUST_STORE } from '../domain/mutual-tls.ts';
import { type Paged, pageOf, pageSize } from '../domain/page.ts';
import { REALTIME } from '../domain/realtime-log.ts';
import * as errors from '../errors.ts';
import { type DistributionRow, distributions, uses } from '../state.ts';
import { findConnectionFunction } from './connection-function.ts';
import { distributionArn, domainOf } from './distribution.ts';
import { findRealtime } from './realtime.ts';
import { findTrustStore } from './trust-store.ts';

function summary(row: DistributionRow, ctx: Ctx) {
  const { config } = row;
  const {
    Aliases = { Quantity: 0 },
    CacheBehaviors = { Quantity: 0 },
    CustomErrorResponses = { Quantity: 0 },
    PriceClass = 'PriceClass_All',
    ViewerCertificate = {},
    Restrictions = { GeoRestriction: { RestrictionType: 'none', Quantity: 0 } },
    HttpVersion = 'http2',
  } = config;
  return {
    Id: row.id,
    ARN: distributionArn(ctx, row.id),
    ETag: row.etag,
    Status: ctx.now < row.deployedAt ? 'InProgress' : 'Deployed',
    LastModifiedTime: row.modifiedAt,
    DomainName: domainOf(row),
    Aliases,
    Origins: config.Origins,
    OriginGroups: config.OriginGroups ?? { Quantity: 0 },
    DefaultCacheBehavior: config.DefaultCacheBehavior,
    CacheBehaviors,
    CustomErrorResponses,
    Comment: config.Comment,
    PriceClass,
    Enabled: config.Enabled,
    ViewerCertificate,
    Restrictions,
    WebACLId: config.WebACLId ?? '',
    HttpVersion,
    IsIPV6Enabled: config.IsIPV6Enabled ?? false,
    Staging: config.Staging ?? false,
    ConnectionMode: config.ConnectionMode ?? 'direct',
    ...(config.ConnectionFunctionAssociation !== undefined && {
      ConnectionFunctionAssociation: config.ConnectionFunctionAssociation,
    }),
    ...(config.ViewerMtlsConfig !== undefined && { ViewerMtlsConfig: config.ViewerMtlsConfig }),
  };
}

export const listDistributions: Handler<'cloudfront', 'ListDistributions'> = (input, ctx) => {
  const { Marker } = input;
  const rows = ctx.store.list(distributions, {
    ...(Marker !== undefined && Marker !== '' && { after: { id: Marker } }),
    limit: pageSize(input) + 1,
  });
  return {
    DistributionList: pageOf(
      input,
      rows,
      (row) => row.id,
      (row) => ({ ...summary(row, ctx), HttpVersion: shouted(row.config.HttpVersion) }),
    ),
  };
};

/** Versions as this list alone has them. Source: answers in turbot/steampipe-plugin-aws/pull/388, iann0036/former2/issues/32. */
const shouted = (version = 'http2') => version.toUpperCase().replace('.', '_') as never;

function usesOf(thing: string, asked: Paged, { store }: Ctx) {
  return store.list(uses, {
    where: { thing },
    ...(asked.Marker !== undefined && asked.Marker !== '' && { after: { distribution: asked.Marker } }),
    limit: pageSize(asked) + 1,
  });
}

/** The distributions that refer to a thing, a page at a time. */
function summariesOf(thing: string, asked: Paged, ctx: Ctx) {
  const found = usesOf(thing, asked, ctx).flatMap(
    (row) => ctx.store.get(distributions, { id: row.distribution }) ?? [],
  );
  return {
    DistributionList: pageOf(
      asked,
      found,
      (row) => row.id,
      (row) => summary(row, ctx),
    ),
  };
}

/** @throws {ServiceError} the kind's own, where there is no such thing */
function usersOf(kind: string, id: string, missing: () => ServiceError, asked: Paged, ctx: Ctx) {
  checkThing(kind, id, ctx, missing);
  const thing = `${kind}/${id}`;
  return {
    DistributionIdList: pageOf(
      asked,
      usesOf(thing, asked, ctx),
      (row) => row.distribution,
      (row) => row.distribution,
    ),
  };
}

export const listDistributionsByCachePolicyId: Handler<'cloudfront', 'ListDistributionsByCachePolicyId'> = (
  input,
  ctx,
) => usersOf('cache-policy', input.CachePolicyId, errors.noSuchCachePolicy, input, ctx);

export const listDistributionsByOriginRequestPolicyId: Handler<
  'cloudfront',
  'ListDistributionsByOriginRequestPolicyId'
> = (input, ctx) =>
  usersOf('origin-request-policy', input.OriginRequestPolicyId, errors.noSuchOriginRequestPolicy, input, ctx);

export const listDistributionsByResponseHeadersPolicyId: Handler<
  'cloudfront',
  'ListDistributionsByResponseHeadersPolicyId'
> = (input, ctx) =>
  usersOf('response-headers-policy', input.ResponseHeadersPolicyId, errors.noSuchResponseHeadersPolicy, input, ctx);

export const listDistributionsByKeyGroup: Handler<'cloudfront', 'ListDistributionsByKeyGroup'> = (input, ctx) =>
  usersOf('key-group', input.KeyGroupId, errors.noSuchResource, input, ctx);

export const listDistributionsByRealtimeLogConfig: Handler<'cloudfront', 'ListDistributionsByRealtimeLogConfig'> = (
  input,
  ctx,
) => {
  const { RealtimeLogConfigName: Name, RealtimeLogConfigArn: ARN } = input;
  const { id } = findRealtime({ Name, ARN }, ctx);
  return summariesOf(`${REALTIME}/${id}`, input, ctx);
};

export const listDistributionsByConnectionMode: Handler<'cloudfront', 'ListDistributionsByConnectionMode'> = (
  input,
  ctx,
) => summariesOf(`connection-mode/${input.ConnectionMode}`, input, ctx);

export const listDistributionsByTrustStore: Handler<'cloudfront', 'ListDistributionsByTrustStore'> = (input, ctx) =>
  summariesOf(`${TRUST_STORE}/${findTrustStore(input.TrustStoreIdentifier, ctx).id}`, input, ctx);

export const listDistributionsByConnectionFunction: Handler<'cloudfront', 'ListDistributionsByConnectionFunction'> = (
  input,
  ctx,
) => {
  const { id } = findConnectionFunction(input.ConnectionFunctionIdentifier, ctx);
  return summariesOf(`${CONNECTION_FUNCTION}/${id}`, input, ctx);
};
