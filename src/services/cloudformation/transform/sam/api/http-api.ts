/** AWS::Serverless::HttpApi: the API with its document, its stage and domain. */
import type { Json, JsonObject } from '../../../domain/parse.ts';
import { suffixed } from '../events/event.ts';
import { expectText, ofResource } from '../expect.ts';
import { documentFault, resourceFault } from '../faults.ts';
import { locationOf } from '../location.ts';
import { type Made, made, propagate } from '../made.ts';
import { any, boolean, booleanOrMap, map, type Rules, text, textOrMap } from '../properties.ts';
import { kindOf, shown } from '../python.ts';
import { type Declared, resolve, type Setting } from '../setting.ts';
import { isGiven, isIntrinsic, isMap, isNoValue, isSame, listOf, type Maybe, mapOf, ref } from '../values.ts';
import { authorizerPermission } from './auth.ts';
import {
  branchesOf,
  DEFAULT_PATH,
  INTEGRATION,
  isOpenApi,
  itemsOf,
  mapIn,
  methodKey,
  openApiOf,
  pathsOf,
} from './document.ts';
import { type HttpAuthorizer, httpAuthorizersOf } from './http-authorizer.ts';
import { httpDomainOf } from './http-domain.ts';
import { httpStage } from './http-stage.ts';

export const HTTP_API_PROPERTIES: Rules = {
  __MANAGE_SWAGGER: boolean,
  Name: any,
  StageName: textOrMap,
  Tags: map,
  PropagateTags: boolean,
  DefinitionBody: map,
  DefinitionUri: textOrMap,
  StageVariables: map,
  CorsConfiguration: booleanOrMap,
  AccessLogSettings: map,
  DefaultRouteSettings: map,
  Auth: map,
  RouteSettings: map,
  Domain: map,
  FailOnWarnings: boolean,
  Description: text,
  DisableExecuteApiEndpoint: boolean,
};

const TAG = 'httpapi:createdBy';

/**
 * What an HTTP API stands for.
 *
 * @throws {SamFault}
 */
export function httpApiOf(declared: Declared, setting: Setting): Made[] {
  const { id, given, attributes, dependsOn } = declared;
  for (const name of ['CorsConfiguration', 'Domain']) {
    const value = resolve(given[name], setting);
    if (value !== undefined) given[name] = value;
  }
  if (isGiven(given.DefinitionUri) && isGiven(given.DefinitionBody))
    throw resourceFault(id, "Specify either 'DefinitionUri' or 'DefinitionBody' property and not both.");
  const document = structuredClone(given.DefinitionBody);
  const auth = mapOf(given.Auth);
  addCors(id, document, given.CorsConfiguration);
  addAuth(id, document, auth, setting);
  const tags = addTags(id, document, given.Tags);
  addEndpointSwitch(id, document, given.DisableExecuteApiEndpoint);
  addTitle(id, document, given.Name);
  addDescription(id, document, given.Description);
  if (isGiven(given.FailOnWarnings)) renameDefaultPath(document);
  const api = made(
    id,
    'AWS::ApiGatewayV2::Api',
    {
      FailOnWarnings: isGiven(given.FailOnWarnings) ? given.FailOnWarnings : undefined,
      ...(isGiven(given.DefinitionUri)
        ? { BodyS3Location: locationOf(id, 'DefinitionUri', given.DefinitionUri) }
        : { Body: bodyOf(id, document) }),
    },
    { attributes, dependsOn },
  );
  const permissions = [...httpAuthorizersOf(id, auth, setting.partition)].flatMap(([name, { functionArn }]) =>
    functionArn === undefined
      ? []
      : [
          authorizerPermission(
            `${id}${name}AuthorizerPermission`,
            id,
            functionArn,
            `\${AWS::Partition}`,
            declared.passed,
          ),
        ],
  );
  const resources = [api, ...permissions, ...httpDomainOf(declared, TAG, setting), stageOf(declared, tags)];
  propagate(resources, isGiven(given.Tags) ? tags : undefined, given.DefinitionBody !== undefined);
  return resources;
}

function bodyOf(id: string, document: Maybe): Json {
  if (!isGiven(document))
    throw resourceFault(
      id,
      "'DefinitionUri' or 'DefinitionBody' are required properties of an 'AWS::Serverless::HttpApi'. Add a value for one of these properties or add a 'HttpApi' event to an 'AWS::Serverless::Function'.",
    );
  return document;
}

