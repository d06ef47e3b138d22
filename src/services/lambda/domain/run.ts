/** Running a version: its specification for the engine, its role's credentials, its log. */

import { sha256Hex } from '#kernel/base';
import type { Acting, Ctx, FunctionAnswer, FunctionLogLine, FunctionSpec, TaskHandler } from '#kernel/contract';
import { ServiceError } from '#kernel/contract';
import { recursive, roleNotAssumable, tooManyRequests } from '../errors.ts';
import { underFaults } from '../faults.ts';
import { CHAIN_MAX, CONCURRENT_EXECUTIONS, CREDENTIALS_LEFT } from '../limits.ts';
import { type CredentialsRow, credentials, functions, provisioned, type VersionRow } from '../state.ts';
import { type Target, targetOf } from './find.ts';
import { layerOf } from './layers.ts';
import { arnOf } from './names.ts';
import { totalsOf } from './versions.ts';

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
 * Runs a version of a function.
 *
 * @throws {ServiceError} TooManyRequestsException, AccessDenied for a role that can't be assumed any more
 */
export async function run(target: Target, call: Invocation, ctx: Ctx): Promise<FunctionAnswer> {
  const { function: row, version } = target;
  const { account } = target;
  const trace = nextTrace(target, call.trace, ctx);
  takeTurn(target, ctx);
  const spec = specOf(target, await credentialsOf(account, version, ctx), ctx);
  const answer = await underFaults(target, call.requestId, ctx, () =>
    ctx.engines.function.invoke(spec, { ...call, trace }),
  );
  count('Invocations', target, 1, ctx);
  count('Errors', target, answer.failed ? 1 : 0, ctx);
  const place = { account, region: ctx.region };
  count('ConcurrentExecutions', target, ctx.engines.function.running(place, row.name), ctx);
  if (row.reserved === undefined)
    ctx.count('UnreservedConcurrentExecutions', {}, unreserved(account, ctx), 'Count', place);
  ctx.track(
    answer.ended.then(({ duration, init }) => {
      count('Duration', target, duration, ctx, 'Milliseconds');
      ctx.use(`GB-Seconds`, (Math.ceil(duration + (init ?? 0)) / 1_000) * (version.memory / 1_024));
    }),
  );
  return answer;
}

/** Keeps environments of a version or an alias started, as many as are provisioned for it; none for what is gone. */
export const provision: TaskHandler = async (payload, ctx) => {
  const [name, qualifier] = [String(payload.name), String(payload.qualifier)];
  const target = targetOf(name, qualifier, ctx);
  if (target === undefined) return;
  const count = ctx.store.get(provisioned, { name, qualifier })?.count ?? 0;
  const spec = specOf(target, await credentialsOf(target.account, target.version, ctx), ctx);
  await ctx.engines.function.provision(spec, count);
};

/** Counts by function, by how it was named, by the version that an alias took, and for the account. Source: Lambda Developer Guide, "Types of metrics". */
export function count(
  metric: string,
  { account, function: { name }, qualifier, version }: Target,
  value: number,
  ctx: Ctx,
  unit: 'Count' | 'Milliseconds' = 'Count',
): void {
  const place = { account, region: ctx.region };
  const Resource = qualifier === '' ? name : `${name}:${qualifier}`;
  ctx.count(metric, {}, value, unit, place);
  ctx.count(metric, { FunctionName: name }, value, unit, place);
  ctx.count(metric, { FunctionName: name, Resource }, value, unit, place);
  if (qualifier !== '' && qualifier !== version.version)
    ctx.count(metric, { FunctionName: name, Resource, ExecutedVersion: version.version }, value, unit, place);
}

/** Refuses what is beyond the function's or the account's concurrency. */
function takeTurn(target: Target, ctx: Ctx): void {
  const { account } = target;
  const { name, reserved } = target.function;
  const refuse = (reason: string) => {
    count('Throttles', target, 1, ctx);
    return tooManyRequests(reason);
  };
  if (reserved !== undefined) {
    if (ctx.engines.function.running({ account, region: ctx.region }, name) >= reserved)
      throw refuse('ReservedFunctionConcurrentInvocationLimitExceeded');
    return;
  }
  if (unreserved(account, ctx) >= ctx.quota(CONCURRENT_EXECUTIONS) - totalsOf(ctx.store.in({ account })).reserved)
    throw refuse('ConcurrentInvocationLimitExceeded');
}

