/** Who exists: users, groups, roles, their policies and credentials. The iam and sts services are the front of these tables. */
import type { Millis } from '#kernel/base';
import { table } from '#kernel/store';

export type Tags = { [key: string]: string };

type Identity = {
  name: string;
  path: string;
  id: string;
  arn: string;
  createdAt: Millis;
  /** Policy texts by name. */
  inline: { [name: string]: string };
  /** ARNs of managed policies, in the order of attachment. */
  attached: string[];
};

export type UserRow = Identity & { boundary?: string; tags: Tags; groups: string[]; passwordLastUsedAt?: Millis };
export type GroupRow = Identity;
export type RoleRow = Identity & {
  /** As written; `trustOf` says whom it means now. */
  trust: string;
  /** Unique ids of the users and roles that it names, by ARN. */
  trusted?: { [arn: string]: string };
  description?: string;
  maxSessionSeconds: number;
  boundary?: string;
  tags: Tags;
  lastUsedAt?: Millis;
  lastUsedRegion?: string;
};

export type ManagedPolicyRow = {
  arn: string;
  name: string;
  path: string;
  id: string;
  description?: string;
  versions: { id: string; document: string; createdAt: Millis }[];
  defaultVersion: string;
  /** Number the next version gets; numbers are never used again. */
  nextVersion: number;
  createdAt: Millis;
  updatedAt: Millis;
  tags: Tags;
};

export type InstanceProfileRow = {
  name: string;
  path: string;
  id: string;
  arn: string;
  createdAt: Millis;
  role?: string;
  tags: Tags;
};

export type AccessKeyRow = {
  id: string;
  secret: string;
  account: string;
  /** Empty for a key of the account's root. */
  user: string;
  status: 'Active' | 'Inactive';
  createdAt: Millis;
};

/** When and where a key was last used; a table of its own, so that writing it drops nothing that was compiled. */
export type KeyUseRow = { id: string; at: Millis; service: string; region: string };

/** A virtual MFA device. */
export type MfaDeviceRow = {
  /** Its ARN. */
  serial: string;
  path: string;
  name: string;
  /** base64. */
  seed: string;
  createdAt: Millis;
  tags: Tags;
  /** Who has it, empty for the account's root; undefined while nobody has. */
  user?: string;
  enabledAt?: Millis;
  /** The half minute of the last code that it was set by. */
  lastStep?: number;
  /** By how many half minutes the device's clock is ahead. */
  drift?: number;
  /** Of late, those whose codes opened a session. */
  usedSteps?: readonly number[];
};

/** Temporary credentials. */
export type SessionRow = {
  id: string;
  secret: string;
  token: string;
  account: string;
  kind: 'role' | 'user' | 'root' | 'federated';
  /** Role or user name, or the federated user's name. */
  name: string;
  /** Unique id of the role or user: one that was deleted and made again under the same name is another one. */
  identityId?: string;
  sessionName?: string;
  /** Texts of session policies; ARNs of managed ones. */
  policies: string[];
  policyArns: string[];
  tags: Tags;
  transitiveTagKeys: string[];
  sourceIdentity?: string;
  mfaAt?: Millis;
  /** Condition keys that a federated session keeps: `aws:FederatedProvider`, `saml:sub`. */
  context?: { [key: string]: string | string[] };
  /** What alone it is good for: requests signed for a service by this name, to what lies at this path (`/bucket`), in a mode of the service's. */
  bound?: { signing: string; path: string; mode: string };
  createdAt: Millis;
  expiresAt: Millis;
};

/** When and where a user or role last tried an action; `entity` is their unique id. */
export type AccessRow = { entity: string; service: string; action: string; at: Millis; region: string };

/** An OpenID Connect provider that an account trusts. */
export type OidcProviderRow = {
  /** Ends in the URL without its scheme. */
  arn: string;
  /** As given, with its scheme: what tokens have as `iss`. */
  url: string;
  clientIds: string[];
  thumbprints: string[];
  createdAt: Millis;
  tags: Tags;
};

