/** SelectObjectContent: a query over the records of one object. */
import { gunzipped, utf8Length } from '#kernel/base';
import { type Ctx, type Handler, notBuilt, ServiceError } from '#kernel/contract';
import type {
  InputSerialization,
  ScanRange,
  SelectObjectContentEventStream,
  SelectObjectContentRequest,
} from '#models/s3';
import { checkActive } from '../domain/archive.ts';
import { readBody } from '../domain/body.ts';
import { dataKeyOf } from '../domain/data-key.ts';
import { customerKeyFor } from '../domain/encryption.ts';
import type { Span } from '../domain/range.ts';
import { noteAccess } from '../domain/tiering.ts';
import { QUERY_BYTES_MAX, RECORDS_CHARS_MIN } from '../limits.ts';
import { Gathering } from '../select/aggregate.ts';
import {
  expressionTooLong,
  invalidDataSource,
  invalidExpressionType,
  invalidScanRange,
  truncatedInput,
  unsupportedScanRange,
} from '../select/errors.ts';
import { evaluate, type Scope } from '../select/evaluate.ts';
import { csvOf, csvRecords, jsonDocuments, jsonLines, linesWithin, textsOf } from '../select/input.ts';
import { type Write, writerOf } from '../select/output.ts';
import { parseQuery, type Query, type Step } from '../select/parse.ts';
import { csvRow, type Header, jsonRow, type Row, rowsBelow } from '../select/rows.ts';
import type { Timestamp } from '../select/timestamps.ts';
import type { Value } from '../select/values.ts';
import { isDocument, packingOf } from '../select/words.ts';
import { readable } from './read.ts';

const ROWS_A_TURN = 2_000;

type Event = SelectObjectContentEventStream extends AsyncIterable<infer One> ? One : never;
type Details = { BytesScanned: number; BytesProcessed: number; BytesReturned: number };

export const selectObjectContent: Handler<'s3', 'SelectObjectContent'> = async (input, ctx) => {
  const { query, write } = checked(input);
  const found = readable(input, ctx);
  const { version, store, bucket } = found;
  checkActive(store, bucket, version, ctx.now);
  const range = rangeOf(input, version.size);
  const customer = customerKeyFor(version.encryption, input);
  noteAccess(ctx, store, bucket, version);
  const key = await dataKeyOf(ctx, found, input.Key, version.encryption, customer);
  const details: Details = { BytesScanned: 0, BytesProcessed: 0, BytesReturned: 0 };
  const read = (span: Span) => inflated(readBody(ctx, store, version, key, span), input.InputSerialization, details);
  const rows = rowsOf(input.InputSerialization, query, read, range, version.size);
  const told = events(results(query, rows, write, ctx), details, input.RequestProgress?.Enabled === true);
  // What is wrong from the beginning is told before the answer begins.
  const first = await told.next();
  return { Payload: continued(first, told) };
};

/** @throws {ServiceError} of what is wrong with the request itself */
function checked(input: SelectObjectContentRequest): { query: Query; write: Write } {
  if (input.ExpressionType.toUpperCase() !== 'SQL') throw invalidExpressionType();
  if (utf8Length(input.Expression) > QUERY_BYTES_MAX) throw expressionTooLong();
  const { CSV: csv, JSON: json, Parquet: parquet } = input.InputSerialization;
  if ([csv, json, parquet].filter((one) => one !== undefined).length !== 1) throw invalidDataSource();
  if (parquet !== undefined) throw notBuilt('queries over Apache Parquet');
  if (packingOf(input.InputSerialization) === 'BZIP2') throw notBuilt('queries over what BZIP2 has packed');
  const write = writerOf(input.OutputSerialization);
  return { query: parseQuery(input.Expression), write };
}

/** The bytes in which records have to begin. @throws {ServiceError} InvalidScanRange, UnsupportedScanRangeInput */
function rangeOf(
  { ScanRange: range, InputSerialization: form }: SelectObjectContentRequest,
  size: number,
): Span | undefined {
  if (range === undefined) return undefined;
  const isPacked = packingOf(form) === 'GZIP';
  if (isPacked || isDocument(form) || form.CSV?.AllowQuotedRecordDelimiter === true) throw unsupportedScanRange();
  return spanOf(range, size);
}

function spanOf({ Start: start, End: end }: ScanRange, size: number): Span {
  if (start === undefined && end === undefined) throw invalidScanRange();
  if (start === undefined) return { from: Math.max(0, size - (end ?? 0)), to: size - 1 };
  if (end !== undefined && end < start) throw invalidScanRange();
  return { from: start, to: Math.min(end ?? size - 1, size - 1) };
}

