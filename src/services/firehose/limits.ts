/** Source: Amazon Data Firehose Developer Guide, "Amazon Data Firehose Quota"; API Reference, each configuration's "Contents". */
import { DAY, HOUR, KIB, MIB, MINUTE, type Millis, SECOND } from '#kernel/base';
import type { BucketLimits, Quota } from '#kernel/contract';

export const RECORD_BYTES_MAX = 1_000 * KIB;
export const BATCH_BYTES_MAX = 4 * MIB;
export const STREAM_TAGS_MAX = 50;
export const LIST_STREAMS_DEFAULT = 10;
export const LIST_TAGS_DEFAULT = 50;

/** Streams of an account, in Regions with more than others. Source: AWS General Reference, "Amazon Data Firehose endpoints and quotas". */
const STREAMS: { readonly [most: number]: readonly string[] } = {
  5000: ['us-east-1', 'us-east-2', 'us-west-2', 'ap-northeast-1', 'eu-west-1'],
  2000: [
    'us-west-1',
    'ap-northeast-2',
    'ap-south-1',
    'ap-southeast-1',
    'ap-southeast-2',
    'ca-central-1',
    'eu-central-1',
    'eu-west-2',
  ],
  500: ['ap-northeast-3', 'eu-north-1', 'eu-south-1', 'eu-west-3', 'sa-east-1'],
};

/** Streams of an account in a Region. */
export function streamsMax(region: string): Quota {
  const [most] = Object.entries(STREAMS).find(([, regions]) => regions.includes(region)) ?? ['100'];
  return {
    service: 'firehose',
    code: 'L-14BB0BE7',
    name: 'Delivery streams',
    value: Number(most),
    adjustable: true,
    global: false,
  };
}

/** Regions with the higher rates of a stream of the kind Direct PUT. */
const LARGE = ['us-east-1', 'us-west-2', 'eu-west-1'];

/** What one stream takes in a second. */
export function ratesOf(region: string): { [of in 'requests' | 'records' | 'bytes']: BucketLimits } {
  const large = LARGE.includes(region);
  const rate = (ratePerSecond: number): BucketLimits => ({ ratePerSecond, burst: ratePerSecond });
  return {
    requests: rate(large ? 2_000 : 1_000),
    records: rate(large ? 500_000 : 100_000),
    bytes: rate((large ? 5 : 1) * MIB),
  };
}

export const S3_BUFFER = { SizeInMBs: 5, IntervalInSeconds: 300 };
export const HTTP_BUFFER = { SizeInMBs: 5, IntervalInSeconds: 300 };
export const SPLUNK_BUFFER = { SizeInMBs: 5, IntervalInSeconds: 60 };
/** Of one request. Source: Developer Guide, "Appendix - HTTP endpoint delivery request and response specifications". */
export const HTTP_RECORDS_MAX = 10_000;
export const HTTP_RETRY_SECONDS = 300;
export const SPLUNK_RETRY_SECONDS = 3_600;
export const HEC_TIMEOUT_SECONDS = 180;
/** Source: Developer Guide, "Configure buffering hints": with dynamic partitioning 128 MB, and no less than 64. */
export const PARTITIONED_BUFFER = { SizeInMBs: 128, IntervalInSeconds: 300 };
export const PARTITIONED_SIZE_MIN = 64;
/** Partitions of a stream whose records wait. */
export const PARTITIONS_MAX = 500;
/** Source: Developer Guide, "Transform source data": 1 MB and 60 s; 256 KB for Splunk. */
export const LAMBDA_BUFFER = { SizeInMBs: 1, IntervalInSeconds: 60 };
export const LAMBDA_RETRIES = 3;
/** Records of one invocation, before base64: the payload of a synchronous invocation is 6 MB at most. */
export const LAMBDA_BYTES_MAX = 3 * MIB;
/** Source: "Custom prefixes": of a prefix that was evaluated. */
export const PREFIX_LENGTH_MAX = 512;

/** For how long a batch is tried that a bucket doesn't take. Source: "Data delivery failure handling". */
export const S3_RETRY_FOR: Millis = DAY;
/** Of requests to endpoints, each within 15 % of twice the one before. Source: "HTTP endpoint delivery request and response specifications", "Error response handling". */
export const HTTP_RETRY_FIRST: Millis = SECOND;
export const HTTP_RETRY_LONGEST: Millis = 2 * MINUTE;
export const HTTP_RETRY_JITTER = 0.15;
export const RETRY_FIRST: Millis = 5 * SECOND;
export const RETRY_LONGEST: Millis = 5 * MINUTE;
/** Source: "HTTP endpoint delivery request and response specifications": 3 minutes to answer. */
export const HTTP_TIMEOUT: Millis = 3 * MINUTE;
export const HTTP_ANSWER_BYTES_MAX = MIB;
/** Of one request to Kinesis, and when a source is looked at again that couldn't be read. Our own choice. */
export const SOURCE_RECORDS_MAX = 1_000;
export const SOURCE_AGAIN: Millis = 10 * SECOND;
/** For how long a data key of KMS is used again. Our own choice. */
export const KEY_KEPT_FOR: Millis = 5 * MINUTE;
/** A data key under which nothing can lie any more. */
export const KEY_FORGOTTEN_AFTER: Millis = 2 * DAY + HOUR;
/** Swept at a time, so that a deleted stream of any size disturbs nobody. */
export const SWEEP_BATCH = 200;
/** For how long a jq program may work on a batch, of the machine's time, besides a millisecond a record. Our own choice. */
export const QUERY_TIME_MAX: Millis = 2 * SECOND;
