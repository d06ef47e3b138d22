/** AWS::Serverless::WebSocketApi: the API, its routes to functions, its stage and domain. */
import type { Json, JsonObject } from '../../../domain/parse.ts';
import { resourceFault } from '../faults.ts';
import { type Made, made, propagate } from '../made.ts';
import { boolean, map, type Rules, required, text, textOrMap } from '../properties.ts';
import { type Declared, resolve, type Setting } from '../setting.ts';
import { isGiven, isIntrinsic, type Maybe, mapOf, ref, sub } from '../values.ts';
import { authorizerPermission } from './auth.ts';
import { httpDomainOf } from './http-domain.ts';
import { httpStage } from './http-stage.ts';

export const WEBSOCKET_API_PROPERTIES: Rules = {
  ApiKeySelectionExpression: text,
  AccessLogSettings: map,
  Auth: map,
  DefaultRouteSettings: map,
  Description: text,
  DisableExecuteApiEndpoint: boolean,
  Domain: map,
  DisableSchemaValidation: boolean,
  FailOnWarnings: boolean,
  IpAddressType: text,
  Name: text,
  PropagateTags: boolean,
  Routes: required(map),
  RouteSettings: map,
  RouteSelectionExpression: required(text),
  StageName: textOrMap,
  StageVariables: map,
  Tags: map,
};

const TAG = 'websocketapi:createdBy';

/**
 * What a WebSocket API stands for.
 *
 * @throws {SamFault}
 */
export function websocketApiOf(declared: Declared, setting: Setting): Made[] {
  const { id, given, dependsOn } = declared;
  for (const name of ['Auth', 'Domain', 'Routes']) {
    const value = resolve(given[name], setting);
    if (value !== undefined) given[name] = value;
  }
  check(id, given);
  const routes = Object.entries(mapOf(given.Routes));
  const tags = { ...mapOf(given.Tags), [TAG]: 'SAM' };
  const api = made(
    id,
    'AWS::ApiGatewayV2::Api',
    {
      ApiKeySelectionExpression: given.ApiKeySelectionExpression,
      Description: given.Description,
      DisableExecuteApiEndpoint: given.DisableExecuteApiEndpoint,
      DisableSchemaValidation: given.DisableSchemaValidation,
      IpAddressType: given.IpAddressType,
      Name: given.Name ?? id,
      ProtocolType: 'WEBSOCKET',
      RouteSelectionExpression: given.RouteSelectionExpression,
      Tags: tags,
    },
    { dependsOn },
  );
  // What stands around a WebSocket API has none of its attributes.
  const bare = { ...declared, passed: {} };
  const domain = httpDomainOf(bare, TAG, setting);
  const stage = stageOf(id, given);
  const reached = routes.map(([key, route]) => routeOf(id, given, key, mapOf(route)));
  if (isGiven(given.RouteSettings)) stage.dependsOn = reached.map(([route]) => route.id);
  const resources = [api, ...reached.flat(), ...domain, stage, ...authorizerOf(id, mapOf(given.Auth))];
  propagate(resources, isGiven(given.Tags) ? tags : undefined, given.PropagateTags);
  return resources;
}

function check(id: string, { Routes, IpAddressType, Domain, Auth, StageName }: JsonObject): void {
  if (!isGiven(Routes)) throw resourceFault(id, 'WebSocket API must have at least one route.');
  if (isGiven(IpAddressType) && !isIntrinsic(IpAddressType) && !['ipv4', 'dualstack'].includes(String(IpAddressType)))
    throw resourceFault(id, "IpAddressType must be 'ipv4' or 'dualstack'.");
  if (isGiven(mapOf(Domain).MutualTlsAuthentication))
    throw resourceFault(id, 'Mutual TLS domain name association is not supported for Websocket APIs.');
  if (isGiven(Auth) && !Object.hasOwn(mapOf(Routes), '$connect'))
    throw resourceFault(id, 'Authorization is only available if there is a $connect route.');
  if (StageName === '$default') throw resourceFault(id, 'Stages cannot be named $default for WebSocket APIs.');
  if (isGiven(Auth)) checkAuth(id, mapOf(Auth));
}

function checkAuth(id: string, { AuthType, ...rest }: JsonObject): void {
  if (!isGiven(AuthType)) throw resourceFault(id, 'AuthType must be specified for additional auth configurations.');
  const type = String(AuthType).toUpperCase();
  if (!['NONE', 'AWS_IAM', 'CUSTOM'].includes(type))
    throw resourceFault(id, 'AuthType is not one of AWS_IAM, CUSTOM or NONE.');
  if (type === 'CUSTOM') {
    if (!isGiven(rest.AuthArn)) throw resourceFault(id, 'AuthArn must be specified if AuthType is CUSTOM.');
  } else if (Object.keys(rest).length > 0)
    throw resourceFault(id, `No additional configurations supported for AuthType ${type}.`);
}

