/** Work of streams: buffers are cut, batches processed and delivered, tried again, and in the end given up. */
import { type Millis, SECOND } from '#kernel/base';
import { type Ctx, ServiceError, type TaskHandler, type TimerHandler } from '#kernel/contract';
import { toBucket } from './domain/bucket.ts';
import { append, type BufferName, cut as cutBuffer, finish } from './domain/buffers.ts';
import { bucketFor, processing } from './domain/destination.ts';
import { recordId } from './domain/function.ts';
import { toEndpoint } from './domain/http.ts';
import { countAcknowledgement, countAttempt, countDelivery } from './domain/metrics.ts';
import { failureLine, joined, process } from './domain/process.ts';
import { type Entry, type Piece, readBatch, writePiece } from './domain/records.ts';
import { isAcknowledged, toSplunk } from './domain/splunk.ts';
import { logTrouble, type Trouble, Undelivered } from './domain/trouble.ts';
import {
  HTTP_RETRY_FIRST,
  HTTP_RETRY_JITTER,
  HTTP_RETRY_LONGEST,
  RETRY_FIRST,
  RETRY_LONGEST,
  S3_RETRY_FOR,
  SWEEP_BATCH,
} from './limits.ts';
import { retireGrant } from './operations/encryption.ts';
import { type BatchRow, batches, buffers, chunks, dataKeys, type StreamRow, streams } from './state.ts';

/** How often Splunk is asked whether it has indexed a batch. Our own choice. */
const ACK_EVERY: Millis = 10 * SECOND;
const ERROR_TYPES = { http: 'http-endpoint-failed', splunk: 'splunk-failed' } as const;

/** The oldest record of a buffer has waited long enough. */
export const due: TimerHandler = ({ life, id }, ctx) => {
  ctx.start('cut', `${life}/${id}`, { life, id });
};

/** The time has come to try a batch again. */
export const again: TimerHandler = ({ life, id }, ctx) => {
  ctx.start('work', `${life}/${id}`, { life, id });
};

/** Makes batches of a buffer. */
export const cut: TaskHandler = ({ life, id }, ctx) => {
  cutBuffer({ life: String(life), id: String(id) }, ctx.store, ctx);
};

/** Does with a batch what is to be done with it. */
export const work: TaskHandler = async ({ life, id }, ctx) => {
  const batch = ctx.store.get(batches, { life: String(life), id: String(id) });
  const stream = batch && ctx.store.first(streams, { index: 'byLife', where: { life: batch.life } });
  if (batch === undefined || stream === undefined) return;
  try {
    const entries = await readBatch(batch, ctx);
    if (batch.kind === 'in') await transform(stream, batch, entries, ctx);
    else await deliver(stream, batch, entries, ctx);
  } catch (error) {
    if (error instanceof Undelivered) await postpone(stream, batch, error, ctx);
    else if (error instanceof ServiceError)
      await postpone(stream, batch, new Undelivered({ code: error.code, message: error.message }), ctx);
    else throw error;
  }
};

async function transform(stream: StreamRow, batch: BatchRow, entries: Entry[], ctx: Ctx): Promise<void> {
  const { settings } = stream.destination;
  const function_ = processing(stream.destination)?.Lambda?.LambdaArn ?? '';
  const role = bucketFor(stream.destination, 'error').RoleARN;
  const tell = (trouble: Trouble) =>
    logTrouble(stream, settings.CloudWatchLoggingOptions, role, function_, trouble, ctx);
  const { good, failed } = await process(stream, batch, entries, tell, ctx);
  const groups = new Map<string, { name: BufferName; records: Buffer[]; at: Millis }>();
  for (const { data, at, partition } of good) {
    const key = JSON.stringify(partition ?? null);
    const group = groups.get(key) ?? { name: { kind: 'out', partition }, records: [], at };
    group.records.push(data);
    groups.set(key, group);
  }
  for (const { line, type } of failed) {
    const group = groups.get(type) ?? { name: { kind: 'error', errorType: type }, records: [], at: batch.at };
    group.records.push(line);
    groups.set(type, group);
  }
  const written: { name: BufferName; piece: Piece }[] = [];
  for (const { name, records, at } of groups.values())
    written.push({ name, piece: await writePiece(stream, records, at, ctx) });
  replace(batch, written, ctx);
}

/** Takes a batch away, and puts what it became into other buffers. */
function replace(batch: BatchRow, written: readonly { name: BufferName; piece: Piece }[], ctx: Ctx): void {
  ctx.transact((store) => {
    const stream = store.first(streams, { index: 'byLife', where: { life: batch.life } });
    if (!finish(batch, store, ctx) || stream === undefined) for (const { piece } of written) ctx.blobs.drop(piece.body);
    else for (const { name, piece } of written) append(stream, name, piece, store, ctx);
  });
}

async function deliver(stream: StreamRow, batch: BatchRow, entries: Entry[], ctx: Ctx): Promise<void> {
  const { destination } = stream;
  if (batch.kind !== 'out') await toBucket(stream, batch, Buffer.concat(entries.map(({ data }) => data)), ctx);
  else if (destination.kind === 's3') await toBucket(stream, batch, joined(entries, destination), ctx);
  else if (destination.kind === 'http') {
    countAttempt(stream, entries, ctx);
    await toEndpoint(destination.settings, stream, batch, entries, ctx);
  } else if (!(await throughSplunk(stream, destination, batch, entries, ctx))) return;
  countDelivery(stream, batch, entries, true, ctx);
  ctx.transact((store) => finish(batch, store, ctx));
}

