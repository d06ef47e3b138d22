/**
 * What S3 keeps. Each version is one row: the current one, if it is an object, in `objects`; older ones and all delete markers in
 * `versions`, newest first. Its bytes are pieces in order of their offset, named by `body`, so that listings never read them.
 */
import type { Millis } from '#kernel/base';
import { ownKeyTable } from '#kernel/contract';
import { type BlobRef, table } from '#kernel/store';

export type Ownership = 'BucketOwnerEnforced' | 'BucketOwnerPreferred' | 'ObjectWriter';
export type Permission = 'FULL_CONTROL' | 'WRITE' | 'WRITE_ACP' | 'READ' | 'READ_ACP';
/** Who: the canonical id of an account, or the URI of a group. */
export type GrantRow = { id?: string; uri?: string; permission: Permission };
export type PublicAccess = { blockAcls: boolean; ignoreAcls: boolean; blockPolicy: boolean; restrict: boolean };
export type CorsRow = {
  id?: string;
  origins: string[];
  methods: string[];
  headers: string[];
  exposed: string[];
  maxAgeSeconds?: number;
};
export type Tags = { [key: string]: string };

export type BucketRow = {
  name: string;
  /** Names the bucket in the other tables, so that a bucket made again under its name starts empty. */
  id: string;
  account: string;
  region: string;
  createdAt: Millis;
  versioning?: 'Enabled' | 'Suspended';
  /** Absent where it was never configured. */
  mfaDelete?: 'Enabled' | 'Disabled';
  /** Undefined after DeleteBucketOwnershipControls: the same as ObjectWriter. */
  ownership?: Ownership;
  publicAccess?: PublicAccess;
  policy?: string;
  tags?: Tags;
  /** Undefined: FULL_CONTROL for the owner alone. */
  acl?: GrantRow[];
  cors?: CorsRow[];
  requesterPays?: boolean;
  /** Default of new objects; absent in buckets of before: SSE-S3. */
  encryption?: BucketEncryption;
  /** Present where Object Lock is enabled; with a mode, the default of new versions. */
  objectLock?: { mode?: LockMode; event?: Period } & Period;
  /** Whether there are notification configurations: what happens to objects is told. */
  notifies?: true;
  /** Whether EventBridge is told. */
  bridges?: true;
  /** Whether there are lifecycle rules. */
  lifecycle?: true;
  /** Whether there are configurations of each kind. */
  tiering?: true;
  metrics?: true;
  inventory?: true;
  analytics?: true;
  replication?: true;
  /** Whether requests are logged. */
  logs?: true;
  accelerate?: 'Enabled' | 'Suspended';
  /** Whether policies see the bucket's tags. */
  abac?: true;
  /** Of a directory bucket: the zone that it lies in. */
  directory?: { zone: string };
};

/** What has a row per id, and what no request to an object needs: apart from the bucket's row, so that it stays small. */
export type ConfigurationKind =
  | 'notification'
  | 'lifecycle'
  | 'tiering'
  | 'metrics'
  | 'inventory'
  | 'analytics'
  | 'replication'
  | 'website'
  | 'logging';
/** `value` is the configuration as the API has it; `place` where it stands among those that came with it. */
export type ConfigurationRow = { bucket: string; kind: ConfigurationKind; id: string; value: object; place?: number };

/** An access point; its name is one of its account's in its Region, its alias one of all. */
export type AccessPointRow = {
  account: string;
  region: string;
  name: string;
  alias: string;
  bucket: string;
  bucketAccount: string;
  createdAt: Millis;
  publicAccess: PublicAccess;
  vpcId?: string;
  policy?: string;
  tags?: Tags;
};

/** Work that a bucket's clock does: when it begins next, and where it goes on when it is under way. */
export type JobRow = { bucket: string; kind: 'lifecycle' | 'tiering' | 'storage'; at?: Millis; cursor?: object };

/** A record of the access log that waits to be delivered. */
export type LogLineRow = { bucket: string; at: Millis; request: string; line: string };

export type BucketEncryption = {
  kind: 'AES256' | 'aws:kms' | 'aws:kms:dsse';
  keyId?: string;
  bucketKey?: boolean;
  /** SSE-C is blocked unless it was let in. */
  allowsCustomerKeys?: boolean;
  /** ARN of the one KMS key that a directory bucket ever has. */
  onlyKey?: string;
};

