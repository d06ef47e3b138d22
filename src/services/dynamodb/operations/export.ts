/** Exports of a table, as it was at a moment, into a bucket. Source: Developer Guide, "DynamoDB table export output format". */

import { createHash } from 'node:crypto';
import { bytesStream } from '#kernel/base';
import { type Ctx, type Handler, notBuilt, ServiceError } from '#kernel/contract';
import type { ExportDescription, ExportTableToPointInTimeInput } from '#models/dynamodb';
import { findTable } from '../domain/find.ts';
import { keepHistory, type Past, readPast, releaseHistory } from '../domain/history.ts';
import type { Spot } from '../domain/keys.ts';
import { compressed, writeLine } from '../domain/lines.ts';
import { sequenceAt } from '../domain/sequence.ts';
import { badExportTime, exportConflict, exportNotFound, noRecovery, tableNotFoundPlain } from '../errors.ts';
import { EXPORT_FILE_ITEMS, TRANSFERS_LISTED_MAX } from '../limits.ts';
import { tables } from '../state.ts';
import { exports } from '../transfer-state.ts';
import { recoveryWindow } from './restore.ts';

type DataFile = { itemCount: number; md5Checksum: string; etag: string; dataFileS3Key: string };

/**
 * Deviation: the export is complete before the answer, which still says IN_PROGRESS, so that it runs with the caller's own
 * permissions; AWS takes minutes.
 */
export const exportTableToPointInTime: Handler<'dynamodb', 'ExportTableToPointInTime'> = async (input, ctx) => {
  if (input.ExportFormat === 'ION') throw notBuilt('exports in Ion');
  if (input.ExportType === 'INCREMENTAL_EXPORT') throw notBuilt('incremental exports');
  if (input.FilterSpecification !== undefined) throw notBuilt('filtered exports');
  const known = input.ClientToken === undefined ? undefined : ctx.store.first(exports, byToken(input.ClientToken));
  if (known !== undefined) {
    if (known.shown.TableArn !== input.TableArn || known.shown.S3Bucket !== input.S3Bucket) throw exportConflict();
    return { ExportDescription: known.shown };
  }
  const begun = ctx.transact(() => begin(input, ctx));
  const { shown, past, source } = begun;
  const prefix = input.S3Prefix === undefined ? '' : `${input.S3Prefix.replace(/\/$/, '')}/`;
  const folder = `${prefix}AWSDynamoDB/${shown.ExportArn?.split('/').at(-1)}`;
  let done: ExportDescription;
  try {
    done = await writeAll(shown, past, folder, input, ctx);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    done = {
      ...shown,
      ExportStatus: 'FAILED',
      FailureCode: error.code === 'NoSuchBucket' ? 'S3NoSuchBucket' : error.code,
      FailureMessage: error.message,
      EndTime: ctx.clock(),
    };
  }
  ctx.transact((store) => {
    const row = store.get(exports, { arn: shown.ExportArn ?? '' });
    if (row !== undefined) store.put(exports, { ...row, shown: done });
    const table = store.get(tables, { name: source.name });
    if (table !== undefined && table.history?.pile === past.as?.pile) store.put(tables, releaseHistory(table).table);
  });
  return { ExportDescription: shown };
};

function byToken(token: string) {
  return { index: 'byToken', where: { token } };
}

function begin(input: ExportTableToPointInTimeInput, ctx: Ctx) {
  const { table: source, store } = findTable(input.TableArn, ctx, tableNotFoundPlain);
  const window = recoveryWindow(source, ctx);
  if (window === undefined || source.history === undefined) throw noRecovery(source.name);
  // Without a time it is the present, although recovery ends a little earlier.
  const at = input.ExportTime ?? ctx.now;
  if (at < window.earliest || at > ctx.now) throw badExportTime();
  store.put(tables, keepHistory(source, ctx));
  const arn = `${source.arn}/export/${String(ctx.now).padStart(14, '0')}-${ctx.uuid().slice(0, 8)}`;
  const shown: ExportDescription = {
    ExportArn: arn,
    ExportStatus: 'IN_PROGRESS',
    ExportType: 'FULL_EXPORT',
    ExportFormat: 'DYNAMODB_JSON',
    StartTime: ctx.now,
    ExportTime: at,
    TableArn: source.arn,
    TableId: source.id,
    S3Bucket: input.S3Bucket,
    S3SseAlgorithm: input.S3SseAlgorithm ?? 'AES256',
    ...(input.S3BucketOwner !== undefined && { S3BucketOwner: input.S3BucketOwner }),
    ...(input.S3Prefix !== undefined && { S3Prefix: input.S3Prefix }),
    ...(input.S3SseKmsKeyId !== undefined && { S3SseKmsKeyId: input.S3SseKmsKeyId }),
    ...(input.ClientToken !== undefined && { ClientToken: input.ClientToken }),
  };
  const token = input.ClientToken === undefined ? {} : { token: input.ClientToken };
  store.put(exports, { arn, table: source.arn, ...token, startedAt: ctx.now, shown });
  const past: Past = { pile: source.pile, as: { pile: source.history.pile, sequence: sequenceAt(at + 1) } };
  return { shown, past, source };
}

