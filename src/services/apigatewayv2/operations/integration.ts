/** Integrations, and how their answers are told apart. */
import { type Ctx, type Handler, notBuilt } from '#kernel/contract';
import type { Integration, IntegrationResponse } from '#models/apigatewayv2';
import { checkCredentials, compact, compileTemplate, newId, own, TemplateError } from '../../api-gateway/port.ts';
import { checkMappings } from '../domain/mapping-rules.ts';
import { all, drop, find, findApi, keep, page, updated } from '../domain/part.ts';
import { neededOf, UNBUILT_SUBTYPES } from '../domain/subtypes.ts';
import { badRequest, conflict, onlyProxies, responseExists, tooMany } from '../errors.ts';
import {
  INTEGRATION_TIMEOUT_HTTP,
  INTEGRATION_TIMEOUT_MIN,
  INTEGRATION_TIMEOUT_WEBSOCKET,
  INTEGRATIONS_MAX,
} from '../limits.ts';
import { integrationResponses, integrations, routes } from '../state.ts';

type V2 = 'apigatewayv2';
type Given = { [Name in keyof Integration]?: Integration[Name] | undefined };

export const createIntegration: Handler<V2, 'CreateIntegration'> = ({ ApiId, ...input }, ctx) =>
  newIntegration(ctx, ApiId, input);

/** Adds an integration. In a transaction. */
export function newIntegration(ctx: Ctx, api: string, given: Given): Integration {
  const isHttp = findApi(ctx, api).ProtocolType === 'HTTP';
  if (all(integrations, ctx, api).length >= INTEGRATIONS_MAX) throw tooMany('Integrations');
  const id = newId(ctx, 7);
  const value = compact<Integration>({
    ConnectionType: 'INTERNET',
    PayloadFormatVersion: '1.0',
    TimeoutInMillis: isHttp ? INTEGRATION_TIMEOUT_HTTP : INTEGRATION_TIMEOUT_WEBSOCKET,
    ...compact<object>(given),
    IntegrationMethod: given.IntegrationMethod ?? (given.IntegrationType === 'AWS_PROXY' ? 'POST' : undefined),
    ...(!isHttp && {
      IntegrationResponseSelectionExpression: `\${${selectorOf(given.IntegrationType)}}`,
      PassthroughBehavior: given.PassthroughBehavior ?? 'WHEN_NO_MATCH',
    }),
    IntegrationId: id,
  });
  checkIntegration(value, isHttp);
  checkCredentials(value.CredentialsArn, ctx);
  return keep(integrations, ctx, api, id, value);
}

/** What tells the answers of an integration apart. Source: "Set up a WebSocket API integration response"; AWS CLI, example of `create-integration`. */
function selectorOf(type: Integration['IntegrationType']): string {
  return type === 'AWS' || type === 'AWS_PROXY'
    ? 'integration.response.body.errorMessage'
    : 'integration.response.statuscode';
}

