/** One walk: any operation of any service in any order, with names of what is there, while time goes on and the cloud is opened anew. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SimulatedFunctions } from '#engines/function/simulated';
import { DAY, HOUR, MINUTE, SECOND } from '#kernel/base';
import { type Aws, FetchError, ServiceError, type ServiceName } from '#kernel/contract';
import { rootOf } from '#kernel/identity';
import type { ServiceModel } from '#kernel/wire';
import { type Cloud, createCloud, openStorage, type Storage } from '#main/cloud';
import { MODELS } from '#main/models';
import { builtServices, loadService } from '#main/registry';
import { forkStorage } from '#main/snapshots';
import { type World, withoutUnbuilt } from '../requests/world.ts';
import { WORLDS } from '../requests/worlds.ts';
import { type Random, randomOf } from '../roundtrip/random.ts';
import { faultOfError, faultsOfOutput } from '../support/answers.ts';
import { START } from '../support/cloud.ts';
import { Inputs } from './inputs.ts';
import { pagingFault, pagingOf } from './pages.ts';
import { Pool } from './pool.ts';

const ACCOUNT = '123456789012';
const STRANGER = '999988887777';
/** So many requests are sent again by a stranger. */
const STRANGER_SHARE = 0.25;
/** Time goes on after so many steps, and the cloud is opened anew after so many. */
const STEPS_OF_TIME = 30;
const STEPS_OF_CLOUD = 500;
/** So many reads are done again in the cloud that was opened anew. */
const READS_MAX = 200;
const PAGED_SHARE = 0.3;
const LEAPS = [1, SECOND, 5 * SECOND, MINUTE, 10 * MINUTE, HOUR];
const DAY_SHARE = 0.01;
/** Kept of every request, also of one that changes nothing: what was called, measured and charged, and work that goes on. */
const BOOKS =
  /^(kms\.last-uses|lambda\.role-credentials|kernel\.(contributors|data-|history|metric-|outbox|schema|tasks|timers|usage)|identity\.(accesses|key-uses|sessions))/;
/** Reads that make something, a session or a token, or whose time is noted. */
const NOTED =
  /^(sts Get|s3 CreateSession|s3-control GetDataAccess|ecr (GetAuthorizationToken|BatchGetImage|GetDownloadUrl)|secrets-manager (Batch)?GetSecretValue)/;
const SECRETS = /^secrets-manager\.(secrets|versions)$/;
/** Environments that are kept ready are made anew with the cloud. */
const OF_PROCESSES = /^lambda (List|Get)ProvisionedConcurrency/;
/** The cloud itself uses roles, also when it is opened. */
const USE_OF_ROLE = /"RoleLastUsed":\{[^}]*\}/g;
/** A trail tells a stranger what it asked itself, STS everybody whose key one is. */
const TELLING = /^(LookupEvents|GetAccessKeyInfo)$/;
/** Operations that wait, or whose answers flow for as long as anybody listens. */
const WAITING = /^(StartLiveTail|SubscribeToShard|InvokeWithResponseStream)$/;
const READING = /^(Get|List|Describe|Head|BatchGet|Lookup)/;
const REMOVING = /^(Delete|Remove|Schedule|Disable|Stop|Cancel|Deregister)/;

type Operation = { service: ServiceName; model: ServiceModel; name: string; isRead: boolean; weight: number };
export type Done = { operation: Operation; input: Record<string, unknown> };

export class Walk {
  /** What went wrong, a line each. */
  readonly faults: string[] = [];
  /** Requests that were carried out. */
  done = 0;
  #cloud: Cloud;
  #written = new Set<string>();
  /** Rows of the account that were written. */
  #own = new Set<string>();
  /** What the stranger said itself that names the account, as in a policy. */
  readonly #told = new Set<string>();
  readonly #random: Random;
  readonly #pool: Pool;
  readonly #operations: Operation[] = [];
  readonly #inputs = new Map<ServiceName, Inputs>();
  readonly #reads: Done[] = [];
  readonly #data: string | undefined;
  readonly #readsMax: number;

  /** @param data the folder of the cloud; without one it is in memory */
  constructor(seed: string, { data, readsMax = READS_MAX }: { data?: string; readsMax?: number } = {}) {
    this.#random = randomOf(`walk/${seed}`);
    this.#pool = new Pool(this.#random);
    this.#data = data;
    this.#readsMax = readsMax;
    this.#cloud = this.#open(this.#storage(), START);
  }

  /** Reads that were answered, some of them again when others had been. */
  get reads(): readonly Done[] {
    return this.#reads;
  }

