/** What is the same for every table: limits and endpoints. */
import type { Handler } from '#kernel/contract';
import { ACCOUNT_READ_MAX, ACCOUNT_WRITE_MAX, TABLE_READ_MAX, TABLE_WRITE_MAX } from '../limits.ts';

export const describeLimits: Handler<'dynamodb', 'DescribeLimits'> = (_, ctx) => ({
  AccountMaxReadCapacityUnits: ctx.quota(ACCOUNT_READ_MAX),
  AccountMaxWriteCapacityUnits: ctx.quota(ACCOUNT_WRITE_MAX),
  TableMaxReadCapacityUnits: ctx.quota(TABLE_READ_MAX),
  TableMaxWriteCapacityUnits: ctx.quota(TABLE_WRITE_MAX),
});

/** The address a client may use from now on: the one it has used. */
export const describeEndpoints: Handler<'dynamodb', 'DescribeEndpoints'> = (_, ctx) => ({
  Endpoints: [{ Address: ctx.endpoint.replace(/^https?:\/\//, ''), CachePeriodInMinutes: 1_440 }],
});
