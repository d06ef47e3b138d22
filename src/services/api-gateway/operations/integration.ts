/** Integrations: what a method calls, and how its answers are told apart. */
import { type Ctx, type Handler, notBuilt, raise } from '#kernel/contract';
import type { ConnectionType, Integration, MapOfTemplates, Method, MethodResponse } from '#models/api-gateway';
import { checkCredentials } from '../domain/credentials.ts';
import { compact } from '../domain/noun.ts';
import { type Patchable, patched } from '../domain/patch.ts';
import { templatesOf } from '../domain/templates.ts';
import { badRequest, notFound, unknown } from '../errors.ts';
import { isServiceUri } from '../execute/call-aws.ts';
import { functionOf } from '../execute/call-lambda.ts';
import { RegexError, safeRegex } from '../execute/safe-regex.ts';
import { compileTemplate, TemplateError } from '../execute/vtl/render.ts';
import { INTEGRATION_TIMEOUT_DEFAULT, INTEGRATION_TIMEOUT_MIN, STREAM_TIMEOUT_MAX } from '../limits.ts';
import { findMethod, keepMethod } from './method.ts';

type Api = 'api-gateway';
type At = { restApiId: string; resourceId: string; httpMethod: string };

const TYPES: readonly string[] = ['HTTP', 'HTTP_PROXY', 'AWS', 'AWS_PROXY', 'MOCK'];

const PATCHABLE: Patchable = {
  '/uri': 'text',
  '/httpMethod': 'text',
  '/credentials': 'text',
  '/passthroughBehavior': 'text',
  '/contentHandling': 'text',
  '/timeoutInMillis': 'number',
  '/tlsConfig/insecureSkipVerification': 'boolean',
  '/connectionType': 'text',
  '/connectionId': 'text',
  '/integrationTarget': 'text',
  '/responseTransferMode': 'text',
  '/cacheNamespace': 'text',
  '/cacheKeyParameters': 'list',
  '/cacheKeyParameters/*': 'list',
  '/requestParameters/*': 'text',
  '/requestTemplates/*': 'text',
};

export const putIntegration: Handler<Api, 'PutIntegration'> = (input, ctx) => {
  const { method } = findMethod(ctx, input);
  const integration = compact<Integration>({
    type: input.type,
    httpMethod: input.integrationHttpMethod,
    uri: input.uri,
    connectionType: input.connectionType ?? connectionOf(input.type),
    connectionId: input.connectionId,
    credentials: input.credentials,
    requestParameters: input.requestParameters,
    requestTemplates: templatesOf(input.requestTemplates),
    passthroughBehavior: input.passthroughBehavior ?? 'WHEN_NO_MATCH',
    contentHandling: input.contentHandling,
    timeoutInMillis: input.timeoutInMillis ?? INTEGRATION_TIMEOUT_DEFAULT,
    cacheNamespace: input.cacheNamespace ?? input.resourceId,
    cacheKeyParameters: input.cacheKeyParameters ?? [],
    tlsConfig: input.tlsConfig,
    responseTransferMode: input.responseTransferMode,
    integrationTarget: input.integrationTarget,
    integrationResponses: method.methodIntegration?.integrationResponses,
  });
  checkIntegration(integration, method);
  checkCredentials(integration.credentials, ctx);
  keepMethod(ctx, input, { ...method, methodIntegration: integration });
  return integration;
};

/** How an integration is connected that does not say so. Source: Developer Guide, "Set up an edge-optimized API using AWS CLI commands". */
export function connectionOf(type: Integration['type']): ConnectionType | undefined {
  return type === 'HTTP' || type === 'HTTP_PROXY' ? 'INTERNET' : undefined;
}

