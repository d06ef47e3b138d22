/** The event that a function gets of a request to its address, and the answer that its result makes. Source: Lambda Developer Guide, "Invoking Lambda function URLs", format 2.0. */
import { withoutConnection } from '#kernel/base';
import type { Ctx, TrafficReply, TrafficRequest } from '#kernel/contract';

/** What comes as it is; forms do not. Source: events of AWS's as users of form posts to functions report them. */
const TEXT = /^(text\/|application\/(json|javascript|xml)\b|[^;]*\+(json|xml)\b)/;
/** Headers that a function may not set. Source: Lambda Developer Guide, "Invoking Lambda function URLs". */
const OWN = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'via',
]);

/** They leave by another name, in lower case. Source: answers of functions' addresses as users have published them; cargo-lambda/cargo-lambda, issue 862. */
const REMAPPED = new Set(['content-length', 'date', 'server', 'www-authenticate']);

const CONTROLS = /[\0-\x08\x0a-\x1f\x7f]/;

/** The event of a request; `ctx` is that of who signed it. */
export function urlEvent(request: TrafficRequest, body: Uint8Array, trace: string, ctx: Ctx): object {
  const { headers, method, path, query } = request;
  const type = headers['content-type'] ?? '';
  const isText = type === '' || TEXT.test(type);
  const { cookie, ...others } = headers;
  const parameters = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    const before = parameters.get(name);
    parameters.set(name, before === undefined ? value : `${before},${value}`);
  }
  const domain = request.host.replace(/:\d+$/, '');
  const { principal, accessKeyId } = ctx.caller;
  return {
    version: '2.0',
    routeKey: '$default',
    // As it was sent: other than API Gateway's HTTP APIs, functions' addresses unescape nothing.
    rawPath: path,
    rawQueryString: query,
    ...(cookie !== undefined && { cookies: cookie.split(/;\s*/) }),
    headers: {
      // Source: events of functions' addresses as users have published them, of clients that send `connection`.
      ...withoutConnection(others),
      ...(request.tlsVersion !== undefined && {
        'x-amzn-tls-version': `TLSv${request.tlsVersion}`,
        'x-amzn-tls-cipher-suite': request.tlsCipher ?? '',
      }),
      'x-amzn-trace-id': others['x-amzn-trace-id'] ?? trace.split(';')[0],
      'x-forwarded-for': request.sourceIp,
      'x-forwarded-port': request.secure ? '443' : '80',
      'x-forwarded-proto': request.secure ? 'https' : 'http',
    },
    ...(query !== '' && { queryStringParameters: Object.fromEntries(parameters) }),
    requestContext: {
      accountId: principal.kind === 'anonymous' ? 'anonymous' : ctx.account,
      apiId: request.name,
      ...(principal.kind !== 'anonymous' && {
        authorizer: {
          iam: {
            accessKey: accessKeyId,
            accountId: principal.account,
            callerId: principal.id,
            cognitoIdentity: null,
            principalOrgId: null,
            userArn: principal.arn,
            userId: principal.id,
          },
        },
      }),
      domainName: domain,
      domainPrefix: request.name,
      http: {
        method,
        path,
        protocol: 'HTTP/1.1',
        sourceIp: request.sourceIp,
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: ctx.requestId,
      routeKey: '$default',
      stage: '$default',
      time: timeText(ctx.now),
      timeEpoch: ctx.now,
    },
    ...(body.length > 0 && { body: Buffer.from(body).toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !isText,
  };
}

/** `21/Nov/2026:10:40:35 +0000`. */
function timeText(at: number): string {
  const [, day, month, year, time] = new Date(at).toUTCString().split(' ');
  return `${day}/${month}/${year}:${time} +0000`;
}

/** What a function's result says: a whole answer where it has a status, else a JSON body. */
export function urlReply(result: Uint8Array): TrafficReply {
  const text = Buffer.from(result).toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return badGateway();
  }
  if (value === null || typeof value !== 'object' || !('statusCode' in value))
    return {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: typeof value === 'string' ? value : text,
    };
  const { statusCode, headers, cookies, body, isBase64Encoded } = value as { [member: string]: unknown };
  const status = statusOf(statusCode);
  if (status === undefined) return badGateway();
  const whole = typeof body === 'string' ? body : body === null || body === undefined ? '' : JSON.stringify(body);
  return {
    status,
    headers: { 'content-type': 'application/json', ...replyHeaders(headers, cookies) },
    // As bytes: headers go along with a text in the encoding of that.
    body: Buffer.from(whole, isBase64Encoded === true ? 'base64' : 'utf8'),
  };
}

/** The status that a function gives; undefined for what ends no answer. */
export function statusOf(given: unknown): number | undefined {
  const status = typeof given === 'object' ? Number.NaN : Number(given);
  return Number.isInteger(status) && status >= 200 && status <= 599 ? status : undefined;
}

/** Headers of an answer, made safe: what a header can't carry is not sent. */
export function replyHeaders(headers: unknown, cookies: unknown): Record<string, string | string[]> {
  const safe: Record<string, string | string[]> = {};
  const given = headers !== null && typeof headers === 'object' ? headers : {};
  for (const [name, value] of Object.entries(given)) {
    const key = name.toLowerCase();
    const text = Array.isArray(value) ? value.map(textOf).join(',') : textOf(value);
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(key) || OWN.has(key) || !isTellable(text)) continue;
    safe[REMAPPED.has(key) ? `x-amzn-Remapped-${key}` : key] = onWire(text);
  }
  if (Array.isArray(cookies)) safe['set-cookie'] = cookies.map(textOf).filter(isTellable).map(onWire);
  return safe;
}

function isTellable(text: string): boolean {
  return !CONTROLS.test(text);
}

/** What is no ASCII leaves as bytes of UTF-8, each of which the header takes for a character. */
function onWire(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

function textOf(value: unknown): string {
  return value !== null && typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** The function failed, or gave what is no answer. */
export function badGateway(): TrafficReply {
  return { status: 502, headers: { 'content-type': 'application/json' }, body: 'Internal Server Error' };
}
