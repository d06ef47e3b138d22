/** What FIS may see of CloudWatch: the state of an alarm that stops an experiment. */
import type { StoreView } from '#kernel/store';
import { alarms } from './state.ts';

/** The state of an alarm of the store's place, by its ARN; undefined where there is none. */
export function alarmState(store: StoreView, arn: string): 'OK' | 'ALARM' | 'INSUFFICIENT_DATA' | undefined {
  const found = store.get(alarms, { name: arn.slice(arn.indexOf(':alarm:') + ':alarm:'.length) });
  return found?.arn === arn ? found.state : undefined;
}
