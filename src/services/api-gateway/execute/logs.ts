/** Lines of logs, and writing them as the role that the account has for that. */
import { createHash } from 'node:crypto';
import { HOUR } from '#kernel/base';
import { type Ctx, ServiceError } from '#kernel/contract';
import { accounts } from '../state.ts';
import type { Call, Reply } from './call.ts';
import { at } from './templates.ts';

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

/** Lines of an execution log. */
export function execution(
  call: Call,
  reply: Reply,
  latency: number,
  { loggingLevel: level, dataTraceEnabled: tells }: Settings,
): string[] {
  const said = call.log.filter(({ isData }) => !isData || tells === true).map(({ line }) => line);
  const lines =
    level === 'INFO'
      ? [
          `Starting execution for request: ${call.ctx.requestId}`,
          `HTTP Method: ${call.request.method}, Resource Path: ${call.path}`,
          ...(tells === true ? [`Method request body before transformations: ${call.body.toString('utf8')}`] : []),
          ...said,
          `Method completed with status: ${reply.status}`,
          `AWS Integration Endpoint RequestId : ${call.ctx.requestId}, X-ray Tracing ID : ${call.headers['x-amzn-trace-id']}, Latency: ${latency} ms`,
        ]
      : said.filter((line) => line.startsWith('Execution failed'));
  return lines.map((line) => `(${call.ctx.requestId}) ${line}`);
}

/** The stream of a group that lines of a moment go to. */
export function streamOf(group: string, now: number): string {
  return createHash('md5')
    .update(`${group}/${Math.floor(now / HOUR)}`)
    .digest('hex');
}

/** Writes lines to a group; which stream follows from the moment. Never fails: a log that can't be written is lost. */
export async function writeLines(
  ctx: Ctx,
  role: string,
  group: string,
  lines: readonly string[],
  makesGroup = false,
): Promise<void> {
  if (lines.length === 0) return;
  try {
    const logs = (await ctx.actAs(role, 'BackplaneAssumeRoleSession')).aws()['cloudwatch-logs'];
    const logStreamName = streamOf(group, ctx.now);
    const logEvents = lines.map((message) => ({ timestamp: ctx.now, message }));
    const put = () => logs.PutLogEvents({ logGroupName: group, logStreamName, logEvents });
    try {
      await put();
    } catch (error) {
      if (!(error instanceof ServiceError) || error.code !== 'ResourceNotFoundException') throw error;
      if (makesGroup) await ignoring('ResourceAlreadyExistsException', logs.CreateLogGroup({ logGroupName: group }));
      await ignoring('ResourceAlreadyExistsException', logs.CreateLogStream({ logGroupName: group, logStreamName }));
      await put();
    }
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
  }
}

async function ignoring(code: string, work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof ServiceError && error.code === code)) throw error;
  }
}
