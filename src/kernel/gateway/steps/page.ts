/** Pages of a service that serves some: outside its API, asked by nobody in particular, answered as the service says. */
import type { PageReply } from '#kernel/contract';
import type { WireReply } from '#kernel/wire';
import type { Exchange } from '../exchange.ts';
import type { Kernel } from '../kernel.ts';
import { useAnonymous } from './authenticate.ts';
import { newContext } from './authorize.ts';
import { idsOf, isOfS3, nameServer } from './reply.ts';

export function servePage(x: Exchange, kernel: Kernel): void | Promise<void> {
  const rule = x.loaded?.service?.page;
  if (rule === undefined) return;
  const { method, headers, body, secure } = x.request;
  const page = rule({ method, path: x.path, query: x.query, headers, body, secure });
  if (page === undefined) return;
  useAnonymous(x);
  x.ctx = newContext(x, kernel);
  return page(x.ctx).then((reply) => {
    x.reply = replyOf(x, reply);
    if (x.reply !== undefined && isOfS3(x)) nameServer(x, x.reply);
  });
}

function replyOf(x: Exchange, reply: PageReply): WireReply | undefined {
  if (!('operation' in reply)) {
    // S3 tells it in words of its own.
    const headers = isOfS3(x) ? reply.headers : { 'x-amzn-requestid': x.requestId, ...reply.headers };
    return { ...reply, headers };
  }
  const written = x.protocol?.write(reply.operation, reply.output as Record<string, unknown>, idsOf(x));
  return written && { ...written, status: reply.status ?? written.status };
}
