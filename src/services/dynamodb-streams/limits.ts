/** Source: DynamoDB Streams API Reference, each operation's parameters; Developer Guide, "Change data capture for DynamoDB Streams". */
import { MIB, MINUTE, type Millis } from '#kernel/base';

export const STREAMS_LISTED_MAX = 100;
export const SHARDS_LISTED_MAX = 100;
export const RECORDS_MAX = 1_000;
export const RECORDS_BYTES_MAX = MIB;
export const ITERATOR_LIFETIME: Millis = 15 * MINUTE;
