/** Scheduled queries: made, changed, shown, deleted; and what became of their runs. */
import { HOUR, page, readSchedule, ScheduleError, SECOND, zoneOffset } from '#kernel/base';
import { type Ctx, type Handler, type InputOf, notBuilt } from '#kernel/contract';
import { isText, makeToken, readToken } from '../domain/pages.ts';
import { conflict, invalidRequest, notFound } from '../errors.ts';
import { LIST_RESULTS_MAX } from '../limits.ts';
import { armScheduled } from '../scheduled.ts';
import { type ScheduledQueryRow, type ScheduledRunRow, scheduledQueries, scheduledRuns } from '../state.ts';
import { readQuery } from './query.ts';

/** By its name or ARN. @throws {ServiceError} ResourceNotFoundException */
function find(identifier: string, { store }: Ctx): ScheduledQueryRow {
  const row = identifier.startsWith('arn:')
    ? store.get(scheduledQueries, { id: identifier.slice(identifier.lastIndexOf(':') + 1) })
    : store.first(scheduledQueries, { index: 'byName', where: { name: identifier } });
  if (row === undefined) throw notFound(`Scheduled query ${identifier} does not exist.`);
  return row;
}

type Given = Pick<
  InputOf<'cloudwatch-logs', 'CreateScheduledQuery'>,
  | 'description'
  | 'queryLanguage'
  | 'queryString'
  | 'logGroupIdentifiers'
  | 'scheduleExpression'
  | 'timezone'
  | 'startTimeOffset'
  | 'endTimeOffset'
  | 'destinationConfiguration'
  | 'scheduleStartTime'
  | 'scheduleEndTime'
  | 'executionRoleArn'
  | 'state'
>;

/** What a request says of a query. @throws {ServiceError} ValidationException, MalformedQueryException; 501 for what is not built */
function settings(given: Given, ctx: Ctx): Omit<ScheduledQueryRow, 'id' | 'name' | 'arn' | 'tags' | 'createdAt'> {
  const { scheduleExpression: schedule, startTimeOffset, endTimeOffset = 0, destinationConfiguration: to } = given;
  if (given.queryLanguage !== 'CWLI') throw notBuilt(`scheduled queries in ${given.queryLanguage}`);
  const { timezone: zone = 'UTC' } = given;
  if (zoneOffset(zone, 0) === undefined) throw invalidRequest(`The timezone ${zone} is not valid.`);
  readQuery(given.queryString, { now: ctx.now, window: { from: ctx.now, to: ctx.now } });
  try {
    readSchedule(schedule, ctx.now);
  } catch (error) {
    if (error instanceof ScheduleError) throw invalidRequest(`The schedule expression ${schedule} is not valid.`);
    throw error;
  }
  const startsBefore = startTimeOffset === undefined ? HOUR : Math.abs(Number(startTimeOffset)) * SECOND;
  const endsBefore = Math.abs(Number(endTimeOffset)) * SECOND;
  if (endsBefore >= startsBefore) throw invalidRequest('The start of the time range must be before its end.');
  const { s3Configuration: s3, lookupTableConfiguration: table } = to ?? {};
  return {
    ...(given.description !== undefined && { description: given.description }),
    text: given.queryString,
    groups: [...(given.logGroupIdentifiers ?? [])],
    schedule,
    ...(zone !== 'UTC' && { zone }),
    startsBefore,
    endsBefore,
    ...(given.scheduleStartTime !== undefined && { from: Number(given.scheduleStartTime) }),
    ...(given.scheduleEndTime !== undefined && { to: Number(given.scheduleEndTime) }),
    roleArn: given.executionRoleArn,
    ...(s3 !== undefined && {
      destination: {
        uri: s3.destinationIdentifier,
        roleArn: s3.roleArn,
        ...(s3.ownerAccountId !== undefined && { owner: s3.ownerAccountId }),
        ...(s3.kmsKeyId !== undefined && { kmsKeyId: s3.kmsKeyId }),
      },
    }),
    ...(table !== undefined && {
      table: {
        name: table.tableName,
        roleArn: table.roleArn,
        ...(table.description !== undefined && { description: table.description }),
        ...(table.kmsKeyId !== undefined && { kmsKeyId: table.kmsKeyId }),
        tags: { ...table.tags },
      },
    }),
    state: given.state ?? 'ENABLED',
    updatedAt: ctx.now,
  };
}

