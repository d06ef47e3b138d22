/** The smaller parts of an API: models, validators, authorizers, answers of the gateway. */
import { type Ctx, type Handler, notBuilt, raise } from '#kernel/contract';
import type { Authorizer, GatewayResponse, GatewayResponseType, Method, Model } from '#models/api-gateway';
import { checkCredentials } from '../domain/credentials.ts';
import { checkTrust, discovered } from '../domain/jwt.ts';
import { sampleTemplate } from '../domain/model-template.ts';
import { all, compact, find, findApi, newId, page, save } from '../domain/noun.ts';
import { patched } from '../domain/patch.ts';
import { badPatchValue, badRequest, conflict, notFound, tooMany } from '../errors.ts';
import { functionOf } from '../execute/call-lambda.ts';
import { DEFAULTS, type ResponseType } from '../execute/gateway-responses.ts';
import { schemaFault } from '../execute/schema.ts';
import { AUTHORIZER_TTL_DEFAULT, AUTHORIZER_TTL_MAX, AUTHORIZERS_MAX } from '../limits.ts';
import { authorizers, gatewayResponses, models, resources, validators } from '../state.ts';

type Api = 'api-gateway';

const methodsOf = (ctx: Ctx, api: string): Method[] =>
  all(resources, ctx, api).flatMap(({ resourceMethods = {} }) => Object.values(resourceMethods) as Method[]);

export const createModel: Handler<Api, 'CreateModel'> = (
  { restApiId, name, description, schema, contentType },
  ctx,
) => {
  findApi(ctx, restApiId);
  if (ctx.store.get(models, { owner: restApiId, id: name }) !== undefined)
    throw conflict(`Model name already exists for this REST API`);
  const model = compact<Model>({ id: newId(ctx, 6), name, description, schema, contentType });
  checkModel(model);
  return save(models, ctx, restApiId, name, model);
};

/** @throws {ServiceError} BadRequestException */
export function checkModel({ schema, name = '', contentType = 'application/json' }: Model): void {
  if (!/^[a-zA-Z0-9]+$/.test(name)) throw badRequest(`Model name must be alphanumeric: ${name}`);
  // Source of the texts: badmintoncryer/cdk-preflight.
  if (!/^[^/\s]+\/[^/\s]+/.test(contentType))
    throw badRequest(`Validation Result: warnings : [], errors : [Invalid content type specified: ${contentType}]`);
  const fault = schemaFault(schema ?? '{}');
  if (fault !== undefined)
    throw badRequest(
      'Invalid model specified: Validation Result: warnings : [], errors : [Invalid model schema specified]',
    );
}

const findModel = (ctx: Ctx, api: string, name: string): Model => {
  findApi(ctx, api);
  return (
    ctx.store.get(models, { owner: api, id: name })?.value ?? raise(notFound(`Invalid model name specified: ${name}`))
  );
};

export const getModel: Handler<Api, 'GetModel'> = ({ restApiId, modelName }, ctx) =>
  findModel(ctx, restApiId, modelName);
export const getModels: Handler<Api, 'GetModels'> = (input, ctx) => {
  findApi(ctx, input.restApiId);
  return page(models, ctx, input.restApiId, input);
};
export const getModelTemplate: Handler<Api, 'GetModelTemplate'> = ({ restApiId, modelName }, ctx) => {
  const schemaOf = (name: string) => ctx.store.get(models, { owner: restApiId, id: name })?.value.schema;
  return { value: sampleTemplate(findModel(ctx, restApiId, modelName).schema ?? '{}', schemaOf) };
};
export const updateModel: Handler<Api, 'UpdateModel'> = ({ restApiId, modelName, patchOperations }, ctx) => {
  const model = patched(findModel(ctx, restApiId, modelName), patchOperations, {
    '/description': 'text',
    '/schema': 'text',
  });
  checkModel(model);
  return save(models, ctx, restApiId, modelName, model);
};
export const deleteModel: Handler<Api, 'DeleteModel'> = ({ restApiId, modelName }, ctx) => {
  findModel(ctx, restApiId, modelName);
  for (const { path, resourceMethods = {} } of all(resources, ctx, restApiId))
    for (const [name, method] of Object.entries(resourceMethods)) {
      const { requestModels = {}, methodResponses = {} } = method ?? {};
      const responses = Object.values(methodResponses).flatMap((one) => Object.values(one?.responseModels ?? {}));
      const isAsked = Object.values(requestModels).includes(modelName);
      if (isAsked || responses.includes(modelName))
        throw conflict(
          `Cannot delete model '${modelName}', is referenced in method ${isAsked ? 'request' : 'response'}: ${path}/${name}`,
        );
    }
  ctx.store.delete(models, { owner: restApiId, id: modelName });
  return {};
};

