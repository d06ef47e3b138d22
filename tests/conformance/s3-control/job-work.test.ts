/** What jobs do by a function, and to the objects of an inventory. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { GetObjectTaggingCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { UpdateJobStatusCommand } from '@aws-sdk/client-s3-control';
import { createFunction, functionRole } from '../../support/functions.ts';
import { AccountId, Bucket, jobOver, read, shown, startBatches } from './batches.ts';

type Task = { taskId: string; s3Key: string; s3VersionId: string | null; s3BucketArn?: string; s3Bucket?: string };
type Message = { invocationSchemaVersion: string; invocationId: string; job: object; tasks: [Task] };

test('a job asks a function for each object, again where its failure is temporary', async () => {
  const seen: Message[] = [];
  const answer = ({ invocationSchemaVersion, invocationId, tasks: [{ taskId, s3Key }] }: Message) => {
    if (s3Key === 'throws') throw new Error('no');
    if (s3Key === 'odd') return 'odd';
    const isFirst = seen.filter(({ tasks }) => tasks[0].s3Key === s3Key).length === 1;
    const resultCode =
      s3Key === 'slow' && isFirst ? 'TemporaryFailure' : s3Key === 'bad' ? 'PermanentFailure' : 'Succeeded';
    const results = s3Key === 'mute' ? [] : [{ taskId, resultCode, resultString: `of ${s3Key}` }];
    return { invocationSchemaVersion, treatMissingKeysAs: 'PermanentFailure', invocationId, results };
  };
  const batches = await startBatches(['s3:*', 'lambda:InvokeFunction'], {
    works: (event) => {
      seen.push(event as Message);
      return answer(event as Message);
    },
  });
  await using cloud = batches.cloud;
  const { s3, control } = batches;
  await createFunction(cloud, await functionRole(cloud, ['logs:*']), 'works', '');
  const FunctionArn = 'arn:aws:lambda:us-east-1:123456789012:function:works';
  const run = async (keys: readonly string[], more: object = {}) => {
    const JobId = await jobOver(batches, keys, { Operation: { LambdaInvoke: { FunctionArn, ...more } } });
    await cloud.advance(10_000);
    return JobId;
  };
  const JobId = await run(['a b', 'slow', 'bad', 'throws', 'odd', 'mute']);
  const { NumberOfTasksSucceeded, NumberOfTasksFailed } = (await shown(control, JobId))?.ProgressSummary ?? {};
  assert.deepEqual([NumberOfTasksSucceeded, NumberOfTasksFailed], [2, 4]);
  const [first] = seen;
  assert.deepEqual([first?.invocationSchemaVersion, first?.job], ['1.0', { id: JobId }]);
  const { taskId: _, ...task } = first?.tasks[0] ?? {};
  assert.deepEqual(task, { s3Key: 'a%20b', s3VersionId: null, s3BucketArn: `arn:aws:s3:::${Bucket}` });
  assert.equal(seen.filter(({ tasks }) => tasks[0].s3Key === 'slow').length, 2);
  const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: `reports/job-${JobId}/results/` }));
  const texts = await Promise.all((Contents ?? []).map(({ Key = '' }) => read(s3, Key)));
  const lines = texts.join('').split('\n');
  assert.ok(lines.includes(`${Bucket},a%20b,,succeeded,200,,of a%20b`), lines.join('\n'));
  assert.ok(lines.includes(`${Bucket},bad,,failed,200,PermanentFailure,of bad`), lines.join('\n'));
  assert.match(texts.join(''), /,throws,,failed,200,PermanentFailure,"Lambda returned function error: \{""errorType/);
  seen.length = 0;
  const second = await run(['a'], { InvocationSchemaVersion: '2.0', UserArguments: { k: 'v' } });
  assert.deepEqual(seen[0]?.job, { id: second, userArguments: { k: 'v' } });
  assert.equal(seen[0]?.tasks[0].s3Bucket, Bucket);
  await assert.rejects(run(['a'], { UserArguments: { k: 'v' } }), { name: 'BadRequestException' });
});

test('a job works through the objects of an inventory', async () => {
  const batches = await startBatches();
  await using cloud = batches.cloud;
  const { s3, control } = batches;
  const put = (Key: string, Body: string | Uint8Array) => s3.send(new PutObjectCommand({ Bucket, Key, Body }));
  for (const Key of ['a b', 'c']) await put(Key, Key);
  await put('data/1.csv.gz', gzipSync(`"${Bucket}","a%20b","1"\n`));
  await put('data/2.csv.gz', gzipSync(`"${Bucket}","c","1"\n`));
  const manifest = JSON.stringify({
    sourceBucket: Bucket,
    destinationBucket: `arn:aws:s3:::${Bucket}`,
    fileFormat: 'CSV',
    fileSchema: 'Bucket, Key, Size',
    files: [{ key: 'data/1.csv.gz' }, { key: 'data/2.csv.gz' }],
  });
  await put('manifest.json', manifest);
  const JobId = await jobOver(batches, ['not used'], {
    Manifest: {
      Spec: { Format: 'S3InventoryReport_CSV_20161130' },
      Location: {
        ObjectArn: `arn:aws:s3:::${Bucket}/manifest.json`,
        ETag: createHash('md5').update(manifest).digest('hex'),
      },
    },
  });
  await cloud.advance(1_000);
  assert.equal((await shown(control, JobId))?.ProgressSummary?.NumberOfTasksSucceeded, 2);
  for (const Key of ['a b', 'c'])
    assert.equal((await s3.send(new GetObjectTaggingCommand({ Bucket, Key }))).TagSet?.length, 1);
});

test('a cancelled job reports on what it did; a report that can not be written does not undo the job', async () => {
  const batches = await startBatches();
  await using cloud = batches.cloud;
  const { s3, control } = batches;
  const stopped = await jobOver(
    batches,
    Array.from({ length: 300 }, (_, index) => `none/${index}`),
  );
  while ((await shown(control, stopped))?.Status !== 'Active') await cloud.advance(1);
  await control.send(new UpdateJobStatusCommand({ AccountId, JobId: stopped, RequestedJobStatus: 'Cancelled' }));
  await cloud.advance(1_000);
  const job = await shown(control, stopped);
  const failed = job?.ProgressSummary?.NumberOfTasksFailed ?? 0;
  assert.deepEqual([job?.Status, failed > 0 && failed < 300], ['Cancelled', true]);
  const { Results } = JSON.parse((await read(s3, `reports/job-${stopped}/manifest.json`)) ?? '');
  assert.equal((await read(s3, Results[0].Key))?.trim().split('\n').length, failed);
  const Report = {
    Enabled: true,
    Bucket: 'arn:aws:s3:::nowhere-2026',
    Format: 'Report_CSV_20180820',
    ReportScope: 'AllTasks',
  } as const;
  const unheard = await jobOver(batches, ['a'], { Report });
  await cloud.advance(1_000);
  const ended = await shown(control, unheard);
  assert.deepEqual(
    [ended?.Status, ended?.FailureReasons?.[0]?.FailureReason],
    ['Complete', 'The job report could not be written to your report bucket. Please check your permissions.'],
  );
});

test('where the manifest has version ids a line without one fails', async () => {
  const batches = await startBatches();
  await using cloud = batches.cloud;
  const { s3, control } = batches;
  await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'a' }));
  const Body = `${Bucket},a,\n${Bucket},a,null\n`;
  const { ETag = '' } = await s3.send(new PutObjectCommand({ Bucket, Key: 'versions.csv', Body }));
  const JobId = await jobOver(batches, ['not used'], {
    Manifest: {
      Spec: { Format: 'S3BatchOperations_CSV_20180820', Fields: ['Bucket', 'Key', 'VersionId'] },
      Location: { ObjectArn: `arn:aws:s3:::${Bucket}/versions.csv`, ETag },
    },
  });
  await cloud.advance(1_000);
  assert.equal((await shown(control, JobId))?.ProgressSummary?.NumberOfTasksSucceeded, 1);
  const { Results } = JSON.parse((await read(s3, `reports/job-${JobId}/manifest.json`)) ?? '');
  assert.equal(
    await read(s3, Results[1].Key),
    `${Bucket},a,,failed,400,InvalidRequest,Task failed due to missing VersionId\n`,
  );
});

test('a task waits while S3 or its function is in trouble, and fails only where that lasts', async () => {
  const seen: string[] = [];
  const batches = await startBatches(['s3:*', 'lambda:*'], {
    works: (event) => {
      const [{ taskId, s3Key }] = (event as Message).tasks;
      seen.push(s3Key);
      return { treatMissingKeysAs: 'PermanentFailure', results: [{ taskId, resultCode: 'Succeeded' }] };
    },
  });
  await using cloud = batches.cloud;
  const { s3, control } = batches;
  await createFunction(cloud, await functionRole(cloud, ['logs:*']), 'works', '');
  for (const Key of ['a', 'b']) await s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
  const { faults } = cloud.server.cloud.kernel;
  const broken = { kind: 'error', code: 'SlowDown', message: 'Please reduce your request rate.', status: 503 } as const;
  const put = (service: string, operation: string, effect: typeof broken | { kind: 'throttle' }) =>
    faults.put({ id: 'trouble', service, operation, probability: 1, effect });
  const counts = async (JobId: string) => {
    const { Status, ProgressSummary } = (await shown(control, JobId)) ?? {};
    return [Status, ProgressSummary?.NumberOfTasksSucceeded, ProgressSummary?.NumberOfTasksFailed];
  };
  put('s3', 'PutObjectTagging', broken);
  const JobId = await jobOver(batches, ['a', 'b']);
  await cloud.advance(5_000);
  assert.deepEqual(await counts(JobId), ['Active', 0, 0]);
  faults.remove('trouble');
  await cloud.advance(5_000);
  assert.deepEqual(await counts(JobId), ['Complete', 2, 0]);
  put('lambda', 'Invoke', { kind: 'throttle' });
  const FunctionArn = `arn:aws:lambda:us-east-1:${AccountId}:function:works`;
  const invoking = await jobOver(batches, ['a'], { Operation: { LambdaInvoke: { FunctionArn } } });
  await cloud.advance(10_000);
  faults.remove('trouble');
  await cloud.advance(10_000);
  assert.deepEqual([await counts(invoking), seen], [['Complete', 1, 0], ['a']]);
  put('s3', 'PutObjectTagging', broken);
  const lasting = await jobOver(batches, ['missing', 'a']);
  await cloud.advance(30_000);
  assert.deepEqual(await counts(lasting), ['Active', 0, 0]);
  await cloud.advance(2_000);
  assert.deepEqual(await counts(lasting), ['Complete', 0, 2]);
  const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: `reports/job-${lasting}/results/` }));
  assert.match((await read(s3, Contents?.[0]?.Key ?? '')) ?? '', /,failed,503,SlowDown,/);
});
