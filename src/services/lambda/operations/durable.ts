/** Durable executions: shown, listed, stopped, paused, removed; and the progress that functions tell. */
import { type Ctx, type Handler, type InputOf, type OutputOf, ServiceError } from '#kernel/contract';
import type { Query } from '#kernel/store';
import { findFunction } from '../domain/find.ts';
import { applyUpdate, checkBatch, type Update } from '../durable/checkpoint.ts';
import { openedByCaller } from '../durable/data-key.ts';
import { type Draft, dataOf, draftOf, note, payloadOf, save, trigger } from '../durable/draft.ts';
import { invalidMarker, invalidToken, manyStatuses, noExecution, otherToken, wrongStatus } from '../durable/errors.ts';
import { endExecution } from '../durable/execution.ts';
import { failForKey } from '../durable/invocation.ts';
import { PAGE_DEFAULT, PAGE_MAX } from '../durable/limits.ts';
import { checkpointToken, executionArn, functionArn, parseExecutionArn, tokenOwner } from '../durable/names.ts';
import { pageOfOperations, shownOperation } from '../durable/operation.ts';
import {
  type CheckpointRow,
  checkpoints,
  type ErrorObject,
  type EventRow,
  type ExecutionRow,
  executions,
  history,
  operations,
} from '../durable/state.ts';

type Event = NonNullable<OutputOf<'lambda', 'GetDurableExecutionHistory'>['Events']>[number];

export const getDurableExecution: Handler<'lambda', 'GetDurableExecution'> = (input, ctx) => {
  const { row, account } = find(input.DurableExecutionArn, ctx);
  const withData = input.IncludeExecutionData ?? true;
  const show = () => shownExecution(find(input.DurableExecutionArn, ctx), withData, ctx);
  return withData ? openedByCaller(row, account, ctx, show) : show();
};

function shownExecution(draft: Draft, withData: boolean, ctx: Ctx): OutputOf<'lambda', 'GetDurableExecution'> {
  const { row } = draft;
  const { input: InputPayload, result, error } = withData ? dataOf(draft) : {};
  return {
    ...summary(row, ctx),
    Version: row.version,
    TraceHeader: { XAmznTraceId: row.trace },
    DurableConfig: {
      ExecutionTimeout: row.timeout,
      RetentionPeriodInDays: row.retention,
      ...(row.kmsKeyArn !== undefined && { KMSKeyArn: row.kmsKeyArn }),
    },
    ExecutionDataIncluded: withData,
    ...(InputPayload !== undefined && { InputPayload }),
    ...(result !== undefined && { Result: result }),
    ...(error !== undefined && { Error: error }),
    ...(row.endedAt === undefined &&
      row.pause?.left === undefined && { ExpectedExecutionTimeoutTimestamp: row.timesOutAt }),
    ...(row.pause !== undefined && {
      PauseDetails: {
        PauseRequestTimestamp: row.pause.at,
        ExecutionTimeoutPaused: row.pause.left !== undefined,
        ...(row.pause.reason !== undefined && { Reason: row.pause.reason }),
      },
    }),
  };
}

export const listDurableExecutions: Handler<'lambda', 'ListDurableExecutionsByFunction'> = (input, ctx) => {
  const { Statuses = [], DurableExecutionName: name } = input;
  if (Statuses.length > 1) throw manyStatuses();
  const { named, version, store } = findFunction(input.FunctionName, input.Qualifier, ctx);
  const limit = input.MaxItems === undefined || input.MaxItems === 0 ? PAGE_DEFAULT : input.MaxItems;
  const [status] = Statuses;
  const where: Partial<ExecutionRow> = { function: named.name, version: version.version };
  const range = { ...rangeOf(input), reverse: input.ReverseOrder ?? false, limit: limit + 1 };
  const rows =
    name !== undefined
      ? store
          .list(executions, { index: 'byName', where: { function: named.name, name } })
          .filter((row) => row.version === version.version && row.status === (status ?? row.status))
          .filter((row) => isWithin(row, input))
      : status !== undefined
        ? store.list(executions, { index: 'byStatus', where: { ...where, status }, ...range })
        : store.list(executions, { index: 'byVersion', where, ...range });
  const last = rows[limit - 1];
  return {
    DurableExecutions: rows.slice(0, limit).map((row) => ({
      ...summary(row, ctx),
      ...(row.kmsKeyArn !== undefined && { KMSKeyArn: row.kmsKeyArn }),
    })),
    ...(rows.length > limit && last !== undefined && { NextMarker: `${last.startedAt}/${last.id}` }),
  };
};

