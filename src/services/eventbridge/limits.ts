/** Source: EventBridge User Guide, "Amazon EventBridge quotas"; PutEvents of up to 1 MB since January 2026 [256 KB before]. */
import { DAY, HOUR, MINUTE, type Millis, SECOND } from '#kernel/base';
import type { Quota } from '#kernel/contract';

export const ENTRIES_BYTES_MAX = 1_048_576;
/** Bytes that an entry's time counts for. */
export const TIME_BYTES = 14;
export const TARGETS_MAX = 5;
/** The model says 4,096; AWS refuses from 2,049 on, as the quotas have it. */
export const PATTERN_BYTES_MAX = 2_048;
export const TAGS_MAX = 50;
/** Rules of a bus whose patterns have wildcards. */
export const WILDCARD_RULES_MAX = 30;
export const LIST_DEFAULT = 100;
export const RETRIES_DEFAULT = 185;
export const AGE_DEFAULT: Millis = DAY;
/** Between attempts: doubled each time, up to an hour. Source: EventBridge User Guide, "Retry policy" (exponential back off and jitter; no figures). */
export const RETRY_FIRST: Millis = SECOND;
export const RETRY_MAX: Millis = HOUR;
export const CALL_TIMEOUT: Millis = 5 * SECOND;
export const ANSWER_BYTES_MAX = 65_536;

/** Calls of an API destination in a second. Source: EventBridge API Reference, CreateApiDestination. */
export const INVOCATIONS_PER_SECOND_DEFAULT = 300;
/** What waits for its turn at a destination's rate looks again after this. */
export const TURN: Millis = SECOND;
/** An answer of an authorization server that says nothing of its token's time. */
export const TOKEN_DEFAULT: Millis = HOUR;
/** A token is not used any more so long before it ends. */
export const TOKEN_MARGIN: Millis = MINUTE;

const quota = (code: string, name: string, value: number): Quota => ({
  service: 'events',
  code,
  name,
  value,
  adjustable: true,
  global: false,
});

/** Regions where a bus has fewer rules. */
const SMALL = ['af-south-1', 'eu-south-1'];

/** Rules of a bus. */
export function rulesMax(region: string): Quota {
  return quota('L-244521F2', 'Number of rules', SMALL.includes(region) ? 100 : 300);
}

/** Of an account in a Region, the default one among them. */
export const BUSES = quota('L-658A4FD9', 'Event buses', 100);
/** Characters of a bus's policy. */
export const POLICY_CHARACTERS = quota('L-FC354966', 'Event bus policy size', 10_240);
export const CONNECTIONS = quota('L-595D6D42', 'Connections', 3_000);
export const DESTINATIONS = quota('L-FB1C3A6D', 'Api destinations', 3_000);