const CORS = ['AllowMethods', 'AllowHeaders', 'AllowOrigins', 'MaxAge', 'ExposeHeaders', 'AllowCredentials'];
const lowerFirst = (name: string) => `${name[0]?.toLowerCase()}${name.slice(1)}`;

function addCors(id: string, document: Maybe, cors: Maybe): void {
  if (!isGiven(cors)) return;
  if (!isGiven(document))
    throw resourceFault(id, "Cors works only with inline OpenApi specified in 'DefinitionBody' property.");
  let given: JsonObject = {};
  if (cors === true) given = { AllowOrigins: ['*'] };
  else if (isIntrinsic(cors)) given = { AllowOrigins: cors };
  else if (isMap(cors)) given = cors;
  else throw resourceFault(id, "Invalid value for 'Cors' property.");
  for (const key of Object.keys(given))
    if (!CORS.includes(key)) throw resourceFault(id, `Invalid key '${key}' for 'Cors' property.`);
  if (!isOpenApi(document))
    throw resourceFault(
      id,
      "Unable to add Cors configuration because 'DefinitionBody' does not contain a valid OpenApi definition.",
    );
  if (given.AllowCredentials === true && isSame(given.AllowOrigins, ['*']))
    throw resourceFault(
      id,
      `Unable to add Cors configuration because 'AllowCredentials' can not be true when 'AllowOrigin' is "'*'" or not set.`,
    );
  const name = 'x-amazon-apigateway-cors';
  const config = mapIn(document[name] ?? {}, `Value of '${name}' must be a dictionary according to Swagger spec.`);
  document[name] = config;
  if (isIntrinsic(given.AllowOrigins)) {
    // What CloudFormation is to choose among has the names of the document, too.
    let chosen = JSON.stringify(given.AllowOrigins);
    for (const key of CORS) chosen = chosen.replaceAll(key, lowerFirst(key));
    Object.assign(config, JSON.parse(chosen));
    return;
  }
  for (const key of CORS) {
    const value = given[key];
    const isWanted =
      key === 'MaxAge'
        ? value !== undefined && value !== null
        : key === 'AllowCredentials'
          ? value === true
          : isGiven(value);
    if (isWanted) config[lowerFirst(key)] = value ?? null;
  }
}

function addAuth(id: string, document: Maybe, auth: JsonObject, { partition }: Setting): void {
  if (!isGiven(auth)) return;
  if (!isGiven(document))
    throw resourceFault(id, "Auth works only with inline OpenApi specified in the 'DefinitionBody' property.");
  if (!Object.keys(auth).every((key) => ['Authorizers', 'DefaultAuthorizer', 'EnableIamAuthorizer'].includes(key)))
    throw resourceFault(id, "Invalid value for 'Auth' property");
  if (!isOpenApi(document))
    throw resourceFault(
      id,
      "Unable to add Auth configuration because 'DefinitionBody' does not contain a valid OpenApi definition.",
    );
  const authorizers = httpAuthorizersOf(id, auth, partition);
  if (authorizers.size > 0) {
    if (!isGiven(document.components)) document.components = {};
    const components = mapOf(document.components);
    if (!isGiven(components.securitySchemes)) components.securitySchemes = {};
    for (const [name, { scheme }] of authorizers) mapOf(components.securitySchemes)[name] = scheme;
  }
  const byDefault = auth.DefaultAuthorizer;
  if (!isGiven(byDefault) || isNoValue(byDefault)) return;
  const name = expectText(byDefault, ofResource(id, 'Auth.DefaultAuthorizer'));
  const authorizer = authorizers.get(name);
  if (authorizer === undefined)
    throw resourceFault(id, `Unable to set DefaultAuthorizer because '${name}' was not defined in 'Authorizers'.`);
  for (const path of pathsOf(document)) useDefault(document, path, name, authorizer);
}

function useDefault(document: JsonObject, path: string, name: string, { scopes }: HttpAuthorizer): void {
  for (const item of itemsOf(document, path))
    for (const [key, member] of Object.entries(item)) {
      const method = methodKey(key);
      if (method === 'parameters' || method === 'options') continue;
      if (!Object.hasOwn(item, method))
        throw documentFault(`Could not find ${method} in ${path} within DefinitionBody.`);
      for (const branch of branchesOf(member)) {
        const definition = mapIn(branch, `Definition of method '${key}' for path '${path}' should be a map.`);
        if (isGiven(definition[INTEGRATION]) && !isGiven(definition.security))
          definition.security = [{ [name]: scopes ?? [] }];
      }
    }
}

