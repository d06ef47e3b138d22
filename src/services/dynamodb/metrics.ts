/**
 * What CloudWatch is told of requests once they are answered; what they consume and what is throttled is counted where it is spent.
 *
 * Deviation: ProvisionedReadCapacityUnits and ProvisionedWriteCapacityUnits are told with what is consumed, on AWS at all times; the gauges of an
 * account (Account..., MaxProvisionedTable...) and those of an index that is being built (OnlineIndex...) are not sent.
 *
 * Source: Developer Guide, "DynamoDB metrics and dimensions".
 */
import type { Answered, Ctx } from '#kernel/contract';
import type { TransactWriteItem } from '#models/dynamodb';
import { placeOf } from './domain/find.ts';

/** Operations on items; of those on tables only errors are told. */
const ON_ITEMS: ReadonlySet<string> = new Set([
  'BatchGetItem',
  'BatchWriteItem',
  'DeleteItem',
  'GetItem',
  'PutItem',
  'Query',
  'Scan',
  'TransactGetItems',
  'TransactWriteItems',
  'UpdateItem',
]);
const THROTTLES: ReadonlySet<string | undefined> = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
]);

/** Deviation: of what other services ask for in a caller's name, and of PartiQL, only what was consumed and throttled is told. */
export function answered({ operation, input, status, error, micros }: Answered, ctx: Ctx): void {
  if (error === undefined) countEach(operation, input, 'SuccessfulRequestLatency', micros / 1_000, ctx);
  else if (status >= 500) countEach(operation, input, 'SystemErrors', 1, ctx);
  else if (THROTTLES.has(error)) countEach(operation, input, 'ThrottledRequests', 1, ctx);
  else if (error !== 'ConditionalCheckFailedException') ctx.count('UserErrors', {}, 1);
}

function countEach(operation: string, input: Answered['input'], metric: string, value: number, ctx: Ctx): void {
  if (!ON_ITEMS.has(operation)) return;
  const unit = metric === 'SuccessfulRequestLatency' ? 'Milliseconds' : 'Count';
  const count = (given: string) => {
    const TableName = given.slice(given.lastIndexOf('/') + 1);
    // Tables of other accounts are named by their ARNs.
    const place = TableName === given ? undefined : placeOf(given);
    ctx.count(metric, { TableName, Operation: operation }, value, unit, place);
  };
  if (typeof input.TableName === 'string') count(input.TableName);
  else for (const given of tablesOf(input)) count(given);
}

/** The tables of a batch or a transaction, as they are named. */
function tablesOf({ RequestItems: batch, TransactItems: parts }: Answered['input']): ReadonlySet<string> {
  if (!Array.isArray(parts)) return new Set(Object.keys(batch ?? {}));
  return new Set((parts as TransactWriteItem[]).flatMap((part) => Object.values(part).map((one) => one.TableName)));
}
