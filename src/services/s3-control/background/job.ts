/** Runs a job, a bounded step at a time: reads its manifest, does its tasks, writes its report. */
import { createHash } from 'node:crypto';
import { bytesStream, DAY, parseArn } from '#kernel/base';
import { type Acting, type Ctx, mayPass, ServiceError, type TimerHandler } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { invoke, messageOf } from '../domain/invoke.ts';
import type { Listed } from '../domain/manifest.ts';
import { work } from '../domain/work.ts';
import { badRequest } from '../errors.ts';
import { goOn } from '../operations/job.ts';
import { type JobRow, jobs, type Outcome, type TaskRow, tasks } from '../state.ts';
import { listedBy } from './listed.ts';

const STEP_TASKS = 100;
const WRITE_TASKS = 1_000;
/** Source: S3 User Guide, "Tracking job failure": from 1,000 tasks on, half of which have failed. */
const FAILURES_FROM = 1_000;
/** Source: S3 API Reference, ListJobs: jobs that have ended within the last 90 days. */
const KEPT_FOR = 90 * DAY;

type Job = { place: { account: string; region: string }; id: string };

const storeOf = ({ place }: Job, view: StoreView) => view.in(place);

export const runJob: TimerHandler = async (payload, ctx) => {
  const at: Job = {
    place: { account: String(payload.account), region: String(payload.region) },
    id: String(payload.id),
  };
  const job = storeOf(at, ctx.store).get(jobs, { id: at.id });
  if (job === undefined || job.status === 'Suspended') return;
  if (job.endedAt !== undefined) return forget(ctx, at);
  const cancelled = job.status === 'Cancelling';
  if (cancelled && job.succeeded + job.failed === 0) return end(ctx, at, { status: 'Cancelled' });
  try {
    const acting = await actingFor(ctx, at, job);
    if (cancelled) await close(ctx, at, job, acting, { status: 'Cancelled' });
    else if (job.status === 'New' || job.status === 'Preparing') await prepare(ctx, at, job, acting);
    else await step(ctx, at, job, acting);
  } catch (error) {
    if (!(error instanceof ServiceError) || mayPass(error)) throw error;
    const failure = { code: error.code, reason: error.message.slice(0, 256) };
    end(ctx, at, { status: cancelled ? 'Cancelled' : 'Failed', failure });
  }
};

/** The job's role, which trusts Batch Operations. */
async function actingFor(ctx: Ctx, { place, id }: Job, { role }: JobRow): Promise<Acting> {
  const arn = `arn:${ctx.partition}:s3:${place.region}:${place.account}:job/${id}`;
  const { Credentials } = await ctx
    .awsFor(arn, 'batchoperations.s3')
    .sts.AssumeRole({ RoleArn: role, RoleSessionName: `s3-batch-${id}` });
  const acting = ctx.actWith(Credentials?.AccessKeyId ?? '');
  if (acting === undefined) throw badRequest('The role could not be assumed');
  return acting;
}

/** In a transaction: changes the job, if it is still there and nobody has cancelled it meanwhile. */
function change(ctx: Ctx, at: Job, make: (job: JobRow, store: StoreView) => JobRow): void {
  ctx.transact((view) => {
    const store = storeOf(at, view);
    const job = store.get(jobs, { id: at.id });
    if (job === undefined || job.endedAt !== undefined) return;
    store.put(jobs, job.status === 'Cancelling' ? job : make(job, store));
    goOn(ctx, at.place, at.id);
  });
}

async function prepare(ctx: Ctx, at: Job, { manifest, mustConfirm, operation }: JobRow, acting: Acting): Promise<void> {
  const { s3 } = acting.aws(at.place.region);
  const listed = await listedBy(s3, manifest);
  // Source: S3 User Guide, "S3 Object Lock retention": that the bucket has Object Lock is verified before any key is processed, as the role.
  if (operation.S3PutObjectRetention !== undefined || operation.S3PutObjectLegalHold !== undefined)
    await s3.GetObjectLockConfiguration({ Bucket: listed[0]?.bucket ?? '' });
  for (let from = 0; from < listed.length; from += WRITE_TASKS) write(ctx, at, listed, from);
  const next = mustConfirm ? { status: 'Suspended' as const, suspendedAt: ctx.clock() } : { status: 'Ready' as const };
  change(ctx, at, (job) => ({ ...job, ...next, total: listed.length }));
}

