/**
 * Answers of functions and of HTTP endpoints that flow to the client as they are made.
 *
 * Deviation: what is beyond the first 10 MB of an answer is not slowed down.
 *
 * @see API Gateway Developer Guide, "Set up a Lambda proxy integration with payload response streaming", "Stream the integration response"
 */
import { KIB, MINUTE, type Millis, readPrelude, SECOND } from '#kernel/base';
import { type FetchedFlow, requestIdOf } from '#kernel/contract';
import type { InvokeWithResponseStreamResponseEvent } from '#models/lambda';
import type { Call, Reply } from './call.ts';
import { type HttpCall, openHttp } from './call-http.ts';
import { type FunctionCall, reachWith } from './call-lambda.ts';
import { before } from './deadline.ts';
import { isEdgeOptimized } from './edge.ts';
import { internalError } from './errors.ts';
import { headerText, listedHeaders, plainHeaders, statusOf } from './proxy-event.ts';

const METADATA_BYTES_MAX = 16 * KIB;
/** Between two pieces: of edge-optimized APIs, and of others. */
const IDLE_EDGE: Millis = 30 * SECOND;
const IDLE: Millis = 5 * MINUTE;

/**
 * Calls a function and reads as far as status and headers go.
 *
 * @throws {ServiceError} as Lambda said
 * @throws {DeadlineError}
 * @throws {GatewayFault} it failed, or said what is no answer
 */
export async function flowing(call: Call, asked: FunctionCall): Promise<Reply> {
  const { ctx, integration } = call;
  const startedAt = ctx.clock();
  const whole = AbortSignal.timeout(asked.timeout);
  const { lambda } = await reachWith(ctx, asked.credentials, asked.source);
  const read = await before(
    whole,
    (async () => {
      const answer = await lambda.InvokeWithResponseStream({
        FunctionName: asked.function,
        Payload: Buffer.from(typeof asked.payload === 'string' ? asked.payload : JSON.stringify(asked.payload)),
        ...(asked.tenant !== undefined && { TenantId: asked.tenant }),
        ...(asked.trace !== undefined && { TraceHeader: asked.trace }),
      });
      integration.requestId = requestIdOf(answer);
      const { EventStream } = answer;
      return EventStream && readPrelude(payloads(EventStream), METADATA_BYTES_MAX);
    })(),
  );
  if (read === undefined) {
    call.say('Execution failed due to configuration error: Malformed Lambda proxy response');
    throw internalError();
  }
  const { statusCode = 200, headers, multiValueHeaders, cookies } = read.metadata;
  integration.status = 200;
  integration.functionStatus = statusOf(statusCode);
  integration.timeToAllHeaders = ctx.clock() - startedAt;
  return {
    status: integration.functionStatus,
    headers: {
      'content-type': 'application/json',
      ...plainHeaders(headers),
      ...listedHeaders(multiValueHeaders),
      ...(Array.isArray(cookies) && { 'set-cookie': cookies.flatMap((one) => headerText('set-cookie', one) ?? []) }),
    },
    body: inTime(read.body, { whole, idle: idleOf(call) }, call, startedAt),
  };
}

/**
 * Sends a request on and reads as far as status and headers go.
 *
 * @throws {FetchError}
 * @throws {DeadlineError}
 */
export async function flowingHttp(call: Call, asked: HttpCall): Promise<FetchedFlow> {
  const { ctx, integration } = call;
  const startedAt = ctx.clock();
  const whole = AbortSignal.timeout(asked.timeout);
  const answer = await openHttp(ctx, asked);
  integration.timeToAllHeaders = ctx.clock() - startedAt;
  return { ...answer, body: inTime(answer.body, { whole, idle: idleOf(call) }, call, startedAt) };
}

function idleOf({ compiled }: Call): Millis {
  return isEdgeOptimized(compiled.api) ? IDLE_EDGE : IDLE;
}

/** The pieces of an answer. @throws {GatewayFault} the function failed */
async function* payloads(events: InvokeWithResponseStreamResponseEvent): AsyncGenerator<Uint8Array> {
  for await (const { PayloadChunk, InvokeComplete } of events) {
    if (PayloadChunk?.Payload !== undefined) yield PayloadChunk.Payload;
    if (InvokeComplete?.ErrorCode !== undefined) throw internalError();
  }
}

/** Lets pieces through until one, or the whole, takes too long: then the client's connection ends in the middle. @throws {DeadlineError} */
async function* inTime(
  pieces: AsyncIterable<Uint8Array>,
  { whole, idle }: { whole: AbortSignal; idle: Millis },
  { ctx, integration }: Call,
  startedAt: number,
): AsyncGenerator<Uint8Array> {
  const iterator = pieces[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { value, done } = await before(AbortSignal.any([whole, AbortSignal.timeout(idle)]), iterator.next());
      if (done === true) return;
      integration.timeToFirstContent ??= ctx.clock() - startedAt;
      yield value;
    }
  } finally {
    integration.latency = ctx.clock() - startedAt;
    // Not waited for: it may be what took too long.
    void iterator.return?.()?.catch(() => undefined);
  }
}
