/** What is written down of a request once it is answered: metrics and logs. Source: API Gateway Developer Guide, "Amazon API Gateway dimensions and metrics", "Set up CloudWatch logging". */
import type { Ctx } from '#kernel/contract';
import type { MethodSetting } from '#models/api-gateway';
import { groupOfArn } from '../../cloudwatch-logs/port.ts';
import { isStream, putLine } from './access-log.ts';
import { type Call, isWhole, type Reply } from './call.ts';
import { accessLine, execution, logsRole, writeLines } from './logs.ts';
import { contextOf } from './templates.ts';
import { settingsOf } from './throttle.ts';

/** Counts a request and writes its logs. @param length bytes of the answer's body */
export function finish(call: Call, reply: Reply, length: number): void {
  const { ctx, use, method } = call;
  const latency = ctx.clock() - ctx.now;
  const settings = method === undefined ? {} : settingsOf(use.stage, method);
  for (const dimensions of dimensionsOf(call, settings)) count(call, reply, latency, dimensions);
  log(call, reply, { latency, length }, settings, ctx);
}

/** Of the API, of its stage, and of the method where the stage counts its methods. */
function dimensionsOf({ compiled, use, method }: Call, { metricsEnabled }: MethodSetting): Record<string, string>[] {
  const ApiName = compiled.api.name ?? '';
  const Stage = use.stage.stageName ?? '';
  const isDetailed = metricsEnabled === true && method !== undefined;
  const detailed = isDetailed ? [{ ApiName, Stage, Method: method.httpMethod, Resource: method.path }] : [];
  return [{ ApiName }, { ApiName, Stage }, ...detailed];
}

function count(call: Call, { status }: Reply, latency: number, dimensions: Record<string, string>): void {
  const { ctx, integration, cached } = call;
  ctx.count('Count', dimensions, 1);
  ctx.count('Latency', dimensions, latency, 'Milliseconds');
  if (integration.latency !== undefined)
    ctx.count('IntegrationLatency', dimensions, integration.latency, 'Milliseconds');
  ctx.count('4XXError', dimensions, status >= 400 && status < 500 ? 1 : 0);
  ctx.count('5XXError', dimensions, status >= 500 ? 1 : 0);
  if (cached !== undefined) ctx.count(cached === 'hit' ? 'CacheHitCount' : 'CacheMissCount', dimensions, 1);
}

type Measured = { latency: number; length: number };

function log(call: Call, reply: Reply, measured: Measured, settings: MethodSetting, ctx: Ctx): void {
  const { loggingLevel: level = 'OFF' } = settings;
  const { accessLogSettings: access } = call.use.stage;
  const isLogged = level === 'INFO' || (level === 'ERROR' && (reply.status >= 400 || call.fault !== undefined));
  if (access?.destinationArn === undefined && !isLogged) return;
  if (isStream(access?.destinationArn))
    putLine(ctx, access.destinationArn, accessLine(access.format ?? '', accessed(call, reply, measured)));
  const role = logsRole(ctx);
  if (role === undefined) return;
  const { apiId, stage, isCanary } = call.use;
  if (access?.destinationArn?.includes(':log-group:') === true) {
    const line = accessLine(access.format ?? '', accessed(call, reply, measured));
    const group = groupOfArn(access.destinationArn)?.name ?? '';
    writeLines(ctx, role, group, [line]);
    if (isCanary) writeLines(ctx, role, `${group}${CANARY}`, [line], true);
  }
  if (!isLogged) return;
  const lines = execution(call, reply, settings);
  const group = `API-Gateway-Execution-Logs_${apiId}/${stage.stageName}`;
  for (const one of isCanary ? [group, `${group}${CANARY}`] : [group]) writeLines(ctx, role, one, lines, true);
}

/** What a canary answers is told in the logs of its stage and in others, of this name. Source: API Gateway Developer Guide, "Set up an API Gateway canary release deployment". */
const CANARY = '/Canary';

/** What access logs may tell. Source: API Gateway Developer Guide, "Variables for access logging for API Gateway". */
function accessed(call: Call, reply: Reply, { latency, length }: Measured): Record<string, unknown> {
  const { phases, integration } = call;
  const context = contextOf(call);
  return {
    ...context,
    requestId: call.loggedId,
    ...phases,
    authorizer: {
      ...(context.authorizer as object | undefined),
      ...phases.authorizer,
      integrationLatency: phases.authorizer?.latency,
      integrationStatus: phases.authorizer?.status,
    },
    integration: {
      error: integration.error,
      latency: integration.latency,
      requestId: integration.requestId,
      status: integration.functionStatus ?? integration.status,
      integrationStatus: integration.status,
      responseTransferMode: isWhole(reply) ? 'BUFFERED' : 'STREAMED',
      timeToAllHeaders: integration.timeToAllHeaders,
      timeToFirstContent: integration.timeToFirstContent,
    },
    awsEndpointRequestId: integration.requestId,
    customDomain: { basePathMatched: call.basePath },
    status: reply.status,
    responseLength: length,
    responseLatency: latency,
    xrayTraceId: call.headers['x-amzn-trace-id'],
  };
}
