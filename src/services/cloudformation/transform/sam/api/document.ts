/** Swagger and OpenAPI documents: paths, methods, and what conditions make of them. */
import type { Json, JsonObject } from '../../../domain/parse.ts';
import { documentFault } from '../faults.ts';
import { isGiven, isMap, isNoValue, type Maybe, mapOf, ref } from '../values.ts';

export const INTEGRATION = 'x-amazon-apigateway-integration';
export const ANY_METHOD = 'x-amazon-apigateway-any-method';
/** The path of HTTP APIs' route for what no other takes. */
export const DEFAULT_PATH = '$default';
const VERSION_3 = /^3(\.\d)(\.\d)?$/;

/** A document with nothing in it yet. */
export const emptySwagger = (): JsonObject => ({
  swagger: '2.0',
  info: { version: '1.0', title: ref('AWS::StackName') },
  paths: {},
});
/** The same as OpenAPI 3. */
export const emptyOpenApi = (): JsonObject => ({
  openapi: '3.0.1',
  info: { version: '1.0', title: ref('AWS::StackName') },
  paths: {},
});

/** Whether a version is one of OpenAPI 3. */
export const isVersion3 = (version: Maybe): boolean => VERSION_3.test(String(version));

/** Whether a value is a document of OpenAPI 3 with paths. */
export function isOpenApi(document: Maybe): document is JsonObject {
  return isMap(document) && isMap(document.paths) && isGiven(document.openapi) && isVersion3(document.openapi);
}

/** Whether a value is a document of Swagger or OpenAPI 3 with paths. */
export function isSwagger(document: Maybe): document is JsonObject {
  return isMap(document) && isMap(document.paths) && (isGiven(document.swagger) || isOpenApi(document));
}

/** Documents whose paths have been looked at; what is added to them later is a map. */
const sound = new WeakSet<JsonObject>();

/** @throws {DocumentFault} */
export function swaggerOf(document: Maybe): JsonObject {
  if (!isSwagger(document))
    throw documentFault(
      "Invalid Swagger document or the Swagger document is not explicitly defined in 'DefinitionBody'.",
    );
  if (!sound.has(document)) for (const path of pathsOf(document)) itemsOf(document, path);
  sound.add(document);
  return document;
}

/** @throws {DocumentFault} */
export function openApiOf(document: Maybe): JsonObject {
  if (!isOpenApi(document))
    throw documentFault(
      "Invalid OpenApi document. Invalid values or missing keys for 'openapi' or 'paths' in 'DefinitionBody'.",
    );
  return document;
}

/** The paths of a document. */
export const pathsOf = (document: JsonObject): string[] => Object.keys(mapOf(document.paths));

/** A value, or the branches of its Fn::If. */
export function branchesOf(value: Maybe): Maybe[] {
  if (!isMap(value) || !('Fn::If' in value)) return [value];
  const items = value['Fn::If'];
  if (!Array.isArray(items)) throw documentFault('Value of Fn::If must be a list.');
  return items.slice(1).filter((branch) => !isNoValue(branch));
}

/**
 * The value, which must be a map.
 *
 * @throws {DocumentFault}
 */
export function mapIn(value: Maybe, why: string): JsonObject {
  if (!isMap(value)) throw documentFault(why);
  return value;
}

/** What is at a path. */
export function itemsOf(document: JsonObject, path: string): JsonObject[] {
  return branchesOf(mapOf(document.paths)[path]).map((item) =>
    mapIn(item, `Value of '${path}' path must be a dictionary according to Swagger spec.`),
  );
}

/** A method as documents name it. */
export function methodKey(method: string): string {
  const lower = method.toLowerCase();
  return lower === 'any' ? ANY_METHOD : lower;
}

const definitionIn = (definition: Maybe, path: string, method: string) =>
  mapIn(definition, `Definition of method '${method}' for path '${path}' should be a map.`);

/** Whether a method has an integration, in every branch of its path. */
export function hasIntegration(document: JsonObject, path: string, method: string): boolean {
  const key = methodKey(method);
  if (!Object.hasOwn(mapOf(document.paths), path)) return false;
  const items = branchesOf(mapOf(document.paths)[path]);
  if (!items.every((item) => isMap(item) && Object.hasOwn(item, key))) return false;
  return items.every((item) => {
    const definition = mapOf(item)[key];
    return (
      isMap(definition) && branchesOf(definition).some((one) => isGiven(definitionIn(one, path, method)[INTEGRATION]))
    );
  });
}

/** Makes room for a method, where there is none. */
export function addPath(document: JsonObject, path: string, method: string): void {
  const paths = mapOf(document.paths);
  paths[path] ??= {};
  mapIn(paths[path], `Value of '${path}' path must be a dictionary according to Swagger spec.`);
  for (const item of branchesOf(paths[path])) {
    const key = methodKey(method);
    if (isMap(item) && !Object.hasOwn(item, key)) item[key] = {};
  }
}

/** A method at a path, in each of its branches; those without an integration are left alone. */
export function methodsAt(document: JsonObject, path: string, method: string): JsonObject[] {
  const key = methodKey(method);
  return itemsOf(document, path).flatMap((item) =>
    branchesOf(item[key])
      .map((definition) => definitionIn(definition, path, method))
      .filter((definition) => isGiven(definition[INTEGRATION])),
  );
}

/** Members of paths that are no methods. */
const NO_METHODS = ['summary', 'description', 'parameters'];

/** All methods at a path that have an integration. */
export function allMethodsAt(document: JsonObject, path: string): { method: string; definition: JsonObject }[] {
  return itemsOf(document, path).flatMap((item) =>
    Object.entries(item)
      .filter(([name]) => !NO_METHODS.includes(name))
      .flatMap(([name, member]) =>
        branchesOf(member)
          .map((definition) => definitionIn(definition, path, name))
          .filter((definition) => isGiven(definition[INTEGRATION]))
          .map((definition) => ({ method: methodKey(name), definition })),
      ),
  );
}

/** What a method asks of callers. */
export function securityOf(definition: JsonObject, path: string, method: string): Json[] {
  const security = definition.security ?? [];
  if (!Array.isArray(security))
    throw documentFault(`Type of security for path ${path} method ${method} must be a list`);
  return security;
}

/** Sets how long a method waits for what it reaches, in milliseconds. */
export function limitTime(document: JsonObject, path: string, method: string, timeout: Json): void {
  for (const definition of methodsAt(document, path, method)) mapOf(definition[INTEGRATION]).timeoutInMillis = timeout;
}

/** What permissions and policies say of a path. `{id}` may be anything. */
export const anyPath = (path: string): string => path.replace(/\{[a-zA-Z0-9._-]+\+?\}/g, '*');
/** The same of HTTP APIs' paths. */
export const anyHttpPath = (path: string): string => path.replace(/\{([a-zA-Z0-9._-]+|proxy\+)\}/g, '*');