function write(ctx: Ctx, { place, id }: Job, listed: readonly Listed[], from: number): void {
  ctx.transact((view) => {
    const store = view.in(place);
    for (const [index, one] of listed.slice(from, from + WRITE_TASKS).entries())
      store.put(tasks, { ...one, job: id, index: from + index });
  });
}

async function step(ctx: Ctx, at: Job, job: JobRow, acting: Acting): Promise<void> {
  const done = job.succeeded + job.failed;
  const waiting = storeOf(at, ctx.store).list(tasks, {
    where: { job: at.id },
    from: { index: done },
    limit: STEP_TASKS,
  });
  if (waiting.length === 0) return close(ctx, at, job, acting, { status: 'Complete' });
  const ended: TaskRow[] = [];
  for (const task of waiting) ended.push({ ...task, outcome: await attempt(ctx, at, job, acting, task) });
  const failed = ended.filter(({ outcome }) => outcome?.status === 'failed').length;
  change(ctx, at, (now, store) => {
    for (const task of ended) store.put(tasks, task);
    return {
      ...now,
      status: 'Active',
      activeAt: now.activeAt ?? ctx.now,
      succeeded: now.succeeded + ended.length - failed,
      failed: now.failed + failed,
    };
  });
  const tried = done + ended.length;
  if (tried >= FAILURES_FROM && (job.failed + failed) * 2 > tried)
    await close(ctx, at, job, acting, {
      status: 'Failed',
      failure: { code: 'JobFailureRate', reason: 'More than half of the tasks failed' },
    });
}

async function attempt(ctx: Ctx, at: Job, { operation }: JobRow, acting: Acting, task: TaskRow): Promise<Outcome> {
  const { s3, lambda } = acting.aws(at.place.region);
  // Source: S3 User Guide, "Troubleshoot Batch Operations".
  if (task.versionId === '')
    return { status: 'failed', code: 'InvalidRequest', http: 400, message: 'Task failed due to missing VersionId' };
  try {
    if (operation.LambdaInvoke !== undefined) {
      const [invocation, name] = [ctx.uuid(), ctx.uuid()].map((id) => Buffer.from(id).toString('base64'));
      const ids = { job: at.id, invocation: invocation ?? '', task: name ?? '' };
      const message = messageOf(operation.LambdaInvoke, task, ids, ctx.partition);
      return await invoke(lambda, operation.LambdaInvoke, message, ids.task);
    }
    await work(s3, operation, task);
    return { status: 'succeeded', code: '', http: 200, message: 'Successful' };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return { status: 'failed', code: error.code, http: httpOf(error), message: error.message };
  }
}

/** Deviation: of an answer that did not go over HTTP only the kind is known. */
function httpOf({ code, status }: ServiceError): number {
  if (status !== undefined) return status;
  if (code.startsWith('NoSuch')) return 404;
  return code.startsWith('AccessDenied') || code === 'InvalidObjectState' ? 403 : 400;
}

/**
 * Reports on what was done and ends the job, also one that failed or was cancelled midway; a report that can't be written doesn't undo it.
 *
 * @see S3 User Guide, "Tracking job status and completion reports", "Troubleshoot Batch Operations"
 */
async function close(ctx: Ctx, at: Job, job: JobRow, acting: Acting, how: Ending): Promise<void> {
  try {
    await report(ctx, at, job, acting);
    end(ctx, at, how);
  } catch (error) {
    if (!(error instanceof ServiceError) || mayPass(error)) throw error;
    const reason = 'The job report could not be written to your report bucket. Please check your permissions.';
    end(ctx, at, { failure: { code: error.code, reason }, ...how });
  }
}

