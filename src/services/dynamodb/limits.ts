/** Source: DynamoDB Developer Guide, "Quotas in Amazon DynamoDB" and "Constraints in Amazon DynamoDB"; API Reference of each operation. */
import { DAY, HOUR, KIB, MIB, MINUTE, type Millis, SECOND } from '#kernel/base';
import type { Quota } from '#kernel/contract';

/** Of a whole request, and from where on an answer is compressed. Source: answers recorded from AWS. */
export const REQUEST_BYTES_MAX = 16 * MIB;
export const COMPRESSED_BYTES_MIN = 4 * KIB;
export const ITEM_BYTES_MAX = 400 * KIB;
export const PARTITION_KEY_BYTES_MAX = 2_048;
export const SORT_KEY_BYTES_MAX = 1_024;
export const NESTING_MAX = 32;
/** Steps of a path in an expression, and the last position of a list it may name. */
export const PATH_LEVELS_MAX = 32;
export const LIST_INDEX_MAX = 2 ** 31 - 1;
export const NUMBER_DIGITS_MAX = 38;
/** A number's decimal exponent: 9.99…E+125 is the largest, 1E-130 the smallest. */
export const NUMBER_EXPONENT_MAX = 125;
export const NUMBER_EXPONENT_MIN = -130;
export const EXPRESSION_BYTES_MAX = 4 * KIB;
/** Of a placeholder, and of all that placeholders stand for. */
export const PLACEHOLDER_BYTES_MAX = 255;
export const SUBSTITUTION_BYTES_MAX = 2 * MIB;
export const OPERATORS_MAX = 300;
export const IN_OPERANDS_MAX = 100;
/** Of PartiQL's IN on a partition key: values, and items of a page. Source: Developer Guide, "Use PartiQL operators with DynamoDB". */
export const IN_KEYS_MAX = 50;
export const IN_KEYS_PAGE = 10;
export const PAGE_BYTES_MAX = MIB;
/** Of one partition, a second. Source: Developer Guide, "Best practices for designing and using partition keys effectively in DynamoDB". */
export const PARTITION_READ_UNITS = 3_000;
export const PARTITION_WRITE_UNITS = 1_000;
/** Unused capacity that is kept. Source: Developer Guide, "Burst and adaptive capacity". */
export const BURST_SECONDS = 300;
export const READ_UNIT_BYTES = 4 * KIB;
export const WRITE_UNIT_BYTES = KIB;
export const BATCH_WRITES_MAX = 25;
export const BATCH_KEYS_MAX = 100;
export const BATCH_GET_BYTES_MAX = 16 * MIB;
export const TRANSACTION_BYTES_MAX = 4 * MIB;
/** How long a ClientRequestToken is remembered. */
export const TOKEN_LIFETIME: Millis = 10 * MINUTE;
export const LIST_TABLES_MAX = 100;
export const LOCAL_INDEXES_MAX = 5;
export const GLOBAL_INDEXES_MAX = 20;
/** Attributes of each kind in the key of a global index. Source: Developer Guide, "Multi-attribute keys pattern". */
export const KEY_ATTRIBUTES_MAX = 4;
export const PROJECTED_ATTRIBUTES_MAX = 100;
export const TAGS_MAX = 50;
export const CAPACITY_UNITS_MAX = 1_000_000_000_000;
/** Decreases of throughput on a day without waiting, and the wait after those. Source: Developer Guide, "Quotas in Amazon DynamoDB". */
export const DECREASES_FREE = 4;
export const DECREASE_INTERVAL: Millis = HOUR;
/** How often a table may be switched to on demand in a day. Source: Developer Guide, "Considerations when switching capacity modes". */
export const SWITCHES_MAX = 4;
/** How often its class may be changed. Source: Developer Guide, "Considerations when choosing a table class". */
export const CLASS_CHANGES_MAX = 2;
export const CLASS_CHANGES_WITHIN: Millis = 30 * DAY;
/** Changes of a table's key on a day without waiting, and the wait after those. Source: answers measured in October 2026. */
export const KEY_CHANGES_FREE = 4;
export const KEY_CHANGE_INTERVAL: Millis = 6 * HOUR;

