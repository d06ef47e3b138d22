/** Calling functions: for an answer, whole or in pieces, or as an event that is taken and carried out later. */
import { collect } from '#kernel/base';
import { type Ctx, type FunctionAnswer, type Handler, type InputOf, type OutputOf, raise } from '#kernel/contract';
import { type Found, findFunction, targetOf } from '../domain/find.ts';
import { jsonFault } from '../domain/json-fault.ts';
import { arnOf, parseName } from '../domain/names.ts';
import { checkTenant, count, type Invocation, newTrace, run } from '../domain/run.ts';
import { beginCall, checkDurable, endOfCall } from '../durable/call.ts';
import { notDurable } from '../durable/errors.ts';
import { executionArn } from '../durable/names.ts';
import { badClientContext, eventTooLarge, functionNotFound, payloadNotJson, payloadTooLarge } from '../errors.ts';
import { EVENT_BYTES_MAX, PAYLOAD_BYTES_MAX } from '../limits.ts';
import { events, functions, LATEST } from '../state.ts';

const EMPTY = Buffer.from('{}');

export const invoke: Handler<'lambda', 'Invoke'> = async (input, ctx) => {
  const found = findCalled(input, ctx);
  const payload = input.Payload === undefined || input.Payload.length === 0 ? EMPTY : input.Payload;
  const isEvent = input.InvocationType === 'Event';
  if (payload.length > PAYLOAD_BYTES_MAX) throw payloadTooLarge(PAYLOAD_BYTES_MAX);
  if (isEvent && payload.length > EVENT_BYTES_MAX) throw eventTooLarge(payload.length, EVENT_BYTES_MAX);
  checkJson(payload);
  if (found.version.durable !== undefined) return invokeDurable(found, payload, input, ctx);
  if (input.DurableExecutionName !== undefined) throw notDurable();
  const tenant = input.TenantId;
  checkTenant(found.version, tenant);
  if (input.InvocationType === 'DryRun') return { StatusCode: 204 };
  const clientContext = clientContextOf(input.ClientContext);
  const trace = input.TraceHeader ?? traceOf(ctx);
  if (isEvent) {
    await accept(found, payload, { trace, clientContext, tenant }, ctx);
    return { StatusCode: 202, RemappedContentLength: 0, TraceHeader: trace };
  }
  const { arn, named } = found;
  const target = targetOf(named.name, named.qualifier ?? '', ctx, named.account) ?? raise(functionNotFound(arn));
  const call = { requestId: ctx.requestId, arn, payload, clientContext, trace, streams: false, tenant };
  const answer = await run(target, call, ctx);
  return {
    StatusCode: 200,
    RemappedContentLength: 0,
    TraceHeader: answer.trace,
    ...(answer.failed && { FunctionError: 'Unhandled' }),
    ...(input.LogType === 'Tail' && { LogResult: Buffer.from((await answer.ended).tail).toString('base64') }),
    Payload: answer.body as Uint8Array,
    ExecutedVersion: target.version.version,
  };
};

/** What a call names: where it is not there, it is told with the qualifier that calls have without one. @throws {ServiceError} ResourceNotFoundException */
function findCalled(
  { FunctionName, Qualifier }: { FunctionName: string; Qualifier?: string | undefined },
  ctx: Ctx,
): Found {
  const { account, name, qualifier = LATEST } = parseName(FunctionName, Qualifier, ctx);
  if (ctx.store.in({ account }).get(functions, { name }) === undefined)
    throw functionNotFound(arnOf(ctx, account, name, qualifier));
  return findFunction(FunctionName, Qualifier, ctx);
}

/** Begins an execution; who does not send it as an event waits for its end. */
async function invokeDurable(
  { arn, named }: Found,
  payload: Uint8Array,
  input: Omit<InputOf<'lambda', 'Invoke'>, 'FunctionName'>,
  ctx: Ctx,
): Promise<OutputOf<'lambda', 'Invoke'>> {
  const target = targetOf(named.name, named.qualifier ?? '', ctx, named.account) ?? raise(functionNotFound(arn));
  const { InvocationType, DurableExecutionName: name, TenantId: tenant, TraceHeader: trace = traceOf(ctx) } = input;
  const isWaited = InvocationType !== 'Event';
  checkTenant(target.version, tenant);
  if (InvocationType === 'DryRun') {
    // Nobody waits for what is not begun.
    checkDurable(target, false);
    return { StatusCode: 204 };
  }
  const row = await beginCall(target, { payload, trace, name, tenant }, isWaited, ctx);
  const DurableExecutionArn = executionArn(row, target.account, ctx);
  const told = { RemappedContentLength: 0, TraceHeader: trace };
  if (!isWaited) return { StatusCode: 202, ...told, DurableExecutionArn };
  const answer = await endOfCall(row, target.account, ctx);
  return {
    StatusCode: 200,
    ...told,
    ...(answer.failed && { FunctionError: 'Unhandled' }),
    Payload: answer.body as Uint8Array,
    ExecutedVersion: target.version.version,
    DurableExecutionArn,
  };
}

