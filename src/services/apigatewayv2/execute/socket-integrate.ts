/** Integrations of WebSocket APIs. Source: API Gateway Developer Guide, "Integrations for WebSocket APIs in API Gateway". */
import { FetchError, ServiceError } from '#kernel/contract';
import {
  callAws,
  callFunction,
  callHttp,
  DeadlineError,
  functionOf,
  Input,
  isServiceUri,
  lastOf,
  mockStatus,
  own,
  RegexError,
  safeHeader,
  safeRegex,
  TemplateError,
  UTIL,
  withVariables,
} from '../../api-gateway/port.ts';
import { INTEGRATION_TIMEOUT_WEBSOCKET } from '../limits.ts';
import type { CompiledRoute } from './compiled.ts';
import type { SocketCall } from './socket-call.ts';

/** What an integration answered; only routes with a response pass it on. */
export type Answer = { status: number; body: string; bytes?: Uint8Array; headers?: Readonly<Record<string, unknown>> };

/** The integration failed, whatever it was. */
export class SocketFault extends Error {
  override name = 'SocketFault';
}

type Integration = NonNullable<CompiledRoute['integration']>;

/** Calls what a route leads to. @throws {SocketFault} */
export async function integrateSocket(call: SocketCall, integration: Integration): Promise<Answer> {
  const startedAt = call.ctx.clock();
  try {
    const answer = await answerOf(call, integration);
    call.integration.status = answer.status;
    return integration.IntegrationType?.endsWith('PROXY') === true ? answer : mappedAnswer(call, integration, answer);
  } catch (error) {
    const isTheirs =
      error instanceof DeadlineError ||
      error instanceof FetchError ||
      error instanceof ServiceError ||
      error instanceof TemplateError ||
      error instanceof RegexError ||
      error instanceof RangeError ||
      error instanceof SyntaxError;
    if (!isTheirs && !(error instanceof SocketFault)) throw error;
    call.integration.error = (error as Error).message;
    throw new SocketFault(call.integration.error);
  } finally {
    if (integration.IntegrationType !== 'MOCK') call.integration.latency = call.ctx.clock() - startedAt;
  }
}

async function answerOf(call: SocketCall, integration: Integration): Promise<Answer> {
  const {
    IntegrationType: type,
    IntegrationUri: uri = '',
    TimeoutInMillis: timeout = INTEGRATION_TIMEOUT_WEBSOCKET,
  } = integration;
  const address = withVariables(uri, call.variables);
  if (type === 'MOCK') {
    const body = requestOf(call, integration);
    return { status: mockStatus(body) ?? 200, body };
  }
  if (type === 'AWS_PROXY' || type === 'AWS') {
    const name = functionOf(address);
    if (name === undefined) return serviceAnswer(call, integration, address, timeout);
    const payload = type === 'AWS' ? requestOf(call, integration) : call.event;
    const { text, hasFailed, requestId } = await callFunction(call.ctx, {
      function: name,
      source: call.sourceArn,
      credentials: integration.CredentialsArn,
      payload,
      timeout,
      isEvent: parametersOf(call, integration).headers['x-amz-invocation-type'] === 'Event',
    });
    call.integration.integrationStatus = 200;
    call.integration.requestId = requestId;
    if (type === 'AWS') return { status: 200, body: text };
    if (hasFailed) throw new SocketFault(text);
    return proxied(text);
  }
  const { headers, query, path } = parametersOf(call, integration);
  const url = filled(address, path);
  const text = type === 'HTTP' ? requestOf(call, integration) : call.body;
  const isCoded = integration.ContentHandlingStrategy === 'CONVERT_TO_BINARY';
  const {
    status,
    headers: answered,
    body,
  } = await callHttp(call.ctx, {
    url: query.size === 0 ? url : `${url}${url.includes('?') ? '&' : '?'}${query}`,
    method: integration.IntegrationMethod ?? 'POST',
    headers: { 'content-type': 'application/json', connectionid: call.connection.id, ...headers },
    body: Buffer.from(text, isCoded ? 'base64' : 'utf8'),
    timeout,
  });
  return { status, headers: answered, body: Buffer.from(body).toString('utf8'), bytes: body };
}

/** An address whose parameters are there. */
function filled(address: string, path: Readonly<Record<string, string>>): string {
  return address.replace(/\{([\w.-]+)\}/g, (whole, name: string) =>
    Object.hasOwn(path, name) ? encodeURIComponent(path[name] ?? '') : whole,
  );
}

/** Calls a service as the integration's role. @throws {SocketFault} */
async function serviceAnswer(
  call: SocketCall,
  integration: Integration,
  address: string,
  timeout: number,
): Promise<Answer> {
  const { IntegrationType: type, CredentialsArn: credentials, IntegrationMethod: method = 'POST' } = integration;
  if (type !== 'AWS' || !isServiceUri(address)) throw new SocketFault('Invalid integration URI');
  if (credentials === undefined) throw new SocketFault('API Gateway needs a role to call this service');
  const { headers, query, path } = parametersOf(call, integration);
  const text = requestOf(call, integration);
  const {
    status,
    body,
    headers: told,
  } = await callAws(call.ctx, {
    uri: filled(address, path),
    method,
    credentials,
    headers: { accept: 'application/json', 'content-type': 'application/json', ...headers },
    query: Object.fromEntries(query),
    body: Buffer.from(text, integration.ContentHandlingStrategy === 'CONVERT_TO_BINARY' ? 'base64' : 'utf8'),
    timeout,
  });
  call.integration.requestId = told['x-amzn-requestid'];
  return { status, body: Buffer.from(body).toString('utf8'), bytes: body };
}

