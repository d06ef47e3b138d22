/** Answers to viewers: conditions, ranges, and the headers that the edge adds. */
import { type Millis, SECOND } from '#kernel/base';
import type { EdgeCors, EdgeHeaderRules, EdgeRecord, EdgeReply } from '#kernel/contract';
import type { Entry } from './cache.ts';
import type { Spot } from './location.ts';
import { viaOf } from './origin-headers.ts';
import type { Transit } from './transit.ts';

/** Source: CloudFront Developer Guide, "Standard log file fields", x-edge-result-type. */
export type Result = EdgeRecord['result'];

/** Between two neighbours only, or the origin's own business. Source: CloudFront Developer Guide, "HTTP response headers that CloudFront removes or updates". */
const REMOVED = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-amz-id-2',
  'x-amz-request-id',
  'x-cache',
  'x-amz-cf-id',
  'x-amz-cf-pop',
  'via',
  'age',
]);

/** An origin's headers as they are kept. */
export function keptHeaders(headers: EdgeReply['headers'], { behavior }: Transit): EdgeReply['headers'] {
  const kept: EdgeReply['headers'] = {};
  const dropped = String(headers.connection ?? headers.Connection ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase());
  for (const given in headers) {
    const name = given.toLowerCase();
    const value = headers[given];
    if (value === undefined || REMOVED.has(name) || dropped.includes(name) || name.startsWith(':')) continue;
    if (name === 'set-cookie' && behavior.forward.cookies.isNone) continue;
    const told = name === 'vary' ? varyOf(String(value), behavior) : value;
    if (told !== '') kept[name] = told;
  }
  return kept;
}

/** What viewers are told of the headers on which an answer depends. Source: CloudFront Developer Guide, "HTTP response headers that CloudFront removes or replaces", Vary. */
function varyOf(header: string, { spec, key, forward }: Transit['behavior']): string {
  const isDevice = forward.headers.names.some((name) => name.startsWith('cloudfront-is-'));
  const isTold = (name: string) =>
    name === '*' ||
    name === 'accept-encoding' ||
    name === 'cookie' ||
    (name === 'user-agent' && isDevice) ||
    key.headers.picks(name) ||
    (!spec.isLegacy && forward.headers.picks(name));
  const names = header.split(',').map((name) => name.trim());
  return names.filter((name) => isTold(name.toLowerCase())).join(', ');
}

/** The headers of the edge itself. @param id of the request */
export function stampOf(hop: string, { pop }: Spot, id: string, result: Result): Record<string, string> {
  return { 'x-cache': `${result} from cloudfront`, via: viaOf(hop), 'x-amz-cf-pop': pop, 'x-amz-cf-id': id };
}

/** All of what an origin gave, whatever the viewer asked for. @param now of what comes from a cache */
export function wholeOf({ method }: Transit, entry: Entry, now?: Millis): EdgeReply {
  const headers = headersOf(entry, now);
  if (method !== 'HEAD') return { status: entry.status, headers, body: entry.body.whole() ?? entry.body.read() };
  entry.body.discard();
  const size = sizeOf(entry);
  if (size !== undefined && size > 0) headers['content-length'] ??= String(size);
  return { status: entry.status, headers, body: '' };
}

function headersOf(entry: Entry, now: Millis | undefined): EdgeReply['headers'] {
  if (now === undefined) return { ...entry.headers };
  const headers = { ...entry.headers };
  for (const name of entry.once) delete headers[name];
  return { ...headers, age: String(Math.max(0, Math.floor((now - entry.bornAt) / SECOND))) };
}

/** What a viewer gets of an entry: all of it, a range, or that it has it already. @param now of what comes from a cache */
export function replyOf(t: Transit, entry: Entry, now?: Millis): EdgeReply {
  const { headers: asked, method } = t;
  const isWhole = entry.status === 200 && (method === 'GET' || method === 'HEAD');
  if (!isWhole) return wholeOf(t, entry, now);
  const headers = headersOf(entry, now);
  if (isUnchanged(entry, asked)) {
    entry.body.discard();
    delete headers['content-length'];
    return { status: 304, headers, body: '' };
  }
  const size = sizeOf(entry);
  if (asked.range !== undefined && method === 'GET' && size !== undefined && isRangeGood(entry, asked)) {
    const range = rangeOf(asked.range, size);
    if (range === 'unsatisfiable') {
      entry.body.discard();
      headers['content-range'] = `bytes */${size}`;
      delete headers['content-length'];
      return { status: 416, headers, body: '' };
    }
    if (range !== undefined) {
      headers['content-range'] = `bytes ${range.from}-${range.to}/${size}`;
      headers['content-length'] = String(range.to - range.from + 1);
      const whole = entry.body.whole();
      const body = whole?.subarray(range.from, range.to + 1) ?? entry.body.read(range.from, range.to + 1);
      return { status: 206, headers, body };
    }
  }
  return wholeOf(t, entry, now);
}

/** Bytes of the body; of one that still comes, what the origin says. */
function sizeOf({ body, headers }: Entry): number | undefined {
  if (body.isDone) return body.size;
  const told = headers['content-length'];
  return typeof told === 'string' && /^\d+$/.test(told) ? Number(told) : undefined;
}

type Asked = Readonly<Record<string, string>>;

/** Source: RFC 9110, 13.1.2 and 13.1.3. */
function isUnchanged({ etag, lastModified }: Entry, asked: Asked): boolean {
  const tags = asked['if-none-match'];
  if (tags !== undefined) {
    if (tags.trim() === '*') return true;
    return etag !== undefined && tags.split(',').some((tag) => strong(tag.trim()) === strong(etag));
  }
  const since = asked['if-modified-since'];
  if (since === undefined || lastModified === undefined) return false;
  return Date.parse(lastModified) <= Date.parse(since);
}

