/** Routes, and what they answer. */
import { type Ctx, type Handler, notBuilt } from '#kernel/contract';
import type { Route, RouteResponse } from '#models/apigatewayv2';
import { compact, newId } from '../../api-gateway/port.ts';
import { all, drop, find, findApi, keep, page, updated } from '../domain/part.ts';
import { badRequest, conflict, notFound, onlyProxies, responseExists, tooMany } from '../errors.ts';
import { ROUTES_MAX, SCOPES_MAX } from '../limits.ts';
import { authorizers, integrations, routeResponses, routes } from '../state.ts';

type V2 = 'apigatewayv2';
type Given = { [Name in keyof Route]?: Route[Name] | undefined } & Pick<Route, 'RouteKey'>;

const NO_JWT_AUTHORIZER =
  'Invalid authorizer ID specified. Setting the authorization type to JWT requires a valid JWT authorizer.';
const HTTP_KEY = /^(?:\$default|(GET|PUT|POST|DELETE|PATCH|OPTIONS|HEAD|ANY) \/\S*)$/;

export const createRoute: Handler<V2, 'CreateRoute'> = ({ ApiId, ...input }, ctx) => newRoute(ctx, ApiId, input);

/** Adds a route. In a transaction. */
export function newRoute(ctx: Ctx, api: string, given: Given): Route {
  const isHttp = findApi(ctx, api).ProtocolType === 'HTTP';
  const id = newId(ctx, 7);
  const value = compact<Route>({
    ApiKeyRequired: false,
    AuthorizationType: 'NONE',
    ...compact<object>(given),
    RouteId: id,
  });
  if (all(routes, ctx, api).length >= ROUTES_MAX) throw tooMany('Routes');
  checkRoute(ctx, api, value, isHttp, null);
  return keep(routes, ctx, api, id, value);
}

/** @param known the route's id, null for one that is new. Source of the texts: badmintoncryer/cdk-preflight. */
function checkRoute(ctx: Ctx, api: string, route: Route, isHttp: boolean, known: string | null): void {
  const { RouteKey, Target } = route;
  if (isHttp && !HTTP_KEY.test(RouteKey))
    throw badRequest(
      `The provided route key is not formatted properly for HTTP protocol. Format should be "[HTTP METHOD] /[RESOURCE PATH]" or "$default"`,
    );
  if (all(routes, ctx, api).some((one) => one.RouteKey === RouteKey && one.RouteId !== route.RouteId))
    throw conflict(`Route with key ${RouteKey} already exists for this API`);
  const integration = Target === undefined ? undefined : /^integrations\/([^/]+)$/.exec(Target)?.[1];
  if (Target !== undefined && integration === undefined)
    throw badRequest(
      `Unexpected or malformed target in route ${known}. Correct format should be integrations/<integration_id>.`,
    );
  if (integration !== undefined && ctx.store.get(integrations, { owner: api, id: integration }) === undefined)
    throw notFound(`Invalid Integration identifier specified ${integration}`);
  checkAuthorization(ctx, api, route, isHttp);
  if (isHttp && route.ApiKeyRequired === true)
    throw badRequest(
      `ApiKeyRequired is not currently supported for HTTP APIs. Please set ApiKeyRequired to false for route ${known}`,
    );
  if (route.ApiKeyRequired === true && RouteKey !== '$connect')
    throw notBuilt('API keys of other routes than $connect (ApiKeyRequired)');
}

/** Source of the texts: badmintoncryer/cdk-preflight. */
function checkAuthorization(ctx: Ctx, api: string, route: Route, isHttp: boolean): void {
  const { RouteKey, AuthorizationType: type = 'NONE', AuthorizerId, AuthorizationScopes: scopes = [] } = route;
  if (!isHttp && type !== 'NONE' && RouteKey !== '$connect')
    throw badRequest('Currently, authorization is restricted to the $connect route only');
  if (scopes.length > 0 && type !== 'JWT')
    throw badRequest(
      'Invalid Route authorization type specified. Authorization Scopes are only valid for COGNITO_USER_POOLS and JWT authorization types',
    );
  if (scopes.length > SCOPES_MAX) throw badRequest(`A route can have at most ${SCOPES_MAX} authorization scopes`);
  if (type !== 'JWT' && type !== 'CUSTOM') return;
  if (AuthorizerId === undefined)
    throw badRequest(type === 'JWT' ? NO_JWT_AUTHORIZER : 'Authorizer ID must be specified');
  const authorizer = find(authorizers, 'Authorizer', ctx, api, AuthorizerId);
  if (type === 'JWT' && authorizer.AuthorizerType !== 'JWT') throw badRequest(NO_JWT_AUTHORIZER);
  if (type === 'CUSTOM' && authorizer.AuthorizerType === 'JWT')
    throw badRequest(`Authorizer type must match the authorization type of the route`);
}

