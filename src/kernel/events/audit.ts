/** The record of every call: who, when, from where, what, with what outcome. The last ones are at hand; management calls are also kept on disk. */
import { DAY, type Millis } from '#kernel/base';
import { type Store, type StoreView, table, viewOf } from '#kernel/store';

export type CallRecord = {
  requestId: string;
  at: Millis;
  account: string;
  region: string;
  service: string;
  operation: string;
  principal: string;
  principalId: string;
  /** `root`, `user`, `session`, `federated`, `service`, `anonymous`. */
  principalKind: string;
  accessKeyId?: string | undefined;
  sourceIp: string;
  userAgent: string;
  readonly: boolean;
  /** A data event (an object, an item, a message), not kept in the history. */
  data: boolean;
  status: number;
  error?: string | undefined;
  message?: string | undefined;
  /** Server time spent, in microseconds. */
  micros: number;
};

/** What was asked and answered, as JSON without what is secret; only of calls that are kept. */
export type CallDetails = {
  parameters?: string;
  response?: string;
  session?: SessionFacts;
  /** The service that passed on the call in its caller's name, or made it for one of its resources. */
  invokedBy?: string;
  touched?: readonly Touched[];
  /** What the service tells besides. */
  additional?: Readonly<Record<string, string>>;
  /** The account that called, where the call is told to the owner of what it was about. */
  from?: string;
  /** More accounts than one are told of the call. */
  shared?: true;
};

/** A resource that a call was about, with the account that owns it. */
export type Touched = { arn: string; account: string };

/** What is told of temporary credentials. */
export type SessionFacts = {
  createdAt: Millis;
  mfa: boolean;
  /** The role or user that it is of. */
  issuerArn?: string;
  sourceIdentity?: string;
  /** Who vouched for a federated one. */
  provider?: string;
};

export type KeptCall = CallRecord & CallDetails & { sequence: number };

/** Source: CloudTrail User Guide, "event history … the past 90 days". */
export const HISTORY_RETENTION: Millis = 90 * DAY;
const RECENT_MAX = 2_000;
const SWEEP_BATCH = 200;

const history = table<KeptCall>()('kernel.history', {
  scope: 'region',
  // The request's id keeps calls apart that another process made in the same moment of a virtual clock.
  key: ['at', 'sequence', 'requestId'],
  isLog: true,
});

/** Data events of accounts that have a trail for them, until they are delivered. */
const dataHistory = table<KeptCall>()('kernel.data-history', {
  scope: 'region',
  key: ['at', 'sequence', 'requestId'],
  isLog: true,
});

/** Accounts whose data events are kept, too. */
const captures = table<{ account: string; trail: string }>()('kernel.data-captures', {
  scope: 'global',
  key: ['account', 'trail'],
});
const NOWHERE = { account: '', region: '' };
const NOBODY: ReadonlySet<string> = new Set();

type Span = {
  from: Millis;
  to: Millis;
  limit: number;
  after?: Pick<KeptCall, 'at' | 'sequence' | 'requestId'> | undefined;
  reverse?: boolean;
};

/** Calls that were kept, of a place, from `from` (inclusive) to `to` (exclusive). */
export function listCalls(
  view: StoreView,
  kind: 'management' | 'data',
  { from, to, limit, after, reverse }: Span,
): KeptCall[] {
  // A bound by a call takes the place of the one by an instant.
  const first = after !== undefined && reverse !== true ? { after } : { from: { at: from } };
  const last = after !== undefined && reverse === true ? { before: after } : { before: { at: to } };
  return view.list(kind === 'data' ? dataHistory : history, { ...first, ...last, limit, reverse: reverse === true });
}

/** Forgets data events that were delivered. In a transaction. */
export function forgetData(view: StoreView, before: Millis, limit: number): void {
  for (const row of view.list(dataHistory, { before: { at: before }, limit })) view.delete(dataHistory, row);
}

/** Has an account's data events kept for a trail, or no longer. In a transaction. */
export function captureData(view: StoreView, account: string, trail: string, isWanted: boolean): void {
  const everywhere = view.in(NOWHERE);
  if (isWanted) everywhere.put(captures, { account, trail });
  else everywhere.delete(captures, { account, trail });
}

export class Audit {
  #store: Store;
  #recent: CallRecord[] = [];
  #next = 0;
  #sequence = 0;
  #version: unknown;
  #captured = new Set<string>();
  #listeners = new Set<(record: CallRecord) => void>();
  /** Calls of this turn that are to be written. */
  #gathered: KeptCall[] = [];

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * @param details asked for only where the call is kept
   * @param owners other accounts, whose resources the call was about
   */
  record(record: CallRecord, details: () => CallDetails = () => ({}), owners: ReadonlySet<string> = NOBODY): void {
    this.#recent[this.#next] = record;
    this.#next = (this.#next + 1) % RECENT_MAX;
    for (const listener of this.#listeners) listener(record);
    this.#keep(record, details);
    // Source: CloudTrail User Guide, "CloudTrail record contents", sharedEventID: the owner is not told who in the other account it was.
    for (const account of owners) {
      const { accessKeyId: _, ...rest } = record;
      const told = () => {
        const { session: __, ...more } = details();
        return { ...more, from: record.account };
      };
      this.#keep({ ...rest, account, principal: '' }, told);
    }
  }

  #keep(record: CallRecord, details: () => CallDetails): void {
    if (record.data && !this.#isCaptured(record.account)) return;
    this.#sequence += 1;
    this.#gathered.push({ ...record, ...details(), sequence: this.#sequence });
    this.#store.writeLast(this.#write);
    if (this.#sequence % SWEEP_BATCH === 0) this.#sweep(record);
  }

  #write = (): void => {
    const rows = this.#gathered;
    this.#gathered = [];
    this.#store.transact((tx) => {
      for (const row of rows) tx.put(row.data ? dataHistory : history, row, row);
    });
  };

  #isCaptured(account: string): boolean {
    const version = this.#store.version(captures);
    if (version !== this.#version) {
      this.#version = version;
      const rows = this.#store.transact((tx) => viewOf(() => tx, NOWHERE).list(captures));
      this.#captured = new Set(rows.map((row) => row.account));
    }
    return this.#captured.has(account);
  }

  /** The last calls, newest first. */
  recent(limit: number): CallRecord[] {
    const ordered = [...this.#recent.slice(this.#next), ...this.#recent.slice(0, this.#next)];
    return ordered.slice(Math.max(0, ordered.length - limit)).reverse();
  }

  /** One of the last calls. */
  find(requestId: string): CallRecord | undefined {
    return this.#recent.find((record) => record.requestId === requestId);
  }

  /** Drops the last calls, or those of one account. */
  forget(account: string | undefined): void {
    const left = this.recent(RECENT_MAX)
      .filter((record) => account !== undefined && record.account !== account)
      .reverse();
    this.#recent = left;
    this.#next = left.length % RECENT_MAX;
  }

  /** Management calls of an account and Region, newest first. */
  history(place: { account: string; region: string }, from: Millis, to: Millis, limit: number): CallRecord[] {
    return this.#store.transact((tx) =>
      viewOf(() => tx, place).list(history, { from: { at: from }, to: { at: to }, limit, reverse: true }),
    );
  }

  listen(listener: (record: CallRecord) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #sweep(place: CallRecord): void {
    this.#store.transact((tx) => {
      const view = viewOf(() => tx, place);
      for (const row of view.list(history, { before: { at: place.at - HISTORY_RETENTION }, limit: SWEEP_BATCH * 2 }))
        view.delete(history, row);
    });
  }
}
