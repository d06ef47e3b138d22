/** Queues: create, find, list, purge, delete, and their attributes. */
import { SECOND } from '#kernel/base';
import { type Ctx, type Handler, withPlainFlags } from '#kernel/contract';
import { namesThoseThere } from '#services/iam/port';
import { arrived } from '../domain/arrival.ts';
import {
  attributeOf,
  checkAttributes,
  checkThroughput,
  FLAGS,
  mergeAttributes,
  shownAttributes,
} from '../domain/attributes.ts';
import { arrivalSignal, type Found, findQueue, queueUrl } from '../domain/find.ts';
import { checkQueueName, queueOfArn } from '../domain/names.ts';
import { makeToken, readToken } from '../domain/pages.ts';
import { counts, expire, redelay } from '../domain/pile.ts';
import { allowsSource, checkAllowPolicy, normalRedrive, parseRedrivePolicy, redriveOf } from '../domain/redrive.ts';
import { checkTags } from '../domain/tags.ts';
import {
  badAttribute,
  badAttributeFor,
  badValue,
  purgeInProgress,
  queueDeletedRecently,
  queueDoesNotExist,
  queueNameExists,
  unknownAttribute,
} from '../errors.ts';
import { DELETED_RECENTLY, LIST_RESULTS_MAX, PURGE_INTERVAL } from '../limits.ts';
import { checkPolicy } from '../policy.ts';
import { type QueueRow, queues, tails, tombstones } from '../state.ts';

export const createQueue: Handler<'sqs', 'CreateQueue'> = (input, ctx) => {
  const given = normalAttributes(input.Attributes);
  const name = input.QueueName;
  // Source: github.com/aws/aws-sdk-php/issues/1331: a standard queue knows no such attribute, not even as false.
  if (given.FifoQueue !== undefined && given.FifoQueue !== 'true') throw unknownAttribute('FifoQueue');
  const fifo = given.FifoQueue === 'true';
  checkQueueName(name, fifo);
  checkAttributes(given, fifo);
  const before = ctx.store.get(queues, { name });
  if (before !== undefined) {
    const wanted: QueueRow = { ...before, attributes: { ...before.attributes, ...given } };
    for (const attribute of Object.keys(given))
      if (attributeOf(before, attribute) !== attributeOf(wanted, attribute)) throw queueNameExists(attribute);
    return { QueueUrl: queueUrl(ctx, ctx.account, name) };
  }
  const tombstone = ctx.store.get(tombstones, { name });
  if (tombstone !== undefined && ctx.now - tombstone.deletedAt < DELETED_RECENTLY) throw queueDeletedRecently();
  if (tombstone !== undefined) ctx.store.delete(tombstones, tombstone);
  checkTags(name, input.tags);
  const queue: QueueRow = {
    name,
    arn: `arn:${ctx.partition}:sqs:${ctx.region}:${ctx.account}:${name}`,
    fifo,
    attributes: mergeAttributes({}, given),
    tags: input.tags ?? {},
    pile: ctx.uuid(),
    createdAt: ctx.now,
    modifiedAt: ctx.now,
  };
  checkThroughput(queue);
  checkPolicies(queue, input.Attributes ?? {}, ctx);
  ctx.store.put(queues, withDeadLetter(queue));
  return { QueueUrl: queueUrl(ctx, ctx.account, name) };
};

/** Attributes as they are kept and shown, whatever way a client writes them. @throws {ServiceError} InvalidAttributeValue */
function normalAttributes(attributes: { [name: string]: string } = {}): { [name: string]: string } {
  const given = withPlainFlags(attributes, FLAGS);
  const { RedrivePolicy: redrive = '' } = given;
  return redrive === '' ? given : { ...given, RedrivePolicy: normalRedrive(redrive) };
}

