/** Asking origins: the one of the behaviour, or those of a group one after the other. */
import { bytesStream } from '#kernel/base';
import type { EdgeOrigin, EdgeRecord, EdgeReply, OriginRequest } from '#kernel/contract';
import { discard } from './body.ts';
import type { Entry } from './cache.ts';
import { originHeaders } from './origin-headers.ts';
import type { Outside } from './outside.ts';
import { cannotConnect, type OwnReply, timedOut } from './refusal.ts';
import { routeOf } from './route.ts';
import { pickQuery } from './select.ts';
import type { Transit } from './transit.ts';

/** An origin's answer; `own` where it is the edge that says why there is none, `result` where a function has given it or failed. */
export type OriginReply = EdgeReply & { own?: boolean; result?: EdgeRecord['result']; detail?: string };

/** A request that is to be sent, and to whom. */
export type Begun = { request: OriginRequest; origin: EdgeOrigin };

/** What a function at the edge makes of a request to an origin, and of its answer. */
export type OriginCode = {
  before(t: Transit, request: OriginRequest, origin: EdgeOrigin): Promise<OriginReply | Begun>;
  after(t: Transit, begun: Begun, reply: OriginReply): Promise<OriginReply>;
};

/** Another origin is tried for these alone: what they ask for can be asked twice. Source: CloudFront Developer Guide, "Origin failover". */
const REPEATABLE = new Set(['GET', 'HEAD', 'OPTIONS']);
const NO_BODY = new Uint8Array(0);

/** Never rejects: where no origin answers, the edge says so. */
export async function askOrigin(
  t: Transit,
  stale: Entry | undefined,
  outside: Outside,
  code: OriginCode | undefined,
): Promise<OriginReply> {
  const { origins, statuses } = routeOf(t);
  const isRepeatable = REPEATABLE.has(t.method);
  let reply: OriginReply = { ...cannotConnect(t.id), own: true };
  for (const origin of origins) {
    discard(reply.body);
    reply = await askOne(t, origin, stale, outside, code, isRepeatable ? origin.attempts : 1);
    const isFailure = reply.own === true || statuses.includes(reply.status);
    if (!isFailure || !isRepeatable) break;
  }
  return reply;
}

async function askOne(
  t: Transit,
  origin: EdgeOrigin,
  stale: Entry | undefined,
  outside: Outside,
  code: OriginCode | undefined,
  attempts: number,
): Promise<OriginReply> {
  const asked: OriginRequest = {
    method: t.method,
    path: `${origin.path}${t.path}`,
    query: pickQuery(t.query, t.behavior.forward.query),
    headers: originHeaders(t, origin, stale),
    body: bodyOf(t),
    sourceIp: t.request.sourceIp,
    secure: t.request.secure,
  };
  const begun = code === undefined ? { request: asked, origin } : await code.before(t, asked, origin);
  if ('status' in begun) return begun;
  for (let attempt = 1; ; attempt += 1) {
    const reply = await ask(t, begun.origin, begun.request, outside);
    if (reply.own !== true || attempt >= attempts)
      return code === undefined || reply.own === true ? reply : await code.after(t, begun, reply);
  }
}

/** Source: CloudFront Developer Guide, "Use field-level encryption …": what has been encrypted comes in chunks, without a length. */
function bodyOf({ body, encryption, method, request }: Transit): OriginRequest['body'] {
  if (body === undefined) return REPEATABLE.has(method) ? NO_BODY : request.body;
  if (encryption?.status !== 'Processed' || !(body instanceof Uint8Array)) return body;
  return { length: undefined, [Symbol.asyncIterator]: () => bytesStream(body)[Symbol.asyncIterator]() };
}

async function ask(t: Transit, origin: EdgeOrigin, asked: OriginRequest, outside: Outside): Promise<OriginReply> {
  const failed = (reply: OwnReply): OriginReply => ({ ...reply, own: true });
  try {
    // Deviation: origins in this cloud may take as long as they like; the read timeout is for those outside.
    const reply = await t.services.reach(origin, asked);
    if (reply === 'close') return failed({ ...cannotConnect(t.id), detail: 'OriginConnectError' });
    return reply ?? (await outside.ask(origin, asked));
  } catch (error) {
    const own = (error as Error).name === 'TimeoutError' ? timedOut(t.id) : cannotConnect(t.id);
    return failed({ ...own, detail: detailOf(error as NodeJS.ErrnoException) });
  }
}

/** Source: CloudFront Developer Guide, "Standard log file fields", x-edge-detailed-result-type. */
function detailOf({ name, code = '' }: NodeJS.ErrnoException): string {
  if (name === 'TimeoutError') return 'OriginCommError';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'OriginDnsError';
  if (code.startsWith('HPE_')) return 'OriginInvalidResponseError';
  return code === 'ECONNRESET' ? 'OriginReadError' : code === 'EPIPE' ? 'OriginWriteError' : 'OriginConnectError';
}
