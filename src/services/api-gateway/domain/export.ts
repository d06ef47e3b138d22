/** REST APIs as OpenAPI documents. Source: API Gateway Developer Guide, "Export a REST API from API Gateway", "OpenAPI extensions for API Gateway". */
import type { Authorizer, Integration, Method, Model, Resource } from '#models/api-gateway';
import type { Snapshot } from '../state.ts';
import { compact } from './noun.ts';
import { EXTENSION, type Json, METHODS, nameOfModel } from './openapi.ts';

/** The OpenAPI version, and which extensions are told. */
export type Style = { version: 2 | 3; hasIntegrations: boolean; hasAuthorizers: boolean };

/** Where a stage answers. */
export type Place = { host: string; stage: string };

const JSON_TYPE = 'application/json';
const KEYWORDS = Object.fromEntries(Object.entries(METHODS).map(([keyword, method]) => [method, keyword]));
const PLACES: { readonly [place: string]: string } = { querystring: 'query', header: 'header', path: 'path' };
const API_KEY = 'api_key';
const ENDPOINT = `${EXTENSION}endpoint-configuration`;
const SIGNATURE = 'sigv4';

/** The document of an API as it was deployed; what stands nowhere in it is left out. */
export function documentOf(snapshot: Snapshot, version: string, { host, stage }: Place, style: Style): Json {
  const { api, models } = snapshot;
  const writer = new Writer(snapshot, style);
  const info = compact({ title: api.name, description: api.description, version });
  const paths = Object.fromEntries(
    snapshot.resources
      .filter(({ resourceMethods }) => resourceMethods !== undefined)
      .map((resource) => [resource.path ?? '/', writer.path(resource)]),
  );
  const schemas = Object.fromEntries(models.map((model) => [model.name ?? '', writer.schema(model)]));
  const security = writer.schemes();
  if (style.version === 2)
    return compact({
      swagger: '2.0',
      info,
      host,
      basePath: `/${stage}`,
      schemes: ['https'],
      [ENDPOINT]: writer.endpoint(),
      paths,
      securityDefinitions: filled(security),
      definitions: filled(schemas),
      ...writer.extensions(),
    });
  const variables = { basePath: { default: stage } };
  return compact({
    openapi: '3.0.1',
    info,
    servers: [compact({ url: `https://${host}/{basePath}`, variables, [ENDPOINT]: writer.endpoint() })],
    paths,
    components: compact({ schemas: filled(schemas), securitySchemes: filled(security) }),
    ...writer.extensions(),
  });
}

/** Undefined for nothing. */
function filled<Value extends object>(value: Value): Value | undefined {
  return Object.keys(value).length === 0 ? undefined : value;
}

class Writer {
  readonly #of: Snapshot;
  readonly #style: Style;

  constructor(of: Snapshot, style: Style) {
    this.#of = of;
    this.#style = style;
  }

