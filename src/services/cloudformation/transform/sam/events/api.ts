/** Methods of REST APIs. */
import type { JsonObject } from '../../../domain/parse.ts';
import { anyPath, emptySwagger, hasIntegration, limitTime, methodKey, swaggerOf } from '../api/document.ts';
import { apiOf } from '../api/implicit.ts';
import { reachFunction, reachStateMachine } from '../api/integration.ts';
import { addResourcePolicy, addStatements } from '../api/resource-policy.ts';
import { setMethodAuth } from '../api/security.ts';
import { expectList, expectMap, ofAttribute, ofEvent, ofResource } from '../expect.ts';
import { eventFault, resourceFault } from '../faults.ts';
import type { Made } from '../made.ts';
import { boolean, integer, list, literal, map, required, text } from '../properties.ts';
import { told } from '../python.ts';
import { resolve, type Setting } from '../setting.ts';
import { getAtt, isGiven, isMap, type Maybe, mapOf, memberOf, sub } from '../values.ts';
import { type Event, type EventKind, type Hearing, permission } from './event.ts';
import { addRequest } from './request.ts';
import { startingRole } from './rule.ts';

/** The API of an event, and what its permission's name ends in. */
type Linked = { id: string; api: JsonObject; suffix: string };

function linkedApi({ name, given }: Event, { declared }: Setting): Linked {
  const id = apiOf(given.RestApiId);
  if (typeof id !== 'string') return { id: '', api: {}, suffix: 'AllStages' };
  const resource = expectMap(
    declared[id],
    ofEvent(name, 'RestApiId'),
    'RestApiId property of Api event must reference a valid resource in the same template.',
  );
  const api = expectMap(resource.Properties ?? {}, ofAttribute(id, 'Properties'));
  const stage = api.StageName;
  if (typeof stage === 'string' && stage === '') throw resourceFault(id, 'StageName cannot be empty.');
  return { id, api, suffix: typeof stage === 'string' ? stage : 'Stage' };
}

/** What events of functions and of state machines have alike. */
const PLACE = {
  Path: required(text),
  Method: required(text),
  RestApiId: required(text),
  Stage: text,
  Auth: map,
};

export const API: EventKind = {
  rules: {
    ...PLACE,
    RequestModel: map,
    RequestParameters: list,
    TimeoutInMillis: integer,
    ResponseTransferMode: text,
  },
  link: (event, setting) => void linkedApi(event, setting),
  make(event, hearing) {
    const { given } = event;
    const linked = linkedApi(event, hearing.setting);
    given.Method = String(given.Method).toLowerCase();
    const allowed = mayCall(event, hearing, linked.suffix);
    if (isGiven(linked.api.__MANAGE_SWAGGER) || isGiven(linked.api.MergeDefinitions)) integrate(event, hearing, linked);
    overrideAuth(event, hearing.setting, linked);
    return [allowed];
  },
};

function mayCall(event: Event, hearing: Hearing, suffix: string): Made {
  const { id, given } = event;
  const method = given.Method === 'any' ? '*' : String(given.Method).toUpperCase();
  const path = anyPath(String(given.Path).replace(/^(.+)\/$/, '$1'));
  const source = `arn:${hearing.setting.partition}:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${__ApiId__}/\${__Stage__}/${method}${path}`;
  const SourceArn = sub(source, { __ApiId__: given.RestApiId ?? null, __Stage__: '*' });
  return permission(hearing, id, 'apigateway.amazonaws.com', { SourceArn }, suffix);
}

function integrate(event: Event, hearing: Hearing, { id, api, suffix }: Linked): void {
  const { name, given } = event;
  if (api.DefinitionBody === undefined || api.DefinitionBody === null) return;
  const merges = isGiven(api.MergeDefinitions);
  const document = swaggerOf(merges ? emptySwagger() : api.DefinitionBody);
  const [path, method] = [String(given.Path), String(given.Method)];
  if (hasIntegration(document, path, method))
    throw eventFault(name, `API method "${method}" defined multiple times for path "${path}".`);
  const auth = {
    method: expectMap(given.Auth ?? {}, ofEvent(name, 'Auth')),
    api: expectMap(isGiven(api.Auth) ? api.Auth : {}, ofResource(id, 'Auth')),
  };
  reachFunction(
    document,
    { path, method },
    hearing.target,
    hearing.setting.partition,
    given.ResponseTransferMode,
    auth,
  );
  if (isGiven(given.Auth)) guard(event, document, { id, api, suffix }, hearing.setting);
  if (isGiven(given.TimeoutInMillis)) limitTime(document, path, method, given.TimeoutInMillis);
  addRequest(event, document, api);
  if (merges) merge(id, api, document, path, method);
}

/** What the template's author wrote of a method stays where SAM has nothing to say. */
function merge(id: string, api: JsonObject, document: JsonObject, path: string, method: string): void {
  const body = mapOf(api.DefinitionBody);
  const invalid = (why: string) => resourceFault(id, `Property 'DefinitionBody' is invalid: ${why}`);
  const paths = isGiven(body.paths) ? body.paths : {};
  if (!isMap(paths)) throw invalid('It should be a map');
  const item = paths[path] ?? {};
  if (!isMap(item)) throw invalid(`The value of '${path}' should be a map`);
  const own = expectMap(item[method] ?? {}, ofResource(id, `DefinitionBody.paths.${path}.${method}`));
  const written = mapOf(mapOf(mapOf(document.paths)[path])[methodKey(method)]);
  paths[path] = { ...item, [method]: { ...own, ...written } };
}

