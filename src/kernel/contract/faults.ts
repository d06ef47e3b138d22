/** Faults on purpose, as services see them: their own fault points, and for FIS the rules. */
import type { FaultRule, FaultSettings } from '#kernel/faults';

export type { FaultRule, FaultSettings };

/** A service that calls can be struck of: its name in rules, and its operations. */
export type FaultService = { service: string; operations: readonly string[] };

export type FaultControl = {
  /**
   * What rules want, now, of a fault point of this service; their dice are thrown.
   *
   * @param resources ARNs of what it is about, under all its names
   */
  at(point: string, ...resources: readonly string[]): readonly FaultSettings[];
  /**
   * Sets a rule, in a transaction; the same id is the same rule. With a reset of the caller's account it goes.
   *
   * @returns false where there are as many rules as there may be
   */
  put(rule: FaultRule): boolean;
  /** Removes a rule, in a transaction. */
  remove(id: string): void;
  /** A service by the name that clients, policies or endpoints have for it; undefined where none of that name is built. */
  serviceOf(name: string): Promise<FaultService | undefined>;
};