export const createRequestValidator: Handler<Api, 'CreateRequestValidator'> = (input, ctx) => {
  findApi(ctx, input.restApiId);
  const id = newId(ctx, 6);
  return save(
    validators,
    ctx,
    input.restApiId,
    id,
    compact({
      id,
      name: input.name,
      validateRequestBody: input.validateRequestBody ?? false,
      validateRequestParameters: input.validateRequestParameters ?? false,
    }),
  );
};
const findValidator = (ctx: Ctx, api: string, id: string) => {
  findApi(ctx, api);
  return find(validators, 'Request Validator', ctx, api, id);
};
export const getRequestValidator: Handler<Api, 'GetRequestValidator'> = (input, ctx) =>
  findValidator(ctx, input.restApiId, input.requestValidatorId);
export const getRequestValidators: Handler<Api, 'GetRequestValidators'> = (input, ctx) => {
  findApi(ctx, input.restApiId);
  return page(validators, ctx, input.restApiId, input);
};
export const updateRequestValidator: Handler<Api, 'UpdateRequestValidator'> = (input, ctx) => {
  const value = patched(findValidator(ctx, input.restApiId, input.requestValidatorId), input.patchOperations, {
    '/name': 'text',
    '/validateRequestBody': 'boolean',
    '/validateRequestParameters': 'boolean',
  });
  return save(validators, ctx, input.restApiId, input.requestValidatorId, value);
};
export const deleteRequestValidator: Handler<Api, 'DeleteRequestValidator'> = (
  { restApiId, requestValidatorId: id },
  ctx,
) => {
  findValidator(ctx, restApiId, id);
  if (methodsOf(ctx, restApiId).some(({ requestValidatorId }) => requestValidatorId === id))
    throw conflict('Cannot delete request validator because it is referenced in a method');
  ctx.store.delete(validators, { owner: restApiId, id });
  return {};
};

const AUTH_TYPES = { TOKEN: 'custom', REQUEST: 'custom', COGNITO_USER_POOLS: 'cognito_user_pools', JWT: 'jwt' };

export const createAuthorizer: Handler<Api, 'CreateAuthorizer'> = (input, ctx) => {
  const { restApiId, type } = input;
  findApi(ctx, restApiId);
  const id = newId(ctx, 6);
  // Deviation: AWS refuses one for tokens that names no source: "IdentitySource cannot be empty".
  const isToken = type === 'TOKEN' || type === 'JWT';
  const value = compact<Authorizer>({
    id,
    name: input.name,
    type,
    providerARNs: input.providerARNs,
    authType: input.authType ?? AUTH_TYPES[type],
    authorizerUri: input.authorizerUri,
    authorizerCredentials: input.authorizerCredentials,
    identitySource: input.identitySource ?? (isToken ? 'method.request.header.Authorization' : undefined),
    identityValidationExpression: input.identityValidationExpression,
    authorizerResultTtlInSeconds:
      input.authorizerResultTtlInSeconds ?? (type === 'JWT' ? undefined : AUTHORIZER_TTL_DEFAULT),
    jwtConfiguration: type === 'JWT' ? input.jwtConfiguration : undefined,
  });
  return keepAuthorizer(ctx, restApiId, value);
};

