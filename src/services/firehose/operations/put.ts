/** Taking in records. What is acknowledged is durable: it waits in its stream until it is delivered. */
import type { Ctx } from '#kernel/contract';
import type { PutRecordBatchInput, PutRecordBatchOutput, PutRecordInput, PutRecordOutput } from '#models/firehose';
import { append } from '../domain/buffers.ts';
import { backsUp, processing } from '../domain/destination.ts';
import { countPut } from '../domain/metrics.ts';
import { findStream } from '../domain/names.ts';
import { writePiece } from '../domain/records.ts';
import { notOfKinesis } from '../domain/source.ts';
import { invalid, noSuchStream, slowDown } from '../errors.ts';
import { BATCH_BYTES_MAX, RECORD_BYTES_MAX, ratesOf } from '../limits.ts';
import { type StreamRow, streams } from '../state.ts';

/** Takes in one record. @throws {ServiceError} ServiceUnavailableException over the rates of the stream, ResourceNotFoundException, InvalidKMSResourceException */
export async function putRecord(input: PutRecordInput, ctx: Ctx): Promise<PutRecordOutput> {
  const stream = findStream(input.DeliveryStreamName, ctx);
  const { Data } = input.Record;
  if (stream.source !== undefined) throw notOfKinesis();
  checkRecord(Data);
  if (!isWithinRates(stream, 1, Data.length, ctx)) {
    countPut(stream, 'PutRecord', 0, 0, 1, ctx);
    throw slowDown();
  }
  const [RecordId = ''] = await take(stream, 'PutRecord', [Data], 0, ctx);
  return { RecordId, Encrypted: isEncrypted(stream) };
}

/** Takes in up to 500 records; those over the rates of the stream are refused one by one. @throws {ServiceError} as PutRecord */
export async function putRecordBatch(input: PutRecordBatchInput, ctx: Ctx): Promise<PutRecordBatchOutput> {
  const stream = findStream(input.DeliveryStreamName, ctx);
  const records = input.Records.map(({ Data }) => Data);
  if (stream.source !== undefined) throw notOfKinesis();
  for (const record of records) checkRecord(record);
  const bytes = records.reduce((sum, { length }) => sum + length, 0);
  if (bytes > BATCH_BYTES_MAX) throw invalid(`Records size exceeds 4 MB limit`);
  const wanted: Uint8Array[] = [];
  const isTaken = records.map((record, index) => {
    const taken = isWithinRates(stream, index === 0 ? 1 : 0, record.length, ctx);
    if (taken) wanted.push(record);
    return taken;
  });
  const ids = await take(stream, 'PutRecordBatch', wanted, records.length - wanted.length, ctx);
  return {
    FailedPutCount: records.length - wanted.length,
    Encrypted: isEncrypted(stream),
    RequestResponses: isTaken.map((taken) =>
      taken
        ? { RecordId: ids.shift() ?? '' }
        : { ErrorCode: 'ServiceUnavailableException', ErrorMessage: slowDown().message },
    ),
  };
}

function checkRecord(data: Uint8Array): void {
  if (data.length > RECORD_BYTES_MAX) throw invalid('Record size exceeds 1,000 KiB limit');
}

const isEncrypted = ({ encryption }: StreamRow) => encryption?.status === 'ENABLED';

/** Charges the rates of a stream. @param requests 1 with the first record of a call, else 0 */
function isWithinRates({ life }: StreamRow, requests: number, bytes: number, ctx: Ctx): boolean {
  const rates = ratesOf(ctx.region);
  return (
    (requests === 0 || ctx.spend(`${life} requests`, rates.requests, requests)) &&
    ctx.spend(`${life} records`, rates.records, 1) &&
    ctx.spend(`${life} bytes`, rates.bytes, bytes)
  );
}

/** Keeps records of a call together. @returns an id for each */
async function take(
  { name, life }: StreamRow,
  operation: 'PutRecord' | 'PutRecordBatch',
  records: readonly Uint8Array[],
  throttled: number,
  ctx: Ctx,
): Promise<string[]> {
  const stream = findStream(name, ctx);
  const call = ctx.random.bytes(120).toString('base64');
  if (records.length > 0) {
    const piece = await writePiece(stream, records, ctx.now, ctx);
    ctx.transact((store) => {
      const current = store.get(streams, { name });
      if (current?.life !== life) {
        ctx.blobs.drop(piece.body);
        throw noSuchStream(name, ctx.account);
      }
      const isProcessed = processing(current.destination) !== undefined;
      append(current, { kind: isProcessed ? 'in' : 'out' }, piece, store, ctx);
      if (backsUp(current.destination)) append(current, { kind: 'backup' }, piece, store, ctx);
    });
  }
  const bytes = records.reduce((sum, { length }) => sum + length, 0);
  countPut(stream, operation, records.length, bytes, throttled, ctx);
  return records.map((_, index) => `${call}${String(index).padStart(8, '0')}`);
}
