/** What is written down of connections and their messages. Source: API Gateway Developer Guide, "Monitor WebSocket API execution with CloudWatch metrics". */
import { dimensionsOf } from './record.ts';
import type { SocketCall } from './socket-call.ts';

/**
 * Counts an opening, a message or an end.
 *
 * @param isRefused API Gateway answered by itself, before anything was called
 */
export function recordSocket(call: SocketCall, isRefused = false): void {
  const { ctx, connection, stage, routeKey, type, integration } = call;
  const { status = 0, latency, error } = integration;
  for (const dimensions of dimensionsOf(connection.api, stage, routeKey)) {
    const count = (metric: string) => ctx.count(metric, dimensions, 1);
    if (type === 'CONNECT' && !isRefused) count('ConnectCount');
    if (type === 'MESSAGE') count('MessageCount');
    if (isRefused) count('ClientError');
    if (error !== undefined) count('ExecutionError');
    if (status >= 400) count('IntegrationError');
    if (latency !== undefined) ctx.count('IntegrationLatency', dimensions, latency, 'Milliseconds');
  }
}
