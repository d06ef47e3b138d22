/** What IAM keeps besides the identity room's own tables: names, links between entities, counts, passwords and account settings. */
import type { Millis } from '#kernel/base';
import { table } from '#kernel/store';

/** What can have policies. */
export type Kind = 'user' | 'group' | 'role';
export type NamedKind = Kind | 'policy' | 'instance-profile';

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
