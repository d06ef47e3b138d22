/** Source: Secrets Manager User Guide, "AWS Secrets Manager quotas"; Secrets Manager API Reference, CreateSecret, DeleteSecret, GetRandomPassword. */
import { DAY, HOUR, type Millis } from '#kernel/base';

export const VALUE_BYTES_MAX = 65_536;
export const POLICY_BYTES_MAX = 20_480;
export const LABELS_MAX = 20;
export const TAGS_MAX = 50;
export const LIST_DEFAULT = 100;
export const BATCH_DEFAULT = 20;
export const RECOVERY_DEFAULT_DAYS = 30;
export const PASSWORD_LENGTH_DEFAULT = 32;
/** When a rotation's window begins, for one that is given in days. */
export const ROTATION_TRY_AGAIN: Millis = HOUR;
export const DAY_LENGTH: Millis = DAY;
/** Of a secret whose rules do not say when. */
export const ROTATION_DAYS_DEFAULT = 30;
/** Source: Secrets Manager API Reference, RotationRulesType, ScheduleExpression. */
export const ROTATION_HOURS_MIN = 4;
export const ROTATION_DAYS_MAX = 1_000;
