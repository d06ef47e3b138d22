/** What is the same for every table: limits and endpoints. */
import type { Handler } from '#kernel/contract';
import { ACCOUNT_UNITS_MAX, TABLE_UNITS_MAX } from '../limits.ts';

export const describeLimits: Handler<'dynamodb', 'DescribeLimits'> = () => ({
  AccountMaxReadCapacityUnits: ACCOUNT_UNITS_MAX,
  AccountMaxWriteCapacityUnits: ACCOUNT_UNITS_MAX,
  TableMaxReadCapacityUnits: TABLE_UNITS_MAX,
  TableMaxWriteCapacityUnits: TABLE_UNITS_MAX,
});

/** The address a client may use from now on: the one it has used. */
export const describeEndpoints: Handler<'dynamodb', 'DescribeEndpoints'> = (_, ctx) => ({
  Endpoints: [{ Address: ctx.endpoint.replace(/^https?:\/\//, ''), CachePeriodInMinutes: 1_440 }],
});
