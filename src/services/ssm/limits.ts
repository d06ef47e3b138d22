/** Source: Systems Manager User Guide, "Parameter Store" quotas and "Managing parameter tiers"; SSM API Reference, PutParameter. */

export const NAME_LENGTH_MAX = 1_011;
export const LEVELS_MAX = 15;
export const STANDARD_VALUE_MAX = 4_096;
export const ADVANCED_VALUE_MAX = 8_192;
/** Of each tier. */
export const PARAMETERS_MAX = { Standard: 10_000, Advanced: 100_000 } as const;
export const VERSIONS_MAX = 100;
export const LABELS_MAX = 10;
export const TAGS_MAX = 50;
export const POLICIES_MAX = 10;
export const BY_PATH_DEFAULT = 10;
export const LIST_DEFAULT = 10;
export const HISTORY_DEFAULT = 50;
/** Since when a setting that nobody changed is as it is. Source: the CLI's example, "get-service-setting". */
export const SETTINGS_SINCE = 1_555_532_818_578;
