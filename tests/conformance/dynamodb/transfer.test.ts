import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import {
  BatchWriteItemCommand,
  DescribeExportCommand,
  DescribeImportCommand,
  ExportTableToPointInTimeCommand,
  ImportTableCommand,
  type ImportTableCommandInput,
  ListExportsCommand,
  ListImportsCommand,
  PutItemCommand,
  paginateListImports,
  QueryCommand,
  ScanCommand,
  UpdateContinuousBackupsCommand,
} from '@aws-sdk/client-dynamodb';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { DAY } from '#kernel/base';
import { failure } from '../../support/cloud.ts';
import { schema, startWorld, type World } from './world.ts';

const TableName = 'things';
const TableArn = 'arn:aws:dynamodb:us-east-1:123456789012:table/things';
const Bucket = 'exports';

async function startWithBucket(): Promise<World & { s3: S3Client }> {
  const world = await startWorld();
  const s3 = world.cloud.client(S3Client, { forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket }));
  return { ...world, s3 };
}

async function read(s3: S3Client, Key: string): Promise<Buffer> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

const recoverable = ({ db }: World) =>
  db.send(
    new UpdateContinuousBackupsCommand({
      TableName,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    }),
  );

test('an export is gz files of DynamoDB JSON with manifests, and can be imported', async () => {
  await using world = await startWithBucket();
  const { db, s3 } = world;
  await recoverable(world);
  const Item = { id: { S: 'a' }, b: { B: Buffer.from('xy') }, m: { M: { l: { L: [{ N: '1.5' }] } } } };
  await db.send(new PutItemCommand({ TableName, Item }));
  await db.send(new PutItemCommand({ TableName, Item: { id: { S: 'b' } } }));
  const begun = await db.send(
    new ExportTableToPointInTimeCommand({ TableArn, S3Bucket: Bucket, S3Prefix: 'out', ClientToken: 'once' }),
  );
  assert.equal(begun.ExportDescription?.ExportStatus, 'IN_PROGRESS');
  const ExportArn = begun.ExportDescription?.ExportArn ?? '';
  const { ExportDescription: done } = await db.send(new DescribeExportCommand({ ExportArn }));
  assert.deepEqual([done?.ExportStatus, done?.ItemCount], ['COMPLETED', 2]);
  const folder = `out/AWSDynamoDB/${ExportArn.split('/').at(-1)}`;
  assert.equal(done?.ExportManifest, `${folder}/manifest-summary.json`);
  const summary = JSON.parse(String(await read(s3, `${folder}/manifest-summary.json`)));
  assert.deepEqual(
    [summary.version, summary.itemCount, summary.outputFormat, summary.tableArn, summary.exportTime],
    ['2020-06-30', 2, 'DYNAMODB_JSON', TableArn, '2026-01-01T00:00:00.000Z'],
  );
  const [file] = String(await read(s3, summary.manifestFilesS3Key))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const lines = String(gunzipSync(await read(s3, file.dataFileS3Key)))
    .trim()
    .split('\n');
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)).find((one) => one.Item.id.S === 'a'),
    {
      Item: { id: { S: 'a' }, b: { B: 'eHk=' }, m: { M: { l: { L: [{ N: '1.5' }] } } } },
    },
  );
  assert.equal((await db.send(new ListExportsCommand({ TableArn }))).ExportSummaries?.length, 1);
  const again = await db.send(
    new ExportTableToPointInTimeCommand({ TableArn, S3Bucket: Bucket, S3Prefix: 'out', ClientToken: 'once' }),
  );
  assert.equal(again.ExportDescription?.ExportArn, ExportArn);

  const imported = await startImport(world, {
    S3BucketSource: { S3Bucket: Bucket, S3KeyPrefix: `${folder}/data/` },
    InputCompressionType: 'GZIP',
  });
  assert.deepEqual(
    [imported?.ImportStatus, imported?.ProcessedItemCount, imported?.ImportedItemCount, imported?.ErrorCount],
    ['COMPLETED', 2, 2, 0],
  );
  const { Items = [] } = await db.send(new ScanCommand({ TableName: 'copy' }));
  assert.deepEqual(
    Items.find((item) => item.id?.S === 'a'),
    { ...Item, b: { B: new Uint8Array([120, 121]) } },
  );
});

async function startImport({ db }: World, more: Partial<ImportTableCommandInput>) {
  const { ImportTableDescription } = await db.send(
    new ImportTableCommand({
      InputFormat: 'DYNAMODB_JSON',
      TableCreationParameters: { TableName: 'copy', BillingMode: 'PAY_PER_REQUEST', ...schema('id:S') },
      S3BucketSource: { S3Bucket: Bucket },
      ...more,
    }),
  );
  assert.equal(ImportTableDescription?.ImportStatus, 'IN_PROGRESS');
  const ImportArn = ImportTableDescription?.ImportArn;
  return (await db.send(new DescribeImportCommand({ ImportArn }))).ImportTableDescription;
}

