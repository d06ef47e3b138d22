/** HTTP APIs made of OpenAPI documents. Source: API Gateway Developer Guide, "Working with OpenAPI definitions for HTTP APIs". */
import type { Ctx, Handler } from '#kernel/contract';
import type { Api, AuthorizationType, Authorizer, Cors, Integration, Route } from '#models/apigatewayv2';
import {
  compact,
  DocumentError,
  EXTENSION,
  type Json,
  listOf,
  newId,
  OpenApi,
  objectOf,
  textOf,
  textsOf,
} from '../../api-gateway/port.ts';
import { deployChanges } from '../domain/deploy.ts';
import { findApi } from '../domain/part.ts';
import { badRequest } from '../errors.ts';
import { apis, authorizers, integrations, routes } from '../state.ts';
import { HTTP_SELECTION, newApi } from './api.ts';
import { newIntegration } from './integration.ts';
import { checkAuthorizer } from './part.ts';
import { newRoute } from './route.ts';

type V2 = 'apigatewayv2';

export const importApi: Handler<V2, 'ImportApi'> = ({ Body, Basepath }, ctx) => {
  const document = read(Body);
  const api = newApi(
    {
      Name: textOf(document.info.title) ?? '',
      ProtocolType: 'HTTP',
      RouteSelectionExpression: HTTP_SELECTION,
      ...described(document),
    },
    newId(ctx),
    ctx,
  );
  fill(ctx, api.ApiId ?? '', document, Basepath);
  return api;
};

export const reimportApi: Handler<V2, 'ReimportApi'> = ({ ApiId, Body, Basepath }, ctx) => {
  const before = findApi(ctx, ApiId);
  if (before.ProtocolType !== 'HTTP') throw badRequest('Only HTTP APIs can be imported');
  const document = read(Body);
  const parts = [routes, integrations, authorizers] as unknown as (typeof routes)[];
  for (const table of parts)
    for (const { id } of ctx.store.list(table, { where: { owner: ApiId } }))
      ctx.store.delete(table, { owner: ApiId, id });
  const { CorsConfiguration: _, ...rest } = before;
  const value = compact<Api>({ ...rest, Name: textOf(document.info.title) ?? before.Name, ...described(document) });
  ctx.store.put(apis, { owner: '', id: ApiId, value });
  fill(ctx, ApiId, document, Basepath);
  deployChanges(ctx, ApiId);
  return value;
};

function read(body: string): OpenApi {
  try {
    const document = new OpenApi(body);
    if (document.root.openapi === undefined)
      throw badRequest('Only OpenAPI 3.0 definitions are supported for HTTP APIs');
    return document;
  } catch (error) {
    if (error instanceof DocumentError) throw badRequest(error.message);
    throw error;
  }
}

function described({ info, root }: OpenApi): Partial<Api> {
  const cors = root[`${EXTENSION}cors`];
  return compact<Partial<Api>>({
    Description: textOf(info.description),
    Version: textOf(info.version),
    CorsConfiguration: cors === undefined ? undefined : corsOf(objectOf(cors)),
  });
}

function corsOf(given: Json): Cors {
  const texts = (name: string) => (given[name] === undefined ? undefined : listOf(given[name]).map(String));
  return compact<Cors>({
    AllowOrigins: texts('allowOrigins'),
    AllowMethods: texts('allowMethods'),
    AllowHeaders: texts('allowHeaders'),
    ExposeHeaders: texts('exposeHeaders'),
    MaxAge: given.maxAge === undefined ? undefined : Number(given.maxAge),
    AllowCredentials: given.allowCredentials === true,
  });
}

type Security = { AuthorizationType: AuthorizationType; AuthorizerId?: string };

