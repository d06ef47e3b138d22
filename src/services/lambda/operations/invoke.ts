/** Calling functions: for an answer, or as an event that is taken and carried out later. */
import { type Ctx, type Handler, raise } from '#kernel/contract';
import { type Found, findFunction, targetOf } from '../domain/find.ts';
import { newTrace, run } from '../domain/run.ts';
import { functionNotFound, payloadNotJson, payloadTooLarge } from '../errors.ts';
import { EVENT_BYTES_MAX, PAYLOAD_BYTES_MAX } from '../limits.ts';
import { events } from '../state.ts';

const EMPTY = Buffer.from('{}');

export const invoke: Handler<'lambda', 'Invoke'> = async (input, ctx) => {
  const found = findFunction(input.FunctionName, input.Qualifier, ctx);
  const payload = input.Payload === undefined || input.Payload.length === 0 ? EMPTY : input.Payload;
  const isEvent = input.InvocationType === 'Event';
  const max = isEvent ? EVENT_BYTES_MAX : PAYLOAD_BYTES_MAX;
  if (payload.length > max) throw payloadTooLarge(max);
  checkJson(payload);
  if (input.InvocationType === 'DryRun') return { StatusCode: 204 };
  const clientContext =
    input.ClientContext === undefined ? undefined : Buffer.from(input.ClientContext, 'base64').toString('utf8');
  const trace = ctx.http.headers['x-amzn-trace-id'] ?? newTrace(ctx);
  if (isEvent) {
    await accept(found, payload, trace, clientContext, ctx);
    return { StatusCode: 202 };
  }
  const { arn, named } = found;
  const target = targetOf(named.name, named.qualifier ?? '', ctx, named.account) ?? raise(functionNotFound(arn));
  const call = { requestId: ctx.requestId, arn, payload, clientContext, trace, streams: false };
  const answer = await run(target, call, ctx);
  return {
    StatusCode: 200,
    ...(answer.failed && { FunctionError: 'Unhandled' }),
    ...(input.LogType === 'Tail' && { LogResult: Buffer.from((await answer.ended).tail).toString('base64') }),
    Payload: answer.body as Uint8Array,
    ExecutedVersion: target.version.version,
  };
};

/** Keeps an event until its function has taken it. */
async function accept(
  { named, arn }: Found,
  payload: Uint8Array,
  trace: string,
  clientContext: string | undefined,
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
    });
    ctx.start('deliver', id, { id }, { account: named.account, region: ctx.region });
  });
  ctx.count('AsyncEventsReceived', { FunctionName: named.name }, 1);
}

function checkJson(payload: Uint8Array): void {
  try {
    JSON.parse(Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('utf8'));
  } catch (error) {
    throw payloadNotJson((error as Error).message);
  }
}
