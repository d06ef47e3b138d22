/** Publishing: one message to a topic, a device or a phone, and batches of them to a topic. */
import { type Ctx, type Handler, ServiceError } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import type { BatchResultErrorEntry, PublishBatchResultEntry } from '#models/sns';
import { dataKeyFor, kmsKeyOf } from '../domain/encryption.ts';
import { phoneNumber } from '../domain/endpoint.ts';
import { type Found, findTopic } from '../domain/find.ts';
import { checkMessage, messageBytes, type Published, storeAttributes, textFor } from '../domain/message.ts';
import { countPublished, publish as publishTo, type Receipt } from '../domain/publish.ts';
import { countPush, sendPush } from '../domain/push.ts';
import { sendTexts } from '../domain/sms.ts';
import { messageBytesMax } from '../domain/topic-attributes.ts';
import { badBatchId, batchTooLong, emptyBatch, idsRepeated, invalidFor, optedOut, tooManyEntries } from '../errors.ts';
import { BATCH_ENTRIES_MAX } from '../limits.ts';
import { phones } from '../state.ts';

const BATCH_ID = /^[A-Za-z0-9_-]{1,80}$/;

export const publish: Handler<'sns', 'Publish'> = (input, ctx) => {
  const { TopicArn, TargetArn, PhoneNumber } = input;
  if (PhoneNumber !== undefined) return publishText(PhoneNumber, input, ctx);
  const arn = TopicArn ?? TargetArn;
  if (arn === undefined) throw invalidFor('TopicArn or TargetArn', 'no value for required parameter');
  if (/:endpoint\//.test(arn)) return publishPush(arn, input, ctx);
  const find = (view: StoreView) => findTopic(arn, ctx, view);
  const found = find(ctx.store);
  const checked = checkMessage(input, found.topic);
  return withKey(found, ctx, find, (at, key) => {
    const { receipt, repeated } = publishTo(checked, key, at, ctx);
    countPublished(at, repeated ? 0 : 1, checked.bytes, ctx);
    return receipt;
  });
};

/** Goes on at once, or in a transaction of its own after KMS has given a key. */
function withKey<T>(
  { topic }: Found,
  ctx: Ctx,
  find: (view: StoreView) => Found,
  work: (found: Found, key: Buffer | undefined) => T,
): T | Promise<T> {
  const kmsKey = kmsKeyOf(topic);
  if (kmsKey === undefined) return work(find(ctx.store), undefined);
  return dataKeyFor(topic, kmsKey, ctx).then((key) => ctx.transact((view) => work(find(view), key)));
}

function publishText(given: string, input: Published, ctx: Ctx): Receipt {
  const number = given.startsWith('+') ? phoneNumber(given) : undefined;
  if (number === undefined) throw invalidFor('PhoneNumber', `${given} is not valid to publish to`);
  const checked = checkMessage(input, undefined);
  if (ctx.store.get(phones, { number })?.optedOutAt !== undefined) throw optedOut();
  const MessageId = ctx.uuid();
  sendTexts(number, textFor(checked, 'sms'), checked.attributes, { id: MessageId, at: ctx.now }, ctx);
  ctx.count('PublishSize', { PhoneNumber: 'PhoneNumberDirect' }, checked.bytes, 'Bytes');
  return { MessageId };
}

function publishPush(arn: string, input: Published, ctx: Ctx): Receipt {
  const checked = checkMessage(input, undefined);
  const MessageId = ctx.uuid();
  const application = sendPush(arn, { ...checked, id: MessageId, at: ctx.now }, ctx);
  countPush(application, 'NumberOfMessagesPublished', 1, 'Count', ctx);
  countPush(application, 'PublishSize', checked.bytes, 'Bytes', ctx);
  return { MessageId };
}

export const publishBatch: Handler<'sns', 'PublishBatch'> = (input, ctx) => {
  const find = (view: StoreView) => findTopic(input.TopicArn, ctx, view);
  const found = find(ctx.store);
  const entries = input.PublishBatchRequestEntries;
  if (entries.length === 0) throw emptyBatch();
  if (entries.length > BATCH_ENTRIES_MAX) throw tooManyEntries();
  const ids = entries.map(({ Id }) => Id);
  const bad = ids.find((id) => !BATCH_ID.test(id));
  if (bad !== undefined) throw badBatchId(bad);
  if (new Set(ids).size < ids.length) throw idsRepeated();
  const bytes = entries.reduce(
    (sum, { Message, MessageAttributes }) => sum + messageBytes(Message, storeAttributes(MessageAttributes)),
    0,
  );
  if (bytes > messageBytesMax(found.topic)) throw batchTooLong();
  if (found.topic.fifo) for (const entry of entries) checkMessage(entry, found.topic);
  return withKey(found, ctx, find, (at, key) => {
    const Successful: PublishBatchResultEntry[] = [];
    const Failed: BatchResultErrorEntry[] = [];
    let taken = 0;
    for (const { Id, ...entry } of entries) {
      try {
        const { receipt, repeated } = publishTo(checkMessage(entry, at.topic), key, at, ctx);
        Successful.push({ Id, ...receipt });
        if (!repeated) taken += 1;
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
        Failed.push({ Id, SenderFault: true, Code: batchCode(error), Message: error.message });
      }
    }
    countPublished(at, taken, bytes, ctx);
    return { Successful, Failed };
  });
};

/** The code as it stands in the entry of a batch: without the ending of the error's shape. */
function batchCode({ code }: ServiceError): string {
  return code === 'InvalidParameterValueException' ? 'ParameterValueInvalid' : code.replace(/Exception$/, '');
}
