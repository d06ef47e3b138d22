/** Functions as processes of this machine: environments are started when calls wait for one, kept for the next, and let go when nobody comes. */
import { mkdirSync } from 'node:fs';
import { totalmem } from 'node:os';
import { HOUR, MIB, MINUTE, type Millis } from '#kernel/base';
import { type Disarm, machineAlarm, machineTick } from '#kernel/clock';
import type {
  FunctionAnswer,
  FunctionCall,
  FunctionCode,
  FunctionEngine,
  FunctionSpec,
  Place,
  Provision,
  RuntimeFault,
} from '#kernel/contract';
import { Bootstraps } from './bootstraps.ts';
import { CodeFolders } from './code.ts';
import { Environment, INIT_TIMEOUT } from './environment.ts';
import { failureOfInit, InitFailed } from './failure.ts';
import { stampOf } from './folder.ts';
import { launchOf } from './launch.ts';
import { Locals } from './locals.ts';
import type { Init } from './platform-lines.ts';
import { Runtimes } from './runtimes.ts';
import { type FunctionOptions, Sandbox } from './sandbox.ts';
import { SNAPSHOT_TIMEOUT } from './snapshot.ts';
import { Spares } from './spares.ts';

/** An environment without calls is let go after this long. Lambda says no figure; some minutes are usual. */
const IDLE_KEPT: Millis = 5 * MINUTE;
const SWEEP_EVERY: Millis = MINUTE / 2;
/** Unpacked code that nobody has run for long is looked for now and then. */
const TIDY_EVERY: Millis = HOUR / 2;
/** What an environment is taken to need when this machine's memory is shared out among them. */
const ENVIRONMENT_BYTES = 96 * MIB;
/** Environments that start at a time: more would only wait for each other's CPU. Calls that wait take whichever is free first. */
const STARTING_MAX = 4;

type Waiting = { call: FunctionCall; resolve: (answer: Promise<FunctionAnswer>) => void };

/** The environments of one key, and the calls that wait for one. */
type Pool = {
  spec: FunctionSpec;
  all: Set<Environment>;
  idle: Environment[];
  waiting: Waiting[];
  starting: number;
  /** Environments to keep started. */
  provisioned: number;
  retired: boolean;
};

export class ProcessFunctions implements FunctionEngine {
  readonly runsFolders: boolean;
  readonly #options: FunctionOptions;
  readonly #code: CodeFolders;
  readonly #runtimes = new Runtimes();
  readonly #environmentsMax = Math.max(4, Math.floor(totalmem() / 2 / ENVIRONMENT_BYTES));
  readonly #bootstraps: Bootstraps;
  readonly #spares: Spares;
  readonly #locals = new Locals();
  #sandbox: Promise<Sandbox> | undefined;
  #pools = new Map<string, Pool>();
  /** Retired pools whose calls still wait for an environment. */
  #leaving = new Set<Pool>();
  #environments = new Set<Environment>();
  /** By place, and by place and name. */
  #running = new Map<string, number>();
  /** By keys of versions. */
  #atWork = new Map<string, number>();
  #count = 0;
  #starting = 0;
  #sweeping: Disarm | undefined;
  #tidying: Promise<void> = Promise.resolve();
  #untidy: Disarm = () => {};
  #closed = false;

  constructor(options: FunctionOptions) {
    this.#options = options;
    this.runsFolders = options.runsFolders !== false;
    mkdirSync(options.scratch, { recursive: true });
    this.#code = new CodeFolders(options.scratch);
    this.#bootstraps = new Bootstraps(options.scratch, this.#runtimes);
    this.#spares = new Spares(options, this.#runtimes);
    this.#tidy();
  }

  async runtimeFault(runtime: string): Promise<RuntimeFault> {
    const fault = await this.#runtimes.fault(runtime);
    // Whoever asks is about to make a function.
    if (fault === undefined && !this.#closed) {
      this.#spares.prepare(runtime);
      void this.#bootstraps.folder(runtime).catch(() => {});
    }
    return fault;
  }

  check(code: FunctionCode, unpackedMax: number): Promise<number> {
    return this.#code.check(code, unpackedMax);
  }

  running({ account, region }: Place, name = ''): number {
    return this.#running.get(`${account}/${region}/${name}`) ?? 0;
  }

  atWork({ key }: { key: string }): number {
    return this.#atWork.get(key) ?? 0;
  }

  async invoke(given: FunctionSpec, call: FunctionCall): Promise<FunctionAnswer> {
    const spec = 'folder' in given.code ? await this.#fresh(given, given.code.folder) : given;
    this.#note(spec, 1);
    const over = () => this.#note(spec, -1);
    try {
      const answer = await this.#invoke(spec, call);
      void answer.ended.then(over);
      return answer;
    } catch (error) {
      over();
      throw error;
    }
  }

