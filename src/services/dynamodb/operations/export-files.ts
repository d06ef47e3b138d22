/** The files of an export: data, and the manifests that name them. Source: Developer Guide, "DynamoDB table export output format". */
import { createHash } from 'node:crypto';
import { bytesStream, sha256Hex } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import type { ExportDescription, ExportTableToPointInTimeInput } from '#models/dynamodb';
import { type Change, type Past, readChanges, readPast, type Window } from '../domain/history.ts';
import { keyAttributes, type Spot } from '../domain/keys.ts';
import { compressed, writeLine } from '../domain/lines.ts';
import { momentOf } from '../domain/sequence.ts';
import { EXPORT_FILE_ITEMS, INCREMENT_BILLED_MIN } from '../limits.ts';
import type { ItemRow, KeySpec } from '../state.ts';

/** What is exported: a table as it was, or what changed in a window. */
export type Content = { past: Past } | { window: Window; keys: KeySpec };

type DataFile = { itemCount: number; md5Checksum: string; etag: string; dataFileS3Key: string };
type Page = { lines: string[]; bytes: number; last: Spot | undefined };

const MICROS = 1_000;

/** Data files first, then the manifests that name them. */
export async function writeFiles(
  shown: ExportDescription,
  content: Content,
  input: ExportTableToPointInTimeInput,
  ctx: Ctx,
): Promise<ExportDescription> {
  const write = writer(input, ctx);
  const prefix = input.S3Prefix === undefined ? '' : `${input.S3Prefix.replace(/\/$/, '')}/`;
  const root = `${prefix}AWSDynamoDB`;
  const folder = `${root}/${shown.ExportArn?.split('/').at(-1)}`;
  // Incremental exports share a folder of data.
  const data = `${'window' in content ? root : folder}/data`;
  await write(`${folder}/_started`, Buffer.alloc(0));
  const files: DataFile[] = [];
  let bytes = 0;
  let after: Spot | undefined;
  do {
    const page = pageOf(content, shown, after, ctx);
    bytes += page.bytes;
    const body = compressed(page.lines);
    const name = sha256Hex(`${folder} ${files.length}`).slice(0, 26);
    const key = `${data}/${name}.json.gz`;
    const etag = await write(key, body);
    files.push({ itemCount: page.lines.length, md5Checksum: md5(body), etag, dataFileS3Key: key });
    after = page.last;
  } while (after !== undefined);
  const items = files.reduce((sum, file) => sum + file.itemCount, 0);
  const billed = shown.ExportType === 'INCREMENTAL_EXPORT' ? Math.max(bytes, INCREMENT_BILLED_MIN) : bytes;
  const summary = {
    ...summaryOf(shown, `${folder}/manifest-files.json`, ctx),
    billedSizeBytes: billed,
    itemCount: items,
  };
  for (const [name, text] of [
    ['manifest-files', `${files.map((file) => JSON.stringify(file)).join('\n')}\n`],
    ['manifest-summary', JSON.stringify({ ...summary, ...formOf(shown) })],
  ] as const) {
    await write(`${folder}/${name}.json`, Buffer.from(text));
    await write(`${folder}/${name}.md5`, Buffer.from(md5(Buffer.from(text))));
  }
  return {
    ...shown,
    ExportStatus: 'COMPLETED',
    EndTime: ctx.clock(),
    ExportManifest: `${folder}/manifest-summary.json`,
    BilledSizeBytes: billed,
    ItemCount: items,
  };
}

function pageOf(content: Content, shown: ExportDescription, after: Spot | undefined, ctx: Ctx): Page {
  const sum = (rows: readonly (ItemRow | undefined)[]) => rows.reduce((bytes, row) => bytes + (row?.size ?? 0), 0);
  if ('past' in content) {
    const { rows, last } = readPast(content.past, ctx.store, after, EXPORT_FILE_ITEMS);
    return { lines: rows.map((row) => writeLine(row.item)), bytes: sum(rows), last };
  }
  const { changes, last } = readChanges(content.window, ctx.store, after, EXPORT_FILE_ITEMS);
  const hasOld = shown.IncrementalExportSpecification?.ExportViewType !== 'NEW_IMAGE';
  const lines = changes.flatMap((change) => lineOf(change, content.keys, hasOld) ?? []);
  return { lines, bytes: sum(changes.map((one) => one.after ?? one.before)), last };
}

/** A change as a line; of what came and went within the window there is none. */
function lineOf({ before, after, sequence }: Change, keys: KeySpec, hasOld: boolean): string | undefined {
  const either = after ?? before;
  if (either === undefined) return undefined;
  const line = {
    Metadata: { WriteTimestampMicros: { N: String(momentOf(sequence).at * MICROS) } },
    Keys: keyAttributes(either.item, keys),
    ...(hasOld && before !== undefined && { OldImage: before.item }),
    ...(after !== undefined && { NewImage: after.item }),
  };
  return `${JSON.stringify(line)}\n`;
}

function summaryOf(shown: ExportDescription, manifestFilesS3Key: string, ctx: Ctx) {
  const { IncrementalExportSpecification: window } = shown;
  return {
    version: window === undefined ? '2020-06-30' : '2023-08-01',
    exportArn: shown.ExportArn,
    startTime: instant(shown.StartTime),
    endTime: instant(ctx.clock()),
    tableArn: shown.TableArn,
    tableId: shown.TableId,
    ...(window === undefined
      ? { exportTime: instant(shown.ExportTime) }
      : { exportFromTime: instant(window.ExportFromTime), exportToTime: instant(window.ExportToTime) }),
    s3Bucket: shown.S3Bucket,
    s3Prefix: shown.S3Prefix ?? null,
    s3SseAlgorithm: shown.S3SseAlgorithm,
    s3SseKmsKeyId: shown.S3SseKmsKeyId ?? null,
    manifestFilesS3Key,
  };
}

function formOf({ IncrementalExportSpecification: window }: ExportDescription) {
  return {
    outputFormat: 'DYNAMODB_JSON',
    ...(window !== undefined && { outputView: window.ExportViewType }),
    exportType: window === undefined ? 'FULL_EXPORT' : 'INCREMENTAL_EXPORT',
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