/** An API whose document its author wrote keeps it, but for who may call, where that is asked for. */
function overrideAuth(event: Event, setting: Setting, linked: Linked): void {
  const auth = mapOf(event.given.Auth);
  if (!isGiven(linked.api.DefinitionBody) || !isGiven(auth.OverrideApiAuth)) return;
  if (![auth.Authorizer, auth.ApiKeyRequired, auth.ResourcePolicy].some(isGiven))
    throw eventFault(
      event.name,
      'Must define one of: Authorizer, ApiKeyRequired or ResourcePolicy when using the OverrideApiAuth property.',
    );
  guard(event, swaggerOf(linked.api.DefinitionBody), linked, setting);
}

function guard(event: Event, document: JsonObject, { id, api, suffix }: Linked, setting: Setting): void {
  const { name, given } = event;
  const auth = mapOf(given.Auth);
  const [path, method] = [String(given.Path), String(given.Method)];
  const ofApi = mapOf(resolve(api.Auth, setting));
  const at = `on API method [${method}] for path [${path}]`;
  if (isGiven(auth.Authorizer)) checkAuthorizer(id, name, at, auth.Authorizer, ofApi);
  if (isGiven(auth.AuthorizationScopes)) {
    expectList(auth.AuthorizationScopes, ofEvent(name, 'Auth.AuthorizationScopes'));
    if (!isGiven(auth.Authorizer)) throw eventFault(name, 'AuthorizationScopes works only when Authorizer is set');
  }
  const key = auth.ApiKeyRequired;
  if (key !== undefined && key !== null && !isGiven(key) && !isGiven(ofApi.ApiKeyRequired))
    throw eventFault(
      name,
      `Unable to set ApiKeyRequired [False] ${at} because the related API does not specify any ApiKeyRequired.`,
    );
  setMethodAuth(document, path, method, auth, ofApi);
  if (!isGiven(auth.ResourcePolicy)) return;
  const policy = expectMap(auth.ResourcePolicy, ofResource(name, 'Auth.ResourcePolicy'));
  addResourcePolicy(document, policy, path, suffix);
  if (isGiven(policy.CustomStatements)) addStatements(document, policy.CustomStatements);
}

function checkAuthorizer(id: string, event: string, at: string, name: Maybe, api: JsonObject): void {
  const authorizers = api.Authorizers;
  if (isGiven(authorizers)) expectMap(authorizers, ofResource(id, 'Auth.Authorizers'));
  if (name === 'AWS_IAM') return;
  if (name === 'NONE') {
    if (isGiven(api.DefaultAuthorizer)) return;
    throw eventFault(
      event,
      `Unable to set Authorizer ${at} because 'NONE' is only a valid value when a DefaultAuthorizer on the API is specified.`,
    );
  }
  const cannot = `Unable to set Authorizer [${told(name)}] ${at}`;
  if (!isGiven(authorizers))
    throw eventFault(event, `${cannot} because the related API does not define any Authorizers.`);
  checkAuthorizerKind(event, cannot, name, authorizers);
  if (!isGiven(memberOf(authorizers, String(name))))
    throw eventFault(event, `${cannot} because it wasn't defined in the API's Authorizers.`);
}

/** @throws {SamFault} where the name is none, or there are no authorizers by name */
export function checkAuthorizerKind(event: string, cannot: string, name: Maybe, authorizers: Maybe): void {
  if (typeof name !== 'string' || !isMap(authorizers))
    throw eventFault(
      event,
      `${cannot}. The method authorizer must be a string with a corresponding dict entry in the api authorizer.`,
    );
}

export const STATE_MACHINE_API: EventKind = {
  rules: {
    ...PLACE,
    UnescapeMappingTemplate: literal(boolean),
  },
  link: (event, setting) => void linkedApi(event, setting),
  make(event, hearing) {
    const { name, given, id } = event;
    const linked = linkedApi(event, hearing.setting);
    given.Method = String(given.Method).toLowerCase();
    const role = startingRole(id, 'apigateway.amazonaws.com', hearing);
    if (!isGiven(linked.api.__MANAGE_SWAGGER) || !isGiven(linked.api.DefinitionBody)) return [role];
    const document = swaggerOf(linked.api.DefinitionBody);
    const [path, method] = [String(given.Path), String(given.Method)];
    if (hasIntegration(document, path, method))
      throw eventFault(name, `API method "${method}" defined multiple times for path "${path}".`);
    const machine = `\${${hearing.target.id}}`;
    const template = isGiven(given.UnescapeMappingTemplate)
      ? `{"input": "$util.escapeJavaScript($input.json('$')).replaceAll("\\\\'","'")", "stateMachineArn": "${machine}"}`
      : `{"input": "$util.escapeJavaScript($input.json('$'))", "stateMachineArn": "${machine}"}`;
    const templates = { 'application/json': sub(template) };
    reachStateMachine(document, { path, method }, hearing.target, getAtt(role.id, 'Arn'), templates);
    if (isGiven(given.Auth)) guard(event, document, linked, hearing.setting);
    return [role];
  },
};
