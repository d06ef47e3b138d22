/** What FIS may see of CloudWatch: the state of an alarm that stops an experiment. DynamoDB keeps the rules of its contributor insights here. */
import type { StoreView } from '#kernel/store';
import { SERVICE_SCHEMA } from './domain/insight.ts';
import { INSIGHT_RULES } from './limits.ts';
import { alarms, insightRules } from './state.ts';

/** The state of an alarm of the store's place, by its ARN; undefined where there is none. */
export function alarmState(store: StoreView, arn: string): 'OK' | 'ALARM' | 'INSUFFICIENT_DATA' | undefined {
  const found = store.get(alarms, { name: arn.slice(arn.indexOf(':alarm:') + ':alarm:'.length) });
  return found?.arn === arn ? found.state : undefined;
}

/**
 * Puts a rule that a service manages: nobody else may change it, and what it tells is what the service contributes under its name.
 *
 * @param rule `labels`: of its keys; `counts`: what is added up
 */
export function putManagedRule(store: StoreView, rule: { name: string; labels: string[]; counts: string }): void {
  const { name, labels, counts } = rule;
  const definition = JSON.stringify({
    Schema: SERVICE_SCHEMA,
    AggregateOn: 'Sum',
    Contribution: { Keys: labels, ValueOf: counts, Filters: [] },
  });
  store.put(insightRules, { name, state: 'ENABLED', definition, spans: [], tags: {}, managed: { labels } });
}

/** How many more rules of Contributor Insights an account may have in the store's Region. */
export function roomForRules(store: StoreView, quota: (of: typeof INSIGHT_RULES) => number): number {
  return quota(INSIGHT_RULES) - store.count(insightRules);
}

/** Removes a rule that a service manages. */
export function removeManagedRule(store: StoreView, name: string): void {
  store.delete(insightRules, { name });
}