type Range = { StartedAfter?: number | undefined; StartedBefore?: number | undefined };

function isWithin({ startedAt }: ExecutionRow, { StartedAfter, StartedBefore }: Range): boolean {
  return (
    (StartedAfter === undefined || startedAt > StartedAfter) &&
    (StartedBefore === undefined || startedAt < StartedBefore)
  );
}

type Paged = Range & { Marker?: string | undefined; ReverseOrder?: boolean | undefined };

/** @throws {ServiceError} InvalidParameterValueException */
function rangeOf({ StartedAfter, StartedBefore, Marker, ReverseOrder = false }: Paged): Query<ExecutionRow> {
  const [, at, id] = /^(\d{1,15})\/([\w-]+)$/.exec(Marker ?? '') ?? [];
  if (Marker !== undefined && id === undefined) throw invalidMarker();
  const mark = id === undefined ? undefined : { startedAt: Number(at), id };
  const low = mark !== undefined && !ReverseOrder ? mark : startedAt(StartedAfter);
  const high = mark !== undefined && ReverseOrder ? mark : startedAt(StartedBefore);
  return { ...(low !== undefined && { after: low }), ...(high !== undefined && { before: high }) };
}

function startedAt(instant: number | undefined): Partial<ExecutionRow> | undefined {
  return instant === undefined ? undefined : { startedAt: instant };
}

export const getDurableExecutionHistory: Handler<'lambda', 'GetDurableExecutionHistory'> = (input, ctx) => {
  const { row, account } = find(input.DurableExecutionArn, ctx);
  const list = () => eventsOf(input, ctx);
  return (input.IncludeExecutionData ?? true) ? openedByCaller(row, account, ctx, list) : list();
};

function eventsOf(input: InputOf<'lambda', 'GetDurableExecutionHistory'>, ctx: Ctx) {
  const { row, store } = find(input.DurableExecutionArn, ctx);
  const { ReverseOrder: reverse = false, IncludeExecutionData: withData = true } = input;
  const limit = input.MaxItems === undefined || input.MaxItems === 0 ? PAGE_DEFAULT : input.MaxItems;
  if (input.Marker !== undefined && !/^\d{1,9}$/.test(input.Marker)) throw invalidMarker();
  const mark = input.Marker === undefined ? undefined : { number: Number(input.Marker) };
  const bound = mark === undefined ? {} : reverse ? { before: mark } : { after: mark };
  const rows = store.list(history, { where: { execution: row.id }, ...bound, reverse, limit: limit + 1 });
  return {
    Events: rows.slice(0, limit).map((event) => shownEvent(event, withData)),
    ...(rows.length > limit && { NextMarker: String(rows[limit - 1]?.number) }),
  };
}

function shownEvent({ number, at, type, operation, details }: EventRow, withData: boolean): Event {
  return {
    EventType: type as NonNullable<Event['EventType']>,
    EventId: number,
    EventTimestamp: at,
    ...operation,
    [`${type}Details`]: withData ? details : withoutData(details),
  };
}

/** What was given or made is left out of an event. */
function withoutData(details: EventRow['details']): EventRow['details'] {
  return Object.fromEntries(
    Object.entries(details).map(([name, value]) =>
      ['Input', 'Result', 'Error'].includes(name) ? [name, { Truncated: true }] : [name, value],
    ),
  );
}

