/** APIs made of OpenAPI documents. Source: API Gateway Developer Guide, "Develop REST APIs using OpenAPI". */
import { sha256Hex } from '#kernel/base';
import { type Ctx, type Handler, notBuilt, ServiceError } from '#kernel/contract';
import type {
  Authorizer,
  AuthorizerType,
  ContentHandlingStrategy,
  GatewayResponseType,
  Integration,
  IntegrationType,
  JwtConfiguration,
  Method,
  RestApi,
} from '#models/api-gateway';
import { inFull } from '../domain/api-policy.ts';
import { checkCredentials } from '../domain/credentials.ts';
import { addDefaults } from '../domain/defaults.ts';
import { all, compact, findApi, newId, save } from '../domain/noun.ts';
import {
  DocumentError,
  EXTENSION,
  type Json,
  listOf,
  type OpenApi,
  objectOf,
  textOf,
  textsOf,
} from '../domain/openapi.ts';
import { templatesOf } from '../domain/templates.ts';
import { badRequest } from '../errors.ts';
import { DEFAULTS } from '../execute/gateway-responses.ts';
import { AUTHORIZER_TTL_DEFAULT } from '../limits.ts';
import { apis, authorizers, gatewayResponses, models, resources, validators } from '../state.ts';
import { readDocument } from './document.ts';
import { importParts } from './documentation.ts';
import { checkAnswer, checkIntegration, connectionOf } from './integration.ts';
import { checkMethod, keepMethod } from './method.ts';
import { checkAuthorizer, checkModel, keepResponse } from './part.ts';
import { addResource } from './resource.ts';
import { checkApi, newApi } from './rest-api.ts';

type Api = 'api-gateway';
type Texts = { [name: string]: string };

export const importRestApi: Handler<Api, 'ImportRestApi'> = ({ body, parameters = {} }, ctx) => {
  const document = readDocument(body);
  const types = parameters.endpointConfigurationTypes?.split(',');
  const api = newApi(
    {
      name: textOf(document.info.title) ?? '',
      description: textOf(document.info.description),
      ...(types !== undefined && { endpointConfiguration: { types: types as ['REGIONAL'] } }),
    },
    ctx,
  );
  addDefaults(ctx, api);
  return importInto(ctx, api, document, parameters);
};

export const putRestApi: Handler<Api, 'PutRestApi'> = ({ restApiId, mode, body, parameters = {} }, ctx) => {
  const api = findApi(ctx, restApiId);
  const document = readDocument(body);
  if (mode !== 'merge') {
    const parts = [resources, models, validators, authorizers, gatewayResponses] as (typeof resources)[];
    for (const table of parts)
      for (const { id } of ctx.store.list(table, { where: { owner: restApiId } }))
        if (id !== api.rootResourceId) ctx.store.delete(table, { owner: restApiId, id });
    save(resources, ctx, restApiId, api.rootResourceId ?? '', { id: api.rootResourceId, path: '/' });
    addDefaults(ctx, api);
  }
  const name = mode === 'merge' ? undefined : textOf(document.info.title);
  return importInto(
    ctx,
    { ...api, ...compact({ name, description: mode === 'merge' ? undefined : textOf(document.info.description) }) },
    document,
    parameters,
  );
};

function importInto(ctx: Ctx, before: RestApi, document: OpenApi, { basepath }: Texts): RestApi {
  try {
    const prefix = document.prefix(basepath);
    const api = settings(ctx, before, document);
    const id = api.id ?? '';
    for (const [name, schema] of Object.entries(document.schemas)) keepModel(ctx, id, name, schema);
    const modelName = (schema: unknown) => nameOf(schema) ?? inlineModel(ctx, id, schema);
    const security = authorizersOf(ctx, id, document);
    const named = validatorsOf(ctx, id, document);
    for (const { path, method, operation } of document.operations()) {
      const resourceId = resourceAt(ctx, api, prefix + path);
      const known = { security, validators: named, modelName };
      const made = methodOf(document, method, operation, known);
      const where = `'${method}' for resource at path '${prefix}${path}'`;
      attempted(`put method ${where}`, () => checkMethod(ctx, id, made));
      const target = operation[`${EXTENSION}integration`];
      const methodIntegration = attempted(`put integration on ${where}`, () =>
        target === undefined ? undefined : integrationOf(document.resolve(target), made),
      );
      checkCredentials(methodIntegration?.credentials, ctx);
      attempted(`put integration response on ${where}`, () => {
        // A status that the method does not have is not looked into. Source: Developer Guide, "Request validation", the sample API.
        for (const [status, one] of Object.entries(methodIntegration?.integrationResponses ?? {}))
          checkAnswer(one ?? {}, made.methodResponses?.[status] ?? 'unknown');
      });
      keepMethod(
        ctx,
        { restApiId: id, resourceId, httpMethod: method },
        compact<Method>({ ...made, methodIntegration }),
      );
    }
    importParts(ctx, id, document, true);
    return api;
  } catch (error) {
    if (error instanceof DocumentError) throw badRequest(error.message);
    throw error;
  }
}