/** @throws {ServiceError} BadRequestException for one that can't work. Source of the texts: badmintoncryer/cdk-preflight. */
export function checkIntegration(integration: Integration, { requestParameters: declared = {} }: Method): void {
  const { type, uri = '', httpMethod, timeoutInMillis = INTEGRATION_TIMEOUT_DEFAULT } = integration;
  if (integration.connectionType === 'VPC_LINK' && !integration.connectionId)
    throw badRequest('ConnectionId should be set to the vpcLinkId or stage variable on connection type VPC_LINK');
  if (integration.connectionType === 'VPC_LINK') throw notBuilt('VPC links (connectionType)');
  if (integration.integrationTarget !== undefined) throw notBuilt('targets of VPC links (integrationTarget)');
  if (type === undefined || !TYPES.includes(type))
    throw badRequest(`Invalid integration type specified. Valid options are ${TYPES.join(', ')}`);
  checkTransfer(integration);
  if (type !== 'MOCK' && (httpMethod === undefined || httpMethod === ''))
    throw badRequest('Enumeration value for HttpMethod must be non-empty');
  if (type === 'AWS' || type === 'AWS_PROXY') {
    if (!uri.startsWith('arn:')) throw badRequest('Invalid ARN specified in the request');
    if (functionOf(uri) === undefined && !isServiceUri(uri))
      throw badRequest('AWS ARN for integration must contain path or action');
    if (type === 'AWS_PROXY' && functionOf(uri) === undefined)
      throw badRequest(
        "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations.",
      );
  }
  if (
    (type === 'HTTP' || type === 'HTTP_PROXY') &&
    !/^https?:\/\/[^/\s]+|^\$\{stageVariables\.|^https?:\/\/\$\{/.test(uri)
  )
    throw badRequest('Invalid HTTP endpoint specified for URI');
  const timeoutMax = integration.responseTransferMode === 'STREAM' ? STREAM_TIMEOUT_MAX : INTEGRATION_TIMEOUT_DEFAULT;
  if (!Number.isInteger(timeoutInMillis) || timeoutInMillis < INTEGRATION_TIMEOUT_MIN || timeoutInMillis > timeoutMax)
    throw badRequest(`Timeout should be between ${INTEGRATION_TIMEOUT_MIN} ms and ${timeoutMax} ms`);
  if (!['WHEN_NO_MATCH', 'WHEN_NO_TEMPLATES', 'NEVER'].includes(integration.passthroughBehavior ?? 'WHEN_NO_MATCH'))
    throw badRequest('Invalid passthrough behavior. Valid options are WHEN_NO_MATCH, WHEN_NO_TEMPLATES, NEVER');
  for (const [name, value] of Object.entries(integration.requestParameters ?? {})) {
    checkMapping(name, value, 'integration.request');
    // What a method does not say that it takes can't be handed on.
    if (/^method\.request\.(path|querystring|header)\./.test(value) && !Object.hasOwn(declared, value))
      throw badRequest(
        `Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression parameter specified: ${value}]`,
      );
  }
  // Deviation: cache keys that no parameter of the method names are taken; AWS refuses them.
  checkTemplates(integration.requestTemplates);
}

/** @throws {ServiceError} BadRequestException for answers that can't flow. Source: "Stream the integration response for your proxy integrations"; the texts are ours. */
function checkTransfer({ type, uri = '', responseTransferMode }: Integration): void {
  const flows = responseTransferMode === 'STREAM';
  if (flows && type !== 'AWS_PROXY' && type !== 'HTTP_PROXY')
    throw badRequest('Response transfer mode STREAM is only supported for HTTP_PROXY and AWS_PROXY integrations');
  if (type === 'AWS_PROXY' && flows && !uri.endsWith('/response-streaming-invocations'))
    throw badRequest(
      'Integrations with response transfer mode STREAM need a URI that ends in response-streaming-invocations',
    );
}

function checkMapping(name: string, value: string, to: string): void {
  const isTarget =
    to === 'integration.request'
      ? /^integration\.request\.(path|querystring|header)\..+$/
      : /^method\.response\.header\..+$/;
  const isSource =
    /^'.*'$/s.test(value) ||
    /^(method\.request\.(path|querystring|header|multivaluequerystring|multivalueheader|body)|context|stageVariables|integration\.response\.(header|multivalueheader|body))\b/.test(
      value,
    );
  if (isTarget.test(name) && isSource) return;
  const wrong = isTarget.test(name) ? value : name;
  throw badRequest(
    `Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression specified: ${wrong}]`,
  );
}

function checkTemplates(templates: MapOfTemplates | undefined): void {
  for (const text of Object.values(templates ?? {})) {
    try {
      compileTemplate(text ?? '');
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      throw badRequest(`Invalid mapping template: ${error.message.split('\n')[0]}`);
    }
  }
}

/** @throws {ServiceError} NotFoundException */
function findIntegration(ctx: Ctx, input: At): Integration {
  return findMethod(ctx, input).method.methodIntegration ?? raise(unknown('Integration'));
}

function keepIntegration(ctx: Ctx, input: At, integration: Integration | undefined): void {
  const { methodIntegration: _, ...method } = findMethod(ctx, input).method;
  keepMethod(ctx, input, { ...method, ...(integration !== undefined && { methodIntegration: integration }) });
}

export const getIntegration: Handler<Api, 'GetIntegration'> = (input, ctx) => findIntegration(ctx, input);

export const updateIntegration: Handler<Api, 'UpdateIntegration'> = (input, ctx) => {
  const before = findIntegration(ctx, input);
  const planned = patched(before, input.patchOperations, PATCHABLE);
  const integration = compact<Integration>({ ...planned, requestTemplates: templatesOf(planned.requestTemplates) });
  checkIntegration(integration, findMethod(ctx, input).method);
  if (integration.credentials !== before.credentials) checkCredentials(integration.credentials, ctx);
  keepIntegration(ctx, input, integration);
  return integration;
};

export const deleteIntegration: Handler<Api, 'DeleteIntegration'> = (input, ctx) => {
  findIntegration(ctx, input);
  keepIntegration(ctx, input, undefined);
  return {};
};

const RESPONSE_PATCHABLE: Patchable = {
  '/selectionPattern': 'text',
  '/contentHandling': 'text',
  '/responseParameters/*': 'text',
  '/responseTemplates/*': 'text',
};

export const putIntegrationResponse: Handler<Api, 'PutIntegrationResponse'> = (input, ctx) => {
  const integration = findIntegration(ctx, input);
  const { statusCode, selectionPattern, responseParameters, contentHandling } = input;
  const responseTemplates = templatesOf(input.responseTemplates);
  const response = compact({ statusCode, selectionPattern, responseParameters, responseTemplates, contentHandling });
  checkAnswer(response, findMethod(ctx, input).method.methodResponses?.[statusCode]);
  const integrationResponses = { ...integration.integrationResponses, [statusCode]: response };
  keepIntegration(ctx, input, { ...integration, integrationResponses });
  return response;
};

type Response = NonNullable<Integration['integrationResponses']>[string];

/** @throws {ServiceError} BadRequestException for an answer that a method can't have. Without `declared` nothing is known of what it may say. */
export function checkAnswer(response: Response, declared: MethodResponse | 'unknown' | undefined): void {
  const { statusCode = '' } = response;
  if (!/^[1-5]\d\d$/.test(statusCode)) throw badRequest('Invalid Response status code specified');
  for (const [name, value] of Object.entries(response.responseParameters ?? {})) {
    checkMapping(name, value ?? '', 'method.response');
    if (declared !== 'unknown' && declared?.responseParameters?.[name] === undefined)
      throw badRequest(
        `Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression parameter specified: ${name}]`,
      );
  }
  checkTemplates(response.responseTemplates);
  try {
    safeRegex(response.selectionPattern ?? '');
  } catch (error) {
    if (error instanceof RegexError) throw badRequest('Invalid regex pattern specified');
    throw error;
  }
}

function findResponse(ctx: Ctx, input: At & { statusCode: string }): Response {
  const { integrationResponses } = findIntegration(ctx, input);
  return integrationResponses?.[input.statusCode] ?? raise(notFound('Invalid Response status code specified'));
}

export const getIntegrationResponse: Handler<Api, 'GetIntegrationResponse'> = (input, ctx) => findResponse(ctx, input);

export const updateIntegrationResponse: Handler<Api, 'UpdateIntegrationResponse'> = (input, ctx) => {
  const planned = patched(findResponse(ctx, input), input.patchOperations, RESPONSE_PATCHABLE);
  const response = compact<Response>({ ...planned, responseTemplates: templatesOf(planned.responseTemplates) });
  checkAnswer(response, findMethod(ctx, input).method.methodResponses?.[input.statusCode]);
  const integration = findIntegration(ctx, input);
  const integrationResponses = { ...integration.integrationResponses, [input.statusCode]: response };
  keepIntegration(ctx, input, { ...integration, integrationResponses });
  return response;
};

export const deleteIntegrationResponse: Handler<Api, 'DeleteIntegrationResponse'> = (input, ctx) => {
  findResponse(ctx, input);
  const integration = findIntegration(ctx, input);
  const { [input.statusCode]: _, ...integrationResponses } = integration.integrationResponses ?? {};
  keepIntegration(ctx, input, { ...integration, integrationResponses });
  return {};
};
