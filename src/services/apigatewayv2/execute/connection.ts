/** Connections: what one is told, and what is known of it. */
import type { Ctx } from '#kernel/contract';
import { type ConnectionRow, connections } from '../state.ts';

/** What is known of a connection, also while its socket opens or closes. */
export function findConnection(ctx: Ctx, id: string): ConnectionRow | undefined {
  return ctx.store.in({ account: '', region: '' }).get(connections, { id });
}

/** A connection whose socket is open; one that a process before this had opened is none. */
export function openConnection(ctx: Ctx, id: string): ConnectionRow | undefined {
  return ctx.sockets.has(id) ? findConnection(ctx, id) : undefined;
}

/** Forgets a connection. In a transaction. */
export function forget(ctx: Ctx, id: string): void {
  ctx.store.in({ account: '', region: '' }).delete(connections, { id });
  ctx.disarm('idle', id);
}

/** What comes from a client and what goes to it keeps the connection. In a transaction. */
export function touch(ctx: Ctx, id: string): void {
  const row = findConnection(ctx, id);
  if (row !== undefined) ctx.store.in({ account: '', region: '' }).put(connections, { ...row, activeAt: ctx.clock() });
}

/** Sends to a client; false where it is gone. */
export function sendTo(ctx: Ctx, { id, api, stage }: ConnectionRow, data: string | Uint8Array): boolean {
  if (!ctx.sockets.send(id, data)) {
    ctx.transact(() => forget(ctx, id));
    return false;
  }
  ctx.transact(() => touch(ctx, id));
  ctx.count('MessageCount', { ApiId: api }, 1);
  ctx.count('MessageCount', { ApiId: api, Stage: stage }, 1);
  return true;
}

/** What operations on a connection are on: `arn:aws:execute-api:…:<api>/<stage>/POST/@connections/<id>`. */
export function connectionArn(ctx: Ctx, method: string, { account, region, api, stage, id }: ConnectionRow): string {
  return `arn:${ctx.partition}:execute-api:${region}:${account}:${api}/${stage}/${method}/@connections/${id}`;
}
