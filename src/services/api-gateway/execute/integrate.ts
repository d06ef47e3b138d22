/** Integrations of REST APIs: what is sent, and what its answer becomes. Source: API Gateway Developer Guide, "Integrations for REST APIs". */
import { FetchError, type Fetched, ServiceError } from '#kernel/contract';
import { identityOf } from '../domain/client-key.ts';
import { INTEGRATION_TIMEOUT_DEFAULT } from '../limits.ts';
import { acceptsBinary, answered } from './answer.ts';
import type { Call, Reply } from './call.ts';
import { callAws } from './call-aws.ts';
import { callHttp, cookieHeaders, type HttpCall } from './call-http.ts';
import {
  answerHeaders,
  CALLER,
  callFunction,
  errorMessageOf,
  type FunctionCall,
  functionOf,
  refusalOf,
} from './call-lambda.ts';
import type { CompiledMethod } from './compiled.ts';
import { DeadlineError } from './deadline.ts';
import { badCall, configurationError, internalError, networkError, timedOut } from './errors.ts';
import { flowing, flowingHttp } from './flowing.ts';
import { GatewayFault } from './gateway-responses.ts';
import { proxiedHeaders } from './header-rules.ts';
import { mockStatus } from './mock-status.ts';
import { asTexts } from './overrides.ts';
import { parameterOf } from './parameters.ts';
import { pathText } from './paths.ts';
import { answerHeader, headerText, proxyEvent, proxyReply } from './proxy-event.ts';
import { mapped, own, withVariables } from './templates.ts';
import { functionHeaders, functionUri, tellReceived, tellSending } from './trail.ts';

/** Calls what the method is integrated with. @throws {GatewayFault} */
export async function integrate(call: Call, method: CompiledMethod): Promise<Reply> {
  call.integration.startedAt = call.ctx.clock();
  try {
    return await answerOf(call, method);
  } catch (error) {
    throw faultOf(call, error, method);
  } finally {
    // Of an answer that flows it counts to its end.
    call.integration.latency ??= call.ctx.clock() - (call.integration.startedAt ?? 0);
  }
}

function faultOf(call: Call, error: unknown, method: CompiledMethod): unknown {
  if (error instanceof GatewayFault) return error;
  if (error instanceof DeadlineError) {
    call.say('Execution failed due to a timeout error');
    return timedOut();
  }
  if (!(error instanceof FetchError) && !(error instanceof ServiceError)) return error;
  const reason = error instanceof ServiceError ? refusalOf(error, credentialsOf(call, method)) : error.message;
  call.integration.error = reason;
  if (error instanceof FetchError && error.reason === 'unreachable') {
    call.say('Execution failed due to a network error communicating with endpoint');
    return networkError();
  }
  call.say(`Execution failed due to configuration error: ${reason}`);
  if (error instanceof FetchError) return configurationError();
  return error.code === 'InvalidParameterValueException' ? badCall(error.message) : configurationError();
}

function answerOf(call: Call, method: CompiledMethod): Promise<Reply> | Reply {
  switch (method.integration.type) {
    case 'AWS_PROXY':
      return lambdaProxy(call, method);
    case 'HTTP_PROXY':
      return httpProxy(call, method);
    case 'MOCK':
      return mock(call, method);
    default:
      return custom(call, method);
  }
}

const timeoutOf = ({ integration }: CompiledMethod) => integration.timeoutInMillis ?? INTEGRATION_TIMEOUT_DEFAULT;

function asyncFlag({ headers }: { headers: Record<string, string> }): boolean {
  return headers['x-amz-invocation-type'] === 'Event';
}

async function lambdaProxy(call: Call, method: CompiledMethod): Promise<Reply> {
  const { headers, mappedHeaders } = outgoing(call, method);
  const payload = JSON.stringify(proxyEvent(call, mappedHeaders));
  if (method.integration.responseTransferMode === 'STREAM')
    return flowing(call, functionCall(call, method, payload, headers));
  const { text, hasFailed } = await invoke(call, method, payload, headers);
  call.integration.status = 200;
  if (hasFailed) {
    call.say(
      `Lambda execution failed with status 200 due to customer function error: ${errorMessageOf(text)}. Lambda request id: ${call.integration.requestId}`,
    );
    throw internalError();
  }
  try {
    const reply = proxyReply(text, () => acceptsBinary(call));
    call.integration.functionStatus = reply.status;
    return reply;
  } catch (error) {
    call.say('Execution failed due to configuration error: Malformed Lambda proxy response');
    throw error;
  }
}

/** How the function behind a method is called. @throws {GatewayFault} */
function functionCall(
  call: Call,
  method: CompiledMethod,
  payload: string,
  headers: Record<string, string>,
): FunctionCall {
  return {
    function: functionArn(call, method),
    source: call.sourceArn,
    credentials: credentialsOf(call, method),
    payload,
    timeout: timeoutOf(method),
    tenant: headers['x-amz-tenant-id'],
    trace: call.headers['x-amzn-trace-id'],
    isEvent: asyncFlag({ headers }),
  };
}

