/** What IAM keeps besides the identity room's own tables: names, links between entities, counts, passwords and account settings. */
import type { Millis } from '#kernel/base';
import { table } from '#kernel/store';

/** What can have policies. */
export type Kind = 'user' | 'group' | 'role';
export type NamedKind = Kind | 'policy' | 'instance-profile';
export type TaggedKind = NamedKind | 'mfa' | 'server-certificate' | 'oidc-provider' | 'saml-provider';

/** Names are unique without regard to case. */
export type NameRow = { kind: NamedKind; folded: string; name: string };
export type MembershipRow = { group: string; user: string };
/** `attached`: grants; `boundary`: limits. */
export type AttachmentRow = { policy: string; usage: 'attached' | 'boundary'; kind: Kind; name: string };
/** How often a managed policy is used in the account. */
export type PolicyUseRow = { arn: string; attached: number; boundaries: number };
/** How many there are of what has a quota. */
export type TallyRow = { of: NamedKind | 'policy-version'; count: number };
/** `hash` and `salt` in base64, of scrypt; `former` are the hashes before, newest first. */
export type LoginProfileRow = {
  user: string;
  hash: string;
  salt: string;
  former: { hash: string; salt: string }[];
  createdAt: Millis;
  setAt: Millis;
  resetRequired: boolean;
};
export type PasswordPolicy = {
  minimumLength: number;
  symbols: boolean;
  numbers: boolean;
  upperCase: boolean;
  lowerCase: boolean;
  usersMayChange: boolean;
  maximumAgeDays?: number;
  reusePrevention?: number;
  hardExpiry?: boolean;
};
/** One row. */
export type SettingsRow = { id: 'account'; alias?: string; passwordPolicy?: PasswordPolicy; tokenVersion?: string };
export type DeletionRow = { task: string; at: Millis };

export type CredentialStatus = 'Active' | 'Inactive';
export type SshKeyRow = {
  user: string;
  id: string;
  body: string;
  fingerprint: string;
  status: CredentialStatus;
  uploadedAt: Millis;
};
/** `user` is empty for the account's root. */
export type SigningCertificateRow = SshKeyRow;
export type ServerCertificateRow = {
  name: string;
  path: string;
  id: string;
  arn: string;
  body: string;
  chain?: string;
  /** PEM. */
  key: string;
  uploadedAt: Millis;
  expiresAt: Millis;
  tags: { [key: string]: string };
};
export type ServiceCredentialRow = {
  user: string;
  id: string;
  service: string;
  /** User name at the service, or the name of the API key. */
  alias: string;
  secret: string;
  status: CredentialStatus | 'Expired';
  createdAt: Millis;
  expiresAt?: Millis;
};

export type AccessJobRow = { id: string; about: string; granularity: 'SERVICE_LEVEL' | 'ACTION_LEVEL'; at: Millis };

export const sshKeys = table<SshKeyRow>()('iam.ssh-keys', { scope: 'account', key: ['user', 'id'] });
export const signingCertificates = table<SigningCertificateRow>()('iam.signing-certificates', {
  scope: 'account',
  key: ['user', 'id'],
});
export const serverCertificates = table<ServerCertificateRow>()('iam.server-certificates', {
  scope: 'account',
  key: ['name'],
  indexes: { byPath: ['path', 'name'] },
});
export const serviceCredentials = table<ServiceCredentialRow>()('iam.service-credentials', {
  scope: 'account',
  key: ['user', 'id'],
});
/** One row. */
export const reports = table<{ id: 'credentials'; at: Millis; text: string }>()('iam.reports', {
  scope: 'account',
  key: ['id'],
});
export const names = table<NameRow>()('iam.names', { scope: 'account', key: ['kind', 'folded'] });
export const memberships = table<MembershipRow>()('iam.memberships', { scope: 'account', key: ['group', 'user'] });
export const attachments = table<AttachmentRow>()('iam.attachments', {
  scope: 'account',
  key: ['policy', 'usage', 'kind', 'name'],
});
export const policyUses = table<PolicyUseRow>()('iam.policy-uses', { scope: 'account', key: ['arn'] });
export const tallies = table<TallyRow>()('iam.tallies', { scope: 'account', key: ['of'] });
export const loginProfiles = table<LoginProfileRow>()('iam.login-profiles', { scope: 'account', key: ['user'] });
export const settings = table<SettingsRow>()('iam.settings', { scope: 'account', key: ['id'] });
/** Global: an alias belongs to one account of all. */
export const aliases = table<{ alias: string; account: string }>()('iam.aliases', { scope: 'global', key: ['alias'] });
export const deletions = table<DeletionRow>()('iam.deletions', { scope: 'account', key: ['task'] });
/** Reports of last-accessed data that were asked for. */
export const accessJobs = table<AccessJobRow>()('iam.access-jobs', {
  scope: 'account',
  key: ['id'],
  indexes: { byAge: ['at'] },
});
