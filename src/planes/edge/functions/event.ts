/** The event of a small function, and what it gives back. Source: CloudFront Developer Guide, "CloudFront Functions event structure". */
import type { EdgeEvent, EdgeReply } from '#kernel/contract';
import type { Transit } from '../transit.ts';
import { factsOf } from '../viewer.ts';
import {
  changedHeaders,
  checkAddress,
  headerName,
  headerValue,
  Invalid,
  madeHeaders,
  pathValue,
  queryValue,
  shownHeaders,
  statusValue,
} from './headers.ts';

const { STATUS_CODES } = process.getBuiltinModule('node:http');

type Cookie = { value: string; attributes?: string };
/** Of what comes several times, `value` is the first. */
type Value = { value: string; multiValue?: { value: string }[] };
type SmallRequest = { uri?: unknown; querystring?: unknown; headers?: unknown; cookies?: unknown };
type SmallReply = { statusCode?: unknown; headers?: unknown; cookies?: unknown; body?: unknown };
/** Of a request, what a function may change. */
export type Changeable = Pick<Transit, 'path' | 'query' | 'headers'>;

/** The event, before the request goes on, or before `reply` goes to the viewer. */
export function smallEvent(t: Transit, eventType: EdgeEvent, reply?: EdgeReply): object {
  const { spec } = t.compiled;
  const isTenant = spec.id !== spec.distribution;
  return {
    version: '1.0',
    context: {
      ...(isTenant ? { endpoint: spec.domain } : { distributionDomainName: spec.domain }),
      distributionId: spec.distribution,
      eventType,
      requestId: t.id,
    },
    viewer: { ip: t.request.sourceIp },
    request: {
      method: t.method,
      uri: t.path,
      querystring: grouped(pairsIn(t.query, '&')),
      headers: headersOf(seenHeaders(t)),
      cookies: grouped(pairsIn(t.headers.cookie ?? '', ';')),
    },
    ...(reply !== undefined && {
      response: {
        statusCode: reply.status,
        statusDescription: STATUS_CODES[reply.status] ?? '',
        headers: headersOf(shownHeaders(reply.headers), 'set-cookie'),
        cookies: setCookiesOf(reply.headers['set-cookie']),
      },
    }),
  };
}

/** What the viewer sent, and what the edge knows of it where a policy asks for that. */
function seenHeaders(t: Transit): Record<string, string> {
  const seen: Record<string, string> = {};
  for (const [name, value] of Object.entries(shownHeaders(t.headers)))
    if (name !== 'cookie' && !name.startsWith('cloudfront-')) seen[name] = value;
  const facts = factsOf(t);
  for (const name of t.behavior.forward.headers.names) if (facts[name] !== undefined) seen[name] = facts[name];
  return seen;
}

function headersOf(headers: EdgeReply['headers'], without?: string): Record<string, Value> {
  const all = Object.entries(headers).filter(([name]) => name !== without);
  return grouped(all.flatMap(([name, values]) => [values].flat().map((value) => [name, value] as const)));
}

type Pair = readonly [name: string, value: string];

/** Pairs of a query or of cookies, as they were sent. */
function pairsIn(text: string, between: '&' | ';'): Pair[] {
  return text.split(between).flatMap((sent): Pair[] => {
    const pair = between === ';' ? sent.trim() : sent;
    const mark = pair.indexOf('=');
    if (pair === '' || (between === ';' && mark < 1)) return [];
    return [mark === -1 ? [pair, ''] : [pair.slice(0, mark), pair.slice(mark + 1)]];
  });
}

function grouped(pairs: readonly Pair[]): Record<string, Value> {
  const found: Record<string, Value> = Object.create(null);
  for (const [name, value] of pairs) {
    const known = found[name];
    if (known === undefined) found[name] = { value };
    else known.multiValue = [...(known.multiValue ?? [{ value: known.value }]), { value }];
  }
  return found;
}

function setCookiesOf(header: string | string[] = []): Record<string, Cookie & { multiValue?: Cookie[] }> {
  const found: Record<string, Cookie & { multiValue?: Cookie[] }> = Object.create(null);
  for (const one of [header].flat()) {
    const [pair = '', ...attributes] = one.split(';');
    const mark = pair.indexOf('=');
    if (mark < 1) continue;
    const name = pair.slice(0, mark).trim();
    const cookie = {
      value: pair.slice(mark + 1),
      ...(attributes.length > 0 && { attributes: attributes.join(';').trim() }),
    };
    const known = found[name];
    if (known === undefined) found[name] = cookie;
    else known.multiValue = [...(known.multiValue ?? [{ ...known }]), cookie];
  }
  return found;
}

/** The answer that a function gave in place of the request; undefined for a request. */
export function replyFromSmall(given: unknown): EdgeReply | undefined {
  if (typeof given !== 'object' || given === null) throw new Invalid('a function gave no object');
  if (!('statusCode' in given)) return undefined;
  const { headers, ...reply } = smallReply({ status: 200, headers: {}, body: '' }, given, madeHeaders);
  return { ...reply, headers };
}

/** An answer as the function changed it. */
export function changedReply(before: EdgeReply, given: unknown): EdgeReply {
  return smallReply(before, given, (headers) => changedHeaders('viewer-response', headers, before.headers));
}

type Headers = EdgeReply['headers'];