  get #isOld(): boolean {
    return this.#style.version === 2;
  }

  path({ resourceMethods = {} }: Resource): Json {
    return Object.fromEntries(
      Object.entries(resourceMethods).map(([name, method]) => [KEYWORDS[name], this.#operation(method ?? {})]),
    );
  }

  #operation(method: Method): Json {
    const { hasIntegrations } = this.#style;
    const models = Object.entries(method.requestModels ?? {});
    const parameters = this.#parameters(method);
    const json = method.requestModels?.[JSON_TYPE];
    if (this.#isOld && json !== undefined)
      parameters.push({ in: 'body', name: json, required: true, schema: this.#ref(json) });
    const validator = this.#of.validators.find(({ id }) => id === method.requestValidatorId)?.name;
    return compact({
      operationId: method.operationName,
      consumes: this.#isOld ? typesOf(method.requestModels, method.methodIntegration?.requestTemplates) : undefined,
      produces: this.#isOld ? typesOf(...producedBy(method)) : undefined,
      parameters: parameters.length > 0 ? parameters : undefined,
      requestBody: this.#isOld || models.length === 0 ? undefined : { content: this.#content(models), required: true },
      responses: this.#responses(method),
      security: this.#security(method),
      [`${EXTENSION}request-validator`]: hasIntegrations ? validator : undefined,
      [`${EXTENSION}integration`]:
        hasIntegrations && method.methodIntegration !== undefined ? integrationOf(method.methodIntegration) : undefined,
    });
  }

  #parameters({ requestParameters = {} }: Method): Json[] {
    const type = this.#isOld ? { type: 'string' } : { schema: { type: 'string' } };
    return Object.entries(requestParameters).flatMap(([source, required]) => {
      const [, place = '', name = ''] = /^method\.request\.(querystring|header|path)\.(.+)$/s.exec(source) ?? [];
      if (!(place in PLACES)) return [];
      // Nothing says that an optional one is.
      return [{ name, in: PLACES[place], ...(required === true && { required }), ...type }];
    });
  }

  #content(models: readonly (readonly [string, string | undefined])[]): Json {
    return Object.fromEntries(models.map(([type, name]) => [type, { schema: this.#ref(name ?? '') }]));
  }

  #ref(name: string): Json {
    return { $ref: this.#isOld ? `#/definitions/${name}` : `#/components/schemas/${name}` };
  }

  #responses({ methodResponses = {} }: Method): Json {
    return Object.fromEntries(
      Object.entries(methodResponses).map(([status, response]) => {
        const names = Object.keys(response?.responseParameters ?? {}).map((name) => name.split('.').slice(3).join('.'));
        const type = this.#isOld ? { type: 'string' } : { schema: { type: 'string' } };
        const models = Object.entries(response?.responseModels ?? {});
        const json = response?.responseModels?.[JSON_TYPE];
        return [
          status,
          compact({
            description: `${status} response`,
            headers: filled(Object.fromEntries(names.map((name) => [name, type]))),
            schema: this.#isOld && json !== undefined ? this.#ref(json) : undefined,
            content: this.#isOld || models.length === 0 ? undefined : this.#content(models),
          }),
        ];
      }),
    );
  }

  #security(method: Method): Json[] | undefined {
    const asked: Json[] = [];
    const authorizer = this.#of.authorizers.find(({ id }) => id === method.authorizerId);
    if (method.authorizationType === 'AWS_IAM') asked.push({ [SIGNATURE]: [] });
    else if (authorizer !== undefined) asked.push({ [authorizer.name ?? '']: method.authorizationScopes ?? [] });
    if (method.apiKeyRequired === true) asked.push({ [API_KEY]: [] });
    return asked.length === 0 ? undefined : asked;
  }

  /** What requirements of security mean; only of those that some method has. */
  schemes(): Json {
    const methods = this.#of.resources.flatMap(({ resourceMethods = {} }) => Object.values(resourceMethods));
    const hasKey = methods.some((method) => method?.apiKeyRequired === true);
    const isSigned = methods.some((method) => method?.authorizationType === 'AWS_IAM');
    return {
      ...(isSigned && {
        [SIGNATURE]: { type: 'apiKey', name: 'Authorization', in: 'header', [`${EXTENSION}authtype`]: 'awsSigv4' },
      }),
      ...Object.fromEntries(this.#of.authorizers.map((one) => [one.name ?? '', this.#scheme(one)])),
      ...(hasKey && { [API_KEY]: { type: 'apiKey', name: 'x-api-key', in: 'header' } }),
    };
  }

  #scheme(authorizer: Authorizer): Json {
    const { type = '', identitySource = '' } = authorizer;
    const header = /^method\.request\.header\.([^,]+)$/.exec(identitySource)?.[1];
    const { authorizerUri, authorizerCredentials, identityValidationExpression, authorizerResultTtlInSeconds } =
      authorizer;
    const { jwtConfiguration: trust } = authorizer;
    return compact({
      type: 'apiKey',
      name: header ?? 'Unused',
      in: 'header',
      [`${EXTENSION}authtype`]: authorizer.authType,
      [`${EXTENSION}authorizer`]: this.#style.hasAuthorizers
        ? compact({
            type: type.toLowerCase(),
            authorizerUri,
            authorizerCredentials,
            authorizerResultTtlInSeconds,
            identityValidationExpression,
            ...(trust !== undefined && {
              jwtConfiguration: { ...trust, issuers: trust.issuers?.map(({ jwksUri: _, ...issuer }) => issuer) },
            }),
            identitySource: type === 'TOKEN' && header !== undefined ? undefined : authorizer.identitySource,
          })
        : undefined,
    });
  }

  schema({ schema = '{}' }: Model): Json {
    const { $schema: _, ...rest } = JSON.parse(schema) as Json;
    const names = new Map(this.#of.models.map(({ name = '' }) => [name, this.#ref(name).$ref]));
    return JSON.parse(JSON.stringify(rest), (key, value) =>
      key === '$ref' && typeof value === 'string' ? (names.get(nameOfModel(value) ?? '') ?? value) : value,
    );
  }

  /** How the API is reached, where that is not as usual. */
  endpoint(): Json | undefined {
    const { disableExecuteApiEndpoint } = this.#of.api;
    return this.#style.hasIntegrations && disableExecuteApiEndpoint === true
      ? { disableExecuteApiEndpoint }
      : undefined;
  }

  /** What is said of the API as a whole. */
  extensions(): Json {
    const { api, validators, gatewayResponses } = this.#of;
    if (!this.#style.hasIntegrations) return {};
    const rules = validators.map(({ name = '', validateRequestBody, validateRequestParameters }) => [
      name,
      { validateRequestBody, validateRequestParameters },
    ]);
    const responses = gatewayResponses.map(
      ({ responseType = '', statusCode, responseParameters, responseTemplates }) => [
        responseType,
        compact({
          statusCode: statusCode === undefined ? undefined : Number(statusCode),
          responseParameters,
          responseTemplates,
        }),
      ],
    );
    return compact({
      [`${EXTENSION}policy`]: api.policy === undefined ? undefined : JSON.parse(api.policy),
      [`${EXTENSION}security-policy`]: api.securityPolicy,
      [`${EXTENSION}endpoint-access-mode`]: api.endpointAccessMode,
      [`${EXTENSION}request-validators`]: filled(Object.fromEntries(rules)),
      [`${EXTENSION}gateway-responses`]: filled(Object.fromEntries(responses)),
      [`${EXTENSION}binary-media-types`]: api.binaryMediaTypes,
      [`${EXTENSION}minimum-compression-size`]: api.minimumCompressionSize,
      [`${EXTENSION}api-key-source`]: api.apiKeySource === 'AUTHORIZER' ? api.apiKeySource : undefined,
    });
  }
}

/** What an API's answers are made from, by content types: models and templates. Source: Developer Guide, "Request validation", the sample API. */
function producedBy({ methodResponses = {}, methodIntegration }: Method): (object | undefined)[] {
  const templates = Object.values(methodIntegration?.integrationResponses ?? {}).map((one) => one?.responseTemplates);
  return [...Object.values(methodResponses).map((one) => one?.responseModels), ...templates];
}

function typesOf(...byType: readonly (object | undefined)[]): string[] | undefined {
  const types = byType.flatMap((one) => Object.keys(one ?? {}));
  return types.length === 0 ? undefined : [...new Set(types)];
}

function integrationOf(integration: Integration): Json {
  const { type = '', integrationResponses = {}, passthroughBehavior = '', cacheKeyParameters = [] } = integration;
  const responses = Object.values(integrationResponses).map((one) => {
    const { selectionPattern, statusCode, responseParameters, responseTemplates, contentHandling } = one ?? {};
    return [
      selectionPattern === undefined || selectionPattern === '' ? 'default' : selectionPattern,
      compact({ statusCode, responseParameters, responseTemplates, contentHandling }),
    ];
  });
  return compact({
    type: type.toLowerCase(),
    httpMethod: integration.httpMethod,
    uri: integration.uri,
    credentials: integration.credentials,
    responses: filled(Object.fromEntries(responses)),
    requestParameters: integration.requestParameters,
    requestTemplates: integration.requestTemplates,
    passthroughBehavior: passthroughBehavior.toLowerCase(),
    contentHandling: integration.contentHandling,
    connectionType: integration.connectionType === 'INTERNET' ? undefined : integration.connectionType,
    responseTransferMode: integration.responseTransferMode,
    tlsConfig: integration.tlsConfig,
    timeoutInMillis: integration.timeoutInMillis,
    cacheNamespace: integration.cacheNamespace,
    cacheKeyParameters: cacheKeyParameters.length > 0 ? cacheKeyParameters : undefined,
  });
}
