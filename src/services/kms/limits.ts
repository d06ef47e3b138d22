/** Source: KMS Developer Guide, "Quotas" (resource quotas); API Reference of each operation. */
import { DAY, MINUTE, type Millis, SECOND } from '#kernel/base';
import type { Quota } from '#kernel/contract';

const quota = (code: string, name: string, value: number): Quota => ({
  service: 'kms',
  code,
  name,
  value,
  adjustable: true,
  global: false,
});

export const KEYS_QUOTA = quota('L-C2F1777E', 'KMS keys', 100_000);
export const ALIASES_PER_KEY_QUOTA = quota('L-2601EE20', 'Aliases per KMS key', 50);
export const GRANTS_PER_KEY_QUOTA = quota('L-F12573B1', 'Grants per KMS key', 50_000);
/** Source: Developer Guide, "Creating grants", on grant constraints. */
export const CONSTRAINT_PAIRS_MAX = 8;
export const CONSTRAINT_VALUE_MAX = 384;
export const POLICY_BYTES_MAX = 32_768;
export const TAGS_MAX = 50;
export const PENDING_DAYS_DEFAULT = 30;
export const PENDING_DAYS_MIN = 7;
export const PENDING_DAYS_MAX = 30;
export const ROTATION_DAYS_DEFAULT = 365;
/** Before an automatic rotation there is none on demand. Source: API Reference, RotateKeyOnDemand. */
export const NONE_ON_DEMAND_BEFORE: Millis = 20 * MINUTE;
/** Source: API Reference, RotateKeyOnDemand: on-demand rotations of one key. */
export const ON_DEMAND_ROTATIONS_MAX = 25;
/** Source: API Reference, GetParametersForImport: an import token is good for 24 hours. */
export const IMPORT_TOKEN_LIFETIME: Millis = DAY;
/** An expired token is known as such for so long. */
export const IMPORT_TOKEN_KEPT: Millis = DAY;
/** Source: API Reference, ImportKeyMaterial, ValidTo: at most 365 days on. */
export const IMPORT_VALID_MAX: Millis = 365 * DAY;
/** AWS says "a few seconds" of how long a replica is Creating and a changing primary Updating (Developer Guide, multi-Region keys). */
export const PASSING_FOR: Millis = 2 * SECOND;
/** How often the last use of a key is noted. */
export const LAST_USE_EVERY: Millis = MINUTE;
export const LIST_DEFAULT = 100;
export const ALIASES_LIST_DEFAULT = 50;
export const GRANTS_LIST_DEFAULT = 50;
export const TAGS_LIST_DEFAULT = 50;
/** Grants, materials and aliases that are removed with a key at a turn. */
export const SWEEP_BATCH = 500;
/** Unwrapped materials that are kept in memory. */
export const UNWRAPPED_MAX = 2_000;
/** Source: Developer Guide, "Resource quotas", "Custom key stores resource quota"; Service Quotas has none of it. */
export const KEY_STORES_MAX = 10;
/** Source: Developer Guide, "Connect an external key store": about five minutes. */
export const CONNECTING_FOR: Millis = 5 * MINUTE;
/** Source: aws/aws-kms-xksproxy-api-spec, each API's "KMS Considerations". */
export const PROXY_TIMEOUT: Millis = 250;
/** More than the largest answer that the specification knows. */
export const PROXY_ANSWER_BYTES_MAX = 65_536;