export const stopDurableExecution: Handler<'lambda', 'StopDurableExecution'> = (input, ctx) => {
  const { row, account } = find(input.DurableExecutionArn, ctx);
  return openedByCaller(row, account, ctx, () => {
    const draft = find(input.DurableExecutionArn, ctx);
    const { endedAt } = draft.row;
    if (endedAt === undefined) endExecution(draft, 'STOPPED', { error: (input.Error ?? {}) as ErrorObject });
    return { StopTimestamp: endedAt ?? ctx.clock() };
  });
};

/** Deviation: it is gone at once; on AWS its status is DELETING for a while. */
export const deleteDurableExecution: Handler<'lambda', 'DeleteDurableExecution'> = (input, ctx) => {
  const draft = find(input.DurableExecutionArn, ctx);
  const { id, endedAt, status } = draft.row;
  if (endedAt === undefined) throw wrongStatus(status);
  draft.row.status = 'DELETING';
  save(draft);
  ctx.start('forget', id, { id });
  return { DeletionRequestTimestamp: ctx.clock() };
};

export const pauseDurableExecution: Handler<'lambda', 'PauseDurableExecution'> = (input, ctx) => {
  const draft = find(input.DurableExecutionArn, ctx);
  const { row } = draft;
  if (row.status === 'PAUSING' || row.status === 'PAUSED') return {};
  if (row.status !== 'RUNNING') throw wrongStatus(row.status);
  const { Reason: reason, ExecutionTimeoutPaused: isTimePaused = false } = input;
  row.status = row.invocation === undefined ? 'PAUSED' : 'PAUSING';
  row.pause = {
    at: ctx.clock(),
    ...(reason !== undefined && { reason }),
    ...(isTimePaused && { left: row.timesOutAt - ctx.clock() }),
  };
  if (isTimePaused) ctx.disarm('execution-timeout', row.id);
  note(draft, 'ExecutionPaused', {
    PauseRequestTimestamp: row.pause.at,
    ExecutionTimeoutPaused: isTimePaused,
    ...(reason !== undefined && { Reason: payloadOf(reason) }),
  });
  save(draft);
  return {};
};

export const resumeDurableExecution: Handler<'lambda', 'ResumeDurableExecution'> = (input, ctx) => {
  const draft = find(input.DurableExecutionArn, ctx);
  const { status, pause, ...rest } = draft.row;
  if (status === 'RUNNING') return {};
  if (status !== 'PAUSING' && status !== 'PAUSED') throw wrongStatus(status);
  draft.row = { ...rest, status: 'RUNNING' };
  if (pause?.left !== undefined) {
    draft.row.timesOutAt = ctx.clock() + pause.left;
    ctx.arm('execution-timeout', rest.id, draft.row.timesOutAt, { id: rest.id });
  }
  const { Reason: reason } = input;
  note(draft, 'ExecutionResumed', {
    ResumeRequestTimestamp: ctx.clock(),
    ...(reason !== undefined && { Reason: payloadOf(reason) }),
  });
  if (draft.row.due) trigger(draft);
  save(draft);
  return {};
};

export const getDurableExecutionState: Handler<'lambda', 'GetDurableExecutionState'> = (input, ctx) => {
  const { row, account } = current(input, ctx);
  return openedByCaller(row, account, ctx, () => {
    const { row, store } = current(input, ctx);
    const limit = input.MaxItems === undefined || input.MaxItems === 0 ? PAGE_DEFAULT : input.MaxItems;
    const { page, next } = pageOfOperations(row, input.Marker, Math.min(limit, PAGE_MAX), store);
    return { Operations: page, ...(next !== '' && { NextMarker: next }) };
  });
};

export const checkpointDurableExecution: Handler<'lambda', 'CheckpointDurableExecution'> = (input, ctx) => {
  const { row, account } = repeated(input, ctx)?.draft ?? current(input, ctx);
  if (row.dataKey === undefined) return checkpoint(input, ctx);
  return Promise.resolve(openedByCaller(row, account, ctx, () => checkpoint(input, ctx))).catch((error) => {
    const isOfKey = error instanceof ServiceError && error.code.startsWith('KMS');
    if (isOfKey) ctx.transact(() => failForKey(row.id, error, ctx));
    throw error;
  });
};

