/** Requests of pages from other origins: preflights, which nobody signs, and the headers that let a page see an answer. */
import { ServiceError } from '#kernel/contract';
import type { Exchange } from '../exchange.ts';
import type { Kernel } from '../kernel.ts';
import { useAnonymous } from './authenticate.ts';
import { newContext } from './authorize.ts';

/** Answers an OPTIONS request of a service that has CORS rules. */
export function preflight(x: Exchange, kernel: Kernel): void {
  const rule = x.loaded?.service?.cors;
  if (x.request.method !== 'OPTIONS' || rule === undefined) return;
  const {
    origin,
    'access-control-request-method': method,
    'access-control-request-headers': headers = '',
  } = x.request.headers;
  // Source: S3 API Reference, "OPTIONS object"; recorded answer.
  if (origin === undefined)
    throw new ServiceError('BadRequest', 'Insufficient information. Origin request header needed.', { status: 400 });
  useAnonymous(x);
  const ctx = newContext(x, kernel);
  const wanted = headers
    .split(',')
    .map((one) => one.trim().toLowerCase())
    .filter((one) => one !== '');
  const allowed = ctx.run(() => rule({ path: x.path, origin, method, headers: wanted }, ctx) ?? {});
  x.reply = { status: 200, headers: allowed as Record<string, string>, body: '' };
}

/** Adds to an answer what lets a page of another origin see it. */
export function crossOrigin(x: Exchange, kernel: Kernel): void {
  const { origin } = x.request.headers;
  const rule = x.loaded?.service?.cors;
  if (origin === undefined || rule === undefined || x.caller === undefined || x.request.method === 'OPTIONS') return;
  if (x.reply === undefined || x.reply === 'close') return;
  const ctx = (x.ctx ??= newContext(x, kernel));
  try {
    Object.assign(
      x.reply.headers,
      ctx.run(() => rule({ path: x.path, origin, method: x.request.method, headers: [] }, ctx) ?? {}),
    );
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
  }
}