/** Source of the texts: badmintoncryer/cdk-preflight. */
function checkIntegration(value: Integration, isHttp: boolean): void {
  const { IntegrationType: type, IntegrationUri: uri, IntegrationSubtype: subtype } = value;
  const { TimeoutInMillis: timeout = INTEGRATION_TIMEOUT_MIN } = value;
  const longest = isHttp ? INTEGRATION_TIMEOUT_HTTP : INTEGRATION_TIMEOUT_WEBSOCKET;
  if (!Number.isInteger(timeout) || timeout < INTEGRATION_TIMEOUT_MIN || timeout > longest)
    throw badRequest(`Timeout should be between ${INTEGRATION_TIMEOUT_MIN} ms and ${longest} ms`);
  if (value.ConnectionType === 'VPC_LINK' && value.ConnectionId === undefined)
    throw badRequest('ConnectionId must be set to vpcLinkId for ConnectionType VPC_LINK');
  if (value.ConnectionType === 'VPC_LINK') throw notBuilt('VPC links (ConnectionType)');
  const unbuilt = own(UNBUILT_SUBTYPES, subtype ?? '');
  if (unbuilt !== undefined)
    throw notBuilt(`integrations with ${subtype} (IntegrationSubtype): ${unbuilt} is not here`);
  if (value.RequestParameters?.Region !== undefined)
    throw notBuilt('integrations with services of other Regions (RequestParameters.Region)');
  if (value.TlsConfig !== undefined) throw badRequest('TLS configuration is only supported for private integrations');
  if (isHttp && type !== 'AWS_PROXY' && type !== 'HTTP_PROXY')
    throw badRequest('HTTP APIs only support integrations of type AWS_PROXY and HTTP_PROXY');
  if (isHttp && type === 'AWS_PROXY' && subtype === undefined && uri === undefined)
    throw badRequest('Integration URI must be set for AWS_PROXY integrations');
  if (subtype !== undefined) checkSubtype(value, subtype);
  if (type === 'HTTP_PROXY' && !/^https?:\/\//.test(uri ?? ''))
    throw badRequest('Invalid HTTP endpoint specified for URI');
  if (type === 'HTTP_PROXY' && value.IntegrationMethod === undefined)
    throw badRequest('HttpMethod parameter method must be specified for integrationType HTTPPROXY');
  checkVersion(value, isHttp);
  checkMappings(value, isHttp);
  for (const template of Object.values(value.RequestTemplates ?? {})) {
    try {
      compileTemplate(template);
    } catch (error) {
      if (error instanceof TemplateError) throw badRequest(`Invalid mapping template: ${error.message.split('\n')[0]}`);
      throw error;
    }
  }
}

function checkVersion({ IntegrationType: type, PayloadFormatVersion: version = '1.0' }: Integration, isHttp: boolean) {
  if (version !== '1.0' && (version !== '2.0' || !isHttp))
    throw badRequest(`Unsupported PayloadFormatVersion: ${version}`);
  if (version === '2.0' && type === 'HTTP_PROXY')
    throw badRequest('PayloadFormatVersion 2.0 is not supported for integration of type HTTP_PROXY');
}

function checkSubtype({ PayloadFormatVersion, CredentialsArn, RequestParameters = {} }: Integration, subtype: string) {
  const needed = neededOf(subtype);
  if (needed === undefined || (PayloadFormatVersion ?? '1.0') !== '1.0')
    throw badRequest(`Operation: ${subtype} is not supported.`);
  if (CredentialsArn === undefined)
    throw badRequest(`Role ARN must be specified for AWS integration configuration with Subtype: ${subtype}`);
  if (needed.some((name) => !Object.hasOwn(RequestParameters, name)))
    throw badRequest(
      `Operation: ${subtype} requires enabling passthrough, or defining all of the following parameters in the parameter mapping: [${needed.join(', ')}]`,
    );
}

function findIntegration(ctx: Ctx, api: string, id: string): Integration {
  findApi(ctx, api);
  return find(integrations, 'Integration', ctx, api, id);
}

export const getIntegration: Handler<V2, 'GetIntegration'> = ({ ApiId, IntegrationId }, ctx) =>
  findIntegration(ctx, ApiId, IntegrationId);
export const getIntegrations: Handler<V2, 'GetIntegrations'> = (input, ctx) => {
  findApi(ctx, input.ApiId);
  return page(integrations, ctx, input.ApiId, input);
};

export const updateIntegration: Handler<V2, 'UpdateIntegration'> = (input, ctx) => {
  const before = findIntegration(ctx, input.ApiId, input.IntegrationId);
  const value = updated(before, input, ['ApiId', 'IntegrationId']);
  checkIntegration(value, findApi(ctx, input.ApiId).ProtocolType === 'HTTP');
  if (value.CredentialsArn !== before.CredentialsArn) checkCredentials(value.CredentialsArn, ctx);
  return keep(integrations, ctx, input.ApiId, input.IntegrationId, value);
};

export const deleteIntegration: Handler<V2, 'DeleteIntegration'> = ({ ApiId, IntegrationId }, ctx) => {
  findIntegration(ctx, ApiId, IntegrationId);
  const user = all(routes, ctx, ApiId).find(({ Target }) => Target === `integrations/${IntegrationId}`);
  if (user !== undefined)
    throw conflict(
      `Cannot delete Integration '${IntegrationId}'. Integration '${IntegrationId}' is referenced by route with key '${user.RouteKey}'.`,
    );
  drop(integrations, ctx, ApiId, IntegrationId);
  return {};
};

export const createIntegrationResponse: Handler<V2, 'CreateIntegrationResponse'> = (
  { ApiId, IntegrationId, ...input },
  ctx,
) => {
  findIntegration(ctx, ApiId, IntegrationId);
  if (findApi(ctx, ApiId).ProtocolType === 'HTTP') throw onlyProxies('IntegrationResponses');
  checkResponse(input);
  const value = compact<IntegrationResponse>({ ...input, IntegrationResponseId: newId(ctx, 7) });
  return keepResponse(ctx, `${ApiId}/${IntegrationId}`, value);
};

/** @throws {ServiceError} ConflictException where another has its key */
function keepResponse(ctx: Ctx, owner: string, value: IntegrationResponse): IntegrationResponse {
  const { IntegrationResponseId: id = '', IntegrationResponseKey: key } = value;
  const others = all(integrationResponses, ctx, owner).filter((one) => one.IntegrationResponseId !== id);
  if (others.some((one) => one.IntegrationResponseKey === key)) throw responseExists('Integration', key);
  return keep(integrationResponses, ctx, owner, id, value);
}
function checkResponse({ ContentHandlingStrategy, ResponseParameters }: Partial<IntegrationResponse>): void {
  if (ContentHandlingStrategy === 'CONVERT_TO_BINARY')
    throw notBuilt('answers of WebSocket APIs that are no text (ContentHandlingStrategy)');
  if (ResponseParameters !== undefined)
    throw notBuilt('parameters of the answers of WebSocket APIs (ResponseParameters)');
}
const findResponse = (
  ctx: Ctx,
  {
    ApiId,
    IntegrationId,
    IntegrationResponseId: id,
  }: { ApiId: string; IntegrationId: string; IntegrationResponseId: string },
) => {
  findIntegration(ctx, ApiId, IntegrationId);
  return find(integrationResponses, 'IntegrationResponse', ctx, `${ApiId}/${IntegrationId}`, id);
};
export const getIntegrationResponse: Handler<V2, 'GetIntegrationResponse'> = (input, ctx) => findResponse(ctx, input);
export const getIntegrationResponses: Handler<V2, 'GetIntegrationResponses'> = (input, ctx) => {
  findIntegration(ctx, input.ApiId, input.IntegrationId);
  return page(integrationResponses, ctx, `${input.ApiId}/${input.IntegrationId}`, input);
};
export const updateIntegrationResponse: Handler<V2, 'UpdateIntegrationResponse'> = (input, ctx) => {
  const { ApiId, IntegrationId } = input;
  checkResponse(input);
  const value = updated(findResponse(ctx, input), input, ['ApiId', 'IntegrationId', 'IntegrationResponseId']);
  return keepResponse(ctx, `${ApiId}/${IntegrationId}`, value);
};
export const deleteIntegrationResponse: Handler<V2, 'DeleteIntegrationResponse'> = (input, ctx) => {
  findResponse(ctx, input);
  drop(integrationResponses, ctx, `${input.ApiId}/${input.IntegrationId}`, input.IntegrationResponseId);
  return {};
};
