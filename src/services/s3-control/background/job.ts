/** Runs a job, a bounded step at a time: reads its manifest, does its tasks, writes its report. */
import { DAY, type Millis } from '#kernel/base';
import { type Acting, type Ctx, mayPass, ServiceError, type TimerHandler } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import type { Listed } from '../domain/manifest.ts';
import { badRequest } from '../errors.ts';
import { goOn } from '../operations/job.ts';
import { type Job, type JobRow, jobs, type TaskRow, tasks } from '../state.ts';
import { attempt } from './attempt.ts';
import { generate } from './generate.ts';
import { listedBy } from './listed.ts';
import { report } from './report.ts';

const STEP_TASKS = 100;
/** Of tasks that read whole objects. */
const STEP_READS = 10;
const WRITE_TASKS = 1_000;
/** Source: S3 User Guide, "Tracking job failure": from 1,000 tasks on, half of which have failed. */
const FAILURES_FROM = 1_000;
/** Source: S3 API Reference, ListJobs: jobs that have ended within the last 90 days. */
const KEPT_FOR = 90 * DAY;
/** Source: S3 User Guide, "Creating an S3 Batch Operations job", Job responses: a job that is suspended for over 30 days fails. */
const SUSPENDED_FOR = 30 * DAY;

const storeOf = ({ place }: Job, view: StoreView) => view.in(place);

export const runJob: TimerHandler = async (payload, ctx) => {
  const at: Job = {
    place: { account: String(payload.account), region: String(payload.region) },
    id: String(payload.id),
  };
  const job = storeOf(at, ctx.store).get(jobs, { id: at.id });
  if (job === undefined) return;
  if (job.status === 'Suspended') return expire(ctx, at, job);
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

/** A job that nobody confirms fails in the end. Deviation: the code and the reason were never compared with AWS's. */
function expire(ctx: Ctx, at: Job, { suspendedAt = ctx.clock() }: JobRow): void {
  const expiresAt = suspendedAt + SUSPENDED_FOR;
  const failure = { code: 'JobExpired', reason: 'The job was not confirmed in time' };
  if (expiresAt <= ctx.clock()) end(ctx, at, { status: 'Failed', failure });
  else ctx.transact(() => goOn(ctx, at.place, at.id, expiresAt - ctx.clock()));
}

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

type Change = (job: JobRow, store: StoreView) => JobRow;

/** In a transaction: changes the job, if it is still there and nobody has cancelled it meanwhile; then it goes on, after a pause. */
function change(ctx: Ctx, at: Job, make: Change, pause: Millis = 1): void {
  ctx.transact((view) => {
    const store = storeOf(at, view);
    const job = store.get(jobs, { id: at.id });
    if (job === undefined || job.endedAt !== undefined) return;
    const isCancelled = job.status === 'Cancelling';
    const changed = make(job, store);
    store.put(jobs, isCancelled ? { ...changed, status: 'Cancelling' } : changed);
    goOn(ctx, at.place, at.id, isCancelled ? 1 : pause);
  });
}

/** Deviation: AWS takes a while for it, in which a job can still get another priority or be cancelled; here it is done at once. */
async function prepare(ctx: Ctx, at: Job, job: JobRow, acting: Acting): Promise<void> {
  const { manifest, generator } = job;
  if (generator !== undefined) {
    const made = await generate(ctx, at, { ...job, generator }, acting);
    if (made.listing !== undefined)
      return change(ctx, at, (now) => ({ ...now, status: 'Preparing', total: made.total, listing: made.listing }));
    const { generated } = made;
    await checkLock(ctx, at, job, acting);
    return change(ctx, at, ({ listing: _, ...now }) => ({ ...ready(now, ctx), ...(generated && { generated }) }));
  }
  const listed = manifest === undefined ? [] : await listedBy(acting.aws(at.place.region).s3, manifest);
  for (let from = 0; from < listed.length; from += WRITE_TASKS) write(ctx, at, listed, from);
  await checkLock(ctx, at, job, acting);
  change(ctx, at, (now) => ({ ...ready(now, ctx), total: listed.length }));
}

function ready(job: JobRow, ctx: Ctx): JobRow {
  return job.mustConfirm ? { ...job, status: 'Suspended', suspendedAt: ctx.clock() } : { ...job, status: 'Ready' };
}

/** Source: S3 User Guide, "S3 Object Lock retention": that the bucket has Object Lock is verified before any key is processed, as the role. */
async function checkLock(ctx: Ctx, at: Job, { id, operation }: JobRow, acting: Acting): Promise<void> {
  if (operation.S3PutObjectRetention === undefined && operation.S3PutObjectLegalHold === undefined) return;
  const first = storeOf(at, ctx.store).get(tasks, { job: id, index: 0 });
  await acting.aws(at.place.region).s3.GetObjectLockConfiguration({ Bucket: first?.bucket ?? '' });
}

function write(ctx: Ctx, { place, id }: Job, listed: readonly Listed[], from: number): void {
  ctx.transact((view) => {
    const store = view.in(place);
    for (const [index, one] of listed.slice(from, from + WRITE_TASKS).entries())
      store.put(tasks, { ...one, job: id, index: from + index });
  });
}

/** A bounded number of tasks; counted is what is done without a gap, so that the count says where to go on. */
async function step(ctx: Ctx, at: Job, job: JobRow, acting: Acting): Promise<void> {
  const done = job.succeeded + job.failed;
  const waiting = storeOf(at, ctx.store).list(tasks, {
    where: { job: at.id },
    from: { index: done },
    limit: job.operation.S3ComputeObjectChecksum === undefined ? STEP_TASKS : STEP_READS,
  });
  if (waiting.length === 0) return close(ctx, at, job, acting, { status: 'Complete' });
  const attempted: TaskRow[] = [];
  for (const task of waiting) attempted.push(isDue(task, ctx) ? await attempt(ctx, at, job, acting, task) : task);
  const first = attempted.findIndex(({ outcome }) => outcome === undefined);
  const ended = first === -1 ? attempted : attempted.slice(0, first);
  const failed = ended.filter(({ outcome }) => outcome?.status === 'failed').length;
  const progress = (now: JobRow, store: StoreView): JobRow => {
    for (const task of attempted) store.put(tasks, task);
    return {
      ...now,
      status: 'Active',
      activeAt: now.activeAt ?? ctx.now,
      succeeded: now.succeeded + ended.length - failed,
      failed: now.failed + failed,
    };
  };
  const next = ended.length > 0 ? undefined : Math.min(...attempted.map(({ againAt }) => againAt ?? Infinity));
  change(ctx, at, progress, next === undefined ? 1 : Math.max(1, next - ctx.clock()));
  const tried = done + ended.length;
  if (tried >= FAILURES_FROM && (job.failed + failed) * 2 > tried)
    await close(ctx, at, job, acting, {
      status: 'Failed',
      failure: { code: 'JobFailureRate', reason: 'More than half of the tasks failed' },
    });
}

/** Whether it is not done, nor waits. */
const isDue = ({ outcome, againAt = 0 }: TaskRow, ctx: Ctx): boolean => outcome === undefined && againAt <= ctx.clock();

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
