/** Jobs of Batch Operations: create, show, list, change. */
import { isDeepStrictEqual } from 'node:util';
import type { Millis } from '#kernel/base';
import { type Ctx, type Handler, notBuilt } from '#kernel/contract';
import type { Place } from '#kernel/store';
import type {
  CreateJobRequest,
  JobDescriptor,
  JobManifest,
  JobOperation,
  JobReport,
  JobStatus,
} from '#models/s3-control';
import { INVENTORY } from '../domain/manifest.ts';
import { BUILT } from '../domain/work.ts';
import { badRequest, invalidToken, jobNotFound, otherRequest, wrongJobStatus } from '../errors.ts';
import { type JobRow, jobs } from '../state.ts';
import { checkAccount } from './block.ts';
import { checkTags } from './tags.ts';

const LIST_MAX = 1_000;
/** Statuses that a job never leaves. */
const OVER: ReadonlySet<JobStatus> = new Set(['Complete', 'Cancelled', 'Failed']);

/** @throws {ServiceError} NotFoundException */
function findJob(input: { AccountId: string; JobId: string }, ctx: Ctx): JobRow {
  checkAccount(input, ctx);
  const job = ctx.store.get(jobs, { id: input.JobId });
  if (job === undefined) throw jobNotFound();
  return job;
}

/** Makes the job's work go on, soon or after a pause. */
export function goOn(ctx: Ctx, { account, region }: Place, id: string, pause: Millis = 1): void {
  ctx.arm('runJob', id, ctx.clock() + pause, { account, region, id });
}

/** @throws {ServiceError} BadRequestException; NotImplemented for what is not built */
export const createJob: Handler<'s3-control', 'CreateJob'> = (input, ctx) => {
  checkAccount(input, ctx);
  const { Operation, Report, Manifest, ManifestGenerator, ClientRequestToken: token = '' } = input;
  const before = ctx.store.first(jobs, { index: 'byToken', where: { token } });
  if (before !== undefined) {
    if (!isSame(before, input)) throw otherRequest();
    return { JobId: before.id };
  }
  const names = Object.keys(Operation).filter((name) => Operation[name as keyof typeof Operation] !== undefined);
  if (names.length !== 1) throw badRequest('Exactly one operation must be specified');
  if (!BUILT.has(names[0] ?? '')) throw notBuilt(`${names[0]} in batch operations`);
  checkFunction(Operation);
  checkChecksum(Operation, Report);
  checkCopy(Operation);
  const generator = ManifestGenerator?.S3JobManifestGenerator;
  // Source: S3 API Reference, CreateJob, ManifestGenerator: either of them, but not both.
  if ((Manifest === undefined) === (generator === undefined))
    throw badRequest('Either a manifest or a manifest generator must be specified');
  if (generator?.EnableManifestOutput === true && generator.ManifestOutputLocation === undefined)
    throw badRequest('A manifest that is to be written must have an output location');
  checkManifest(Manifest);
  if (
    Report.Enabled &&
    (Report.Bucket === undefined || Report.Format === undefined || Report.ReportScope === undefined)
  )
    throw badRequest('A report that is enabled must have a bucket, a format and a scope');
  const tags = checkTags(input.Tags ?? []);
  const id = ctx.uuid();
  ctx.store.put(jobs, {
    id,
    createdAt: ctx.now,
    token,
    status: 'New',
    priority: input.Priority,
    role: input.RoleArn,
    operation: Operation,
    report: Report,
    ...(Manifest !== undefined && { manifest: Manifest }),
    ...(generator !== undefined && { generator }),
    // Who does not say so has to confirm. Source: what is told of S3 in github.com/aws/aws-sdk-go-v2/issues/1814.
    mustConfirm: input.ConfirmationRequired !== false,
    ...(input.Description !== undefined && { description: input.Description }),
    ...(Object.keys(tags).length > 0 && { tags }),
    total: 0,
    succeeded: 0,
    failed: 0,
  });
  goOn(ctx, ctx, id);
  return { JobId: id };
};

