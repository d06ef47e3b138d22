/** What is written down of connections and their messages. Source: API Gateway Developer Guide, "Monitor WebSocket API execution with CloudWatch metrics", "Configure logging for a WebSocket API". */
import { accessLine, isGroup, isStream, logsRole, putLine, writeLines } from '../../api-gateway/port.ts';
import { groupOfArn } from '../../cloudwatch-logs/port.ts';
import { dimensionsOf } from './record.ts';
import type { SocketCall } from './socket-call.ts';

/**
 * Counts and logs an opening, a message or an end.
 *
 * @param refusal what API Gateway answered by itself, before anything was called
 */
export function recordSocket(call: SocketCall, refusal?: string): void {
  count(call, refusal !== undefined);
  log(call, refusal);
}

function count(call: SocketCall, isRefused: boolean): void {
  const { ctx, connection, stage, routeKey, type, integration } = call;
  const { status = 0, latency, error } = integration;
  for (const dimensions of dimensionsOf(connection.api, stage, routeKey)) {
    const add = (metric: string) => ctx.count(metric, dimensions, 1);
    if (type === 'CONNECT' && !isRefused) add('ConnectCount');
    if (type === 'MESSAGE') add('MessageCount');
    if (isRefused) add('ClientError');
    if (error !== undefined) add('ExecutionError');
    if (status >= 400) add('IntegrationError');
    if (latency !== undefined) ctx.count('IntegrationLatency', dimensions, latency, 'Milliseconds');
  }
}

/** Deviation: the lines of AWS's execution log are not described anywhere; these tell the same in other words. */
function log(call: SocketCall, refusal: string | undefined): void {
  const { ctx, stage, connection, routeKey, integration, body } = call;
  const { LoggingLevel: level = 'OFF', DataTraceEnabled: tells } = {
    ...stage.DefaultRouteSettings,
    ...stage.RouteSettings?.[routeKey],
  };
  const role = logsRole(ctx);
  const problem = refusal ?? integration.error;
  const { DestinationArn: access, Format = '' } = stage.AccessLogSettings ?? {};
  const line = accessLine(Format, call.logContext(problem));
  if (isStream(access)) putLine(ctx, access, line);
  if (role === undefined) return;
  if (isGroup(access)) writeLines(ctx, role, groupOfArn(access)?.name ?? '', [line]);
  if (level === 'OFF' || (level === 'ERROR' && problem === undefined)) return;
  const lines = [
    ...(level === 'INFO' ? [`Event: ${call.type}, Route Key: ${routeKey}, Connection: ${connection.id}`] : []),
    ...(level === 'INFO' && tells === true ? [`Message: ${body}`] : []),
    ...(problem === undefined ? [] : [`Execution failed: ${problem}`]),
  ];
  const group = `/aws/apigateway/${connection.api}/${stage.StageName}`;
  const named = lines.map((line) => `(${call.requestId}) ${line}`);
  writeLines(ctx, role, group, named, true);
}
