/** What API Gateway keeps of REST APIs. Values are in the form in which the API shows them. */
import type { Millis } from '#kernel/base';
import { type Table, table } from '#kernel/store';
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

/** Something with an id, of an owner: an API's id for its parts, nothing for what stands by itself. */
export type Kept<Value> = { owner: string; id: string; value: Value };
export type KeptTable<Value> = Table<Kept<Value>, 'owner' | 'id'>;

function kept<Value extends object>(name: string): KeptTable<Value> {
  return table<Kept<Value>>()(`api-gateway.${name}`, { scope: 'region', key: ['owner', 'id'] });
}

export const apis = kept<RestApi>('apis');
export const resources = kept<Resource>('resources');
export const models = kept<Model>('models');
export const validators = kept<RequestValidator>('validators');
export const authorizers = kept<Authorizer>('authorizers');
export const gatewayResponses = kept<GatewayResponse>('gateway-responses');
export const deployments = kept<Deployment>('deployments');
export const stages = kept<Stage>('stages');
export const documentationParts = kept<DocumentationPart>('documentation-parts');
export const documentationVersions = kept<DocumentationVersion & { parts: DocumentationPart[] }>(
  'documentation-versions',
);
export const keys = kept<ApiKey>('keys');
export const plans = kept<UsagePlan>('plans');
export const certificates = kept<ClientCertificate & { privateKey: string }>('certificates');
export const domains = kept<DomainName>('domains');
/** Of a domain, by their paths. */
export const mappings = kept<BasePathMapping>('mappings');
export const accounts = kept<Account>('account');

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
export const snapshots = kept<Snapshot>('snapshots');

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
export type QuotaRow = { plan: string; key: string; startedAt: Millis; used: number; granted: number };

export const quotas = table<QuotaRow>()('api-gateway.quotas', { scope: 'region', key: ['plan', 'key'] });

/** When the caches of a stage were emptied: what is older counts no more. */
export const flushes = table<{ api: string; stage: string; responses: number; authorizers: number }>()(
  'api-gateway.flushes',
  { scope: 'region', key: ['api', 'stage'] },
);
