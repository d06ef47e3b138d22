/** Running a version: its specification for the engine, its role's credentials, its log. */
import type { Ctx, FunctionAnswer, FunctionLogLine, FunctionSpec } from '#kernel/contract';
import { ServiceError } from '#kernel/contract';
import { tooManyRequests } from '../errors.ts';
import { CONCURRENT_EXECUTIONS, CREDENTIALS_LEFT } from '../limits.ts';
import { type CredentialsRow, credentials, type FunctionRow, functions, type VersionRow } from '../state.ts';
import { arnOf } from './names.ts';

export type Invocation = {
  requestId: string;
  /** As the caller named the function. */
  arn: string;
  payload: Uint8Array;
  clientContext?: string | undefined;
  trace: string;
  streams: boolean;
};

/**
 * Runs a version of a function of this account.
 *
 * @throws {ServiceError} TooManyRequestsException, AccessDenied for a role that can't be assumed any more
 */
export async function run(row: FunctionRow, version: VersionRow, call: Invocation, ctx: Ctx): Promise<FunctionAnswer> {
  const dimensions = { FunctionName: row.name };
  takeTurn(row, ctx);
  const spec = specOf(version, await credentialsOf(version, ctx), ctx);
  const answer = await ctx.engines.function.invoke(spec, call);
  ctx.count('Invocations', dimensions, 1);
  ctx.count('Errors', dimensions, answer.failed ? 1 : 0);
  ctx.count('ConcurrentExecutions', dimensions, ctx.engines.function.running(ctx, row.name));
  ctx.track(
    answer.ended.then(({ duration, init }) => {
      ctx.count('Duration', dimensions, duration, 'Milliseconds');
      ctx.use(`GB-Seconds`, (Math.ceil(duration + (init ?? 0)) / 1_000) * (version.memory / 1_024));
    }),
  );
  return answer;
}

/** Refuses what is beyond the function's or the account's concurrency. */
function takeTurn({ name, reserved }: FunctionRow, ctx: Ctx): void {
  const { function: engine } = ctx.engines;
  const refuse = (reason: string) => {
    ctx.count('Throttles', { FunctionName: name }, 1);
    return tooManyRequests(reason);
  };
  if (reserved !== undefined && engine.running(ctx, name) >= reserved)
    throw refuse('ReservedFunctionConcurrentInvocationLimitExceeded');
  // Reserved concurrency is taken from the account's, whether it is used or not.
  const others = ctx.store.list(functions, { index: 'byReserved' }).filter((row) => row.name !== name);
  const taken = others.reduce((sum, row) => sum + Math.max(0, (row.reserved ?? 0) - engine.running(ctx, row.name)), 0);
  if (reserved === undefined && engine.running(ctx) + taken >= ctx.quota(CONCURRENT_EXECUTIONS))
    throw refuse('ConcurrentInvocationLimitExceeded');
}

/** Credentials of the function's role: those at hand, or new ones. */
async function credentialsOf({ role, name }: VersionRow, ctx: Ctx): Promise<CredentialsRow> {
  const known = ctx.store.get(credentials, { role });
  if (known !== undefined && known.expiresAt - CREDENTIALS_LEFT > ctx.clock()) return known;
  const { Credentials } = await ctx.aws.sts.AssumeRole({ RoleArn: role, RoleSessionName: name });
  const row: CredentialsRow = {
    role,
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
    expiresAt: Number(Credentials?.Expiration ?? 0),
  };
  ctx.transact((store) => store.put(credentials, row));
  return row;
}

function specOf(version: VersionRow, role: CredentialsRow, ctx: Ctx): FunctionSpec {
  const { name, logging, code, codeSha256, folder } = version;
  const { accessKeyId, secretAccessKey, sessionToken } = role;
  return {
    key: `${ctx.account}/${ctx.region}/${name}:${version.version}/${version.revisionId}/${accessKeyId}`,
    arn: arnOf(ctx, ctx.account, name, version.version),
    place: { account: ctx.account, region: ctx.region },
    name,
    version: version.version,
    runtime: version.runtime,
    handler: version.handler,
    code: folder === undefined ? { sha256: codeSha256, open: () => ctx.blobs.read(code) } : { folder },
    layers: [],
    memory: version.memory,
    timeout: version.timeout * 1_000,
    storage: version.storage,
    environment: version.environment ?? {},
    endpoint: ctx.endpoint.replace('//localhost', '//127.0.0.1'),
    credentials: async () => ({ accessKeyId, secretAccessKey, sessionToken }),
    log: {
      group: logging.LogGroup,
      stream: () => streamName(version.version, ctx),
      json: logging.LogFormat === 'JSON',
      application: logging.ApplicationLogLevel ?? 'INFO',
      system: logging.SystemLogLevel ?? 'INFO',
    },
    onLog: (stream, lines) => ctx.track(writeLog(logging.LogGroup, stream, lines, accessKeyId, ctx)),
  };
}

/** `2026/01/01/[$LATEST]0123456789abcdef0123456789abcdef`. */
function streamName(version: string, ctx: Ctx): string {
  const day = new Date(ctx.clock()).toISOString().slice(0, 10).replaceAll('-', '/');
  return `${day}/[${version}]${ctx.uuid().replaceAll('-', '')}`;
}

/** Writes with the function's own permissions; what its role may not write is lost, as on AWS. */
async function writeLog(
  group: string,
  stream: string,
  lines: readonly FunctionLogLine[],
  accessKeyId: string,
  ctx: Ctx,
): Promise<void> {
  const logs = ctx.actWith(accessKeyId)?.aws()['cloudwatch-logs'];
  if (logs === undefined) return;
  const timestamp = ctx.clock();
  const put = () =>
    logs.PutLogEvents({
      logGroupName: group,
      logStreamName: stream,
      logEvents: lines.map(({ text }) => ({ timestamp, message: text === '' ? ' ' : text })),
    });
  try {
    await put().catch(async (error) => {
      if (!(error instanceof ServiceError && error.code === 'ResourceNotFoundException')) throw error;
      await unlessThere(logs.CreateLogGroup({ logGroupName: group }));
      await unlessThere(logs.CreateLogStream({ logGroupName: group, logStreamName: stream }));
      await put();
    });
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
  }
}

async function unlessThere(making: Promise<unknown>): Promise<void> {
  try {
    await making;
  } catch (error) {
    if (!(error instanceof ServiceError && error.code === 'ResourceAlreadyExistsException')) throw error;
  }
}
