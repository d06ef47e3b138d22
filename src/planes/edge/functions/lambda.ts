/** Lambda@Edge's events, and what functions give back. Source: CloudFront Developer Guide, "Lambda@Edge event structure". */
import { SECOND } from '#kernel/base';
import type { EdgeEvent, EdgeOrigin, EdgeReply, OriginRequest } from '#kernel/contract';
import type { Transit } from '../transit.ts';
import {
  changedHeaders,
  headerName,
  headerValue,
  Invalid,
  isDisallowed,
  madeHeaders,
  pathValue,
  queryValue,
  shownHeaders,
  statusValue,
} from './headers.ts';

const { STATUS_CODES } = process.getBuiltinModule('node:http');

type Listed = { [name: string]: { key?: string; value: string }[] };
export type LambdaRequest = {
  uri?: unknown;
  querystring?: unknown;
  headers?: Listed;
  body?: { action?: string; encoding?: string; data?: string };
  origin?: { custom?: LambdaOrigin; s3?: LambdaOrigin };
};
type LambdaOrigin = {
  domainName?: unknown;
  path?: unknown;
  port?: unknown;
  protocol?: unknown;
  readTimeout?: unknown;
  authMethod?: unknown;
  region?: unknown;
  customHeaders?: Listed;
};
export type LambdaReply = {
  status?: string | number;
  headers?: Listed;
  body?: unknown;
  bodyEncoding?: string;
};

/** What an event tells besides the request: the answer, the origin that is to be asked, as much of the body as is shown. */
type Besides = { reply?: EdgeReply; origin?: EdgeOrigin; shown?: { head: Uint8Array; isCut: boolean } };

/** The event of a request, or of the answer to one. */
export function lambdaEvent(
  t: Transit,
  eventType: EdgeEvent,
  request: OriginRequest,
  { reply, origin, shown }: Besides = {},
): object {
  const { spec } = t.compiled;
  const own = new Set(origin?.headers.map(([name]) => name.toLowerCase()));
  const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !own.has(name)));
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
            headers: listed(headers),
            method: request.method,
            querystring: request.query,
            uri: origin === undefined ? request.path : request.path.slice(origin.path.length),
            ...(shown !== undefined && {
              body: {
                action: 'read-only',
                data: Buffer.from(shown.head).toString('base64'),
                encoding: 'base64',
                inputTruncated: shown.isCut,
              },
            }),
            ...(origin !== undefined && { origin: originOf(origin) }),
          },
          ...(reply !== undefined && {
            response: {
              status: String(reply.status),
              statusDescription: STATUS_CODES[reply.status] ?? '',
              headers: listed(reply.headers),
            },
          }),
        },
      },
    ],
  };
}

function originOf({ domain, path, protocol, httpPort, httpsPort, headers, readTimeout, bucket }: EdgeOrigin): object {
  const customHeaders = listed(Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value])));
  if (bucket !== undefined) return { s3: { customHeaders, domainName: domain, path, ...bucket } };
  return {
    custom: {
      customHeaders,
      domainName: domain,
      keepaliveTimeout: 5,
      path,
      port: protocol === 'http-only' ? httpPort : httpsPort,
      protocol: protocol === 'http-only' ? 'http' : 'https',
      readTimeout: readTimeout / SECOND,
      sslProtocols: ['TLSv1.2'],
    },
  };
}

/** The origin as the function changed it. Source: CloudFront Developer Guide, "Lambda@Edge event structure", its fields of `origin` that can be written. */
export function lambdaOrigin({ origin }: LambdaRequest, before: EdgeOrigin): EdgeOrigin {
  const { custom, s3 } = origin ?? {};
  const given = custom ?? s3;
  if (given === undefined) return before;
  if (custom !== undefined && s3 !== undefined) throw new Invalid('an origin is of one kind');
  const { domainName: domain = before.domain, path = '' } = given;
  if (typeof domain !== 'string' || !/^\w([\w.-]{0,251}\w)?$/.test(domain)) throw new Invalid('an origin has no name');
  if (typeof path !== 'string' || !/^(\/[\x21-\x7e]*[^/\s])?$/.test(path))
    throw new Invalid("an origin's path can't be used");
  const headers = headersOf(given.customHeaders).map(([name, values]) => {
    const isOwn = before.headers.some(([own]) => own.toLowerCase() === name);
    if (isDisallowed(name) && !isOwn) throw new Invalid(`${name} can't be set`);
    return [name, values.join(', ')] as const;
  });
  const changed = { ...before, domain, path, headers };
  if (s3 !== undefined) return { ...changed, bucket: bucketOf(s3, before) };
  return { ...changed, ...reachOf(given, before), bucket: undefined };
}