/** Policies are checked when they are set; the dead-letter queue must exist and be of the same kind. */
function checkPolicies(queue: QueueRow, given: { [name: string]: string }, ctx: Ctx): void {
  if (given.Policy !== undefined && given.Policy !== '') {
    checkPolicy(given.Policy);
    // Source: answers of AWS to policies that name a role before it can be seen, as users show them.
    if (!namesThoseThere(given.Policy, ctx.account, ctx.store)) throw badAttribute('Policy');
  }
  if (given.RedriveAllowPolicy !== undefined && given.RedriveAllowPolicy !== '')
    checkAllowPolicy(given.RedriveAllowPolicy);
  if (given.RedrivePolicy === undefined || given.RedrivePolicy === '') return;
  const text = given.RedrivePolicy;
  const { deadLetterTargetArn } = parseRedrivePolicy(text);
  const named = queueOfArn(deadLetterTargetArn);
  const target =
    named === undefined || named.account !== ctx.account || named.region !== ctx.region
      ? undefined
      : ctx.store.get(queues, { name: named.name });
  const refuse = (reason: string) =>
    badAttributeFor(`Value ${text} for parameter RedrivePolicy is invalid. Reason: ${reason}`);
  if (named !== undefined && named.region !== ctx.region)
    throw refuse('Dead-letter target must be in same region as the source.');
  // AWS's two dots. Source: badmintoncryer/cdk-preflight.
  if (named?.name.endsWith('.fifo') !== queue.fifo)
    throw refuse('Dead-letter queue must be same type of queue as the source..');
  if (target === undefined) throw refuse(`Dead letter target does not exist.`);
  if (!allowsSource(target, queue.arn)) throw refuse(`Dead letter target does not allow this queue as its source.`);
}

/** The queue with the ARN of its dead-letter queue, by which that one finds its sources. */
function withDeadLetter(queue: QueueRow): QueueRow {
  const { deadLetterArn: _, ...rest } = queue;
  const redrive = redriveOf(queue);
  return redrive === undefined ? rest : { ...rest, deadLetterArn: redrive.deadLetterTargetArn };
}

export const getQueueUrl: Handler<'sqs', 'GetQueueUrl'> = (input, ctx) => {
  const account = input.QueueOwnerAWSAccountId ?? ctx.account;
  if (ctx.store.in({ account }).get(queues, { name: input.QueueName }) === undefined) throw queueDoesNotExist();
  return { QueueUrl: queueUrl(ctx, account, input.QueueName) };
};

/** @throws {ServiceError} InvalidParameterValue */
function pageLimit(asked: number | undefined): number {
  const limit = asked ?? LIST_RESULTS_MAX;
  if (limit < 1 || limit > LIST_RESULTS_MAX)
    throw badValue('MaxResults', limit, `MaxResults must be an integer between 1 and ${LIST_RESULTS_MAX}.`);
  return limit;
}

export const listQueues: Handler<'sqs', 'ListQueues'> = (input, ctx) => {
  const limit = pageLimit(input.MaxResults);
  const startsWith = input.QueueNamePrefix ?? '';
  const after = readToken(startsWith, input.NextToken);
  const found = ctx.store.list(queues, {
    startsWith,
    ...(after !== undefined && { after: { name: after } }),
    limit: limit + 1,
  });
  const page = found.slice(0, limit);
  if (page.length === 0) return {};
  const more = found.length > limit && input.MaxResults !== undefined;
  return {
    QueueUrls: page.map((queue) => queueUrl(ctx, ctx.account, queue.name)),
    ...(more && { NextToken: makeToken(startsWith, page.at(-1)?.name ?? '') }),
  };
};

export const deleteQueue: Handler<'sqs', 'DeleteQueue'> = (input, ctx) => {
  const found = findQueue(input.QueueUrl, ctx);
  const { queue, store, account } = found;
  store.delete(queues, queue);
  store.put(tombstones, { name: queue.name, deletedAt: ctx.now });
  ctx.arm('forget', `${account} ${queue.name}`, ctx.now + DELETED_RECENTLY, { name: queue.name, account });
  discard(found, ctx);
  return {};
};

export const purgeQueue: Handler<'sqs', 'PurgeQueue'> = (input, ctx) => {
  const found = findQueue(input.QueueUrl, ctx);
  const { queue, store } = found;
  if (queue.purgedAt !== undefined && ctx.now - queue.purgedAt < PURGE_INTERVAL) throw purgeInProgress(queue.name);
  store.put(queues, { ...queue, pile: ctx.uuid(), purgedAt: ctx.now });
  discard(found, ctx);
  return {};
};

