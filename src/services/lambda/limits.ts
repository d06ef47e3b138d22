/** Source: Lambda Developer Guide, "Lambda quotas"; Lambda API Reference, CreateFunction, Invoke. */
import { HOUR, MIB, MINUTE, type Millis } from '#kernel/base';
import type { Quota } from '#kernel/contract';

export const MEMORY_DEFAULT = 128;
/** MB. */
export const MEMORY_MAX = 10_240;
export const TIMEOUT_DEFAULT = 3;
export const TIMEOUT_SECONDS_MAX = 900;
/** Size of /tmp, MB. */
export const STORAGE_DEFAULT = 512;
export const ENVIRONMENT_BYTES_MAX = 4_096;
/** Of an archive sent with the request. */
export const ZIP_BYTES_MAX = 50 * MIB;
/** Function and layers together. */
export const UNPACKED_BYTES_MAX = 250 * MIB;
export const LAYERS_MAX = 5;
export const PAYLOAD_BYTES_MAX = 6_291_456;
/** Source: Lambda Developer Guide, "Lambda quotas": asynchronous invocation [262,144 until 2025]. */
export const EVENT_BYTES_MAX = 1_048_576;
export const POLICY_BYTES_MAX = 20_480;
/** Of a function's name. */
export const NAME_LENGTH_MAX = 64;
export const TAGS_MAX = 50;
export const LIST_DEFAULT = 50;
/** What ListAliases tells at once; of that it may be asked for. Source: the model. */
export const ALIASES_LISTED = 10_000;
export const LIST_MAPPINGS_MAX = 100;
/** Of an event that no function could take. Source: Lambda Developer Guide, "How Lambda handles errors and retries with asynchronous invocation". */
export const EVENT_AGE_DEFAULT: Millis = 6 * HOUR;
export const EVENT_RETRIES_DEFAULT = 2;
/** After the first failure, and after the second. */
export const EVENT_RETRY_DELAYS: readonly Millis[] = [MINUTE, 2 * MINUTE];
/** A throttled event is tried again after 1 second, and longer from time to time, up to this. */
export const THROTTLE_DELAY_MAX: Millis = 5 * MINUTE;
/** Concurrency that no function may reserve. */
export const UNRESERVED_MIN = 100;
/** A function's credentials are renewed this long before they expire. */
export const CREDENTIALS_LEFT: Millis = 10 * MINUTE;

export const CONCURRENT_EXECUTIONS: Quota = {
  service: 'lambda',
  code: 'L-B99A9384',
  name: 'Concurrent executions',
  value: 1_000,
  adjustable: true,
  global: false,
};
export const CODE_STORAGE: Quota = {
  service: 'lambda',
  code: 'L-2ACBD22F',
  name: 'Function and layer storage',
  value: 300 * 1_024 * MIB,
  adjustable: true,
  global: false,
};

/** Of event source mappings. Source: Lambda API Reference, CreateEventSourceMapping; Developer Guide, "Using Lambda with Amazon SQS", "Configuring scaling behavior". */
export const BATCH_DEFAULT = { sqs: 10, dynamodb: 100, kinesis: 100 } as const;
/** A batch of a standard queue that may be larger than this needs a batching window. */
export const BATCH_UNGATHERED_MAX = 10;
export const FILTERS_MAX = 5;
/** Batches of a queue at a time: to begin with, more for each minute without a pause, at most. */
export const BATCHES_FIRST = 5;
export const BATCHES_PER_MINUTE = 300;
export const BATCHES_MAX = 1_250;
/** Pollers that a mapping of a queue may have of its own; batches at a time of each, and more of them a minute. Source: as above, "Provisioned mode". */
export const POLLERS = { least: 2, leastMax: 200, most: 10_000, mostDefault: 200 } as const;
export const BATCHES_PER_POLLER = 10;
export const PROVISIONED_BATCHES_PER_MINUTE = 1_000;
export const PROVISIONED_BATCHES_MAX = 20_000;
/** A mapping looks for records though nobody has told it of any. */
export const POLL_FALLBACK: Millis = 5 * MINUTE;
/** What failed for a stream is tried again after a second, and longer from time to time, up to this. */
export const SETBACK_DELAY_MAX: Millis = MINUTE;
/** Seconds; less, but for -1, is not allowed. Source: Lambda API Reference, CreateEventSourceMapping, MaximumRecordAgeInSeconds. */
export const RECORD_AGE_MIN = 60;
export const RECORD_AGE_MAX = 604_800;
/** Records that one reading of a stream takes. Source: DynamoDB Streams API Reference, GetRecords. */
export const RECORDS_MAX = 1_000;

/** Calls of a function in one chain of calls. Source: Lambda Developer Guide, "Use Lambda recursive loop detection to prevent infinite loops". */
export const CHAIN_MAX = 16;
