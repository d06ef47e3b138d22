/**
 * Work that a service has begun and must finish: kept with the state, so that it is taken up again after a restart. Tasks run at once and side
 * by side, at least once. A timer's handler holds up the other timers, an event's those after it; what may take long is a task.
 */
import type { Millis } from '#kernel/base';
import type { Activity, Clock } from '#kernel/clock';
import { mayPass, ServiceError, TROUBLE_PAUSES } from '#kernel/contract';
import { type Place, type Store, type Transaction, table, viewOf } from '#kernel/store';

export type TaskRow = {
  service: string;
  task: string;
  account: string;
  region: string;
  key: string;
  payload: Record<string, unknown>;
  /** Another number each time it is begun anew. */
  run: number;
};

const tasks = table<TaskRow>()('kernel.tasks', {
  scope: 'global',
  key: ['service', 'task', 'account', 'region', 'key'],
});
const NOWHERE: Place = { account: '', region: '' };
/** Tasks that run at a time; the others wait their turn. */
const RUNNING_MAX = 1_024;
const RETRY_AFTER: Millis = 1_000;
/** Of all work that is insisted on. */
const HELD_BYTES_MAX = 16_777_216;

export type RunTask = (task: TaskRow) => Promise<void>;

export class Tasks {
  #store: Store;
  #clock: Clock;
  #run: RunTask;
  #activity: Activity | undefined;
  #running = new Map<string, Promise<void>>();
  #waiting = new Map<string, TaskRow>();
  #tracked = new Set<Promise<void>>();
  #stopped = false;
  #held = 0;

  constructor(store: Store, clock: Clock, run: RunTask, activity?: Activity) {
    this.#activity = activity;
    this.#store = store;
    this.#clock = clock;
    this.#run = run;
    store.onUndone(() => this.start());
  }

  /** Takes up what is stored: what the last process left, or what came with another state. */
  start(): void {
    this.#waiting.clear();
    for (const row of this.#store.transact((tx) => viewOf(() => tx, NOWHERE).list(tasks))) this.#begin(row);
  }

  /** Begins a task when the transaction commits. One that already runs, under the same name and key, runs once more after it. */
  add(tx: Transaction, given: Omit<TaskRow, 'run'>): void {
    const view = viewOf(() => tx, NOWHERE);
    const row = { ...given, run: (view.get(tasks, given)?.run ?? 0) + 1 };
    view.put(tasks, row);
    tx.afterCommit(() => this.#begin(row));
  }

  /** Work that is no task: only `idle` waits for it. */
  track(work: Promise<void>): void {
    this.#activity?.add(work);
    this.#tracked.add(work);
    void work.finally(() => this.#tracked.delete(work));
  }

  /**
   * Work that is done again while trouble of who refuses it may pass; given up after the last pause, or where so much waits already. Resolves when it was
   * tried once: `idle` does not wait while it waits for the clock.
   *
   * @param bytes held in memory meanwhile
   */
  async insist(bytes: number, attempt: () => Promise<unknown>): Promise<void> {
    if ((await isSettled(attempt)) || this.#held + bytes > HELD_BYTES_MAX) return;
    this.#held += bytes;
    const { epoch } = this.#store;
    const again = ([pause, ...rest]: readonly Millis[]) => {
      if (pause === undefined) this.#held -= bytes;
      else this.#clock.alarm(this.#clock.now() + pause, () => this.track(once(rest)));
    };
    const once = async (rest: readonly Millis[]) => {
      if (this.#stopped || this.#store.epoch !== epoch || (await isSettled(attempt))) this.#held -= bytes;
      else again(rest);
    };
    again(TROUBLE_PAUSES);
  }

  get running(): number {
    return this.#running.size;
  }

  /** Resolves when none runs. */
  async idle(): Promise<void> {
    while (this.#running.size + this.#tracked.size > 0)
      await Promise.all([...this.#running.values(), ...this.#tracked]);
  }

  stop(): void {
    this.#stopped = true;
    this.#waiting.clear();
  }

  #begin(row: TaskRow): void {
    if (this.#stopped) return;
    const name = nameOf(row);
    if (this.#running.has(name) || this.#running.size >= RUNNING_MAX) this.#waiting.set(name, row);
    else {
      const run = this.#one(name, row);
      this.#running.set(name, run);
      this.#activity?.add(run);
    }
  }

  async #one(name: string, row: TaskRow): Promise<void> {
    const { epoch } = this.#store;
    // What is not durable may yet be undone, and must not have been worked on.
    await this.#store.durable()?.catch(() => {});
    let failed = false;
    try {
      if (this.#isStored(row)) await this.#run(row);
    } catch {
      failed = true;
    }
    this.#running.delete(name);
    if (this.#store.epoch === epoch && !this.#stopped) {
      if (failed) this.#clock.alarm(this.#clock.now() + RETRY_AFTER, () => this.#again(row));
      else this.#remove(row);
    }
    this.#next(name);
  }

  #again(row: TaskRow): void {
    if (!this.#stopped && this.#isStored(row)) this.#begin(row);
  }

  #next(name: string): void {
    const again = this.#waiting.get(name) ?? [...this.#waiting.values()].find((row) => !this.#running.has(nameOf(row)));
    if (again === undefined) return;
    this.#waiting.delete(nameOf(again));
    this.#begin(again);
  }

  /** Whether this run is still wanted: the state may be another one, or a later run stands for it. */
  #isStored(row: TaskRow): boolean {
    return this.#store.transact((tx) => viewOf(() => tx, NOWHERE).get(tasks, row))?.run === row.run;
  }

  #remove(row: TaskRow): void {
    if (this.#isStored(row)) this.#store.transact((tx) => viewOf(() => tx, NOWHERE).delete(tasks, row));
  }
}

/** Whether work is done, or refused by who won't take it later either; bugs are thrown. */
async function isSettled(attempt: () => Promise<unknown>): Promise<boolean> {
  try {
    await attempt();
    return true;
  } catch (error) {
    if (error instanceof ServiceError) return !mayPass(error);
    throw error;
  }
}

function nameOf({ service, task, account, region, key }: TaskRow): string {
  return `${service}/${task}/${account}/${region}/${key}`;
}
