/**
 * A bed for simulations: one seed makes a cloud, its faults, crashes and clock, and whatever the workload draws, so that a run can
 * be had again. A crash drops everything that was not durable: of a cloud in memory what was written since the last flush, of one
 * with a folder what a copy of the folder does not have.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Engines } from '#kernel/contract';
import type { FaultRule } from '#kernel/faults';
import type { GatewayReply } from '#kernel/gateway';
import { Random, type RandomStream } from '#kernel/random';
import { BlobMemory, MemoryDriver } from '#kernel/store';
import { type Cloud, createCloud, openStorage, type Storage } from '#main/cloud';
import { START } from './cloud.ts';
import { stamp } from './sign.ts';

export type Kind = 'memory' | 'sqlite';

export type Workload = (simulation: Simulation) => Promise<void>;

/** What a client knows of a call: it was answered, refused, or nothing was heard of it. */
export type Outcome<Output = Record<string, unknown>> =
  | { kind: 'done'; output: Output }
  | { kind: 'refused'; code: string; status: number }
  | { kind: 'lost' };

/** A REST answer: the headers that tell of an object, and the body. */
export type Answer = { headers: { [name: string]: string }; body: string };

const ACCOUNT = '123456789012';
/** Lines of the trace that a failure shows. */
const SHOWN = 40;
const LINE_MAX = 300;

/** Remembers what was there at the last flush. */
class Disk extends MemoryDriver {
  durable: MemoryDriver = new MemoryDriver();
  override flush(): void {
    this.durable = this.clone();
  }
}

export class Simulation {
  readonly seed: string;
  readonly kind: Kind;
  /** What the workload draws from. */
  readonly random: RandomStream;
  cloud: Cloud;
  crashes = 0;
  readonly failures: string[] = [];
  #folder = '';
  #hash = createHash('sha256');
  #last: string[] = [];
  #crashed = Promise.withResolvers<void>();
  #left: Cloud[] = [];
  readonly #engines: Partial<Engines> | undefined;

  constructor(seed: string, kind: Kind, engines?: Partial<Engines>) {
    this.#engines = engines;
    this.seed = seed;
    this.kind = kind;
    this.random = new Random(seed).stream('workload');
    if (kind === 'sqlite') this.#folder = mkdtempSync(join(tmpdir(), 'cloudyard-sim-'));
    this.cloud = this.#open(START, this.#storage());
  }

  get now(): number {
    return this.cloud.kernel.clock.now();
  }

  /** The digest of all that happened so far. */
  get trace(): string {
    return this.#hash.copy().digest('hex');
  }

  /** The end of the trace, for a person. */
  get tail(): string {
    return this.#last.join('\n');
  }

  /** Writes down what happened. */
  note(...what: unknown[]): void {
    const line = `${this.now - START} ${what.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))).join(' ')}`;
    this.#hash.update(`${line}\n`);
    this.#last.push(line.slice(0, LINE_MAX));
    if (this.#last.length > SHOWN) this.#last.shift();
  }

  /** True once in `odds` draws. */
  chance(odds: number): boolean {
    return this.random.below(odds) === 0;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.random.below(from.length)] as T;
  }

