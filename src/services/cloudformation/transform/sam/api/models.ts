/** Models, validators, parameters and the gateway's own responses in documents of REST APIs. */
import type { Json, JsonObject } from '../../../domain/parse.ts';
import { expectMap, ofResource } from '../expect.ts';
import { documentFault, resourceFault } from '../faults.ts';
import { kindOf } from '../python.ts';
import { isGiven, isIntrinsic, isMap, listOf, type Maybe, mapOf } from '../values.ts';
import { INTEGRATION, isSwagger, isVersion3, methodsAt } from './document.ts';

/** @throws {SamFault} */
export function addModels(id: string, document: Maybe, models: Maybe): void {
  if (!isGiven(models)) return;
  if (!isGiven(document))
    throw resourceFault(id, "Models works only with inline Swagger specified in 'DefinitionBody' property.");
  if (!isSwagger(document))
    throw resourceFault(
      id,
      "Unable to add Models definitions because 'DefinitionBody' does not contain a valid Swagger definition.",
    );
  if (!Object.values(models).every(isMap)) throw resourceFault(id, "Invalid value for 'Models' property");
  if (!isGiven(document.definitions)) document.definitions = {};
  for (const [name, schema] of Object.entries(mapOf(models))) {
    if (!isGiven(mapOf(schema).type)) throw documentFault("'Models' schema is missing 'type'.");
    mapOf(document.definitions)[name.toLowerCase()] = schema;
  }
}

/** The body of a method. */
export function setRequestModel(document: JsonObject, path: string, method: string, request: JsonObject): void {
  const name = String(request.Model).toLowerCase();
  const isRequired = request.Required;
  const required: JsonObject = isRequired === undefined || isRequired === null ? {} : { required: isRequired };
  for (const definition of methodsAt(document, path, method)) {
    if (document.swagger !== undefined)
      definition.parameters = [
        ...listOf(definition.parameters),
        { in: 'body', name, schema: { $ref: `#/definitions/${name}` }, ...required },
      ];
    else if (isVersion3(document.openapi))
      definition.requestBody = {
        content: { 'application/json': { schema: { $ref: `#/components/schemas/${name}` } } },
        ...required,
      };
  }
}

const VALIDATORS = 'x-amazon-apigateway-request-validators';

/** Which of its body and parameters a method looks at. */
export function setValidator(document: JsonObject, path: string, method: string, body: boolean, rest: boolean): void {
  const name = body ? (rest ? 'body-and-params' : 'body-only') : rest ? 'params-only' : 'no-validation';
  if (!isGiven(document[VALIDATORS])) document[VALIDATORS] = {};
  mapOf(document[VALIDATORS])[name] ??= { validateRequestBody: body, validateRequestParameters: rest };
  for (const definition of methodsAt(document, path, method))
    definition['x-amazon-apigateway-request-validator'] = name;
}

export type RequestParameter = { name: string; required: Json; caching: Json };

/** The parameters of a method. */
export function setParameters(
  document: JsonObject,
  path: string,
  method: string,
  parameters: readonly RequestParameter[],
): void {
  for (const definition of methodsAt(document, path, method)) {
    const all = listOf(definition.parameters);
    for (const { name, required, caching } of parameters) {
      const [, place = '', called = ''] = /^method\.request\.([^.]+)\.(.*)$/s.exec(name) ?? [];
      all.push({ in: place === 'querystring' ? 'query' : place, name: called, required, type: 'string' });
      const integration = mapOf(definition[INTEGRATION]);
      if (isGiven(caching)) integration.cacheKeyParameters = [...listOf(integration.cacheKeyParameters), name];
    }
    definition.parameters = all;
  }
}

const RESPONSE_KEYS = ['ResponseParameters', 'ResponseTemplates', 'StatusCode'];
const PARAMETER_KEYS = { Headers: 'header', Paths: 'path', QueryStrings: 'querystring' };

/** @throws {SamFault} */
export function addGatewayResponses(id: string, document: Maybe, responses: Maybe): void {
  if (!isGiven(responses)) return;
  if (!isGiven(document))
    throw resourceFault(id, "GatewayResponses works only with inline Swagger specified in 'DefinitionBody' property.");
  const given = Object.entries(mapOf(responses)).map(([kind, response]): [string, JsonObject] => {
    if (isIntrinsic(response))
      throw resourceFault(
        id,
        'Unable to set GatewayResponses attribute because intrinsic functions are not supported for this field.',
      );
    if (!isMap(response))
      throw resourceFault(
        id,
        `Invalid property type '${typeof response === 'string' ? 'Py27UniStr' : kindOf(response)}' for GatewayResponses. Expected an object of type 'GatewayResponse'.`,
      );
    for (const key of Object.keys(response))
      if (!RESPONSE_KEYS.includes(key))
        throw resourceFault(id, `Invalid property '${key}' in 'GatewayResponses' property '${kind}'.`);
    return [kind, response];
  });
  if (!isSwagger(document))
    throw resourceFault(
      id,
      "Unable to add Auth configuration because 'DefinitionBody' does not contain a valid Swagger definition.",
    );
  const name = 'x-amazon-apigateway-gateway-responses';
  if (!isGiven(document[name])) document[name] = {};
  for (const [kind, response] of given) mapOf(document[name])[kind] = gatewayResponse(id, kind, response);
}

function gatewayResponse(id: string, kind: string, response: JsonObject): JsonObject {
  const { ResponseParameters, ResponseTemplates, StatusCode } = response;
  const parameters = isGiven(ResponseParameters)
    ? expectMap(ResponseParameters, ofResource(id, `GatewayResponses.${kind}.ResponseParameters`))
    : {};
  for (const key of Object.keys(parameters))
    if (!Object.hasOwn(PARAMETER_KEYS, key)) throw resourceFault(id, `Invalid gateway response parameter '${key}'`);
  if (isGiven(StatusCode) && !/^[0-9]{1,3}$/.test(String(StatusCode)))
    throw resourceFault(id, "Property 'StatusCode' must be numeric");
  const responseParameters: JsonObject = {};
  for (const [key, place] of Object.entries(PARAMETER_KEYS)) {
    const values = expectMap(parameters[key] ?? {}, ofResource(id, `ResponseParameters.${key}`));
    for (const [name, value] of Object.entries(values)) responseParameters[`gatewayresponse.${place}.${name}`] = value;
  }
  return {
    responseParameters,
    responseTemplates: isGiven(ResponseTemplates) ? ResponseTemplates : {},
    ...(StatusCode !== undefined && StatusCode !== null && { statusCode: String(StatusCode) }),
  };
}