/** What a service that calls manages queries for: a log alarm. */
const managerOf = ({ caller }: Ctx) => (caller.principal.kind === 'service' ? caller.source?.arn : undefined);

/** Source: CloudWatch User Guide, "Log alarms", of their managed queries. @throws {ServiceError} ValidationException */
function checkManager({ name, managedFor }: ScheduledQueryRow, ctx: Ctx): void {
  if (managedFor !== managerOf(ctx)) throw invalidRequest(`Scheduled query ${name} is managed by ${managedFor}.`);
}

export const createScheduledQuery: Handler<'cloudwatch-logs', 'CreateScheduledQuery'> = (input, ctx) => {
  const { name } = input;
  if (ctx.store.first(scheduledQueries, { index: 'byName', where: { name } }) !== undefined)
    throw conflict(`Scheduled query ${name} already exists.`);
  const id = ctx.uuid();
  const arn = `arn:${ctx.partition}:logs:${ctx.region}:${ctx.account}:scheduled-query:${id}`;
  const managedFor = managerOf(ctx);
  const own = { id, name, arn, tags: { ...input.tags }, createdAt: ctx.now };
  const row = { ...own, ...(managedFor !== undefined && { managedFor }), ...settings(input, ctx) };
  ctx.store.put(scheduledQueries, row);
  armScheduled(row, ctx);
  return { scheduledQueryArn: arn, state: row.state };
};

export const updateScheduledQuery: Handler<'cloudwatch-logs', 'UpdateScheduledQuery'> = (input, ctx) => {
  const before = find(input.identifier, ctx);
  checkManager(before, ctx);
  const { id, name, arn, tags, createdAt, triggeredAt, managedFor, state } = before;
  const kept = {
    ...{ id, name, arn, tags, createdAt },
    ...(managedFor !== undefined && { managedFor }),
    ...(triggeredAt !== undefined && { triggeredAt }),
  };
  const row = { ...kept, ...settings({ ...input, state: input.state ?? state }, ctx) };
  ctx.store.put(scheduledQueries, row);
  armScheduled(row, ctx);
  return shown(row, ctx);
};

export const deleteScheduledQuery: Handler<'cloudwatch-logs', 'DeleteScheduledQuery'> = ({ identifier }, ctx) => {
  const row = find(identifier, ctx);
  checkManager(row, ctx);
  ctx.store.delete(scheduledQueries, row);
  ctx.disarm('scheduled', row.id);
  for (const run of ctx.store.list(scheduledRuns, { where: { schedule: row.id } }))
    ctx.store.delete(scheduledRuns, run);
  return {};
};

const lastRun = ({ id }: ScheduledQueryRow, { store }: Ctx) =>
  store.first(scheduledRuns, { where: { schedule: id }, reverse: true });

function destinationsOf({ destination, table }: ScheduledQueryRow) {
  return {
    ...(destination !== undefined && {
      s3Configuration: {
        destinationIdentifier: destination.uri,
        roleArn: destination.roleArn,
        ...(destination.owner !== undefined && { ownerAccountId: destination.owner }),
        ...(destination.kmsKeyId !== undefined && { kmsKeyId: destination.kmsKeyId }),
      },
    }),
    ...(table !== undefined && {
      lookupTableConfiguration: {
        tableName: table.name,
        roleArn: table.roleArn,
        ...(table.description !== undefined && { description: table.description }),
        ...(table.kmsKeyId !== undefined && { kmsKeyId: table.kmsKeyId }),
        ...(Object.keys(table.tags).length > 0 && { tags: table.tags }),
      },
    }),
  };
}

const typeOf = ({ managedFor }: ScheduledQueryRow) =>
  managedFor === undefined ? ('CUSTOMER_MANAGED' as const) : ('AWS_MANAGED' as const);

function summary(row: ScheduledQueryRow, ctx: Ctx) {
  const last = lastRun(row, ctx);
  return {
    scheduledQueryArn: row.arn,
    name: row.name,
    state: row.state,
    scheduleType: typeOf(row),
    ...(row.triggeredAt !== undefined && { lastTriggeredTime: row.triggeredAt }),
    ...(last !== undefined && { lastExecutionStatus: last.status }),
    scheduleExpression: row.schedule,
    timezone: row.zone ?? 'UTC',
    ...((row.destination ?? row.table) !== undefined && { destinationConfiguration: destinationsOf(row) }),
    creationTime: row.createdAt,
    lastUpdatedTime: row.updatedAt,
  };
}

