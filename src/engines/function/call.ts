/** A call as an environment carries it out. */
import type { Millis } from '#kernel/base';
import type { Disarm } from '#kernel/clock';
import type { FunctionAnswer, FunctionCall, FunctionReport } from '#kernel/contract';
import type { Failure } from './failure.ts';

/** In progress. */
export type Call = {
  given: FunctionCall;
  startedAt: Millis;
  init: Millis | undefined;
  restore: Millis | undefined;
  disarm: Disarm;
  /** The runtime has asked for another event, or will not any more. */
  isDone: boolean;
  /** Of the answer. */
  bytes: number | undefined;
  /** Settled once: with the answer. */
  answer: (answer: Omit<FunctionAnswer, 'ended'>) => void;
  answered: boolean;
  /** What went wrong, for the report. */
  failure: Failure | undefined;
  ended: (report: FunctionReport) => void;
};

/** What a report says of a call besides what it was. */
export type Ended = {
  duration: Millis;
  init: Millis | undefined;
  restore: Millis | undefined;
  failure: Failure | undefined;
  status: 'timeout' | 'error' | undefined;
};
