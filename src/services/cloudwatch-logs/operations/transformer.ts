/** Transformers of groups. */
import type { Handler } from '#kernel/contract';
import type { Processor } from '#models/cloudwatch-logs';
import { groupIdentified } from '../domain/find.ts';
import { checkProcessors, transformed } from '../domain/transform/transform.ts';
import { invalidOperation, notFound } from '../errors.ts';
import { TRANSFORMERS_KEPT } from '../limits.ts';
import { type GroupRow, groups } from '../state.ts';

const lastOf = ({ transformers }: GroupRow) => {
  const last = transformers?.at(-1);
  return last?.until === undefined ? last : undefined;
};

/** Those that are over still say what the events of their time are. */
const ended = ({ transformers = [] }: GroupRow, now: number) =>
  transformers.map((one) => ({ ...one, until: one.until ?? now })).slice(1 - TRANSFORMERS_KEPT);

export const putTransformer: Handler<'cloudwatch-logs', 'PutTransformer'> = (input, ctx) => {
  const group = groupIdentified(input.logGroupIdentifier, ctx);
  if (group.class !== 'STANDARD') throw invalidOperation();
  checkProcessors(input.transformerConfig);
  const createdAt = lastOf(group)?.createdAt ?? ctx.now;
  const text = JSON.stringify(input.transformerConfig);
  ctx.store.put(groups, { ...group, transformers: [...ended(group, ctx.now), { since: ctx.now, createdAt, text }] });
  return {};
};

export const getTransformer: Handler<'cloudwatch-logs', 'GetTransformer'> = (input, ctx) => {
  const group = groupIdentified(input.logGroupIdentifier, ctx);
  const last = lastOf(group);
  if (last === undefined) return {};
  return {
    logGroupIdentifier: input.logGroupIdentifier,
    creationTime: last.createdAt,
    lastModifiedTime: last.since,
    transformerConfig: JSON.parse(last.text) as Processor[],
  };
};

export const deleteTransformer: Handler<'cloudwatch-logs', 'DeleteTransformer'> = (input, ctx) => {
  const group = groupIdentified(input.logGroupIdentifier, ctx);
  if (lastOf(group) === undefined) throw notFound('The specified transformer does not exist.');
  ctx.store.put(groups, { ...group, transformers: ended(group, ctx.now) });
  return {};
};

export const testTransformer: Handler<'cloudwatch-logs', 'TestTransformer'> = (input) => {
  checkProcessors(input.transformerConfig);
  return {
    transformedLogs: input.logEventMessages.map((eventMessage, index) => {
      const transformedEventMessage = transformed(eventMessage, input.transformerConfig);
      return {
        eventNumber: index + 1,
        eventMessage,
        ...(transformedEventMessage !== undefined && { transformedEventMessage }),
      };
    }),
  };
};