function proxied(text: string): Answer {
  const value = jsonOf(text);
  if (value === null || typeof value !== 'object' || !('statusCode' in value))
    throw new SocketFault('Malformed Lambda proxy response');
  const { statusCode, body, headers } = value as { statusCode: unknown; body?: unknown; headers?: unknown };
  return {
    headers: headers !== null && typeof headers === 'object' ? (headers as Record<string, unknown>) : {},
    status: typeof statusCode === 'object' ? Number.NaN : Number(statusCode),
    body: typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body),
  };
}

/** What is no JSON is no answer. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** What mappings put into the integration's request. */
function parametersOf(call: SocketCall, { RequestParameters = {} }: Integration) {
  const headers: Record<string, string> = {};
  const path: Record<string, string> = {};
  const query = new URLSearchParams();
  for (const [target, source] of Object.entries(RequestParameters)) {
    const [, place, name = ''] = /^integration\.request\.(header|querystring|path)\.(.+)$/.exec(target) ?? [];
    const value = /^'(.*)'$/s.exec(source ?? '')?.[1] ?? call.select(`$${source}`);
    const safe = place === 'header' && value !== undefined ? safeHeader(name, value) : undefined;
    if (safe !== undefined) headers[safe[0]] = safe[1];
    else if (place === 'querystring' && value !== undefined) query.set(name, value);
    else if (place === 'path' && value !== undefined) path[name] = value;
  }
  return { headers, query, path };
}

/** What an integration that is no proxy is told. @throws {SocketFault} where there is no template, and nothing passes without one */
function requestOf(call: SocketCall, integration: Integration): string {
  const { RequestTemplates: templates, TemplateSelectionExpression: selection, PassthroughBehavior } = integration;
  const told = mapped(call, templates, selection, call.body);
  const passes =
    PassthroughBehavior === undefined ||
    PassthroughBehavior === 'WHEN_NO_MATCH' ||
    (PassthroughBehavior === 'WHEN_NO_TEMPLATES' && Object.keys(templates ?? {}).length === 0);
  if (told === undefined && !passes) throw new SocketFault('No template fits, and nothing passes without one');
  return told ?? call.body;
}

type Templates = { readonly [key: string]: string } | undefined;

function mapped(
  call: SocketCall,
  templates: Templates,
  selection: string | undefined,
  body: string,
  also?: (path: string) => string | undefined,
): string | undefined {
  const key = selection === undefined ? '$default' : call.evaluate(selection, also);
  const template = own(templates ?? {}, key) ?? templates?.$default;
  if (template === undefined) return undefined;
  return call.compiled.template(template)({
    input: new Input({
      body,
      path: {},
      query: lastOf(call.opening.query),
      headers: call.opening.headers,
      shown: () => call.shownHeaders,
    }),
    util: UTIL,
    context: call.context,
    stageVariables: call.variables,
  });
}

/** The response whose key fits: `$default`, or a pattern between slashes. */
function mappedAnswer(
  call: SocketCall,
  { responses = [], IntegrationUri: uri = '' }: Integration,
  answer: Answer,
): Answer {
  const isFunction = functionOf(withVariables(uri, call.variables)) !== undefined;
  const selected = isFunction ? selectorOf(answer) : String(answer.status);
  const found =
    responses.find(
      ({ IntegrationResponseKey: key }) =>
        key.length > 2 && key.startsWith('/') && safeRegex(key.slice(1, -1)).matches(selected),
    ) ?? responses.find(({ IntegrationResponseKey: key }) => key === '$default');
  const isCoded = found?.ContentHandlingStrategy === 'CONVERT_TO_TEXT' && answer.bytes !== undefined;
  const text = isCoded ? Buffer.from(answer.bytes ?? []).toString('base64') : answer.body;
  const body =
    found &&
    mapped(call, found.ResponseTemplates, found.TemplateSelectionExpression, text, (path) => ofAnswer(answer, path));
  return { ...answer, body: body ?? text };
}

/** `integration.response.statuscode`, `integration.response.header.x`. */
function ofAnswer({ status, headers = {} }: Answer, path: string): string | undefined {
  if (path === 'integration.response.statuscode') return String(status);
  const name = /^integration\.response\.(?:multivalue)?header\.(.+)$/.exec(path)?.[1];
  const value = name === undefined ? undefined : own(headers, name.toLowerCase());
  return value === undefined ? undefined : String(value);
}

/** Functions are told apart by their errors' messages, others by their status. Source: "Integration response selection expressions". */
function selectorOf({ status, body }: Answer): string {
  try {
    const { errorMessage } = JSON.parse(body) as { errorMessage?: unknown };
    return typeof errorMessage === 'string' ? errorMessage : String(status);
  } catch {
    return String(status);
  }
}
