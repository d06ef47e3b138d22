/** The one place that reads time. A clock runs (at any scale) or stands still, and can be moved forward; alarms fire as it passes them. */
import { invariant, type Millis } from '#kernel/base';
import { Alarms } from './alarms.ts';

/** setTimeout's longest delay; a later alarm is looked at again then. */
const TIMEOUT_MAX: Millis = 2 ** 31 - 1;
/** Turns of the clock that are remembered. */
const TURNS_MAX = 1_000;

/** From `machine` on (the machine's time) the clock showed `shown`, and went on `rate` times as fast; 0 is standing still. */
export type Turn = { machine: Millis; shown: Millis; rate: number };

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
  #turns: Turn[] = [];
  #heard: (turn: Turn) => void = () => {};

  /**
   * A real clock starts at the machine's time and runs; a virtual one starts at `startAt` and stands still. With `last` it goes on
   * as it was last turned, but not before `startAt`.
   */
  constructor(options: { mode: 'real' | 'virtual'; startAt?: Millis | undefined; last?: Turn | undefined }) {
    const { mode, startAt, last } = options;
    this.mode = mode;
    this.#anchor = last?.machine ?? Date.now();
    this.#base = last?.shown ?? startAt ?? this.#anchor;
    this.#running = last === undefined ? mode === 'real' : last.rate > 0;
    if (last !== undefined && last.rate > 0) this.#scale = last.rate;
    if (startAt !== undefined && startAt > this.now()) this.#show(startAt);
    this.#turns.push(this.turn);
  }

  /** How the clock was last turned. */
  get turn(): Turn {
    return { machine: this.#anchor, shown: this.#base, rate: this.#running ? this.#scale : 0 };
  }

  /** Hears each turn of the clock. */
  onTurn(listener: (turn: Turn) => void): void {
    this.#heard = listener;
  }

  now(): Millis {
    if (!this.#running) return this.#base;
    return this.#base + Math.floor((Date.now() - this.#anchor) * this.#scale);
  }

  get running(): boolean {
    return this.#running;
  }

  state(): ClockState {
    return { now: this.now(), mode: this.mode, running: this.#running, scale: this.#scale };
  }

  /** The machine's own time, which clients sign with. */
  machineNow(): Millis {
    return Date.now();
  }

  /**
   * What this clock showed when the machine's showed `machine`, or up to `within` later but before it was next turned: how old
   * something is here that was dated there. Before its first moment, and in the machine's future, both are taken to go alike.
   */
  shownAt(machine: Millis, within: Millis = 0): Millis {
    const next = this.#turns.find((one) => one.machine > machine);
    const at = Math.min(machine + within, next?.machine ?? Number.POSITIVE_INFINITY);
    const machineNow = Date.now();
    if (next === undefined && at >= machineNow) return this.now() + Math.max(0, machine - machineNow);
    const turn = this.#turns.findLast((one) => one.machine <= machine);
    if (turn !== undefined) return turn.shown + Math.floor((at - turn.machine) * turn.rate);
    const [first] = this.#turns;
    invariant(first !== undefined, 'a clock has a beginning');
    return first.shown - (first.machine - at);
  }

  /** What `advance` awaits between alarms, so that the consequences of one are complete before the next. */
  onSettle(settle: () => Promise<void>): void {
    this.#settle = settle;
  }

  freeze(): void {
    this.#rebase();
    this.#running = false;
    this.#noteTurn();
    this.#schedule();
  }

  /** Runs on, `scale` times as fast as the machine's time. */
  run(scale = 1): void {
    invariant(scale > 0 && Number.isFinite(scale), 'a clock runs forward');
    this.#rebase();
    this.#scale = scale;
    this.#running = true;
    this.#noteTurn();
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
      if (next.at > this.now()) {
        this.#show(next.at);
        this.#noteTurn();
      }
      await next.handler();
      await this.#settle();
    }
    if (target > this.now()) this.#show(target);
    this.#noteTurn();
    this.#schedule();
  }

  #show(at: Millis): void {
    this.#base = at;
    this.#anchor = Date.now();
  }

  #noteTurn(): void {
    const { turn } = this;
    if (this.#turns.at(-1)?.machine === turn.machine) this.#turns.pop();
    this.#turns.push(turn);
    if (this.#turns.length > TURNS_MAX) this.#turns.shift();
    this.#heard(turn);
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
