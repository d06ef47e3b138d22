/**
 * Tasks of Batch Replication: a version's copies are made as the rules of its bucket say, by their role; the job's own may only begin it.
 *
 * @see S3 User Guide, "Replicating existing objects with Batch Replication", "Amazon S3 replication failure reasons"
 */
import { SECOND } from '#kernel/base';
import { type Acting, type Ctx, ServiceError } from '#kernel/contract';
import { initiatedOutcome, initiateReplication, rowOf } from '../../s3/port.ts';
import type { Job, TaskRow } from '../state.ts';

/** The task as it is now: begun, done, or still waiting for its copies. */
export function replicateTask(ctx: Ctx, at: Job, acting: Acting, task: TaskRow): TaskRow {
  if (task.begun === undefined) return begin(ctx, at, acting, task);
  const copied = initiatedOutcome(ctx, { ...task, versionId: task.begun });
  if (copied === undefined) return { ...task, againAt: ctx.clock() + SECOND };
  if (copied.why !== undefined) return failed(task, copied.why);
  // Source: rows of a report of S3's, quoted in a public tool for tag-based Batch Replication (bops_report_reader.py).
  return { ...task, outcome: { status: 'succeeded', code: '', http: 200, message: 'success' } };
}

function begin(ctx: Ctx, at: Job, acting: Acting, task: TaskRow): TaskRow {
  const bucket = rowOf(ctx.store, task.bucket);
  if (bucket === undefined) return failed(task, 'SrcBucketNotFound');
  if (bucket.region !== at.place.region) return failed(task, 'SrcBucketInvalidRegion');
  try {
    const resource = `arn:${ctx.partition}:s3:::${task.bucket}/${task.key}`;
    acting.authorize({ action: 's3:InitiateReplication', resource, account: bucket.account, policy: bucket.policy });
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return failed(task, 'InitiateReplicationNotPermitted');
  }
  const initiated = ctx.transact((view) => initiateReplication(ctx, view, task));
  if ('why' in initiated) return failed(task, initiated.why);
  return { ...task, begun: initiated.versionId, againAt: ctx.clock() + 1 };
}

/** Source: as above, of objects that no rule takes. Deviation: the other reasons have no text here, and the status is the same for all. */
function failed(task: TaskRow, code: string): TaskRow {
  const message = code === 'SrcObjectNotEligible' ? 'Object is not eligible for replication' : code;
  return { ...task, outcome: { status: 'failed', code, http: 500, message } };
}
