/** The account as a whole: its summary, its alias and its password policy. */
import type { Handler } from '#kernel/contract';
import { accessKeys, mfaDevices, oidcProviders, samlProviders } from '#kernel/identity';
import { tallyOf } from '../domain/names.ts';
import { pageOf } from '../domain/page.ts';
import { settingsOf } from '../domain/passwords.ts';
import {
  aliasTaken,
  noOrganization,
  noPasswordPolicyToDelete,
  noSuchAlias,
  noSuchPasswordPolicy,
  validation,
} from '../errors.ts';
import {
  ACCESS_KEYS_MAX,
  ATTACHED_MAX,
  ENTITIES_MAX,
  GROUPS_PER_USER_MAX,
  INLINE_CHARACTERS_MAX,
  MANAGED_CHARACTERS_MAX,
  PASSWORD_LENGTH_MIN,
  POLICY_VERSIONS_IN_USE_MAX,
  POLICY_VERSIONS_MAX,
  SERVER_CERTIFICATES_MAX,
  SIGNING_CERTIFICATES_MAX,
  TRUST_CHARACTERS_MAX,
} from '../limits.ts';
import { aliases, serverCertificates, settings, signingCertificates } from '../state.ts';

export const getAccountSummary: Handler<'iam', 'GetAccountSummary'> = (_, ctx) => {
  const count = (of: Parameters<typeof tallyOf>[1]) => tallyOf(ctx.store, of);
  const rootKeys = ctx.store.first(accessKeys, { index: 'byUser', where: { account: ctx.account, user: '' } });
  return {
    SummaryMap: {
      Users: count('user'),
      UsersQuota: ctx.quota(ENTITIES_MAX.user),
      Groups: count('group'),
      GroupsQuota: ctx.quota(ENTITIES_MAX.group),
      Roles: count('role'),
      RolesQuota: ctx.quota(ENTITIES_MAX.role),
      Policies: count('policy'),
      PoliciesQuota: ctx.quota(ENTITIES_MAX.policy),
      PolicyVersionsInUse: count('policy-version'),
      PolicyVersionsInUseQuota: POLICY_VERSIONS_IN_USE_MAX,
      VersionsPerPolicyQuota: POLICY_VERSIONS_MAX,
      PolicySizeQuota: MANAGED_CHARACTERS_MAX,
      InstanceProfiles: count('instance-profile'),
      InstanceProfilesQuota: ctx.quota(ENTITIES_MAX['instance-profile']),
      UserPolicySizeQuota: INLINE_CHARACTERS_MAX.user,
      GroupPolicySizeQuota: INLINE_CHARACTERS_MAX.group,
      RolePolicySizeQuota: INLINE_CHARACTERS_MAX.role,
      AssumeRolePolicySizeQuota: ctx.quota(TRUST_CHARACTERS_MAX),
      AttachedPoliciesPerUserQuota: ctx.quota(ATTACHED_MAX.user),
      AttachedPoliciesPerGroupQuota: ctx.quota(ATTACHED_MAX.group),
      AttachedPoliciesPerRoleQuota: ctx.quota(ATTACHED_MAX.role),
      AccessKeysPerUserQuota: ACCESS_KEYS_MAX,
      GroupsPerUserQuota: GROUPS_PER_USER_MAX,
      SigningCertificatesPerUserQuota: SIGNING_CERTIFICATES_MAX,
      ServerCertificates: ctx.store.count(serverCertificates, {}),
      ServerCertificatesQuota: ctx.quota(SERVER_CERTIFICATES_MAX),
      Providers: ctx.store.count(oidcProviders, {}) + ctx.store.count(samlProviders, {}),
      MFADevices: ctx.store.count(mfaDevices, {}),
      MFADevicesInUse: ctx.store.count(mfaDevices, { index: 'byUser' }),
      AccountMFAEnabled: ctx.store.first(mfaDevices, { index: 'byUser', where: { user: '' } }) === undefined ? 0 : 1,
      AccountPasswordPresent: 1,
      AccountAccessKeysPresent: rootKeys === undefined ? 0 : 1,
      AccountSigningCertificatesPresent:
        ctx.store.first(signingCertificates, { where: { user: '' } }) === undefined ? 0 : 1,
      GlobalEndpointTokenVersion: settingsOf(ctx.store).tokenVersion === 'v2Token' ? 2 : 1,
    },
  };
};

/**
 * Session tokens are of one kind here, longer than both of AWS's kinds must be: the choice is kept and shown.
 *
 * Deviation: AWS refuses tokens of its first kind in Regions that an account has to opt into.
 */