function findRoute(ctx: Ctx, api: string, id: string): Route {
  findApi(ctx, api);
  return find(routes, 'Route', ctx, api, id);
}

export const getRoute: Handler<V2, 'GetRoute'> = ({ ApiId, RouteId }, ctx) => findRoute(ctx, ApiId, RouteId);
export const getRoutes: Handler<V2, 'GetRoutes'> = (input, ctx) => {
  findApi(ctx, input.ApiId);
  return page(routes, ctx, input.ApiId, input);
};
export const updateRoute: Handler<V2, 'UpdateRoute'> = (input, ctx) => {
  const value = updated(findRoute(ctx, input.ApiId, input.RouteId), input, ['ApiId', 'RouteId']);
  if (value.AuthorizationType === 'NONE' || value.AuthorizationType === 'AWS_IAM') delete value.AuthorizerId;
  checkRoute(ctx, input.ApiId, value, findApi(ctx, input.ApiId).ProtocolType === 'HTTP', input.RouteId);
  return keep(routes, ctx, input.ApiId, input.RouteId, value);
};
export const deleteRoute: Handler<V2, 'DeleteRoute'> = ({ ApiId, RouteId }, ctx) => {
  findRoute(ctx, ApiId, RouteId);
  for (const { RouteResponseId: id = '' } of all(routeResponses, ctx, `${ApiId}/${RouteId}`))
    ctx.store.delete(routeResponses, { owner: `${ApiId}/${RouteId}`, id });
  drop(routes, ctx, ApiId, RouteId);
  return {};
};
export const deleteRouteRequestParameter: Handler<V2, 'DeleteRouteRequestParameter'> = (
  { ApiId, RouteId, RequestParameterKey },
  ctx,
) => {
  const route = findRoute(ctx, ApiId, RouteId);
  const { [RequestParameterKey]: found, ...RequestParameters } = route.RequestParameters ?? {};
  if (found === undefined) throw notFound(`Invalid parameter key specified ${RequestParameterKey}`);
  keep(routes, ctx, ApiId, RouteId, { ...route, RequestParameters });
  return {};
};

function checkKey(key: string | undefined): void {
  if (key !== undefined && key !== '$default')
    throw badRequest(
      'Currently, only $default is supported as a RouteResponseKey. The creation of the RouteResponse with a key of $default will indicate to API Gateway that this Route is intended to handle two-way communication.',
    );
}

export const createRouteResponse: Handler<V2, 'CreateRouteResponse'> = ({ ApiId, RouteId, ...input }, ctx) => {
  findRoute(ctx, ApiId, RouteId);
  if (findApi(ctx, ApiId).ProtocolType === 'HTTP') throw onlyProxies('RouteResponses');
  if (input.ResponseParameters !== undefined)
    throw notBuilt('parameters of the answers of WebSocket APIs (ResponseParameters)');
  checkKey(input.RouteResponseKey);
  const owner = `${ApiId}/${RouteId}`;
  // There is one key for them.
  if (all(routeResponses, ctx, owner).length > 0) throw responseExists('Route', input.RouteResponseKey);
  const id = newId(ctx, 7);
  return keep(routeResponses, ctx, owner, id, compact<RouteResponse>({ ...input, RouteResponseId: id }));
};
const findResponse = (
  ctx: Ctx,
  { ApiId, RouteId, RouteResponseId }: { ApiId: string; RouteId: string; RouteResponseId: string },
) => {
  findRoute(ctx, ApiId, RouteId);
  return find(routeResponses, 'RouteResponse', ctx, `${ApiId}/${RouteId}`, RouteResponseId);
};
export const getRouteResponse: Handler<V2, 'GetRouteResponse'> = (input, ctx) => findResponse(ctx, input);
export const getRouteResponses: Handler<V2, 'GetRouteResponses'> = (input, ctx) => {
  findRoute(ctx, input.ApiId, input.RouteId);
  return page(routeResponses, ctx, `${input.ApiId}/${input.RouteId}`, input);
};
export const updateRouteResponse: Handler<V2, 'UpdateRouteResponse'> = (input, ctx) => {
  checkKey(input.RouteResponseKey);
  const value = updated(findResponse(ctx, input), input, ['ApiId', 'RouteId', 'RouteResponseId']);
  return keep(routeResponses, ctx, `${input.ApiId}/${input.RouteId}`, input.RouteResponseId, value);
};
export const deleteRouteResponse: Handler<V2, 'DeleteRouteResponse'> = (input, ctx) => {
  findResponse(ctx, input);
  drop(routeResponses, ctx, `${input.ApiId}/${input.RouteId}`, input.RouteResponseId);
  return {};
};
