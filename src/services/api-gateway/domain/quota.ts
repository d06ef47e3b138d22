/** Periods of usage plans' quotas. Source: API Gateway API Reference, QuotaSettings. */
import { DAY, type Millis } from '#kernel/base';
import type { QuotaSettings } from '#models/api-gateway';

/** When the period began that `now` is in; all in UTC. The offset is what was used up of the first period, in days from Sunday of a week. */
export function periodStart({ period }: QuotaSettings, now: Millis): Millis {
  const date = new Date(now);
  const day = now - (now % DAY);
  if (period === 'MONTH') return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
  return period === 'WEEK' ? day - date.getUTCDay() * DAY : day;
}
