/** Periods of usage plans' quotas. Source: API Gateway API Reference, QuotaSettings. */
import { DAY, type Millis } from '#kernel/base';
import type { Reads } from '#kernel/store';
import type { QuotaSettings } from '#models/api-gateway';
import { type QuotaRow, quotas } from '../state.ts';

/** When the period began that `now` is in; all in UTC. */
function periodStart({ period }: QuotaSettings, now: Millis): Millis {
  const date = new Date(now);
  const day = now - (now % DAY);
  if (period === 'MONTH') return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
  return period === 'WEEK' ? day - date.getUTCDay() * DAY : day;
}

/** What a key has in the present period. In its first, the offset is taken off; a quota that has changed meanwhile holds at once. */
export function quotaRow(
  store: Reads,
  key: { plan: string; key: string },
  quota: QuotaSettings,
  now: Millis,
): QuotaRow {
  const startedAt = periodStart(quota, now);
  const known = store.get(quotas, key);
  const { limit = 0, offset = 0 } = quota;
  if (known?.startedAt === startedAt)
    return { ...known, granted: Math.max(0, known.granted + limit - (known.limit ?? limit)), limit };
  return { ...key, startedAt, used: 0, granted: known === undefined ? Math.max(0, limit - offset) : limit, limit };
}