/** Whether a job came of such a request; its priority and its tags may have been changed since. */
function isSame(job: JobRow, input: CreateJobRequest): boolean {
  const { Operation, Report, Manifest, ManifestGenerator, RoleArn, Description } = input;
  return isDeepStrictEqual(
    [job.operation, job.report, job.manifest, job.generator, job.role, job.description],
    [Operation, Report, Manifest, ManifestGenerator?.S3JobManifestGenerator, RoleArn, Description],
  );
}

/** @throws {ServiceError} BadRequestException */
function checkManifest(manifest: JobManifest | undefined): void {
  const { Format, Fields = [] } = manifest?.Spec ?? { Format: INVENTORY };
  if (Format !== INVENTORY && (!Fields.includes('Bucket') || !Fields.includes('Key')))
    throw badRequest('The manifest must have the fields Bucket and Key');
}

/** @throws {ServiceError} NotImplemented */
function checkCopy({ S3PutObjectCopy: asked }: JobOperation): void {
  if ((asked?.ObjectLockEventHold ?? asked?.ObjectLockEventHoldDuration) !== undefined)
    throw notBuilt('event holds of objects (ObjectLockEventHold)');
  if (asked?.AccessControlGrants?.some(({ Permission }) => Permission === 'WRITE') === true)
    throw notBuilt('grants to write over objects (WRITE), which CopyObject does not have');
}

/** Source: S3 User Guide, "Compute checksums", "Checking object integrity for data at rest". @throws {ServiceError} BadRequestException */
function checkChecksum({ S3ComputeObjectChecksum: asked }: JobOperation, report: JobReport): void {
  if (asked === undefined) return;
  if (asked.ChecksumType === 'COMPOSITE' && (asked.ChecksumAlgorithm ?? 'CRC64NVME') === 'CRC64NVME')
    throw badRequest('CRC64NVME is of full objects only');
  if (!report.Enabled) throw badRequest('Checksums are told in a report, which must be enabled');
  if (report.ExpectedBucketOwner === undefined)
    throw badRequest('A report of checksums must have the expected owner of its bucket');
}

/** Source: S3 API Reference, LambdaInvokeOperation. @throws {ServiceError} BadRequestException */
function checkFunction({ LambdaInvoke: asked }: JobOperation): void {
  if (asked === undefined) return;
  const { FunctionArn: arn, InvocationSchemaVersion: version = '1.0', UserArguments } = asked;
  if (arn === undefined) throw badRequest('LambdaInvoke must have the ARN of a function');
  if (version !== '1.0' && version !== '2.0') throw badRequest(`Invocation schema version ${version} is not known`);
  if (UserArguments !== undefined && version !== '2.0')
    throw badRequest('User arguments need invocation schema version 2.0');
}

function progressOf({ total, succeeded, failed, activeAt, endedAt }: JobRow, ctx: Ctx) {
  const elapsed = activeAt === undefined ? 0 : Math.floor(((endedAt ?? ctx.now) - activeAt) / 1_000);
  return {
    TotalNumberOfTasks: total,
    NumberOfTasksSucceeded: succeeded,
    NumberOfTasksFailed: failed,
    Timers: { ElapsedTimeInActiveSeconds: elapsed },
  };
}

export const describeJob: Handler<'s3-control', 'DescribeJob'> = (input, ctx) => {
  const job = findJob(input, ctx);
  const { description, reason, failure, suspendedAt, endedAt } = job;
  const Job: JobDescriptor = {
    JobId: job.id,
    ConfirmationRequired: job.mustConfirm,
    ...(description !== undefined && { Description: description }),
    JobArn: `arn:${ctx.partition}:s3:${ctx.region}:${ctx.account}:job/${job.id}`,
    Status: job.status,
    ...(job.manifest !== undefined && { Manifest: job.manifest }),
    ...(job.generator !== undefined && { ManifestGenerator: { S3JobManifestGenerator: job.generator } }),
    ...(job.generated !== undefined && { GeneratedManifestDescriptor: job.generated }),
    Operation: job.operation,
    Priority: job.priority,
    ProgressSummary: progressOf(job, ctx),
    ...(reason !== undefined && { StatusUpdateReason: reason }),
    FailureReasons: failure === undefined ? [] : [{ FailureCode: failure.code, FailureReason: failure.reason }],
    Report: job.report,
    CreationTime: job.createdAt,
    ...(endedAt !== undefined && { TerminationDate: endedAt }),
    RoleArn: job.role,
    ...(suspendedAt !== undefined && { SuspendedDate: suspendedAt, SuspendedCause: 'AwaitingConfirmation' }),
  };
  return { Job };
};

