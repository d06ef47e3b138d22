/** Queries carried out by their schedules: begun as their role, and in the end brought to a bucket. */
import { bytesStream, instantOf, type Millis, offsetAt, readSchedule } from '#kernel/base';
import { type Ctx, ServiceError, type TaskHandler, type TimerHandler } from '#kernel/contract';
import { csvOf, readResults } from './domain/results.ts';
import { SCHEDULED_RUNS_KEPT } from './limits.ts';
import { ANSWERED, type Answer } from './port.ts';
import {
  lookupTables,
  type QueryRow,
  queries,
  type ScheduledQueryRow,
  scheduledQueries,
  scheduledRuns,
} from './state.ts';

/** Sets the timer of the next run, if there is one. In a transaction. */
export function armScheduled(row: ScheduledQueryRow, ctx: Ctx): void {
  ctx.disarm('scheduled', row.id);
  if (row.state === 'DISABLED') return;
  const at = nextRun(row, Math.max(ctx.now, (row.from ?? 0) - 1));
  if (at !== undefined && at <= (row.to ?? Number.POSITIVE_INFINITY)) ctx.arm('scheduled', row.id, at, { id: row.id });
}

/** The first time after an instant, by the clock of the schedule's zone. */
function nextRun({ schedule, zone, createdAt }: ScheduledQueryRow, after: Millis): Millis | undefined {
  const next = readSchedule(schedule, createdAt);
  if (zone === undefined || schedule.startsWith('rate(')) return next(after);
  for (let wall = next(after + offsetAt(zone, after)); wall !== undefined; wall = next(wall)) {
    const at = instantOf(zone, wall);
    // Where the clock is put back, a time of the day comes again; it is due once.
    if (at > after) return at;
  }
  return undefined;
}

/** A run is due. */
export const scheduled: TimerHandler = ({ id }, ctx) => {
  const row = ctx.store.get(scheduledQueries, { id: String(id) });
  if (row?.state !== 'ENABLED') return;
  armScheduled(row, ctx);
  ctx.start('runScheduled', `${row.id}/${ctx.now}`, { id: row.id, at: ctx.now });
};

export const runScheduled: TaskHandler = async (payload, ctx) => {
  const [id, at] = [String(payload.id), Number(payload.at)];
  const row = ctx.store.get(scheduledQueries, { id });
  if (row === undefined) return;
  let begun: { queryId: string } | { error: string; isInvalid: boolean };
  try {
    const role = await ctx.actAs(row.roleArn, 'scheduled-query');
    const { queryId = '' } = await role.aws()['cloudwatch-logs'].StartQuery({
      queryString: row.text,
      ...(row.groups.length > 0 && { logGroupIdentifiers: row.groups }),
      startTime: Math.floor((at - row.startsBefore) / 1_000),
      endTime: Math.floor((at - row.endsBefore) / 1_000),
    });
    begun = { queryId };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    begun = { error: error.message, isInvalid: error.code === 'MalformedQueryException' };
  }
  ctx.transact((store) => {
    const now = store.get(scheduledQueries, { id });
    if (now === undefined) return;
    store.put(scheduledQueries, { ...now, triggeredAt: at });
    const runs = store.list(scheduledRuns, { where: { schedule: id }, limit: SCHEDULED_RUNS_KEPT + 1 });
    if (runs.length > SCHEDULED_RUNS_KEPT && runs[0] !== undefined) store.delete(scheduledRuns, runs[0]);
    if ('error' in begun) {
      const status = begun.isInvalid ? 'InvalidQuery' : 'Failed';
      store.put(scheduledRuns, { schedule: id, at, status, error: begun.error });
      answer(now, { at }, ctx);
      return;
    }
    const { queryId } = begun;
    store.put(scheduledRuns, { schedule: id, at, queryId, status: 'Running' });
    // It may have ended before this was written.
    if (store.get(queries, { id: queryId })?.endedAt !== undefined) ctx.start('endScheduled', queryId, { queryId });
  });
};

