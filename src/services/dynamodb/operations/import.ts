/** Imports of objects of a bucket into a new table. Source: Developer Guide, "DynamoDB data import from Amazon S3". */
import { type Ctx, type Handler, notBuilt, ServiceError } from '#kernel/contract';
import type { AttributeValue, ImportTableDescription, ImportTableInput } from '#models/dynamodb';
import type { TableKey } from '../domain/encryption.ts';
import { checkIndexKeys, spotOfItem } from '../domain/keys.ts';
import { itemOfFields, linesOf, readFields, readLine } from '../domain/lines.ts';
import { checkedItem } from '../domain/mutation.ts';
import { writeItem } from '../domain/write.ts';
import { importNotFound } from '../errors.ts';
import { SWEEP_BATCH, TRANSFERS_LISTED_MAX } from '../limits.ts';
import { items, type TableRow, tables } from '../state.ts';
import { imports } from '../transfer-state.ts';
import { keyOfNew, makeTable } from './table.ts';

type Totals = { processed: number; imported: number; errors: number; bytes: number };
type Wire = { [name: string]: AttributeValue };

/**
 * Deviation: the import is complete before the answer, which still says IN_PROGRESS, so that it runs with the caller's own
 * permissions; AWS takes minutes. What is wrong with single items is counted; the log of CloudWatch is not written.
 */
export const importTable: Handler<'dynamodb', 'ImportTable'> = async (input, ctx) => {
  if (input.InputFormat === 'ION') throw notBuilt('imports of Ion');
  const token = input.ClientToken;
  const known = token === undefined ? undefined : ctx.store.first(imports, { index: 'byToken', where: { token } });
  if (known !== undefined) return { ImportTableDescription: known.shown };
  const key = await keyOfNew(input.TableCreationParameters, ctx);
  const shown = ctx.transact(() => begin(input, key, ctx));
  const totals: Totals = { processed: 0, imported: 0, errors: 0, bytes: 0 };
  let end: Partial<ImportTableDescription> = { ImportStatus: 'COMPLETED' };
  try {
    await readAll(input, totals, ctx);
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
      ProcessedSizeBytes: totals.bytes,
      EndTime: ctx.clock(),
    };
    if (row !== undefined) store.put(imports, { ...row, shown: { ...shown, ...counts, ...end } });
    const table = store.get(tables, { name: input.TableCreationParameters.TableName });
    if (table === undefined) return;
    const { importing: _, ...rest } = table;
    store.put(tables, rest);
  });
  return { ImportTableDescription: shown };
};

/** The table, CREATING until all is in it, and the import. */
function begin(input: ImportTableInput, key: TableKey, ctx: Ctx): ImportTableDescription {
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
    S3BucketSource: input.S3BucketSource,
    InputFormat: input.InputFormat,
    InputCompressionType: input.InputCompressionType ?? 'NONE',
    TableCreationParameters: input.TableCreationParameters,
    StartTime: ctx.now,
    ...(input.InputFormatOptions !== undefined && { InputFormatOptions: input.InputFormatOptions }),
    ...(input.ClientToken !== undefined && { ClientToken: input.ClientToken }),
  };
  const token = input.ClientToken === undefined ? {} : { token: input.ClientToken };
  ctx.store.put(imports, { arn, table: table.arn, ...token, startedAt: ctx.now, shown });
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
      totals.bytes += Size;
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
    keep(batch, input, totals, ctx);
    batch = [];
  }
  keep(batch, input, totals, ctx);
}

/** Writes what is sound. No stream sees it, and later lines replace earlier ones of the same key. */
function keep(batch: readonly (Wire | undefined)[], input: ImportTableInput, totals: Totals, ctx: Ctx): void {
  const counts = ctx.transact((store) => {
    let imported = 0;
    const table = store.get(tables, { name: input.TableCreationParameters.TableName });
    if (table === undefined) return 0;
    for (const given of batch) {
      if (given === undefined) continue;
      try {
        const { item, size, binary } = checkedItem(given);
        const spot = spotOfItem(table, item);
        checkIndexKeys(table.indexes, item);
        const before = store.get(items, { pile: table.pile, ...spot });
        writeItem(table, store, ctx, spot, before, { item, size, binary });
        imported += 1;
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
      }
    }
    return imported;
  });
  totals.processed += batch.length;
  totals.imported += counts;
  totals.errors += batch.length - counts;
}

export const describeImport: Handler<'dynamodb', 'DescribeImport'> = (input, ctx) => {
  const row = ctx.store.get(imports, { arn: input.ImportArn });
  if (row === undefined) throw importNotFound(input.ImportArn);
  return { ImportTableDescription: row.shown };
};

export const listImports: Handler<'dynamodb', 'ListImports'> = (input, ctx) => {
  const limit = input.PageSize ?? TRANSFERS_LISTED_MAX;
  const found = ctx.store.list(imports, {
    ...(input.TableArn !== undefined && { index: 'byTable', where: { table: input.TableArn } }),
    ...(input.NextToken !== undefined && { after: { arn: input.NextToken } }),
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
    })),
    ...(found.length > limit && { NextToken: page.at(-1)?.arn }),
  };
};
