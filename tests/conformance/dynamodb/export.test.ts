/** Exports: of what changed in a window, their tokens, and how they are listed. Source of answers: tests that Scylla runs against AWS. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import {
  CreateTableCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DescribeExportCommand,
  ExportTableToPointInTimeCommand,
  type ExportTableToPointInTimeCommandInput,
  ListExportsCommand,
  type ListExportsCommandInput,
  PutItemCommand,
  UpdateContinuousBackupsCommand,
} from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DAY, HOUR } from '#kernel/base';
import { failure } from '../../support/cloud.ts';
import { schema, startWorld } from './world.ts';

const TableName = 'things';
const TableArn = 'arn:aws:dynamodb:us-east-1:123456789012:table/things';
const [START, MINUTE] = [Date.parse('2026-01-01T00:00:00Z'), 60_000];

async function start() {
  const world = await startWorld('id:S at:N');
  const { cloud, db } = world;
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'exports' }));
  const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: true };
  await db.send(new UpdateContinuousBackupsCommand({ TableName, PointInTimeRecoverySpecification }));
  const read = async (Key: string) => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'exports', Key }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  };
  const key = (id: string) => ({ id: { S: id }, at: { N: '1' } });
  const put = (id: string, value: string) =>
    db.send(new PutItemCommand({ TableName, Item: { ...key(id), value: { S: value } } }));
  const remove = (id: string) => db.send(new DeleteItemCommand({ TableName, Key: key(id) }));
  const run = async (more: Partial<ExportTableToPointInTimeCommandInput> = {}) =>
    (await db.send(new ExportTableToPointInTimeCommand({ TableArn, S3Bucket: 'exports', ...more }))).ExportDescription;
  const incremental = (minutes: [number, number?], more: object = {}) =>
    run({
      ExportType: 'INCREMENTAL_EXPORT',
      IncrementalExportSpecification: {
        ExportFromTime: new Date(START + minutes[0] * MINUTE),
        ...(minutes[1] !== undefined && { ExportToTime: new Date(START + minutes[1] * MINUTE) }),
        ...more,
      },
    });
  /** Its manifest, and the lines of its files. */
  const content = async (ExportArn: string | undefined) => {
    const { ExportDescription: done } = await db.send(new DescribeExportCommand({ ExportArn }));
    const summary = JSON.parse(String(await read(done?.ExportManifest ?? '')));
    const lines: { Keys: { id: { S: string } } }[] = [];
    const files = String(await read(summary.manifestFilesS3Key));
    for (const file of files.trim().split('\n')) {
      const text = String(gunzipSync(await read(JSON.parse(file).dataFileS3Key)));
      for (const line of text.split('\n').filter((one) => one !== '')) lines.push(JSON.parse(line));
    }
    return { done, summary, files, lines: lines.sort((a, b) => (a.Keys?.id.S < b.Keys?.id.S ? -1 : 1)) };
  };
  return { ...world, put, remove, key, run, incremental, content };
}

