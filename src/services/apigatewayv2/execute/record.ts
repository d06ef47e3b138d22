/** What is written down of a request once it is answered. Source: API Gateway Developer Guide, "Monitor CloudWatch metrics for HTTP APIs", "Configure logging for HTTP APIs". */
import type { Ctx } from '#kernel/contract';
import type { Stage } from '#models/apigatewayv2';
import { accessLine, isStream, putLine, streamOf } from '../../api-gateway/port.ts';
import { bytesOf, groupOfArn, putLines } from '../../cloudwatch-logs/port.ts';
import type { HttpCall } from './call.ts';
import type { Reply } from './reply.ts';

/** Counts a request and writes its line. */
export function record(call: HttpCall, reply: Reply): void {
  const { ctx, stage, apiId, integration } = call;
  const latency = ctx.clock() - ctx.now;
  for (const dimensions of dimensionsOf(apiId, stage, call.route?.route.RouteKey)) {
    ctx.count('Count', dimensions, 1);
    ctx.count('Latency', dimensions, latency, 'Milliseconds');
    if (integration.latency !== undefined)
      ctx.count('IntegrationLatency', dimensions, integration.latency, 'Milliseconds');
    ctx.count('4xx', dimensions, reply.status >= 400 && reply.status < 500 ? 1 : 0);
    ctx.count('5xx', dimensions, reply.status >= 500 ? 1 : 0);
    ctx.count('DataProcessed', dimensions, call.body.length + reply.body.length, 'Bytes');
  }
  writeAccess(ctx, stage, call.apiArn, {
    ...call.logContext,
    status: reply.status,
    responseLength: reply.body.length,
    responseLatency: latency,
    dataProcessed: call.body.length + reply.body.length,
  });
}

/**
 * Of an API, of its stage, and of the route where the stage counts its routes.
 *
 * Deviation: AWS does not say what the method of a route without one is called; here it is the route's key.
 */
export function dimensionsOf(ApiId: string, stage: Stage, key: string | undefined): Record<string, string>[] {
  const Stage = stage.StageName;
  const own: Record<string, string>[] = [{ ApiId }, { ApiId, Stage }];
  if (key === undefined) return own;
  const settings = { ...stage.DefaultRouteSettings, ...stage.RouteSettings?.[key] };
  const [Method = key, Resource = key] = key.split(' ');
  return settings.DetailedMetricsEnabled === true ? [...own, { ApiId, Stage, Method, Resource }] : own;
}

/** Writes a line to the stage's access log, as the service that delivers logs: the log group's policy decides. */
export function writeAccess(
  ctx: Ctx,
  { AccessLogSettings: log }: Stage,
  arn: string,
  context: Record<string, unknown>,
): void {
  if (isStream(log?.DestinationArn)) putLine(ctx, log.DestinationArn, accessLine(log.Format ?? '', context));
  const logGroupName = groupOfArn(log?.DestinationArn ?? '')?.name;
  if (logGroupName === undefined) return;
  const place = { logGroupName, logStreamName: streamOf(logGroupName, ctx.now) };
  const lines = [{ timestamp: ctx.now, message: accessLine(log?.Format ?? '', context) }];
  const logs = ctx.awsFor(arn, 'delivery.logs')['cloudwatch-logs'];
  void ctx.insist(bytesOf(lines.map(({ message }) => message)), () => putLines(logs, place, lines));
}