/** One that trusts issuers knows where their keys are. */
function keepAuthorizer(ctx: Ctx, api: string, value: Authorizer): Authorizer | Promise<Authorizer> {
  checkAuthorizer(ctx, api, value);
  const { id = '', jwtConfiguration } = value;
  if (jwtConfiguration === undefined) return save(authorizers, ctx, api, id, value);
  return discovered(ctx, jwtConfiguration).then((found) =>
    ctx.transact(() => {
      checkAuthorizer(ctx, api, value);
      return save(authorizers, ctx, api, id, { ...value, jwtConfiguration: found });
    }),
  );
}

/** @throws {ServiceError} for one that can't work. Source of the texts: badmintoncryer/cdk-preflight. */
export function checkAuthorizer(ctx: Ctx, api: string, value: Authorizer): void {
  const { type, authorizerUri = '', identitySource, authorizerResultTtlInSeconds: ttl = 0 } = value;
  const others = all(authorizers, ctx, api).filter(({ id }) => id !== value.id);
  if (others.length >= AUTHORIZERS_MAX) throw tooMany('Authorizers');
  if (others.some(({ name }) => name === value.name))
    throw conflict(`Authorizer name must be unique. Authorizer ${value.name} already exists in this RestApi.`);
  if (type === undefined || !Object.hasOwn(AUTH_TYPES, type))
    throw badRequest(`Invalid authorizer type specified. Valid options are TOKEN, REQUEST, COGNITO_USER_POOLS`);
  if (!Number.isInteger(ttl) || ttl < 0 || ttl > AUTHORIZER_TTL_MAX)
    throw badRequest(
      `Authorizer result TTL outside allowable range. TTL must be between 0 and ${AUTHORIZER_TTL_MAX} seconds.`,
    );
  if (type === 'JWT') return void checkTrust(value.jwtConfiguration ?? {});
  if (type === 'COGNITO_USER_POOLS' && (value.providerARNs ?? []).length === 0)
    throw badRequest('ProviderARNs cannot be empty');
  if (type === 'COGNITO_USER_POOLS') throw notBuilt('authorizers of user pools (type): Cognito is not here');
  if (functionOf(authorizerUri) === undefined)
    throw badRequest(
      `Invalid Authorizer URI: ${authorizerUri}. Authorizer URI should be a valid API Gateway ARN that represents a Lambda function invocation.`,
    );
  if (type === 'REQUEST') checkSources(identitySource);
  if (type === 'REQUEST' && ttl > 0 && (identitySource === undefined || identitySource === ''))
    throw badRequest('Identity source is required when caching is enabled');
  const before = ctx.store.get(authorizers, { owner: api, id: value.id ?? '' })?.value.authorizerCredentials;
  if (value.authorizerCredentials !== before) checkCredentials(value.authorizerCredentials, ctx);
}

const SOURCE = /^(?:method\.request\.(?:querystring|header)|stageVariables|context)\.[a-zA-Z0-9._-]+$/;

function checkSources(sources = ''): void {
  if (sources === '' || sources.split(',').every((one) => SOURCE.test(one.trim()))) return;
  throw badRequest(
    `Invalid request identity source expression: ${sources}. The sources must be separated by comma, and each source must be either a method request parameter, matching 'method.request.querystring|header.[a-zA-Z0-9._-]+', or a stage variable, matching 'stageVariables.[a-zA-Z0-9._-]+', or a context parameter, matching 'context.[a-zA-Z0-9._-]+'`,
  );
}

const findAuthorizer = (ctx: Ctx, api: string, id: string): Authorizer => {
  findApi(ctx, api);
  return find(authorizers, 'Authorizer', ctx, api, id);
};
export const getAuthorizer: Handler<Api, 'GetAuthorizer'> = ({ restApiId, authorizerId }, ctx) =>
  findAuthorizer(ctx, restApiId, authorizerId);
