/** Lambda@Edge's events, and what functions give back. Source: CloudFront Developer Guide, "Lambda@Edge event structure". */
import { KIB, MIB, SECOND } from '#kernel/base';
import type { EdgeEvent, EdgeOrigin, EdgeReply, OriginRequest } from '#kernel/contract';
import type { Transit } from '../transit.ts';
import {
  changedHeaders,
  checkAddress,
  Invalid,
  madeHeaders,
  pathValue,
  queryValue,
  shownHeaders,
  statusValue,
} from './headers.ts';
import { bodyBytes, headersOf, type LambdaReply, type LambdaRequest, type Listed } from './lambda-headers.ts';

/** Of an answer that a function gives, and of a body in place of the viewer's: what is longer is refused, or cut. */
export const BYTES_MAX: { readonly [event in EdgeEvent]: number } = {
  'viewer-request': 40 * KIB,
  'viewer-response': 40 * KIB,
  'origin-request': MIB,
  'origin-response': MIB,
};

const { STATUS_CODES } = process.getBuiltinModule('node:http');

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

function listed(headers: EdgeReply['headers']): Listed {
  return Object.fromEntries(
    Object.entries(shownHeaders(headers)).map(([name, value]) => {
      const key = name.replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());
      return [name, [value].flat().map((one) => ({ key, value: one }))];
    }),
  );
}

/** The answer that a function gave in place of a request; undefined for a request. Source: CloudFront Developer Guide, "Generate HTTP responses in request triggers", Errors. */
export function madeReply(given: LambdaReply, event: EdgeEvent): EdgeReply | undefined {
  if (given.status === undefined) return undefined;
  const status = statusValue(given.status);
  const body = bodyOf(given) ?? '';
  const headers = flat(given.headers);
  if (status === 204 && body.length > 0 && event === 'viewer-request') throw new Invalid('a 204 has no body');
  checkSize(headers, body, event);
  return { status, headers: madeHeaders(headers), body };
}

/** Source: CloudFront Developer Guide, "Quotas", Quotas on Lambda@Edge. */
function checkSize(headers: EdgeReply['headers'], body: string | Uint8Array, event: EdgeEvent): void {
  let bytes = body.length;
  for (const [name, values] of Object.entries(headers))
    for (const value of [values].flat()) bytes += name.length + value.length;
  if (bytes > BYTES_MAX[event]) throw new Invalid('an answer is too long');
}

/** An answer as the function changed it. What it leaves out stays as before. */
export function lambdaReply(given: LambdaReply, event: EdgeEvent, before: EdgeReply): EdgeReply {
  const headers = changedHeaders(event, flat(given.headers), before.headers);
  const body = bodyOf(given);
  if (body !== undefined) checkSize(headers, body, event);
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
  return bodyBytes(body, bodyEncoding === 'base64');
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
  // Source: CloudFront Developer Guide, "Restrictions on Lambda@Edge", CloudFront headers.
  const country = 'cloudfront-viewer-country';
  if (event === 'viewer-request' && headers[country] !== undefined && before.headers[country] === undefined)
    throw new Invalid(`${country} can't be set`);
  const { body } = given;
  const isReplaced = body?.action === 'replace' && typeof body.data === 'string';
  const replaced = isReplaced ? bodyBytes(body.data ?? '', body.encoding !== 'text') : undefined;
  const path = pathValue(given.uri ?? before.path);
  const query = queryValue(given.querystring ?? before.query);
  checkAddress(path, query);
  return {
    ...before,
    path: `${origin?.path ?? ''}${path}`,
    query,
    headers,
    ...(replaced !== undefined && { body: replaced.subarray(0, BYTES_MAX[event]) }),
  };
}
