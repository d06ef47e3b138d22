/** Which operation a request means; one that is not built is answered here, by name. */
import type { WireRequest } from '#kernel/wire';
import type { Exchange } from '../exchange.ts';
import { isExpressHost } from '../hosts.ts';
import { withHoisted } from './hoisted.ts';

export function route(x: Exchange): void {
  if (x.protocol === undefined) return;
  const rule = x.form === undefined ? x.loaded?.service?.routed : undefined;
  if (rule !== undefined)
    x.path = rule({ method: x.request.method, path: x.path, query: x.query, headers: x.request.headers });
  const found = x.form ?? x.protocol.route(wireRequest(x));
  // Both are `GET /`: who signs for directory buckets, or comes to their host, asks for those.
  const isExpress = found.operation === 'ListBuckets' && asksExpress(x);
  x.route = isExpress ? { ...found, operation: 'ListDirectoryBuckets' } : found;
  x.operation = x.route.operation;
}

function asksExpress({ head, claim, request }: Exchange): boolean {
  return head?.name === 's3' && (claim?.scope.service === 's3express' || isExpressHost(request.headers.host ?? ''));
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
