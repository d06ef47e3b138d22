/** Events that were taken for later: brought to their functions, tried again when these fail, given up as their configuration says, and told of. */
import { collect, type Millis, parseExactly, SECOND } from '#kernel/base';
import {
  type Ctx,
  type FunctionAnswer,
  persistently,
  ServiceError,
  type TaskHandler,
  type TimerHandler,
} from '#kernel/contract';
import { sendToDeadLetters } from './domain/dead-letters.ts';
import { sendRecord } from './domain/destination.ts';
import { type Target, targetOf } from './domain/find.ts';
import { arnOf } from './domain/names.ts';
import { count, run } from './domain/run.ts';
import { actAsRole } from './domain/spec.ts';
import {
  EVENT_AGE_DEFAULT,
  EVENT_BYTES_MAX,
  EVENT_RETRIES_DEFAULT,
  EVENT_RETRY_DELAYS,
  THROTTLE_DELAY_MAX,
} from './limits.ts';
import { type EventConfigRow, type EventRow, eventConfigs, events, LATEST } from './state.ts';

/** How an event ended. Source: Lambda Developer Guide, "Capturing records of Lambda asynchronous invocations". */
type Ending = {
  condition: 'Success' | 'RetriesExhausted' | 'EventAgeExceeded' | 'ZeroReservedConcurrency';
  /** The last answer; none where the function was never called, or not let run. */
  body?: Uint8Array;
  failed?: boolean;
  /** The last try was refused: there were too many. */
  throttled?: boolean;
};

/** One try. */
export const deliver: TaskHandler = async ({ id }, ctx) => {
  const event = ctx.store.get(events, { id: String(id) });
  if (event === undefined) return;
  const target = targetOf(event.name, event.qualifier, ctx);
  if (target === undefined) {
    drop(event, ctx);
    return;
  }
  const config = ctx.store.get(eventConfigs, {
    name: event.name,
    qualifier: event.qualifier === '' ? LATEST : event.qualifier,
  });
  const payload = await collect(ctx.blobs.read(event.payload), EVENT_BYTES_MAX, () => new Error('an event that grew'));
  if (isTooOld(event, config, ctx.clock())) {
    const throttled = event.throttles > 0;
    await end(event, target, config, payload, { condition: 'EventAgeExceeded', throttled }, ctx);
    return;
  }
  if (event.failures + event.throttles === 0)
    count('AsyncEventAge', target, ctx.clock() - event.acceptedAt, ctx, 'Milliseconds');
  const { id: requestId, arn, clientContext, trace, tenant } = event;
  let answer: FunctionAnswer;
  try {
    answer = await run(target, { requestId, arn, payload, clientContext, trace, tenant, streams: false }, ctx);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    if (target.function.reserved === 0)
      await end(event, target, config, payload, { condition: 'ZeroReservedConcurrency' }, ctx);
    else {
      const throttles = event.throttles + 1;
      again({ ...event, throttles }, Math.min(SECOND * 2 ** event.throttles, THROTTLE_DELAY_MAX), config, ctx);
    }
    return;
  }
  const body = answer.body as Uint8Array;
  if (!answer.failed) {
    await end(event, target, config, payload, { condition: 'Success', body }, ctx);
    return;
  }
  const failures = event.failures + 1;
  const failed = { ...event, failures };
  const delay = EVENT_RETRY_DELAYS[failures - 1] ?? THROTTLE_DELAY_MAX;
  const isLast = failures > (config?.retries ?? EVENT_RETRIES_DEFAULT);
  // What would be too old by its next try is given up now. Source: radkawar/stackd, measured in 2026.
  const condition = isLast ? 'RetriesExhausted' : 'EventAgeExceeded';
  if (isLast || isTooOld(event, config, ctx.clock() + delay))
    await end(failed, target, config, payload, { condition, body, failed: true }, ctx);
  else again(failed, delay, config, ctx);
};

/** An event is tried again. */
export const retry: TimerHandler = ({ id }, ctx) => {
  ctx.start('deliver', String(id), { id });
};

function ageMax(config: EventConfigRow | undefined): Millis {
  return config?.ageMax === undefined ? EVENT_AGE_DEFAULT : config.ageMax * SECOND;
}

function isTooOld({ acceptedAt }: EventRow, config: EventConfigRow | undefined, now: Millis): boolean {
  return now - acceptedAt >= ageMax(config);
}

/** Waits; not longer than the event may live, at whose end it is given up. */
function again(event: EventRow, delay: Millis, config: EventConfigRow | undefined, ctx: Ctx): void {
  const at = Math.min(ctx.clock() + delay, event.acceptedAt + ageMax(config));
  ctx.transact((store) => {
    store.put(events, event);
    ctx.arm('retry', event.id, at, { id: event.id });
  });
}

