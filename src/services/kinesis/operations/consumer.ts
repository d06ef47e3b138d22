/** Consumers with enhanced fan-out: registered, described, listed, removed. */
import { page, SECOND } from '#kernel/base';
import type { Handler } from '#kernel/contract';
import type { Consumer } from '#models/kinesis';
import { accountOf, findConsumer, findStream, storeOf } from '../domain/names.ts';
import { readToken, writeToken } from '../domain/pages.ts';
import { withTags } from '../domain/tags.ts';
import { inUse, invalid, limitExceeded } from '../errors.ts';
import { CONSUMERS_MAX, LIST_CONSUMERS_DEFAULT } from '../limits.ts';
import { type ConsumerRow, consumers, streams } from '../state.ts';

const shown = ({ name, arn, createdAt }: ConsumerRow): Consumer => ({
  ConsumerName: name,
  ConsumerARN: arn,
  ConsumerStatus: 'ACTIVE',
  ConsumerCreationTimestamp: createdAt,
});

/** Deviation: the consumer is ACTIVE at once; AWS takes some seconds in CREATING. */
export const registerStreamConsumer: Handler<'kinesis', 'RegisterStreamConsumer'> = (input, ctx) => {
  const stream = findStream(input, ctx);
  const { ConsumerName: name, Tags } = input;
  const store = storeOf(stream, ctx.store);
  if (store.get(consumers, { life: stream.life, name }) !== undefined)
    throw inUse(`Consumer ${name} under stream ${stream.name} already exists for account ${accountOf(stream)}.`);
  if (stream.consumers >= CONSUMERS_MAX)
    throw limitExceeded(`Stream ${stream.arn} already has ${CONSUMERS_MAX} registered consumers.`);
  const arn = `${stream.arn}/consumer/${name}:${Math.floor(ctx.now / SECOND)}`;
  const tags = withTags({}, Tags ?? {}, arn);
  const row = { life: stream.life, name, arn, streamArn: stream.arn, createdAt: ctx.now, tags };
  store.put(consumers, row);
  store.put(streams, { ...stream, consumers: stream.consumers + 1 });
  return { Consumer: { ...shown(row), ConsumerStatus: 'CREATING' } };
};

export const describeStreamConsumer: Handler<'kinesis', 'DescribeStreamConsumer'> = (input, ctx) => {
  const { consumer } = findConsumer(input, ctx);
  return { ConsumerDescription: { ...shown(consumer), StreamARN: consumer.streamArn } };
};

export const deregisterStreamConsumer: Handler<'kinesis', 'DeregisterStreamConsumer'> = (input, ctx) => {
  const { stream, consumer } = findConsumer(input, ctx);
  const store = storeOf(stream, ctx.store);
  store.delete(consumers, consumer);
  store.put(streams, { ...stream, consumers: stream.consumers - 1 });
  return {};
};

export const listStreamConsumers: Handler<'kinesis', 'ListStreamConsumers'> = (input, ctx) => {
  const stream = findStream(input, ctx);
  const { MaxResults: limit = LIST_CONSUMERS_DEFAULT, NextToken: token } = input;
  const start = token === undefined ? undefined : readToken(token, ctx).name;
  if (start !== undefined && typeof start !== 'string') throw invalid('NextToken is invalid.');
  const where = { life: stream.life };
  const { rows, last } = page<ConsumerRow>((row, size) => {
    const name = row?.name ?? start;
    return storeOf(stream, ctx.store).list(consumers, {
      where,
      ...(name !== undefined && { after: { name } }),
      limit: size,
    });
  }, limit);
  return {
    Consumers: rows.map(shown),
    ...(last !== undefined && { NextToken: writeToken({ name: last.name }, ctx) }),
  };
};