/** Counts what is read and what it unpacks to. @throws {ServiceError} TruncatedInput */
async function* inflated(
  body: AsyncIterable<Uint8Array>,
  form: InputSerialization,
  details: Details,
): AsyncGenerator<Uint8Array> {
  const isPacked = packingOf(form) === 'GZIP';
  try {
    for await (const piece of isPacked ? gunzipped(scanned(body, details)) : scanned(body, details)) {
      details.BytesProcessed += piece.length;
      yield piece;
    }
  } catch (error) {
    if (isPacked && String((error as { code?: unknown }).code).startsWith('Z_')) throw truncatedInput();
    throw error;
  }
}

async function* scanned(body: AsyncIterable<Uint8Array>, details: Details): AsyncGenerator<Uint8Array> {
  for await (const piece of body) {
    details.BytesScanned += piece.length;
    yield piece;
  }
}

type Read = (span: Span) => AsyncIterable<Uint8Array>;

async function* rowsOf(
  input: InputSerialization,
  query: Query,
  read: Read,
  range: Span | undefined,
  size: number,
): AsyncGenerator<Row> {
  const from = range === undefined ? 0 : Math.max(0, range.from - 1);
  const texts = textsOf(read({ from, to: size - 1 }));
  const { CSV: csv } = input;
  if (csv === undefined) {
    const within = range === undefined ? texts : linesWithin(texts, '\n', range);
    for await (const value of isDocument(input) ? jsonDocuments(texts) : jsonLines(within))
      for (const one of rowsBelow(value, query.path.slice(1))) yield jsonRow(one, query.aliases);
    return;
  }
  const form = csvOf(csv);
  const within = range === undefined ? texts : linesWithin(texts, form.record, range);
  const places = new Map<Step, number>();
  const header: { told?: Header } = {};
  if (from > 0 && form.header !== 'NONE') {
    const [first] = await firstOf(csvRecords(textsOf(read({ from: 0, to: size - 1 })), form));
    header.told = headerOf(first ?? [], form.header === 'USE');
  }
  for await (const fields of csvRecords(within, form)) {
    const isFirst = header.told === undefined;
    header.told ??= headerOf(fields, form.header === 'USE');
    if (isFirst && form.header !== 'NONE') continue;
    yield csvRow(fields, header.told, query.aliases, places);
  }
}

async function firstOf<One>(all: AsyncIterable<One>): Promise<One[]> {
  for await (const one of all) return [one];
  return [];
}

const headerOf = (fields: readonly string[], isUsed: boolean): Header => ({
  names: isUsed ? fields : undefined,
  width: fields.length,
});

/** Results as texts, a row in each. */
async function* results(query: Query, rows: AsyncIterable<Row>, write: Write, ctx: Ctx): AsyncGenerator<string> {
  const { columns, where, aggregates, limit = Number.POSITIVE_INFINITY } = query;
  const at = ctx.now;
  const now = (): Timestamp => ({ at, offset: 0, precision: 'second', digits: 3 });
  const scopeOf = ({ find }: Row, done: readonly Value[] = []): Scope => ({ find, aggregates: done, now });
  const shown = (row: Row, scope: Scope) =>
    write(columns?.map(({ name, of }) => [name, evaluate(of, scope)] as const) ?? row.all());
  const gathering = aggregates.length === 0 ? undefined : new Gathering(query);
  let count = 0;
  let seen = 0;
  for await (const row of limit > 0 ? rows : []) {
    seen += 1;
    // Others have their turn meanwhile.
    if (seen % ROWS_A_TURN === 0) await new Promise(setImmediate);
    const scope = scopeOf(row);
    if (where !== undefined && evaluate(where, scope) !== true) continue;
    count += 1;
    if (gathering === undefined) yield shown(row, scope);
    else gathering.add(scope);
    if (count >= limit) break;
  }
  const nothing = jsonRow(null, []);
  if (gathering !== undefined) yield shown(nothing, scopeOf(nothing, gathering.results()));
}

async function* events(texts: AsyncIterable<string>, details: Details, tells: boolean): AsyncGenerator<Event> {
  let gathered = '';
  const records = (): Event => {
    const Payload = Buffer.from(gathered);
    gathered = '';
    details.BytesReturned += Payload.length;
    return { Records: { Payload } };
  };
  for await (const text of texts) {
    gathered += text;
    if (gathered.length < RECORDS_CHARS_MIN) continue;
    yield records();
    if (tells) yield { Progress: { Details: { ...details } } };
  }
  if (gathered !== '') yield records();
  if (tells) yield { Progress: { Details: { ...details } } };
  yield { Stats: { Details: details } };
  yield { End: {} };
}

/** What goes wrong once the answer has begun is its last event. */
async function* continued(first: IteratorResult<Event>, rest: AsyncGenerator<Event>): AsyncGenerator<Event> {
  try {
    if (first.done !== true) yield first.value;
    yield* rest;
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    yield { ':error': { code: error.code, message: error.message } } as unknown as Event;
  }
}
