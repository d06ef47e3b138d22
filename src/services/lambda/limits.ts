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
export const STORAGE_MAX = 10_240;
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
export const TAGS_MAX = 50;
export const LIST_DEFAULT = 50;
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
  value: 75 * 1_024 * MIB,
  adjustable: true,
  global: false,
};