/** Calls in progress of functions that have reserved nothing. */
function unreserved(account: string, ctx: Ctx): number {
  const { function: engine } = ctx.engines;
  const place = { account, region: ctx.region };
  const store = ctx.store.in(place);
  if (totalsOf(store).reserved === 0) return engine.running(place);
  const reserving = store.list(functions, { index: 'byReserved' }).filter(({ reserved }) => reserved !== undefined);
  return reserving.reduce((sum, { name }) => sum - engine.running(place, name), engine.running(place));
}

/** The function's role, for what Lambda does in its name. */
export async function actAsRole(version: VersionRow, ctx: Ctx): Promise<Acting> {
  const { accessKeyId } = await credentialsOf(ctx.account, version, ctx);
  const acting = ctx.actWith(accessKeyId);
  if (acting === undefined) throw roleNotAssumable();
  return acting;
}

/**
 * X-Ray's header for what the function calls: with how often the function has been in this chain.
 * Source: Lambda Developer Guide, "Use Lambda recursive loop detection to prevent infinite loops".
 *
 * @throws {ServiceError} RecursiveInvocationException
 */
function nextTrace(target: Target, trace: string, ctx: Ctx): string {
  const { account, function: row } = target;
  const mark = sha256Hex(arnOf(ctx, account, row.name)).slice(0, 8);
  const [whole, passes = ''] = new RegExp(`;?Lineage=\\d+:${mark}:(\\d+)`).exec(trace) ?? [];
  const depth = Number(passes) + 1;
  if (depth > CHAIN_MAX && row.mayLoop !== true) {
    count('RecursiveInvocationsDropped', target, 1, ctx);
    throw recursive();
  }
  return `${whole === undefined ? trace : trace.replace(whole, '')};Lineage=1:${mark}:${depth}`;
}

/** X-Ray's header for a call that nobody traces yet. */
export function newTrace(ctx: Ctx): string {
  const hex = ctx.uuid().replaceAll('-', '');
  const seconds = Math.floor(ctx.clock() / 1_000)
    .toString(16)
    .padStart(8, '0');
  return `Root=1-${seconds}-${hex.slice(0, 24)};Parent=${hex.slice(16)};Sampled=0`;
}

/** Credentials of the function's role: those at hand, or new ones. */
async function credentialsOf(account: string, { role, name }: VersionRow, ctx: Ctx): Promise<CredentialsRow> {
  const known = ctx.store.in({ account }).get(credentials, { role });
  if (known !== undefined && known.expiresAt - CREDENTIALS_LEFT > ctx.clock()) return known;
  const { Credentials } = await ctx.aws.sts.AssumeRole({ RoleArn: role, RoleSessionName: name.padEnd(2, '_') });
  const row: CredentialsRow = {
    role,
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
    expiresAt: Number(Credentials?.Expiration ?? 0),
  };
  ctx.transact((store) => store.in({ account }).put(credentials, row));
  return row;
}

function specOf({ account, version }: Target, role: CredentialsRow, ctx: Ctx): FunctionSpec {
  const { name, logging, code, codeSha256, folder } = version;
  const { accessKeyId, secretAccessKey, sessionToken } = role;
  // One after the other, so that lines stay in order.
  let written = Promise.resolve();
  return {
    key: `${account}/${ctx.region}/${name}:${version.version}/${version.revisionId}/${accessKeyId}`,
    arn: arnOf(ctx, account, name, version.version),
    place: { account, region: ctx.region },
    name,
    version: version.version,
    runtime: version.runtime,
    handler: version.handler,
    code: folder === undefined ? { sha256: codeSha256, open: () => ctx.blobs.read(code) } : { folder },
    layers: version.layers.flatMap((arn) => {
      const layer = layerOf(arn, ctx);
      return layer === undefined ? [] : [{ sha256: layer.codeSha256, open: () => ctx.blobs.read(layer.code) }];
    }),
    memory: version.memory,
    timeout: version.timeout * 1_000,
    storage: version.storage,
    environment: version.environment ?? {},
    endpoint: ctx.localEndpoint,
    credentials: async () => ({ accessKeyId, secretAccessKey, sessionToken }),
    log: {
      group: logging.LogGroup,
      stream: () => streamName(version.version, ctx),
      json: logging.LogFormat === 'JSON',
      application: logging.ApplicationLogLevel ?? 'INFO',
      system: logging.SystemLogLevel ?? 'INFO',
    },
    onLog: (stream, lines) => {
      written = written.then(() => writeLog(logging.LogGroup, stream, lines, accessKeyId, ctx));
      ctx.track(written);
    },
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
