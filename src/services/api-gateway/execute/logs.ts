/** Lines of logs, and writing them as the role that the account has for that. */
import { createHash } from 'node:crypto';
import { HOUR } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import { bytesOf, putLines } from '../../cloudwatch-logs/port.ts';
import { accounts } from '../state.ts';
import { type Call, cut, isWhole, type Reply } from './call.ts';
import { SESSION } from './call-lambda.ts';
import { casedName } from './request.ts';
import { at } from './templates.ts';
import { mapText, textOf } from './trail.ts';

/** The role that the account has for writing logs of REST and WebSocket APIs. */
export function logsRole(ctx: Ctx): string | undefined {
  return ctx.store.get(accounts, { owner: '', id: '' })?.value.cloudwatchRoleArn;
}

const VARIABLE = /\$context((?:\.[\w-]+)+)/g;

/** A line of an access log: `-` stands for what a request doesn't have. */
export function accessLine(format: string, context: Record<string, unknown>): string {
  return format.replace(VARIABLE, (_, path: string) => {
    const value = at(context, path.slice(1));
    return value === undefined || value === null || value === '' ? '-' : String(value);
  });
}

type Settings = { loggingLevel?: string; dataTraceEnabled?: boolean };

/** Lines of an execution log, as a stage writes them. Source: a log of 2019-02-26 that users have published: the last lines tell by which id the endpoint knows the call. */
export function execution(call: Call, reply: Reply, settings: Settings): string[] {
  const { requestId, integration, use } = call;
  const root = /Root=([^;]+)/.exec(call.headers['x-amzn-trace-id'] ?? '')?.[1];
  const lines =
    settings.loggingLevel === 'INFO'
      ? [
          `Extended Request Id: ${call.extendedId}`,
          ...steps(call, reply, settings.dataTraceEnabled === true),
          ...(integration.requestId ? [`AWS Integration Endpoint RequestId : ${integration.requestId}`] : []),
          ...(use.stage.tracingEnabled === true && root !== undefined ? [`X-ray Tracing ID : ${root}`] : []),
        ]
      : call.log.filter(({ line }) => line.startsWith('Execution failed')).map(({ line }) => line);
  return lines.map((line) => `(${requestId}) ${line}`);
}

/** What happened to a request, step by step. `isFull` tells also what it and its answers held. */
export function steps(call: Call, reply: Reply, isFull: boolean): string[] {
  const { request, path, pathParameters, query, body, fault, requestId } = call;
  const data = (...lines: string[]) => (isFull ? lines.map(cut) : []);
  return [
    ...told(call.admission, isFull),
    `Starting execution for request: ${requestId}`,
    cut(`HTTP Method: ${request.method}, Resource Path: ${path}`),
    ...data(
      `Method request path: ${mapText(pathParameters)}`,
      `Method request query string: ${mapText(query)}`,
      `Method request headers: ${mapText(call.use.isTried === true ? cased(request.headers) : Object.fromEntries(call.shownHeaders))}`,
      `Method request body before transformations: ${textOf(body)}`,
    ),
    ...told(call.log, isFull),
    ...(fault === undefined
      ? [
          ...data(
            ...(isWhole(reply) ? [`Method response body after transformations: ${textOf(reply.body)}`] : []),
            `Method response headers: ${mapText(cased(reply.headers))}`,
          ),
          'Successfully completed execution',
        ]
      : []),
    `Method completed with status: ${reply.status}`,
  ];
}

/** What an authorizer was asked and said. */
export function told(log: Call['log'], isFull: boolean): string[] {
  return log.filter(({ isData }) => !isData || isFull).map(({ line }) => line);
}

/** Headers by the names under which API Gateway shows them. */
export function cased(headers: Reply['headers']): Record<string, string | string[]> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [casedName(name), value]));
}

/** The stream of a group that lines of a moment go to. */
export function streamOf(group: string, now: number): string {
  return createHash('md5')
    .update(`${group}/${Math.floor(now / HOUR)}`)
    .digest('hex');
}

/** Writes lines to a group; which stream follows from the moment. A log that can't be written is lost, after some attempts where that is for trouble which may pass. */
export function writeLines(ctx: Ctx, role: string, group: string, lines: readonly string[], makesGroup = false): void {
  if (lines.length === 0) return;
  const place = { logGroupName: group, logStreamName: streamOf(group, ctx.now) };
  const logEvents = lines.map((message) => ({ timestamp: ctx.now, message }));
  void ctx.insist(bytesOf(lines), async () => {
    const acting = await ctx.actAs(role, SESSION);
    await putLines(acting.aws()['cloudwatch-logs'], place, logEvents, makesGroup);
  });
}