function strong(tag: string): string {
  return tag.startsWith('W/') ? tag.slice(2) : tag;
}

/** Source: RFC 9110, 13.1.5. */
function isRangeGood({ etag, lastModified }: Entry, asked: Asked): boolean {
  const condition = asked['if-range'];
  return condition === undefined || condition === etag || condition === lastModified;
}

/** One range; several, and what is no range, are no reason to give less than all. Source: RFC 9110, 14.2. */
export function rangeOf(header: string, size: number): { from: number; to: number } | 'unsatisfiable' | undefined {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header.trim()) ?? [];
  if (first === '' && last === '') return undefined;
  if (first === '') {
    const length = Math.min(Number(last), size);
    return length === 0 ? 'unsatisfiable' : { from: size - length, to: size - 1 };
  }
  const from = Number(first);
  if (from >= size) return 'unsatisfiable';
  const to = last === '' ? size - 1 : Math.min(Number(last), size - 1);
  return to < from ? undefined : { from, to };
}

/** What a response headers policy makes of an answer. */
export function applyRules(rules: EdgeHeaderRules, t: Transit, reply: EdgeReply, result: Result): void {
  const { headers } = reply;
  const told = headers['server-timing'];
  for (const name of rules.remove) delete headers[name.toLowerCase()];
  const removed = new Set(rules.remove.map((name) => name.toLowerCase()));
  // Source: CloudFront Developer Guide, "Understand response headers policies", Remove headers.
  if (removed.has('server')) headers.server = 'CloudFront';
  if (removed.has('date')) headers.date = new Date(t.services.now()).toUTCString();
  for (const { name, value, override } of rules.set) {
    const key = name.toLowerCase();
    if (override || headers[key] === undefined) headers[key] = value;
  }
  if (rules.cors !== undefined) applyCors(rules.cors, t.headers, headers);
  if (rules.timing === undefined || !isTimed(rules.timing, t)) return;
  // What an origin has said of itself goes to those alone who have asked it.
  const more = result === 'Miss' && t.layer === undefined && told !== undefined ? `,${[told].flat().join(', ')}` : '';
  headers['server-timing'] = `${timingOf(t, result)}${more}`;
}

/** A share of the answers, and those to viewers who ask for it. Source: CloudFront Developer Guide, "Server-Timing header". */
function isTimed(percent: number, { headers, services }: Transit): boolean {
  if (headers.pragma === 'server-timing' || percent >= 100) return true;
  return Buffer.from(services.bytes(4)).readUInt32BE() / 2 ** 32 < percent / 100;
}

/** Deviation: how long it takes to find and to reach the origin is not told. */
function timingOf(t: Transit, result: Result): string {
  const place = `cdn-pop;desc="${t.spot.pop}",cdn-rid;desc="${t.id}"`;
  const millis = t.services.now() - t.startedAt;
  const last = `cdn-downstream-fbl;dur=${millis}`;
  const layer = t.layer ?? (result === 'Hit' ? 'EDGE' : undefined);
  if (layer !== undefined) return `cdn-cache-hit,${place},cdn-hit-layer;desc="${layer}",${last}`;
  const kind = result === 'RefreshHit' ? 'refresh' : 'miss';
  return `cdn-upstream-layer;desc="EDGE",cdn-upstream-fbl;dur=${millis},cdn-cache-${kind},${place},${last}`;
}

/** Source: CloudFront Developer Guide, "CORS headers" of response headers policies. */
function applyCors(cors: EdgeCors, asked: Asked, headers: EdgeReply['headers']): void {
  const { origin } = asked;
  if (origin === undefined) return;
  const isEveryone = cors.origins.includes('*');
  if (!isEveryone && !cors.origins.some((one) => matchesOrigin(one, origin))) return;
  const set = (name: string, value: string | undefined) => {
    if (value !== undefined && value !== '' && (cors.override || headers[name] === undefined)) headers[name] = value;
  };
  set('access-control-allow-origin', isEveryone && !cors.credentials ? '*' : origin);
  const { vary } = headers;
  if (!isEveryone || cors.credentials) headers.vary = vary === undefined ? 'Origin' : withOrigin(String(vary));
  if (cors.credentials) set('access-control-allow-credentials', 'true');
  set('access-control-expose-headers', cors.exposed.join(','));
  if (asked['access-control-request-method'] === undefined) return;
  const methods = cors.methods.includes('ALL')
    ? ['GET', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT']
    : cors.methods;
  set('access-control-allow-methods', methods.join(', '));
  set('access-control-allow-headers', cors.headers.join(', '));
  set('access-control-max-age', cors.maxAge === undefined ? undefined : String(cors.maxAge));
}

function withOrigin(vary: string): string {
  return /(^|,)\s*(\*|origin)\s*(,|$)/i.test(vary) ? vary : `${vary}, Origin`;
}

/** `https://*.example.com` stands for every name below it. */
function matchesOrigin(allowed: string, origin: string): boolean {
  const name = origin.replace(/^https?:\/\//, '');
  const wanted = allowed.includes('://') ? allowed : undefined;
  if (wanted !== undefined && !wanted.includes('*')) return wanted === origin;
  const bare = allowed.replace(/^https?:\/\//, '');
  if (wanted !== undefined && !origin.startsWith(wanted.slice(0, wanted.indexOf('://') + 3))) return false;
  return bare === name || (bare.startsWith('*.') && name.endsWith(bare.slice(1)));
}