function checkpoint(input: InputOf<'lambda', 'CheckpointDurableExecution'>, ctx: Ctx) {
  const { CheckpointToken: asked, ClientToken: clientToken, Updates = [] } = input;
  const again = repeated(input, ctx);
  if (again !== undefined) return answerOf(again.draft, again.last.seen);
  const draft = current(input, ctx);
  const { seen } = draft.row;
  checkBatch(Updates);
  for (const update of Updates) applyUpdate(draft, update as Update);
  const { row } = draft;
  if (row.endedAt !== undefined) return answerOf(draft, seen);
  row.seen = row.changes;
  // One that is to pause gets no token, so that it ends, and is invoked again when it goes on.
  row.due = row.status === 'PAUSING';
  if (row.status === 'RUNNING') {
    row.checkpoints += 1;
    if (clientToken !== undefined) draft.store.put(checkpoints, { execution: row.id, clientToken, asked, seen });
  }
  save(draft);
  return answerOf(draft, seen);
}

type Asked = { DurableExecutionArn: string; CheckpointToken: string; ClientToken?: string | undefined };

/** The same request as the last one, whose answer has not arrived. */
function repeated(input: Asked, ctx: Ctx): { draft: Draft; last: CheckpointRow } | undefined {
  const draft = draftOf(parseExecutionArn(input.DurableExecutionArn)?.id ?? '', ctx);
  const last = draft?.store.get(checkpoints, { execution: draft.row.id });
  const isSame = last?.asked === input.CheckpointToken && last.clientToken === input.ClientToken;
  return draft !== undefined && isSame && draft.row.invocation !== undefined ? { draft, last } : undefined;
}

/** The token for the next checkpoint, where there may be one; and what has changed after `seen`. */
function answerOf({ row, store }: Draft, seen: number): OutputOf<'lambda', 'CheckpointDurableExecution'> {
  const query = { index: 'byChange', where: { execution: row.id }, after: { changed: seen } };
  return {
    ...(row.status === 'RUNNING' && { CheckpointToken: checkpointToken(row, row.invocation ?? '') }),
    NewExecutionState: { Operations: store.list(operations, query).map((one) => shownOperation(one, store)) },
  };
}

/** The execution whose invocation in progress asks. @throws {ServiceError} InvalidParameterValueException */
function current({ DurableExecutionArn, CheckpointToken }: Asked, ctx: Ctx): Draft {
  const { id = '', account } = parseExecutionArn(DurableExecutionArn) ?? {};
  const owner = tokenOwner(CheckpointToken);
  if (owner !== undefined && owner !== id) throw otherToken();
  const draft = account === ctx.account ? draftOf(id, ctx) : undefined;
  const invocation = draft?.row.invocation;
  if (draft === undefined || invocation === undefined) throw invalidToken();
  if (checkpointToken(draft.row, invocation) !== CheckpointToken) throw invalidToken();
  return draft;
}

/** @throws {ServiceError} ResourceNotFoundException */
function find(arn: string, ctx: Ctx): Draft {
  const { id = '', account } = parseExecutionArn(arn) ?? {};
  const draft = account === ctx.account ? draftOf(id, ctx) : undefined;
  if (draft === undefined || executionArn(draft.row, draft.account, ctx) !== arn) throw noExecution();
  return draft;
}

function summary(row: ExecutionRow, ctx: Ctx) {
  return {
    DurableExecutionArn: executionArn(row, ctx.account, ctx),
    DurableExecutionName: row.name,
    FunctionArn: functionArn(row, ctx.account, ctx),
    Status: row.status,
    StartTimestamp: row.startedAt,
    ...(row.endedAt !== undefined && { EndTimestamp: row.endedAt }),
  };
}
