/** Export tasks: events of a group, written to a bucket. */
import { bytesStream } from '#kernel/base';
import { type Ctx, type Handler, ServiceError } from '#kernel/contract';
import type { ExportTask } from '#models/cloudwatch-logs';
import { bucketOf, OWNERS } from '../domain/export.ts';
import { groupNamed } from '../domain/find.ts';
import { newestPage } from '../domain/pages.ts';
import { exportDone, invalidParameter, limitExceeded, notFound } from '../errors.ts';
import { LIST_RESULTS_MAX } from '../limits.ts';
import { type ExportRow, exportTasks } from '../state.ts';

const CHECK = 'aws-logs-write-test';

export const createExportTask: Handler<'cloudwatch-logs', 'CreateExportTask'> = async (input, ctx) => {
  const group = groupNamed(input.logGroupName, ctx);
  if (input.from > input.to) throw invalidParameter('The from time must not be after the to time.');
  const running = () => ctx.store.first(exportTasks, { index: 'byActive', where: { active: 'RUNNING' } });
  if (running() !== undefined) throw limitExceeded();
  const prefix = input.destinationPrefix ?? 'exportedlogs';
  await checkBucket(input.destination, `${prefix}/${CHECK}`, ctx);
  return ctx.transact((store) => {
    if (running() !== undefined) throw limitExceeded();
    const row: ExportRow = {
      id: ctx.uuid(),
      group: group.name,
      from: input.from,
      to: input.to,
      bucket: input.destination,
      prefix,
      status: 'RUNNING',
      active: 'RUNNING',
      createdAt: ctx.now,
      ...(input.taskName !== undefined && { name: input.taskName }),
      ...(input.logStreamNamePrefix !== undefined && { streams: input.logStreamNamePrefix }),
    };
    store.put(exportTasks, row);
    ctx.start('exportEvents', row.id, { id: row.id });
    return { taskId: row.id };
  });
};

/** Source: answers recorded from AWS. */
async function checkBucket(Bucket: string, Key: string, ctx: Ctx): Promise<void> {
  const s3 = bucketOf(ctx);
  const refusal = (call: string) =>
    invalidParameter(
      `${call} call on the given bucket failed. Please check if CloudWatch Logs has been granted permission to perform this operation.`,
    );
  const tried = async (call: string, ask: () => Promise<unknown>) => {
    try {
      await ask();
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      if (error.code === 'NoSuchBucket')
        throw invalidParameter('The given bucket does not exist. Please make sure the bucket is valid.');
      throw refusal(call);
    }
  };
  await tried('GetBucketAcl', () => s3.GetBucketAcl({ Bucket }));
  await tried('PutObject', () =>
    s3.PutObject({ Bucket, Key, ACL: OWNERS, Body: bytesStream(Buffer.from('Permission Check Successful')) }),
  );
}

export const cancelExportTask: Handler<'cloudwatch-logs', 'CancelExportTask'> = (input, ctx) => {
  const row = ctx.store.get(exportTasks, { id: input.taskId });
  if (row === undefined) throw notFound('The specified export task does not exist.');
  const { active, ...rest } = row;
  if (active === undefined) throw exportDone();
  ctx.store.put(exportTasks, { ...rest, status: 'CANCELLED', endedAt: ctx.now });
  return {};
};

export const describeExportTasks: Handler<'cloudwatch-logs', 'DescribeExportTasks'> = (input, ctx) => {
  // Source: User Guide, "Export log data to Amazon S3 using the AWS CLI": "in reverse order of creation".
  const { rows, ...more } = newestPage<ExportRow>(
    (range) => ctx.store.list(exportTasks, range),
    input.nextToken,
    input.limit ?? LIST_RESULTS_MAX,
    (row) =>
      (input.taskId === undefined || row.id === input.taskId) &&
      (input.statusCode === undefined || row.status === input.statusCode),
  );
  return { exportTasks: rows.map(show), ...more };
};

function show(row: ExportRow): ExportTask {
  return {
    taskId: row.id,
    ...(row.name !== undefined && { taskName: row.name }),
    logGroupName: row.group,
    from: row.from,
    to: row.to,
    destination: row.bucket,
    destinationPrefix: row.prefix,
    status: {
      code: row.status,
      // Source: of those under way, the same page of the User Guide.
      ...(row.status === 'RUNNING' && { message: 'Started Successfully' }),
      ...(row.status === 'COMPLETED' && { message: 'Completed successfully' }),
      ...(row.failure !== undefined && { message: row.failure }),
    },
    executionInfo: { creationTime: row.createdAt, ...(row.endedAt !== undefined && { completionTime: row.endedAt }) },
  };
}
