/** Source: IAM User Guide, "IAM and AWS STS quotas", default values and character limits. */
import type { Quota } from '#kernel/contract';
import type { Kind, NamedKind } from './state.ts';

function quota(code: string, name: string, value: number, adjustable = true): Quota {
  return { service: 'iam', code, name, value, adjustable, global: true };
}

export const ENTITIES_MAX: { readonly [kind in NamedKind]: Quota } = {
  user: quota('L-F55AF5E4', 'Users per account', 5_000, false),
  group: quota('L-F4A5425F', 'Groups per account', 300),
  role: quota('L-FE177D64', 'Roles per account', 1_000),
  policy: quota('L-E95E4862', 'Customer managed policies per account', 1_500),
  'instance-profile': quota('L-6E65F664', 'Instance profiles per account', 1_000),
};
/** Characters of all inline policies together, white space not counted. */
export const INLINE_CHARACTERS_MAX: { readonly [kind in Kind]: number } = { user: 2_048, group: 5_120, role: 10_240 };
export const MANAGED_CHARACTERS_MAX = 6_144;
export const TRUST_CHARACTERS_MAX = quota('L-C07B4B0D', 'Role trust policy length', 2_048);
/** Managed policies. */
export const ATTACHED_MAX: { readonly [kind in Kind]: Quota } = {
  user: quota('L-4019AD8B', 'Managed policies per user', 10),
  group: quota('L-384571C4', 'Managed policies per group', 10, false),
  role: quota('L-0DA4ABF3', 'Managed policies per role', 20),
};
export const POLICY_VERSIONS_MAX = 5;
/** Versions of all managed policies of an account. */
export const POLICY_VERSIONS_IN_USE_MAX = 10_000;
export const ACCESS_KEYS_MAX = 2;
export const GROUPS_PER_USER_MAX = 10;
export const TAGS_MAX = 50;
/** Source: IAM User Guide, "AWS Multi-factor authentication in IAM": of a user or the root. */
export const MFA_DEVICES_MAX = 8;
/** Of a virtual MFA device: 64 characters in base 32. */
export const SEED_BYTES = 40;
export const ROLE_SESSION_SECONDS_DEFAULT = 3_600;
/** Source: IAM API Reference, MaxItems. */
export const PAGE_DEFAULT = 100;
/** Source: IAM API Reference, UpdateAccountPasswordPolicy; IAM User Guide, "Default password policy". */
export const PASSWORD_LENGTH_MIN = 8;
export const SERVER_CERTIFICATES_MAX = quota('L-BF35879D', 'Server certificates per account', 20);
export const SIGNING_CERTIFICATES_MAX = 2;
export const SSH_KEYS_MAX = 5;
/** Source: IAM API Reference, UploadSSHPublicKey. */
export const SSH_KEY_BITS_MIN = 2_048;
/** Per service. */
export const SERVICE_CREDENTIALS_MAX = 2;
export const OIDC_PROVIDERS_MAX = quota('L-858F3967', 'OpenId connect providers per account', 100);
/** Source: IAM API Reference, CreateOpenIDConnectProvider. */
export const CLIENT_IDS_MAX = 100;
export const THUMBPRINTS_MAX = 5;
export const SAML_PROVIDERS_MAX = 100;
/** Of a SAML provider. */
export const PRIVATE_KEYS_MAX = 2;
