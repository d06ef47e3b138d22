/** Writing events to a bucket, stream by stream, as compressed files. */

import { gzipSync } from 'node:zlib';
import { bytesStream } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import type { ExportRow, GroupRow, StreamRow } from '../state.ts';
import { maskOf } from './masking.ts';
import { readEvents } from './reader.ts';

/** Text of one file, before it is compressed. */
const FILE_BYTES = 16 * 1_024 * 1_024;

/** S3, called as the service of this Region: bucket policies name `logs.<region>.amazonaws.com`. */
export const bucketOf = (ctx: Ctx) =>
  ctx.awsFor(`arn:${ctx.partition}:logs:${ctx.region}:${ctx.account}:log-group:*`, `logs.${ctx.region}`).s3;

/** What policies of buckets ask for. Source: User Guide, "Export log data to Amazon S3 using the AWS CLI"; "Logs sent to Amazon S3". */
export const OWNERS = 'bucket-owner-full-control';

/** Writes the events of a stream; false when the task was cancelled. */
export async function exportStream(
  row: ExportRow,
  group: GroupRow,
  stream: StreamRow,
  wanted: () => boolean,
  ctx: Ctx,
): Promise<boolean> {
  const mask = maskOf(group, ctx.store);
  const folder = `${row.prefix}/${row.id}/${stream.name.replaceAll('/', '-')}`;
  let [text, files] = ['', 0];
  const flush = async () => {
    const Key = `${folder}/${String(files).padStart(6, '0')}.gz`;
    await bucketOf(ctx).PutObject({ Bucket: row.bucket, Key, ACL: OWNERS, Body: bytesStream(gzipSync(text)) });
    text = '';
    files += 1;
  };
  for await (const event of readEvents(group, { from: row.from, to: row.to + 1, only: [stream] }, ctx.store, ctx)) {
    text += `${new Date(event.timestamp).toISOString()} ${mask(event)}\n`;
    if (text.length < FILE_BYTES) continue;
    if (!wanted()) return false;
    await flush();
  }
  if (text !== '') await flush();
  return wanted();
}