/** Newest first. */
export const listJobs: Handler<'s3-control', 'ListJobs'> = (input, ctx) => {
  checkAccount(input, ctx);
  const limit = Math.min(Math.max(input.MaxResults ?? LIST_MAX, 1), LIST_MAX);
  const wanted = input.JobStatuses;
  const page: JobRow[] = [];
  let before = input.NextToken === undefined ? undefined : readToken(input.NextToken);
  let more = true;
  while (more && page.length <= limit) {
    const rows = ctx.store.list(jobs, {
      index: 'byTime',
      reverse: true,
      limit,
      ...(before !== undefined && { before }),
    });
    page.push(...rows.filter(({ status }) => wanted === undefined || wanted.length === 0 || wanted.includes(status)));
    const end = rows.at(-1);
    before = end && { createdAt: end.createdAt, id: end.id };
    more = rows.length === limit;
  }
  const shown = page.slice(0, limit);
  const last = shown.at(-1);
  return {
    ...(page.length > limit && last !== undefined && { NextToken: writeToken(last) }),
    Jobs: shown.map((job) => ({
      JobId: job.id,
      ...(job.description !== undefined && { Description: job.description }),
      Operation: Object.keys(job.operation)[0] as never,
      Priority: job.priority,
      Status: job.status,
      CreationTime: job.createdAt,
      ...(job.endedAt !== undefined && { TerminationDate: job.endedAt }),
      ProgressSummary: progressOf(job, ctx),
    })),
  };
};

const writeToken = ({ createdAt, id }: JobRow) => Buffer.from(`${createdAt}/${id}`).toString('base64url');

function readToken(token: string): { createdAt: number; id: string } {
  const [at = '', id] = Buffer.from(token, 'base64url').toString().split('/');
  if (!/^\d+$/.test(at) || id === undefined) throw invalidToken();
  return { createdAt: Number(at), id };
}

/** Deviation: jobs run side by side; a higher priority does not make others wait. */
export const updateJobPriority: Handler<'s3-control', 'UpdateJobPriority'> = (input, ctx) => {
  const job = findJob(input, ctx);
  if (OVER.has(job.status)) throw wrongJobStatus(job.status);
  ctx.store.put(jobs, { ...job, priority: input.Priority });
  return { JobId: job.id, Priority: input.Priority };
};

export const updateJobStatus: Handler<'s3-control', 'UpdateJobStatus'> = (input, ctx) => {
  const job = findJob(input, ctx);
  const { RequestedJobStatus: asked, StatusUpdateReason } = input;
  const { suspendedAt: _, ...rest } = job;
  if (asked === 'Ready' ? job.status !== 'Suspended' : OVER.has(job.status)) throw wrongJobStatus(job.status);
  const status: JobStatus = asked === 'Ready' ? 'Ready' : 'Cancelling';
  const reason = StatusUpdateReason === undefined ? {} : { reason: StatusUpdateReason };
  ctx.store.put(jobs, { ...rest, status, ...reason });
  goOn(ctx, ctx, job.id);
  return { JobId: job.id, Status: status, ...(StatusUpdateReason !== undefined && { StatusUpdateReason }) };
};

export const putJobTagging: Handler<'s3-control', 'PutJobTagging'> = (input, ctx) => {
  const { tags: _, ...job } = findJob(input, ctx);
  ctx.store.put(jobs, { ...job, tags: checkTags(input.Tags) });
  return {};
};

export const getJobTagging: Handler<'s3-control', 'GetJobTagging'> = (input, ctx) => ({
  Tags: Object.entries(findJob(input, ctx).tags ?? {}).map(([Key, Value]) => ({ Key, Value })),
});

export const deleteJobTagging: Handler<'s3-control', 'DeleteJobTagging'> = (input, ctx) => {
  const { tags: _, ...job } = findJob(input, ctx);
  ctx.store.put(jobs, job);
  return {};
};
