/** AWS::Serverless::Api: the API with its document, its deployment and stage, and what stands around them. */
import type { Json, JsonObject } from '../../../domain/parse.ts';

import { documentFault, resourceFault } from '../faults.ts';
import { locationOf } from '../location.ts';
import { type Made, made, propagate } from '../made.ts';
import { boolean, integer, list, literal, map, type Rules, required, text, textOrMap } from '../properties.ts';
import { type Declared, resolve, type Setting } from '../setting.ts';
import { isGiven, isMap, type Maybe, mapOf } from '../values.ts';
import { addAuth, authorizerPermissions } from './auth.ts';
import { addCors } from './cors.ts';
import { isVersion3, mapIn, swaggerOf } from './document.ts';
import { restDomainOf } from './domain.ts';
import { addGatewayResponses, addModels } from './models.ts';
import { deployedStage } from './stage.ts';
import { usagePlanOf } from './usage-plan.ts';

export const REST_API_PROPERTIES: Rules = {
  __MANAGE_SWAGGER: boolean,
  Name: textOrMap,
  StageName: required(textOrMap),
  Tags: map,
  PropagateTags: boolean,
  DefinitionBody: map,
  DefinitionUri: textOrMap,
  MergeDefinitions: literal(boolean),
  CacheClusterEnabled: boolean,
  CacheClusterSize: text,
  Variables: map,
  EndpointConfiguration: textOrMap,
  MethodSettings: list,
  BinaryMediaTypes: list,
  MinimumCompressionSize: integer,
  Cors: textOrMap,
  Auth: map,
  GatewayResponses: map,
  AccessLogSetting: map,
  CanarySetting: map,
  TracingEnabled: boolean,
  OpenApiVersion: text,
  Models: map,
  Domain: map,
  FailOnWarnings: boolean,
  Description: text,
  Mode: text,
  DisableExecuteApiEndpoint: boolean,
  ApiKeySourceType: text,
  AlwaysDeploy: literal(boolean),
  Policy: textOrMap,
  SecurityPolicy: text,
  EndpointAccessMode: text,
};

/**
 * What a REST API stands for.
 *
 * @throws {SamFault}
 */
export function restApiOf(declared: Declared, setting: Setting): Made[] {
  const { given } = declared;
  for (const name of ['BinaryMediaTypes', 'Domain', 'Auth']) {
    const value = resolve(given[name], setting);
    if (value !== undefined) given[name] = value;
  }
  const api = apiOf(declared, setting);
  const domain = restDomainOf(declared, setting);
  const { deployment, stage } = deployedStage(declared, api, setting);
  const resources = [
    api,
    deployment,
    stage,
    ...authorizerPermissions(declared, setting),
    ...domain.resources,
    ...usagePlanOf(declared, stage, setting),
    ...domain.last,
  ];
  propagate(resources, given.Tags, given.PropagateTags);
  return resources;
}

/** Properties that CloudFormation has under the same name, where they are given. */
const SAME = [
  'FailOnWarnings',
  'Name',
  'Description',
  'Mode',
  'ApiKeySourceType',
  'Policy',
  'SecurityPolicy',
  'EndpointAccessMode',
];

function apiOf(declared: Declared, setting: Setting): Made {
  const { id, given, attributes, dependsOn } = declared;
  check(id, given);
  const document = structuredClone(given.DefinitionBody);
  addCors(id, document, given.Cors);
  addAuth(declared, document, setting);
  if (isGiven(given.Auth) && isMap(document)) asOpenApi(document, given.OpenApiVersion);
  addGatewayResponses(id, document, given.GatewayResponses);
  addBinaryTypes(document, given.BinaryMediaTypes);
  addModels(id, document, given.Models);
  // As often as SAM: it is not the same once and twice.
  if (isGiven(given.Models) && isMap(document)) asOpenApi(document, given.OpenApiVersion);
  addEndpointSwitch(id, document, given.DisableExecuteApiEndpoint);
  if (isMap(document)) asOpenApi(document, given.OpenApiVersion);
  const api = made(
    id,
    'AWS::ApiGateway::RestApi',
    {
      ...Object.fromEntries(SAME.map((name) => [name, isGiven(given[name]) ? given[name] : undefined])),
      BinaryMediaTypes: given.BinaryMediaTypes,
      MinimumCompressionSize: given.MinimumCompressionSize,
      ...endpointOf(id, given.EndpointConfiguration, setting.partition),
      ...(isGiven(given.DefinitionUri)
        ? { BodyS3Location: locationOf(id, 'DefinitionUri', given.DefinitionUri) }
        : { Body: isGiven(document) ? document : undefined }),
    },
    { attributes, dependsOn },
  );
  return api;
}

function check(id: string, { DefinitionUri, DefinitionBody, MergeDefinitions, OpenApiVersion }: JsonObject): void {
  if (isGiven(DefinitionUri) && isGiven(DefinitionBody))
    throw resourceFault(id, "Specify either 'DefinitionUri' or 'DefinitionBody' property and not both.");
  if (isGiven(DefinitionUri) && isGiven(MergeDefinitions))
    throw resourceFault(id, "Cannot set 'MergeDefinitions' to True when using `DefinitionUri`.");
  if (isGiven(OpenApiVersion) && !/^[2-3](\.\d)(\.\d)?$/.test(String(OpenApiVersion)))
    throw resourceFault(id, "The OpenApiVersion value must be of the format '3.0.0'.");
}

