/** Calls of one service by another that are made again while the other is in trouble, as AWS's services and SDKs do. */
import { type Millis, SECOND } from '#kernel/base';
import type { Ctx } from './context.ts';
import { ServiceError } from './errors.ts';

/** Codes of trouble, where no status tells. */
const TROUBLE =
  /Throttl|TooManyRequests|Unavailable|InternalFailure|InternalError|InternalServerError|SlowDown|OverLimit/;
/** Before each further attempt while trouble may pass; after the last it is given up. Our own choice. */
export const TROUBLE_PAUSES: readonly Millis[] = [SECOND, 2 * SECOND, 4 * SECOND, 8 * SECOND, 16 * SECOND];

/** Whether what refused a call may take it later: it failed by itself, or has too much to do. */
export function mayPass({ code, status = 400 }: ServiceError): boolean {
  return code !== 'NotImplemented' && (status >= 500 || TROUBLE.test(code));
}

/**
 * Makes a call again while trouble of the other may pass, for half a minute. For tasks: whoever calls waits.
 *
 * @throws {ServiceError} of the last attempt
 */
export async function persistently<T>(call: () => Promise<T>, ctx: Pick<Ctx, 'clock' | 'until'>): Promise<T> {
  for (const pause of TROUBLE_PAUSES) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof ServiceError && mayPass(error))) throw error;
      await ctx.until('persistently', ctx.clock() + pause);
    }
  }
  return call();
}