  /** A folder may have changed since its environments began: then these end, and new ones begin. */
  async #fresh(spec: FunctionSpec, folder: string): Promise<FunctionSpec> {
    const key = `${spec.key}/${await stampOf(folder)}`;
    if (!this.#pools.has(key)) this.#retire(({ spec: other }) => other.key.startsWith(`${spec.key}/`));
    return { ...spec, key };
  }

  #note({ key, place: { account, region }, name }: FunctionSpec, change: number): void {
    add(this.#running, `${account}/${region}/`, change);
    add(this.#running, `${account}/${region}/${name}`, change);
    add(this.#atWork, key, change);
  }

  #invoke(spec: FunctionSpec, call: FunctionCall): Promise<FunctionAnswer> {
    const pool = this.#pool(spec);
    const environment = pool.idle.pop();
    if (environment !== undefined) return environment.invoke(call, environment.takeInit());
    return new Promise((resolve) => {
      pool.waiting.push({ call, resolve });
      this.#startMore();
    });
  }

  async start(spec: FunctionSpec): Promise<boolean> {
    const pool = this.#pool(spec);
    // Where this machine has no room now, the first call starts one.
    if (startedOf(pool) > 0 || !this.#makeRoom()) return true;
    return this.#startOne(pool);
  }

  async provision(spec: FunctionSpec, count: number): Promise<Provision> {
    for (const other of this.#pools.values()) if (other.spec.arn === spec.arn) other.provisioned = 0;
    const pool = this.#pool(spec);
    pool.provisioned = count;
    const started = () => this.provisioned(spec);
    while (startedOf(pool) + pool.starting < count && !this.#closed) {
      if (!this.#makeRoom()) return { started: started(), fault: 'room' };
      // What does not start once would not start again.
      if (!(await this.#startOne(pool, 'provisioned-concurrency'))) return { started: started(), fault: 'start' };
    }
    return { started: started() };
  }

  provisioned({ arn, key }: { arn: string; key?: string }): number {
    return [...this.#pools.values()]
      .filter(({ spec }) => spec.arn === arn && (key === undefined || spec.key === key))
      .reduce((sum, pool) => sum + Math.min(startedOf(pool), pool.provisioned), 0);
  }

  retire(arn: string): void {
    this.#retire(({ spec }) => spec.arn === arn || spec.place.account === arn);
  }

  #retire(isMeant: (pool: Pool) => boolean): void {
    for (const [key, pool] of this.#pools) {
      if (!isMeant(pool)) continue;
      this.#pools.delete(key);
      pool.retired = true;
      if (pool.waiting.length > 0) this.#leaving.add(pool);
      else this.#code.discard(pool.spec);
      for (const environment of pool.idle.splice(0)) void environment.stop();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#sweeping?.();
    this.#untidy();
    await Promise.all([
      this.#tidying,
      this.#spares.close(),
      ...[...this.#environments].map((environment) => environment.stop()),
    ]);
    this.#locals.close();
  }

  #pool(spec: FunctionSpec): Pool {
    let pool = this.#pools.get(spec.key);
    if (pool === undefined) {
      pool = { spec, all: new Set(), idle: [], waiting: [], starting: 0, provisioned: 0, retired: false };
      this.#pools.set(spec.key, pool);
      this.#sweeping ??= machineAlarm(SWEEP_EVERY, () => this.#sweep());
    }
    return pool;
  }

  /** Starts environments for calls that wait, as far as the machine allows. */
  #startMore(): void {
    for (const pool of [...this.#leaving, ...this.#pools.values()]) {
      while (pool.starting < pool.waiting.length && this.#starting < STARTING_MAX && this.#makeRoom())
        void this.#startOne(pool);
      if (pool.waiting.length === 0 && this.#leaving.delete(pool)) this.#code.discard(pool.spec);
    }
  }

  /** Whether one more environment may be; one that has been idle longest may have to go. */
  #makeRoom(): boolean {
    if (this.#closed) return false;
    if (this.#count < this.#environmentsMax) return true;
    const idle = [...this.#pools.values()].flatMap((pool) => pool.idle).toSorted((a, b) => a.idleSince - b.idleSince);
    void idle[0]?.stop();
    return idle.length > 0;
  }

  /** Whether it has started. */
  async #startOne(pool: Pool, how: Init['type'] = usualOf(pool.spec)): Promise<boolean> {
    pool.starting += 1;
    this.#starting += 1;
    this.#count += 1;
    try {
      return await this.#launch(pool, how);
    } finally {
      pool.starting -= 1;
      this.#starting -= 1;
      this.#startMore();
    }
  }

  /** Whether an environment has started; a call that waits is told why none has. */
  async #launch(pool: Pool, how: Init['type']): Promise<boolean> {
    const { spec } = pool;
    let environment: Environment | undefined;
    const release = this.#code.hold(spec);
    try {
      await this.#locals.open(spec);
      this.#sandbox ??= Sandbox.open();
      const stream = spec.log.stream();
      const launch = await launchOf(spec, stream, how, {
        sandbox: await this.#sandbox,
        folders: this.#code,
        runtimes: this.#runtimes,
        bootstraps: this.#bootstraps,
        spares: this.#spares,
        options: this.#options,
      });
      for (const phase of ['init', 'invoke'] as const) {
        environment = new Environment(
          spec,
          stream,
          { type: how, phase },
          (one) => this.#free(pool, one),
          (one) => this.#gone(pool, one),
        );
        pool.all.add(environment);
        this.#environments.add(environment);
        void environment.left.then(this.#code.hold(spec));
        try {
          await environment.start(launch, phase === 'init' ? initTimeout(how, spec) : spec.timeout);
          if (!this.#closed) this.#spares.prepare(spec.runtime);
          this.#free(pool, environment);
          return true;
        } catch (error) {
          // What did not start for a call is tried once more, within the call's own time.
          const again = phase === 'init' && how === 'on-demand' && !this.#closed;
          if (!(error instanceof InitFailed) || !again) throw error;
          this.#count += 1;
        }
      }
      return false;
    } catch (error) {
      if (environment === undefined) this.#left(pool);
      // It may have failed before anything of it began.
      else if (!environment.isDead) void environment.stop();
      this.#refuse(pool, error, environment);
      return false;
    } finally {
      release();
    }
  }

  #free(pool: Pool, environment: Environment): void {
    const next = pool.waiting.shift();
    if (next !== undefined) next.resolve(environment.invoke(next.call, environment.takeInit()));
    else if (pool.retired || this.#closed) void environment.stop();
    else pool.idle.push(environment);
  }

  #gone(pool: Pool, environment: Environment): void {
    this.#environments.delete(environment);
    if (!pool.all.delete(environment)) return;
    this.#left(pool);
    const at = pool.idle.indexOf(environment);
    if (at !== -1) pool.idle.splice(at, 1);
    this.#startMore();
  }

  /** There is one environment less, or one that was to be is not. */
  #left(pool: Pool): void {
    this.#count -= 1;
    if (pool.all.size === 0) this.#locals.forget(pool.spec);
  }

  /** A call that waited is told why no environment started; the others have theirs to wait for. */
  #refuse(pool: Pool, error: unknown, environment: Environment | undefined): void {
    const next = pool.waiting.shift();
    if (next === undefined) return;
    const { handler, timeout } = pool.spec;
    const failure = failureOfInit(error, next.call.requestId, handler, timeout);
    const answer = { body: failure.body, contentType: 'application/json', failed: true };
    const unstarted = { tail: '', duration: 0, init: undefined, memoryUsed: 0, failed: true };
    const ended = environment?.refuse(next.call, failure) ?? unstarted;
    next.resolve(Promise.resolve({ ...answer, ended: Promise.resolve(ended) }));
  }

  /** One time after the other. */
  #tidy(): void {
    this.#untidy();
    // What can't be removed now is tried again.
    this.#tidying = this.#tidying.then(() => (this.#closed ? undefined : this.#code.tidy())).catch(() => {});
    this.#untidy = machineAlarm(TIDY_EVERY, () => this.#tidy());
  }

  #sweep(): void {
    const before = machineTick() - IDLE_KEPT;
    for (const pool of this.#pools.values())
      for (const environment of [...pool.idle])
        if (environment.idleSince < before && pool.all.size > pool.provisioned) void environment.stop();
    for (const [key, pool] of this.#pools)
      if (pool.all.size + pool.starting + pool.waiting.length + pool.provisioned === 0) this.#pools.delete(key);
    if (this.#code.hasUnwanted) this.#tidy();
    if (this.#pools.size === 0) void this.#spares.close();
    const isIdle = this.#pools.size === 0 && !this.#code.hasUnwanted;
    this.#sweeping = isIdle ? undefined : machineAlarm(SWEEP_EVERY, () => this.#sweep());
  }
}

function add(counts: Map<string, number>, key: string, change: number): void {
  const count = (counts.get(key) ?? 0) + change;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}

function usualOf({ snapshot }: FunctionSpec): Init['type'] {
  return snapshot === true ? 'snap-start' : 'on-demand';
}

function initTimeout(how: Init['type'], { timeout }: FunctionSpec): Millis {
  return how === 'snap-start' ? Math.max(SNAPSHOT_TIMEOUT, timeout) : INIT_TIMEOUT;
}

function startedOf({ all }: Pool): number {
  return [...all].filter(({ hasStarted }) => hasStarted).length;
}
