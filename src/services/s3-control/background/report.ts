/** The report of a job on its tasks: files of CSV, and a manifest that names them. */
import { createHash } from 'node:crypto';
import { bytesStream, parseArn } from '#kernel/base';
import type { Acting, Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { type Job, type JobRow, type TaskRow, tasks } from '../state.ts';

const READ_TASKS = 1_000;
const SCHEMA = 'Bucket, Key, VersionId, TaskStatus, ErrorCode, HTTPStatusCode, ResultMessage';

/**
 * Writes it, as the role, where one was asked for.
 *
 * @throws {ServiceError} S3's answer, when it refuses
 * @see S3 User Guide, "Examples: completion reports"
 */
export async function report(ctx: Ctx, at: Job, { report: asked }: JobRow, acting: Acting): Promise<void> {
  if (!asked.Enabled) return;
  const bucket = parseArn(asked.Bucket ?? '')?.resource ?? '';
  const folder = `${asked.Prefix === undefined ? '' : `${asked.Prefix}/`}job-${at.id}`;
  const { s3 } = acting.aws(at.place.region);
  const owner = asked.ExpectedBucketOwner !== undefined && { ExpectedBucketOwner: asked.ExpectedBucketOwner };
  const put = async (Key: string, text: string) => {
    // Source: S3 User Guide, "Tracking job status and completion reports": whatever the bucket's own encryption is.
    await s3.PutObject({ Bucket: bucket, Key, Body: bytesStream(text), ServerSideEncryption: 'AES256', ...owner });
  };
  const lines = { succeeded: [] as string[], failed: [] as string[] };
  for (const { bucket: Bucket, key, versionId = '', outcome } of tasksOf(ctx.store.in(at.place), at.id)) {
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

/** All tasks of a job, in their order. */
function* tasksOf(store: StoreView, job: string): Generator<TaskRow> {
  for (let from = 0; ; from += READ_TASKS) {
    const rows = store.list(tasks, { where: { job }, from: { index: from }, limit: READ_TASKS });
    yield* rows;
    if (rows.length < READ_TASKS) return;
  }
}
