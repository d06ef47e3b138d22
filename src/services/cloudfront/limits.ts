/** Source: CloudFront Developer Guide, "Quotas"; CloudFront API Reference. */
import { MINUTE, type Millis, SECOND } from '#kernel/base';

/** Deviation: AWS takes some minutes until a configuration is everywhere; here it counts at once, and only the answer to the change says that it is under way. */
export const DEPLOYMENT: Millis = 1;
/** Deviation: AWS takes up to a few minutes; here copies are gone at once. */
export const INVALIDATION: Millis = 1;
export const LIST_DEFAULT = 100;
export const LIST_MAX = 1_000;
export const TAGS_MAX = 50;
export const ORIGINS_MAX = 100;
export const ORIGIN_GROUPS_MAX = 10;
export const BEHAVIORS_MAX = 75;
export const ALIASES_MAX = 100;
export const COMMENT_LENGTH_MAX = 128;
export const TRUST_STORES_MAX = 20;
export const TRUST_STORE_DISTRIBUTIONS_MAX = 25;
/** That refer to the same policy of a customer's, function, key group or origin access control. */
export const DISTRIBUTIONS_OF_ONE_MAX = 100;
export const STAGING_MAX = 20;
/** Multi-tenant distributions. */
export const TEMPLATES_MAX = 20;
export const PARAMETERS_MAX = 5;
export const TENANTS_MAX = 10_000;
export const TENANT_DOMAINS_MAX = 100;
export const CONNECTION_GROUPS_MAX = 100;
/** Of a multi-tenant distribution, in one field. */
export const FIELD_PARAMETERS_MAX = 2;
/** Deviation: AWS asks for some minutes until a certificate is issued. */
export const CERTIFICATE_CHECK: Millis = SECOND;
export const ORIGIN_HEADERS_MAX = 30;
export const DISTRIBUTIONS_MAX = 500;
/** Policies of a kind that an account has made. */
export const POLICIES_MAX = 20;
export const POLICY_NAMES_MAX = 10;
/** Characters of all names in a cache policy or an origin request policy. */
export const POLICY_NAMES_LENGTH_MAX = 1_024;
export const PUBLIC_KEYS_MAX = 10;
export const CUSTOM_HEADERS_MAX = 10;
/** Characters of a Content-Security-Policy, and of the value of an origin's header. */
export const CSP_LENGTH_MAX = 1_783;
export const ORIGIN_HEADER_LENGTH_MAX = 1_783;
/** Of an origin's headers, with their names. */
export const ORIGIN_HEADERS_LENGTH_MAX = 10_240;
export const REALTIME_CONFIGS_MAX = 150;
export const FUNCTION_BYTES_MAX = 10_240;
export const CONNECTION_FUNCTIONS_MAX = 100;
export const FUNCTIONS_MAX = 100;
export const STORES_MAX = 200;
export const STORE_BYTES_MAX = 5_242_880;
/** Characters. Source: CloudFront Developer Guide, "File format for key-value pairs". */
export const STORE_KEY_MAX = 512;
export const STORE_VALUE_MAX = 1_024;
export const KEYS_OF_GROUP_MAX = 5;
export const KEY_GROUPS_OF_BEHAVIOR_MAX = 4;
/** Headers, cookies or query strings of a behaviour that has no policies. */
export const FORWARDED_NAMES_MAX = 10;
/** Characters of a query string's name, and of all of a behaviour that has no policies. */
export const QUERY_NAME_MAX = 128;
export const QUERY_NAMES_MAX = 512;
/** Triggers of Lambda@Edge in a distribution. */
export const TRIGGERS_MAX = 100;
/** Seconds that an origin may be given to answer, and to keep a connection. */
export const ORIGIN_SECONDS_MAX = 120;
export const KEEPALIVE_SECONDS_MAX = 300;
export const ENCRYPTION_CONFIGS_MAX = 10;
export const ENCRYPTION_PROFILES_MAX = 10;
/** With one configuration for field-level encryption. */
export const ENCRYPTION_DISTRIBUTIONS_MAX = 20;
export const FIELD_PATTERNS_MAX = 10;
export const QUERY_PROFILES_MAX = 5;
export const INVALIDATION_PATHS_MAX = 3_000;
export const WILDCARD_PATHS_MAX = 15;
/** Source: CloudFront Developer Guide, "Standard logging": most logs come within an hour; here within these. */
export const LOG_DELIVERY: Millis = 5 * MINUTE;
export const LOG_LINES_MAX = 10_000;
