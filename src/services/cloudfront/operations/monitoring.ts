/** Additional metrics of distributions. */
import type { Handler } from '#kernel/contract';
import { findDistribution } from '../domain/find.ts';
import * as errors from '../errors.ts';
import { distributions } from '../state.ts';

export const createMonitoringSubscription: Handler<'cloudfront', 'CreateMonitoringSubscription'> = (input, ctx) => {
  const row = findDistribution(ctx.store, input.DistributionId);
  const status = input.MonitoringSubscription.RealtimeMetricsSubscriptionConfig?.RealtimeMetricsSubscriptionStatus;
  if (row.monitored === true && status !== 'Disabled') throw errors.monitoringExists();
  ctx.store.put(distributions, { ...row, monitored: status === 'Enabled' });
  return { MonitoringSubscription: input.MonitoringSubscription };
};

export const getMonitoringSubscription: Handler<'cloudfront', 'GetMonitoringSubscription'> = (input, ctx) => {
  const row = findDistribution(ctx.store, input.DistributionId);
  if (row.monitored === undefined) throw errors.noMonitoring();
  const RealtimeMetricsSubscriptionStatus = row.monitored ? ('Enabled' as const) : ('Disabled' as const);
  return { MonitoringSubscription: { RealtimeMetricsSubscriptionConfig: { RealtimeMetricsSubscriptionStatus } } };
};

export const deleteMonitoringSubscription: Handler<'cloudfront', 'DeleteMonitoringSubscription'> = (input, ctx) => {
  const { monitored, ...row } = findDistribution(ctx.store, input.DistributionId);
  if (monitored === undefined) throw errors.noMonitoring();
  ctx.store.put(distributions, row);
  return {};
};
