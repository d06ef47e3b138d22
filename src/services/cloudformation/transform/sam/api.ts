/** APIs: those that are declared, and those that events of functions imply. */
import type { Json, JsonObject } from '../../domain/parse.ts';
import { hashed, invalidSam, type Resources } from './common.ts';

type Route = { path: string; method: string; functionId: string; target: Json; payload: Json | undefined };
type Kind = 'Api' | 'HttpApi';

const IMPLICIT = { Api: 'ServerlessRestApi', HttpApi: 'ServerlessHttpApi' } as const;
const ID = { Api: 'RestApiId', HttpApi: 'ApiId' } as const;

/** Routes of functions by the logical id of their API. */
export function routesOf(kind: Kind, declared: Resources): Map<string, Route[]> {
  const routes = new Map<string, Route[]>();
  for (const [functionId, { Type, Properties }] of Object.entries(declared)) {
    if (Type !== 'AWS::Serverless::Function') continue;
    const { Events = {}, AutoPublishAlias: alias } = (Properties ?? {}) as JsonObject;
    for (const event of Object.values((Events ?? {}) as JsonObject)) {
      const { Type: type, Properties: given = {} } = (event ?? {}) as JsonObject;
      if (type !== kind) continue;
      const { Path = '$default', Method = 'any', PayloadFormatVersion: payload, ...rest } = given as JsonObject;
      const reference = rest[ID[kind]];
      const api = reference === undefined ? IMPLICIT[kind] : (reference as JsonObject).Ref;
      if (typeof api !== 'string')
        throw invalidSam(functionId, `${ID[kind]} must be a reference to an API in the same template.`);
      const unbuilt = Object.keys(rest).filter((name) => name !== ID[kind]);
      if (unbuilt.length > 0)
        throw invalidSam(functionId, `${unbuilt[0]} of ${kind} events is not built in Cloudyard yet`);
      const target: Json =
        typeof alias === 'string' ? { Ref: `${functionId}Alias${alias}` } : { 'Fn::GetAtt': [functionId, 'Arn'] };
      const route: Route = { path: String(Path), method: String(Method).toLowerCase(), functionId, target, payload };
      routes.set(api, [...(routes.get(api) ?? []), route]);
    }
  }
  return routes;
}

/** The document of an API: each route goes to its function. */
function definition(routes: readonly Route[], kind: Kind): JsonObject {
  const paths: { [path: string]: JsonObject } = {};
  for (const { path, method, target, payload } of routes) {
    const verb = method === 'any' || method === '*' ? 'x-amazon-apigateway-any-method' : method;
    const uri: Json = {
      'Fn::Sub': [
        `arn:\${AWS::Partition}:apigateway:\${AWS::Region}:lambda:path/2015-03-31/functions/\${__Target__}/invocations`,
        { __Target__: target },
      ],
    };
    paths[path] = {
      ...paths[path],
      [verb]: {
        'x-amazon-apigateway-integration': {
          httpMethod: 'POST',
          type: 'aws_proxy',
          uri,
          ...(kind === 'HttpApi' && { payloadFormatVersion: payload ?? '2.0' }),
        },
        responses: {},
        ...(path === '$default' && { isDefaultRoute: true }),
      },
    };
  }
  const info = { version: '1.0', title: { Ref: 'AWS::StackName' } };
  return kind === 'Api' ? { swagger: '2.0', info, paths } : { openapi: '3.0.1', info, paths };
}

