/** Source: CloudTrail API Reference, LookupEvents, ListInsightsData: two requests a second, for each account and Region. */
import type { Ctx, ThrottleRules } from '#kernel/contract';
import { tooFast } from './errors.ts';

const twice =
  (operation: string) =>
  (_: object, { account, region }: Ctx) => ({
    key: `${account}/${region}/${operation}`,
    limits: { ratePerSecond: 2, burst: 2 },
    refuse: tooFast,
  });

export const throttles: ThrottleRules<'cloudtrail'> = {
  LookupEvents: twice('LookupEvents'),
  ListInsightsData: twice('ListInsightsData'),
};
