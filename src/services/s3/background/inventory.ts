/** Makes inventory reports: files of CSV, a manifest with its checksum, and a list of the files for Hive. */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { bytesStream, parseArn } from '#kernel/base';
import { type Ctx, mayPass, ServiceError, type TimerHandler } from '#kernel/contract';
import type { InventoryConfiguration } from '#models/s3';
import { arnOf, type Found, placedIn } from '../domain/find.ts';
import { objectReader, versionReader } from '../domain/history.ts';
import { columnsOf, folderOf, lineOf, nextReport } from '../domain/inventory.ts';
import { lifecycleOf } from '../domain/lifecycle.ts';
import type { Start } from '../domain/listing.ts';
import { INVENTORY_LINES_MAX, SWEEP_BATCH } from '../limits.ts';
import { configurations, type VersionRow } from '../state.ts';

export const takeInventory: TimerHandler = async (payload, ctx) => {
  const found = placedIn(payload, ctx);
  if (found === undefined) return;
  const id = String(payload.id);
  const row = found.store.get(configurations, { bucket: found.bucket.id, kind: 'inventory', id });
  const configuration = row?.value as InventoryConfiguration | undefined;
  if (configuration?.IsEnabled !== true) return;
  try {
    await report(ctx, found, configuration);
  } catch (error) {
    // A destination that does not let S3 in gets no report; the next one is tried in its time.
    if (!(error instanceof ServiceError) || mayPass(error)) throw error;
  }
  const key = `${found.bucket.id}/${id}`;
  ctx.transact(() => ctx.arm('takeInventory', key, nextReport(configuration, ctx.now, false), payload));
};

type File = { key: string; size: number; MD5checksum: string };

async function report(ctx: Ctx, { bucket, store }: Found, configuration: InventoryConfiguration): Promise<void> {
  const columns = columnsOf(configuration);
  const folder = folderOf(configuration, bucket);
  const shown = { bucket, store, lifecycle: lifecycleOf(store, bucket), now: ctx.now };
  const send = uploader(ctx, arnOf(ctx, bucket.name), configuration);
  const files: File[] = [];
  let lines: string[] = [];
  const close = async () => {
    const bytes = gzipSync(lines.join(''));
    lines = [];
    const key = `${folder}/data/${ctx.uuid()}.csv.gz`;
    await send(key, bytes, 'application/gzip');
    files.push({ key, size: bytes.length, MD5checksum: createHash('md5').update(bytes).digest('hex') });
  };
  for (const { row, isLatest } of rowsOf({ bucket, store }, configuration)) {
    lines.push(lineOf(columns, row, isLatest, shown));
    if (lines.length === INVENTORY_LINES_MAX) await close();
  }
  if (lines.length > 0 || files.length === 0) await close();
  const minute = new Date(ctx.now).toISOString().slice(0, 16).replace(':', '-');
  const destination = configuration.Destination.S3BucketDestination.Bucket;
  const manifest = JSON.stringify({
    sourceBucket: bucket.name,
    destinationBucket: destination,
    version: '2016-11-30',
    creationTimestamp: String(ctx.now),
    fileFormat: 'CSV',
    fileSchema: columns.map(([name]) => name).join(', '),
    files,
  });
  const name = parseArn(destination)?.resource ?? '';
  const links = files.map(({ key }) => `s3://${name}/${key}`).join('\n');
  await send(`${folder}/hive/dt=${minute.replace('T', '-')}/symlink.txt`, Buffer.from(links), 'text/plain');
  await send(`${folder}/${minute}Z/manifest.json`, Buffer.from(manifest), 'application/json');
  const sum = createHash('md5').update(manifest).digest('hex');
  await send(`${folder}/${minute}Z/manifest.checksum`, Buffer.from(sum), 'text/plain');
}

/** Current objects, or all versions, a batch at a time. */
function* rowsOf(
  { bucket, store }: Found,
  { IncludedObjectVersions, Filter }: InventoryConfiguration,
): Generator<{ row: VersionRow; isLatest: boolean }> {
  const all = IncludedObjectVersions === 'All';
  const read = (all ? versionReader : objectReader)(store, bucket, Filter?.Prefix ?? '');
  let start: Start<VersionRow> | undefined;
  let last: string | undefined;
  for (;;) {
    const rows = read(start, SWEEP_BATCH);
    for (const row of rows) {
      yield { row, isLatest: row.key !== last };
      last = row.key;
    }
    const end = rows.at(-1);
    if (rows.length < SWEEP_BATCH || end === undefined) return;
    start = { after: all ? { key: end.key, rank: end.rank } : { key: end.key } };
  }
}

function uploader(ctx: Ctx, source: string, { Destination }: InventoryConfiguration) {
  const { Bucket: arn, Encryption: encryption } = Destination.S3BucketDestination;
  const key = encryption?.SSEKMS?.KeyId;
  return (Key: string, bytes: Uint8Array, ContentType: string) =>
    ctx.awsFor(source).s3.PutObject({
      Bucket: parseArn(arn)?.resource ?? '',
      Key,
      Body: bytesStream(bytes),
      ContentType,
      ACL: 'bucket-owner-full-control',
      ...(encryption?.SSES3 !== undefined && { ServerSideEncryption: 'AES256' as const }),
      ...(key !== undefined && { ServerSideEncryption: 'aws:kms' as const, SSEKMSKeyId: key }),
    });
}
