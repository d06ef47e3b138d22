/** Connections that nobody uses, or that are too old, are closed. */
import type { TimerHandler } from '#kernel/contract';
import { findConnection, forget } from './execute/connection.ts';
import { CONNECTION_FOR, IDLE_FOR } from './limits.ts';

/** Source: API Gateway Developer Guide, "Quotas for configuring and running a WebSocket API": idle and connection duration. */
export const idle: TimerHandler = ({ id }, ctx) => {
  const row = findConnection(ctx, String(id));
  if (row === undefined) return;
  const endsAt = Math.min(row.activeAt + IDLE_FOR, row.connectedAt + CONNECTION_FOR);
  if (endsAt > ctx.now) ctx.arm('idle', row.id, endsAt, { id: row.id });
  else if (!ctx.sockets.close(row.id, 1001, 'Going away')) forget(ctx, row.id);
};
