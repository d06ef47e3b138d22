/** The event of a small function, and what it gives back. Source: CloudFront Developer Guide, "CloudFront Functions event structure". */
import type { EdgeEvent, EdgeReply } from '#kernel/contract';
import { VIEWER_HEADER } from '../location.ts';
import type { Transit } from '../transit.ts';
import { factsOf } from '../viewer.ts';
import { headerName, headerValue, Invalid, isDisallowed, pathValue, statusValue } from './headers.ts';

type Value = { value: string; multiValue?: { value: string }[] };
type Cookie = { value: string; attributes?: string };
type SmallRequest = { uri?: unknown; querystring?: unknown; headers?: unknown; cookies?: unknown };
type SmallReply = {
  statusCode?: unknown;
  statusDescription?: unknown;
  headers?: unknown;
  cookies?: unknown;
  body?: unknown;
};

/** The event, before the request goes on, or before `reply` goes to the viewer. */
export function smallEvent(t: Transit, eventType: EdgeEvent, reply?: EdgeReply): object {
  const { spec } = t.compiled;
  return {
    version: '1.0',
    context: {
      distributionDomainName: spec.domain,
      distributionId: spec.distribution,
      endpoint: spec.domain,
      eventType,
      requestId: t.id,
    },
    viewer: { ip: t.request.sourceIp },
    request: {
      method: t.method,
      uri: t.path,
      querystring: queryOf(t.query),
      headers: headersOf(seenHeaders(t)),
      cookies: cookiesOf(t.headers.cookie),
    },
    ...(reply !== undefined && {
      response: {
        statusCode: reply.status,
        statusDescription: 'OK',
        headers: headersOf(reply.headers, 'set-cookie'),
        cookies: setCookiesOf(reply.headers['set-cookie']),
      },
    }),
  };
}

/** What the viewer sent, and what the edge knows of it where a policy asks for that. */
function seenHeaders(t: Transit): Record<string, string> {
  const seen: Record<string, string> = {};
  for (const name in t.headers)
    if (name !== 'cookie' && name !== VIEWER_HEADER && !name.startsWith('cloudfront-'))
      seen[name] = t.headers[name] ?? '';
  const facts = factsOf(t);
  for (const name of t.behavior.forward.headers.names) if (facts[name] !== undefined) seen[name] = facts[name];
  return seen;
}

function headersOf(headers: EdgeReply['headers'], without?: string): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => {
      if (name === without) return [];
      if (typeof value === 'string') return [[name, { value }]];
      return [[name, { value: value.join(', '), multiValue: value.map((one) => ({ value: one })) }]];
    }),
  );
}

function queryOf(query: string): Record<string, Value> {
  const found: Record<string, Value> = Object.create(null);
  for (const pair of query.split('&')) {
    if (pair === '') continue;
    const mark = pair.indexOf('=');
    const name = mark === -1 ? pair : pair.slice(0, mark);
    const value = mark === -1 ? '' : pair.slice(mark + 1);
    const known = found[name];
    if (known === undefined) found[name] = { value };
    else found[name] = { value, multiValue: [...(known.multiValue ?? [{ value: known.value }]), { value }] };
  }
  return found;
}

function cookiesOf(header = ''): Record<string, Value> {
  const found: Record<string, Value> = Object.create(null);
  for (const pair of header.split(';')) {
    const mark = pair.indexOf('=');
    if (mark > 0) found[pair.slice(0, mark).trim()] = { value: pair.slice(mark + 1).trim() };
  }
  return found;
}

function setCookiesOf(header: string | string[] | undefined): Record<string, Cookie> {
  const found: Record<string, Cookie> = Object.create(null);
  for (const one of header === undefined ? [] : [header].flat()) {
    const [pair = '', ...attributes] = one.split(';');
    const mark = pair.indexOf('=');
    if (mark > 0)
      found[pair.slice(0, mark).trim()] = {
        value: pair.slice(mark + 1),
        ...(attributes.length > 0 && { attributes: attributes.join(';').trim() }),
      };
  }
  return found;
}

