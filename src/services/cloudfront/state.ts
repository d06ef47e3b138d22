/** What CloudFront keeps. Everything of an account is seen from every Region. */
import type { Millis } from '#kernel/base';
import { table } from '#kernel/store';
import type {
  Customizations,
  DistributionConfig,
  FunctionConfig,
  InvalidationBatch,
  Parameter,
} from '#models/cloudfront';

export type DistributionRow = {
  id: string;
  /** Without its domain: `d111111abcdef8`. */
  name: string;
  callerReference: string;
  config: DistributionConfig;
  etag: string;
  modifiedAt: Millis;
  deployedAt: Millis;
  /** Additional metrics. */
  monitored?: boolean;
};

/** Where tenants' traffic arrives: a routing endpoint that several of them share. */
export type GroupRow = {
  id: string;
  name: string;
  /** Without its domain: `d111111abcdef8`. */
  endpoint: string;
  ipv6: boolean;
  enabled: boolean;
  isDefault: boolean;
  etag: string;
  createdAt: Millis;
  modifiedAt: Millis;
};

/** A certificate that CloudFront has asked for in a tenant's name. */
export type ManagedCertificate = { arn: string; host: 'cloudfront' | 'self-hosted' };

export type TenantRow = {
  id: string;
  name: string;
  distribution: string;
  group: string;
  domains: string[];
  /** Those of the domains that a certificate covers: they alone are served. */
  active: string[];
  parameters: Parameter[];
  customizations: Customizations;
  /** The customized certificate's ARN. */
  certificate?: string;
  managed?: ManagedCertificate;
  enabled: boolean;
  etag: string;
  createdAt: Millis;
  modifiedAt: Millis;
};

/** Whose a domain name is: one namespace for all accounts. */
export type DomainRow = {
  domain: string;
  /** Without its first label: `example.com` of `*.example.com`. */
  parent: string;
  account: string;
  /** Id of a distribution or of a tenant. */
  resource: string;
};

/** A configuration that distributions refer to: a policy, an origin access control, a key. */
export type ThingRow = {
  kind: string;
  id: string;
  /** Of its kind there is one of that name. */
  name: string;
  config: object;
  etag: string;
  createdAt: Millis;
  modifiedAt: Millis;
};

/** Which distribution refers to what: `cache-policy/<id>`. */
export type UseRow = { thing: string; distribution: string };

export type InvalidationRow = {
  /** Of a distribution or of a tenant. */
  distribution: string;
  id: string;
  callerReference: string;
  batch: InvalidationBatch;
  createdAt: Millis;
  doneAt: Millis;
};

export type FunctionStage = 'DEVELOPMENT' | 'LIVE';

export type FunctionRow = {
  name: string;
  stage: FunctionStage;
  config: FunctionConfig;
  /** base64. */
  code: string;
  etag: string;
  createdAt: Millis;
  modifiedAt: Millis;
};

export type ConnectionFunctionRow = {
  id: string;
  stage: FunctionStage;
  name: string;
  config: FunctionConfig;
  /** base64. */
  code: string;
  etag: string;
  createdAt: Millis;
  modifiedAt: Millis;
};

export type StoreRow = {
  name: string;
  id: string;
  comment: string;
  etag: string;
  /** Absent in those of before it was noted. */
  createdAt?: Millis;
  modifiedAt: Millis;
};

/** What a key value store has in it, all told; `etag` changes with every change. */
export type ContentsRow = { store: string; etag: string; items: number; bytes: number; changedAt: Millis };

/** A pair of a key value store. */
export type PairRow = { store: string; key: string; value: string };

export type TagRow = { arn: string; key: string; value: string };

/** Changes with every configuration: what was made of them before is out of date then. */
export type StampRow = { id: 'stamp'; token: string };

/** Lines of a distribution's access log that are still to be delivered. */
export type LogRow = { distribution: string; order: string; line: string };

export const distributions = table<DistributionRow>()('cloudfront.distributions', {
  scope: 'account',
  key: ['id'],
  indexes: { byReference: ['callerReference', 'id'], byName: ['name'] },
});
export const groups = table<GroupRow>()('cloudfront.connection-groups', {
  scope: 'account',
  key: ['id'],
  indexes: { byName: ['name'], byEndpoint: ['endpoint'] },
});
export const tenants = table<TenantRow>()('cloudfront.tenants', {
  scope: 'account',
  key: ['id'],
  indexes: {
    byName: ['name'],
    byDistribution: ['distribution', 'id'],
    byGroup: ['group', 'id'],
    byCertificate: ['certificate', 'id'],
  },
});
export const domains = table<DomainRow>()('cloudfront.domains', {
  scope: 'global',
  key: ['domain'],
  indexes: { byParent: ['parent', 'domain'], byAccount: ['parent', 'account', 'domain'] },
});
export const things = table<ThingRow>()('cloudfront.things', {
  scope: 'account',
  key: ['kind', 'id'],
  indexes: { byName: ['kind', 'name'] },
});
export const uses = table<UseRow>()('cloudfront.uses', {
  scope: 'account',
  key: ['thing', 'distribution'],
  indexes: { byDistribution: ['distribution', 'thing'] },
});
export const invalidations = table<InvalidationRow>()('cloudfront.invalidations', {
  scope: 'account',
  key: ['distribution', 'id'],
  indexes: { byTime: ['distribution', 'createdAt', 'id'], byReference: ['distribution', 'callerReference'] },
});
export const functions = table<FunctionRow>()('cloudfront.functions', { scope: 'account', key: ['name', 'stage'] });
export const connectionFunctions = table<ConnectionFunctionRow>()('cloudfront.connection-functions', {
  scope: 'account',
  key: ['id', 'stage'],
  indexes: { byName: ['name', 'stage'] },
});
export const stores = table<StoreRow>()('cloudfront.stores', {
  scope: 'account',
  key: ['name'],
  indexes: { byId: ['id'] },
});
export const contents = table<ContentsRow>()('cloudfront.contents', { scope: 'account', key: ['store'] });
export const pairs = table<PairRow>()('cloudfront.pairs', { scope: 'account', key: ['store', 'key'] });
export const tags = table<TagRow>()('cloudfront.tags', { scope: 'account', key: ['arn', 'key'] });
export const stamps = table<StampRow>()('cloudfront.stamps', { scope: 'account', key: ['id'] });
export const logs = table<LogRow>()('cloudfront.logs', { scope: 'account', key: ['distribution', 'order'] });