/** How a body is encrypted. All texts but `keyId` are base64. */
export type EncryptionRow = {
  kind: 'AES256' | 'aws:kms' | 'aws:kms:dsse' | 'customer';
  /** The data key, wrapped under S3's root key, the key in `sealed`, or the customer's. */
  key: string;
  /** The key that KMS made, as KMS sealed it. */
  sealed?: string;
  /** ARN of the KMS key. */
  keyId?: string;
  /** What the client added to the encryption context. */
  context?: string;
  /** KMS bound the key to the bucket, not to the object. */
  bucketKey?: boolean;
  /** Of the customer's key. */
  md5?: string;
};

/** Where a version of Intelligent-Tiering lies. */
export type AccessTier = 'FREQUENT' | 'INFREQUENT' | 'ARCHIVE_INSTANT_ACCESS' | 'ARCHIVE' | 'DEEP_ARCHIVE';

export type ChecksumRow = { algorithm: string; value: string; type: 'FULL_OBJECT' | 'COMPOSITE' };

/** What a client says about an object when it writes one. */
export type Attributes = {
  contentType?: string;
  cacheControl?: string;
  contentDisposition?: string;
  contentEncoding?: string;
  contentLanguage?: string;
  expires?: string;
  redirect?: string;
  storageClass?: string;
  metadata?: { [name: string]: string };
};

export type LockMode = 'GOVERNANCE' | 'COMPLIANCE';
/** So many days, or years of the calendar. */
export type Period = { days?: number; years?: number };

/** Retention, which has a mode and ends at a time, or at the earliest then while an event hold is on; and legal hold: true or false once it was set. */
export type LockRow = { mode?: LockMode; until?: Millis; event?: { on: boolean } & Period; hold?: boolean };

/** How far the copies of a version are, by the id of the rule that wants each; a copy itself is a REPLICA. */
export type ReplicationRow = {
  status: 'PENDING' | 'COMPLETED' | 'FAILED' | 'REPLICA';
  /**
   * A copy that what was changed about it made wait. Source: S3 User Guide, "Getting replication status information", Replication status if
   * Amazon S3 replica modification sync is enabled.
   */
  replica?: true;
  to?: { [rule: string]: 'PENDING' | 'COMPLETED' | 'FAILED' };
  /** Which bucket, by its own id, has got a rule's copy: one that is not there any more was deleted. */
  at?: { [rule: string]: string };
  /** Why a rule's copy failed. */
  why?: { [rule: string]: string };
  /** A job of Batch Operations wants the copies. */
  batch?: true;
};

/** A copy of an archived version, there from `readyAt` until `until`; without `until` the version itself comes back. */
export type RestoreRow = {
  readyAt: Millis;
  until?: Millis;
  /** That it is there has been told. */
  told?: true;
};

export type VersionRow = {
  bucket: string;
  key: string;
  /** Falls with each version of a key, so that the newest comes first. */
  rank: number;
  /** `null` for one written while versioning was not enabled. */
  versionId: string;
  /** Set on null versions in `versions`: the index finds them. */
  isNull?: true;
  marker?: true;
  size: number;
  etag: string;
  modifiedAt: Millis;
  body?: string;
  /** Number of parts of a multipart object. */
  parts?: number;
  /** Copied from a multipart object: the pieces are its parts, but it has none itself. */
  joined?: true;
  checksum?: ChecksumRow;
  attributes: Attributes;
  tags?: Tags;
  /** Undefined: FULL_CONTROL for the owner alone. */
  acl?: GrantRow[];
  /** Account. */
  owner: string;
  lock?: LockRow;
  /** Absent where the body was written before bodies were encrypted. */
  encryption?: EncryptionRow;
  restore?: RestoreRow;
  replication?: ReplicationRow;
  /** The version id, where its rank is not the one that the id tells: a replica's id was made elsewhere. */
  foreignId?: string;
  /** Of a version in Intelligent-Tiering: when it was last read, or came there. */
  accessedAt?: Millis;
};