function shown(row: ScheduledQueryRow, ctx: Ctx) {
  return {
    ...summary(row, ctx),
    ...(row.description !== undefined && { description: row.description }),
    queryLanguage: 'CWLI' as const,
    queryString: row.text,
    logGroupIdentifiers: row.groups,
    startTimeOffset: row.startsBefore / SECOND,
    endTimeOffset: row.endsBefore / SECOND,
    ...(row.from !== undefined && { scheduleStartTime: row.from }),
    ...(row.to !== undefined && { scheduleEndTime: row.to }),
    executionRoleArn: row.roleArn,
  };
}

export const getScheduledQuery: Handler<'cloudwatch-logs', 'GetScheduledQuery'> = ({ identifier }, ctx) =>
  shown(find(identifier, ctx), ctx);

export const listScheduledQueries: Handler<'cloudwatch-logs', 'ListScheduledQueries'> = (input, ctx) => {
  const first = input.nextToken === undefined ? undefined : readToken(input.nextToken, isText);
  const { rows, last } = page<ScheduledQueryRow>(
    (past, limit) => {
      const id = past?.id ?? first;
      return ctx.store.list(scheduledQueries, { ...(id !== undefined && { after: { id } }), limit });
    },
    input.maxResults ?? LIST_RESULTS_MAX,
    (row) => (input.state ?? row.state) === row.state && (input.scheduleType ?? typeOf(row)) === typeOf(row),
  );
  return {
    scheduledQueries: rows.map((row) => summary(row, ctx)),
    ...(last !== undefined && { nextToken: makeToken(last.id) }),
  };
};

export const getScheduledQueryHistory: Handler<'cloudwatch-logs', 'GetScheduledQueryHistory'> = (input, ctx) => {
  const row = find(input.identifier, ctx);
  const [from, to] = [Number(input.startTime), Number(input.endTime)];
  const isNumber = (value: unknown): value is number => typeof value === 'number';
  const before = input.nextToken === undefined ? undefined : readToken(input.nextToken, isNumber);
  const { rows, last } = page<ScheduledRunRow>(
    (past, limit) => {
      const at = past?.at ?? before;
      const end = at === undefined ? { to: { at: to } } : { before: { at } };
      return ctx.store.list(scheduledRuns, {
        where: { schedule: row.id },
        from: { at: from },
        ...end,
        limit,
        reverse: true,
      });
    },
    input.maxResults ?? LIST_RESULTS_MAX,
    ({ status }) => input.executionStatuses?.includes(status) ?? true,
  );
  return {
    name: row.name,
    scheduledQueryArn: row.arn,
    triggerHistory: rows.map((run) => historyOf(run, row)),
    ...(last !== undefined && { nextToken: makeToken(last.at) }),
  };
};

function historyOf(run: ScheduledRunRow, { destination, table }: ScheduledQueryRow) {
  const { queryId, status, at, error } = run;
  const ended = (
    destinationType: 'S3' | 'LOOKUP_TABLE',
    destinationIdentifier: string,
    processed: string | undefined,
    failure: string | undefined,
  ) =>
    processed === undefined && failure === undefined
      ? []
      : [
          processed === undefined
            ? { destinationType, destinationIdentifier, status: 'FAILED' as const, errorMessage: failure }
            : { destinationType, destinationIdentifier, status: 'COMPLETE' as const, processedIdentifier: processed },
        ];
  const [file, made]: { key?: string; arn?: string; error?: string }[] = [run.file ?? {}, run.table ?? {}];
  const destinations = [
    ...ended('S3', destination?.uri ?? '', file?.key, file?.error),
    ...ended('LOOKUP_TABLE', table?.name ?? '', made?.arn, made?.error),
  ];
  return {
    ...(queryId !== undefined && { queryId }),
    executionStatus: status,
    triggeredTimestamp: at,
    ...(error !== undefined && { errorMessage: error }),
    ...(destinations.length > 0 && { destinations }),
  };
}
