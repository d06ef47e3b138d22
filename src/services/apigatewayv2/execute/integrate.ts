/** Integrations of HTTP APIs: functions, addresses, services. */
import { FetchError, ServiceError } from '#kernel/contract';
import type { Integration } from '#models/apigatewayv2';
import {
  callAws,
  callFunction,
  callHttp,
  cookieHeaders,
  DeadlineError,
  functionOf,
  own,
  pathText,
  reachWith,
  safeHeader,
  withVariables,
} from '../../api-gateway/port.ts';
import { isQueueSubtype, queueForm } from '../domain/queue-form.ts';
import { SUBTYPES, type SubtypeInput } from '../domain/subtypes.ts';
import { INTEGRATION_TIMEOUT_HTTP } from '../limits.ts';
import type { HttpCall } from './call.ts';
import { internal, unavailable } from './errors.ts';
import { eventOne, eventTwo, replyOf } from './events.ts';
import { interpolated, type Outgoing, outgoing, remapped } from './mapping.ts';
import { HttpFault, type Reply } from './reply.ts';

/** Calls what the route leads to. @throws {HttpFault} */
export async function integrate(call: HttpCall, integration: Integration): Promise<Reply> {
  const startedAt = call.ctx.clock();
  try {
    const reply = await answerOf(call, integration);
    call.integration.status ??= reply.status;
    return remapped(call, integration, reply);
  } catch (error) {
    if (error instanceof DeadlineError) throw unavailable(error.message);
    if (error instanceof FetchError) throw unavailable(error.message);
    if (error instanceof ServiceError) throw internal(error.message);
    throw error;
  } finally {
    call.integration.latency = call.ctx.clock() - startedAt;
  }
}

function answerOf(call: HttpCall, integration: Integration): Promise<Reply> {
  if (integration.IntegrationSubtype !== undefined) return service(call, integration, integration.IntegrationSubtype);
  return integration.IntegrationType === 'HTTP_PROXY' ? http(call, integration) : lambda(call, integration);
}

const timeoutOf = ({ TimeoutInMillis }: Integration) => TimeoutInMillis ?? INTEGRATION_TIMEOUT_HTTP;

/** A function's ARN, given as such or as the address of its invocation. */
export function functionArn(uri: string): string {
  return functionOf(uri) ?? uri;
}

async function lambda(call: HttpCall, integration: Integration): Promise<Reply> {
  const version = integration.PayloadFormatVersion ?? '1.0';
  const { text, hasFailed, requestId } = await callFunction(call.ctx, {
    function: functionArn(withVariables(integration.IntegrationUri ?? '', call.variables)),
    source: call.sourceArn,
    credentials: integration.CredentialsArn,
    payload: version === '2.0' ? eventTwo(call) : eventOne(call),
    timeout: timeoutOf(integration),
    trace: call.headers['x-amzn-trace-id'],
  });
  call.integration.status = 200;
  call.integration.requestId = requestId;
  if (hasFailed) throw internal(text);
  const reply = replyOf(text, version);
  call.integration.functionStatus = reply.status;
  return reply;
}

async function http(call: HttpCall, integration: Integration): Promise<Reply> {
  const asked: Outgoing = outgoing(call, integration);
  const uri = withVariables(integration.IntegrationUri ?? '', call.variables);
  const filled = uri.replace(/\{([\w.-]+)\+?\}/g, (whole, name: string) => {
    const value = own(call.pathParameters, name);
    if (value === undefined) return whole;
    const text = pathText(value);
    if (text === undefined) throw new HttpFault(400, 'Bad Request');
    return text;
  });
  const address =
    asked.path === undefined
      ? filled
      : filled.replace(/^(https?:\/\/[^/?]+)[^?]*/, (_, host: string) => host + asked.path);
  const query = asked.query.toString();
  const { status, headers, cookies, body } = await callHttp(call.ctx, {
    url: query === '' ? address : `${address}${address.includes('?') ? '&' : '?'}${query}`,
    method:
      integration.IntegrationMethod === 'ANY' || integration.IntegrationMethod === undefined
        ? call.request.method
        : integration.IntegrationMethod,
    headers: asked.headers,
    body: call.body,
    timeout: timeoutOf(integration),
  });
  call.integration.status = status;
  call.integration.requestId = headers['x-amzn-requestid'] ?? headers['x-amz-request-id'];
  call.integration.requestId2 = headers['x-amz-id-2'];
  const sent = Object.entries(headers).map(([name, value]) => safeHeader(name, value));
  const plain = Object.fromEntries(sent.filter((one) => one !== undefined));
  return { status, headers: { ...plain, ...cookieHeaders(cookies) }, body };
}

async function service(call: HttpCall, integration: Integration, subtype: string): Promise<Reply> {
  const given = Object.entries(integration.RequestParameters ?? {}).filter(([name]) => !name.includes(':'));
  const input: Record<string, string> = {};
  for (const [name, source] of given) {
    const value = interpolated(call, source ?? '');
    if (value !== undefined) input[name] = value;
  }
  if (isQueueSubtype(subtype)) return queue(call, integration, subtype, input);
  const aws = await reachWith(call.ctx, integration.CredentialsArn, call.sourceArn, sessionName(call));
  try {
    const output = await SUBTYPES[subtype]?.(aws, input);
    return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(output ?? {}) };
  } catch (error) {
    if (error instanceof SyntaxError) throw internal(error.message);
    if (!(error instanceof ServiceError)) throw error;
    call.integration.error = error.message;
    const body = JSON.stringify({ __type: error.code, message: error.message });
    return { status: error.status ?? 400, headers: { 'content-type': 'application/json' }, body };
  }
}

/** Sessions of roles that call services are named by the moment, in nanoseconds. Source: aws-samples/serverless-patterns, apigw-sqs-lambda, README: a message's SenderId. */
function sessionName({ ctx }: HttpCall): string {
  return `${ctx.clock()}${String(ctx.random.below(1_000_000)).padStart(6, '0')}`;
}

/** What SQS answers in its query protocol goes out as it is. Source: aws-samples/serverless-patterns, apigw-sqs-lambda-ddb and apigw-http-api-sqs-lambda-sls, README. */
async function queue(call: HttpCall, integration: Integration, subtype: string, input: SubtypeInput): Promise<Reply> {
  const { status, headers, body } = await callAws(call.ctx, {
    uri: 'arn:aws:apigateway::sqs:path//',
    method: 'POST',
    credentials: integration.CredentialsArn ?? '',
    session: sessionName(call),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    query: {},
    body: Buffer.from(formOf(subtype, input)),
    timeout: timeoutOf(integration),
  });
  return { status, headers: { 'content-type': headers['content-type'] ?? 'text/xml' }, body };
}

function formOf(subtype: string, input: SubtypeInput): string {
  try {
    return queueForm(subtype, input).toString();
  } catch (error) {
    if (error instanceof SyntaxError) throw internal(error.message);
    throw error;
  }
}