export const getAuthorizers: Handler<Api, 'GetAuthorizers'> = (input, ctx) => {
  findApi(ctx, input.restApiId);
  return page(authorizers, ctx, input.restApiId, input);
};
export const updateAuthorizer: Handler<Api, 'UpdateAuthorizer'> = (
  { restApiId, authorizerId, patchOperations },
  ctx,
) => {
  const value: Authorizer = patched(findAuthorizer(ctx, restApiId, authorizerId), patchOperations, {
    '/name': 'text',
    '/type': 'text',
    '/authType': 'text',
    '/authorizerUri': 'text',
    '/authorizerCredentials': 'text',
    '/identitySource': 'text',
    '/identityValidationExpression': 'text',
    '/authorizerResultTtlInSeconds': 'number',
    '/providerARNs': 'list',
    '/providerARNs/*': 'list',
  });
  return keepAuthorizer(ctx, restApiId, value);
};
export const deleteAuthorizer: Handler<Api, 'DeleteAuthorizer'> = ({ restApiId, authorizerId: id }, ctx) => {
  findAuthorizer(ctx, restApiId, id);
  if (methodsOf(ctx, restApiId).some(({ authorizerId }) => authorizerId === id))
    throw conflict('Cannot delete authorizer, is referenced in method');
  ctx.store.delete(authorizers, { owner: restApiId, id });
  return {};
};

const DEFAULT_TEMPLATES = { 'application/json': '{"message":$context.error.messageString}' };

function defaultResponse(responseType: ResponseType): GatewayResponse {
  const isFamily = responseType.startsWith('DEFAULT_');
  return {
    responseType,
    ...(!isFamily && { statusCode: String(DEFAULTS[responseType][0]) }),
    responseParameters: {},
    responseTemplates: DEFAULT_TEMPLATES,
    defaultResponse: true,
  };
}

export const putGatewayResponse: Handler<Api, 'PutGatewayResponse'> = (input, ctx) => {
  findApi(ctx, input.restApiId);
  return keepResponse(ctx, input.restApiId, {
    ...defaultResponse(input.responseType),
    ...compact({
      statusCode: input.statusCode,
      responseParameters: input.responseParameters,
      responseTemplates: input.responseTemplates ?? {},
    }),
  });
};

/** Keeps an answer of the gateway. In a transaction. @throws {ServiceError} BadRequestException for one that can't be */
export function keepResponse(ctx: Ctx, api: string, value: GatewayResponse): GatewayResponse {
  if (value.statusCode !== undefined && !/^[1-5]\d\d$/.test(value.statusCode)) throw badPatchValue('/statusCode');
  for (const name of Object.keys(value.responseParameters ?? {}))
    if (!/^gatewayresponse\.header\.[^\s]+$/.test(name))
      throw badRequest(
        `Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression parameter specified: ${name}]`,
      );
  return save(gatewayResponses, ctx, api, value.responseType ?? '', { ...value, defaultResponse: false });
}
const findResponse = (ctx: Ctx, api: string, type: GatewayResponseType): GatewayResponse => {
  findApi(ctx, api);
  return ctx.store.get(gatewayResponses, { owner: api, id: type })?.value ?? defaultResponse(type);
};
export const getGatewayResponse: Handler<Api, 'GetGatewayResponse'> = ({ restApiId, responseType }, ctx) =>
  findResponse(ctx, restApiId, responseType);
export const getGatewayResponses: Handler<Api, 'GetGatewayResponses'> = ({ restApiId }, ctx) => {
  findApi(ctx, restApiId);
  return { items: (Object.keys(DEFAULTS) as ResponseType[]).map((type) => findResponse(ctx, restApiId, type)) };
};
export const updateGatewayResponse: Handler<Api, 'UpdateGatewayResponse'> = (
  { restApiId, responseType, patchOperations },
  ctx,
) =>
  keepResponse(
    ctx,
    restApiId,
    patched(findResponse(ctx, restApiId, responseType), patchOperations, {
      '/statusCode': 'text',
      '/responseParameters/*': 'text',
      '/responseTemplates/*': 'text',
    }),
  );
export const deleteGatewayResponse: Handler<Api, 'DeleteGatewayResponse'> = ({ restApiId, responseType }, ctx) => {
  findApi(ctx, restApiId);
  if (!ctx.store.delete(gatewayResponses, { owner: restApiId, id: responseType }))
    throw notFound('Gateway response type not defined on api');
  return {};
};
