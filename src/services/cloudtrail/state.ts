/** What CloudTrail keeps: trails, and the keys that sign their digests. The calls themselves are kernel/events'. */
import type { Millis } from '#kernel/base';
import type { InputOf } from '#kernel/contract';
import { table } from '#kernel/store';

export type Selector = NonNullable<InputOf<'cloudtrail', 'PutEventSelectors'>['EventSelectors']>[number];
export type AdvancedSelector = NonNullable<
  InputOf<'cloudtrail', 'PutEventSelectors'>['AdvancedEventSelectors']
>[number];

/** How far a Region's calls have been brought somewhere. */
export type Mark = { at: Millis; sequence: number; requestId: string };

export type TrailRow = {
  name: string;
  arn: string;
  bucket: string;
  prefix?: string;
  topic?: string;
  kmsKeyId?: string;
  global: boolean;
  multiRegion: boolean;
  validated: boolean;
  logGroupArn?: string;
  logRoleArn?: string;
  tags: { [key: string]: string };
  selectors?: Selector[];
  advanced?: AdvancedSelector[];
  logging: boolean;
  startedAt?: Millis;
  stoppedAt?: Millis;
  deliveredAt?: Millis;
  deliveryError?: string;
  logsAt?: Millis;
  logsError?: string;
  digestAt?: Millis;
  /** By Region and kind: calls up to here were told to EventBridge and CloudWatch Logs. */
  told: { [place: string]: Mark };
  /** By Region and kind: calls up to here lie in files. */
  filed: { [place: string]: Mark };
  nextFileAt: Millis;
  nextDigestAt: Millis;
  /** Files since the last digest. */
  files: { key: string; hash: string; from: Millis; to: Millis }[];
  lastDigest?: { key: string; hash: string; signature: string };
};

/** An account's key for digests in a Region; PEM. */
export type KeyRow = { id: 'signing'; privateKey: string; publicKey: string; fingerprint: string; validFrom: Millis };

export const trails = table<TrailRow>()('cloudtrail.trails', { scope: 'region', key: ['name'] });
export const signingKeys = table<KeyRow>()('cloudtrail.signing-keys', { scope: 'region', key: ['id'] });