/** The tags that the API and its stage have, with SAM's own. */
function addTags(id: string, document: Maybe, tags: Maybe): Maybe {
  if (isGiven(tags) && !isGiven(document))
    throw resourceFault(id, "Tags works only with inline OpenApi specified in the 'DefinitionBody' property.");
  if (!isGiven(document)) return tags;
  if (!isOpenApi(document)) {
    if (isGiven(tags))
      throw resourceFault(
        id,
        "Unable to add `Tags` because 'DefinitionBody' does not contain a valid OpenApi definition.",
      );
    return tags;
  }
  const all = { ...mapOf(tags), [TAG]: 'SAM' };
  const present: Json = document.tags ?? [];
  if (!Array.isArray(present))
    throw documentFault(
      `Tags in OpenApi DefinitionBody needs to be a list. ${shown(present)} is a ${kindOf(present)} not a list.`,
    );
  document.tags = present;
  for (const [name, value] of Object.entries(all)) {
    const tag = present.find((one) => mapOf(one).name === name);
    if (isMap(tag)) tag['x-amazon-apigateway-tag-value'] = value;
    else present.push({ name, 'x-amazon-apigateway-tag-value': value });
  }
  return all;
}

function addEndpointSwitch(id: string, document: Maybe, isDisabled: Maybe): void {
  if (isDisabled === undefined || isDisabled === null) return;
  if (!isGiven(document))
    throw resourceFault(id, "DisableExecuteApiEndpoint works only within 'DefinitionBody' property.");
  const openApi = openApiOf(document);
  const servers = openApi.servers === undefined ? [{}] : listOf(openApi.servers);
  openApi.servers = servers;
  const name = 'x-amazon-apigateway-endpoint-configuration';
  for (const server of servers) {
    const config = mapIn(server, "Value of 'servers' item must be a dictionary according to Swagger spec.");
    config[name] = { ...mapOf(config[name]), disableExecuteApiEndpoint: isDisabled };
  }
}

function infoOf(id: string, document: JsonObject, end: string): JsonObject {
  const info = document.info ?? {};
  if (!isMap(info)) throw resourceFault(id, `Invalid 'DefinitionBody': The value of 'info' should be a map${end}.`);
  return info;
}

function addTitle(id: string, document: Maybe, title: Maybe): void {
  if (!isGiven(title)) return;
  if (!isMap(document) || !isGiven(document))
    throw resourceFault(id, "Name works only with inline OpenApi specified in the 'DefinitionBody' property.");
  const info = infoOf(id, document, '');
  if (!isSame(info.title, ref('AWS::StackName')))
    throw resourceFault(
      id,
      "Unable to set Name because it is already defined within inline OpenAPI specified in the 'DefinitionBody' property.",
    );
  mapOf(openApiOf(document).info).title = title;
}

function addDescription(id: string, document: Maybe, description: Maybe): void {
  if (!isGiven(description)) return;
  if (!isMap(document) || !isGiven(document))
    throw resourceFault(id, "Description works only with inline OpenApi specified in the 'DefinitionBody' property.");
  const info = infoOf(id, document, "'");
  if (isGiven(info.description))
    throw resourceFault(
      id,
      "Unable to set Description because it is already defined within inline OpenAPI specified in the 'DefinitionBody' property.",
    );
  openApiOf(document).info = { ...info, description };
}

/** API Gateway warns of the path as SAM writes it. */
function renameDefaultPath(document: Maybe): void {
  const paths = mapOf(mapOf(document).paths);
  if (!Object.hasOwn(paths, DEFAULT_PATH)) return;
  paths[`/${DEFAULT_PATH}`] = paths[DEFAULT_PATH] ?? null;
  delete paths[DEFAULT_PATH];
}

function stageOf({ id, given, passed }: Declared, tags: Maybe): Made {
  const name = isGiven(given.StageName) ? given.StageName : DEFAULT_PATH;
  const text = typeof name === 'string' ? name : '';
  const isPlain = /^[A-Za-z0-9]+$/.test(text);
  const logical =
    text === DEFAULT_PATH
      ? `${id}ApiGatewayDefaultStage`
      : isPlain
        ? `${id}${text}Stage`
        : suffixed(`${id}Stage`, text);
  return httpStage({ id: logical, api: id, name, tags }, given, passed);
}