function fill(ctx: Ctx, api: string, document: OpenApi, basepath: string | undefined): void {
  try {
    const security = authorizersOf(ctx, api, document);
    for (const { path, method, operation } of document.operations()) {
      const given = operation[`${EXTENSION}integration`];
      const target = given === undefined ? undefined : newIntegration(ctx, api, integrationOf(document.resolve(given)));
      const asked = listOf(operation.security ?? document.root.security).flatMap((one) =>
        Object.entries(objectOf(one)),
      );
      const [first] = asked.map(([name, scopes]) => ({
        ...security.get(name),
        AuthorizationScopes: listOf(scopes).map(String),
      }));
      newRoute(ctx, api, {
        ...compact<Partial<Route>>({
          ...(first?.AuthorizationType !== undefined && first),
          AuthorizationScopes:
            first !== undefined && first.AuthorizationScopes.length > 0 ? first.AuthorizationScopes : undefined,
          OperationName: textOf(operation.operationId),
          Target: target === undefined ? undefined : `integrations/${target.IntegrationId}`,
        }),
        RouteKey:
          path === '/$default' || path === '$default' ? '$default' : `${method} ${document.prefix(basepath)}${path}`,
      });
    }
  } catch (error) {
    if (error instanceof DocumentError) throw badRequest(error.message);
    throw error;
  }
}

function authorizersOf(ctx: Ctx, api: string, document: OpenApi): Map<string, Security> {
  const known = new Map<string, Security>();
  for (const [name, scheme] of Object.entries(document.security)) {
    const given = document.resolve(scheme);
    const authorizer = objectOf(given[`${EXTENSION}authorizer`]);
    if (given[`${EXTENSION}authtype`] === 'awsSigv4') known.set(name, { AuthorizationType: 'AWS_IAM' });
    if (authorizer.type === undefined) continue;
    const isJwt = authorizer.type === 'jwt';
    const jwt = objectOf(authorizer.jwtConfiguration);
    const id = newId(ctx, 6);
    const sources = authorizer.identitySource;
    const value = compact<Authorizer>({
      AuthorizerId: id,
      Name: name,
      AuthorizerType: isJwt ? 'JWT' : 'REQUEST',
      IdentitySource:
        sources === undefined ? undefined : Array.isArray(sources) ? sources.map(String) : String(sources).split(','),
      JwtConfiguration: isJwt
        ? { Issuer: textOf(jwt.issuer) ?? '', Audience: listOf(jwt.audience).map(String) }
        : undefined,
      AuthorizerUri: textOf(authorizer.authorizerUri),
      AuthorizerCredentialsArn: textOf(authorizer.authorizerCredentials),
      AuthorizerPayloadFormatVersion: versionOf(authorizer.authorizerPayloadFormatVersion),
      AuthorizerResultTtlInSeconds:
        authorizer.authorizerResultTtlInSeconds === undefined
          ? undefined
          : Number(authorizer.authorizerResultTtlInSeconds),
      EnableSimpleResponses:
        authorizer.enableSimpleResponses === undefined ? undefined : authorizer.enableSimpleResponses === true,
    });
    checkAuthorizer(ctx, api, value);
    ctx.store.put(authorizers, { owner: api, id, value });
    known.set(name, { AuthorizationType: isJwt ? 'JWT' : 'CUSTOM', AuthorizerId: id });
  }
  return known;
}

/** `2.0`, which YAML takes for a number. */
function versionOf(given: unknown): string | undefined {
  return typeof given === 'number' ? given.toFixed(1) : textOf(given);
}

function integrationOf(given: Json): Partial<Integration> {
  return compact<Partial<Integration>>({
    IntegrationType: String(given.type).toUpperCase() as Integration['IntegrationType'],
    IntegrationSubtype: textOf(given.integrationSubtype),
    IntegrationMethod: textOf(given.httpMethod)?.toUpperCase(),
    IntegrationUri: textOf(given.uri),
    ConnectionType: textOf(given.connectionType) as 'INTERNET' | undefined,
    CredentialsArn: textOf(given.credentials),
    PayloadFormatVersion: versionOf(given.payloadFormatVersion) ?? '1.0',
    RequestParameters: given.requestParameters === undefined ? undefined : textsOf(given.requestParameters),
    ResponseParameters:
      given.responseParameters === undefined
        ? undefined
        : Object.fromEntries(
            Object.entries(objectOf(given.responseParameters)).map(([status, one]) => [status, textsOf(one)]),
          ),
    TimeoutInMillis: given.timeoutInMillis === undefined ? undefined : Number(given.timeoutInMillis),
  });
}
