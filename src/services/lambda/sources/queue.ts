/**
 * Queues as sources. A poll takes messages that can be received and makes batches of them; each batch is a row and a task of its own, so that a
 * slow function holds up no other batch, and a crash loses none. Source: Lambda Developer Guide, "Using Lambda with Amazon SQS".
 */
import { bytesStream, collect, MINUTE, parseArn, SECOND } from '#kernel/base';
import { type Acting, type Ctx, ServiceError, type TaskHandler } from '#kernel/contract';
import type { Message } from '#models/sqs';
import { queueOutlook, visibleMessages } from '#services/sqs/port';
import { type Filter, passes, readFilters } from '../domain/filter.ts';
import { type Target, targetOf } from '../domain/find.ts';
import { failedItems } from '../domain/item-failures.ts';
import { arnOf } from '../domain/names.ts';
import { newTrace, run } from '../domain/run.ts';
import { actAsRole } from '../domain/spec.ts';
import {
  BATCHES_FIRST,
  BATCHES_MAX,
  BATCHES_PER_MINUTE,
  BATCHES_PER_POLLER,
  PAYLOAD_BYTES_MAX,
  PROVISIONED_BATCHES_MAX,
  PROVISIONED_BATCHES_PER_MINUTE,
  THROTTLE_DELAY_MAX,
} from '../limits.ts';
import { type BatchRow, batches, type MappingRow, mappings, polls } from '../mapping-state.ts';
import { queueRecord } from './records.ts';
import { queueUrlOf, wake, wakeAt } from './watch.ts';

/** Messages that one call of SQS receives, or deletes. */
const MESSAGES_MAX = 10;

/** Receives what can be received, as far as the function may have it at a time. */
export const poll: TaskHandler = async ({ id }, ctx) => {
  for (;;) {
    const row = ctx.store.get(mappings, { id: String(id) });
    const target = row === undefined ? undefined : targetOf(row.name, row.qualifier, ctx);
    if (row === undefined || !row.enabled || target === undefined) return;
    if (!hasRoom(row, ctx) || !isGathered(row, ctx)) return;
    const messages = await receive(row, target, ctx);
    if (messages.length === 0) {
      ctx.transact(() => rest(row, ctx));
      return;
    }
  }
};

/** Whether one more batch may be on its way; the end of one is when to look again. */
function hasRoom(row: MappingRow, ctx: Ctx): boolean {
  const now = ctx.clock();
  const { busySince = now } = ctx.store.get(polls, { mapping: row.id }) ?? {};
  const most = batchesAt(Math.floor((now - busySince) / MINUTE), row);
  return ctx.store.list(batches, { index: 'byMapping', where: { mapping: row.id }, limit: most }).length < most;
}

/** Batches at a time, after so many minutes without a pause. */
function batchesAt(minutes: number, { pollers, concurrencyMax = BATCHES_MAX }: MappingRow): number {
  if (pollers === undefined) return Math.min(BATCHES_FIRST + minutes * BATCHES_PER_MINUTE, concurrencyMax);
  const grown = pollers.least * BATCHES_PER_POLLER + minutes * PROVISIONED_BATCHES_PER_MINUTE;
  return Math.min(grown, pollers.most * BATCHES_PER_POLLER, PROVISIONED_BATCHES_MAX);
}

/**
 * Whether the batching window is over, or a batch is full.
 * Deviation: messages wait in the queue, where others can receive them, rather than in Lambda.
 */
function isGathered(row: MappingRow, ctx: Ctx): boolean {
  if (row.window === 0) return true;
  const now = ctx.clock();
  const { account = '', resource = '' } = parseArn(row.source) ?? {};
  const visible = visibleMessages(ctx.store.in({ account }), resource, now);
  const before = ctx.store.get(polls, { mapping: row.id });
  const since = before?.gatheringSince ?? now;
  const over = since + row.window * SECOND;
  if (visible === 0 || visible >= row.batchSize || now >= over) return true;
  ctx.transact((store) => {
    store.put(polls, { ...before, mapping: row.id, gatheringSince: since });
    wakeAt(row.id, over, { id: row.id }, ctx);
  });
  return false;
}