/** Does a part of an import. @throws {ServiceError} BadRequestException that says which part was wrong */
function attempted<Value>(what: string, work: () => Value): Value {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ServiceError) || error.code !== 'BadRequestException') throw error;
    throw badRequest(`Errors found during import:\n\tUnable to ${what}: ${error.message}`);
  }
}

function keepModel(ctx: Ctx, api: string, name: string, given: unknown): void {
  const schema = JSON.stringify(given).replace(
    /"#\/(?:definitions|components\/schemas)\/([^"]+)"/g,
    `"https://apigateway.amazonaws.com/restapis/${api}/models/$1"`,
  );
  const model = { id: newId(ctx, 6), name, schema, contentType: 'application/json' };
  attempted(`create model for '${name}'`, () => checkModel(model));
  save(models, ctx, api, name, model);
}

/** The model of a schema that has no name of its own; undefined where there is no schema. Source: Developer Guide, "Request validation", the sample API: `ArrayOfError`. */
function inlineModel(ctx: Ctx, api: string, schema: unknown): string | undefined {
  const { type, items } = objectOf(schema);
  if (Object.keys(objectOf(schema)).length === 0) return undefined;
  const listed = type === 'array' ? nameOf(items) : undefined;
  const name = listed === undefined ? `MODEL${sha256Hex(JSON.stringify(schema)).slice(0, 6)}` : `ArrayOf${listed}`;
  keepModel(ctx, api, name, schema);
  return name;
}

function settings(ctx: Ctx, before: RestApi, { root, info, endpoint }: OpenApi): RestApi {
  const id = before.id ?? '';
  for (const [type, given] of Object.entries(objectOf(root[`${EXTENSION}gateway-responses`]))) {
    if (!Object.hasOwn(DEFAULTS, type)) throw badRequest(`Invalid gateway response type specified: ${type}`);
    const { statusCode, responseParameters, responseTemplates } = objectOf(given);
    const value = {
      responseType: type as GatewayResponseType,
      responseParameters: textsOf(responseParameters),
      responseTemplates: textsOf(responseTemplates),
    };
    attempted(`put gateway response '${type}'`, () =>
      keepResponse(ctx, id, { ...value, ...compact({ statusCode: textOf(statusCode) }) }),
    );
  }
  const policy = textOf(root[`${EXTENSION}policy`]);
  const size = root[`${EXTENSION}minimum-compression-size`];
  const types = root[`${EXTENSION}binary-media-types`];
  const { disableExecuteApiEndpoint: isOff, vpcEndpointIds } = endpoint;
  if (listOf(vpcEndpointIds).length > 0)
    throw notBuilt('endpoints of VPCs (endpoint-configuration.vpcEndpointIds): they are not here');
  const value = compact<RestApi>({
    ...before,
    disableExecuteApiEndpoint: isOff === undefined ? before.disableExecuteApiEndpoint : String(isOff) === 'true',
    version: textOf(info.version) ?? before.version,
    binaryMediaTypes: types === undefined ? before.binaryMediaTypes : listOf(types).map(String),
    minimumCompressionSize: size === undefined ? before.minimumCompressionSize : Number(size),
    apiKeySource: (textOf(root[`${EXTENSION}api-key-source`]) as 'HEADER' | undefined) ?? before.apiKeySource,
    policy: policy === undefined ? before.policy : inFull(policy, id, ctx),
    securityPolicy: (textOf(root[`${EXTENSION}security-policy`]) as 'TLS_1_2' | undefined) ?? before.securityPolicy,
    endpointAccessMode:
      (textOf(root[`${EXTENSION}endpoint-access-mode`]) as 'BASIC' | undefined) ?? before.endpointAccessMode,
  });
  checkApi(value);
  return save(apis, ctx, '', id, value);
}

/** What a requirement of security means. */
type Security = { authorizationType?: string; authorizerId?: string; apiKeyRequired?: boolean };

