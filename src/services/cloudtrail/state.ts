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
/** By Region and kind: `us-east-1/data`. */
export type Marks = { [place: string]: Mark };

/** Where it lies is kept, for a trail may go to another bucket. */
export type Digest = { bucket?: string; key: string; hash: string; signature: string };

export type TrailRow = {
  name: string;
  arn: string;
  bucket: string;
  prefix?: string;
  topic?: string;
  kmsKeyId?: string;
  global: boolean;
  multiRegion: boolean;
  /** `RecursiveLogging`: false where its own deliveries are none of its events. */
  recursive?: boolean;
  validated: boolean;
  /** When it was last made so. */
  validatedAt?: Millis;
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
  deliveryTriedAt?: Millis;
  /** How telling the topic went. */
  notifications?: { triedAt: Millis; sentAt?: Millis; error?: string | undefined };
  logsAt?: Millis;
  logsError?: string;
  digestAt?: Millis;
  /** Calls up to here were told to EventBridge, and to CloudWatch Logs. */
  told: Marks;
  /** And to CloudWatch Logs, where that is behind. */
  logged?: Marks;
  /** Calls up to here lie in files. */
  filed: Marks;
  nextFileAt: Millis;
  nextDigestAt: Millis;
  /** Files since the last digest. */
  files: { bucket?: string; key: string; hash: string; from: Millis; to: Millis }[];
  lastDigest?: Digest;
  /** The last digests of other Regions. */
  abroad?: { [region: string]: Digest };
  /** Insights that are looked for, since when. */
  insights?: {
    /** Of management events. */
    types: InsightType[];
    /** Of data events. */
    data?: InsightType[];
    since: Millis;
    /** When rates were last looked at. */
    lookedAt?: Millis;
  };
};

export type InsightType = 'ApiCallRateInsight' | 'ApiErrorRateInsight';

/** An unusual rate that goes on. */
export type OpenInsight = {
  /** What its beginning and its end have in common. */
  shared: string;
  type: InsightType;
  region: string;
  source: string;
  name: string;
  /** It is of data events. */
  data?: true;
  error?: string;
  from: Millis;
  /** Calls a minute. */
  usual: number;
  count: number;
  minutes: number;
  users: { [arn: string]: number };
  agents: { [agent: string]: number };
  errors?: { [code: string]: number };
};

/** How often a call, or an error of it, comes; `what` names it among those of a trail. */
export type RateRow = {
  trail: string;
  what: string;
  /** By days since 1970. */
  days: { [day: string]: number };
  insight?: OpenInsight;
  open?: 1;
};

/** How often a call, or an error of it (otherwise ''), came in a minute of a Region. */
export type MinuteRow = {
  trail: string;
  region: string;
  type: InsightType;
  source: string;
  name: string;
  error: string;
  at: Millis;
  count: number;
};

/** A record of what was unusual. */
export type InsightRow = { id: string; at: Millis; trail: string; data?: true; record: { [member: string]: unknown } };

/** An account's key for digests in a Region; PEM. */
export type KeyRow = { id: 'signing'; privateKey: string; publicKey: string; fingerprint: string; validFrom: Millis };

export const trails = table<TrailRow>()('cloudtrail.trails', { scope: 'region', key: ['name'] });
export const signingKeys = table<KeyRow>()('cloudtrail.signing-keys', { scope: 'region', key: ['id'] });
export const callRates = table<RateRow>()('cloudtrail.call-rates', {
  scope: 'region',
  key: ['trail', 'what'],
  indexes: { byOpen: ['trail', 'open', 'what'] },
});
export const insights = table<InsightRow>()('cloudtrail.insights', { scope: 'region', key: ['at', 'id'] });
export const callMinutes = table<MinuteRow>()('cloudtrail.call-minutes', {
  scope: 'region',
  key: ['trail', 'region', 'type', 'source', 'name', 'error', 'at'],
  indexes: { byTime: ['at', 'trail', 'region', 'type', 'source', 'name', 'error'] },
});
