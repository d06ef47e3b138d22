/** Limits of FIS. Source: FIS User Guide, "Quotas and limitations". */
import { DAY, HOUR, MINUTE, type Millis } from '#kernel/base';

export const TEMPLATES_MAX = 500;
export const ACTIVE_EXPERIMENTS_MAX = 5;
export const ACTIONS_MAX = 20;
/** Actions that begin with the experiment. */
export const PARALLEL_ACTIONS_MAX = 10;
export const STOP_CONDITIONS_MAX = 5;
export const ACCOUNTS_MAX = 40;

/** Resources that the actions of one kind have for targets in an experiment. */
export const FUNCTIONS_TARGETED_MAX = 140;
export const TABLES_TARGETED_MAX = 60;
export const BUCKETS_TARGETED_MAX = 25;

/** Of an action. */
export const DURATION_MIN: Millis = MINUTE;
export const DURATION_MAX: Millis = 12 * HOUR;

/** "Completed experiment data retention". */
export const RETENTION: Millis = 120 * DAY;
/** How long a client token is remembered. Deviation: AWS does not say. */
export const TOKEN_RETENTION: Millis = DAY;

/** Source: FIS User Guide, "aws:cloudwatch:assert-alarm-state". */
export const ASSERTED_ALARMS_MAX = 5;
export const LIST_DEFAULT = 100;
/** Log records of one delivery, and rows that are forgotten at a time. */
export const BATCH = 500;
/** Source: FIS User Guide, "Experiment logging": the current schema version is 2. */
export const LOG_VERSIONS = [1, 2];