function authorizersOf(ctx: Ctx, api: string, document: OpenApi): Map<string, Security> {
  const known = new Map<string, Security>();
  for (const [name, scheme] of Object.entries(document.security)) {
    const given = document.resolve(scheme);
    const authorizer = objectOf(given[`${EXTENSION}authorizer`]);
    const authType = textOf(given[`${EXTENSION}authtype`]);
    if (authType === 'awsSigv4') known.set(name, { authorizationType: 'AWS_IAM' });
    else if (authorizer.type === undefined) known.set(name, given.type === 'apiKey' ? { apiKeyRequired: true } : {});
    else {
      const id = all(authorizers, ctx, api).find((one) => one.name === name)?.id ?? newId(ctx, 6);
      const type = String(authorizer.type).toUpperCase() as AuthorizerType;
      const header = textOf(given.name);
      const value = compact<Authorizer>({
        id,
        name,
        type,
        authType,
        providerARNs:
          authorizer.providerARNs === undefined ? undefined : listOf(authorizer.providerARNs).map((one) => String(one)),
        authorizerUri: textOf(authorizer.authorizerUri),
        authorizerCredentials: textOf(authorizer.authorizerCredentials),
        identitySource:
          textOf(authorizer.identitySource) ?? (header === undefined ? undefined : `method.request.header.${header}`),
        identityValidationExpression: textOf(authorizer.identityValidationExpression),
        ...(type === 'JWT'
          ? { jwtConfiguration: objectOf(authorizer.jwtConfiguration) as JwtConfiguration }
          : {
              authorizerResultTtlInSeconds: Number(authorizer.authorizerResultTtlInSeconds ?? AUTHORIZER_TTL_DEFAULT),
            }),
      });
      checkAuthorizer(ctx, api, value);
      save(authorizers, ctx, api, id, value);
      known.set(name, {
        authorizationType: type === 'JWT' || type === 'COGNITO_USER_POOLS' ? type : 'CUSTOM',
        authorizerId: id,
      });
    }
  }
  return known;
}

function validatorsOf(ctx: Ctx, api: string, { root }: OpenApi): Map<string, string> {
  const ids = new Map<string, string>();
  for (const [name, given] of Object.entries(objectOf(root[`${EXTENSION}request-validators`]))) {
    const id = all(validators, ctx, api).find((one) => one.name === name)?.id ?? newId(ctx, 6);
    const { validateRequestBody, validateRequestParameters } = objectOf(given);
    save(validators, ctx, api, id, {
      id,
      name,
      validateRequestBody: validateRequestBody === true,
      validateRequestParameters: validateRequestParameters === true,
    });
    ids.set(name, id);
  }
  return ids;
}

function resourceAt(ctx: Ctx, api: RestApi, path: string): string {
  const id = api.id ?? '';
  let parent = api.rootResourceId ?? '';
  for (const part of path.split('/').filter((one) => one !== '')) {
    const known = all(resources, ctx, id).find(({ parentId, pathPart }) => parentId === parent && pathPart === part);
    parent = known?.id ?? addResource(ctx, id, parent, part).id ?? '';
  }
  return parent;
}

const PLACES: { readonly [place: string]: string } = { query: 'querystring', header: 'header', path: 'path' };

type Known = {
  security: ReadonlyMap<string, Security>;
  validators: ReadonlyMap<string, string>;
  modelName(schema: unknown): string | undefined;
};

function methodOf(
  document: OpenApi,
  httpMethod: string,
  operation: Json,
  { security, validators: named, modelName }: Known,
): Method {
  // What a document asks for all of its operations counts for none. Source: Developer Guide, "Important notes for REST APIs".
  const asked = listOf(operation.security).flatMap((one) => Object.entries(objectOf(one)));
  const found: Security = Object.assign({}, ...asked.map(([name]) => security.get(name) ?? {}));
  const scopes = asked.flatMap(([, all]) => listOf(all).map(String));
  const parameters = listOf(operation.parameters).map((one) => document.resolve(one));
  const taken = parameters
    .filter((one) => String(one.in) in PLACES)
    .map((one) => [`method.request.${PLACES[String(one.in)]}.${one.name}`, one.required === true] as const);
  const validator = textOf(
    operation[`${EXTENSION}request-validator`] ?? document.root[`${EXTENSION}request-validator`],
  );
  return compact<Method>({
    httpMethod,
    authorizationType:
      found.authorizationType ?? textOf(objectOf(operation[`${EXTENSION}auth`]).type)?.toUpperCase() ?? 'NONE',
    authorizerId: found.authorizerId,
    authorizationScopes: found.authorizerId !== undefined && scopes.length > 0 ? scopes : undefined,
    apiKeyRequired: found.apiKeyRequired ?? false,
    operationName: textOf(operation.operationId),
    requestParameters: taken.length > 0 ? Object.fromEntries(taken) : undefined,
    requestModels: modelsOf(document, operation, parameters, modelName),
    requestValidatorId: validator === undefined ? undefined : named.get(validator),
    methodResponses: responsesOf(document, operation, modelName),
  });
}