test('what changed between two moments, with images of before and after', async () => {
  await using world = await start();
  const { cloud, put, remove, key, incremental, content } = world;
  for (const id of ['deleted', 'kept', 'late', 'updated']) await put(id, 'first');
  await cloud.advance(10 * MINUTE);
  await put('came', 'new');
  await put('passing', 'new');
  await remove('passing');
  await put('updated', 'second');
  await cloud.advance(MINUTE);
  await put('updated', 'third');
  await remove('deleted');
  await cloud.advance(9 * MINUTE);
  await put('late', 'at the end of the window');
  await put('updated', 'fourth');
  await cloud.advance(10 * MINUTE);
  const begun = await incremental([5, 20]);
  assert.deepEqual(
    [begun?.ExportStatus, begun?.ExportType, begun?.IncrementalExportSpecification?.ExportViewType, begun?.ExportTime],
    ['IN_PROGRESS', 'INCREMENTAL_EXPORT', 'NEW_AND_OLD_IMAGES', undefined],
  );
  const { done, summary, files, lines } = await content(begun?.ExportArn);
  const line = (id: string, minute: number, before?: string, after?: string) => ({
    Metadata: { WriteTimestampMicros: { N: String((START + minute * MINUTE) * 1_000) } },
    Keys: key(id),
    ...(before !== undefined && { OldImage: { ...key(id), value: { S: before } } }),
    ...(after !== undefined && { NewImage: { ...key(id), value: { S: after } } }),
  });
  assert.deepEqual(lines, [
    line('came', 10, undefined, 'new'),
    line('deleted', 11, 'first'),
    line('updated', 11, 'first', 'third'),
  ]);
  assert.deepEqual([done?.ItemCount, done?.BilledSizeBytes, summary.billedSizeBytes], [3, 10_000_000, 10_000_000]);
  assert.match(files, /"dataFileS3Key":"AWSDynamoDB\/data\//);
  assert.deepEqual(
    [summary.version, summary.exportFromTime, summary.exportToTime, summary.outputView, summary.exportType],
    ['2023-08-01', '2026-01-01T00:05:00.000Z', '2026-01-01T00:20:00.000Z', 'NEW_AND_OLD_IMAGES', 'INCREMENTAL_EXPORT'],
  );
  const onlyNew = await content((await incremental([0], { ExportViewType: 'NEW_IMAGE' }))?.ExportArn);
  assert.deepEqual(onlyNew.lines, [
    line('came', 10, undefined, 'new'),
    line('kept', 0, undefined, 'first'),
    line('late', 20, undefined, 'at the end of the window'),
    line('updated', 20, undefined, 'fourth'),
  ]);
});

test('windows are of fifteen minutes to a day, and within the time of recovery', async () => {
  await using world = await start();
  const { cloud, run, incremental } = world;
  await cloud.advance(25 * 60 * MINUTE);
  const refused = async (sent: Promise<unknown>) => {
    const { name, message } = await failure(sent);
    return `${name}: ${message}`;
  };
  assert.match(
    await refused(incremental([0, 14])),
    /^InvalidExportTimeException: Difference between export period from time and export period to time is /,
  );
  assert.match(
    await refused(incremental([0])),
    /^InvalidExportTimeException: Difference between export period from time and export period to time is /,
  );
  assert.match(
    await refused(incremental([-20, 0])),
    /^InvalidExportTimeException: Incremental export period from time cannot be less than .* : 2025-12-31T23:40:00Z$/,
  );
  assert.match(await refused(run({ ExportType: 'INCREMENTAL_EXPORT' })), /^ValidationException: /);
});

test('a token stands for one request; exports are listed newest first', async () => {
  await using world = await start();
  const { cloud, db, run } = world;
  const first = await run();
  assert.ok(first?.ClientToken);
  assert.equal(first.ExportType, undefined);
  await cloud.advance(1);
  const second = await run({ ClientToken: 'once', ExportType: 'FULL_EXPORT' });
  assert.deepEqual([second?.ClientToken, second?.ExportType], ['once', 'FULL_EXPORT']);
  assert.equal((await run({ ClientToken: 'once', ExportType: 'FULL_EXPORT' }))?.ExportArn, second?.ExportArn);
  const conflict = await failure(run({ ClientToken: 'once', ExportType: 'FULL_EXPORT', S3Prefix: 'other' }));
  assert.deepEqual(
    [conflict.name, conflict.message],
    ['ExportConflictException', 'Export conflict: Duplicate request detected with conflicting parameters'],
  );
  await cloud.advance(1);
  const third = await run();
  const arns: (string | undefined)[] = [];
  let NextToken: string | undefined;
  do {
    const page = await db.send(new ListExportsCommand({ TableArn, MaxResults: 2, NextToken }));
    for (const { ExportArn, ExportType } of page.ExportSummaries ?? []) {
      assert.equal(ExportType, 'FULL_EXPORT');
      arns.push(ExportArn);
    }
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  assert.deepEqual(
    arns,
    [third, second, first].map((one) => one?.ExportArn),
  );
  const lost = await failure(db.send(new ListExportsCommand({ NextToken: '0123456789abcdef' })));
  assert.match(
    `${lost.name} ${lost.message}`,
    /^ValidationException Invalid Request: Provided nextToken is invalid: 0123456789abcdef$/,
  );
  const stray = await failure(db.send(new DescribeExportCommand({ ExportArn: `${TableArn}-and-some-more` })));
  assert.deepEqual([stray.name, stray.message], ['ValidationException', 'Invalid Export ARN']);
});

test('an export of a moment has what was written by then, to the millisecond', async () => {
  await using world = await start();
  const { cloud, put, run, content } = world;
  await put('by then', 'x');
  await cloud.advance(1);
  await put('later', 'x');
  const done = await run({ ExportTime: new Date(START) });
  const { lines } = await content(done?.ExportArn);
  assert.deepEqual(
    lines.map((one) => (one as unknown as { Item: { id: object } }).Item.id),
    [{ S: 'by then' }],
  );
});

test('a token brings its export back for eight hours, and of exports and imports is known for 90 days', async () => {
  await using world = await start();
  const { db, cloud, run } = world;
  const send = async () => (await run({ ClientToken: 'once' }))?.ExportArn ?? '';
  const first = await send();
  await cloud.advance(8 * HOUR - 1_000);
  assert.equal(await send(), first);
  await cloud.advance(1_000);
  const second = await send();
  assert.notEqual(second, first);
  assert.equal(await send(), second);
  const listed = async () =>
    (await db.send(new ListExportsCommand({ TableArn }))).ExportSummaries?.map(({ ExportArn }) => ExportArn);
  await cloud.advance(90 * DAY - 8 * HOUR - 1_000);
  assert.deepEqual(await listed(), [second, first]);
  await cloud.advance(1_000);
  assert.deepEqual(await listed(), [second]);
  const gone = await failure(db.send(new DescribeExportCommand({ ExportArn: first })));
  assert.equal(gone.name, 'ExportNotFoundException');
});

test('exports of a table that is gone are listed without its name only, also once there is another of that name', async () => {
  await using world = await start();
  const { db, cloud, run } = world;
  for (let left = 11; left > 0; left--) {
    await run();
    await cloud.advance(1_000);
  }
  const listed = async (input: ListExportsCommandInput) =>
    (await db.send(new ListExportsCommand(input))).ExportSummaries?.length;
  assert.deepEqual(
    [await listed({}), await listed({ TableArn }), await listed({ TableArn, MaxResults: 25 })],
    [10, 10, 11],
  );
  await db.send(new DeleteTableCommand({ TableName: 'things' }));
  await cloud.advance(10_000);
  assert.deepEqual([await listed({ MaxResults: 25 }), await listed({ TableArn })], [11, 0]);
  await db.send(new CreateTableCommand({ TableName: 'things', BillingMode: 'PAY_PER_REQUEST', ...schema('id:S') }));
  assert.equal(await listed({ TableArn }), 0);
});
