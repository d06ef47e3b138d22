/** Imports of objects of a bucket into a new table. Source: Developer Guide, "DynamoDB data import from Amazon S3". */
import { type Ctx, type Handler, notBuilt, ServiceError } from '#kernel/contract';
import type { AttributeValue, ImportTableDescription, ImportTableInput } from '#models/dynamodb';
import type { TableKey } from '../domain/encryption.ts';
import { checkIndexKeys, spotOfItem } from '../domain/keys.ts';
import { itemOfFields, linesOf, readFields, readLine } from '../domain/lines.ts';
import { checkedItem } from '../domain/mutation.ts';
import { writeItem } from '../domain/write.ts';
import { missingKey } from '../errors.ts';
import {
  badImportArn,
  badListToken,
  importConflict,
  importNotFound,
  noImportToken,
  strayCsvOptions,
} from '../errors-copies.ts';
import { SWEEP_BATCH, TRANSFER_RETENTION, TRANSFERS_LISTED } from '../limits.ts';
import { items, type TableRow, tables } from '../state.ts';
import { imports, isTokenValid } from '../transfer-state.ts';
import { dropTable, keyOfNew, makeTable } from './table.ts';

type Totals = { processed: number; imported: number; errors: number; bytes: number };
type Wire = { [name: string]: AttributeValue };

/**
 * Deviation: the import is complete before the answer, which still says IN_PROGRESS, so that it runs with the caller's own
 * permissions; AWS takes minutes. A token
 * brings its import back though that is complete; AWS then finds that there is the table. The log of CloudWatch is not written.
 */
export const importTable: Handler<'dynamodb', 'ImportTable'> = async (input, ctx) => {
  if (input.InputFormat === 'ION') throw notBuilt('imports of Ion');
  const { ClientToken: token, TableCreationParameters: wanted } = input;
  if (token === undefined) throw noImportToken();
  if (input.InputFormat === 'DYNAMODB_JSON' && input.InputFormatOptions?.Csv !== undefined) throw strayCsvOptions();
  const known = ctx.store.first(imports, { index: 'byToken', where: { token }, reverse: true });
  const isTaken =
    known?.shown.ImportStatus === 'FAILED' && ctx.store.get(tables, { name: wanted.TableName }) !== undefined;
  if (known !== undefined && !isTaken && isTokenValid(known, ctx.now)) {
    // What else is asked for is not looked at.
    if (known.shown.TableCreationParameters?.TableName !== wanted.TableName) throw importConflict();
    return { ImportTableDescription: known.shown };
  }
  const key = await keyOfNew(wanted, ctx);
  const shown = ctx.transact(() => begin(input, token, key, ctx));
  const totals: Totals = { processed: 0, imported: 0, errors: 0, bytes: 0 };
  let end: Partial<ImportTableDescription> = { ImportStatus: 'COMPLETED' };
  try {
    await readAll(input, totals, ctx);
    if (totals.errors > 0) end = INVALID_ITEMS;
  } catch (error) {
    const { code, message } = error instanceof ServiceError ? error : { code: 'ImportFailed', message: String(error) };
    end = {
      ImportStatus: 'FAILED',
      FailureCode: code === 'NoSuchBucket' ? 'S3NoSuchBucket' : code,
      FailureMessage: message,
    };
  }
  ctx.transact((store) => {
    const row = store.get(imports, { arn: shown.ImportArn ?? '' });
    const counts = {
      ErrorCount: totals.errors,
      ProcessedItemCount: totals.processed,
      ImportedItemCount: totals.imported,
      ...(totals.bytes > 0 && { ProcessedSizeBytes: totals.bytes }),
      EndTime: ctx.clock(),
    };
    if (row !== undefined) store.put(imports, { ...row, shown: { ...shown, ...counts, ...end } });
    const table = store.get(tables, { name: input.TableCreationParameters.TableName });
    if (table === undefined) return;
    const { importing: _, ...rest } = table;
    // What could not be read at all leaves no table.
    if (end.ImportStatus === 'FAILED' && end !== INVALID_ITEMS) dropTable(rest, store, ctx);
    else store.put(tables, rest);
  });
  return { ImportTableDescription: shown };
};

