/** The one place that reads time. A clock runs (at any scale) or stands still, and can be moved forward; alarms fire as it passes them. */
import { invariant, type Millis } from '#kernel/base';
import { Alarms } from './alarms.ts';

/** setTimeout's longest delay; a later alarm is looked at again then. */
const TIMEOUT_MAX: Millis = 2 ** 31 - 1;

export type ClockState = { now: Millis; mode: 'real' | 'virtual'; running: boolean; scale: number };

export type Disarm = () => void;

/** Called when its instant is reached; what it returns is awaited before a virtual clock moves on. */
export type AlarmHandler = () => void | Promise<void>;

export class Clock {
  readonly mode: 'real' | 'virtual';
  #alarms = new Alarms();
  /** The clock shows `#base + (machine time − #anchor) × #scale` while it runs, `#base` while it stands. */
  #base: Millis;
  #anchor: Millis;
  #scale = 1;
  #running: boolean;
  #timer: NodeJS.Timeout | undefined;
  #settle: () => Promise<void> = async () => {};
  #advancing: Promise<void> = Promise.resolve();

  /** A real clock starts at the machine's time and runs; a virtual one starts at `startAt` and stands still. */
  constructor(options: { mode: 'real' | 'virtual'; startAt?: Millis | undefined }) {
    this.mode = options.mode;
    this.#anchor = Date.now();
    this.#base = options.startAt ?? this.#anchor;
    this.#running = options.mode === 'real';
  }

  now(): Millis {
    if (!this.#running) return this.#base;
    return this.#base + Math.floor((Date.now() - this.#anchor) * this.#scale);
  }

  state(): ClockState {
    return { now: this.now(), mode: this.mode, running: this.#running, scale: this.#scale };
  }

  /** Whether it shows another time than the machine does: frozen, scaled or moved. */
  isTurned(): boolean {
    return !this.#running || Math.abs(this.now() - Date.now()) > 2_000;
  }

  /** What `advance` awaits between alarms, so that the consequences of one are complete before the next. */
  onSettle(settle: () => Promise<void>): void {
    this.#settle = settle;
  }

  freeze(): void {
    this.#rebase();
    this.#running = false;
    this.#schedule();
  }

  /** Runs on, `scale` times as fast as the machine's time. */
  run(scale = 1): void {
    invariant(scale > 0 && Number.isFinite(scale), 'a clock runs forward');
    this.#rebase();
    this.#scale = scale;
    this.#running = true;
    this.#schedule();
  }

  /** Moves forward by `duration`, stopping at each alarm on the way. Calls are carried out one after the other. */
  advance(duration: Millis): Promise<void> {
    invariant(duration >= 0 && Number.isFinite(duration), 'time only moves forward');
    const turn = this.#advancing.then(() => this.#moveTo(this.now() + duration));
    this.#advancing = turn.catch(() => {});
    return turn;
  }

  /** Calls `handler` once when the clock reaches `at` (at once, in a later turn, when that is past). */
  alarm(at: Millis, handler: AlarmHandler): Disarm {
    const entry = this.#alarms.add(at, handler);
    if (this.#alarms.first() === entry) this.#schedule();
    return () => this.#alarms.remove(entry);
  }

  /** Resolves when the clock has moved on by `duration`. */
  sleep(duration: Millis): Promise<void> {
    return new Promise((resolve) => {
      this.alarm(this.now() + duration, resolve);
    });
  }

  /** No alarm fires any more. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#alarms.clear();
  }

  async #moveTo(target: Millis): Promise<void> {
    await this.#settle();
    for (let next = this.#alarms.first(); next !== undefined && next.at <= target; next = this.#alarms.first()) {
      this.#alarms.remove(next);
      if (next.at > this.now()) this.#show(next.at);
      await next.handler();
      await this.#settle();
    }
    if (target > this.now()) this.#show(target);
    this.#schedule();
  }

  #show(at: Millis): void {
    this.#base = at;
    this.#anchor = Date.now();
  }

  #rebase(): void {
    this.#show(this.now());
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    const next = this.#alarms.first();
    if (next === undefined || (!this.#running && next.at > this.#base)) return;
    const delay = Math.max(0, Math.ceil((next.at - this.now()) / this.#scale));
    this.#timer = setTimeout(() => this.#fireDue(), Math.min(delay, TIMEOUT_MAX));
    this.#timer.unref();
  }

  #fireDue(): void {
    for (let next = this.#alarms.first(); next !== undefined && next.at <= this.now(); next = this.#alarms.first()) {
      this.#alarms.remove(next);
      void next.handler();
    }
    this.#schedule();
  }
}
