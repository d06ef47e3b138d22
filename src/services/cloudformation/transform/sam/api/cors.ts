/** CORS of REST APIs: an OPTIONS method at each path, which answers by itself. */
import type { Json, JsonObject } from '../../../domain/parse.ts';
import { resourceFault } from '../faults.ts';
import { isGiven, isIntrinsic, isMap, type Maybe } from '../values.ts';
import { ANY_METHOD, INTEGRATION, isSwagger, itemsOf, pathsOf } from './document.ts';

const KEYS = ['AllowMethods', 'AllowHeaders', 'AllowOrigin', 'MaxAge', 'AllowCredentials'];
const ALL_METHODS = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'];
const ANY_ORIGIN = "'*'";

/** @throws {SamFault} */
export function addCors(id: string, document: Maybe, cors: Maybe): void {
  if (!isGiven(cors)) return;
  if (!isGiven(document))
    throw resourceFault(id, "Cors works only with inline Swagger specified in 'DefinitionBody' property.");
  const given = settingsOf(id, cors);
  if (!isSwagger(document))
    throw resourceFault(
      id,
      "Unable to add Cors configuration because 'DefinitionBody' does not contain a valid Swagger definition.",
    );
  const origin = given.AllowOrigin === undefined ? ANY_ORIGIN : given.AllowOrigin;
  if (given.AllowCredentials === true && origin === ANY_ORIGIN)
    throw resourceFault(
      id,
      `Unable to add Cors configuration because 'AllowCredentials' can not be true when 'AllowOrigin' is "'*'" or not set`,
    );
  const done = new Set<string>();
  for (const path of pathsOf(document)) {
    const same = path === '/' ? path : path.replace(/\/+$/, '');
    if (done.has(same)) continue;
    done.add(same);
    for (const item of itemsOf(document, path)) {
      if (Object.hasOwn(item, 'options')) continue;
      if (!isGiven(origin))
        throw resourceFault(
          id,
          'Structure of the SAM template is invalid. Invalid input. Value for AllowedOrigins is required',
        );
      const methods = isGiven(given.AllowMethods) ? given.AllowMethods : `'${methodsIn(item).join(',')}'`;
      item.options = preflight({ ...given, AllowOrigin: origin, AllowMethods: methods });
    }
  }
}

function settingsOf(id: string, cors: Json): JsonObject {
  if (typeof cors === 'string' || isIntrinsic(cors)) return { AllowOrigin: cors };
  if (!isMap(cors)) throw resourceFault(id, "Invalid value for 'Cors' property");
  for (const key of Object.keys(cors))
    if (!KEYS.includes(key)) throw resourceFault(id, `Invalid key '${key}' for 'Cors' property.`);
  return cors;
}

function methodsIn(item: JsonObject): string[] {
  if (Object.hasOwn(item, ANY_METHOD)) return ALL_METHODS;
  return [...new Set([...Object.keys(item), 'options'].map((name) => name.toUpperCase()))].toSorted();
}

function preflight({ AllowOrigin, AllowHeaders, AllowMethods, MaxAge, AllowCredentials }: JsonObject): JsonObject {
  const parameters: JsonObject = {};
  const headers: JsonObject = {};
  const add = (name: string, value: Maybe, type = 'string') => {
    parameters[`method.response.header.Access-Control-${name}`] = value ?? null;
    headers[`Access-Control-${name}`] = { type };
  };
  add('Allow-Origin', AllowOrigin);
  if (isGiven(AllowHeaders)) add('Allow-Headers', AllowHeaders);
  add('Allow-Methods', AllowMethods);
  if (MaxAge !== undefined && MaxAge !== null) add('Max-Age', MaxAge, 'integer');
  if (AllowCredentials === true) add('Allow-Credentials', "'true'");
  return {
    summary: 'CORS support',
    consumes: ['application/json'],
    produces: ['application/json'],
    [INTEGRATION]: {
      type: 'mock',
      requestTemplates: { 'application/json': '{\n  "statusCode" : 200\n}\n' },
      responses: {
        default: {
          statusCode: '200',
          responseParameters: parameters,
          responseTemplates: { 'application/json': '{}\n' },
        },
      },
    },
    responses: { '200': { description: 'Default response for CORS method', headers } },
  };
}