/** What passed is kept. */
const INVALID_ITEMS: Partial<ImportTableDescription> = {
  ImportStatus: 'FAILED',
  FailureCode: 'ItemValidationError',
  FailureMessage:
    'Some of the items failed validation checks and were not imported. Please check CloudWatch error logs for more details.',
};

/** The table, CREATING until all is in it, and the import. */
function begin(input: ImportTableInput, token: string, key: TableKey, ctx: Ctx): ImportTableDescription {
  const { TableName: name } = input.TableCreationParameters;
  makeTable(input.TableCreationParameters, key, ctx);
  const table = ctx.store.get(tables, { name }) as TableRow;
  ctx.store.put(tables, { ...table, importing: true });
  const arn = `${table.arn}/import/${String(ctx.now).padStart(14, '0')}-${ctx.uuid().slice(0, 8)}`;
  const shown: ImportTableDescription = {
    ImportArn: arn,
    ImportStatus: 'IN_PROGRESS',
    TableArn: table.arn,
    TableId: table.id,
    S3BucketSource: { S3BucketOwner: ctx.account, ...input.S3BucketSource },
    InputFormat: input.InputFormat,
    InputCompressionType: input.InputCompressionType ?? 'NONE',
    TableCreationParameters: input.TableCreationParameters,
    StartTime: ctx.now,
    ProcessedItemCount: 0,
    ImportedItemCount: 0,
    ErrorCount: 0,
    CloudWatchLogGroupArn: `arn:${ctx.partition}:logs:${ctx.region}:${ctx.account}:log-group:/aws-dynamodb/imports:*`,
    ...(input.InputFormatOptions !== undefined && { InputFormatOptions: input.InputFormatOptions }),
    ClientToken: token,
  };
  ctx.store.put(imports, { arn, table: table.arn, token, startedAt: ctx.now, shown });
  ctx.arm('forgetTransfer', arn, ctx.now + TRANSFER_RETENTION, { arn });
  return shown;
}

/** Every object under the prefix, line by line, a bounded number of items at a time. */
async function readAll(input: ImportTableInput, totals: Totals, ctx: Ctx): Promise<void> {
  const { s3 } = ctx.awsForCaller();
  const { S3Bucket: Bucket, S3KeyPrefix, S3BucketOwner } = input.S3BucketSource;
  const owner = S3BucketOwner === undefined ? {} : { ExpectedBucketOwner: S3BucketOwner };
  let ContinuationToken: string | undefined;
  do {
    const page = await s3.ListObjectsV2({
      Bucket,
      ...owner,
      ...(S3KeyPrefix !== undefined && { Prefix: S3KeyPrefix }),
      ...(ContinuationToken !== undefined && { ContinuationToken }),
    });
    for (const { Key, Size = 0 } of page.Contents ?? []) {
      if (Key === undefined || Size === 0) continue;
      const { Body } = await s3.GetObject({ Bucket, Key, ...owner });
      if (Body !== undefined) await readObject(input, linesOf(Body, input.InputCompressionType ?? 'NONE'), totals, ctx);
    }
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);
}

