/** Policies of streams and of consumers: who of other accounts may use them. */
import { type Ctx, type Handler, policyFault } from '#kernel/contract';
import { findConsumer, findStream, readConsumerArn, storeOf } from '../domain/names.ts';
import { invalid, noSuch } from '../errors.ts';
import { consumers, streams } from '../state.ts';

/** The stream or the consumer of that ARN: its policy, and how it gets another. @throws {ServiceError} ResourceNotFoundException */
function guarded(arn: string, ctx: Ctx): { policy: string | undefined; put(policy: string | undefined): void } {
  const isConsumer = readConsumerArn(arn) !== undefined;
  if (isConsumer) {
    const { policy: before, ...row } = findConsumer({ ConsumerARN: arn }, ctx).consumer;
    const put = (policy?: string) =>
      storeOf(row, ctx.store).put(consumers, { ...row, ...(policy !== undefined && { policy }) });
    return { policy: before, put };
  }
  const { policy: before, ...row } = findStream({ StreamARN: arn }, ctx);
  const put = (policy?: string) =>
    storeOf(row, ctx.store).put(streams, { ...row, ...(policy !== undefined && { policy }) });
  return { policy: before, put };
}

export const putResourcePolicy: Handler<'kinesis', 'PutResourcePolicy'> = (input, ctx) => {
  const found = guarded(input.ResourceARN, ctx);
  const fault = policyFault(input.Policy, 'resource');
  if (fault !== undefined) throw invalid(`Policy is invalid: ${fault}`);
  found.put(input.Policy);
  return {};
};

export const getResourcePolicy: Handler<'kinesis', 'GetResourcePolicy'> = (input, ctx) => ({
  Policy: guarded(input.ResourceARN, ctx).policy ?? '',
});

export const deleteResourcePolicy: Handler<'kinesis', 'DeleteResourcePolicy'> = (input, ctx) => {
  const found = guarded(input.ResourceARN, ctx);
  if (found.policy === undefined) throw noSuch(`No resource policy found for resource ARN ${input.ResourceARN}.`);
  found.put(undefined);
  return {};
};
