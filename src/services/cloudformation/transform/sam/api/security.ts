/** Who may call methods of REST APIs: authorizers, keys, signatures. */
import type { Json, JsonObject } from '../../../domain/parse.ts';
import { documentFault } from '../faults.ts';
import { told } from '../python.ts';
import { isGiven, isMap, type Maybe, mapOf } from '../values.ts';
import { allMethodsAt, mapIn, methodsAt, pathsOf, securityOf } from './document.ts';

/** The schemes of a document, made where there are none yet. */
function schemes(document: JsonObject): JsonObject {
  if (!isGiven(document.securityDefinitions)) document.securityDefinitions = {};
  return mapIn(document.securityDefinitions, 'securityDefinitions must be a dictionary.');
}

/** Adds an authorizer to a document. */
export function addScheme(document: JsonObject, name: string, scheme: JsonObject): void {
  schemes(document)[name] = scheme;
}

/** Adds API keys to a document. */
export function addKeyScheme(document: JsonObject): void {
  schemes(document).api_key ??= { type: 'apiKey', name: 'x-api-key', in: 'header' };
}

function addIamScheme(document: JsonObject, security: readonly Json[]): void {
  if (!Object.hasOwn(mapOf(security[0]), 'AWS_IAM')) return;
  schemes(document).AWS_IAM ??= {
    'x-amazon-apigateway-authtype': 'awsSigv4',
    type: 'apiKey',
    name: 'Authorization',
    in: 'header',
  };
}

/** What is asked of callers by names of ours, and by others. */
function sorted(document: { security: Json[]; path: string; method: string }, names: ReadonlySet<string>) {
  const { security, path, method } = document;
  const ours: Json[] = [];
  const others: Json[] = [];
  for (const one of security) {
    const member = mapIn(one, `${told(one)} in Security for path ${path} method ${method} is not a valid dictionary.`);
    (Object.keys(member).some((name) => names.has(name)) ? ours : others).push(member);
  }
  return { ours, others };
}

/** `DefaultAuthorizer`: of all methods that name none, and are not exempt by NONE. */
export function setDefaultAuthorizer(
  document: JsonObject,
  name: string,
  scopes: ReadonlyMap<string, Json>,
  isForOptions: boolean,
): void {
  const names = new Set(['AWS_IAM', ...scopes.keys()]);
  for (const path of pathsOf(document))
    for (const { method, definition } of allMethodsAt(document, path)) {
      if (method === 'options' && !isForOptions) continue;
      const { ours, others } = sorted({ security: securityOf(definition, path, method), path, method }, names);
      const none = others.findIndex((one) => Object.hasOwn(mapOf(one), 'NONE'));
      if (none !== -1) others.splice(none, 1);
      else others.push(...(ours.length > 0 ? ours : [{ [name]: scopes.get(name) ?? [] }]));
      if (others.length === 0) continue;
      definition.security = others;
      addIamScheme(document, others);
    }
}

const KEYS = new Set(['api_key', 'api_key_false']);

/** `ApiKeyRequired`: of all methods that do not say otherwise. */
export function setDefaultKey(document: JsonObject, isForOptions: boolean): void {
  for (const path of pathsOf(document))
    for (const { method, definition } of allMethodsAt(document, path)) {
      const security = securityOf(definition, path, method);
      const { ours, others } = sorted({ security, path, method }, KEYS);
      const isExempt = ours.some((one) => Object.hasOwn(mapOf(one), 'api_key_false'));
      const isLeft = isExempt || (method === 'options' && !isForOptions);
      const wanted: Json[] = isLeft ? others : [...others, { api_key: [] }];
      if (JSON.stringify(wanted) !== JSON.stringify(security)) definition.security = wanted;
    }
}

/** What a method's event asks of callers. */
export function setMethodAuth(document: JsonObject, path: string, method: string, auth: JsonObject, api: Maybe): void {
  const { Authorizer, AuthorizationScopes, ApiKeyRequired } = auth;
  if (isGiven(Authorizer)) {
    const name = String(Authorizer);
    const scopes = scopesOf(name, AuthorizationScopes, mapOf(api).Authorizers);
    for (const definition of methodsAt(document, path, method)) {
      definition.security = [...securityOf(definition, path, method), { [name]: scopes }];
      addIamScheme(document, definition.security);
    }
  }
  if (ApiKeyRequired === undefined || ApiKeyRequired === null) return;
  for (const definition of methodsAt(document, path, method)) {
    if (isGiven(ApiKeyRequired)) addKeyScheme(document);
    const key = isGiven(ApiKeyRequired) ? 'api_key' : 'api_key_false';
    definition.security = [...securityOf(definition, path, method), { [key]: [] }];
  }
}

function scopesOf(name: string, own: Maybe, authorizers: Maybe): Json {
  if (name === 'NONE' || !isMap(authorizers) || !isGiven(authorizers)) return [];
  const authorizer = authorizers[name] ?? {};
  if (!isMap(authorizer)) throw documentFault(`Type of authorizer '${name}' must be a dictionary`);
  const scopes = own ?? authorizer.AuthorizationScopes;
  return authorizers[name] === undefined ? [] : (scopes ?? []);
}
