/** How methods of documents reach functions and state machines. */
import type { JsonObject } from '../../../domain/parse.ts';
import type { Target } from '../events/event.ts';
import { documentFault } from '../faults.ts';
import { conditional, isGiven, isMap, type Maybe, mapOf, placeholder, sub } from '../values.ts';
import {
  ANY_METHOD,
  addPath,
  branchesOf,
  DEFAULT_PATH,
  hasIntegration,
  INTEGRATION,
  itemsOf,
  methodKey,
} from './document.ts';

/** Where API Gateway calls a function. */
function invocationUri({ arn }: Target, partition: string, mode: Maybe): JsonObject {
  const [version, call] =
    mode === 'RESPONSE_STREAM' ? ['2021-11-15', 'response-streaming-invocations'] : ['2015-03-31', 'invocations'];
  return sub(
    `arn:${partition}:apigateway:\${AWS::Region}:lambda:path/${version}/functions/${placeholder(arn)}/${call}`,
  );
}

type Method = { path: string; method: string };

/** Sets the method in each branch of its path; it is there under the condition of what it reaches. */
function write(
  document: JsonObject,
  { path, method }: Method,
  condition: Maybe,
  fill: (definition: JsonObject) => void,
): void {
  addPath(document, path, method);
  const key = methodKey(method);
  for (const item of itemsOf(document, path)) {
    const definition = isMap(item[key]) ? item[key] : {};
    item[key] = definition;
    fill(definition);
    if (isGiven(condition)) item[key] = conditional(condition, definition);
  }
}

const orNothing = (condition: Maybe, uri: JsonObject): JsonObject =>
  isGiven(condition) ? conditional(condition, uri) : uri;

type RestAuth = { method: JsonObject; api: JsonObject };

/**
 * Lets a method of a REST API call a function.
 *
 * @throws {DocumentFault} where it reaches something already
 */
export function reachFunction(
  document: JsonObject,
  at: Method,
  target: Target,
  partition: string,
  mode: Maybe,
  auth: RestAuth,
): void {
  if (hasIntegration(document, at.path, at.method))
    throw documentFault(`Lambda integration already exists on Path=${at.path}, Method=${methodKey(at.method)}`);
  write(document, at, target.condition, (definition) => {
    const credentials = credentialsOf(auth, partition);
    definition[INTEGRATION] = {
      type: 'aws_proxy',
      httpMethod: 'POST',
      uri: orNothing(target.condition, invocationUri(target, partition, mode)),
      ...(mode === 'RESPONSE_STREAM' && { responseTransferMode: 'STREAM' }),
      ...(credentials !== undefined && { credentials }),
    };
    definition.responses ??= {};
  });
}

/** Where the caller proves who they are, the function is called in the caller's name, or as a role. */
function credentialsOf({ method, api }: RestAuth, partition: string): Maybe {
  const isIam =
    method.Authorizer === 'AWS_IAM' || (api.DefaultAuthorizer === 'AWS_IAM' && Object.keys(method).length === 0);
  if (!isIam) return undefined;
  const roleIn = (auth: JsonObject) =>
    isGiven(auth.InvokeRole) ? auth.InvokeRole : 'InvokeRole' in auth ? 'NONE' : undefined;
  const role = roleIn(method) ?? roleIn(api);
  if (role === 'NONE') return undefined;
  return role === undefined || role === 'CALLER_CREDENTIALS' ? `arn:${partition}:iam::*:user/*` : role;
}

/**
 * Lets a method of a REST API start a state machine.
 *
 * @throws {DocumentFault} where it reaches something already
 */
export function reachStateMachine(
  document: JsonObject,
  at: Method,
  target: Target,
  credentials: JsonObject,
  requestTemplates: JsonObject,
): void {
  if (hasIntegration(document, at.path, at.method))
    throw documentFault(`Integration already exists on Path=${at.path}, Method=${methodKey(at.method)}`);
  const start = sub(`arn:\${AWS::Partition}:apigateway:\${AWS::Region}:states:action/StartExecution`);
  write(document, at, target.condition, (definition) => {
    definition[INTEGRATION] = {
      type: 'aws',
      httpMethod: 'POST',
      uri: orNothing(target.condition, start),
      responses: { '200': { statusCode: '200' }, '400': { statusCode: '400' } },
      credentials,
      requestTemplates,
    };
    definition.responses ??= { '200': { description: 'OK' }, '400': { description: 'Bad Request' } };
  });
}

/** The same for HTTP APIs; what a document says already stays. */
export function reachFunctionByHttp(document: JsonObject, at: Method, target: Target): void {
  if (hasIntegration(document, at.path, at.method)) return;
  write(document, at, target.condition, (definition) => {
    definition[INTEGRATION] = {
      type: 'aws_proxy',
      httpMethod: 'POST',
      payloadFormatVersion: '2.0',
      uri: orNothing(target.condition, invocationUri(target, `\${AWS::Partition}`, undefined)),
    };
    if (at.path === DEFAULT_PATH && methodKey(at.method) === ANY_METHOD) definition.isDefaultRoute = true;
    definition.responses ??= {};
  });
}

/** Whether a method reaches this very function. */
export function reaches(document: JsonObject, { path, method }: Method, id: string): boolean {
  if (!hasIntegration(document, path, method)) return false;
  const uris = itemsOf(document, path).flatMap((item) =>
    branchesOf(item[methodKey(method)]).flatMap((definition) => branchesOf(mapOf(mapOf(definition)[INTEGRATION]).uri)),
  );
  return uris.every((uri) => /([A-Za-z0-9]+)\.Arn/.exec(String(mapOf(uri)['Fn::Sub']))?.[1] === id);
}
