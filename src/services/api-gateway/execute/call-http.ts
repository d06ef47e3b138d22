/** Addresses that APIs pass requests on to. */
import { MIB, type Millis } from '#kernel/base';
import { type Ctx, FetchError, type Fetched, type FetchRequest } from '#kernel/contract';
import { DeadlineError } from './deadline.ts';

/** Source: API Gateway Developer Guide, "API Gateway quotas": payload size. */
export const PAYLOAD_BYTES_MAX = 10 * MIB;
/** What belongs to one connection only. */
const HOP = /^(connection|content-length|expect|host|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade)$/;

export type HttpCall = {
  url: string;
  method: string;
  headers: Readonly<Record<string, string>>;
  body: Uint8Array | undefined;
  timeout: Millis;
};

/**
 * Sends a request and waits for the answer.
 *
 * @throws {FetchError} no answer
 * @throws {DeadlineError} none in time
 */
export async function callHttp(ctx: Ctx, { url, method, headers, body, timeout }: HttpCall): Promise<Fetched> {
  const sent = Object.entries(headers).filter(([name]) => !HOP.test(name));
  try {
    const answer = await ctx.fetch(url, {
      method: method as FetchRequest['method'],
      headers: Object.fromEntries(sent),
      body: body === undefined || body.length === 0 ? undefined : body,
      timeout,
      bytesMax: PAYLOAD_BYTES_MAX,
    });
    return {
      ...answer,
      headers: Object.fromEntries(Object.entries(answer.headers).filter(([name]) => !HOP.test(name))),
    };
  } catch (error) {
    if (error instanceof FetchError && error.message.includes('no answer in')) throw new DeadlineError(error.message);
    throw error;
  }
}
