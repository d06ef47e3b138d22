/** Routes of HTTP APIs. */
import type { JsonObject } from '../../../domain/parse.ts';
import {
  ANY_METHOD,
  anyHttpPath,
  DEFAULT_PATH,
  hasIntegration,
  INTEGRATION,
  isOpenApi,
  limitTime,
  methodsAt,
  openApiOf,
  securityOf,
} from '../api/document.ts';
import { apiOf } from '../api/implicit.ts';
import { reaches, reachFunctionByHttp } from '../api/integration.ts';
import { expectMap, ofResource } from '../expect.ts';
import { documentFault, eventFault, resourceFault } from '../faults.ts';
import type { Made } from '../made.ts';
import { integer, map, text } from '../properties.ts';
import { told } from '../python.ts';
import type { Setting } from '../setting.ts';
import { isGiven, isMap, listOf, type Maybe, mapOf, memberOf, sub } from '../values.ts';
import { checkAuthorizerKind } from './api.ts';
import { type Event, type EventKind, type Hearing, permission } from './event.ts';

function linkedApi({ given }: Event, { declared }: Setting): { id: string; api: JsonObject } {
  const id = String(apiOf(given.ApiId));
  return { id, api: mapOf(mapOf(memberOf(declared, id)).Properties) };
}

export const HTTP_API: EventKind = {
  rules: {
    Path: text,
    Method: text,
    ApiId: text,
    Stage: text,
    Auth: map,
    TimeoutInMillis: integer,
    RouteSettings: map,
    PayloadFormatVersion: text,
  },
  make(event, hearing) {
    const { id, api } = linkedApi(event, hearing.setting);
    event.given.Method = String(event.given.Method).toLowerCase();
    const allowed = mayCall(event, hearing, id, api);
    integrate(event, hearing, id, api);
    return allowed;
  },
};

/** A function that has the $default route may be called from everywhere already. */
function mayCall(event: Event, hearing: Hearing, api: string, { DefinitionBody }: JsonObject): Made[] {
  const { id, given } = event;
  const method = String(given.Method);
  let path = String(given.Path).replace(/^(.+)\/$/, '$1');
  if (isGiven(DefinitionBody) && !isOpenApi(DefinitionBody))
    throw resourceFault(
      api,
      "Structure of the SAM template is invalid. Invalid OpenApi document. Invalid values or missing keys for 'openapi' or 'paths' in 'DefinitionBody'.",
    );
  if (path === DEFAULT_PATH) path = '';
  else if (
    isMap(DefinitionBody) &&
    reaches(DefinitionBody, { path: DEFAULT_PATH, method: ANY_METHOD }, hearing.target.id)
  )
    return [];
  path = anyHttpPath(path);
  const verb = method === 'any' || method === ANY_METHOD ? '*' : method.toUpperCase();
  const rest = method === 'any' && path === `/${DEFAULT_PATH}` ? path : `/${verb}${path}`;
  const source = `arn:\${AWS::Partition}:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${__ApiId__}/\${__Stage__}${rest}`;
  const SourceArn = sub(source, { __ApiId__: given.ApiId ?? null, __Stage__: '*' });
  return [permission(hearing, id, 'apigateway.amazonaws.com', { SourceArn })];
}

function integrate(event: Event, { target }: Hearing, id: string, api: JsonObject): void {
  const { name, given } = event;
  if (api.DefinitionBody === undefined || api.DefinitionBody === null) return;
  const document = openApiOf(api.DefinitionBody);
  const [path, method] = [String(given.Path), String(given.Method)];
  if (isGiven(api.__MANAGE_SWAGGER) && hasIntegration(document, path, method))
    throw eventFault(name, `API method '${method}' defined multiple times for path '${path}'.`);
  reachFunctionByHttp(document, { path, method }, target);
  if (isGiven(given.Auth)) guard(event, document, id, api);
  if (isGiven(given.TimeoutInMillis)) limitTime(document, path, method, given.TimeoutInMillis);
  addPathParameters(document, path, method);
  if (isGiven(given.PayloadFormatVersion))
    for (const definition of methodsAt(document, path, method))
      mapOf(definition[INTEGRATION]).payloadFormatVersion = given.PayloadFormatVersion;
}

function addPathParameters(document: JsonObject, path: string, method: string): void {
  const names = [...path.matchAll(/\{(.*?)\}/g)].map(([, name = '']) => name);
  if (names.length === 0) return;
  for (const definition of methodsAt(document, path, method)) {
    const parameters = listOf(definition.parameters);
    for (const name of names) {
      const present = parameters.find((one) => mapOf(one).name === name);
      if (isMap(present)) Object.assign(present, { in: 'path', required: true });
      else parameters.push({ name, in: 'path', required: true });
    }
    definition.parameters = parameters;
  }
}

function guard({ name, given }: Event, document: JsonObject, id: string, api: JsonObject): void {
  const auth = mapOf(given.Auth);
  const ofApi = expectMap(api.Auth ?? {}, ofResource(id, 'Auth'));
  const authorizer = isGiven(auth.Authorizer) ? auth.Authorizer : ofApi.DefaultAuthorizer;
  if (!isGiven(authorizer))
    throw eventFault(
      name,
      "'Auth' section requires either an explicit 'Authorizer' set or a 'DefaultAuthorizer' configured on the HttpApi.",
    );
  const [path, method] = [String(given.Path), String(given.Method)];
  const at = `on API method [${method}] for path [${path}]`;
  checkAuthorizer(name, at, authorizer, ofApi);
  const scopes = auth.AuthorizationScopes;
  if (isGiven(scopes) && !Array.isArray(scopes))
    throw eventFault(name, `Unable to set Authorizer ${at} because 'AuthorizationScopes' must be a list of strings.`);
  const key = String(authorizer);
  for (const definition of methodsAt(document, path, method))
    definition.security = [
      ...securityOf(definition, path, method),
      { [key]: scopesOf(key, scopes, ofApi.Authorizers) },
    ];
}

function checkAuthorizer(event: string, at: string, name: Maybe, api: JsonObject): void {
  const isIam = api.EnableIamAuthorizer === true;
  const cannot = `Unable to set Authorizer [${told(name)}] ${at}`;
  if (name === 'NONE') {
    if (isGiven(api.DefaultAuthorizer)) return;
    throw eventFault(
      event,
      `Unable to set Authorizer ${at} because 'NONE' is only a valid value when a DefaultAuthorizer on the API is specified.`,
    );
  }
  if (name === 'AWS_IAM' && isIam) return;
  if (!isGiven(api.Authorizers))
    throw eventFault(event, `${cannot} because the related API does not define any Authorizers.`);
  checkAuthorizerKind(event, cannot, name, api.Authorizers);
  if (!isGiven(memberOf(api.Authorizers, String(name))))
    throw eventFault(event, `${cannot} because it wasn't defined in the API's Authorizers.`);
}

function scopesOf(name: string, own: Maybe, authorizers: Maybe) {
  if (name === 'NONE' || name === 'AWS_IAM') return [];
  const authorizer = memberOf(authorizers, name) ?? {};
  if (!isMap(authorizer)) throw documentFault(`Type of authorizer '${name}' must be a dictionary`);
  if (isGiven(own)) return own;
  return isGiven(authorizer.AuthorizationScopes) ? authorizer.AuthorizationScopes : [];
}
