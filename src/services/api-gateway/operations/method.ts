/** Methods of resources, and what they answer. */
import { type Ctx, type Handler, raise } from '#kernel/contract';
import type { Method, MethodResponse, Resource } from '#models/api-gateway';
import { compact, save } from '../domain/noun.ts';
import { byOperations, type Patchable, patched } from '../domain/patch.ts';
import { badRequest, conflict, notFound, unknown } from '../errors.ts';
import { authorizers, models, resources, validators } from '../state.ts';
import { findResource } from './resource.ts';

type Api = 'api-gateway';
type At = { restApiId: string; resourceId: string; httpMethod: string };

const METHODS = ['GET', 'PUT', 'POST', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD', 'ANY'];
const AUTHORIZATIONS = ['NONE', 'AWS_IAM', 'CUSTOM', 'COGNITO_USER_POOLS', 'JWT'];

const PATCHABLE: Patchable = {
  '/authorizationType': 'text',
  '/authorizerId': 'text',
  '/authorizationScopes': 'list',
  '/authorizationScopes/*': 'list',
  '/apiKeyRequired': 'boolean',
  '/operationName': 'text',
  '/requestValidatorId': 'text',
  '/requestModels/*': 'text',
  '/requestParameters/*': 'boolean',
};

export type Found = { resource: Resource; method: Method };

/** @throws {ServiceError} NotFoundException */
export function findMethod(ctx: Ctx, { restApiId, resourceId, httpMethod }: At): Found {
  const resource = findResource(ctx, restApiId, resourceId);
  const { resourceMethods = {} } = resource;
  const method = Object.hasOwn(resourceMethods, httpMethod) ? resourceMethods[httpMethod] : undefined;
  return { resource, method: method ?? raise(unknown('Method')) };
}

/** Keeps a method as it is now; undefined takes it away. In a transaction. */
export function keepMethod(ctx: Ctx, { restApiId, resourceId, httpMethod }: At, method: Method | undefined): void {
  const resource = findResource(ctx, restApiId, resourceId);
  const { [httpMethod]: _, ...others } = resource.resourceMethods ?? {};
  const resourceMethods = method === undefined ? others : { ...others, [httpMethod]: method };
  const { resourceMethods: __, ...rest } = resource;
  const isEmpty = Object.keys(resourceMethods).length === 0;
  save(resources, ctx, restApiId, resourceId, { ...rest, ...(!isEmpty && { resourceMethods }) });
}

export const putMethod: Handler<Api, 'PutMethod'> = (input, ctx) => {
  const { restApiId, resourceId, httpMethod } = input;
  const resource = findResource(ctx, restApiId, resourceId);
  if (!METHODS.includes(httpMethod))
    throw badRequest(`Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY`);
  if (resource.resourceMethods?.[httpMethod] !== undefined) throw conflict('Method already exists for this resource');
  const method = compact<Method>({
    httpMethod,
    authorizationType: input.authorizationType?.toUpperCase(),
    authorizerId: input.authorizerId,
    apiKeyRequired: input.apiKeyRequired ?? false,
    operationName: input.operationName,
    requestParameters: input.requestParameters,
    requestModels: input.requestModels,
    requestValidatorId: input.requestValidatorId,
    authorizationScopes: input.authorizationScopes,
  });
  checkMethod(ctx, restApiId, method);
  keepMethod(ctx, input, method);
  return method;
};

/** @throws {ServiceError} BadRequestException for one that can't be. Source of the texts: badmintoncryer/cdk-preflight. */
export function checkMethod(ctx: Ctx, api: string, method: Method): void {
  const {
    authorizationType = '',
    authorizerId,
    authorizationScopes: scopes = [],
    requestModels = {},
    requestParameters = {},
    requestValidatorId,
  } = method;
  if (!AUTHORIZATIONS.includes(authorizationType))
    throw badRequest(
      `Invalid authorization type specified. Valid options are NONE, AWS_IAM, CUSTOM, COGNITO_USER_POOLS`,
    );
  if (authorizationType !== 'NONE' && authorizationType !== 'AWS_IAM') {
    if (authorizerId === undefined || ctx.store.get(authorizers, { owner: api, id: authorizerId }) === undefined)
      throw badRequest(
        'Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer.',
      );
  }
  if (scopes.length > 0 && authorizationType !== 'COGNITO_USER_POOLS' && authorizationType !== 'JWT')
    throw badRequest(
      'Invalid Method authorization type specified. Authorization Scopes are only valid for COGNITO_USER_POOLS authorization type',
    );
  checkModels(ctx, api, Object.values(requestModels));
  checkNames(Object.keys(requestParameters), /^method\.request\.(querystring|header|path)\.[^\s]+$/);
  const isChecked = requestValidatorId !== undefined && requestValidatorId !== '';
  if (isChecked && ctx.store.get(validators, { owner: api, id: requestValidatorId }) === undefined)
    throw badRequest('Invalid Request Validator identifier specified');
}

function checkModels(ctx: Ctx, api: string, names: readonly string[]): void {
  for (const name of names)
    if (ctx.store.get(models, { owner: api, id: name }) === undefined)
      throw badRequest(`Invalid model identifier specified: ${name}`);
}

function checkNames(names: readonly string[], form: RegExp): void {
  for (const name of names)
    if (!form.test(name))
      throw badRequest(
        `Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression specified: ${name}]`,
      );
}

export const getMethod: Handler<Api, 'GetMethod'> = (input, ctx) => findMethod(ctx, input).method;

export const updateMethod: Handler<Api, 'UpdateMethod'> = (input, ctx) => {
  const method = patched(findMethod(ctx, input).method, input.patchOperations, PATCHABLE, byOperations);
  if (method.authorizationType === 'NONE' || method.authorizationType === 'AWS_IAM') delete method.authorizerId;
  checkMethod(ctx, input.restApiId, method);
  keepMethod(ctx, input, method);
  return method;
};

export const deleteMethod: Handler<Api, 'DeleteMethod'> = (input, ctx) => {
  findMethod(ctx, input);
  keepMethod(ctx, input, undefined);
  return {};
};

const RESPONSE_PATCHABLE: Patchable = { '/responseParameters/*': 'boolean', '/responseModels/*': 'text' };

export const putMethodResponse: Handler<Api, 'PutMethodResponse'> = (input, ctx) => {
  const { method } = findMethod(ctx, input);
  const { statusCode, responseParameters, responseModels } = input;
  if (method.methodResponses?.[statusCode] !== undefined) throw conflict('Response already exists for this resource');
  const response = compact({ statusCode, responseParameters, responseModels });
  checkResponse(ctx, input.restApiId, response);
  keepMethod(ctx, input, { ...method, methodResponses: { ...method.methodResponses, [statusCode]: response } });
  return response;
};

/** @throws {ServiceError} BadRequestException */
function checkResponse(ctx: Ctx, api: string, { responseModels = {}, responseParameters = {} }: MethodResponse): void {
  checkModels(ctx, api, Object.values(responseModels));
  checkNames(Object.keys(responseParameters), /^method\.response\.header\.[^\s]+$/);
}

function findResponse(ctx: Ctx, input: At & { statusCode: string }) {
  const { method } = findMethod(ctx, input);
  return method.methodResponses?.[input.statusCode] ?? raise(notFound('Invalid Response status code specified'));
}

export const getMethodResponse: Handler<Api, 'GetMethodResponse'> = (input, ctx) => findResponse(ctx, input);

export const updateMethodResponse: Handler<Api, 'UpdateMethodResponse'> = (input, ctx) => {
  const response = patched(findResponse(ctx, input), input.patchOperations, RESPONSE_PATCHABLE);
  checkResponse(ctx, input.restApiId, response);
  const { method } = findMethod(ctx, input);
  keepMethod(ctx, input, { ...method, methodResponses: { ...method.methodResponses, [input.statusCode]: response } });
  return response;
};

export const deleteMethodResponse: Handler<Api, 'DeleteMethodResponse'> = (input, ctx) => {
  findResponse(ctx, input);
  const { method } = findMethod(ctx, input);
  const { [input.statusCode]: _, ...methodResponses } = method.methodResponses ?? {};
  keepMethod(ctx, input, { ...method, methodResponses });
  return {};
};