  /** Makes the worlds of all services in one cloud; one that finds its names taken takes what is there. */
  async furnish(): Promise<void> {
    for (const service of builtServices()) {
      const model = JSON.parse(readFileSync(join(MODELS, `${service}.json`), 'utf8')) as ServiceModel;
      const { operations = {}, unbuilt } = (await loadService(service)) ?? {};
      const made: World = (await WORLDS[service]?.(this.#aws()).catch(nameTaken)) ?? {};
      this.#inputs.set(
        service,
        new Inputs(model, { ...made, ...withoutUnbuilt(model, unbuilt) }, this.#pool, this.#random),
      );
      for (const [name, handler] of Object.entries(operations)) {
        if (typeof handler !== 'function' || WAITING.test(name)) continue;
        const isRead = model.operations[name]?.readonly === true || READING.test(name);
        this.#operations.push({ service, model, name, isRead, weight: isRead ? 2 : REMOVING.test(name) ? 1 : 3 });
      }
    }
  }

  #storage(): Storage {
    return openStorage(this.#data === undefined ? {} : { data: this.#data });
  }

  #open(storage: Storage, startAt: number): Cloud {
    const { driver } = storage;
    const apply = driver.apply.bind(driver);
    driver.apply = (writes) => {
      for (const { space, key } of writes) {
        this.#written.add(space);
        // What a stranger has may be called after the account.
        if (`${key}`.includes(ACCOUNT) && !`${key}`.includes(STRANGER)) this.#own.add(space);
      }
      apply(writes);
    };
    const engines = { function: new SimulatedFunctions({ f: () => 1 }) };
    const cloud = createCloud(
      { clock: 'virtual', startAt, seed: '1', engines },
      (level, message, fields) => {
        if (level === 'error') this.faults.push(`${message} ${JSON.stringify(fields)}`);
      },
      storage,
    );
    const nobody = async (url: string) => {
      throw new FetchError('unreachable', `${url}: nobody is there`);
    };
    cloud.kernel.fetch = Object.assign(nobody, { flowing: nobody });
    cloud.kernel.inspect = (model, operation, output) => this.faults.push(...faultsOfOutput(model, operation, output));
    return cloud;
  }

  #aws(account = ACCOUNT): Aws {
    return this.#cloud.kernel.aws(() => ({ account, region: 'us-east-1', principal: rootOf(account) }));
  }

