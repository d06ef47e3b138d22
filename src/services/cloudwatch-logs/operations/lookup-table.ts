/** Lookup tables: made, replaced, shown, deleted. */
import { page, utf8Length } from '#kernel/base';
import type { Ctx, Handler } from '#kernel/contract';
import { recordsOf } from '../domain/csv.ts';
import { readText, writeTable } from '../domain/lookup-tables.ts';
import { isText, makeToken, readToken } from '../domain/pages.ts';
import { csvOf, readResults } from '../domain/results.ts';
import { newDataKey } from '../domain/sealing.ts';
import { Table } from '../domain/table.ts';
import { invalidParameter, limitExceeded, noSuchQuery, notFound, tableExists } from '../errors.ts';
import { LIST_RESULTS_MAX, LOOKUP_TABLE_BYTES_MAX, LOOKUP_TABLES_MAX } from '../limits.ts';
import { type LookupTableRow, lookupTables, queries } from '../state.ts';

const arnOf = (name: string, { partition, region, account }: Ctx) =>
  `arn:${partition}:logs:${region}:${account}:lookup-table:${name}`;

/** @throws {ServiceError} ResourceNotFoundException */
function find(arn: string, ctx: Ctx): LookupTableRow {
  const row = ctx.store.get(lookupTables, { name: arn.slice(arn.lastIndexOf(':') + 1) });
  if (row?.arn !== arn) throw notFound('The specified lookup table does not exist.');
  return row;
}

/** The content that a request gives, or names by the query that has found it. @throws {ServiceError} InvalidParameterException, ResourceNotFoundException */
async function contentOf({ tableBody, queryId }: { tableBody?: string; queryId?: string }, ctx: Ctx): Promise<string> {
  if ((tableBody === undefined) === (queryId === undefined))
    throw invalidParameter('Exactly one of tableBody and queryId must be specified.');
  if (tableBody !== undefined) return tableBody;
  const query = ctx.store.get(queries, { id: queryId ?? '' });
  if (query === undefined) throw noSuchQuery();
  ctx.authorize({ action: 'logs:GetQueryResults', resource: '*' });
  if (query.status !== 'Complete') throw invalidParameter('The specified query has not completed.');
  return csvOf(await readResults(query, ctx));
}

/** What a text of comma-separated values holds. @throws {ServiceError} InvalidParameterException */
function measured(text: string): Pick<LookupTableRow, 'columns' | 'records' | 'bytes'> {
  const bytes = utf8Length(text);
  if (bytes > LOOKUP_TABLE_BYTES_MAX) throw invalidParameter('The lookup table must not exceed 10 MB.');
  const { columns, size } = new Table(recordsOf(text));
  if (columns.length === 0 || columns.includes(''))
    throw invalidParameter('The first row of the lookup table must be a header row with column names.');
  if (new Set(columns).size < columns.length)
    throw invalidParameter('The column names of the lookup table must be unique.');
  return { columns: [...columns], records: size, bytes };
}

export const createLookupTable: Handler<'cloudwatch-logs', 'CreateLookupTable'> = async (input, ctx) => {
  const { lookupTableName: name, kmsKeyId } = input;
  const check = (store: Ctx['store']) => {
    if (store.get(lookupTables, { name }) !== undefined) throw tableExists();
    if (store.count(lookupTables) >= LOOKUP_TABLES_MAX) throw limitExceeded();
  };
  check(ctx.store);
  const content = await contentOf(input, ctx);
  const size = measured(content);
  const arn = arnOf(name, ctx);
  const dataKey = kmsKeyId === undefined ? undefined : await newDataKey({ arn }, kmsKeyId, ctx);
  const body = await writeTable(content, dataKey, ctx);
  ctx.transact((store) => {
    check(store);
    ctx.blobs.keep(body);
    store.put(lookupTables, {
      name,
      arn,
      ...(input.description !== undefined && { description: input.description }),
      ...size,
      body,
      ...(kmsKeyId !== undefined && { kmsKeyId, dataKey }),
      tags: { ...input.tags },
      updatedAt: ctx.now,
    });
  });
  return { lookupTableArn: arn, createdAt: ctx.now };
};

export const updateLookupTable: Handler<'cloudwatch-logs', 'UpdateLookupTable'> = async (input, ctx) => {
  const { lookupTableArn: arn, kmsKeyId: given } = input;
  const before = find(arn, ctx);
  const content = await contentOf(input, ctx);
  const size = measured(content);
  // An empty key is none from now on.
  const kmsKeyId = given === undefined ? before.kmsKeyId : given === '' ? undefined : given;
  const isNew = kmsKeyId !== undefined && kmsKeyId !== before.kmsKeyId;
  const dataKey = isNew
    ? await newDataKey({ arn }, kmsKeyId, ctx)
    : kmsKeyId === undefined
      ? undefined
      : before.dataKey;
  const body = await writeTable(content, dataKey, ctx);
  ctx.transact((store) => {
    const { kmsKeyId: _, dataKey: __, body: old, ...row } = find(arn, ctx);
    ctx.blobs.drop(old);
    ctx.blobs.keep(body);
    store.put(lookupTables, {
      ...row,
      ...size,
      ...(input.description !== undefined && { description: input.description }),
      body,
      ...(kmsKeyId !== undefined && { kmsKeyId, dataKey }),
      updatedAt: ctx.now,
    });
  });
  return { lookupTableArn: arn, lastUpdatedTime: ctx.now };
};

export const deleteLookupTable: Handler<'cloudwatch-logs', 'DeleteLookupTable'> = ({ lookupTableArn }, ctx) => {
  const row = find(lookupTableArn, ctx);
  ctx.store.delete(lookupTables, row);
  ctx.blobs.drop(row.body);
  return {};
};

const shown = (row: LookupTableRow) => ({
  lookupTableArn: row.arn,
  lookupTableName: row.name,
  ...(row.description !== undefined && { description: row.description }),
  sizeBytes: row.bytes,
  lastUpdatedTime: row.updatedAt,
  ...(row.kmsKeyId !== undefined && { kmsKeyId: row.kmsKeyId }),
});

export const getLookupTable: Handler<'cloudwatch-logs', 'GetLookupTable'> = async ({ lookupTableArn }, ctx) => {
  const row = find(lookupTableArn, ctx);
  return { ...shown(row), tableBody: await readText(row, ctx) };
};

export const describeLookupTables: Handler<'cloudwatch-logs', 'DescribeLookupTables'> = (input, ctx) => {
  // The model names no least number.
  if ((input.maxResults ?? 1) < 1) throw invalidParameter('maxResults must be at least 1.');
  const first = input.nextToken === undefined ? undefined : readToken(input.nextToken, isText);
  const { rows, last } = page<LookupTableRow>((past, limit) => {
    const name = past?.name ?? first;
    const startsWith = input.lookupTableNamePrefix ?? '';
    return ctx.store.list(lookupTables, { startsWith, ...(name !== undefined && { after: { name } }), limit });
  }, input.maxResults ?? LIST_RESULTS_MAX);
  return {
    lookupTables: rows.map((row) => ({ ...shown(row), tableFields: row.columns, recordsCount: row.records })),
    ...(last !== undefined && { nextToken: makeToken(last.name) }),
  };
};
