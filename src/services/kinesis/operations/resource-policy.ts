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
  checkPolicy(input.Policy, input.ResourceARN);
  found.put(input.Policy);
  return {};
};

/** Source: refusals of AWS as measured in September 2026 (github.com/badmintoncryer/cdk-preflight). @throws {ServiceError} InvalidArgumentException */
function checkPolicy(text: string, arn: string): void {
  const wrong = (what: string) => invalid(`Policy validation error: ${what}`);
  for (const statement of statementsOf(text)) {
    if ('NotPrincipal' in statement) throw wrong('Has prohibited field NotPrincipal');
    if (!('Principal' in statement)) throw wrong('Missing required field Principal');
    const actions = [statement.Action ?? []].flat().map(String);
    if (actions.some((action) => !action.startsWith('kinesis:')))
      throw wrong('Action field includes AWS services that are inconsistent with specified vendor');
    if (actions.some((action) => action.includes('*'))) throw wrong('Action field cannot contain invalid actions');
    if ([statement.Resource ?? arn].flat().some((resource) => resource !== arn))
      throw invalid("The resource policy's resource must be the same as the resource ARN.");
  }
  const fault = policyFault(text, 'resource');
  if (fault !== undefined) throw wrong(fault);
}

type Statement = { readonly [member: string]: unknown };

/** Statements of a text; none where it is no policy. */
function statementsOf(text: string): Statement[] {
  try {
    const { Statement: found = [] } = Object(JSON.parse(text)) as { Statement?: unknown };
    return [found].flat().filter((one): one is Statement => typeof one === 'object' && one !== null);
  } catch {
    return [];
  }
}

export const getResourcePolicy: Handler<'kinesis', 'GetResourcePolicy'> = (input, ctx) => ({
  Policy: guarded(input.ResourceARN, ctx).policy ?? '',
});

export const deleteResourcePolicy: Handler<'kinesis', 'DeleteResourcePolicy'> = (input, ctx) => {
  const found = guarded(input.ResourceARN, ctx);
  if (found.policy === undefined) throw noSuch(`No resource policy found for resource ARN ${input.ResourceARN}.`);
  found.put(undefined);
  return {};
};
