/** Source: API Gateway Developer Guide, "Amazon API Gateway quotas". */
import { MINUTE, type Millis } from '#kernel/base';

/** Requests of an account in a Region, of all its APIs of whatever kind, kept under one key. */
export const ACCOUNT_KEY = '/apigateway/account';
export const ACCOUNT_LIMITS = { ratePerSecond: 10_000, burst: 5_000 };
export const INTEGRATION_TIMEOUT_DEFAULT: Millis = 29_000;
/** Of answers that flow. Source: "Stream the integration response for your proxy integrations". */
export const STREAM_TIMEOUT_MAX: Millis = 15 * MINUTE;
export const INTEGRATION_TIMEOUT_MIN: Millis = 50;
export const RESOURCES_MAX = 300;
export const STAGES_MAX = 10;
/** In one stage; characters of their names and values. */
export const VARIABLES_MAX = 100;
export const VARIABLE_NAME_MAX = 64;
export const VARIABLE_VALUE_MAX = 512;
/** Of an API. */
export const AUTHORIZERS_MAX = 10;
/** Of an account in a Region. */
export const CLIENT_CERTIFICATES_MAX = 60;
export const USAGE_PLANS_MAX = 300;
/** That one key is in. */
export const PLANS_OF_KEY_MAX = 10;
/** Bytes of what a policy is asked about. */
export const METHOD_ARN_MAX = 1_600;
export const AUTHORIZER_TTL_DEFAULT = 300;
export const AUTHORIZER_TTL_MAX = 3_600;
export const CACHE_TTL_DEFAULT = 300;
export const CACHE_TTL_MAX = 3_600;
/** Of one cached response. */
export const CACHED_BYTES_MAX = 1_048_576;
export const PAGE_DEFAULT = 25;
export const PAGE_MAX = 500;
export const KEY_LENGTH_MIN = 20;
export const KEY_LENGTH_MAX = 128;
/** Of a Lambda authorizer. */
export const AUTHORIZER_TIMEOUT: Millis = 10_000;