/** AWS::Serverless::Api, or the API that nobody declared. */
export function restApi(id: string, declared: JsonObject, routes: readonly Route[]): Resources {
  const given = (declared.Properties ?? {}) as JsonObject;
  const { StageName = 'Prod', DefinitionBody, DefinitionUri, EndpointConfiguration, Name, Tags, ...rest } = given;
  const known = [
    'BinaryMediaTypes',
    'Description',
    'MinimumCompressionSize',
    'TracingEnabled',
    'Variables',
    'MethodSettings',
    'AccessLogSetting',
    'OpenApiVersion',
    'CacheClusterEnabled',
    'CacheClusterSize',
  ];
  const unbuilt = Object.keys(rest).filter((name) => !known.includes(name));
  if (unbuilt.length > 0) throw invalidSam(id, `property ${unbuilt[0]} is not built in Cloudyard yet`);
  if (DefinitionUri !== undefined) throw invalidSam(id, 'property DefinitionUri is not built in Cloudyard yet');
  const Body = DefinitionBody ?? definition(routes, 'Api');
  const pick = (names: string[]) =>
    Object.fromEntries(names.flatMap((name) => (rest[name] === undefined ? [] : [[name, rest[name]]])));
  const deployment = `${id}Deployment${hashed(Body, 'sha1')}`;
  const endpoint =
    typeof EndpointConfiguration === 'string' ? { Types: [EndpointConfiguration] } : endpointOf(EndpointConfiguration);
  return {
    [id]: {
      Type: 'AWS::ApiGateway::RestApi',
      Properties: {
        Body,
        ...pick(['BinaryMediaTypes', 'Description', 'MinimumCompressionSize']),
        ...(endpoint !== undefined && {
          EndpointConfiguration: endpoint,
          Parameters: { endpointConfigurationTypes: endpoint.Types?.[0] ?? 'EDGE' },
        }),
        ...(Name !== undefined && { Name }),
      },
    },
    [deployment]: {
      Type: 'AWS::ApiGateway::Deployment',
      Properties: { RestApiId: { Ref: id }, Description: `RestApi deployment id: ${hashed(Body, 'sha1')}` },
    },
    [`${id}${stageLogical(StageName)}Stage`]: {
      Type: 'AWS::ApiGateway::Stage',
      Properties: {
        DeploymentId: { Ref: deployment },
        RestApiId: { Ref: id },
        StageName,
        ...pick([
          'TracingEnabled',
          'Variables',
          'MethodSettings',
          'AccessLogSetting',
          'CacheClusterEnabled',
          'CacheClusterSize',
        ]),
        ...(Tags !== undefined && { Tags: tagList(Tags) }),
      },
    },
  };
}

function endpointOf(value: Json | undefined): { Types?: string[] } | undefined {
  if (value === undefined || value === null || typeof value !== 'object') return undefined;
  const { Type: type, ...rest } = value as JsonObject;
  return { ...rest, ...(typeof type === 'string' && { Types: [type] }) };
}

function tagList(tags: Json): Json {
  return Object.entries((tags ?? {}) as JsonObject).map(([Key, Value]) => ({ Key, Value }));
}

/** A stage whose name is not known yet is called Stage alone. */
function stageLogical(name: Json): string {
  return typeof name === 'string' ? name.replace(/[^A-Za-z0-9]/g, '') : '';
}

/** AWS::Serverless::HttpApi, or the one that nobody declared. */
export function httpApi(id: string, declared: JsonObject, routes: readonly Route[]): Resources {
  const given = (declared.Properties ?? {}) as JsonObject;
  const { StageName = '$default', DefinitionBody, CorsConfiguration, Name, Description, ...rest } = given;
  const known = [
    'AccessLogSettings',
    'DefaultRouteSettings',
    'RouteSettings',
    'StageVariables',
    'FailOnWarnings',
    'DisableExecuteApiEndpoint',
  ];
  const unbuilt = Object.keys(rest).filter((name) => !known.includes(name));
  if (unbuilt.length > 0) throw invalidSam(id, `property ${unbuilt[0]} is not built in Cloudyard yet`);
  const stage = StageName === '$default' ? 'ApiGatewayDefaultStage' : `${stageLogical(StageName)}Stage`;
  const body = (DefinitionBody ?? definition(routes, 'HttpApi')) as JsonObject;
  const { FailOnWarnings, DisableExecuteApiEndpoint, ...staged } = rest;
  return {
    [id]: {
      Type: 'AWS::ApiGatewayV2::Api',
      Properties: {
        Body:
          CorsConfiguration === undefined ? body : { ...body, 'x-amazon-apigateway-cors': corsOf(CorsConfiguration) },
        ...(Name !== undefined && { Name }),
        ...(Description !== undefined && { Description }),
        ...(FailOnWarnings !== undefined && { FailOnWarnings }),
        ...(DisableExecuteApiEndpoint !== undefined && { DisableExecuteApiEndpoint }),
        Tags: { 'httpapi:createdBy': 'SAM' },
      },
    },
    [`${id}${stage}`]: {
      Type: 'AWS::ApiGatewayV2::Stage',
      Properties: { ...staged, ApiId: { Ref: id }, StageName, AutoDeploy: true, Tags: { 'httpapi:createdBy': 'SAM' } },
    },
  };
}

function corsOf(value: Json): Json {
  if (value === true) return { allowOrigins: ['*'] };
  const entries = Object.entries((value ?? {}) as JsonObject);
  return Object.fromEntries(entries.map(([name, member]) => [`${name[0]?.toLowerCase()}${name.slice(1)}`, member]));
}