function bucketOf({ authMethod, region }: LambdaOrigin, { bucket }: EdgeOrigin): NonNullable<EdgeOrigin['bucket']> {
  if (authMethod !== 'none' && authMethod !== 'origin-access-identity') throw new Invalid('authMethod is unknown');
  return { authMethod, region: typeof region === 'string' ? region : (bucket?.region ?? '') };
}

function reachOf({ port, protocol, readTimeout }: LambdaOrigin, before: EdgeOrigin): Partial<EdgeOrigin> {
  if (protocol !== 'http' && protocol !== 'https') throw new Invalid('the protocol is unknown');
  const at = numberOf(port ?? (protocol === 'http' ? 80 : 443));
  if (!Number.isInteger(at) || (at !== 80 && at !== 443 && (at < 1_024 || at > 65_535)))
    throw new Invalid("the port can't be used");
  const seconds = numberOf(readTimeout ?? before.readTimeout / SECOND);
  if (!(seconds >= 1 && seconds <= 180)) throw new Invalid("the time to read can't be used");
  const place = { readTimeout: seconds * SECOND };
  return protocol === 'http'
    ? { ...place, protocol: 'http-only', httpPort: at }
    : { ...place, protocol: 'https-only', httpsPort: at };
}

function numberOf(value: unknown): number {
  return typeof value === 'object' ? Number.NaN : Number(value);
}

function listed(headers: EdgeReply['headers']): Listed {
  return Object.fromEntries(
    Object.entries(shownHeaders(headers)).map(([name, value]) => {
      const key = name.replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());
      return [name, [value].flat().map((one) => ({ key, value: one }))];
    }),
  );
}

/** The answer that a function gave in place of a request; undefined for a request. */
export function madeReply(given: LambdaReply): EdgeReply | undefined {
  if (given.status === undefined) return undefined;
  return { status: statusValue(given.status), headers: madeHeaders(flat(given.headers)), body: bodyOf(given) ?? '' };
}

/** An answer as the function changed it. What it leaves out stays as before. */
export function lambdaReply(given: LambdaReply, event: EdgeEvent, before: EdgeReply): EdgeReply {
  const headers = changedHeaders(event, flat(given.headers), before.headers);
  const body = bodyOf(given);
  const length = before.headers['content-length'];
  if (body === undefined && length !== undefined) headers['content-length'] = length;
  else delete headers['content-length'];
  const status = statusValue(given.status ?? before.status);
  // Source: CloudFront Developer Guide, "Restrictions on Lambda@Edge", HTTP status codes.
  if (event === 'viewer-response' && status !== before.status) throw new Invalid("a status can't be changed");
  return { status, headers, body: body ?? before.body };
}

function flat(headers: Listed | undefined): EdgeReply['headers'] {
  return Object.fromEntries(
    headersOf(headers).map(([name, values]) => [name, values.length === 1 ? (values[0] ?? '') : values]),
  );
}

function bodyOf({ body, bodyEncoding }: LambdaReply): Uint8Array | undefined {
  if (body === undefined || body === null) return undefined;
  if (typeof body !== 'string') throw new Invalid('a body is no text');
  return Buffer.from(body, bodyEncoding === 'base64' ? 'base64' : 'utf8');
}

/** The request as the function changed it. @param origin as the function changed that, where one is asked */
export function lambdaRequest(
  given: LambdaRequest,
  event: EdgeEvent,
  before: OriginRequest,
  origin?: EdgeOrigin,
): OriginRequest {
  const wanted = headersOf(given.headers).map(([name, values]) => [name, values.join(name === 'cookie' ? '; ' : ', ')]);
  const headers = changedHeaders(event, Object.fromEntries(wanted) as Record<string, string>, before.headers);
  for (const [name, value] of origin?.headers ?? []) headers[name.toLowerCase()] = value;
  const { body } = given;
  const isReplaced = body?.action === 'replace' && typeof body.data === 'string';
  return {
    ...before,
    path: `${origin?.path ?? ''}${pathValue(given.uri ?? before.path)}`,
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
