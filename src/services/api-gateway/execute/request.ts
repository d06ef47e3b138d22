/** A request as integrations and templates see it. */
import type { Ctx, SentHeader } from '#kernel/contract';
import type { Forwarded } from './edge.ts';

/** All values of a name. */
export type Values = { readonly [name: string]: readonly string[] };

/** As HTTP/1.1 clients usually write them: where a request came from within the cloud, nobody has written them in any case. */
const CASED = new Map(
  [
    'Accept',
    'Accept-Encoding',
    'Accept-Language',
    'Authorization',
    'Cache-Control',
    'CloudFront-Forwarded-Proto',
    'CloudFront-Is-Desktop-Viewer',
    'CloudFront-Is-Mobile-Viewer',
    'CloudFront-Is-SmartTV-Viewer',
    'CloudFront-Is-Tablet-Viewer',
    'CloudFront-Viewer-Country',
    'Content-Type',
    'Cookie',
    'Host',
    'Origin',
    'Referer',
    'User-Agent',
    'Upgrade-Insecure-Requests',
    'Via',
    'X-Amz-Cf-Id',
    'X-Amz-Firehose-Access-Key',
    'X-Amz-Firehose-Common-Attributes',
    'X-Amz-Firehose-Protocol-Version',
    'X-Amz-Firehose-Request-Id',
    'X-Amz-Firehose-Source-Arn',
    'X-Amzn-Trace-Id',
    'X-Forwarded-For',
    'X-Forwarded-Port',
    'X-Forwarded-Proto',
  ].map((name) => [name.toLowerCase(), name]),
);

/** A header's name in the case in which most clients write it. */
export function casedName(name: string): string {
  return CASED.get(name) ?? name;
}

/** Written like this whatever case a client wrote them in. Source: events that users have published. */
const OWN_CASE = /^(?:host|user-agent|x-amzn-trace-id|x-forwarded-(?:for|port|proto))$/;

/** A header of a request as functions are shown it: in the case in which its client wrote it, with all its values. */
export type ShownHeader = readonly [name: string, values: readonly string[]];

/**
 * Headers of a request as functions are shown them.
 *
 * @param headers those that there are; names in lower case
 */
export function shownHeaders(
  headers: Readonly<Record<string, string>>,
  sent: readonly SentHeader[] = [],
): ShownHeader[] {
  const written = new Map<string, { name: string; values: string[] }>();
  for (const [name, value] of sent) {
    const key = name.toLowerCase();
    const known = written.get(key);
    if (known !== undefined) known.values.push(value);
    else if (!OWN_CASE.test(key)) written.set(key, { name, values: [value] });
  }
  return Object.entries(headers).map(([key, value]) => {
    const { name = casedName(key), values = [value] } = written.get(key) ?? {};
    return [name, values];
  });
}

/** Headers of a request with those that API Gateway adds; names in lower case. */
export function headersOf(request: Forwarded, ctx: Ctx): Record<string, string> {
  const { headers, hop = request.sourceIp } = request;
  const forwarded = headers['x-forwarded-for'];
  return {
    ...headers,
    'x-amzn-trace-id': headers['x-amzn-trace-id'] ?? traceOf(ctx),
    'x-forwarded-for': forwarded === undefined ? hop : `${forwarded}, ${hop}`,
    'x-forwarded-port': request.secure ? '443' : '80',
    'x-forwarded-proto': request.secure ? 'https' : 'http',
  };
}

function traceOf(ctx: Ctx): string {
  return `Root=1-${Math.floor(ctx.now / 1_000).toString(16)}-${ctx.requestId.replaceAll('-', '').slice(0, 24)}`;
}

/** Values of a query, decoded. */
export function queryOf(query: string): Values {
  if (query === '') return {};
  const values = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(query)) {
    const known = values.get(name);
    if (known === undefined) values.set(name, [value]);
    else known.push(value);
  }
  return Object.fromEntries(values);
}

/** The last value of each name. */
export function lastOf(values: Values): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, all]) => [name, all.at(-1) ?? '']));
}

/** `21/Nov/2026:10:40:35 +0000`. */
export function timeText(at: number): string {
  const [, day, month, year, time] = new Date(at).toUTCString().split(' ');
  return `${day}/${month}/${year}:${time} +0000`;
}

/** Host without its port. */
export function domainOf(host: string): string {
  return host.replace(/:\d+$/, '');
}

/** An id as AWS gives each request besides its own, of characters that URLs have: `x-amz-apigw-id`. */
export function extendedId(ctx: Ctx): string {
  return `${Buffer.from(ctx.requestId.replaceAll('-', '').slice(0, 22), 'hex').toString('base64url')}=`;
}
