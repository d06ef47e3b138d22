/** Addresses that APIs pass requests on to. */
import { MIB, type Millis } from '#kernel/base';
import { type Ctx, FetchError, type Fetched, type FetchedFlow, type FetchRequest } from '#kernel/contract';
import { DeadlineError } from './deadline.ts';

/** Source: API Gateway Developer Guide, "API Gateway quotas": payload size. */
export const PAYLOAD_BYTES_MAX = 10 * MIB;
/** What belongs to one connection only. */
const HOP = /^(connection|content-length|expect|host|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade)$/;

/** Headers that are not about one connection only. */
export function withoutHops(headers: readonly (readonly [string, string])[]): Record<string, string> {
  return Object.fromEntries(headers.filter(([name]) => !HOP.test(name)));
}

/** Cookies of an answer, each a header of its own: a comma may stand within one. */
export function cookieHeaders(cookies: readonly string[] | undefined): { 'set-cookie'?: string[] } {
  return cookies === undefined || cookies.length < 2 ? {} : { 'set-cookie': [...cookies] };
}

export type HttpCall = {
  url: string;
  method: string;
  headers: Readonly<Record<string, string>>;
  body: Uint8Array | undefined;
  timeout: Millis;
  /** How it is shown who calls, and whom to trust. */
  tls?: Pick<FetchRequest, 'identity' | 'trustsAnyIssuer'> | undefined;
};

/**
 * Sends a request and waits for the answer.
 *
 * @throws {FetchError} no answer
 * @throws {DeadlineError} none in time
 */
export function callHttp(ctx: Ctx, call: HttpCall): Promise<Fetched> {
  return answered(ctx.fetch(call.url, { ...requestOf(call), bytesMax: PAYLOAD_BYTES_MAX }));
}

/**
 * The same, answered as soon as the headers are there.
 *
 * @throws {FetchError} no answer
 * @throws {DeadlineError} none in time
 */
export function openHttp(ctx: Ctx, call: HttpCall): Promise<FetchedFlow> {
  return answered(ctx.fetch.flowing(call.url, requestOf(call)));
}

function requestOf({ method, headers, body, timeout, tls }: HttpCall): Omit<FetchRequest, 'bytesMax'> {
  return {
    method: method as FetchRequest['method'],
    headers: withoutHops(Object.entries(headers)),
    body: body === undefined || body.length === 0 ? undefined : body,
    timeout,
    ...tls,
  };
}

async function answered<Answer extends Pick<Fetched, 'headers'>>(sending: Promise<Answer>): Promise<Answer> {
  try {
    const answer = await sending;
    // Of its connection, too, an answer's headers tell: REST APIs hand some on by another name.
    return answer;
  } catch (error) {
    if (error instanceof FetchError && error.message.includes('no answer in')) throw new DeadlineError(error.message);
    throw error;
  }
}
