/** What an account has, and may have. */
import type { Handler } from '#kernel/contract';
import { ON_DEMAND_STREAMS_MAX, shardsMax } from '../limits.ts';
import { tallies } from '../state.ts';

export const describeLimits: Handler<'kinesis', 'DescribeLimits'> = (_, ctx) => {
  const { shards = 0, onDemand = 0 } = ctx.store.get(tallies, { id: 'all' }) ?? {};
  return {
    ShardLimit: ctx.quota(shardsMax(ctx.region)),
    OpenShardCount: shards,
    OnDemandStreamCount: onDemand,
    OnDemandStreamCountLimit: ctx.quota(ON_DEMAND_STREAMS_MAX),
  };
};

/** No account has a commitment here: UpdateAccountSettings is not built. */
export const describeAccountSettings: Handler<'kinesis', 'DescribeAccountSettings'> = () => ({
  MinimumThroughputBillingCommitment: { Status: 'DISABLED' },
});
