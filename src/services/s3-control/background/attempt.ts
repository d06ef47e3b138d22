/** One task of a job: does it, or says when to try again. */
import { type Acting, type Ctx, mayPass, ServiceError, TROUBLE_PAUSES } from '#kernel/contract';
import { invoke, messageOf } from '../domain/invoke.ts';
import { work } from '../domain/work.ts';
import type { Job, JobRow, Outcome, TaskRow } from '../state.ts';
import { computeTask } from './compute.ts';
import { replicateTask } from './replicate.ts';

/** The task with its outcome; or with the time of another try, where whom it needs has too much to do or is in trouble, which may pass. */
export async function attempt(ctx: Ctx, at: Job, job: JobRow, acting: Acting, task: TaskRow): Promise<TaskRow> {
  const failed = (code: string, http: number, message: string): TaskRow => ({
    ...task,
    outcome: { status: 'failed', code, http, message },
  });
  // Source: S3 User Guide, "Troubleshoot Batch Operations".
  if (task.versionId === '') return failed('InvalidRequest', 400, 'Task failed due to missing VersionId');
  if (job.operation.S3ReplicateObject !== undefined) return replicateTask(ctx, at, acting, task);
  try {
    return { ...task, outcome: await outcomeOf(ctx, at, job, acting, task) };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    const tries = (task.tries ?? 0) + 1;
    const pause = TROUBLE_PAUSES[tries - 1];
    if (mayPass(error) && pause !== undefined) return { ...task, tries, againAt: ctx.clock() + pause };
    return failed(error.code, httpOf(error), error.message);
  }
}

async function outcomeOf(ctx: Ctx, at: Job, { operation }: JobRow, acting: Acting, task: TaskRow): Promise<Outcome> {
  const { s3, lambda } = acting.aws(at.place.region);
  if (operation.LambdaInvoke !== undefined) {
    const [invocation, name] = [ctx.uuid(), ctx.uuid()].map((id) => Buffer.from(id).toString('base64'));
    const ids = { job: at.id, invocation: invocation ?? '', task: name ?? '' };
    const message = messageOf(operation.LambdaInvoke, task, ids, ctx.partition);
    return await invoke(lambda, operation.LambdaInvoke, message, ids.task);
  }
  const { S3ComputeObjectChecksum: sum } = operation;
  if (sum !== undefined) return await computeTask(ctx, acting, sum, task);
  await work(s3, operation, task);
  return { status: 'succeeded', code: '', http: 200, message: 'Successful' };
}

/** Deviation: of an answer that did not go over HTTP only the kind is known. */
function httpOf({ code, status }: ServiceError): number {
  if (status !== undefined) return status;
  if (code.startsWith('NoSuch')) return 404;
  return code.startsWith('AccessDenied') || code === 'InvalidObjectState' ? 403 : 400;
}