/** Calls the function behind a method, and tells of it. */
async function invoke(call: Call, method: CompiledMethod, payload: string, headers: Record<string, string>) {
  const asked = functionCall(call, method, payload, headers);
  const { isEvent } = asked;
  const sent = { ...functionHeaders(call, call.sourceArn), ...headers };
  tellSending(call, functionUri(call, asked.function), { headers: sent, body: payload });
  const answer = await callFunction(call.ctx, asked);
  call.integration.requestId = answer.requestId ?? '';
  call.integration.trace = answer.trace;
  const told = answerHeaders(answer, call.ctx.clock());
  tellReceived(call, isEvent ? 202 : 200, { headers: told, body: answer.text });
  return { ...answer, headers: told };
}

function credentialsOf(call: Call, { integration: { credentials } }: CompiledMethod): string | undefined {
  return credentials === undefined ? undefined : withVariables(credentials, call.use.variables);
}

/** The certificate that the stage shows backends, and whether theirs may be anybody's. */
function tlsOf({ ctx, use }: Call, { integration: { tlsConfig } }: CompiledMethod): HttpCall['tls'] {
  const { clientCertificateId: id = '' } = use.stage;
  return {
    identity: id === '' ? undefined : identityOf(ctx, id),
    trustsAnyIssuer: tlsConfig?.insecureSkipVerification,
  };
}

function functionArn(call: Call, { integration }: CompiledMethod): string {
  const found = functionOf(withVariables(integration.uri ?? '', call.use.variables));
  if (found === undefined) throw configurationError();
  return found;
}

/** Parameters that the integration's request gets of mappings. */
function outgoing(call: Call, { integration }: CompiledMethod) {
  const to = { header: {}, querystring: {}, path: {} } as Record<
    'header' | 'querystring' | 'path',
    Record<string, string>
  >;
  for (const [target, source] of Object.entries(integration.requestParameters ?? {})) {
    const [, place, name = ''] = /^integration\.request\.(header|querystring|path)\.(.+)$/.exec(target) ?? [];
    const value = parameterOf(call, source ?? '');
    if (value === undefined || place === undefined) continue;
    // What can be no header is not sent: nothing that a client sent ends one, or begins another request.
    if (place !== 'header' || headerText(name.toLowerCase(), value) !== undefined) to[place as 'header'][name] = value;
  }
  return {
    headers: { ...lower(to.header), ...lower(asTexts(call.requestOverrides.header)) },
    mappedHeaders: to.header,
    query: { ...to.querystring, ...asTexts(call.requestOverrides.querystring) },
    path: { ...to.path, ...asTexts(call.requestOverrides.path) },
  };
}

function lower(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([given, value]) => {
      const name = given.toLowerCase();
      const text = headerText(name, value);
      return text === undefined ? [] : [[name, text]];
    }),
  );
}

/** The address with its variables filled in. */
function addressOf(call: Call, method: CompiledMethod, path: Record<string, string>, query: URLSearchParams): string {
  const uri = withVariables(method.integration.uri ?? '', call.use.variables);
  const filled = uri.replace(/\{([\w.-]+)\+?\}/g, (whole, name: string) => {
    const value = own(path, name) ?? own(call.pathParameters, name);
    if (value === undefined) return whole;
    const text = pathText(value);
    if (text === undefined) throw badCall('Bad Request');
    return text;
  });
  const asked = query.toString();
  return asked === '' ? filled : `${filled}${filled.includes('?') ? '&' : '?'}${asked}`;
}

/** By which a backend knows the API that calls it. Source: answers recorded from AWS. */
function signature({ use }: Call): Record<string, string> {
  return { 'x-amzn-apigateway-api-id': use.apiId };
}

/** Of requests that name none. Source: as above. */
function agent({ use }: Call): Record<string, string> {
  return { 'user-agent': `AmazonAPIGateway_${use.apiId}` };
}

async function httpProxy(call: Call, method: CompiledMethod): Promise<Reply> {
  const { headers, query, path } = outgoing(call, method);
  const asked = new URLSearchParams(call.request.query);
  for (const [name, value] of Object.entries(query)) asked.set(name, value);
  const verb = method.integration.httpMethod === 'ANY' ? call.request.method : (method.integration.httpMethod ?? 'GET');
  const url = addressOf(call, method, path, asked);
  const isSigned = method.method.authorizationType === 'AWS_IAM';
  const handed = proxiedHeaders(call.headers, isSigned);
  const sent = { headers: { ...agent(call), ...handed, ...signature(call), ...headers }, body: call.body };
  tellSending(call, url, sent);
  const tls = tlsOf(call, method);
  const sending = { url, method: verb, ...sent, timeout: timeoutOf(method), tls };
  if (method.integration.responseTransferMode === 'STREAM') return proxied(call, await flowingHttp(call, sending));
  const answer = await callHttp(call.ctx, sending);
  tellReceived(call, answer.status, answer);
  return proxied(call, answer);
}