/** Keeps an event until its function has taken it. */
async function accept(
  { named, arn }: Found,
  payload: Uint8Array,
  { trace, clientContext, tenant }: Pick<Invocation, 'trace' | 'clientContext' | 'tenant'>,
  ctx: Ctx,
): Promise<void> {
  const body = await ctx.blobs.write(
    (async function* () {
      yield payload;
    })(),
  );
  const id = ctx.requestId;
  ctx.transact((store) => {
    ctx.blobs.keep(body);
    store.in({ account: named.account }).put(events, {
      id,
      name: named.name,
      qualifier: named.qualifier ?? '',
      arn,
      payload: body,
      acceptedAt: ctx.now,
      failures: 0,
      throttles: 0,
      trace,
      ...(clientContext !== undefined && { clientContext }),
      ...(tenant !== undefined && { tenant }),
    });
    ctx.start('deliver', id, { id }, { account: named.account, region: ctx.region });
  });
  const target = targetOf(named.name, named.qualifier ?? '', ctx, named.account);
  if (target !== undefined) count('AsyncEventsReceived', target, 1, ctx);
}

/** The way to send events before `Invoke` had a type. */
export const invokeAsync: Handler<'lambda', 'InvokeAsync'> = async (input, ctx) => {
  const found = findCalled(input, ctx);
  const payload = await collect(input.InvokeArgs, EVENT_BYTES_MAX, () => payloadTooLarge(EVENT_BYTES_MAX));
  checkJson(payload);
  if (found.version.durable !== undefined) await invokeDurable(found, payload, { InvocationType: 'Event' }, ctx);
  else {
    checkTenant(found.version, undefined);
    await accept(found, payload, { trace: traceOf(ctx) }, ctx);
  }
  return { Status: 202 };
};

export const invokeWithResponseStream: Handler<'lambda', 'InvokeWithResponseStream'> = async (input, ctx) => {
  const { named, arn, version } = findCalled(input, ctx);
  const payload = input.Payload === undefined || input.Payload.length === 0 ? EMPTY : input.Payload;
  if (payload.length > PAYLOAD_BYTES_MAX) throw payloadTooLarge(PAYLOAD_BYTES_MAX);
  checkJson(payload);
  const { TenantId: tenant } = input;
  checkTenant(version, tenant);
  // Whatever type is asked for, the function runs, and is waited for. Source: radkawar/stackd, measured in 2026.
  const target = targetOf(named.name, named.qualifier ?? '', ctx, named.account) ?? raise(functionNotFound(arn));
  const clientContext = clientContextOf(input.ClientContext);
  const trace = input.TraceHeader ?? traceOf(ctx);
  const call = { requestId: ctx.requestId, arn, payload, clientContext, trace, streams: true, tenant };
  const answer = await run(target, call, ctx);
  return {
    StatusCode: 200,
    ExecutedVersion: target.version.version,
    ResponseStreamContentType: 'application/vnd.amazon.eventstream',
    EventStream: piecesOf(answer, input.LogType === 'Tail'),
  };
};

/** An answer as the events of a stream; how it ended comes last. */
async function* piecesOf({ body, failed, ended }: FunctionAnswer, wantsLog: boolean) {
  if (body instanceof Uint8Array) yield { PayloadChunk: { Payload: body } };
  else for await (const Payload of body) yield { PayloadChunk: { Payload } };
  const report = await ended;
  const hasFailed = failed || report.failed;
  yield {
    InvokeComplete: {
      ...(hasFailed && { ErrorCode: 'Unhandled', ErrorDetails: report.errorType ?? 'Unhandled' }),
      ...(wantsLog && { LogResult: Buffer.from(report.tail).toString('base64') }),
    },
  };
}

/** As a header can carry it: in one line, in ASCII. @throws {ServiceError} InvalidRequestContentException */
function clientContextOf(given: string | undefined): string | undefined {
  if (given === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(given, 'base64').toString('utf8'));
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) return asciiJson(value);
  } catch {
    // It is refused.
  }
  throw badClientContext();
}

function asciiJson(value: object): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** X-Ray's header: the caller's, or a new one. */
function traceOf(ctx: Ctx): string {
  return ctx.http.headers['x-amzn-trace-id'] ?? newTrace(ctx);
}

function checkJson(payload: Uint8Array): void {
  try {
    JSON.parse(Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('utf8'));
  } catch (error) {
    throw payloadNotJson(jsonFault(payload) ?? (error as Error).message);
  }
}
