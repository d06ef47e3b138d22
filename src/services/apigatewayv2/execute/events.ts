/** The events that functions get of requests, and the answers that their results make. Source: API Gateway Developer Guide, "Create AWS Lambda proxy integrations for HTTP APIs". */
import type { TrafficReply } from '#kernel/contract';
import { headerText, lastOf, safeHeader } from '../../api-gateway/port.ts';
import type { HttpCall } from './call.ts';
import { internal } from './errors.ts';

function orUndefined<Value extends object>(value: Value): Value | undefined {
  return Object.keys(value).length === 0 ? undefined : value;
}

function joined(call: HttpCall): Record<string, string> | undefined {
  return orUndefined(Object.fromEntries(Object.entries(call.query).map(([name, values]) => [name, values.join(',')])));
}

/** Format 1.0 writes these so, and the others in lower case. Source: events that users have published. */
const CASED = new Map(
  [
    'Content-Length',
    'Host',
    'User-Agent',
    'X-Amzn-Trace-Id',
    'X-Forwarded-For',
    'X-Forwarded-Port',
    'X-Forwarded-Proto',
  ].map((name) => [name.toLowerCase(), name]),
);

/** Headers with the length, which events tell of each request. */
function measured({ headers, body }: HttpCall): Record<string, string> {
  return { 'content-length': String(body.length), ...headers };
}

/** Format 2.0. */
export function eventTwo(call: HttpCall): object {
  const { cookie, ...headers } = measured(call);
  const { body, isText } = call;
  return {
    version: '2.0',
    routeKey: call.route?.route.RouteKey ?? '$default',
    rawPath: call.rawPath,
    rawQueryString: call.request.query,
    ...(cookie !== undefined && { cookies: cookie.split(/;\s*/) }),
    headers,
    queryStringParameters: joined(call),
    requestContext: call.context,
    pathParameters: orUndefined(call.pathParameters),
    ...(body.length > 0 && { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !isText,
    stageVariables: orUndefined(call.variables),
  };
}

/** Format 1.0: that of REST APIs. */
export function eventOne(call: HttpCall): object {
  const { headers, body, isText, request, route } = call;
  const { http: _, time, timeEpoch, routeKey: __, authentication, authorizer, ...context } = call.context;
  const { jwt, lambda, iam } = (authorizer ?? {}) as {
    jwt?: object;
    lambda?: object;
    iam?: { [name: string]: unknown };
  };
  const cased = Object.entries(measured(call)).map(([name, value]) => [CASED.get(name) ?? name, value] as const);
  const orNull = (value: object) => orUndefined(value) ?? null;
  return {
    version: '1.0',
    resource: route?.path || '$default',
    path: call.wholePath,
    httpMethod: request.method,
    headers: Object.fromEntries(cased),
    multiValueHeaders: Object.fromEntries(cased.map(([name, value]) => [name, [value]])),
    queryStringParameters: orNull(lastOf(call.query)),
    multiValueQueryStringParameters: orNull(call.query),
    requestContext: {
      ...context,
      authorizer: jwt ?? lambda ?? { claims: null, scopes: null },
      extendedRequestId: call.requestId,
      httpMethod: request.method,
      identity: {
        accessKey: iam?.accessKey ?? null,
        accountId: iam?.accountId ?? null,
        caller: iam?.callerId ?? null,
        cognitoAuthenticationProvider: null,
        cognitoAuthenticationType: null,
        cognitoIdentityId: null,
        cognitoIdentityPoolId: null,
        principalOrgId: null,
        sourceIp: request.sourceIp,
        user: iam?.userId ?? null,
        userAgent: headers['user-agent'] ?? null,
        userArn: iam?.userArn ?? null,
        ...(authentication as object | undefined),
      },
      path: call.wholePath,
      protocol: 'HTTP/1.1',
      requestTime: time,
      requestTimeEpoch: timeEpoch,
      resourceId: route?.route.RouteKey ?? '$default',
      resourcePath: route?.path || '$default',
    },
    pathParameters: orNull(call.pathParameters),
    stageVariables: orNull(call.variables),
    body: body.length === 0 ? null : body.toString(isText ? 'utf8' : 'base64'),
    isBase64Encoded: body.length > 0 && !isText,
  };
}

type Result = {
  statusCode?: unknown;
  headers?: Record<string, unknown> | null;
  multiValueHeaders?: Record<string, unknown[]> | null;
  cookies?: unknown;
  body?: unknown;
  isBase64Encoded?: unknown;
};

/**
 * The answer that a result makes. In format 2.0 what has no status is a body of JSON.
 *
 * @throws {HttpFault} for what is none
 */
export function replyOf(text: string, version: string): TrafficReply & { body: string | Buffer } {
  const value = parsed(text);
  const isAnswer = value !== null && typeof value === 'object' && 'statusCode' in value;
  if (!isAnswer && version === '2.0')
    return {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: typeof value === 'string' ? value : text,
    };
  if (!isAnswer) throw internal('the function gave no answer of HTTP');
  const { statusCode, headers, multiValueHeaders, cookies, body, isBase64Encoded } = value as Result;
  const status = typeof statusCode === 'object' ? Number.NaN : Number(statusCode);
  if (!Number.isInteger(status) || status < 200 || status > 599) throw internal('the status is none');
  const sent: Record<string, string | string[]> = {};
  for (const [name, one] of Object.entries(headers ?? {})) {
    const safe = safeHeader(name, Array.isArray(one) ? one.map(textOf).join(',') : one);
    if (safe !== undefined) sent[safe[0]] = safe[1];
  }
  // Each format has its own way to say a name twice.
  for (const [name, all] of Object.entries((version === '1.0' && multiValueHeaders) || {})) {
    const safe = (Array.isArray(all) ? all : []).map((one) => safeHeader(name, one)).filter((one) => one !== undefined);
    if (safe[0] !== undefined) sent[safe[0][0]] = safe.map(([, one]) => one);
  }
  if (version === '2.0' && Array.isArray(cookies))
    sent['set-cookie'] = cookies.flatMap((one) => headerText('set-cookie', textOf(one)) ?? []);
  const whole = body === undefined || body === null ? '' : typeof body === 'string' ? body : JSON.stringify(body);
  return {
    status,
    // Whatever the format is. Source: aws/aws-lambda-dotnet, pull request 1903; rackspace/sailplane, issue 138.
    headers: { 'content-type': 'text/plain; charset=utf-8', ...sent },
    body: isBase64Encoded === true ? Buffer.from(whole, 'base64') : whole,
  };
}

/** Nothing that a function gives says how it is written. */
function textOf(value: unknown): string {
  return value !== null && typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw internal('the function gave no JSON');
  }
}