export const setSecurityTokenServicePreferences: Handler<'iam', 'SetSecurityTokenServicePreferences'> = (
  input,
  ctx,
) => {
  ctx.store.put(settings, { ...settingsOf(ctx.store), tokenVersion: input.GlobalEndpointTokenVersion });
  return {};
};

/** Central root access is an organization's; no account here is in one. @throws {ServiceError} OrganizationNotFound */
export const outsideOrganizations = (): never => {
  throw noOrganization();
};

/** An account has one alias: another one takes the place of the old one; the same again is refused as anybody's is. */
export const createAccountAlias: Handler<'iam', 'CreateAccountAlias'> = (input, ctx) => {
  const alias = input.AccountAlias;
  // Source: IAM User Guide, "IAM name requirements"; the words are Cloudyard's own.
  if (/^\d{12}$/.test(alias))
    throw validation('The specified value for accountAlias is invalid. It cannot be a 12-digit number.');
  const taken = ctx.store.get(aliases, { alias });
  if (taken !== undefined) throw aliasTaken(alias);
  const before = settingsOf(ctx.store);
  if (before.alias !== undefined) ctx.store.delete(aliases, { alias: before.alias });
  ctx.store.put(aliases, { alias, account: ctx.account });
  ctx.store.put(settings, { ...before, alias });
  return {};
};

export const deleteAccountAlias: Handler<'iam', 'DeleteAccountAlias'> = (input, ctx) => {
  const { alias, ...rest } = settingsOf(ctx.store);
  if (alias !== input.AccountAlias) throw noSuchAlias(input.AccountAlias);
  ctx.store.delete(aliases, { alias });
  ctx.store.put(settings, rest);
  return {};
};

export const listAccountAliases: Handler<'iam', 'ListAccountAliases'> = (input, ctx) => {
  const { alias } = settingsOf(ctx.store);
  const { items, end } = pageOf(input, alias === undefined ? [] : [alias]);
  return { AccountAliases: items, ...end };
};

/** What is left out goes back to its default. Source: IAM API Reference, UpdateAccountPasswordPolicy. */
export const updateAccountPasswordPolicy: Handler<'iam', 'UpdateAccountPasswordPolicy'> = (input, ctx) => {
  ctx.store.put(settings, {
    ...settingsOf(ctx.store),
    passwordPolicy: {
      minimumLength: input.MinimumPasswordLength ?? PASSWORD_LENGTH_MIN - 2,
      symbols: input.RequireSymbols ?? false,
      numbers: input.RequireNumbers ?? false,
      upperCase: input.RequireUppercaseCharacters ?? false,
      lowerCase: input.RequireLowercaseCharacters ?? false,
      usersMayChange: input.AllowUsersToChangePassword ?? false,
      ...(input.MaxPasswordAge !== undefined && { maximumAgeDays: input.MaxPasswordAge }),
      ...(input.PasswordReusePrevention !== undefined && { reusePrevention: input.PasswordReusePrevention }),
      ...(input.HardExpiry !== undefined && { hardExpiry: input.HardExpiry }),
    },
  });
  return {};
};

export const getAccountPasswordPolicy: Handler<'iam', 'GetAccountPasswordPolicy'> = (_, ctx) => {
  const policy = settingsOf(ctx.store).passwordPolicy;
  if (policy === undefined) throw noSuchPasswordPolicy(ctx.account);
  return {
    PasswordPolicy: {
      MinimumPasswordLength: policy.minimumLength,
      RequireSymbols: policy.symbols,
      RequireNumbers: policy.numbers,
      RequireUppercaseCharacters: policy.upperCase,
      RequireLowercaseCharacters: policy.lowerCase,
      AllowUsersToChangePassword: policy.usersMayChange,
      ExpirePasswords: policy.maximumAgeDays !== undefined,
      ...(policy.maximumAgeDays !== undefined && { MaxPasswordAge: policy.maximumAgeDays }),
      ...(policy.reusePrevention !== undefined && { PasswordReusePrevention: policy.reusePrevention }),
      ...(policy.hardExpiry !== undefined && { HardExpiry: policy.hardExpiry }),
    },
  };
};

export const deleteAccountPasswordPolicy: Handler<'iam', 'DeleteAccountPasswordPolicy'> = (_, ctx) => {
  const { passwordPolicy, ...rest } = settingsOf(ctx.store);
  if (passwordPolicy === undefined) throw noPasswordPolicyToDelete();
  ctx.store.put(settings, rest);
  return {};
};
