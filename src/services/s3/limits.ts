/** Source: S3 User Guide, "Bucket quotas, limitations, and restrictions", "Multipart upload limits", "Working with object metadata", "Categorizing objects with tags"; S3 API Reference, the operations' parameters. */

import { GIB, KIB, MIB, MINUTE, type Millis } from '#kernel/base';
import type { Quota } from '#kernel/contract';

export const BUCKETS_MAX: Quota = {
  service: 's3',
  code: 'L-DC2B2D3D',
  name: 'General purpose buckets',
  value: 10_000,
  adjustable: true,
  global: true,
};
/** In each Region. Source: S3 User Guide, "Working with directory buckets". */
export const DIRECTORY_BUCKETS_MAX: Quota = {
  service: 's3',
  code: 'L-775A314D',
  name: 'Directory buckets',
  value: 100,
  adjustable: true,
  global: false,
};
/** Source: S3 API Reference, ListDirectoryBuckets. */
export const LIST_DIRECTORY_BUCKETS_MAX = 1_000;
export const KEY_BYTES_MAX = 1_024;
export const USER_METADATA_BYTES_MAX = 2 * KIB;
export const PUT_BYTES_MAX = 5 * GIB;
export const COPY_BYTES_MAX = 5 * GIB;
export const PART_BYTES_MIN = 5 * MIB;
export const PART_BYTES_MAX = 5 * GIB;
export const PARTS_MAX = 10_000;
export const LIST_KEYS_MAX = 1_000;
export const LIST_BUCKETS_MAX = 10_000;
export const DELETE_OBJECTS_MAX = 1_000;
export const OBJECT_TAGS_MAX = 10;
export const BUCKET_TAGS_MAX = 50;
export const TAG_KEY_CHARACTERS_MAX = 128;
export const TAG_VALUE_CHARACTERS_MAX = 256;
export const POLICY_BYTES_MAX = 20 * KIB;
export const CORS_RULES_MAX = 100;
export const GRANTS_MAX = 100;
/** Source: S3 API Reference, DefaultRetention; S3 User Guide, "Object Lock considerations": 100 years. */
export const LOCK_DAYS_MAX = 36_500;
export const LOCK_YEARS_MAX = 100;
/** Source: S3 User Guide, "Lifecycle configuration elements"; API Reference, NoncurrentVersionExpiration. */
export const LIFECYCLE_RULES_MAX = 1_000;
export const RULE_ID_CHARACTERS_MAX = 255;
export const NEWER_VERSIONS_MAX = 100;
/** Source: S3 API Reference, PutBucketReplication. */
export const REPLICATION_RULES_MAX = 1_000;
/** Source: S3 API Reference, "List of error codes", MaxPostPreDataLengthExceeded; "Creating an HTML form": 20 KB before the file. */
export const FORM_BYTES_MAX = 20 * KIB;
/** Source: S3 API Reference, PutBucketWebsite. */
export const ROUTING_RULES_MAX = 50;
/** Source: S3 API Reference, PutBucketMetricsConfiguration, PutBucketInventoryConfiguration: 1,000 of each per bucket, listed 100 at a time. */
export const CONFIGURATIONS_MAX = 1_000;
export const LIST_CONFIGURATIONS_MAX = 100;
/** Objects in one file of an inventory report. */
export const INVENTORY_LINES_MAX = 10_000;
/** Records of the access log in one object. */
export const LOG_LINES_MAX = 5_000;
/** Rows removed at a time by a sweep. */
export const SWEEP_BATCH = 500;
/** Bodies that no object names any more stay readable this long for answers that are still being sent. */
export const BODY_GRACE: Millis = MINUTE;

/** Of queries over objects. Source: S3 User Guide, "Filtering and retrieving data using Amazon S3 Select". */
export const QUERY_BYTES_MAX = 256 * KIB;
export const RECORD_CHARS_MAX = MIB;
/** Deviation: a document of JSON may be as large as this, however long; AWS tells no figure. */
export const DOCUMENT_CHARS_MAX = 64 * MIB;
/** Of results in one event. */
export const RECORDS_CHARS_MIN = 128 * KIB;