function idOfRoute(id: string, key: string): string {
  const name = ['$connect', '$disconnect', '$default'].includes(key) ? key.slice(1) : key;
  if (!/^[A-Za-z0-9]+$/.test(name))
    throw resourceFault(
      id,
      `Route key '${key}' must be alphanumeric. Only $connect, $disconnect, and $default special routes are supported.`,
    );
  return `${id}${name[0]?.toUpperCase()}${name.slice(1).toLowerCase()}`;
}

const invoked = (variable: string, arn: Json): JsonObject =>
  sub(
    `arn:\${AWS::Partition}:apigateway:\${AWS::Region}:lambda:path/2015-03-31/functions/\${${variable}}/invocations`,
    { [variable]: arn },
  );

function routeOf(id: string, given: JsonObject, key: string, spec: JsonObject): [Made, Made, Made] {
  const prefix = idOfRoute(id, key);
  if (isGiven(spec.RequestParameters) && key !== '$connect')
    throw resourceFault(id, 'Request parameters are only supported for the $connect route in WebSocket APIs.');
  if (spec.FunctionArn === undefined) throw resourceFault(id, 'Route must have associated function.');
  const auth = mapOf(given.Auth);
  const isGuarded = key === '$connect' && isGiven(auth);
  const route = made(`${prefix}Route`, 'AWS::ApiGatewayV2::Route', {
    RouteKey: key,
    ApiId: ref(id),
    ApiKeyRequired: spec.ApiKeyRequired,
    ModelSelectionExpression: spec.ModelSelectionExpression,
    OperationName: spec.OperationName,
    RequestModels: spec.RequestModels,
    RequestParameters: isGiven(spec.RequestParameters) ? spec.RequestParameters : undefined,
    RouteResponseSelectionExpression: spec.RouteResponseSelectionExpression,
    Target: { 'Fn::Join': ['/', ['integrations', ref(`${prefix}Integration`)]] },
    AuthorizationType: isGuarded ? authorizationOf(auth) : undefined,
    AuthorizerId: isGuarded && auth.AuthType === 'CUSTOM' ? ref(`${id}ConnectAuthorizer`) : undefined,
  });
  const integration = made(`${prefix}Integration`, 'AWS::ApiGatewayV2::Integration', {
    ApiId: ref(id),
    IntegrationType: 'AWS_PROXY',
    IntegrationUri: invoked('FunctionArn', spec.FunctionArn),
    TimeoutInMillis: spec.IntegrationTimeout,
  });
  const permission = made(`${prefix}Permission`, 'AWS::Lambda::Permission', {
    Action: 'lambda:InvokeFunction',
    FunctionName: spec.FunctionArn,
    Principal: 'apigateway.amazonaws.com',
    SourceArn: sourceOf(id, given.StageName ?? 'default', key),
  });
  return [route, integration, permission];
}

function authorizationOf({ AuthType }: JsonObject): Json {
  return AuthType === 'CUSTOM' || AuthType === 'AWS_IAM' ? AuthType : 'NONE';
}

function sourceOf(id: string, stage: Json, key: string): JsonObject {
  const api = `arn:\${AWS::Partition}:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${${id}.ApiId}`;
  if (typeof stage === 'string') return sub(`${api}/${stage}/${key}`);
  return sub(`${api}/\${__StageName__}/${key}`, { __StageName__: stage });
}

function stageOf(id: string, given: JsonObject): Made {
  const name = given.StageName ?? 'default';
  const text = typeof name === 'string' ? name : '';
  const logical = `${id}${text === 'default' ? 'Default' : text}Stage`;
  return httpStage({ id: logical, api: id, name, tags: { [TAG]: 'SAM' } }, given);
}

/** Whoever connects is looked at by a function. */
function authorizerOf(id: string, auth: JsonObject): Made[] {
  if (auth.AuthType !== 'CUSTOM') return [];
  const name = `${id}ConnectAuthorizer`;
  const authorizer = made(name, 'AWS::ApiGatewayV2::Authorizer', {
    ApiId: ref(id),
    AuthorizerCredentialsArn: auth.InvokeRole,
    AuthorizerType: 'REQUEST',
    AuthorizerUri: invoked('AuthArn', auth.AuthArn ?? null),
    IdentitySource: auth.IdentitySource,
    Name: isGiven(auth.Name) ? auth.Name : name,
  });
  if (isGiven(auth.InvokeRole)) return [authorizer];
  return [
    authorizer,
    authorizerPermission(`${id}AuthorizerPermission`, id, auth.AuthArn as Maybe, `\${AWS::Partition}`, {}),
  ];
}
