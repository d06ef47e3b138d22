/** What is the same for every table: limits, endpoints, and backups that are off. */
import type { Handler } from '#kernel/contract';
import { findTable } from '../domain/find.ts';
import { tableNotFoundPlain } from '../errors.ts';
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

export const describeContinuousBackups: Handler<'dynamodb', 'DescribeContinuousBackups'> = (input, ctx) => {
  findTable(input.TableName, ctx, tableNotFoundPlain);
  return {
    ContinuousBackupsDescription: {
      ContinuousBackupsStatus: 'ENABLED',
      PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'DISABLED' },
    },
  };
};