function smallReply(before: EdgeReply, given: unknown, checked: (headers: Headers) => Headers): EdgeReply {
  const { statusCode, headers, cookies, body } = objectOf(given) as SmallReply;
  const wanted: Headers = {};
  for (const [given, values] of Object.entries(objectOf(headers))) {
    const name = lowerName(given, 'response');
    const list = valuesOf(values, [before.headers[name] ?? []].flat());
    wanted[name] = list.length === 1 ? (list[0] ?? '') : list;
  }
  const changed = checked(wanted);
  delete changed['set-cookie'];
  const known = setCookiesOf(before.headers['set-cookie']);
  const set = Object.entries(objectOf(cookies)).flatMap(([name, value]) => cookiesFrom(name, value, known[name]));
  if (set.length > 0) changed['set-cookie'] = set;
  const replaced = bodyOf(body);
  const length = before.headers['content-length'];
  if (replaced !== undefined) delete changed['content-length'];
  else if (length !== undefined) changed['content-length'] = length;
  return {
    status: statusCode === undefined ? before.status : statusValue(statusCode),
    headers: changed,
    body: replaced ?? before.body,
  };
}

function cookiesFrom(name: string, given: unknown, before: (Cookie & { multiValue?: Cookie[] }) | undefined): string[] {
  const { multiValue, ...single } = objectOf(given) as { multiValue?: unknown; value?: unknown; attributes?: unknown };
  const list = Array.isArray(multiValue) ? multiValue.map((one) => objectOf(one)) : [];
  const isSame = JSON.stringify(list) === JSON.stringify(before?.multiValue ?? []);
  const cookies = isSame ? [single, ...list.slice(1)] : list;
  return cookies.map(({ value, attributes }) => {
    const more = attributes === undefined || attributes === '' ? '' : `; ${headerValue(attributes)}`;
    return headerValue(`${name}=${headerValue(value)}${more}`);
  });
}

function bodyOf(body: unknown): Uint8Array | undefined {
  if (body === undefined) return undefined;
  if (typeof body === 'string') return Buffer.from(body);
  const { encoding, data } = objectOf(body) as { encoding?: unknown; data?: unknown };
  if (typeof data !== 'string') throw new Invalid('a body has no data');
  if (encoding !== 'text' && encoding !== 'base64') throw new Invalid('a body has no encoding');
  if (encoding === 'base64' && !/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(data)) throw new Invalid('a body is no base64');
  return Buffer.from(data, encoding === 'base64' ? 'base64' : 'utf8');
}

/** The request as the function changed it. */
export function requestFromSmall(before: Changeable, given: unknown): Changeable {
  const { uri, querystring, headers, cookies } = objectOf(given) as SmallRequest;
  const wanted: Record<string, string> = {};
  for (const [given, values] of Object.entries(objectOf(headers))) {
    const name = lowerName(given, 'request');
    if (name !== 'cookie') wanted[name] = valuesOf(values, []).join(', ');
  }
  const changed = changedHeaders('viewer-request', wanted, before.headers);
  const cookie = pairsOf(cookies, grouped(pairsIn(before.headers.cookie ?? '', ';')), '; ');
  if (cookie !== '') changed.cookie = headerValue(cookie);
  const path = pathValue(uri);
  const query = pairsOf(querystring, grouped(pairsIn(before.query, '&')), '&');
  checkAddress(path, query);
  return { path, query, headers: changed };
}

function pairsOf(given: unknown, before: Record<string, Value>, between: '&' | '; '): string {
  if (typeof given === 'string') return between === '&' ? queryValue(given) : headerValue(given);
  const pairs = Object.entries(objectOf(given)).flatMap(([name, value]) => {
    const { multiValue = [] } = before[name] ?? {};
    return valuesOf(
      value,
      multiValue.map((one) => one.value),
    ).map((one) => (one === '' && between === '&' ? name : `${name}=${one}`));
  });
  const text = pairs.join(between);
  if (/[\r\n\0]/.test(text) || (between === '&' && /[\s#]/.test(text))) throw new Invalid("a value can't be sent");
  return text;
}

/**
 * The values of what a function gave. Source: CloudFront Developer Guide, "CloudFront Functions event structure", Duplicate query strings,
 * headers, and cookies: a list that is as before leaves the first to `value`.
 */
function valuesOf(given: unknown, before: readonly string[]): string[] {
  const { value, multiValue } = objectOf(given) as { value?: unknown; multiValue?: unknown };
  if (!Array.isArray(multiValue)) return [headerValue(value)];
  const list = multiValue.map((one) => headerValue(objectOf(one).value));
  const isSame = list.length === before.length && list.every((one, place) => one === before[place]);
  return isSame && value !== undefined ? [headerValue(value), ...list.slice(1)] : list;
}

function lowerName(given: string, of: 'request' | 'response'): string {
  const name = headerName(given);
  if (name !== given) throw new Invalid(`${of}.headers must have header names in lower case`);
  return name;
}

function objectOf(value: unknown): Record<string, unknown> {
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Invalid('an object is missing');
  return value as Record<string, unknown>;
}

/** Why what a function made of a test's event can't be used; undefined where it can. */
export function faultOf(event: string, output: string): string | undefined {
  const { request, response } = objectOf(JSON.parse(event)) as { request?: SmallRequest; response?: SmallReply };
  try {
    const given: unknown = JSON.parse(output);
    if (response !== undefined) changedReply({ status: 200, headers: flat(response.headers), body: '' }, given);
    else if (replyFromSmall(given) === undefined)
      requestFromSmall({ path: '/', query: '', headers: flat(request?.headers) }, given);
    return undefined;
  } catch (error) {
    if (error instanceof Invalid) return error.message;
    throw error;
  }
}

function flat(headers: unknown): Record<string, string> {
  const all = Object.entries(objectOf(headers)).map(([name, given]) => [name, String(objectOf(given).value ?? '')]);
  return Object.fromEntries(all);
}