/** A run of an object's bytes; `checksum` and `part` are those of the part it was uploaded as. */
export type PieceRow = {
  body: string;
  offset: number;
  part: number;
  size: number;
  ref: BlobRef;
  /** Of the body's encryption. */
  nonce?: string;
  checksum?: string;
};

export type UploadRow = {
  bucket: string;
  key: string;
  /** Ordered by the instant it began. */
  id: string;
  initiatedAt: Millis;
  /** ARN or canonical id of who began it. */
  initiator: string;
  owner: string;
  attributes: Attributes;
  tags?: Tags;
  acl?: GrantRow[];
  lock?: LockRow;
  encryption?: EncryptionRow;
  algorithm: string;
  checksumType: 'FULL_OBJECT' | 'COMPOSITE';
  /** The client chose the algorithm. */
  chosen: boolean;
  /** Which version of the key was the newest when it began; absent in uploads of before, which nothing disturbs. */
  over?: string;
  /** A version of the key was removed since, of which no trace may be left. */
  disturbed?: true;
};

export type PartRow = {
  upload: string;
  part: number;
  size: number;
  etag: string;
  modifiedAt: Millis;
  ref: BlobRef;
  nonce?: string;
  checksum: string;
};

/** Bucket names are one space for all accounts and Regions. */
export const buckets = table<BucketRow>()('s3.buckets', {
  scope: 'global',
  key: ['name'],
  indexes: { byAccount: ['account', 'name'], byRegion: ['account', 'region', 'name'] },
});
/** Directory buckets, apart: no list of buckets has them. */
export const directoryBuckets = table<BucketRow>()('s3.directory-buckets', {
  scope: 'global',
  key: ['name'],
  indexes: { byRegion: ['account', 'region', 'name'] },
});
export const accessPoints = table<AccessPointRow>()('s3.access-points', {
  scope: 'global',
  key: ['account', 'region', 'name'],
  indexes: {
    byAlias: ['alias'],
    byBucket: ['account', 'region', 'bucket', 'name'],
    byTarget: ['bucket', 'bucketAccount'],
  },
});
/** What an account blocks in all of its buckets. */
export const accountBlocks = table<{ account: string; block: PublicAccess }>()('s3.account-blocks', {
  scope: 'global',
  key: ['account'],
});
export const configurations = table<ConfigurationRow>()('s3.configurations', {
  scope: 'region',
  key: ['bucket', 'kind', 'id'],
});
export const jobs = table<JobRow>()('s3.jobs', { scope: 'region', key: ['bucket', 'kind'] });
export const logLines = table<LogLineRow>()('s3.log-lines', { scope: 'region', key: ['bucket', 'at', 'request'] });
/** The number of the last thing that happened in a bucket that tells. */
export const sequences = table<{ bucket: string; last: number }>()('s3.sequences', {
  scope: 'region',
  key: ['bucket'],
});
/** S3's own key in each account and Region, which wraps the data keys of SSE-S3. */
export const rootKeys = ownKeyTable('s3.root-keys');
export const objects = table<VersionRow>()('s3.objects', { scope: 'region', key: ['bucket', 'key'] });
export const versions = table<VersionRow>()('s3.versions', {
  scope: 'region',
  key: ['bucket', 'key', 'rank'],
  indexes: { byNull: ['bucket', 'key', 'isNull'], byForeign: ['bucket', 'key', 'foreignId'] },
});
export const pieces = table<PieceRow>()('s3.pieces', { scope: 'region', key: ['body', 'offset'] });
export const uploads = table<UploadRow>()('s3.uploads', { scope: 'region', key: ['bucket', 'key', 'id'] });
/** Renamings that have succeeded, by their clients' tokens; `request` is a hash of what was asked. */
export const renames = table<{ bucket: string; token: string; request: string; expiresAt: Millis }>()('s3.renames', {
  scope: 'region',
  key: ['bucket', 'token'],
  indexes: { byExpiry: ['expiresAt'] },
});
export const parts = table<PartRow>()('s3.parts', { scope: 'region', key: ['upload', 'part'] });
/** Versions whose copies are not made while replication is paused on purpose. */
export const heldCopies = table<{
  account: string;
  region: string;
  name: string;
  bucket: string;
  key: string;
  versionId: string;
}>()('s3.held-copies', { scope: 'region', key: ['bucket', 'key', 'versionId'] });
