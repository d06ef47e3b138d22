/** Source: Lambda Developer Guide, "Lambda quotas" and "Monitoring durable functions"; Lambda API Reference, GetDurableExecutionHistory. */
import { MIB, type Millis, SECOND } from '#kernel/base';

/**
 * Runtimes whose functions can be durable.
 * Source: Lambda Developer Guide, "Supported runtimes for durable functions"; of .NET, the README of AWS's SDK for it.
 */
export const DURABLE_RUNTIMES: ReadonlySet<string> = new Set([
  'nodejs22.x',
  'nodejs24.x',
  'python3.13',
  'python3.14',
  'java17',
  'java21',
  'java25',
  'dotnet8',
  'dotnet10',
]);
/** Days. */
export const RETENTION_DEFAULT = 14;
/** An execution that somebody waits for may take so many seconds. */
export const WAITED_SECONDS_MAX = 900;
export const OPERATIONS_MAX = 3_000;
/** Of all that operations keep. */
export const WRITTEN_BYTES_MAX = 100 * MIB;
/** Of one operation's result. */
export const OPERATION_BYTES_MAX = 262_144;
export const ERROR_BYTES_MAX = 32_768;
/** Of what a chained invocation is given, and gives. */
export const CHAINED_BYTES_MAX = MIB;
/** Of the state that an invocation is given with its event; the rest it asks for. */
export const STATE_BYTES_MAX = 5 * MIB;
export const PAGE_DEFAULT = 100;
export const PAGE_MAX = 1_000;
/**
 * A failed invocation is repeated after these; the execution fails with the last one.
 * Deviation: AWS tells no figures.
 */
export const FAILURE_DELAYS: readonly Millis[] = [5 * SECOND, 10 * SECOND, 20 * SECOND, 40 * SECOND];
/** An invocation for which there is no concurrency left is tried again. */
export const THROTTLE_DELAY: Millis = SECOND;
