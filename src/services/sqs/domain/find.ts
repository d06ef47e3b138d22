/** Finding the queue an operation is about. */
import type { Ctx } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { invalidAddress, missingParameter, queueDoesNotExist } from '../errors.ts';
import { type QueueRow, queues } from '../state.ts';
import { queueOfArn, queueOfUrl } from './names.ts';

/** A queue, its account, and the view of the store in which it lies. */
export type Found = { queue: QueueRow; account: string; store: StoreView };

/** @throws {ServiceError} QueueDoesNotExist, InvalidAddress */
export function findQueue(url: string | undefined, ctx: Ctx, store: StoreView = ctx.store): Found {
  if (url === undefined || url === '') throw missingParameter('QueueUrl');
  if (url.startsWith('arn:')) throw invalidAddress(url);
  const named = queueOfUrl(url);
  const account = named?.account ?? ctx.account;
  const own = account === ctx.account ? store : store.in({ account });
  const queue = named === undefined ? undefined : own.get(queues, { name: named.name });
  if (queue === undefined) throw queueDoesNotExist();
  return { queue, account, store: own };
}

/** The caller's own queue of an ARN, in this Region; `malformed` when the text is no ARN of a queue. */
export function findByArn(arn: string, ctx: Ctx): QueueRow | 'malformed' | undefined {
  const named = queueOfArn(arn);
  if (named === undefined) return 'malformed';
  if (named.account !== ctx.account || named.region !== ctx.region) return undefined;
  return ctx.store.get(queues, { name: named.name });
}

/** Where those who wait for the queue's messages are woken. */
export function arrivalSignal(pile: string): string {
  return `sqs ${pile}`;
}

/** The URL of a queue, with the host the client used. */
export function queueUrl(ctx: Ctx, account: string, name: string): string {
  return `${ctx.endpoint}/${account}/${name}`;
}
