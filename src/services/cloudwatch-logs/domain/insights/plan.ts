/** What a query says, read: its commands in order, and what it needs besides the events. */
import type { Millis } from '#kernel/base';
import type { Table } from '../table.ts';
import type { Aggregate, Eval } from './aggregates.ts';
import type { Period } from './period.ts';
import type { Row } from './row.ts';

/** From the first instant to the one after the last. */
export type Window = { from: Millis; to: Millis };

/** A step of a query that runs: takes rows, gives rows on. `take` is false when it wants no more. */
export type Step = { take(row: Row): boolean; end(): void };

/** What a step may know of the query around it; the columns are those that are shown up to there. */
export type Around = { window: Window; columns: readonly string[] /** Rows of the result at most. */; limit: number };

/** `bin`: the periods of a column that is one of time, `offset` later than they are. */
export type Column = { name: string; value: Eval; bin?: { period: Period; offset: Millis } };
export type Order = { value: Eval; descending: boolean };

/** A command that is one step; it adds columns to those that are shown, or makes rows with others in their place. */
export type StepCommand = {
  kind: 'step';
  make(next: Step, around: Around): Step;
  adds?: readonly string[];
  makes?: readonly string[];
};

export type Command =
  | { kind: 'fields' | 'display'; columns: readonly Column[] }
  | { kind: 'filter'; test: Eval }
  | { kind: 'stats'; columns: readonly Column[]; by: readonly Column[]; aggregates: readonly Aggregate[] }
  | { kind: 'sort'; orders: readonly Order[] }
  | { kind: 'limit'; count: number }
  | { kind: 'dedup'; fields: readonly string[] }
  | { kind: 'unnest'; from: Eval; name: string }
  | { kind: 'pattern'; from: Eval }
  | StepCommand;

/** Groups that a query names itself: one by one, or by the beginnings of their names; `accounts` are those they may be of. */
export type GroupSource = {
  names?: readonly string[];
  prefixes?: readonly string[];
  class?: string;
  accounts?: readonly string[];
  window: Partial<Window>;
};

export type Query = {
  commands: readonly Command[];
  source: GroupSource | undefined;
  needs: Needs;
};

/** A query within a query; its rows are there before the outer one begins. */
export type Subquery = { query: Query; rows: readonly Row[]; columns: readonly string[] };

/** What is to be found before the query begins, and what its caller must be allowed. */
export type Needs = {
  subqueries: Subquery[];
  /** Lookup tables by their names, and the columns that are asked for. */
  tables: Map<string, { columns: Set<string>; table?: Table }>;
  unmasks: boolean;
  /** Fields that each `filterIndex` names: groups without an index of one of them are left out. */
  indexed: ReadonlySet<string>[];
  /** The earlier time whose events are read as well, and compared. */
  compared?: (window: Window) => Window;
  /** Commands that only groups of the class STANDARD have. */
  standardOnly: Set<string>;
};
