/** A drill that goes on, as this process knows it. */
import type { Millis } from '#kernel/base';
import type { Aws } from '#kernel/contract';
import type { Calls } from './calls.ts';
import type { Look } from './signs.ts';

export type Drill = {
  id: string;
  account: string;
  region: string;
  aws: Aws;
  looks: readonly Look[];
  calls: Calls;
  since: Millis;
  deadBefore: ReadonlyMap<string, number>;
  /** The template that was made for it, and goes with it. */
  template: string | undefined;
  unlisten: () => void;
};