  /** Calls an operation of a JSON service through the whole pipeline, as the root of an account. */
  async call<Output>(service: string, operation: string, input: object): Promise<Outcome<Output>> {
    const head = this.cloud.kernel.catalog.heads.get(service);
    assert.ok(head?.target !== undefined, `${service} speaks JSON`);
    const outcome = await this.#answer('POST', '/', Buffer.from(JSON.stringify(input)), head.signing, {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `${head.target}.${operation}`,
    });
    const seen = outcomeOf<Output>(outcome);
    this.note(operation, input, seen);
    return seen;
  }

  /** Sends a request of a REST service; `refused` has the code that an XML body names. */
  async send(
    service: string,
    method: string,
    target: string,
    body = '',
    headers: { [name: string]: string } = {},
  ): Promise<Outcome<Answer>> {
    const reply = await this.#answer(method, target, Buffer.from(body), service, headers);
    const outcome = await answerOf(reply);
    this.note(method, target, body, outcome);
    return outcome;
  }

  /** Undefined when the cloud crashed first. */
  #answer(
    method: string,
    target: string,
    body: Buffer,
    signing: string,
    headers: { [name: string]: string },
  ): Promise<GatewayReply | undefined> {
    const { cloud } = this;
    const time = stamp(this.now);
    const answered = cloud.handle({
      method,
      target,
      headers: {
        host: 'localhost',
        authorization: `AWS4-HMAC-SHA256 Credential=${ACCOUNT}/${time.slice(0, 8)}/us-east-1/${signing}/aws4_request, SignedHeaders=host, Signature=0`,
        'x-amz-date': time,
        'content-length': String(body.length),
        ...headers,
      },
      body: {
        length: body.length,
        [Symbol.asyncIterator]: async function* () {
          yield body;
        },
      },
      readBody: () => body,
      sourceIp: '127.0.0.1',
      secure: false,
    });
    // An abandoned cloud may go on and answer; nobody hears it any more.
    const heard = answered.then((reply) => (cloud === this.cloud ? reply : undefined));
    return Promise.race([this.#crashed.promise.then(() => undefined), heard]);
  }

  /** Moves time on, and what follows from it is durable then. */
  async advance(millis: number): Promise<void> {
    await this.cloud.kernel.clock.advance(millis);
    await this.cloud.settle();
    this.note('advanced', millis);
  }

  /** Moves time on in small steps until the work is done: what sleeps in it has to wake. */
  async during(work: Promise<unknown>, step: number): Promise<void> {
    let running = true;
    const done = work.finally(() => {
      running = false;
    });
    done.catch(() => {});
    while (running) {
      // Whatever can go on without time goes on first.
      for (let turn = 0; turn < 8 && running; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      if (running) await this.cloud.kernel.clock.advance(step);
    }
    await done;
  }

  fault(rule: Partial<FaultRule> & Pick<FaultRule, 'effect'>): void {
    const { faults } = this.cloud.kernel;
    faults.put({ id: `fault ${faults.list().length}`, probability: 1, ...rule });
  }

  mend(): void {
    const { faults } = this.cloud.kernel;
    for (const { id } of faults.list()) faults.remove(id);
  }

  /** Abandons the cloud where it stands, without closing it, and opens what it left. Calls under way are lost. */
  async crash(): Promise<void> {
    const { now, cloud } = this;
    this.crashes += 1;
    const storage = this.#leftStorage();
    const crashed = this.#crashed;
    this.#crashed = Promise.withResolvers();
    cloud.kernel.timers.stop();
    cloud.kernel.outbox.stop();
    cloud.kernel.tasks.stop();
    cloud.kernel.clock.stop();
    this.#left.push(cloud);
    this.cloud = this.#open(now, storage);
    crashed.resolve();
    assert.equal(this.now, now, 'time goes on where it was');
    this.note('crashed');
    await this.settle();
  }

  /** Lets everything happen that needs no time. */
  async settle(): Promise<void> {
    await this.cloud.settle();
    for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const cloud of [...this.#left, this.cloud]) await cloud.close().catch(() => {});
    if (this.#folder !== '') rmSync(this.#folder, { recursive: true });
  }

  #open(startAt: number, storage: Storage): Cloud {
    return createCloud(
      { clock: 'virtual', startAt, seed: this.seed, engines: this.#engines },
      (level, message, fields) => {
        if (level === 'error') this.failures.push(`${message} ${JSON.stringify(fields)}`);
      },
      storage,
    );
  }

  #storage(): Storage {
    if (this.kind === 'memory') return { driver: new Disk(), blobs: new BlobMemory(), folder: undefined };
    return openStorage({ data: join(this.#folder, String(this.crashes)) });
  }

  #leftStorage(): Storage {
    const { driver } = this.cloud.kernel.store;
    if (driver instanceof Disk) {
      const disk = new Disk();
      disk.become(driver.durable);
      disk.durable = driver.durable.clone();
      // A copy: the abandoned cloud may go on, and removes what it no longer needs.
      return { driver: disk, blobs: (this.cloud.kernel.blobs.driver as BlobMemory).clone(), folder: undefined };
    }
    const from = this.cloud.folder?.path ?? '';
    const to = join(this.#folder, String(this.crashes));
    mkdirSync(to);
    for (const name of ['FORMAT', 'state.db', 'state.db-wal', 'state.db-redo', 'blobs'])
      if (existsSync(join(from, name))) cpSync(join(from, name), join(to, name), { recursive: true });
    return this.#storage();
  }
}

function outcomeOf<Output>(reply: GatewayReply | undefined): Outcome<Output> {
  if (reply === 'close' || reply === undefined) return { kind: 'lost' };
  const body = JSON.parse(String(reply.body) || '{}');
  if (reply.status < 300) return { kind: 'done', output: body };
  return { kind: 'refused', code: String(body.__type).replace(/^.*#/, ''), status: reply.status };
}

/** What a REST service answered. Ids of requests are left out of it. */
async function answerOf(reply: GatewayReply | undefined): Promise<Outcome<Answer>> {
  if (reply === 'close' || reply === undefined) return { kind: 'lost' };
  const { status, headers } = reply;
  const body = await textOf(reply.body);
  if (status >= 300) return { kind: 'refused', code: /<Code>(.*?)<\/Code>/.exec(body)?.[1] ?? '', status };
  const shown = Object.entries(headers).filter(([name]) => name === 'etag' || name.startsWith('x-amz-version'));
  return { kind: 'done', output: { headers: Object.fromEntries(shown) as { [name: string]: string }, body } };
}

async function textOf(body: Exclude<GatewayReply, 'close'>['body']): Promise<string> {
  if (typeof body === 'string' || body instanceof Uint8Array) return String(body);
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

/**
 * Runs a workload with a number of seeds (`SIM_SEEDS`, or the one in `SIM_SEED`), each twice in memory and once over a folder: all
 * three leave the same trace. Each has engines of its own. A run that fails says how to have it alone.
 */
export function simulate(file: string, seeds: number, workload: Workload, engines?: () => Partial<Engines>): void {
  const only = process.env.SIM_SEED;
  const count = Number(process.env.SIM_SEEDS ?? seeds);
  let isWarm = false;
  for (const seed of only === undefined ? Array.from({ length: count }, (_, at) => String(at + 1)) : [only]) {
    test(`seed ${seed}`, async () => {
      // Code is loaded at its first use, which takes time that no seed knows.
      if (!isWarm) await run(file, seed, 'memory', workload, engines);
      isWarm = true;
      const first = await run(file, seed, 'memory', workload, engines);
      assert.equal(
        await run(file, seed, 'memory', workload, engines),
        first,
        `seed ${seed} leaves the same trace again`,
      );
      assert.equal(
        await run(file, seed, 'sqlite', workload, engines),
        first,
        `seed ${seed} leaves the same trace in a folder`,
      );
    });
  }
}

async function run(
  file: string,
  seed: string,
  kind: Kind,
  workload: Workload,
  engines: (() => Partial<Engines>) | undefined,
): Promise<string> {
  await using simulation = new Simulation(seed, kind, engines?.());
  try {
    await workload(simulation);
    assert.deepEqual(simulation.failures, [], 'nothing failed inside');
    return simulation.trace;
  } catch (error) {
    const story = `${simulation.tail}\nin ${kind}; this run alone: SIM_SEED=${seed} node --test ${file}`;
    throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : error}\n${story}`, { cause: error });
  }
}