/** A SAML provider that an account trusts. */
export type SamlProviderRow = {
  arn: string;
  name: string;
  /** Unique id, in the addresses to which responses for this provider alone go. */
  uuid: string;
  metadata: string;
  /** Of the metadata: whose assertions are believed, and by which certificates (base64). */
  entityId: string;
  certificates: string[];
  createdAt: Millis;
  validUntil: Millis;
  tags: Tags;
  encryption?: 'Required' | 'Allowed';
  /** Private keys (PEM) that assertions may be encrypted to. */
  keys: { id: string; pem: string; addedAt: Millis }[];
};

export type TokenAlgorithm = 'RS256' | 'ES384';

/** An account as an issuer of web identity tokens. */
export type TokenIssuerRow = {
  id: string;
  account: string;
  /** `iss` of its tokens; its documents are found below. */
  url: string;
  enabled: boolean;
  /** Private keys as PEM, their public halves as issuers show them. */
  keys: { id: string; algorithm: TokenAlgorithm; pem: string; shown: { [member: string]: string } }[];
};

/** Policies of the organization that bear on an account, by level, from the organization's root to the account itself. */
export type GuardRow = { kind: 'scp' | 'rcp'; levels: { name: string; document: string }[][] };

export const guards = table<GuardRow>()('identity.guards', { scope: 'account', key: ['kind'] });
export const users = table<UserRow>()('identity.users', {
  scope: 'account',
  key: ['name'],
  indexes: { byPath: ['path', 'name'], byId: ['id'] },
});
export const groups = table<GroupRow>()('identity.groups', {
  scope: 'account',
  key: ['name'],
  indexes: { byPath: ['path', 'name'] },
});
export const roles = table<RoleRow>()('identity.roles', {
  scope: 'account',
  key: ['name'],
  indexes: { byPath: ['path', 'name'] },
});
export const managedPolicies = table<ManagedPolicyRow>()('identity.policies', {
  scope: 'account',
  key: ['arn'],
  indexes: { byPath: ['path', 'name'], byName: ['name'] },
});
export const instanceProfiles = table<InstanceProfileRow>()('identity.instance-profiles', {
  scope: 'account',
  key: ['name'],
  indexes: { byPath: ['path', 'name'], byRole: ['role', 'name'] },
});
/** Global: a key id alone says whose it is. */
export const accessKeys = table<AccessKeyRow>()('identity.access-keys', {
  scope: 'global',
  key: ['id'],
  indexes: { byUser: ['account', 'user'] },
});
/** Keys that were deleted: any other unknown key may be a root's, these never are. */
export const deletedKeys = table<{ id: string }>()('identity.deleted-keys', { scope: 'global', key: ['id'] });
export const keyUses = table<KeyUseRow>()('identity.key-uses', { scope: 'global', key: ['id'] });
export const accesses = table<AccessRow>()('identity.accesses', {
  scope: 'account',
  key: ['entity', 'service', 'action'],
});
export const mfaDevices = table<MfaDeviceRow>()('identity.mfa-devices', {
  scope: 'account',
  key: ['serial'],
  indexes: { byUser: ['user'] },
});
export const oidcProviders = table<OidcProviderRow>()('identity.oidc-providers', { scope: 'account', key: ['arn'] });
export const samlProviders = table<SamlProviderRow>()('identity.saml-providers', { scope: 'account', key: ['arn'] });
/** Global: whoever checks a token knows only its issuer. */
export const tokenIssuers = table<TokenIssuerRow>()('identity.token-issuers', {
  scope: 'global',
  key: ['id'],
  indexes: { byAccount: ['account'] },
});
export const sessions = table<SessionRow>()('identity.sessions', {
  scope: 'global',
  key: ['id'],
  indexes: { byExpiry: ['expiresAt'] },
});