async function readObject(
  input: ImportTableInput,
  lines: AsyncIterable<string>,
  totals: Totals,
  ctx: Ctx,
): Promise<void> {
  const csv = input.InputFormatOptions?.Csv;
  let header = csv?.HeaderList;
  const { AttributeDefinitions } = input.TableCreationParameters;
  const types = Object.fromEntries(AttributeDefinitions.map((one) => [one.AttributeName, one.AttributeType]));
  let batch: (Wire | undefined)[] = [];
  for await (const line of lines) {
    totals.bytes += Buffer.byteLength(line) + 1;
    if (line.trim() === '') continue;
    if (input.InputFormat === 'CSV') {
      const fields = readFields(line, csv?.Delimiter ?? ',');
      if (header === undefined) {
        header = fields;
        continue;
      }
      batch.push(itemOfFields(header, fields, types));
    } else batch.push(readLine(line));
    if (batch.length < SWEEP_BATCH) continue;
    if (!keep(batch, input, totals, ctx)) return;
    batch = [];
  }
  keep(batch, input, totals, ctx);
}

/**
 * Writes what is sound. No stream sees it, and later lines replace earlier ones of the same key.
 *
 * @returns whether the object is to be read on: in DynamoDB JSON, the first line that is no item of the table is the last
 */
function keep(batch: readonly (Wire | undefined)[], input: ImportTableInput, totals: Totals, ctx: Ctx): boolean {
  const isOver = input.InputFormat === 'DYNAMODB_JSON';
  const { imported, errors } = ctx.transact((store) => {
    let imported = 0;
    let errors = 0;
    const table = store.get(tables, { name: input.TableCreationParameters.TableName });
    for (const given of table === undefined ? [] : batch) {
      if (isOver && errors > 0) break;
      try {
        if (given === undefined || table === undefined) throw missingKey('');
        const { item, size, binary } = checkedItem(given);
        const spot = spotOfItem(table, item);
        checkIndexKeys(table.indexes, item);
        const before = store.get(items, { pile: table.pile, ...spot });
        writeItem(table, store, ctx, spot, before, { item, size, binary });
        imported += 1;
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
        errors += 1;
      }
    }
    return { imported, errors };
  });
  totals.processed += imported + errors;
  totals.imported += imported;
  totals.errors += errors;
  return !(isOver && errors > 0);
}

export const describeImport: Handler<'dynamodb', 'DescribeImport'> = (input, ctx) => {
  if (!/:table\/[\w.-]{3,255}\/import\//.test(input.ImportArn)) throw badImportArn();
  const row = ctx.store.get(imports, { arn: input.ImportArn });
  if (row === undefined) throw importNotFound(input.ImportArn);
  return { ImportTableDescription: row.shown };
};

/** The place behind an import in lists, as its shape has it: hexadecimal, in pieces of 16 digits, 112 at least. Source: the service's model. */
function tokenOf(arn: string): string {
  const padded = arn.padEnd(56).padEnd(Math.ceil(arn.length / 8) * 8);
  return Buffer.from(padded).toString('hex');
}

const arnOfToken = (token: string) => Buffer.from(token, 'hex').toString().trimEnd();

export const listImports: Handler<'dynamodb', 'ListImports'> = (input, ctx) => {
  const limit = input.PageSize ?? TRANSFERS_LISTED;
  const { NextToken: token } = input;
  const arn = token === undefined ? undefined : arnOfToken(token);
  if (token !== undefined && arn !== undefined && ctx.store.get(imports, { arn }) === undefined)
    throw badListToken(token);
  const found = ctx.store.list(imports, {
    ...(input.TableArn !== undefined && { index: 'byTable', where: { table: input.TableArn } }),
    ...(arn !== undefined && { after: { arn } }),
    limit: limit + 1,
  });
  const page = found.slice(0, limit);
  return {
    ImportSummaryList: page.map(({ shown }) => ({
      ImportArn: shown.ImportArn,
      ImportStatus: shown.ImportStatus,
      TableArn: shown.TableArn,
      S3BucketSource: shown.S3BucketSource,
      InputFormat: shown.InputFormat,
      StartTime: shown.StartTime,
      EndTime: shown.EndTime,
      CloudWatchLogGroupArn: shown.CloudWatchLogGroupArn,
    })),
    ...(found.length > limit && { NextToken: tokenOf(page.at(-1)?.arn ?? '') }),
  };
};