test('CSV is imported with the types of the keys; what is no item is counted', async () => {
  await using world = await startWithBucket();
  const { db, s3 } = world;
  const csv = 'id;at;name\na;1;"x;y"\n;2;no key\nb;two;no number\nc;3;\n';
  await s3.send(new PutObjectCommand({ Bucket, Key: 'in/a.csv.gz', Body: gzipSync(csv) }));
  const done = await startImport(world, {
    InputFormat: 'CSV',
    InputFormatOptions: { Csv: { Delimiter: ';' } },
    InputCompressionType: 'GZIP',
    S3BucketSource: { S3Bucket: Bucket, S3KeyPrefix: 'in/' },
    TableCreationParameters: {
      TableName: 'copy',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: schema('id:S at:N').KeySchema,
      AttributeDefinitions: schema('id:S at:N name:S').AttributeDefinitions,
      GlobalSecondaryIndexes: [
        { IndexName: 'byName', KeySchema: schema('name:S').KeySchema, Projection: { ProjectionType: 'ALL' } },
      ],
    },
  });
  assert.deepEqual(
    [done?.ImportStatus, done?.FailureCode, done?.ImportedItemCount, done?.ErrorCount],
    ['FAILED', 'ItemValidationError', 2, 2],
  );
  const query = new QueryCommand({
    TableName: 'copy',
    IndexName: 'byName',
    KeyConditionExpression: '#n = :n',
    ExpressionAttributeNames: { '#n': 'name' },
    ExpressionAttributeValues: { ':n': { S: 'x;y' } },
  });
  assert.deepEqual((await db.send(query)).Items, [{ id: { S: 'a' }, at: { N: '1' }, name: { S: 'x;y' } }]);
  assert.equal((await db.send(new ListImportsCommand({}))).ImportSummaryList?.length, 1);
});

test('imports are listed in pages, whose tokens have the form that clients demand', async () => {
  await using world = await startWithBucket();
  const { db, s3 } = world;
  await s3.send(new PutObjectCommand({ Bucket, Key: 'in/a.csv', Body: 'id\na\n' }));
  const made: (string | undefined)[] = [];
  for (const TableName of ['one', 'two', 'three']) {
    const { KeySchema, AttributeDefinitions } = schema('id:S');
    const done = await startImport(world, {
      InputFormat: 'CSV',
      S3BucketSource: { S3Bucket: Bucket, S3KeyPrefix: 'in/' },
      TableCreationParameters: { TableName, BillingMode: 'PAY_PER_REQUEST', KeySchema, AttributeDefinitions },
    });
    made.push(done?.ImportArn);
  }
  const listed: (string | undefined)[] = [];
  for await (const page of paginateListImports({ client: db, pageSize: 1 }, {})) {
    listed.push(...(page.ImportSummaryList ?? []).map((one) => one.ImportArn));
    if (page.NextToken !== undefined) assert.match(page.NextToken, /^([0-9a-f]{16}){7,}$/);
  }
  assert.deepEqual(listed.toSorted(), made.toSorted());
  const refused = await failure(db.send(new ListImportsCommand({ NextToken: '0123456789abcdef'.repeat(7) })));
  assert.match(refused.message, /^Invalid Request: Provided nextToken is invalid/);
  await world.cloud.advance(90 * DAY);
  assert.deepEqual((await db.send(new ListImportsCommand({}))).ImportSummaryList, []);
});

test('an export of many items is of that moment, whatever is written meanwhile', async () => {
  await using world = await startWithBucket();
  const { db, s3, cloud } = world;
  await recoverable(world);
  for (let from = 0; from < 100; from += 25)
    await db.send(
      new BatchWriteItemCommand({
        RequestItems: {
          things: Array.from({ length: 25 }, (_, at) => ({ PutRequest: { Item: { id: { S: `i${from + at}` } } } })),
        },
      }),
    );
  await cloud.advance(1_000);
  await db.send(new PutItemCommand({ TableName, Item: { id: { S: 'late' } } }));
  const exported = () =>
    db.send(
      new ExportTableToPointInTimeCommand({
        TableArn,
        S3Bucket: Bucket,
        ExportTime: new Date('2026-01-01T00:00:00.500Z'),
      }),
    );
  // Recovery ends five minutes ago.
  const early = await failure(exported());
  assert.deepEqual(
    [early.name, early.message],
    ['InvalidExportTimeException', 'Point in Time Recovery is not available for specified export time'],
  );
  await cloud.advance(300_000);
  await exported();
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'AWSDynamoDB/' }));
  const data = Contents.filter(({ Key }) => Key?.includes('/data/'));
  const lines = String(gunzipSync(await read(s3, data[0]?.Key ?? '')))
    .trim()
    .split('\n');
  assert.equal(lines.length, 100);
});

