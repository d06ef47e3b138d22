/** Which operation a request means; one that is not built is answered here, by name. */
import type { WireRequest } from '#kernel/wire';
import type { Exchange } from '../exchange.ts';
import { withHoisted } from './hoisted.ts';

export function route(x: Exchange): void {
  if (x.protocol === undefined) return;
  x.route = x.form ?? x.protocol.route(wireRequest(x));
  x.operation = x.route.operation;
}

/** The request as protocols read it. */
export function wireRequest(x: Exchange): WireRequest {
  return {
    method: x.request.method,
    path: x.path,
    query: x.query,
    headers: withHoisted(x),
    body: x.body ?? x.request.body,
  };
}
