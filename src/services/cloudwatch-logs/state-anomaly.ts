/** What CloudWatch Logs keeps of the anomalies that it looks for: detectors, what they have learnt, and what they have found. */
import type { Millis } from '#kernel/base';
import type { InputOf } from '#kernel/contract';
import { table } from '#kernel/store';

export type Frequency = NonNullable<InputOf<'cloudwatch-logs', 'CreateLogAnomalyDetector'>['evaluationFrequency']>;

export type AnomalyDetectorRow = {
  id: string;
  arn: string;
  name: string;
  groupArn: string;
  group: string;
  frequency: Frequency;
  filterPattern?: string;
  visibilityDays: number;
  isPaused: boolean;
  tags: { [key: string]: string };
  createdAt: Millis;
  modifiedAt: Millis;
  /** Events before this have been learnt or looked at; not there before it has learnt. */
  seenTo?: Millis;
  /** Spans of its frequency that it knows. */
  spans: number;
  /** Patterns of which nothing is told, and until when; 0 is for ever. */
  suppressed: { [patternId: string]: Millis };
};

/** How often something was there: its sum over the spans, and that of the squares. */
export type Habit = { sum: number; squares: number };

/** Numbers that a token was. */
export type Numbers = Habit & { count: number; least: number; most: number };

export type LearntPatternRow = {
  detector: string;
  /** 32 digits. */
  id: string;
  shape: string;
  habit: Habit;
  /** Values of each dynamic token, by how often; undefined where there are too many to be told apart. */
  tokens: ({ [value: string]: number } | null)[];
  /** Of each token that is a number; not there in what was learnt before these were. */
  numbers?: (Numbers | null)[];
};

export type AnomalyRow = {
  detector: string;
  id: string;
  /** What it is, of its detector: the pattern, and the token's value or what else is unusual. */
  what: string;
  patternId: string;
  shape: string;
  priority: 'HIGH' | 'MEDIUM' | 'LOW';
  description: string;
  firstSeen: Millis;
  lastSeen: Millis;
  isActive: boolean;
  isBaseline: boolean;
  /** Occurrences by the time of the run that found them. */
  histogram: { [at: string]: number };
  samples: { timestamp: Millis; message: string }[];
  tokens: { [value: string]: number }[];
  suppressedAt?: Millis;
  /** 0 is for ever. */
  suppressedUntil?: Millis;
};

export const anomalyDetectors = table<AnomalyDetectorRow>()('cloudwatch-logs.anomaly-detectors', {
  scope: 'region',
  key: ['id'],
  indexes: { byGroup: ['group', 'id'] },
});
export const learntPatterns = table<LearntPatternRow>()('cloudwatch-logs.learnt-patterns', {
  scope: 'region',
  key: ['detector', 'id'],
});
export const anomalies = table<AnomalyRow>()('cloudwatch-logs.anomalies', {
  scope: 'region',
  key: ['detector', 'id'],
  indexes: { byWhat: ['detector', 'what'] },
});