/** Tells the destination how an event ended, and the dead-letter queue of one that failed. */
async function end(
  event: EventRow,
  target: Target,
  config: EventConfigRow | undefined,
  payload: Uint8Array,
  ending: Ending,
  ctx: Ctx,
): Promise<void> {
  const isSuccess = ending.condition === 'Success';
  const destination = isSuccess ? config?.onSuccess : config?.onFailure;
  const dimensions = { FunctionName: event.name };
  count('AsyncEventsDropped', target, isSuccess ? 0 : 1, ctx);
  const { deadLetterArn } = target.version;
  if (destination !== undefined || (!isSuccess && deadLetterArn !== undefined)) {
    const aws = await persistently(() => actAsRole(target.version, ctx), ctx)
      .then((acting) => acting.aws())
      .catch((error) => {
        if (error instanceof ServiceError) return undefined;
        throw error;
      });
    if (destination !== undefined) {
      const record = recordOf(event, target, payload, ending, ctx);
      const sent = aws !== undefined && (await sendRecord(destination, record, aws, keyOf(event, ctx), ctx));
      if (!sent) ctx.count('DestinationDeliveryFailures', dimensions, 1);
    }
    if (!isSuccess && deadLetterArn !== undefined) {
      const text = Buffer.from(payload).toString('utf8');
      const letter = { text, requestId: event.id, ...wentWrong(ending) };
      const sent = aws !== undefined && (await sendToDeadLetters(deadLetterArn, letter, aws, ctx));
      if (!sent) ctx.count('DeadLetterErrors', dimensions, 1);
    }
  }
  drop(event, ctx);
}

/** Source of what follows an event that was not let run, of the count, and of answers that are no JSON: radkawar/stackd, measured in 2026. */
function recordOf(event: EventRow, { version }: Target, payload: Uint8Array, ending: Ending, ctx: Ctx): object {
  const { condition, body, failed = false, throttled = false } = ending;
  return {
    version: '1.0',
    timestamp: new Date(ctx.clock()).toISOString(),
    requestContext: {
      requestId: event.id,
      functionArn: arnOf(ctx, ctx.account, event.name, event.qualifier === '' ? LATEST : event.qualifier),
      condition,
      approximateInvokeCount: condition === 'Success' ? 1 : event.failures,
    },
    requestPayload: parsed(payload),
    ...(body !== undefined && {
      responseContext: {
        statusCode: 200,
        executedVersion: version.version,
        ...(failed && { functionError: 'Unhandled' }),
      },
      ...payloadPart(body),
    }),
    ...(throttled && { responseContext: { statusCode: 429 } }),
  };
}

/** Deviation: AWS tells a message, too, which is not known. */
const NOT_JSON = { statusCode: 400, errorCode: 'InvalidRequestContentException' };

/** What functions of their own runtimes, or that answer in pieces, give need not be JSON, nor anything. */
function payloadPart(body: Uint8Array): object {
  if (body.length === 0) return {};
  return isJson(body) ? { responsePayload: parsed(body) } : { deliveryError: NOT_JSON };
}

function isJson(bytes: Uint8Array): boolean {
  try {
    parseExactly(Buffer.from(bytes).toString('utf8'));
    return true;
  } catch {
    return false;
  }
}

/** What is no JSON is a text. */
function parsed(bytes: Uint8Array): unknown {
  const text = Buffer.from(bytes).toString('utf8');
  try {
    return parseExactly(text || 'null');
  } catch {
    return text;
  }
}

/** Source: radkawar/stackd, measured in 2026. */
const NEVER_RUN = 'Function not invoked. Function isconfigured with zero reserved concurrent executions';

function wentWrong({ condition, body }: Ending): { code?: string; message: string } {
  if (condition === 'ZeroReservedConcurrency') return { message: NEVER_RUN };
  if (body === undefined) return { code: '429', message: 'Rate Exceeded.' };
  const { errorMessage } = (parsed(body) ?? {}) as { errorMessage?: unknown };
  return { code: '200', message: typeof errorMessage === 'string' ? errorMessage : '' };
}

/** Source: Lambda Developer Guide, "Capturing records of Lambda asynchronous invocations". */
function keyOf({ name }: EventRow, ctx: Ctx): string {
  const now = new Date(ctx.clock()).toISOString();
  const [day = '', time = ''] = now.split('T');
  const stamp = `${day}T${time.slice(0, 8).replaceAll(':', '.')}`;
  return `aws/lambda/async/${name}/${day.replaceAll('-', '/')}/${stamp}-${ctx.uuid()}`;
}

function drop(event: EventRow, ctx: Ctx): void {
  ctx.transact((store) => {
    if (store.delete(events, event)) ctx.blobs.drop(event.payload);
  });
}