  #call({ service, name }: Operation, input: object, account = ACCOUNT): Promise<Record<string, unknown>> {
    const client = this.#aws(account)[service] as unknown as Record<
      string,
      (input: object) => Promise<Record<string, unknown>>
    >;
    return client[name]?.(input) ?? Promise.reject(new Error(`no ${name}`));
  }

  async walk(steps: number): Promise<void> {
    for (let step = 1; step <= steps; step += 1) {
      await this.#step();
      if (step % STEPS_OF_TIME === 0) await this.#leap();
      if (step % STEPS_OF_CLOUD === 0) await this.#reopen();
    }
    await this.#cloud.close();
  }

  async #step(): Promise<void> {
    const operation = this.#pick();
    const input = this.#inputs.get(operation.service)?.make(operation.name) ?? {};
    // Waiting under a clock that stands still would have no end.
    if (input.WaitTimeSeconds !== undefined) input.WaitTimeSeconds = 0;
    const given = structuredClone(input);
    await this.#cloud.settle();
    this.#written = new Set();
    const answer = await this.#call(operation, flowing(operation, input)).catch((error: Error) => error);
    const what = `${operation.service} ${operation.name} ${JSON.stringify(given).slice(0, 500)}`;
    if (answer instanceof Error) {
      const fault = answer instanceof ServiceError ? faultOfError(operation.model, answer) : answer.stack;
      if (fault !== undefined) this.faults.push(`${what}: ${fault}`);
    } else {
      this.done += 1;
      const { input: asked, output } = operation.model.operations[operation.name] ?? {};
      this.#pool.note(operation.model, asked, given);
      this.#pool.note(operation.model, output, answer);
    }
    const isNoted = NOTED.test(`${operation.service} ${operation.name}`);
    if ((answer instanceof Error || operation.isRead) && !isNoted) {
      // A service that looks whether it may assume a role has used it, and who changes a connection reads its secret.
      const isUsed = (space: string) =>
        (space === 'identity.roles' && this.#written.has('identity.sessions')) ||
        (operation.name === 'UpdateConnection' && SECRETS.test(space));
      const changed = [...this.#written].filter((space) => !BOOKS.test(space) && !isUsed(space));
      if (changed.length > 0)
        this.faults.push(`${what}: ${answer instanceof Error ? answer.message : 'a read'}, and yet ${changed} changed`);
    }
    if (operation.isRead && !(answer instanceof Error)) await this.#readAgain({ operation, input: given }, what);
    if (this.#random.chance(STRANGER_SHARE)) await this.#asStranger({ operation, input: given }, what);
  }

  /** Another account, which nothing lets in, changes nothing by the same request and sees nothing. */
  async #asStranger({ operation, input }: Done, what: string): Promise<void> {
    // What is due by now is the account's own.
    await this.#cloud.kernel.clock.advance(0);
    await this.#cloud.settle();
    this.#own = new Set();
    const answer = await this.#call(operation, flowing(operation, structuredClone(input)), STRANGER).catch(
      (error: Error) => error,
    );
    const changed = [...this.#own].filter((space) => !BOOKS.test(space));
    if (changed.length > 0) this.faults.push(`${what}: a stranger changes ${changed}`);
    const asked = namings(input);
    for (const naming of asked) this.#told.add(naming);
    if (answer instanceof Error || asked.length > 0 || TELLING.test(operation.name)) return;
    const seen = namings(answer).filter((naming) => !this.#told.has(naming));
    if (seen.length > 0) this.faults.push(`${what}: a stranger sees ${seen}`);
  }

  #pick(): Operation {
    const weights = this.#operations.reduce((sum, { weight }) => sum + weight, 0);
    let at = this.#random.between(1, weights);
    return this.#operations.find(({ weight }) => (at -= weight) <= 0) as Operation;
  }

  async #readAgain(read: Done, what: string): Promise<void> {
    if (this.#reads.length < this.#readsMax) this.#reads.push(read);
    else this.#reads[this.#random.between(0, this.#readsMax - 1)] = read;
    const { operation, input } = read;
    const paging = pagingOf(operation.model, operation.name);
    if (paging === undefined || !this.#random.chance(PAGED_SHARE)) return;
    const fault = await pagingFault((asked) => this.#call(operation, asked), input, paging);
    if (fault !== undefined) this.faults.push(`${what}: ${fault}`);
  }

  async #leap(): Promise<void> {
    await this.#cloud.kernel.clock.advance(this.#random.chance(DAY_SHARE) ? DAY : this.#random.pick(LEAPS));
    await this.#cloud.settle();
  }

  /** What is read is the same when the cloud is opened anew. */
  async #reopen(): Promise<void> {
    await this.#cloud.settle();
    const before = await this.#answers();
    const again = await this.#answers();
    const storage = this.#data === undefined ? await forkStorage(this.#cloud, undefined) : undefined;
    const now = this.#cloud.kernel.clock.now();
    await this.#cloud.close();
    this.#cloud = this.#open(storage ?? this.#storage(), now);
    await this.#cloud.settle();
    const after = await this.#answers();
    for (const [index, { operation, input }] of this.#reads.entries()) {
      const [was, is] = [before[index] ?? '', after[index] ?? ''];
      if (was !== again[index] || was === is || OF_PROCESSES.test(`${operation.service} ${operation.name}`)) continue;
      const at = [...was].findIndex((letter, place) => letter !== is[place]);
      const part = (text: string) => text.slice(Math.max(0, at - 100), at + 200);
      this.faults.push(
        `${operation.service} ${operation.name} ${JSON.stringify(input)}: …${part(was)}… was …${part(is)}… in the cloud opened anew`,
      );
    }
  }

  async #answers(): Promise<string[]> {
    const answers: string[] = [];
    for (const { operation, input } of this.#reads) {
      const answer = await this.#call(operation, structuredClone(input)).catch((error: Error) => error.message);
      answers.push(textOf(answer).replace(USE_OF_ROLE, ''));
    }
    return answers;
  }
}

/** What a service refuses in a world is another world's already; anything else is a fault. */
function nameTaken(error: unknown): undefined {
  if (!(error instanceof ServiceError) || !/exist/i.test(error.message)) throw error;
}

const textOf = (value: unknown) => JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? `${one}` : one)) ?? '';

/** The words that name the account, also those of documents in documents. */
function namings(value: unknown): string[] {
  const text = textOf(value).replace(/%([0-9A-F]{2})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 16)));
  return text.split(/[\s"'\\,]+/).filter((word) => word.includes(ACCOUNT));
}

/** Bodies come as streams. */
function flowing({ model, name }: Operation, input: Record<string, unknown>): object {
  const shape = model.shapes[model.operations[name]?.input ?? ''];
  const { payload = '' } = shape ?? {};
  const body = input[payload];
  const isStream = shape?.members?.[payload]?.streaming === true;
  return isStream && body instanceof Uint8Array ? { ...input, [payload]: pieces(body) } : input;
}

async function* pieces(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield body;
}
