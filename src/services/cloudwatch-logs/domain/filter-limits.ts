/** How many filters of a group may have regular expressions. */
import type { StoreView } from '#kernel/store';
import { limitExceeded } from '../errors.ts';
import { REGEX_FILTERS_MAX } from '../limits.ts';
import { metricFilters, subscriptions } from '../state.ts';
import { parsePattern } from './pattern/pattern.ts';

/**
 * Refuses one more filter with a regular expression where a group has as many as it may.
 *
 * @throws {ServiceError} LimitExceededException
 * @see CloudWatch Logs User Guide, "Supported regular expressions (regex) syntax", quotas
 */
export function checkRegexes(group: string, name: string, store: StoreView): void {
  const rows = [...store.list(metricFilters, { where: { group } }), ...store.list(subscriptions, { where: { group } })];
  const others = rows.filter((row) => row.name !== name && parsePattern(row.pattern).regexes > 0);
  if (others.length >= REGEX_FILTERS_MAX) throw limitExceeded();
}