const nameOf = (schema: unknown) => /\/([^/]+)$/.exec(textOf(objectOf(schema).$ref) ?? '')?.[1];

function modelsOf(
  document: OpenApi,
  operation: Json,
  parameters: readonly Json[],
  modelName: Known['modelName'],
): Texts | undefined {
  const old = modelName(parameters.find((one) => one.in === 'body')?.schema);
  if (old !== undefined) return ofTypes(operation.consumes ?? document.root.consumes, old);
  return modelsIn(document.resolve(operation.requestBody).content, modelName);
}

/** A model for each of the content types that an older document names. */
function ofTypes(types: unknown, model: string): Texts {
  const named = listOf(types).map(String);
  return Object.fromEntries((named.length === 0 ? ['application/json'] : named).map((type) => [type, model]));
}

/** Models of a document's content, by its types. */
function modelsIn(content: unknown, modelName: Known['modelName']): Texts | undefined {
  const found = Object.entries(objectOf(content)).flatMap(([type, value]) => {
    const name = modelName(objectOf(value).schema);
    return name === undefined ? [] : [[type, name] as const];
  });
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

function responsesOf(document: OpenApi, operation: Json, modelName: Known['modelName']): Method['methodResponses'] {
  const entries = Object.entries(objectOf(operation.responses)).filter(([status]) => /^\d{3}$/.test(status));
  if (entries.length === 0) return undefined;
  return Object.fromEntries(
    entries.map(([statusCode, given]) => {
      const response = document.resolve(given);
      const headers = Object.keys(objectOf(response.headers)).map((name) => [`method.response.header.${name}`, false]);
      const old = modelName(response.schema);
      return [
        statusCode,
        compact({
          statusCode,
          responseParameters:
            headers.length > 0 ? (Object.fromEntries(headers) as { [name: string]: boolean }) : undefined,
          responseModels:
            old === undefined
              ? modelsIn(response.content, modelName)
              : ofTypes(operation.produces ?? document.root.produces, old),
        }),
      ];
    }),
  );
}

function integrationOf(given: Json, method: Method): Integration {
  const responses = Object.entries(objectOf(given.responses)).map(([pattern, one]) => {
    const { statusCode = '200', responseParameters, responseTemplates, contentHandling } = objectOf(one);
    const response = compact({
      statusCode: String(statusCode),
      selectionPattern: pattern === 'default' ? undefined : pattern,
      responseParameters: responseParameters === undefined ? undefined : textsOf(responseParameters),
      responseTemplates: templatesOf(responseTemplates),
      contentHandling: textOf(contentHandling) as ContentHandlingStrategy | undefined,
    });
    return [String(statusCode), response] as const;
  });
  const type = String(given.type).toUpperCase() as IntegrationType;
  const integration = compact<Integration>({
    type,
    httpMethod: textOf(given.httpMethod)?.toUpperCase() ?? (type === 'AWS_PROXY' ? 'POST' : undefined),
    uri: textOf(given.uri),
    connectionType: (textOf(given.connectionType) as 'INTERNET' | undefined) ?? connectionOf(type),
    connectionId: textOf(given.connectionId),
    tlsConfig:
      given.tlsConfig === undefined
        ? undefined
        : { insecureSkipVerification: objectOf(given.tlsConfig).insecureSkipVerification === true },
    responseTransferMode: textOf(given.responseTransferMode)?.toUpperCase() as 'BUFFERED' | undefined,
    integrationTarget: textOf(given.integrationTarget),
    credentials: textOf(given.credentials),
    requestParameters: given.requestParameters === undefined ? undefined : textsOf(given.requestParameters),
    requestTemplates: templatesOf(given.requestTemplates),
    passthroughBehavior: (textOf(given.passthroughBehavior) ?? 'when_no_match').toUpperCase(),
    contentHandling: textOf(given.contentHandling) as ContentHandlingStrategy | undefined,
    timeoutInMillis: Number(given.timeoutInMillis ?? 29_000),
    cacheNamespace: textOf(given.cacheNamespace),
    cacheKeyParameters: listOf(given.cacheKeyParameters).map(String),
    integrationResponses: responses.length > 0 ? Object.fromEntries(responses) : undefined,
  });
  checkIntegration(integration, method);
  return integration;
}
