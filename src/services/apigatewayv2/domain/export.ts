/** HTTP APIs as OpenAPI documents. Source: API Gateway Developer Guide, "Export HTTP APIs from API Gateway", "OpenAPI extensions for API Gateway". */
import type { Authorizer, Cors, Integration, Route } from '#models/apigatewayv2';
import { compact, EXTENSION, type Json, METHODS, variablesOf } from '../../api-gateway/port.ts';
import type { Snapshot } from '../state.ts';

const KEYWORDS = Object.fromEntries(Object.entries(METHODS).map(([keyword, method]) => [method, keyword]));
const SIGNATURE = 'sigv4';

/** The document of an API; with all that API Gateway adds to OpenAPI, or without any of it. */
export function documentOf(of: Snapshot, version: string, stage: string | undefined, isExtended: boolean): Json {
  const { api, routes, authorizers } = of;
  const paths: { [path: string]: Json } = {};
  for (const route of routes) {
    const [method = '', path = '/$default'] = route.RouteKey.split(' ');
    const keyword = KEYWORDS[route.RouteKey === '$default' ? 'ANY' : method] ?? '';
    paths[path] = { ...paths[path], [keyword]: operationOf(of, route, path, isExtended) };
  }
  const isSigned = routes.some(({ AuthorizationType }) => AuthorizationType === 'AWS_IAM');
  const securitySchemes = {
    ...(isSigned && {
      [SIGNATURE]: { type: 'apiKey', name: 'Authorization', in: 'header', [`${EXTENSION}authtype`]: 'awsSigv4' },
    }),
    ...Object.fromEntries(authorizers.map((one) => [one.Name, schemeOf(one, isExtended)])),
  };
  const url = api.ApiEndpoint ?? '';
  return compact<Json>({
    openapi: '3.0.1',
    info: compact({ title: api.Name, description: api.Description, version }),
    servers: [
      stage === undefined || stage === '$default'
        ? { url }
        : { url: `${url}/{basePath}`, variables: { basePath: { default: stage } } },
    ],
    paths,
    components: Object.keys(securitySchemes).length === 0 ? undefined : { securitySchemes },
    [`${EXTENSION}cors`]: isExtended && api.CorsConfiguration !== undefined ? corsOf(api.CorsConfiguration) : undefined,
    [`${EXTENSION}importexport-version`]: isExtended ? '1.0' : undefined,
  });
}

function operationOf({ integrations, authorizers }: Snapshot, route: Route, path: string, isExtended: boolean): Json {
  const integration = integrations.find(({ IntegrationId }) => route.Target === `integrations/${IntegrationId}`);
  const authorizer = authorizers.find(({ AuthorizerId }) => AuthorizerId === route.AuthorizerId);
  const scheme = route.AuthorizationType === 'AWS_IAM' ? SIGNATURE : authorizer?.Name;
  const isDefault = route.RouteKey === '$default';
  const parameters = variablesOf(path).map((name) => ({
    name,
    in: 'path',
    description: `Generated path parameter for ${name}`,
    required: true,
    schema: { type: 'string' },
  }));
  return compact<Json>({
    operationId: route.OperationName,
    parameters: parameters.length > 0 ? parameters : undefined,
    responses: { default: { description: `Default response for ${route.RouteKey}` } },
    security: scheme === undefined ? undefined : [{ [scheme]: route.AuthorizationScopes ?? [] }],
    isDefaultRoute: isExtended && isDefault ? true : undefined,
    [`${EXTENSION}integration`]: isExtended && integration !== undefined ? integrationOf(integration) : undefined,
  });
}

function schemeOf(authorizer: Authorizer, isExtended: boolean): Json {
  const { AuthorizerType, IdentitySource = [], JwtConfiguration: jwt } = authorizer;
  const isJwt = AuthorizerType === 'JWT';
  const header = /^\$request\.header\.(.+)$/.exec(IdentitySource[0] ?? '')?.[1] ?? 'Unused';
  const extension = compact<Json>({
    type: AuthorizerType?.toLowerCase(),
    identitySource: IdentitySource.length === 0 ? undefined : IdentitySource.join(','),
    jwtConfiguration: isJwt ? { audience: jwt?.Audience, issuer: jwt?.Issuer } : undefined,
    authorizerUri: authorizer.AuthorizerUri,
    authorizerCredentials: authorizer.AuthorizerCredentialsArn,
    authorizerPayloadFormatVersion: authorizer.AuthorizerPayloadFormatVersion,
    authorizerResultTtlInSeconds: authorizer.AuthorizerResultTtlInSeconds,
    enableSimpleResponses: authorizer.EnableSimpleResponses,
  });
  return {
    ...(isJwt ? { type: 'oauth2', flows: {} } : { type: 'apiKey', name: header, in: 'header' }),
    ...(isExtended && { [`${EXTENSION}authorizer`]: extension }),
  };
}

function integrationOf(integration: Integration): Json {
  return compact<Json>({
    payloadFormatVersion: integration.PayloadFormatVersion,
    type: integration.IntegrationType?.toLowerCase(),
    integrationSubtype: integration.IntegrationSubtype,
    httpMethod: integration.IntegrationMethod,
    uri: integration.IntegrationUri,
    credentials: integration.CredentialsArn,
    connectionType: integration.ConnectionType,
    requestParameters: integration.RequestParameters,
    responseParameters: integration.ResponseParameters,
    timeoutInMillis: integration.TimeoutInMillis,
  });
}

function corsOf(cors: Cors): Json {
  return compact<Json>({
    allowOrigins: cors.AllowOrigins,
    allowMethods: cors.AllowMethods,
    allowHeaders: cors.AllowHeaders,
    exposeHeaders: cors.ExposeHeaders,
    maxAge: cors.MaxAge,
    allowCredentials: cors.AllowCredentials,
  });
}