function endpointOf(id: string, given: Maybe, partition: string): JsonObject {
  const endpoint = isGiven(given) ? given : partition === 'aws' ? undefined : 'REGIONAL';
  if (endpoint === undefined) return {};
  if (!isMap(endpoint) || !isGiven(endpoint.Type))
    return { EndpointConfiguration: { Types: [endpoint] }, Parameters: { endpointConfigurationTypes: endpoint } };
  const { Type: type, IpAddressType, VPCEndpointIds, VpcEndpointIds } = endpoint;
  if (VPCEndpointIds !== undefined && VpcEndpointIds !== undefined)
    throw resourceFault(id, "'VPCEndpointIds' and 'VpcEndpointIds' cannot be used together in EndpointConfiguration.");
  const ids = isGiven(VPCEndpointIds) ? VPCEndpointIds : (VpcEndpointIds ?? VPCEndpointIds);
  return {
    Parameters: { endpointConfigurationTypes: type },
    EndpointConfiguration: {
      Types: [type],
      ...(ids !== undefined && { VpcEndpointIds: ids }),
      ...(IpAddressType !== undefined && { IpAddressType }),
    },
  };
}

/** `image~1png` is `image/png`. */
function addBinaryTypes(document: Maybe, types: Maybe): void {
  if (!isGiven(types) || !isGiven(document)) return;
  const plain = (value: Json): Json => {
    if (typeof value === 'string') return value.replaceAll('~1', '/');
    if (Array.isArray(value)) return value.map(plain);
    return isMap(value)
      ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name.replaceAll('~1', '/'), plain(one)]))
      : value;
  };
  swaggerOf(document)['x-amazon-apigateway-binary-media-types'] = plain(types);
}

const ENDPOINT = 'x-amazon-apigateway-endpoint-configuration';

function addEndpointSwitch(id: string, document: Maybe, isDisabled: Maybe): void {
  if (isDisabled === undefined || isDisabled === null) return;
  if (!isGiven(document))
    throw resourceFault(id, "DisableExecuteApiEndpoint works only within 'DefinitionBody' property.");
  const swagger = swaggerOf(document);
  if (!isGiven(swagger.openapi) || !isVersion3(swagger.openapi)) {
    setSwitch(swagger, 'Invalid OpenAPI definition', isDisabled);
    return;
  }
  const servers = Array.isArray(swagger.servers) ? swagger.servers : [{}];
  for (const [index, server] of servers.entries())
    setSwitch(server, `Invalid OpenAPI definition of 'servers[${index}]'`, isDisabled);
  swagger.servers = servers;
}

function setSwitch(holder: Json, what: string, isDisabled: Json): void {
  const config = mapIn(holder, `${what}: It should be a map.`);
  config[ENDPOINT] ??= {};
  mapIn(config[ENDPOINT], `${what}: The value of '${ENDPOINT}' should be a map.`).disableExecuteApiEndpoint =
    isDisabled;
}

/** What Swagger says in one place OpenAPI says in another. */
function asOpenApi(document: JsonObject, version: Maybe): void {
  if (document.swagger !== undefined && document.swagger !== null) return;
  const asked = version ?? document.openapi;
  if (!isGiven(asked) || !isVersion3(asked)) return;
  for (const [from, to] of [
    ['securityDefinitions', 'securitySchemes'],
    ['definitions', 'schemas'],
  ] as const) {
    const moved = document[from];
    if (!isGiven(moved)) continue;
    if (!isGiven(document.components)) document.components = {};
    mapOf(document.components)[to] = moved;
    delete document[from];
  }
  if (!isGiven(document.paths)) return;
  const paths = mapIn(document.paths, 'Value of paths must be a dictionary according to Swagger spec.');
  for (const [path, item] of Object.entries(paths)) {
    mapIn(item, `Value of '${path}' path must be a dictionary according to Swagger spec.`);
    if (isGiven(mapOf(item).options)) optionsAsOpenApi(path, mapOf(item).options ?? null);
  }
}

function optionsAsOpenApi(path: string, given: Json): void {
  const options = mapIn(
    given,
    `Value of options method for path ${path} must be a dictionary according to Swagger spec.`,
  );
  delete options.produces;
  delete options.consumes;
  const responses = options.responses;
  const invalid = (why: string) => documentFault(`Invalid responses in options method for path ${path}: ${why}.`);
  if (responses === undefined || responses === null) return;
  if (!isMap(responses)) throw invalid('It should be a map');
  const answer = responses['200'] ?? null;
  if (answer === null) return;
  if (!isMap(answer)) throw invalid("The value of '200' should be a map");
  if (!isGiven(answer.headers)) return;
  const headers = mapIn(
    answer.headers,
    `Value of response's headers in options method for path ${path} must be a dictionary according to Swagger spec.`,
  );
  for (const [name, header] of Object.entries(headers)) headers[name] = { schema: header };
}
