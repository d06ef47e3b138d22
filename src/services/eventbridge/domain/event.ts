/** Events as targets get them. */
import { isoSeconds, type Millis } from '#kernel/base';
import type { Event } from '../state.ts';

export type Facts = { source: string; detailType: string; detail: unknown; resources: string[] };

/** An event of an account's Region. */
export function eventOf(
  { source, detailType, detail, resources }: Facts,
  id: string,
  at: Millis,
  { account, region }: { account: string; region: string },
): Event {
  return {
    version: '0',
    id,
    'detail-type': detailType,
    source,
    account,
    time: isoSeconds(at),
    region,
    resources,
    detail,
  };
}
