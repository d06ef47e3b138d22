/** Topics: create, list, attributes, delete. */
import { DAY, type Millis } from '#kernel/base';
import { type Ctx, type Handler, type InputOf, withPlainFlags } from '#kernel/contract';
import type { StoreView } from '#kernel/store';
import { namesThoseThere } from '#services/iam/port';
import { bump, countOf, tallyOf } from '../domain/count.ts';
import { findTopic } from '../domain/find.ts';
import { checkTopicName, readTopicArn } from '../domain/names.ts';
import { pageOf, readToken } from '../domain/page.ts';
import { checkLarge } from '../domain/subscription.ts';
import { readTags } from '../domain/tags.ts';
import {
  archiveDays,
  checkAttribute,
  checkNewAttributes,
  FLAGS,
  mergeAttributes,
  shownAttributes,
} from '../domain/topic-attributes.ts';
import { defaultPolicy, NO_SUCH_PRINCIPAL } from '../domain/topic-policy.ts';
import { archiveActive, invalid, invalidFor, tooManyTopics } from '../errors.ts';
import { FIFO_TOPICS_MAX, PAGE_SIZE, TOPICS_MAX } from '../limits.ts';
import { type TopicRow, topics } from '../state.ts';
import { openFindings, withProtection } from './protection.ts';

type Asked = InputOf<'sns', 'CreateTopic'>;

export const createTopic: Handler<'sns', 'CreateTopic'> = async (input, ctx) => {
  const checked = checkedOf(input);
  if (checked.given.Policy && !namesThoseThere(checked.given.Policy, ctx.account, ctx.store))
    throw invalidFor('Attributes', NO_SUCH_PRINCIPAL);
  await openFindings(input.DataProtectionPolicy ?? '', ctx);
  return ctx.transact((store) => created(input, checked, store, ctx));
};

/** What is wrong in itself is refused before anything is opened. @throws {ServiceError} InvalidParameterException */
function checkedOf(input: Asked) {
  const { FifoTopic: fifoText, ...given } = withPlainFlags(input.Attributes ?? {}, FLAGS);
  if (fifoText !== undefined && fifoText !== 'true' && fifoText !== 'false')
    throw invalidFor('Attributes', `FifoTopic: Invalid value [${fifoText}]. Must be true or false.`);
  const fifo = fifoText === 'true';
  checkTopicName(input.Name, fifo);
  checkNewAttributes(given, fifo);
  return { given, fifo, tags: readTags(input.Tags ?? []) };
}

function created(input: Asked, { given, fifo, tags }: ReturnType<typeof checkedOf>, store: StoreView, ctx: Ctx) {
  const before = store.get(topics, { name: input.Name });
  if (before !== undefined) {
    const shown = shownAttributes(before, ctx.account, { confirmed: 0, pending: 0, deleted: 0 });
    for (const [name, value] of Object.entries(given))
      if ((shown[name] ?? '') !== value)
        throw invalidFor('Attributes', 'Topic already exists with different attributes');
    if (Object.entries(tags).some(([name, value]) => before.tags[name] !== value))
      throw invalidFor('Tags', 'Topic already exists with different tags');
    return { TopicArn: before.arn };
  }
  const counter = fifo ? 'fifo topics' : 'topics';
  if (countOf(store, counter) >= (fifo ? FIFO_TOPICS_MAX : ctx.quota(TOPICS_MAX))) throw tooManyTopics();
  bump(store, counter, 1);
  const topic: TopicRow = {
    name: input.Name,
    arn: `arn:${ctx.partition}:sns:${ctx.region}:${ctx.account}:${input.Name}`,
    fifo,
    attributes: mergeAttributes({}, given),
    tags,
    life: ctx.uuid(),
    createdAt: ctx.now,
  };
  store.put(topics, withProtection(withArchive(topic, ctx.now), input.DataProtectionPolicy ?? ''));
  return { TopicArn: topic.arn };
}

/** Deleting what isn't there is no error. Source: SNS API Reference, DeleteTopic. */
export const deleteTopic: Handler<'sns', 'DeleteTopic'> = (input, ctx) => {
  const { name, account, region } = readTopicArn(input.TopicArn);
  if (region !== ctx.region) throw invalid('TopicArn');
  const store = ctx.store.in({ account, region });
  const topic = store.get(topics, { name });
  if (topic === undefined) return {};
  if (archiveDays(topic) !== undefined) throw archiveActive();
  store.delete(topics, topic);
  bump(store, topic.fifo ? 'fifo topics' : 'topics', -1);
  ctx.arm('sweep', topic.life, ctx.now, { life: topic.life, account, region });
  return {};
};

export const listTopics: Handler<'sns', 'ListTopics'> = (input, ctx) => {
  const after = readToken(input.NextToken);
  const rows = ctx.store.list(topics, {
    ...(after !== undefined && { after: { name: after } }),
    limit: PAGE_SIZE + 1,
  });
  const { page, next } = pageOf(rows, ({ name }) => name);
  return { Topics: page.map(({ arn }) => ({ TopicArn: arn })), ...(next !== undefined && { NextToken: next }) };
};

export const getTopicAttributes: Handler<'sns', 'GetTopicAttributes'> = (input, ctx) => {
  const { topic, account, store } = findTopic(input.TopicArn, ctx);
  const days = archiveDays(topic);
  const beginning = days === undefined ? undefined : archiveBeginning(topic, days, ctx.now);
  return {
    Attributes: {
      ...shownAttributes(topic, account, tallyOf(store, topic.life)),
      ...(beginning !== undefined && { BeginningArchiveTime: new Date(beginning).toISOString() }),
    },
  };
};

/** From when on the archive has what was published. */
function archiveBeginning({ archivedSince, createdAt }: TopicRow, days: number, now: Millis): Millis {
  return Math.max(archivedSince ?? createdAt, now - days * DAY);
}

export const setTopicAttributes: Handler<'sns', 'SetTopicAttributes'> = (input, ctx) => {
  const { topic, account, store } = findTopic(input.TopicArn, ctx);
  const name = input.AttributeName;
  const { [name]: value = '' } = withPlainFlags({ [name]: input.AttributeValue ?? '' }, FLAGS);
  checkAttribute(name, value, topic.fifo);
  if (name === 'Policy' && value !== '' && !namesThoseThere(value, account, store)) throw invalid(NO_SUCH_PRINCIPAL);
  const attributes = mergeAttributes(topic.attributes, { [name]: value });
  // Source: SNS API Reference, SetTopicAttributes: without a policy of its own the topic has the default again.
  if (name === 'Policy' && value === defaultPolicy(topic.arn, account)) delete attributes.Policy;
  const changed = withArchive({ ...topic, attributes }, ctx.now);
  if (name === 'MaximumMessageSize') checkLarge(changed, store);
  store.put(topics, changed);
  return {};
};

/** An archive begins when it is asked for, and ends with its policy. */
function withArchive(topic: TopicRow, now: Millis): TopicRow {
  const { archivedSince, ...rest } = topic;
  return archiveDays(rest) === undefined ? rest : { ...rest, archivedSince: archivedSince ?? now };
}