const ENDS: { readonly [status: string]: 'Complete' | 'Timeout' } = { Complete: 'Complete', Timeout: 'Timeout' };

/** A run's query has ended. */
export const endScheduled: TaskHandler = async ({ queryId }, ctx) => {
  const query = ctx.store.get(queries, { id: String(queryId) });
  const run = ctx.store.first(scheduledRuns, { index: 'byQuery', where: { queryId: String(queryId) } });
  const row = run && ctx.store.get(scheduledQueries, { id: run.schedule });
  if (query === undefined || run?.status !== 'Running' || row === undefined) return;
  const status = ENDS[query.status] ?? 'Failed';
  const file = status === 'Complete' && row.destination !== undefined ? await bring(row, query, ctx) : undefined;
  const table = status === 'Complete' && row.table !== undefined ? await fill(row.table, query, ctx) : undefined;
  ctx.transact((store) => {
    store.put(scheduledRuns, {
      ...run,
      status,
      ...(file !== undefined && { file }),
      ...(table !== undefined && { table }),
    });
    answer(row, { at: run.at, ...(status === 'Complete' && { queryId: query.id }) }, ctx);
  });
};

/** Tells the service that manages a query of a run. In a transaction. */
function answer({ arn, managedFor }: ScheduledQueryRow, run: { at: number; queryId?: string }, ctx: Ctx): void {
  if (managedFor === undefined) return;
  const told: Answer = { resource: managedFor, scheduledQuery: arn, ...run };
  ctx.emit(ANSWERED, told);
}

/** Writes the results as JSON. Deviation: AWS does not say how it names the file. */
async function bring(
  { name, destination }: ScheduledQueryRow,
  query: QueryRow,
  ctx: Ctx,
): Promise<{ key: string } | { error: string }> {
  const { uri = '', roleArn = '', owner, kmsKeyId } = destination ?? {};
  const [Bucket = '', ...folders] = uri
    .replace('s3://', '')
    .split('/')
    .filter((part) => part !== '');
  const rows = await readResults(query, ctx);
  const results = rows.map((row) => Object.fromEntries(row.map(({ field, value }) => [field, value])));
  const Key = [...folders, name, `${query.id}.json`].join('/');
  try {
    const { s3 } = (await ctx.actAs(roleArn, 'scheduled-query')).aws();
    await s3.PutObject({
      Bucket,
      Key,
      ContentType: 'application/json',
      Body: bytesStream(Buffer.from(JSON.stringify(results))),
      ...(owner !== undefined && { ExpectedBucketOwner: owner }),
      ...(kmsKeyId !== undefined && { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: kmsKeyId }),
    });
    return { key: `s3://${Bucket}/${Key}` };
  } catch (error) {
    if (error instanceof ServiceError) return { error: error.message };
    throw error;
  }
}

/** Makes a lookup table of the results, or replaces what is in it. */
async function fill(
  { name, roleArn, description, kmsKeyId, tags }: NonNullable<ScheduledQueryRow['table']>,
  query: QueryRow,
  ctx: Ctx,
): Promise<{ arn: string } | { error: string }> {
  const tableBody = csvOf(await readResults(query, ctx));
  const given = {
    tableBody,
    ...(description !== undefined && { description }),
    ...(kmsKeyId !== undefined && { kmsKeyId }),
  };
  const before = ctx.store.get(lookupTables, { name });
  try {
    const logs = (await ctx.actAs(roleArn, 'scheduled-query')).aws()['cloudwatch-logs'];
    const { lookupTableArn: arn = '' } =
      before === undefined
        ? await logs.CreateLookupTable({
            lookupTableName: name,
            ...given,
            ...(Object.keys(tags).length > 0 && { tags }),
          })
        : await logs.UpdateLookupTable({ lookupTableArn: before.arn, ...given });
    return { arn };
  } catch (error) {
    if (error instanceof ServiceError) return { error: error.message };
    throw error;
  }
}
