/** Source: AWS General Reference, "Amazon SNS endpoints and quotas"; SNS API Reference; SNS Developer Guide as named. */
import { DAY, HOUR, KIB, MIB, MINUTE, type Millis, SECOND } from '#kernel/base';
import type { Quota } from '#kernel/contract';

const quota = (code: string, name: string, value: number): Quota => ({
  service: 'sns',
  code,
  name,
  value,
  adjustable: true,
  global: false,
});

export const TOPICS_MAX = quota('L-61103206', 'Topics per Account', 100_000);
export const SUBSCRIPTIONS_MAX = quota('L-A4340BCD', 'Subscriptions per topic', 12_500_000);
export const PENDING_SUBSCRIPTIONS_MAX = quota('L-1A43D3DB', 'Pending Subscriptions per Account', 5_000);
export const FILTER_POLICIES_TOPIC_MAX = quota('L-B96EDA7D', 'Filter Policies per Topic', 200);
export const FILTER_POLICIES_ACCOUNT_MAX = quota('L-4126E74A', 'Filter Policies per Account', 10_000);
/** These two are no quotas of Service Quotas. */
export const FIFO_TOPICS_MAX = 1_000;
export const FIFO_SUBSCRIPTIONS_MAX = 100;
/** US dollars a month for text messages, unless the account has set another limit. */
export const SMS_SPEND_DEFAULT = 1;
/** What a topic takes unless its MaximumMessageSize says otherwise, and what that may say. Source: SNS Developer Guide, "Publishing large messages". */
export const MESSAGE_BYTES_MAX = 256 * KIB;
export const TOPIC_MESSAGE_BYTES_MIN = KIB;
export const TOPIC_MESSAGE_BYTES_MAX = MIB;
/** Subscriptions of a topic for larger messages, and their protocols. Source: the same. */
export const LARGE_SUBSCRIPTIONS_MAX = 100;
export const LARGE_PROTOCOLS: readonly string[] = ['sqs', 'firehose', 'lambda'];
export const BATCH_ENTRIES_MAX = 10;
export const SUBJECT_CHARACTERS_MAX = 100;
export const PAGE_SIZE = 100;
export const TAGS_MAX = 50;
/** Source: SNS Developer Guide, "Filter policy constraints". */
export const FILTER_COMBINATIONS_MAX = 150;
export const FILTER_KEYS_MAX = 5;
export const FILTER_BYTES_MAX = 256 * KIB;
/** Source: SNS API Reference, Publish, Message. */
export const SMS_CHARACTERS_MAX = 1_600;
/** Source: SNS API Reference, ConfirmSubscription: a token is valid for two days. */
export const TOKEN_LIFE: Millis = 2 * DAY;
export const DEDUPLICATION_INTERVAL: Millis = 5 * MINUTE;
/** Source: SNS Developer Guide, "Message archiving for FIFO topic owners". */
export const ARCHIVE_DAYS_MAX = 365;
/** Source: SNS Developer Guide, "Message delivery retries": an endpoint has 15 seconds to answer. */
export const HTTP_TIMEOUT: Millis = 15 * SECOND;
export const HTTP_ANSWER_BYTES_MAX = 64 * KIB;
/** Source: SNS Developer Guide, "Creating a delivery policy for HTTP/S": a policy's retries end after an hour. */
export const HTTP_POLICY_MAX: Millis = HOUR;
/** Source: SNS Developer Guide, "Amazon SNS SMS sandbox": destination numbers. */
export const SANDBOX_NUMBERS_MAX = 10;
export const OTP_LIFE: Millis = 15 * MINUTE;
/** Subscriptions to which a message goes in one step of its fan-out. */
export const FAN_OUT_PAGE = 100;
/** Rows removed at a time, so that a deleted topic of any size disturbs nobody. */
export const SWEEP_BATCH = 500;
/** Source: SNS Developer Guide, "Message data protection": of a policy, and of its own identifiers. */
export const PROTECTION_BYTES_MAX = 30_720;
export const CUSTOM_IDENTIFIERS_MAX = 10;