type Ending = Pick<JobRow, 'status' | 'failure'>;

/** Ends the job; its tasks go soon, itself when its time has come. */
function end(ctx: Ctx, at: Job, how: Ending): void {
  ctx.transact((view) => {
    const store = storeOf(at, view);
    const job = store.get(jobs, { id: at.id });
    if (job === undefined || job.endedAt !== undefined) return;
    store.put(jobs, { ...job, ...how, endedAt: ctx.clock() });
    goOn(ctx, at.place, at.id);
  });
}

function forget(ctx: Ctx, at: Job): void {
  ctx.transact((view) => {
    const store = storeOf(at, view);
    const job = store.get(jobs, { id: at.id });
    if (job?.endedAt === undefined) return;
    const rows = store.list(tasks, { where: { job: at.id }, limit: WRITE_TASKS });
    for (const row of rows) store.delete(tasks, row);
    if (rows.length > 0) return goOn(ctx, at.place, at.id);
    if (job.endedAt + KEPT_FOR <= ctx.clock()) return void store.delete(jobs, job);
    ctx.arm('runJob', at.id, job.endedAt + KEPT_FOR, { ...at.place, id: at.id });
  });
}

const SCHEMA = 'Bucket, Key, VersionId, TaskStatus, ErrorCode, HTTPStatusCode, ResultMessage';

/** Source: S3 User Guide, "Examples: completion reports". */
async function report(ctx: Ctx, at: Job, { report: asked }: JobRow, acting: Acting): Promise<void> {
  if (!asked.Enabled) return;
  const bucket = parseArn(asked.Bucket ?? '')?.resource ?? '';
  const folder = `${asked.Prefix === undefined ? '' : `${asked.Prefix}/`}job-${at.id}`;
  const { s3 } = acting.aws(at.place.region);
  const owner = asked.ExpectedBucketOwner !== undefined && { ExpectedBucketOwner: asked.ExpectedBucketOwner };
  const put = async (Key: string, text: string) => {
    await s3.PutObject({ Bucket: bucket, Key, Body: bytesStream(text), ...owner });
  };
  const lines = { succeeded: [] as string[], failed: [] as string[] };
  for (const { bucket: Bucket, key, versionId = '', outcome } of tasksOf(storeOf(at, ctx.store), at.id)) {
    if (outcome === undefined || (asked.ReportScope === 'FailedTasksOnly' && outcome.status === 'succeeded')) continue;
    const { status, code, http, message } = outcome;
    // In this order, whatever the schema says. Source: the samples there.
    const cells = [Bucket, encodeURIComponent(key).replaceAll('%2F', '/'), versionId, status, http, code, message];
    lines[status].push(
      cells.map((cell) => (/[",\n]/.test(`${cell}`) ? `"${`${cell}`.replaceAll('"', '""')}"` : cell)).join(','),
    );
  }
  const Results: object[] = [];
  for (const status of ['succeeded', 'failed'] as const) {
    if (lines[status].length === 0) continue;
    const text = `${lines[status].join('\n')}\n`;
    const Key = `${folder}/results/${createHash('sha1').update(`${at.id}${status}`).digest('hex')}.csv`;
    await put(Key, text);
    const MD5Checksum = createHash('md5').update(text).digest('hex');
    Results.push({ TaskExecutionStatus: status, Bucket: bucket, MD5Checksum, Key });
  }
  const ReportCreationDate = new Date(ctx.clock()).toISOString();
  const manifest = JSON.stringify({ Format: asked.Format, ReportCreationDate, Results, ReportSchema: SCHEMA });
  await put(`${folder}/manifest.json`, manifest);
  await put(`${folder}/manifest.json.md5`, createHash('md5').update(manifest).digest('hex'));
}

function* tasksOf(store: StoreView, job: string): Generator<TaskRow> {
  for (let from = 0; ; from += WRITE_TASKS) {
    const rows = store.list(tasks, { where: { job }, from: { index: from }, limit: WRITE_TASKS });
    yield* rows;
    if (rows.length < WRITE_TASKS) return;
  }
}
