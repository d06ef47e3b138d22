/** Pages of a service that serves some: outside its API, asked by nobody in particular, answered as the service says. */
import type { Exchange } from '../exchange.ts';
import type { Kernel } from '../kernel.ts';
import { useAnonymous } from './authenticate.ts';
import { newContext } from './authorize.ts';

export function servePage(x: Exchange, kernel: Kernel): void | Promise<void> {
  const rule = x.loaded?.service?.page;
  if (rule === undefined) return;
  const { method, headers, body } = x.request;
  const page = rule({ method, path: x.path, query: x.query, headers, body });
  if (page === undefined) return;
  useAnonymous(x);
  x.ctx = newContext(x, kernel);
  return page(x.ctx).then((reply) => {
    if (!('operation' in reply)) {
      x.reply = { ...reply, headers: { 'x-amzn-requestid': x.requestId, ...reply.headers } };
      return;
    }
    const written = x.protocol?.write(reply.operation, reply.output as Record<string, unknown>, {
      requestId: x.requestId,
    });
    x.reply = written && { ...written, status: reply.status ?? written.status };
  });
}