function units(code: string, name: string, value: number): Quota {
  return { service: 'dynamodb', code, name, value, adjustable: true, global: false };
}
/** Of all tables together, where throughput is provisioned; and of each table and index, however it is paid. */
export const ACCOUNT_READ_MAX = units('L-34F6A552', 'Account-level read throughput limit (Provisioned mode)', 80_000);
export const ACCOUNT_WRITE_MAX = units('L-34F8CCC8', 'Account-level write throughput limit (Provisioned mode)', 80_000);
export const TABLE_READ_MAX = units('L-CF0CBE56', 'Table-level read throughput limit', 40_000);
export const TABLE_WRITE_MAX = units('L-AB614373', 'Table-level write throughput limit', 40_000);
/** Times to live further back than this are taken for mistakes and ignored. Source: Developer Guide, "Using time to live (TTL)". */
export const TTL_PAST_MAX: Millis = 5 * 365 * DAY;
/** How far back a table can be recovered, and how far behind that ends. Source: Developer Guide, "Point-in-time backups for DynamoDB". */
export const RECOVERY_DAYS_MAX = 35;
export const RECOVERY_LAG: Millis = 5 * MINUTE;
export const DAY_MILLIS: Millis = DAY;
/** How long the backup of a deleted table is kept that could be recovered. */
export const SYSTEM_BACKUP_LIFETIME: Millis = 35 * DAY;
export const BACKUPS_LISTED_MAX = 100;
/** Items in one file of an export. */
export const EXPORT_FILE_ITEMS = 5_000;
/** How long the window of an incremental export is. Source: Developer Guide, "Requesting a table export in DynamoDB". */
export const EXPORT_WINDOW_MIN: Millis = 15 * MINUTE;
export const EXPORT_WINDOW_MAX: Millis = DAY;
/** What an incremental export costs at least, in bytes. Source: findings of ack-api-quirks, DDB-EXPORT-019, measured against AWS. */
export const INCREMENT_BILLED_MIN = 10_000_000;
/** Exports or imports that are listed unless more are asked for. Source: findings of ack-api-quirks, DDB-IMPORT-016, measured against AWS. */
export const TRANSFERS_LISTED = 10;
/** Source: Developer Guide, "Requesting a table export": what is known of one "expires after 90 days"; so it is of imports. */
export const TRANSFER_RETENTION: Millis = 90 * DAY;
export const TRANSFER_TOKEN_LIFETIME: Millis = 8 * HOUR;
export const INSIGHTS_LISTED_MAX = 100;
/** How long a stream's records are kept. */
export const RECORD_RETENTION: Millis = DAY;
/** Of one request to Kinesis. Source: Kinesis API Reference, PutRecords. */
export const OUTFLOW_RECORDS_MAX = 500;
export const OUTFLOW_BYTES_MAX = 4 * 1_048_576;
/** When a stream is asked again that took no more for now; and one that can't be written to at all. */
export const OUTFLOW_AGAIN: Millis = SECOND;
export const OUTFLOW_MENDED: Millis = MINUTE;
/** How long a shard takes records before its child does. Source: Developer Guide, "Change data capture for DynamoDB Streams". */
export const SHARD_LIFETIME: Millis = 4 * HOUR;
/** Swept, indexed or expired at a time, so that a table of any size disturbs nobody. */
export const SWEEP_BATCH = 500;
/** Of a resource's policy, white space included. Source: Developer Guide, "Resource-based policy considerations". */
export const POLICY_BYTES_MAX = 20 * KIB;
/** Parsed expressions that are kept. */
export const PARSED_MAX = 2_000;