test('what can not be exported or imported', async () => {
  await using world = await startWithBucket();
  const { db } = world;
  const start = (more: object = {}) =>
    failure(db.send(new ExportTableToPointInTimeCommand({ TableArn, S3Bucket: Bucket, ...more })));
  assert.equal((await start()).name, 'PointInTimeRecoveryUnavailableException');
  assert.equal((await start({ ExportFormat: 'ION' })).$metadata?.httpStatusCode, 501);
  await recoverable(world);
  assert.equal((await start({ ExportTime: new Date(0) })).name, 'InvalidExportTimeException');
  const { ExportDescription } = await db.send(
    new ExportTableToPointInTimeCommand({ TableArn, S3Bucket: 'no-such-bucket' }),
  );
  const failed = await db.send(new DescribeExportCommand({ ExportArn: ExportDescription?.ExportArn }));
  assert.deepEqual(
    [failed.ExportDescription?.ExportStatus, failed.ExportDescription?.FailureCode],
    ['FAILED', 'S3NoSuchBucket'],
  );
  const missing = await failure(
    db.send(new DescribeExportCommand({ ExportArn: `${TableArn}/export/0000000000000-1` })),
  );
  assert.equal(missing.name, 'ExportNotFoundException');
  const imported = await startImport(world, { S3BucketSource: { S3Bucket: 'no-such-bucket' } });
  assert.deepEqual([imported?.ImportStatus, imported?.FailureCode], ['FAILED', 'S3NoSuchBucket']);
  assert.deepEqual(imported?.S3BucketSource, { S3BucketOwner: '123456789012', S3Bucket: 'no-such-bucket' });
  // The token of one that failed brings it back, whatever else is asked for.
  const { ImportTableDescription: again } = await db.send(
    new ImportTableCommand({
      ClientToken: imported?.ClientToken,
      InputFormat: 'DYNAMODB_JSON',
      TableCreationParameters: { TableName: 'copy', BillingMode: 'PAY_PER_REQUEST', ...schema('id:S') },
      S3BucketSource: { S3Bucket: Bucket },
    }),
  );
  assert.deepEqual([again?.ImportArn, again?.ImportStatus], [imported?.ImportArn, 'FAILED']);
});

test('the first line of DynamoDB JSON that is no item ends its object; what a bucket lacks leaves no table', async () => {
  await using world = await startWithBucket();
  const { db, s3 } = world;
  const line = (id: string) => `{"Item":{"id":{"S":"${id}"}}}\n`;
  await s3.send(new PutObjectCommand({ Bucket, Key: 'in/1', Body: `${line('a')}\n{"Item":{}}\n${line('b')}` }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'in/2', Body: line('c') }));
  const source = { S3BucketSource: { S3Bucket: Bucket, S3KeyPrefix: 'in/' } };
  const done = await startImport(world, source);
  assert.deepEqual(
    [done?.FailureCode, done?.ProcessedItemCount, done?.ImportedItemCount, done?.ErrorCount],
    ['ItemValidationError', 3, 2, 1],
  );
  const { Items = [] } = await db.send(new ScanCommand({ TableName: 'copy' }));
  assert.deepEqual(Items.map((item) => item.id?.S).sort(), ['a', 'c']);
  const parameters = { TableName: 'other', BillingMode: 'PAY_PER_REQUEST' as const, ...schema('id:S') };
  const lost = await startImport(world, {
    S3BucketSource: { S3Bucket: 'nowhere' },
    TableCreationParameters: parameters,
  });
  assert.equal(lost?.FailureCode, 'S3NoSuchBucket');
  assert.equal((await failure(db.send(new ScanCommand({ TableName: 'other' })))).name, 'ResourceNotFoundException');
  const strange = await failure(startImport(world, { ...source, InputFormatOptions: { Csv: { Delimiter: ';' } } }));
  assert.equal(
    strange.message,
    'Invalid Request: Unsupported InputFormatOptions for the given input format: DYNAMODB_JSON.',
  );
  const none = await startImport(world, {
    S3BucketSource: { S3Bucket: Bucket, S3KeyPrefix: 'nothing/' },
    TableCreationParameters: parameters,
    ClientToken: 'token',
  });
  assert.deepEqual(
    [none?.ImportStatus, none?.ProcessedItemCount, none?.ProcessedSizeBytes],
    ['COMPLETED', 0, undefined],
  );
  const conflict = await failure(startImport(world, { ...source, ClientToken: 'token' }));
  assert.deepEqual(
    [conflict.name, conflict.message],
    ['ImportConflictException', 'Import conflict: Duplicate request detected with conflicting parameters'],
  );
});
