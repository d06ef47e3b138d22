/** Source: CloudTrail API Reference, LookupEvents: two requests a second, for each account and Region. */
import type { ThrottleRules } from '#kernel/contract';
import { tooFast } from './errors.ts';

export const throttles: ThrottleRules<'cloudtrail'> = {
  LookupEvents: (_, { account, region }) => ({
    key: `${account}/${region}/LookupEvents`,
    limits: { ratePerSecond: 2, burst: 2 },
    refuse: tooFast,
  }),
};