/** Nothing can be received: until when that is so. */
function rest(row: MappingRow, ctx: Ctx): void {
  const { gatheringSince, ...before } = ctx.store.get(polls, { mapping: row.id }) ?? { mapping: row.id };
  if (gatheringSince !== undefined) ctx.store.put(polls, before);
  const { account = '', resource = '' } = parseArn(row.source) ?? {};
  const outlook = queueOutlook(ctx.store.in({ account }), resource, ctx.clock());
  wakeAt(row.id, outlook?.nextVisibleAt, { id: row.id }, ctx);
}

/** A batch of messages, sent on its way; those that no filter lets through are deleted. None where there are none, or the role may not. */
async function receive(row: MappingRow, target: Target, ctx: Ctx): Promise<Message[]> {
  const QueueUrl = queueUrlOf(row.source);
  const messages: Message[] = [];
  let acting: Acting;
  try {
    acting = await actAsRole(target.version, ctx);
    const { sqs } = acting.aws();
    while (messages.length < row.batchSize) {
      const { Messages = [] } = await sqs.ReceiveMessage({
        QueueUrl,
        MaxNumberOfMessages: Math.min(MESSAGES_MAX, row.batchSize - messages.length),
        MessageSystemAttributeNames: ['All'],
        MessageAttributeNames: ['All'],
        WaitTimeSeconds: 0,
      });
      messages.push(...Messages);
      if (Messages.length === 0) break;
    }
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return [];
  }
  if (messages.length > 0) await makeBatches(row, messages, acting, ctx);
  return messages;
}

async function makeBatches(row: MappingRow, messages: Message[], acting: Acting, ctx: Ctx): Promise<void> {
  const filters: Filter[] = readFilters(row.filters, 'sqs');
  const records = messages.map((message) => queueRecord(message, row.source, ctx.region));
  const dropped = messages.filter((_, at) => !passes(filters, records[at] ?? {}, 'sqs'));
  const gone = new Set(dropped);
  await remove(
    row.source,
    dropped.map(({ MessageId = '', ReceiptHandle = '' }) => ({ id: MessageId, receipt: ReceiptHandle })),
    acting,
  );
  const { account = '', resource = '' } = parseArn(row.source) ?? {};
  const hidden = queueOutlook(ctx.store.in({ account }), resource, ctx.clock())?.visibilityTimeout ?? 0;
  const texts = records.map((record) => JSON.stringify(record));
  const groups = bySize(
    messages.map((_, at) => at).filter((at) => !gone.has(messages[at] as Message)),
    (at) => Buffer.byteLength(texts[at] ?? ''),
  );
  const payloads = await Promise.all(
    groups.map((group) => ctx.blobs.write(bytesStream(`{"Records":[${group.map((at) => texts[at]).join(',')}]}`))),
  );
  ctx.transact((store) => {
    const { gatheringSince: _, ...before } = store.get(polls, { mapping: row.id }) ?? { mapping: row.id };
    store.put(polls, { busySince: ctx.clock(), ...before });
    for (const [index, group] of groups.entries()) {
      const payload = payloads[index];
      if (payload === undefined) continue;
      const id = ctx.uuid();
      ctx.blobs.keep(payload);
      store.put(batches, {
        id,
        mapping: row.id,
        payload,
        messages: group.map((at) => ({
          id: messages[at]?.MessageId ?? '',
          receipt: messages[at]?.ReceiptHandle ?? '',
        })),
        throttles: 0,
        ...traceOf(messages[group[0] ?? 0]),
        hiddenUntil: ctx.clock() + hidden,
      });
      ctx.start('batch', id, { id });
    }
  });
}

