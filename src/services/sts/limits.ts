/** Source: IAM User Guide, "IAM and AWS STS quotas"; STS API Reference, AssumeRole, GetSessionToken, GetFederationToken. */
import { HOUR, type Millis } from '#kernel/base';

export const ASSUME_ROLE_DEFAULT: Millis = HOUR;
export const CHAINED_SESSION_MAX: Millis = HOUR;
export const SESSION_TOKEN_DEFAULT: Millis = 12 * HOUR;
/** For the root of an account, GetSessionToken and GetFederationToken are limited to an hour. */
export const ROOT_SESSION_MAX: Millis = HOUR;
/** Characters of the session policies together. */
export const SESSION_POLICY_CHARACTERS_MAX = 2_048;
/** Managed policies of a session. Source: IAM User Guide, "IAM and AWS STS quotas". */
export const SESSION_POLICY_ARNS_MAX = 10;
/** Bytes of a session token. Source: STS API Reference, AssumeRole, "MinimumSessionTokenSize". */
export const TOKEN_SIZE_MAX = 4_096;
/** A role's last use is written down at most this often. */
export const USE_NOTED_EVERY: Millis = HOUR;
/** Source: STS API Reference, GetWebIdentityToken. */
export const WEB_TOKEN_DEFAULT: Millis = 300_000;
/** Of the claims of a token. Source: radkawar/stackd, measured in 2026. */
export const WEB_TOKEN_BYTES_MAX = 14_984;