/** Data files first, then the manifests that name them. */
async function writeAll(
  shown: ExportDescription,
  past: Past,
  folder: string,
  input: ExportTableToPointInTimeInput,
  ctx: Ctx,
): Promise<ExportDescription> {
  const write = writer(input, ctx);
  await write(`${folder}/_started`, Buffer.alloc(0));
  const files: DataFile[] = [];
  let bytes = 0;
  let after: Spot | undefined;
  do {
    const { rows, last } = readPast(past, ctx.store, after, EXPORT_FILE_ITEMS);
    bytes += rows.reduce((sum, row) => sum + row.size, 0);
    const body = compressed(rows.map((row) => writeLine(row.item)));
    const key = `${folder}/data/${createHash('sha256').update(`${folder} ${files.length}`).digest('hex').slice(0, 26)}.json.gz`;
    const etag = await write(key, body);
    files.push({ itemCount: rows.length, md5Checksum: md5(body), etag, dataFileS3Key: key });
    after = last;
  } while (after !== undefined);
  const list = `${files.map((file) => JSON.stringify(file)).join('\n')}\n`;
  const items = files.reduce((sum, file) => sum + file.itemCount, 0);
  const summary = JSON.stringify({
    version: '2020-06-30',
    exportArn: shown.ExportArn,
    startTime: instant(shown.StartTime),
    endTime: instant(ctx.clock()),
    tableArn: shown.TableArn,
    tableId: shown.TableId,
    exportTime: instant(shown.ExportTime),
    s3Bucket: shown.S3Bucket,
    s3Prefix: shown.S3Prefix ?? null,
    s3SseAlgorithm: shown.S3SseAlgorithm,
    s3SseKmsKeyId: shown.S3SseKmsKeyId ?? null,
    manifestFilesS3Key: `${folder}/manifest-files.json`,
    billedSizeBytes: bytes,
    itemCount: items,
    outputFormat: 'DYNAMODB_JSON',
    exportType: 'FULL_EXPORT',
  });
  for (const [name, text] of [
    ['manifest-files', list],
    ['manifest-summary', summary],
  ] as const) {
    await write(`${folder}/${name}.json`, Buffer.from(text));
    await write(`${folder}/${name}.md5`, Buffer.from(md5(Buffer.from(text))));
  }
  return {
    ...shown,
    ExportStatus: 'COMPLETED',
    EndTime: ctx.clock(),
    ExportManifest: `${folder}/manifest-summary.json`,
    BilledSizeBytes: bytes,
    ItemCount: items,
  };
}

/** Puts objects in the caller's name; gives their ETag. */
function writer(input: ExportTableToPointInTimeInput, ctx: Ctx): (key: string, body: Buffer) => Promise<string> {
  const { s3 } = ctx.awsForCaller();
  return async (Key, body) => {
    const { ETag = '' } = await s3.PutObject({
      Bucket: input.S3Bucket,
      Key,
      Body: bytesStream(body),
      ...(input.S3BucketOwner !== undefined && { ExpectedBucketOwner: input.S3BucketOwner }),
      ...(input.S3SseAlgorithm === 'KMS' && {
        ServerSideEncryption: 'aws:kms',
        ...(input.S3SseKmsKeyId !== undefined && { SSEKMSKeyId: input.S3SseKmsKeyId }),
      }),
    });
    return ETag.replaceAll('"', '');
  };
}

function md5(body: Buffer): string {
  return createHash('md5').update(body).digest('base64');
}

function instant(at = 0): string {
  return new Date(at).toISOString();
}

export const describeExport: Handler<'dynamodb', 'DescribeExport'> = (input, ctx) => {
  const row = ctx.store.get(exports, { arn: input.ExportArn });
  if (row === undefined) throw exportNotFound(input.ExportArn);
  return { ExportDescription: row.shown };
};

export const listExports: Handler<'dynamodb', 'ListExports'> = (input, ctx) => {
  const limit = input.MaxResults ?? TRANSFERS_LISTED_MAX;
  const found = ctx.store.list(exports, {
    ...(input.TableArn !== undefined && { index: 'byTable', where: { table: input.TableArn } }),
    ...(input.NextToken !== undefined && { after: { arn: input.NextToken } }),
    limit: limit + 1,
  });
  const page = found.slice(0, limit);
  return {
    ExportSummaries: page.map(({ shown: { ExportArn, ExportStatus, ExportType } }) => ({
      ExportArn,
      ExportStatus,
      ExportType,
    })),
    ...(found.length > limit && { NextToken: page.at(-1)?.arn }),
  };
};