/** The answer that a function gave in place of the request; undefined for a request. */
export function replyFromSmall(given: unknown): EdgeReply | undefined {
  if (typeof given !== 'object' || given === null) throw new Invalid('a function gave no object');
  if (!('statusCode' in given)) return undefined;
  return smallReply({ status: 200, headers: {}, body: '' }, given);
}

/** An answer as the function changed it. */
export function smallReply(before: EdgeReply, given: unknown): EdgeReply {
  const { statusCode, headers, cookies, body } = objectOf(given) as SmallReply;
  const changed: EdgeReply['headers'] = {};
  for (const [given, values] of Object.entries(objectOf(headers))) {
    const name = headerName(given);
    if (isDisallowed(name) && before.headers[name] === undefined) throw new Invalid(`${name} can't be set`);
    changed[name] = valuesOf(values);
  }
  for (const name of ['content-length', 'transfer-encoding'])
    if (before.headers[name] !== undefined) changed[name] = before.headers[name];
  const set = Object.entries(objectOf(cookies)).map(([name, value]) => {
    const { value: text, attributes } = objectOf(value) as { value?: unknown; attributes?: unknown };
    return headerValue(`${name}=${headerValue(text)}${attributes === undefined ? '' : `; ${headerValue(attributes)}`}`);
  });
  if (set.length > 0) changed['set-cookie'] = set;
  const replaced = bodyOf(body);
  if (replaced !== undefined) delete changed['content-length'];
  return {
    status: statusCode === undefined ? before.status : statusValue(statusCode),
    headers: changed,
    body: replaced ?? before.body,
  };
}

function bodyOf(body: unknown): Uint8Array | undefined {
  if (body === undefined) return undefined;
  if (typeof body === 'string') return Buffer.from(body);
  const { encoding, data } = objectOf(body) as { encoding?: unknown; data?: unknown };
  if (typeof data !== 'string') throw new Invalid('a body has no data');
  return Buffer.from(data, encoding === 'base64' ? 'base64' : 'utf8');
}

/** Changes the request as the function did. */
export function requestFromSmall(t: Transit, given: unknown): void {
  const { uri, querystring, headers, cookies } = objectOf(given) as SmallRequest;
  t.path = pathValue(uri);
  t.query = pairsOf(querystring, '&');
  const changed: Record<string, string> = {};
  for (const [given, values] of Object.entries(objectOf(headers))) {
    const name = headerName(given);
    const value = valuesOf(values);
    if (name === 'host' || name === 'cookie' || (isDisallowed(name) && value !== t.headers[name])) continue;
    changed[name] = String(value);
  }
  const cookie = pairsOf(cookies, '; ');
  if (cookie !== '') changed.cookie = headerValue(cookie);
  if (t.headers.host !== undefined) changed.host = t.headers.host;
  t.headers = changed;
}

function pairsOf(given: unknown, between: string): string {
  if (typeof given === 'string') return headerValue(given);
  const pairs = Object.entries(objectOf(given)).flatMap(([name, value]) =>
    [valuesOf(value)].flat().map((one) => (one === '' && between === '&' ? name : `${name}=${one}`)),
  );
  const text = pairs.join(between);
  if (/[\r\n\0]/.test(text) || (between === '&' && /[\s#]/.test(text))) throw new Invalid("a value can't be sent");
  return text;
}

function valuesOf(given: unknown): string | string[] {
  const { value, multiValue } = objectOf(given) as { value?: unknown; multiValue?: unknown };
  if (Array.isArray(multiValue)) return multiValue.map((one) => headerValue(objectOf(one).value));
  return headerValue(value);
}

function objectOf(value: unknown): Record<string, unknown> {
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Invalid('an object is missing');
  return value as Record<string, unknown>;
}
