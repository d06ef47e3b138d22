/** Batch Operations: jobs that do one thing to each object of a list, as a role, and report. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateBucketCommand,
  DeletePublicAccessBlockCommand,
  GetObjectAclCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutBucketEncryptionCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectLockConfigurationCommand,
} from '@aws-sdk/client-s3';
import {
  DeleteJobTaggingCommand,
  GetJobTaggingCommand,
  ListJobsCommand,
  PutJobTaggingCommand,
  UpdateJobPriorityCommand,
  UpdateJobStatusCommand,
} from '@aws-sdk/client-s3-control';
import { START } from '../../support/cloud.ts';
import { allow, policy, userWithKey } from '../iam/support.ts';
import { AccountId, Bucket, jobOver, read, shown, startBatches } from './batches.ts';
import { controlOf } from './setup.ts';

const DAY = 86_400_000;

test('a job tags the objects of its manifest and reports on each', async () => {
  const batches = await startBatches();
  await using cloud = batches.cloud;
  const { s3, control } = batches;
  for (const Key of ['a b', 'c']) await s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
  const JobId = await jobOver(batches, ['a b', 'missing', 'c'], { Description: 'tags' });
  assert.equal((await shown(control, JobId))?.Status, 'New');
  await cloud.advance(1_000);
  const job = await shown(control, JobId);
  assert.deepEqual(
    [job?.Status, job?.JobArn, job?.Description],
    ['Complete', `arn:aws:s3:us-east-1:${AccountId}:job/${JobId}`, 'tags'],
  );
  const { Timers: _, ...progress } = job?.ProgressSummary ?? {};
  assert.deepEqual(progress, { TotalNumberOfTasks: 3, NumberOfTasksSucceeded: 2, NumberOfTasksFailed: 1 });
  for (const Key of ['a b', 'c'])
    assert.deepEqual((await s3.send(new GetObjectTaggingCommand({ Bucket, Key }))).TagSet, [
      { Key: 'team', Value: 'red' },
    ]);
  const manifest = JSON.parse((await read(s3, `reports/job-${JobId}/manifest.json`)) ?? '');
  assert.deepEqual(
    [
      manifest.Format,
      manifest.ReportSchema,
      manifest.Results.map((one: { TaskExecutionStatus: string }) => one.TaskExecutionStatus),
    ],
    [
      'Report_CSV_20180820',
      'Bucket, Key, VersionId, TaskStatus, ErrorCode, HTTPStatusCode, ResultMessage',
      ['succeeded', 'failed'],
    ],
  );
  const [well, badly] = await Promise.all(manifest.Results.map(({ Key }: { Key: string }) => read(s3, Key)));
  assert.equal(well, `${Bucket},a%20b,,succeeded,200,,Successful\n${Bucket},c,,succeeded,200,,Successful\n`);
  assert.equal(badly, `${Bucket},missing,,failed,404,NoSuchKey,The specified key does not exist.\n`);
});

test('a job copies as its role may, more objects than one step takes', async () => {
  const batches = await startBatches();
  await using cloud = batches.cloud;
  const { s3, control } = batches;
  await s3.send(new CreateBucketCommand({ Bucket: 'copies-of-batches' }));
  const keys = Array.from({ length: 120 }, (_, index) => `k${index}`);
  for (const Key of keys) await s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
  const JobId = await jobOver(batches, keys, {
    Report: { Enabled: false },
    Operation: {
      S3PutObjectCopy: {
        TargetResource: 'arn:aws:s3:::copies-of-batches',
        TargetKeyPrefix: 'kept',
        StorageClass: 'STANDARD_IA',
        NewObjectMetadata: { ContentType: 'text/csv', UserMetadata: { by: 'batch' } },
        NewObjectTagging: [{ Key: 'a', Value: '1 2' }],
      },
    },
  });
  await cloud.advance(1_000);
  const done = await shown(control, JobId);
  assert.deepEqual([done?.ProgressSummary?.NumberOfTasksSucceeded, done?.FailureReasons], [120, []]);
  const copy = { Bucket: 'copies-of-batches', Key: 'kept/k7' };
  const head = await s3.send(new HeadObjectCommand(copy));
  assert.deepEqual([head.StorageClass, head.ContentType, head.Metadata], ['STANDARD_IA', 'text/csv', { by: 'batch' }]);
  assert.deepEqual((await s3.send(new GetObjectTaggingCommand(copy))).TagSet, [{ Key: 'a', Value: '1 2' }]);
});

test('a job grants what it copies; its report goes to a bucket of who is expected', async () => {
  const batches = await startBatches();
  await using cloud = batches.cloud;
  const { s3, control } = batches;
  const kept = 'grants-of-batches';
  await s3.send(new CreateBucketCommand({ Bucket: kept, ObjectOwnership: 'BucketOwnerPreferred' }));
  await s3.send(new DeletePublicAccessBlockCommand({ Bucket: kept }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'a' }));
  const grantee = 'http://acs.amazonaws.com/groups/global/AuthenticatedUsers';
  const copy = { TargetResource: `arn:aws:s3:::${kept}` };
  const toAll = { TypeIdentifier: 'uri', Identifier: grantee } as const;
  const Report = { Enabled: true, Bucket: `arn:aws:s3:::${kept}`, Format: 'Report_CSV_20180820' } as const;
  const grants = (Permission: 'READ_ACP' | 'WRITE', ExpectedBucketOwner: string) =>
    jobOver(batches, ['a'], {
      Report: { ...Report, ReportScope: 'AllTasks', ExpectedBucketOwner },
      Operation: { S3PutObjectCopy: { ...copy, AccessControlGrants: [{ Grantee: toAll, Permission }] } },
    });
  await assert.rejects(grants('WRITE', AccountId), { name: 'NotImplemented' });
  const well = await grants('READ_ACP', AccountId);
  const badly = await grants('READ_ACP', '999999999999');
  await cloud.advance(1_000);
  const reasons = async (JobId: string) => (await shown(control, JobId))?.FailureReasons?.map((one) => one.FailureCode);
  assert.deepEqual([await reasons(well), await reasons(badly)], [[], ['AccessDenied']]);
  const { Grants = [] } = await s3.send(new GetObjectAclCommand({ Bucket: kept, Key: 'a' }));
  assert.deepEqual(
    Grants.map(({ Grantee, Permission }) => [Grantee?.URI, Permission]),
    [[grantee, 'READ_ACP']],
  );
});

test('what the role may not do fails; a role that does not trust Batch Operations fails the job', async () => {
  const batches = await startBatches(['s3:GetObject', 's3:PutObject']);
  await using cloud = batches.cloud;
  const { s3, control } = batches;
  await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'a' }));
  const JobId = await jobOver(batches, ['a']);
  await cloud.advance(1_000);
  const job = await shown(control, JobId);
  assert.deepEqual([job?.Status, job?.ProgressSummary?.NumberOfTasksFailed], ['Complete', 1]);
  const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: `reports/job-${JobId}/results/` }));
  assert.match((await read(s3, Contents?.[0]?.Key ?? '')) ?? '', /,failed,403,AccessDenied,/);
  const stranger = await jobOver(batches, ['a'], { RoleArn: `arn:aws:iam::${AccountId}:role/nobody` });
  const changed = await jobOver(batches, ['a']);
  await s3.send(new PutObjectCommand({ Bucket, Key: 'manifest.csv', Body: 'x' }));
  await cloud.advance(1_000);
  assert.deepEqual(
    [(await shown(control, stranger))?.Status, (await shown(control, stranger))?.FailureReasons?.[0]?.FailureCode],
    ['Failed', 'AccessDeniedException'],
  );
  assert.equal((await shown(control, changed))?.Status, 'Failed');
});

test('the role has to read the manifest, and whether the bucket has Object Lock where its objects are to be kept', async () => {
  const ended = async (actions: string[], isLocked: boolean) => {
    const { cloud, s3, control } = await startBatches(actions);
    await using _ = cloud;
    const keep = { Mode: 'GOVERNANCE', RetainUntilDate: new Date(START + DAY) } as const;
    if (isLocked) {
      await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
      const ObjectLockConfiguration = { ObjectLockEnabled: 'Enabled' } as const;
      await s3.send(new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration }));
    }
    await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'a' }));
    const Operation = { S3PutObjectRetention: { Retention: keep } };
    const JobId = await jobOver({ s3, control }, ['a'], { Operation, Report: { Enabled: false } });
    await cloud.advance(1_000);
    const job = await shown(control, JobId);
    return [job?.Status, job?.FailureReasons?.[0]?.FailureCode, job?.FailureReasons?.[0]?.FailureReason];
  };
  const all = ['s3:GetObject', 's3:PutObjectRetention', 's3:GetBucketObjectLockConfiguration'];
  assert.deepEqual(await ended(all, true), ['Complete', undefined, undefined]);
  assert.deepEqual((await ended(all.slice(0, 2), true)).slice(0, 2), ['Failed', 'AccessDenied']);
  assert.deepEqual((await ended(all, false)).slice(0, 2), ['Failed', 'ObjectLockConfigurationNotFoundError']);
  const reason = 'Reading the manifest is forbidden: AccessDenied';
  assert.deepEqual(await ended(all.slice(1), true), ['Failed', 'AccessDenied', reason]);
});

test('a list of its own must not be encrypted with a key of KMS', async () => {
  const batches = await startBatches();
  await using cloud = batches.cloud;
  const ServerSideEncryptionConfiguration = {
    Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' as const } }],
  };
  await batches.s3.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration }));
  const JobId = await jobOver(batches, ['a']);
  await cloud.advance(1_000);
  const job = await shown(batches.control, JobId);
  assert.deepEqual(
    [job?.Status, job?.FailureReasons?.[0]?.FailureReason],
    ['Failed', 'A CSV manifest must not be encrypted with SSE-KMS'],
  );
});

test('a job waits to be confirmed where nothing is said of it', async () => {
  const batches = await startBatches();
  await using cloud = batches.cloud;
  const JobId = await jobOver(batches, ['a'], { ConfirmationRequired: undefined });
  await cloud.advance(1_000);
  const job = await shown(batches.control, JobId);
  assert.deepEqual([job?.Status, job?.ConfirmationRequired], ['Suspended', true]);
  await cloud.advance(29 * DAY);
  assert.equal((await shown(batches.control, JobId))?.Status, 'Suspended');
  await cloud.advance(2 * DAY);
  assert.equal((await shown(batches.control, JobId))?.Status, 'Failed');
});

test('a job waits to be confirmed, can be cancelled, and is listed and tagged until it is forgotten', async () => {
  const batches = await startBatches();
  await using cloud = batches.cloud;
  const { s3, control } = batches;
  await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'a' }));
  const wait = { ConfirmationRequired: true, Report: { Enabled: false } };
  const run = await jobOver(batches, ['a'], { ...wait, ClientRequestToken: 'one', Tags: [{ Key: 'a', Value: '1' }] });
  assert.equal(await jobOver(batches, ['a'], { ...wait, ClientRequestToken: 'one' }), run);
  const other = { ...wait, Operation: { S3DeleteObjectTagging: {} }, ClientRequestToken: 'one' };
  await assert.rejects(jobOver(batches, ['a'], other), { name: 'IdempotencyException' });
  const stop = await jobOver(batches, ['a'], { ...wait, Priority: 1 });
  await cloud.advance(1_000);
  assert.deepEqual(
    [(await shown(control, run))?.Status, (await shown(control, run))?.SuspendedCause],
    ['Suspended', 'AwaitingConfirmation'],
  );
  const set = (JobId: string, RequestedJobStatus: 'Ready' | 'Cancelled') =>
    control.send(new UpdateJobStatusCommand({ AccountId, JobId, RequestedJobStatus, StatusUpdateReason: 'because' }));
  await control.send(new UpdateJobPriorityCommand({ AccountId, JobId: run, Priority: 99 }));
  await set(run, 'Ready');
  await set(stop, 'Cancelled');
  await cloud.advance(1_000);
  const ended = await Promise.all([run, stop].map((id) => shown(control, id)));
  assert.deepEqual(
    ended.map((job) => [job?.Status, job?.Priority, job?.StatusUpdateReason]),
    [
      ['Complete', 99, 'because'],
      ['Cancelled', 1, 'because'],
    ],
  );
  await assert.rejects(set(run, 'Cancelled'), { name: 'JobStatusException' });
  const list = async (fields: object = {}) => control.send(new ListJobsCommand({ AccountId, ...fields }));
  assert.deepEqual(
    (await list({ JobStatuses: ['Cancelled'] })).Jobs?.map((job) => job.JobId),
    [stop],
  );
  const first = await list({ MaxResults: 1 });
  const second = await list({ MaxResults: 1, NextToken: first.NextToken });
  assert.deepEqual(
    new Set([...(first.Jobs ?? []), ...(second.Jobs ?? [])].map((job) => job.JobId)),
    new Set([run, stop]),
  );
  assert.equal(second.NextToken, undefined);
  const tags = async () => (await control.send(new GetJobTaggingCommand({ AccountId, JobId: run }))).Tags;
  assert.deepEqual(await tags(), [{ Key: 'a', Value: '1' }]);
  await control.send(new PutJobTaggingCommand({ AccountId, JobId: run, Tags: [{ Key: 'b', Value: '2' }] }));
  assert.deepEqual(await tags(), [{ Key: 'b', Value: '2' }]);
  await control.send(new DeleteJobTaggingCommand({ AccountId, JobId: run }));
  assert.deepEqual((await tags()) ?? [], []);
  await cloud.advance(91 * DAY);
  await assert.rejects(shown(control, run), { name: 'NotFoundException' });
});

test('a job has one operation, and a report is whole', async () => {
  const batches = await startBatches();
  await using _ = batches.cloud;
  await assert.rejects(jobOver(batches, ['a'], { Operation: {} }), { name: 'BadRequestException' });
  await assert.rejects(jobOver(batches, ['a'], { Report: { Enabled: true } }), { name: 'BadRequestException' });
});

test('policies see what a job is, what it is to become, and its tags', async () => {
  const batches = await startBatches();
  await using cloud = batches.cloud;
  const JobId = await jobOver(batches, ['a'], { Tags: [{ Key: 'team', Value: 'red' }], ConfirmationRequired: true });
  const may = async (name: string, Condition: object): Promise<true | string> => {
    const credentials = await userWithKey(cloud, name, policy(allow('s3:*', '*', Condition)));
    const control = controlOf(cloud, { credentials });
    const update = new UpdateJobPriorityCommand({ AccountId, JobId, Priority: 20 });
    return control.send(update).then(
      () => true as const,
      (error: Error) => error.name,
    );
  };
  const equals = (key: string, value: string) => ({ StringEquals: { [key]: value } });
  for (const [index, [key, right, wrong]] of [
    ['s3:ExistingJobOperation', 'S3PutObjectTagging', 'LambdaInvoke'],
    ['aws:ResourceTag/team', 'red', 'blue'],
    ['s3:RequestJobPriority', '20', '10'],
  ].entries()) {
    assert.ok(key !== undefined);
    assert.equal(await may(`wrong-${index}`, equals(key, wrong ?? '')), 'AccessDenied', key);
    assert.equal(await may(`right-${index}`, equals(key, right ?? '')), true, key);
  }
  const credentials = await userWithKey(cloud, 'maker', policy(allow(['s3:CreateJob', 'iam:PassRole'])));
  const maker = { s3: batches.s3, control: controlOf(cloud, { credentials }) };
  await jobOver(maker, ['a'], { ConfirmationRequired: true });
  await assert.rejects(jobOver(maker, ['a'], { Tags: [{ Key: 'team', Value: 'red' }] }), {
    message: /not authorized to perform: s3:PutJobTagging/,
  });
  const forged = { accessKeyId: 'ASIAQQQQQQQQQQQQQQQQ', secretAccessKey: 'x' };
  await assert.rejects(controlOf(cloud, { credentials: forged }).send(new ListJobsCommand({ AccountId })), {
    name: 'InvalidAccessKeyId',
  });
  assert.equal(await may('low', { NumericLessThan: { 's3:ExistingJobPriority': '20' } }), 'AccessDenied');
  assert.equal(await may('high', { NumericEquals: { 's3:ExistingJobPriority': '20' } }), true);
  await cloud.advance(60_000);
  assert.equal((await shown(batches.control, JobId))?.Status, 'Suspended');
  assert.equal(await may('waits', equals('s3:JobSuspendedCause', 'AWAITING_CONFIRMATION')), true);
});
