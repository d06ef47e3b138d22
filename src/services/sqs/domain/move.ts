/** What a redrive task does at each turn of its timer. */
import { type Millis, SECOND } from '#kernel/base';
import type { Ctx } from '#kernel/contract';
import { MOVE_BATCH } from '../limits.ts';
import { type MessageRow, type MoveTaskRow, moveTasks, type QueueRow, queues } from '../state.ts';
import { arrived } from './arrival.ts';
import { recall, remember } from './deduplication.ts';
import { deduplicationScope } from './fifo.ts';
import { findByArn } from './find.ts';
import { noteActivity } from './metrics.ts';
import { candidates, nextSequence, push, remove } from './pile.ts';

/** Source: answers recorded from AWS. */
const NO_QUEUE = 'AWS.SimpleQueueService.NonExistentQueue';
const NO_SOURCE = 'CouldNotDetermineMessageSource';

/** Moves as many messages as one turn may; the instant of the next turn, undefined when the task is over. */
export function moveSome(task: MoveTaskRow, ctx: Ctx): Millis | undefined {
  const source = ctx.store.get(queues, { name: task.source });
  if (source === undefined) return end(task, 'FAILED', ctx, NO_QUEUE);
  const found = candidates(ctx.store, source, ctx.now, task.rate ?? MOVE_BATCH);
  let { moved } = task;
  for (const message of found) {
    const arn = task.destinationArn ?? message.sourceArn;
    const target = arn === undefined ? undefined : findByArn(arn, ctx);
    if (target === undefined || target === 'malformed')
      return end({ ...task, moved }, 'FAILED', ctx, arn === undefined ? NO_SOURCE : NO_QUEUE);
    remove(ctx.store, message, ctx.now);
    if (isRepeated(message, target, ctx)) continue;
    lay(message, target, ctx);
    moved += 1;
  }
  if (found.length === 0) return end(task, 'COMPLETED', ctx);
  ctx.store.put(moveTasks, { ...task, moved });
  return task.rate === undefined ? ctx.now : ctx.now + SECOND;
}

/** Whether a FIFO queue has had a message by this one's id: it is taken away, and not counted. Source: radkawar/stackd, measured in 2026. */
function isRepeated({ id, group }: MessageRow, target: QueueRow, ctx: Ctx): boolean {
  if (group === undefined) return false;
  return recall(ctx.store, target.pile, deduplicationScope(target, group), id, ctx.now) !== undefined;
}

function lay(message: MessageRow, target: QueueRow, ctx: Ctx): void {
  const row = moveTo(message, target.pile, ctx);
  push(ctx.store, row);
  const { group } = message;
  if (group !== undefined) remember(ctx.store, row, deduplicationScope(target, group), message.id, ctx.now);
  noteActivity(target, ctx.store, ctx, ctx.now);
  arrived(target, ctx.store, ctx);
}

/** Source: SQS Developer Guide, "Configure a dead-letter queue redrive": moved messages are new, with a new id and time. */
function moveTo(message: MessageRow, pile: string, ctx: Ctx): MessageRow {
  const {
    receipt: _,
    firstReceivedAt: __,
    handedAt: ______,
    movedAt: _______,
    sourceArn: ___,
    delayedUntil: ____,
    receivedBefore: _____,
    ...rest
  } = message;
  const sequence = nextSequence(ctx.store, pile);
  // Of a FIFO queue it is told apart by the id that it had. Source: radkawar/stackd, measured in 2026.
  const deduplicationId = message.group === undefined ? undefined : { deduplicationId: message.id };
  return {
    ...rest,
    pile,
    sequence,
    id: ctx.uuid(),
    sentAt: ctx.now,
    visibleAt: ctx.now,
    receives: 0,
    ...deduplicationId,
  };
}

function end(task: MoveTaskRow, status: MoveTaskRow['status'], ctx: Ctx, failure?: string): undefined {
  const { active: _, ...ended } = task;
  ctx.store.put(moveTasks, { ...ended, status, ...(failure !== undefined && { failure }) });
  const surplus = ctx.store.list(moveTasks, { where: { source: task.source }, reverse: true }).slice(MOVE_TASKS_KEPT);
  for (const old of surplus) ctx.store.delete(moveTasks, old);
}

/** Ended tasks that can still be listed. Source: SQS API Reference, ListMessageMoveTasks: "the most recent" ten. */
const MOVE_TASKS_KEPT = 10;
