/** What API Gateway keeps of REST APIs. Values are in the form in which the API shows them. */
import { type Millis, sha256Hex } from '#kernel/base';
import { table } from '#kernel/store';
import type {
  Account,
  ApiKey,
  Authorizer,
  BasePathMapping,
  ClientCertificate,
  Deployment,
  DocumentationPart,
  DocumentationVersion,
  DomainName,
  GatewayResponse,
  Model,
  RequestValidator,
  Resource,
  RestApi,
  Stage,
  UsagePlan,
} from '#models/api-gateway';
import type { RoutingRule } from '#models/apigatewayv2';
import { type KeptTable, keptTable } from './domain/kept.ts';
import type { Truststore } from './domain/truststore.ts';

export const apis = keptTable<RestApi>('api-gateway.apis');
export const resources = keptTable<Resource>('api-gateway.resources');
export const models = keptTable<Model>('api-gateway.models');
export const validators = keptTable<RequestValidator>('api-gateway.validators');
export const authorizers = keptTable<Authorizer>('api-gateway.authorizers');
export const gatewayResponses = keptTable<GatewayResponse>('api-gateway.gateway-responses');
export const deployments = keptTable<Deployment>('api-gateway.deployments');
export const stages = keptTable<Stage>('api-gateway.stages');
export const documentationParts = keptTable<DocumentationPart>('api-gateway.documentation-parts');
export const documentationVersions = keptTable<DocumentationVersion & { parts: DocumentationPart[] }>(
  'api-gateway.documentation-versions',
);
export const keys = keptTable<ApiKey>('api-gateway.keys');
export const plans = keptTable<UsagePlan>('api-gateway.plans');
export const domains = keptTable<DomainName>('api-gateway.domains');
/** Of domains that ask clients for a certificate. */
export const truststores = keptTable<Truststore>('api-gateway.truststores');
/** A path of a domain that leads to an API, of whichever kind; by which operation of which service it was made does not matter. */
export type MappingRow = {
  owner: string;
  /** The path; `(none)` for the empty one. */
  id: string;
  mappingId: string;
  api: string;
  /** Undefined where the next part of the path says it. */
  stage?: string | undefined;
};

/** Of a domain, by their paths. */
export const mappings = table<MappingRow>()('api-gateway.mappings', {
  scope: 'region',
  key: ['owner', 'id'],
  indexes: { byApi: ['api', 'owner', 'id'], byMapping: ['owner', 'mappingId'] },
  migrations: [
    ({ owner, id, value }) => ({
      owner,
      id,
      mappingId: sha256Hex(String(id)).slice(0, 6),
      api: (value as BasePathMapping).restApiId,
      stage: (value as BasePathMapping).stage,
    }),
  ],
});
/** Of a domain, by their ids; whichever API the domain was made by. */
export const routingRules = keptTable<RoutingRule>('api-gateway.routing-rules');
export const accounts = keptTable<Account>('api-gateway.account');

export const clientCertificates = keptTable<ClientCertificate>('api-gateway.client-certificates');

/** Keys of client certificates, sealed under the secret of their account and Region, which has no certificate's id. */
export const clientKeys = table<{ id: string; sealed: string }>()('api-gateway.client-keys', {
  scope: 'region',
  key: ['id'],
});

/** What is deleted with an API. */
export const PARTS: readonly KeptTable<object>[] = [
  resources,
  models,
  validators,
  authorizers,
  gatewayResponses,
  deployments,
  stages,
  documentationParts,
  documentationVersions,
] as unknown as readonly KeptTable<object>[];

/** An API as it was when it was deployed. Never changed. */
export type Snapshot = {
  api: RestApi;
  resources: readonly Resource[];
  models: readonly Model[];
  validators: readonly RequestValidator[];
  authorizers: readonly Authorizer[];
  gatewayResponses: readonly GatewayResponse[];
};

/** By the API and the deployment. */
export const snapshots = keptTable<Snapshot>('api-gateway.snapshots');

/** Keys by their values: what clients send. */
export const keyValues = table<{ value: string; key: string }>()('api-gateway.key-values', {
  scope: 'region',
  key: ['value'],
});

/** Keys of usage plans, and the plans of a key. */
export const planKeys = table<{ plan: string; key: string }>()('api-gateway.plan-keys', {
  scope: 'region',
  key: ['plan', 'key'],
  indexes: { byKey: ['key', 'plan'] },
});

/** Requests by day, and of the quota's period. */
export type UsageRow = { plan: string; key: string; day: string; used: number; remaining: number };

export const usage = table<UsageRow>()('api-gateway.usage', { scope: 'region', key: ['plan', 'key', 'day'] });

/** What a key has left in a period of its plan's quota; gone with the period. */
export type QuotaRow = {
  plan: string;
  key: string;
  startedAt: Millis;
  used: number;
  granted: number;
  /** What the quota was when it was last looked at. */
  limit?: number;
};

export const quotas = table<QuotaRow>()('api-gateway.quotas', { scope: 'region', key: ['plan', 'key'] });

/** When the caches of a stage were emptied: what is older counts no more. */
export const flushes = table<{ api: string; stage: string; responses: number; authorizers: number }>()(
  'api-gateway.flushes',
  { scope: 'region', key: ['api', 'stage'] },
);