/** Sends, or asks about what was sent; false where it is not acknowledged yet. */
async function throughSplunk(
  stream: StreamRow,
  { settings }: Extract<StreamRow['destination'], { kind: 'splunk' }>,
  batch: BatchRow,
  entries: readonly Entry[],
  ctx: Ctx,
): Promise<boolean> {
  const sent = batch.sent ?? { ackId: await toSplunk(settings, batch, entries, ctx), at: ctx.clock() };
  if (await isAcknowledged(settings, batch, sent.ackId, ctx)) {
    countAcknowledgement(stream, sent.at, ctx);
    return true;
  }
  if (ctx.clock() - sent.at >= (settings.HECAcknowledgmentTimeoutInSeconds ?? 0) * SECOND)
    throw new Undelivered({
      code: 'Splunk.AckTimeout',
      message: 'Did not receive an acknowledgement from HEC before the HEC acknowledgement timeout expired.',
    });
  ctx.transact((store) => {
    if (store.get(batches, batch) === undefined) return;
    store.put(batches, { ...batch, sent });
    ctx.arm('again', `${batch.life}/${batch.id}`, ctx.clock() + ACK_EVERY, { life: batch.life, id: batch.id });
  });
  return false;
}

/** Tries again later; once the time for that is over, records of an endpoint go to the bucket for errors, and others are lost. */
async function postpone(stream: StreamRow, batch: BatchRow, failure: Undelivered, ctx: Ctx): Promise<void> {
  const { destination } = stream;
  const { trouble, isFinal } = failure;
  const isOurs = batch.kind === 'out' && destination.kind !== 's3';
  const bucket = bucketFor(destination, batch.kind);
  const options = isOurs ? destination.settings.CloudWatchLoggingOptions : bucket.CloudWatchLoggingOptions;
  await logTrouble(stream, options, bucket.RoleARN, targetOf(stream, batch), trouble, ctx);
  countDelivery(stream, batch, [], false, ctx);
  const attempts = batch.attempts + 1;
  const at = ctx.clock() + pauseOf(isOurs && destination.kind === 'http', attempts, ctx);
  const { DurationInSeconds = 0 } = isOurs ? (destination.settings.RetryOptions ?? {}) : {};
  const until = batch.cutAt + (isOurs ? DurationInSeconds * SECOND : S3_RETRY_FOR);
  if (!isFinal && at <= until) {
    ctx.transact((store) => {
      if (store.get(batches, batch) === undefined) return;
      const { sent: _, ...unsent } = batch;
      store.put(batches, { ...unsent, attempts });
      ctx.arm('again', `${batch.life}/${batch.id}`, at, { life: batch.life, id: batch.id });
    });
    return;
  }
  if (!isOurs || isFinal) {
    ctx.transact((store) => finish(batch, store, ctx));
    return;
  }
  const lines = (await readBatch(batch, ctx)).map(({ data, at: arrival, sequence, index }) => {
    const id = `${recordId(sequence, index)}.0`;
    const more = destination.kind === 'http' ? { subsequenceNumber: 0, dataId: id } : { EventId: id };
    return failureLine(data, arrival, trouble, attempts, ctx.clock(), more);
  });
  const piece = await writePiece(stream, lines, batch.at, ctx);
  const errorType = ERROR_TYPES[destination.kind];
  replace(batch, [{ name: { kind: 'error', errorType }, piece }], ctx);
}

/** How long nothing is tried after so many attempts. */
function pauseOf(isEndpoint: boolean, attempts: number, ctx: Ctx): Millis {
  const grown = (first: Millis, longest: Millis) => Math.min(first * 2 ** Math.min(attempts - 1, 20), longest);
  if (!isEndpoint) return grown(RETRY_FIRST, RETRY_LONGEST);
  const jitter = (ctx.random.fraction() * 2 - 1) * HTTP_RETRY_JITTER;
  return Math.round(Math.min(grown(HTTP_RETRY_FIRST, HTTP_RETRY_LONGEST) * (1 + jitter), HTTP_RETRY_LONGEST));
}

function targetOf({ destination }: StreamRow, { kind }: BatchRow): string {
  if (kind === 'out' && destination.kind === 'http') return destination.settings.EndpointConfiguration.Url;
  if (kind === 'out' && destination.kind === 'splunk') return destination.settings.HECEndpoint;
  return bucketFor(destination, kind).BucketARN;
}

/** Nothing can lie under the key of an old grant any more. */
export const retire: TimerHandler = async ({ arn, keyArn, grant }, ctx) => {
  const encryption = { status: 'DISABLED', keyType: 'CUSTOMER_MANAGED_CMK', keyArn, grant } as StreamRow['encryption'];
  await retireGrant({ arn: String(arn), encryption }, ctx);
};

/** Removes a bounded part of what a deleted stream left, and comes back for the rest. */
export const sweep: TimerHandler = (payload, ctx) => {
  const { store } = ctx;
  const [life, streamArn] = [String(payload.life), String(payload.streamArn)];
  const rows = store.list(chunks, { where: { life }, limit: SWEEP_BATCH });
  for (const row of rows) {
    ctx.blobs.drop(row.body);
    store.delete(chunks, row);
  }
  const cuts = store.list(batches, { where: { life }, limit: SWEEP_BATCH });
  for (const row of cuts) store.delete(batches, row);
  const left = store.list(buffers, { where: { life }, limit: SWEEP_BATCH });
  for (const row of left) store.delete(buffers, row);
  const keys = store.list(dataKeys, { index: 'byStream', where: { streamArn }, limit: SWEEP_BATCH });
  if (rows.length + cuts.length + left.length > 0) ctx.arm('sweep', life, ctx.now + 1, payload);
  else for (const key of keys) store.delete(dataKeys, key);
};
