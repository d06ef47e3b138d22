/** Source: SQS Developer Guide, "Amazon SQS message quotas", "queue quotas", "FIFO queue quotas"; SQS API Reference, SetQueueAttributes. */
import { DAY, MIB, MINUTE, type Millis, SECOND } from '#kernel/base';

export const MESSAGE_BYTES_MAX = MIB;
/** For how long a data key is used again, in seconds. */
export const REUSE_DEFAULT = 300;
export const BATCH_BYTES_MAX = MIB;
export const BATCH_ENTRIES_MAX = 10;
export const RECEIVE_COUNT_MAX = 10;
export const MESSAGE_ATTRIBUTES_MAX = 10;
export const IN_FLIGHT_MAX = 120_000;
export const RETENTION_DEFAULT: Millis = 4 * DAY;
export const VISIBILITY_DEFAULT: Millis = 30 * SECOND;
/** A message can't stay invisible for longer than this after it was received. */
export const VISIBILITY_SECONDS_MAX = 43_200;
export const DELAY_SECONDS_MAX = 900;
export const WAIT_SECONDS_MAX = 20;
export const DEDUPLICATION_INTERVAL: Millis = 5 * MINUTE;
export const PURGE_INTERVAL: Millis = MINUTE;
export const DELETED_RECENTLY: Millis = MINUTE;
export const QUEUE_TAGS_MAX = 50;
/** Source: SQS Developer Guide, "Amazon SQS cost allocation tags", "Tag restrictions": of a tag's key, and of its value. */
export const TAG_KEY_MAX = 128;
export const TAG_VALUE_MAX = 256;
export const LIST_RESULTS_MAX = 1_000;
/** Calls a second of each action on a FIFO queue without high throughput; a batch counts as one. Standard queues have no limit. */
export const FIFO_CALLS_PER_SECOND_MAX = 300;
/** Actions of one label. Source: SQS API Reference, AddPermission, OverLimit. */
export const PERMISSION_ACTIONS_MAX = 7;
/** Source: SQS API Reference, StartMessageMoveTask. */
export const MOVE_RATE_MAX = 500;
/** Active redrive tasks of an account in a Region. Source: SQS Developer Guide, "Dead-letter queue redrive quotas". */
export const MOVE_TASKS_MAX = 100;
export const MOVE_TASKS_LISTED_MAX = 10;
/** Messages a redrive task without a rate moves at a turn. */
export const MOVE_BATCH = 100;
/** Swept at a time, so that a deleted queue of any size disturbs nobody. */
export const SWEEP_BATCH = 500;
/** Of a queue's policy, and of each of its statements. Source: SQS Developer Guide, "Quotas related to policies". */
export const POLICY_BYTES_MAX = 8_192;
export const POLICY_STATEMENTS_MAX = 20;
export const STATEMENT_ACTIONS_MAX = 7;
export const STATEMENT_PRINCIPALS_MAX = 50;
