/** What KMS keeps: keys, their material (always wrapped under the account's root key), aliases and grants. */
import type { Millis } from '#kernel/base';
import { table } from '#kernel/store';
import type { ConnectionErrorCodeType } from '#models/kms';

/** Fields of AWS's wire types are kept in AWS's words where they are only passed on. */
export type KeyRow = {
  /** A UUID, or `mrk-` and 32 hex digits. */
  id: string;
  arn: string;
  account: string;
  region: string;
  description: string;
  usage: 'ENCRYPT_DECRYPT' | 'SIGN_VERIFY' | 'GENERATE_VERIFY_MAC' | 'KEY_AGREEMENT' | 'ENCAPSULATE_DECAPSULATE';
  spec: string;
  origin: 'AWS_KMS' | 'EXTERNAL' | 'EXTERNAL_KEY_STORE';
  manager: 'AWS' | 'CUSTOMER';
  state: 'Enabled' | 'Disabled' | 'PendingImport' | 'PendingDeletion' | 'PendingReplicaDeletion';
  /** A state that passes by itself, which hides the other until then. */
  passing?: { state: 'Creating' | 'Updating'; until: Millis };
  policy: string;
  /** What of it counts, where not all of it does. */
  inEffect?: string;
  tags: { [key: string]: string };
  createdAt: Millis;
  /** Id of the material that encrypts; the key's other materials still decrypt. Absent until material is imported. */
  material?: string;
  /** Of an asymmetric key: SubjectPublicKeyInfo in DER, base64. */
  publicKey?: string;
  deletionAt?: Millis;
  pendingDays?: number;
  /** The Regions of a multi-Region key. The same in each of its rows. */
  multiRegion?: { primary: string; replicas: string[] };
  rotation?: { days: number; nextAt: Millis };
  /** An automatic rotation fell due while the key could not be rotated. */
  rotationDue?: true;
  onDemandRotations?: number;
  /** The external key store that it is in, and the id of its external key there. */
  external?: { store: string; id: string };
};

/** A backing key. */
export type MaterialRow = {
  /** Id of the key. */
  key: string;
  /** 64 hex digits. */
  id: string;
  /** AES-256-GCM under the account's root key: nonce, ciphertext, tag; base64. Absent while imported material is deleted or expired. */
  wrapped?: string;
  /** Order in which the key took its materials up. */
  sequence: number;
  rotatedAt?: Millis;
  rotation?: 'AUTOMATIC' | 'ON_DEMAND';
  /** Imported, and waiting for RotateKeyOnDemand to take it up. */
  pending?: true;
  description?: string;
  expires?: 'KEY_MATERIAL_EXPIRES' | 'KEY_MATERIAL_DOES_NOT_EXPIRE';
  validTo?: Millis;
};

export type AliasRow = { name: string; arn: string; key: string; createdAt: Millis; updatedAt: Millis };

export type GrantRow = {
  id: string;
  key: string;
  keyArn: string;
  name?: string;
  grantee: string;
  retiring?: string;
  /** The grantee, the retiring principal are services. */
  granteeIsService?: true;
  retiringIsService?: true;
  issuer: string;
  operations: string[];
  constraints?: {
    EncryptionContextSubset?: { [key: string]: string };
    EncryptionContextEquals?: { [key: string]: string };
    SourceArn?: string;
  };
  createdAt: Millis;
};

/** When a key was last used, and for what. */
export type LastUseRow = { key: string; operation: string; at: Millis; requestId: string };

/** How many grants a key has. */
export type GrantCountRow = { key: string; total: number };

/** How many customer managed keys there are, so that a quota need not count them. */
export type KeyCountRow = { id: 'keys'; total: number };

/** Wraps the material of an account's keys. */
export type RootRow = { id: 'root'; key: string };

/** The private half of an import's wrapping key, wrapped itself; named by the import token. */
export type ImportRow = { id: string; key: string; wrapped: string; algorithm: string; validTo: Millis };

/** An external key store. */
export type KeyStoreRow = {
  /** `cks-` and 17 hex digits. */
  id: string;
  account: string;
  region: string;
  name: string;
  createdAt: Millis;
  connection: 'CONNECTED' | 'CONNECTING' | 'DISCONNECTED' | 'FAILED';
  /** When ConnectCustomKeyStore was last called. */
  connectedAt?: Millis;
  /** Why it is FAILED. */
  failure?: ConnectionErrorCodeType;
  /** Of the proxy. */
  endpoint: string;
  path: string;
  accessKeyId: string;
  /** The secret access key, wrapped. */
  secret: string;
};

/** An external key that stands behind a KMS key: no other may have it. */
export type ExternalKeyRow = { store: string; id: string; key: string };

export const keys = table<KeyRow>()('kms.keys', { scope: 'region', key: ['id'] });
export const materials = table<MaterialRow>()('kms.materials', {
  scope: 'region',
  key: ['key', 'id'],
  indexes: { bySequence: ['key', 'sequence'] },
});
export const aliases = table<AliasRow>()('kms.aliases', {
  scope: 'region',
  key: ['name'],
  indexes: { byKey: ['key', 'name'] },
});
export const grants = table<GrantRow>()('kms.grants', {
  scope: 'region',
  key: ['key', 'id'],
  indexes: {
    byGrantee: ['key', 'grantee', 'id'],
    byName: ['key', 'name', 'id'],
    byRetiring: ['retiring', 'key', 'id'],
  },
});
export const lastUses = table<LastUseRow>()('kms.last-uses', { scope: 'region', key: ['key'] });
export const grantCounts = table<GrantCountRow>()('kms.grant-counts', { scope: 'region', key: ['key'] });
export const keyCounts = table<KeyCountRow>()('kms.key-counts', { scope: 'region', key: ['id'] });
export const roots = table<RootRow>()('kms.roots', { scope: 'account', key: ['id'] });
export const imports = table<ImportRow>()('kms.imports', { scope: 'region', key: ['id'] });
export const keyStores = table<KeyStoreRow>()('kms.key-stores', {
  scope: 'region',
  key: ['id'],
  indexes: { byName: ['name'] },
});
export const externalKeys = table<ExternalKeyRow>()('kms.external-keys', { scope: 'region', key: ['store', 'id'] });
