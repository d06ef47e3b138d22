/** Lambda@Edge's events, and what functions give back. Source: CloudFront Developer Guide, "Lambda@Edge event structure". */
import type { EdgeEvent, EdgeOrigin, EdgeReply, OriginRequest } from '#kernel/contract';
import { VIEWER_HEADER } from '../location.ts';
import type { Transit } from '../transit.ts';
import { headerName, headerValue, Invalid, isDisallowed, pathValue, queryValue, statusValue } from './headers.ts';

type Listed = { [name: string]: { key?: string; value: string }[] };
export type LambdaRequest = {
  uri?: unknown;
  querystring?: unknown;
  headers?: Listed;
  body?: { action?: string; encoding?: string; data?: string };
};
export type LambdaReply = {
  status?: string | number;
  headers?: Listed;
  body?: unknown;
  bodyEncoding?: string;
};

/** The event; with `reply` that of an answer, with `origin` that of a request to one. */
export function lambdaEvent(
  t: Transit,
  eventType: EdgeEvent,
  request: OriginRequest,
  reply?: EdgeReply,
  origin?: EdgeOrigin,
): object {
  const { spec } = t.compiled;
  const { body } = request;
  const whole = body instanceof Uint8Array && body.length > 0 ? Buffer.from(body) : undefined;
  return {
    Records: [
      {
        cf: {
          config: {
            distributionDomainName: spec.domain,
            distributionId: spec.distribution,
            eventType,
            requestId: t.id,
          },
          request: {
            clientIp: t.request.sourceIp,
            headers: listed(request.headers),
            method: request.method,
            querystring: request.query,
            uri: origin === undefined ? request.path : request.path.slice(origin.path.length),
            ...(whole !== undefined && {
              body: { action: 'read-only', data: whole.toString('base64'), encoding: 'base64', inputTruncated: false },
            }),
            ...(origin !== undefined && { origin: originOf(origin) }),
          },
          ...(reply !== undefined && {
            response: { status: String(reply.status), statusDescription: '', headers: listed(reply.headers) },
          }),
        },
      },
    ],
  };
}

function originOf({
  domain,
  path,
  protocol,
  httpPort,
  httpsPort,
  headers,
  readTimeout,
  connectTimeout,
}: EdgeOrigin): object {
  return {
    custom: {
      customHeaders: listed(Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]))),
      domainName: domain,
      keepaliveTimeout: 5,
      path,
      port: protocol === 'http-only' ? httpPort : httpsPort,
      protocol: protocol === 'http-only' ? 'http' : 'https',
      readTimeout: readTimeout / 1_000,
      responseCompletionTimeout: connectTimeout / 1_000,
      sslProtocols: ['TLSv1.2'],
    },
  };
}

function listed(headers: EdgeReply['headers']): Listed {
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => name !== VIEWER_HEADER)
      .map(([name, value]) => {
        const key = name.replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());
        return [name, [value].flat().map((one) => ({ key, value: one }))];
      }),
  );
}

/** The answer that a function gave; undefined for a request. What it leaves out stays as before. */
export function lambdaReply(given: LambdaReply, before?: EdgeReply): EdgeReply | undefined {
  if (given.status === undefined && before === undefined) return undefined;
  const headers: EdgeReply['headers'] = {};
  for (const [name, values] of headersOf(given.headers)) {
    if (isDisallowed(name) && before?.headers[name] === undefined) throw new Invalid(`${name} can't be set`);
    headers[name] = values.length === 1 ? (values[0] ?? '') : values;
  }
  const body = bodyOf(given);
  if (body === undefined && before?.headers['content-length'] !== undefined)
    headers['content-length'] = before.headers['content-length'];
  else delete headers['content-length'];
  return { status: statusValue(given.status ?? before?.status), headers, body: body ?? before?.body ?? '' };
}

function bodyOf({ body, bodyEncoding }: LambdaReply): Uint8Array | undefined {
  if (body === undefined || body === null) return undefined;
  if (typeof body !== 'string') throw new Invalid('a body is no text');
  return Buffer.from(body, bodyEncoding === 'base64' ? 'base64' : 'utf8');
}

/** The request as the function changed it. */
export function lambdaRequest(given: LambdaRequest, before: OriginRequest): OriginRequest {
  const headers: Record<string, string> = {};
  for (const [name, values] of headersOf(given.headers))
    if (!isDisallowed(name) || before.headers[name] !== undefined)
      headers[name] = values.join(name === 'cookie' ? '; ' : ', ');
  for (const name of ['via', 'x-amz-cf-id'])
    if (before.headers[name] !== undefined) headers[name] = before.headers[name];
  const { body } = given;
  const isReplaced = body?.action === 'replace' && typeof body.data === 'string';
  return {
    ...before,
    path: pathValue(given.uri ?? before.path),
    query: queryValue(given.querystring ?? before.query),
    headers,
    ...(isReplaced && { body: Buffer.from(body.data ?? '', body.encoding === 'text' ? 'utf8' : 'base64') }),
  };
}

function headersOf(headers: Listed | undefined): [name: string, values: string[]][] {
  return Object.entries(headers ?? {}).map(([name, values]) => {
    if (!Array.isArray(values)) throw new Invalid(`${name} is no list`);
    return [headerName(name), values.map((one) => headerValue(one?.value))];
  });
}
