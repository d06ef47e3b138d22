/** What API Gateway keeps of HTTP and WebSocket APIs. Values are in the form in which the API shows them. */
import type { Millis } from '#kernel/base';
import { table } from '#kernel/store';
import type {
  Api,
  Authorizer,
  Deployment,
  Integration,
  IntegrationResponse,
  Model,
  Route,
  RouteResponse,
  Stage,
} from '#models/apigatewayv2';
import { type KeptTable, keptTable } from '../api-gateway/port.ts';

export const apis = keptTable<Api>('apigatewayv2.apis');
export const routes = keptTable<Route>('apigatewayv2.routes');
export const integrations = keptTable<Integration>('apigatewayv2.integrations');
export const authorizers = keptTable<Authorizer>('apigatewayv2.authorizers');
export const models = keptTable<Model>('apigatewayv2.models');
export const stages = keptTable<Stage>('apigatewayv2.stages');
export const deployments = keptTable<Deployment>('apigatewayv2.deployments');
/** By API and route, or integration: `<api>/<route>`. */
export const routeResponses = keptTable<RouteResponse>('apigatewayv2.route-responses');
export const integrationResponses = keptTable<IntegrationResponse>('apigatewayv2.integration-responses');

/** What is deleted with an API. */
export const PARTS: readonly KeptTable<object>[] = [
  routes,
  integrations,
  authorizers,
  models,
  stages,
  deployments,
] as unknown as readonly KeptTable<object>[];

/** An API as it was when it was deployed. Never changed. */
export type Snapshot = {
  api: Api;
  routes: readonly (Route & { responses?: readonly RouteResponse[] })[];
  integrations: readonly (Integration & { responses?: readonly IntegrationResponse[] })[];
  authorizers: readonly Authorizer[];
  models: readonly Model[];
};

/** By the API and the deployment. */
export const snapshots = keptTable<Snapshot>('apigatewayv2.snapshots');

/** How often a stage's authorizers were forgotten: what they answered before counts no more. */
export const resets = table<{ api: string; stage: string; count: number }>()('apigatewayv2.resets', {
  scope: 'region',
  key: ['api', 'stage'],
});

/** Web sockets that are open. */
export type ConnectionRow = {
  id: string;
  account: string;
  region: string;
  api: string;
  stage: string;
  domainName: string;
  sourceIp: string;
  userAgent: string;
  connectedAt: Millis;
  activeAt: Millis;
  /** What the authorizer said when it was opened. */
  authorizer?: { [name: string]: unknown };
  /** Who signed the request that opened it. */
  identity?: { [name: string]: string };
};

export const connections = table<ConnectionRow>()('apigatewayv2.connections', {
  scope: 'global',
  key: ['id'],
  indexes: { byApi: ['api', 'id'] },
});