/** An endpoint's answer, handed on as it is. */
function proxied(
  { integration }: Call,
  { status, headers, cookies, body }: Pick<Fetched, 'status' | 'headers' | 'cookies'> & Pick<Reply, 'body'>,
): Reply {
  integration.status = status;
  integration.requestId = headers['x-amzn-requestid'];
  return { status, headers: { ...sentHeaders(headers), ...cookieHeaders(cookies) }, body };
}

function sentHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => [answerHeader(name, value)].filter((one) => one !== undefined)),
  );
}

/** The body that a request template makes of a request's. @throws {GatewayFault} UNSUPPORTED_MEDIA_TYPE */
function requestBody(call: Call, { integration }: CompiledMethod): Buffer {
  const { requestTemplates: templates = {}, passthroughBehavior = 'WHEN_NO_MATCH', contentHandling } = integration;
  const type = (call.headers['content-type'] ?? 'application/json').split(';')[0]?.trim() ?? '';
  const template = Object.hasOwn(templates, type) ? templates[type] : templates.$default;
  const isBinary = call.compiled.isBinary(type);
  if (template === undefined || template === null || template === '') {
    const passes =
      template !== undefined ||
      passthroughBehavior === 'WHEN_NO_MATCH' ||
      (passthroughBehavior === 'WHEN_NO_TEMPLATES' && Object.keys(templates).length === 0);
    if (!passes) throw new GatewayFault('UNSUPPORTED_MEDIA_TYPE', 'Unsupported Media Type');
    if (contentHandling === 'CONVERT_TO_TEXT' && isBinary) return Buffer.from(call.body.toString('base64'));
    if (contentHandling === 'CONVERT_TO_BINARY' && !isBinary) return Buffer.from(call.body.toString('utf8'), 'base64');
    return call.body;
  }
  const text = call.body.toString(contentHandling === 'CONVERT_TO_TEXT' && isBinary ? 'base64' : 'utf8');
  return Buffer.from(mapped(call, template, text));
}

function mock(call: Call, method: CompiledMethod): Reply {
  const status = mockStatus(requestBody(call, method).toString('utf8'));
  if (status === undefined) {
    call.say('Execution failed due to configuration error: Unable to parse statusCode. It should be an integer.');
    throw configurationError();
  }
  return answered(call, method, String(status), { status, headers: {}, body: Buffer.alloc(0) });
}

async function custom(call: Call, method: CompiledMethod): Promise<Reply> {
  const { integration } = method;
  const body = requestBody(call, method);
  const { headers, query, path } = outgoing(call, method);
  const uri = integration.uri ?? '';
  if (integration.type === 'AWS' && functionOf(withVariables(uri, call.use.variables)) !== undefined)
    return customLambda(call, method, body, headers);
  const timeout = timeoutOf(method);
  const own = {
    accept: 'application/json',
    'content-type': call.headers['content-type'] ?? 'application/json',
    ...headers,
  };
  const verb = integration.httpMethod === 'ANY' ? call.request.method : (integration.httpMethod ?? 'POST');
  if (integration.type === 'AWS') {
    const credentials = credentialsOf(call, method);
    if (credentials === undefined || credentials === CALLER) {
      call.say('Execution failed due to configuration error: API Gateway needs a role to call this service');
      throw configurationError();
    }
    const url = addressOf(call, method, path, new URLSearchParams());
    tellSending(call, url, { headers: own, body });
    const answer = await callAws(call.ctx, {
      uri: url,
      method: verb,
      credentials,
      headers: own,
      query,
      body,
      timeout,
    });
    tellReceived(call, answer.status, answer);
    return answered(call, method, String(answer.status), answer);
  }
  const url = addressOf(call, method, path, new URLSearchParams(query));
  const tls = tlsOf(call, method);
  const sent = { headers: { ...agent(call), ...signature(call), ...own }, body };
  tellSending(call, url, sent);
  const answer = await callHttp(call.ctx, { url, method: verb, ...sent, timeout, tls });
  tellReceived(call, answer.status, answer);
  return answered(call, method, String(answer.status), answer);
}

async function customLambda(
  call: Call,
  method: CompiledMethod,
  request: Buffer,
  headers: Record<string, string>,
): Promise<Reply> {
  const payload = request.length === 0 ? '{}' : request.toString('utf8');
  const { text, hasFailed, headers: told } = await invoke(call, method, payload, headers);
  // Errors of functions are told apart by their messages.
  const selected = hasFailed ? errorMessageOf(text) : '';
  if (hasFailed) call.integration.error = selected;
  const answer = { status: asyncFlag({ headers }) ? 202 : 200, headers: lower(told) };
  const body = Buffer.from(text);
  return answered(
    call,
    method,
    selected,
    { ...answer, body },
    { isFunction: true, mapped: hasFailed ? opened(text) : body },
  );
}

/** An error as mappings to headers see it: a message that is a document is one. Source: API Gateway Developer Guide, "Handle custom Lambda errors in API Gateway". */
function opened(text: string): Buffer {
  try {
    const error = JSON.parse(text);
    return Buffer.from(JSON.stringify({ ...error, errorMessage: JSON.parse(error.errorMessage) }));
  } catch {
    return Buffer.from(text);
  }
}
