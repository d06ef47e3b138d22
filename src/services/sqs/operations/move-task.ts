/** Redrive tasks: they bring messages of a dead-letter queue back to where they came from, or elsewhere. */
import type { Ctx, Handler } from '#kernel/contract';
import type { ListMessageMoveTasksResultEntry } from '#models/sqs';
import { findByArn } from '../domain/find.ts';
import { counts } from '../domain/pile.ts';
import {
  badArn,
  badTaskHandle,
  differentQueueTypes,
  moveRateOutOfRange,
  noSuchTask,
  notADeadLetterQueue,
  resourceMissing,
  sameSourceAndDestination,
  taskNotActive,
  taskRunning,
  tooManyMoveTasks,
} from '../errors.ts';
import { MOVE_RATE_MAX, MOVE_TASKS_LISTED_MAX, MOVE_TASKS_MAX } from '../limits.ts';
import { type MoveTaskRow, moveTasks, type QueueRow, queues } from '../state.ts';

type Named = { queue: QueueRow; name: string };

export const startMessageMoveTask: Handler<'sqs', 'StartMessageMoveTask'> = (input, ctx) => {
  const source = queueOf(input.SourceArn, 'SourceArn', ctx);
  const { DestinationArn: destinationArn, MaxNumberOfMessagesPerSecond: rate } = input;
  if (rate !== undefined && (rate < 1 || rate > MOVE_RATE_MAX)) throw moveRateOutOfRange();
  if (ctx.store.first(queues, { index: 'byDeadLetterArn', where: { deadLetterArn: source.queue.arn } }) === undefined)
    throw notADeadLetterQueue();
  if (destinationArn !== undefined) {
    const destination = queueOf(destinationArn, 'DestinationArn', ctx);
    if (destination.name === source.name) throw sameSourceAndDestination();
    if (destination.queue.fifo !== source.queue.fifo) throw differentQueueTypes();
  }
  if (latest(source.name, ctx)?.status === 'RUNNING') throw taskRunning();
  if (ctx.store.count(moveTasks, { index: 'byActive', where: { active: 'RUNNING' } }) >= MOVE_TASKS_MAX)
    throw tooManyMoveTasks();
  const task: MoveTaskRow = {
    source: source.name,
    startedAt: ctx.now,
    id: ctx.uuid(),
    sourceArn: source.queue.arn,
    status: 'RUNNING',
    active: 'RUNNING',
    moved: 0,
    toMove: counts(ctx.store, source.queue.pile, ctx.now).visible,
    ...(destinationArn !== undefined && { destinationArn }),
    ...(rate !== undefined && { rate }),
  };
  ctx.store.put(moveTasks, task);
  ctx.arm('move', task.id, ctx.now, { source: task.source, startedAt: task.startedAt, id: task.id });
  return { TaskHandle: handleOf(task) };
};

export const cancelMessageMoveTask: Handler<'sqs', 'CancelMessageMoveTask'> = (input, ctx) => {
  const { taskId, sourceArn } = readHandle(input.TaskHandle);
  const { name } = queueOf(sourceArn, 'SourceArn', ctx);
  const task = ctx.store.list(moveTasks, { where: { source: name } }).find((one) => one.id === taskId);
  if (task === undefined) throw noSuchTask();
  if (task.status !== 'RUNNING') throw taskNotActive();
  const { active: _, ...ended } = task;
  ctx.store.put(moveTasks, { ...ended, status: 'CANCELLED' });
  ctx.disarm('move', task.id);
  return { ApproximateNumberOfMessagesMoved: task.moved };
};

export const listMessageMoveTasks: Handler<'sqs', 'ListMessageMoveTasks'> = (input, ctx) => {
  const { name } = queueOf(input.SourceArn, 'SourceArn', ctx);
  const limit = Math.min(input.MaxResults ?? 1, MOVE_TASKS_LISTED_MAX);
  return { Results: ctx.store.list(moveTasks, { where: { source: name }, reverse: true, limit }).map(show) };
};

function show(task: MoveTaskRow): ListMessageMoveTasksResultEntry {
  return {
    ...(task.status === 'RUNNING' && { TaskHandle: handleOf(task) }),
    Status: task.status,
    SourceArn: task.sourceArn,
    ...(task.destinationArn !== undefined && { DestinationArn: task.destinationArn }),
    ...(task.rate !== undefined && { MaxNumberOfMessagesPerSecond: task.rate }),
    ApproximateNumberOfMessagesMoved: task.moved,
    ApproximateNumberOfMessagesToMove: task.toMove,
    ...(task.failure !== undefined && { FailureReason: task.failure }),
    StartedTimestamp: task.startedAt,
  };
}

/** @throws {ServiceError} InvalidParameterValue, ResourceNotFoundException */
function queueOf(arn: string, parameter: 'SourceArn' | 'DestinationArn', ctx: Ctx): Named {
  const named = findByArn(arn, ctx);
  if (named === 'malformed') throw badArn(parameter);
  if (named === undefined) throw resourceMissing(parameter);
  return { queue: named, name: named.name };
}

function latest(source: string, ctx: Ctx): MoveTaskRow | undefined {
  return ctx.store.first(moveTasks, { where: { source }, reverse: true });
}

function handleOf({ id, sourceArn }: MoveTaskRow): string {
  return Buffer.from(JSON.stringify({ taskId: id, sourceArn })).toString('base64');
}

/** @throws {ServiceError} InvalidParameterValue */
function readHandle(handle: string): { taskId: string; sourceArn: string } {
  try {
    const { taskId, sourceArn } = JSON.parse(Buffer.from(handle, 'base64').toString()) as Record<string, unknown>;
    if (typeof taskId === 'string' && typeof sourceArn === 'string') return { taskId, sourceArn };
  } catch {}
  throw badTaskHandle();
}