/** The pile nobody points to any more is swept in the background; those who wait at it look again. */
function discard({ queue: { pile }, account, store }: Found, ctx: Ctx): void {
  store.delete(tails, { pile });
  ctx.arm('sweep', pile, ctx.now, { pile, account });
  ctx.signal(arrivalSignal(pile));
}

const COUNTED = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
] as const;
const NAMED = new Set<string>([
  ...COUNTED,
  'QueueArn',
  'CreatedTimestamp',
  'LastModifiedTimestamp',
  'All',
  'Policy',
  'RedrivePolicy',
  'RedriveAllowPolicy',
  'KmsMasterKeyId',
  'KmsDataKeyReusePeriodSeconds',
  'SqsManagedSseEnabled',
]);

export const getQueueAttributes: Handler<'sqs', 'GetQueueAttributes'> = (input, ctx) => {
  const { queue, store } = findQueue(input.QueueUrl, ctx);
  const wanted: readonly string[] = input.AttributeNames ?? [];
  if (wanted.length === 0) return {};
  const set = shownAttributes(queue);
  for (const name of wanted)
    if (!NAMED.has(name) && set[name] === undefined && !(name.startsWith('Fifo') || name.includes('Deduplication')))
      throw unknownAttribute(name);
  expire(store, queue, ctx.now);
  const { visible, inFlight, delayed } = counts(store, queue.pile, ctx.now);
  const all: { [name: string]: string } = {
    QueueArn: queue.arn,
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    CreatedTimestamp: String(Math.floor(queue.createdAt / SECOND)),
    LastModifiedTimestamp: String(Math.floor(queue.modifiedAt / SECOND)),
    ...set,
  };
  const shown = Object.entries(all).filter(([name]) => wanted.includes('All') || wanted.includes(name));
  return { Attributes: Object.fromEntries(shown) };
};

export const setQueueAttributes: Handler<'sqs', 'SetQueueAttributes'> = (input, ctx) => {
  const { queue, account, store } = findQueue(input.QueueUrl, ctx);
  const given = normalAttributes(input.Attributes);
  const clearing = Object.fromEntries(
    Object.entries(given).filter(([name, value]) => !(value === '' && /Policy$|^KmsMasterKeyId$/.test(name))),
  );
  if (given.FifoQueue !== undefined && (given.FifoQueue === 'true') !== queue.fifo) throw badAttribute('FifoQueue');
  checkAttributes(clearing, queue.fifo);
  const changed: QueueRow = { ...queue, attributes: mergeAttributes(queue.attributes, given), modifiedAt: ctx.now };
  checkThroughput(changed);
  checkPolicies(changed, input.Attributes ?? {}, ctx);
  store.put(queues, withDeadLetter(changed));
  if (queue.fifo && given.DelaySeconds !== undefined) delayAnew({ queue: changed, account, store }, ctx);
  return {};
};

/** The delay of a FIFO queue holds for the messages that are there; those beyond a first part get it a little later. */
export function delayAnew({ queue, account, store }: Found, ctx: Ctx, from?: number): void {
  const after = redelay(store, queue, ctx.now, from);
  if (after !== undefined)
    ctx.arm('redelay', `${queue.pile} ${after}`, ctx.now, { name: queue.name, pile: queue.pile, account, after });
  arrived(queue, store, ctx);
}

export const listDeadLetterSourceQueues: Handler<'sqs', 'ListDeadLetterSourceQueues'> = (input, ctx) => {
  const { queue, store, account } = findQueue(input.QueueUrl, ctx);
  const limit = pageLimit(input.MaxResults);
  const after = readToken(queue.arn, input.NextToken);
  const sources = store.list(queues, {
    index: 'byDeadLetterArn',
    where: { deadLetterArn: queue.arn },
    ...(after !== undefined && { after: { name: after } }),
    limit: limit + 1,
  });
  return {
    queueUrls: sources.slice(0, limit).map((one) => queueUrl(ctx, account, one.name)),
    ...(sources.length > limit && { NextToken: makeToken(queue.arn, sources[limit - 1]?.name ?? '') }),
  };
};