function traceOf(message: Message | undefined): Pick<BatchRow, 'trace'> {
  const trace = message?.Attributes?.AWSTraceHeader;
  return trace === undefined ? {} : { trace };
}

/** Parts that each fit into one call. */
function bySize(all: readonly number[], sizeOf: (at: number) => number): number[][] {
  const parts: number[][] = [];
  let left = 0;
  for (const at of all) {
    const size = sizeOf(at) + 1;
    const last = parts.at(-1);
    if (last === undefined || size > left) {
      parts.push([at]);
      left = PAYLOAD_BYTES_MAX - 16 - size;
    } else {
      last.push(at);
      left -= size;
    }
  }
  return parts;
}

/** One batch: the function gets it, and what it has dealt with is deleted; the rest comes back when it can be received again. */
export const deliverBatch: TaskHandler = async ({ id }, ctx) => {
  const batch = ctx.store.get(batches, { id: String(id) });
  if (batch === undefined) return;
  const row = ctx.store.get(mappings, { id: batch.mapping });
  const target = row === undefined ? undefined : targetOf(row.name, row.qualifier, ctx);
  if (row === undefined || target === undefined) {
    ctx.transact(() => end(batch, row, ctx));
    return;
  }
  const payload = await collect(ctx.blobs.read(batch.payload), PAYLOAD_BYTES_MAX, () => new Error('a batch that grew'));
  const arn = arnOf(ctx, ctx.account, row.name, row.qualifier);
  try {
    const call = { requestId: ctx.uuid(), arn, payload, trace: batch.trace ?? newTrace(ctx), streams: false };
    const answer = await run(target, call, ctx);
    await answer.ended;
    if (!answer.failed)
      await remove(row.source, done(batch, row, answer.body as Uint8Array), await actAsRole(target.version, ctx));
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    const delay = Math.min(SECOND * 2 ** batch.throttles, THROTTLE_DELAY_MAX);
    const at = ctx.clock() + delay;
    if (error.code === 'TooManyRequestsException' && at < batch.hiddenUntil) {
      ctx.transact((store) => {
        store.put(batches, { ...batch, throttles: batch.throttles + 1 });
        ctx.arm('wake', batch.id, at, { batch: batch.id });
      });
      return;
    }
  }
  ctx.transact(() => end(batch, row, ctx));
};

/** The messages that the function has dealt with. Of a FIFO queue it has to name those that come after a failure, too. */
function done(batch: BatchRow, row: MappingRow, body: Uint8Array): BatchRow['messages'] {
  if (!row.reportsItems) return batch.messages;
  const failed = failedItems(body, new Set(batch.messages.map(({ id }) => id)));
  if (failed === undefined) return [];
  return batch.messages.filter(({ id }) => !failed.has(id));
}

function end(batch: BatchRow, row: MappingRow | undefined, ctx: Ctx): void {
  const { store } = ctx;
  if (!store.delete(batches, batch)) return;
  ctx.blobs.drop(batch.payload);
  if (row === undefined) return;
  if (store.first(batches, { index: 'byMapping', where: { mapping: row.id } }) === undefined) {
    const { busySince: _, ...poll } = store.get(polls, { mapping: row.id }) ?? { mapping: row.id };
    store.put(polls, poll);
  }
  wake(row, ctx);
}

/** Deletes messages; one that is not there any more, or that the role may not delete, comes back. */
async function remove(source: string, messages: BatchRow['messages'], acting: Acting): Promise<void> {
  const QueueUrl = queueUrlOf(source);
  for (let from = 0; from < messages.length; from += MESSAGES_MAX) {
    const Entries = messages
      .slice(from, from + MESSAGES_MAX)
      .map(({ receipt }, index) => ({ Id: String(index), ReceiptHandle: receipt }));
    try {
      await acting.aws().sqs.DeleteMessageBatch({ QueueUrl, Entries });
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      return;
    }
  }
}
