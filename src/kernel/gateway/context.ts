/** The context a handler gets: its view of every room, bound to one call. */
import { invariant, type Millis, SECOND } from '#kernel/base';
import { machineAlarm } from '#kernel/clock';
import type {
  Access,
  Acting,
  AddressKind,
  Assuming,
  Authority,
  Aws,
  BucketLimits,
  Caller,
  Ctx,
  Engines,
  FaultControl,
  Fetch,
  FindResource,
  HttpFacts,
  Letter,
  Pass,
  Planes,
  Quota,
  Sockets,
  Visit,
} from '#kernel/contract';
import { type Datum, Quotas, summed, writeSeries } from '#kernel/metering';
import type { RandomStream } from '#kernel/random';
import { type BlobRoom, type Place, type StoreView, type Transaction, viewOf } from '#kernel/store';
import { partitionOf } from '#kernel/world';
import { claimAddress, releaseAddress } from './addresses.ts';
import { faultControl } from './fault-control.ts';
import type { Kernel } from './kernel.ts';
import type { Reach } from './reach.ts';

/** Of waits that end by something else. */
const NEVER = Number.MAX_SAFE_INTEGER;

export type CallFacts = {
  service: string;
  /** Of its IAM actions; sources of its events end with it. */
  prefix: string;
  account: string;
  region: string;
  now: Millis;
  requestId: string;
  caller: Caller;
  endpoint: string;
  http: HttpFacts;
  metrics: string | undefined;
  /** Work that no client waits for. */
  isBackground?: boolean;
  /** Asked for only by who waits. */
  gone: () => AbortSignal | undefined;
  /** Made when it is first asked for: most calls stay within their service. */
  reach: () => Reach;
  /** Throws the denial when the caller may not. */
  authorize: (access: Access) => void;
  tellTrail: (more: Readonly<Record<string, string>>) => void;
};

export class CallContext implements Ctx {
  readonly #kernel: Kernel;
  readonly #facts: CallFacts;
  /** The transaction that is open now; undefined once a handler has awaited. */
  #tx: Transaction | undefined;
  #store: StoreView | undefined;
  #blobs: BlobRoom | undefined;
  #reach: Reach | undefined;
  #aws: Aws | undefined;

  constructor(kernel: Kernel, facts: CallFacts) {
    this.#kernel = kernel;
    this.#facts = facts;
  }

  get account(): string {
    return this.#facts.account;
  }
  get region(): string {
    return this.#facts.region;
  }
  get partition(): string {
    return partitionOf(this.#facts.region);
  }
  get now(): Millis {
    return this.#facts.now;
  }
  get requestId(): string {
    return this.#facts.requestId;
  }
  get caller(): Caller {
    return this.#facts.caller;
  }
  get localEndpoint(): string {
    return this.#kernel.endpoint().replace('//localhost', '//127.0.0.1');
  }
  get linkEndpoint(): string {
    return this.#kernel.linkEndpoint();
  }

  get endpoint(): string {
    return this.#facts.endpoint;
  }
  get http(): HttpFacts {
    return this.#facts.http;
  }
  get aws(): Aws {
    this.#aws ??= this.#reaching.own();
    return this.#aws;
  }
  awsFor(resourceArn: string, part?: string, region?: string): Aws {
    return this.#reaching.forResource(resourceArn, part, region);
  }
  awsForCaller(): Aws {
    return this.#reaching.forCaller();
  }
  actAs(roleArn: string, sessionName: string, assuming?: Assuming): Promise<Acting> {
    return this.#reaching.asRole(roleArn, sessionName, assuming);
  }
  actWith(accessKeyId: string): Acting | undefined {
    return this.#reaching.withSession(accessKeyId);
  }
  pass(): Pass {
    const { principal, accessKeyId, via = [] } = this.#facts.caller;
    return { principal, via, ...(accessKeyId !== undefined && { accessKeyId }) };
  }
  passOfRole(roleArn: string, sessionName: string): Promise<Pass> {
    return this.#reaching.passOfRole(roleArn, sessionName);
  }
  awsWith(pass: Pass, region?: string): Aws {
    return this.#reaching.withPass(pass, region);
  }
  awsForIndex(): Aws {
    return this.#reaching.forIndex();
  }
  get findResource(): FindResource {
    return this.#kernel.findResource;
  }
  get fetch(): Fetch {
    return this.#kernel.fetch;
  }
  claim(kind: AddressKind, name: string, id: string): boolean {
    const { service, account, region } = this.#facts;
    this.#open('an address is claimed');
    return claimAddress(this.store.in({ account: '', region: '' }), { kind, name, service, account, region, id });
  }
  release(kind: AddressKind, name: string): void {
    this.#open('an address is released');
    releaseAddress(this.store.in({ account: '', region: '' }), kind, name);
  }
  get sockets(): Sockets {
    return this.#kernel.sockets;
  }
  get engines(): Engines {
    return this.#kernel.engines;
  }
  get authority(): Authority {
    return this.#kernel.authority;
  }
  get planes(): Planes {
    return this.#kernel.planes;
  }
  get faults(): FaultControl {
    return faultControl(this.#kernel, this.#facts, (what) => this.#open(what));
  }
  get visit(): Visit {
    return this.#reaching.visit;
  }
  get random(): RandomStream {
    return this.#kernel.random.stream(this.#facts.service);
  }

  get store(): StoreView {
    this.#store ??= viewOf(() => this.#tx ?? readOnly(this.#kernel), this.#facts);
    return this.#store;
  }

  get blobs(): BlobRoom {
    this.#blobs ??= this.#kernel.blobs.room(() => this.#open('a body is kept or dropped'));
    return this.#blobs;
  }

  uuid(): string {
    return this.random.uuid();
  }

  shownAt(machine: Millis): Millis {
    return this.#kernel.clock.shownAt(machine, SECOND - 1);
  }

  clock(): Millis {
    return this.#kernel.clock.now();
  }

  transact<T>(work: (store: StoreView) => T): T {
    if (this.#tx !== undefined) return work(this.store);
    const tx = this.#kernel.store.begin();
    this.#tx = tx;
    try {
      const result = work(this.store);
      this.#kernel.store.commit(tx);
      return result;
    } finally {
      this.#tx = undefined;
    }
  }

  signal(name: string): void {
    const { signals } = this.#kernel;
    this.#open('a signal is given').afterCommit(() => signals.raise(name));
  }

  split(): () => () => void {
    return this.#facts.isBackground === true ? this.#kernel.activity.split() : () => () => {};
  }

  until(name: string, deadline: Millis): Promise<boolean> {
    const wait = this.#kernel.signals.wait(name, deadline, this.#facts.gone());
    return this.#facts.isBackground === true ? this.#kernel.activity.asleep(wait) : wait;
  }

  async linger(name: string, atMost: Millis): Promise<void> {
    const { activity, clock, signals } = this.#kernel;
    const over = new AbortController();
    const disarm = machineAlarm(atMost, () => over.abort());
    if (!clock.running) void activity.idle().then(() => over.abort());
    const gone = this.#facts.gone();
    await signals.wait(name, NEVER, gone === undefined ? over.signal : AbortSignal.any([gone, over.signal]));
    disarm();
  }

  emit(event: string, payload: Record<string, unknown>, { account, region }: Place = this.#facts): void {
    const tx = this.#open('an event is emitted');
    this.#kernel.outbox.emit(tx, event, payload, this.#facts.service, { account, region });
  }

  mail(letter: Letter): void {
    this.#kernel.mail.send(this.#open('a letter is sent'), letter, this.#facts.service, this.#facts);
  }

  start(
    task: string,
    key: string,
    payload: Record<string, unknown> = {},
    { account, region }: Place = this.#facts,
  ): void {
    const { service } = this.#facts;
    this.#kernel.tasks.add(this.#open('a task is begun'), { service, task, account, region, key, payload });
  }

  announce(
    detailType: string,
    detail: Record<string, unknown>,
    resources: readonly string[] = [],
    place: Place = this.#facts,
  ): void {
    const source = `aws.${this.#facts.prefix}`;
    const at = this.clock();
    this.emit('aws.event', { source, detailType, detail, resources, at, id: this.uuid() }, place);
  }

  track(work: Promise<void>): void {
    this.#kernel.tasks.track(work);
  }

  insist(bytes: number, attempt: () => Promise<unknown>): Promise<void> {
    const tried = this.#kernel.tasks.insist(bytes, attempt);
    this.track(tried);
    return tried;
  }

  arm(timer: string, key: string, at: Millis, payload: Record<string, unknown> = {}): void {
    const { service, account, region } = this.#facts;
    this.#kernel.timers.arm(this.#open('a timer is set'), { service, timer, account, region, key, at, payload });
  }

  disarm(timer: string, key: string): void {
    const { service, account, region } = this.#facts;
    this.#kernel.timers.disarm(this.#open('a timer is removed'), { service, timer, account, region, key });
  }

  authorize(access: Access): void {
    this.#facts.authorize(access);
  }

  tellTrail(more: Readonly<Record<string, string>>): void {
    this.#facts.tellTrail(more);
  }

  quota(quota: Quota): number {
    return Quotas.read(this.store, this.#facts, quota);
  }

  spend(key: string, limits: BucketLimits, amount: number, place?: Place): boolean {
    const { clock, throttles } = this.#kernel;
    return !clock.running || throttles.spend(this.#bucket(key, place), limits, amount, this.#facts.now);
  }

  take(key: string, limits: BucketLimits): boolean {
    const { clock, throttles } = this.#kernel;
    return !clock.running || throttles.take(this.#bucket(key), limits, this.#facts.now);
  }

  #bucket(key: string, { account, region }: Place = this.#facts): string {
    const { service } = this.#facts;
    return key.startsWith('/') ? `${account}/${region}${key}` : `${account}/${region}/${service}/${key}`;
  }

  use(kind: string, quantity: number): void {
    const { service, now } = this.#facts;
    const add = () => this.#kernel.usage.add(this.#facts, service, kind, quantity, now);
    if (this.#tx === undefined) add();
    else this.#tx.afterCommit(add);
  }

  count(
    metric: string,
    dimensions: Record<string, string>,
    value: number,
    unit: 'Count' | 'Bytes' | 'Milliseconds' | 'Seconds' | 'None' = 'Count',
    place: Place & { refused?: boolean } = this.#facts,
  ): void {
    const namespace = this.#facts.metrics;
    if (namespace !== undefined) this.publish({ namespace, metric, dimensions, value, unit }, place);
  }

  contribute(
    rule: string,
    keys: readonly string[],
    value: number,
    { place = this.#facts, refused = false }: { place?: Place; refused?: boolean } = {},
  ): void {
    const add = () => this.#kernel.contributors.add(place, rule, keys, value, this.#facts.now);
    if (refused || this.#tx === undefined) add();
    else this.#tx.afterCommit(add);
  }

  flushMetrics(): void {
    this.#kernel.metrics.flush();
    this.#kernel.contributors.flush();
  }

  publishKept(data: readonly Datum[]): void {
    this.#open('metrics are kept');
    for (const written of summed(data, this.#facts.now)) writeSeries(this.store, written);
  }

  publish(datum: Datum, place: Place & { refused?: boolean } = this.#facts): void {
    const add = () => this.#kernel.metrics.add(place, datum, this.#facts.now);
    if (this.#tx === undefined || place.refused === true) add();
    else this.#tx.afterCommit(add);
  }

  /**
   * Runs a handler. One that returns without awaiting is one transaction; one that returns a promise must not have written by
   * then, and writes only inside `transact`.
   */
  run<T extends object>(handler: () => T | Promise<T>): T | Promise<T> {
    const tx = this.#kernel.store.begin();
    this.#tx = tx;
    try {
      const result = handler();
      if (result instanceof Promise)
        invariant(tx.isEmpty, `${this.#facts.service}: an asynchronous handler wrote outside transact()`);
      else this.#kernel.store.commit(tx);
      return result;
    } finally {
      this.#tx = undefined;
    }
  }

  get #reaching(): Reach {
    this.#reach ??= this.#facts.reach();
    return this.#reach;
  }

  #open(what: string): Transaction {
    invariant(this.#tx !== undefined, `${this.#facts.service}: ${what} outside a transaction`);
    return this.#tx;
  }
}

/** A transaction for reads outside `transact`; it is never committed, and refuses to be written to. */
function readOnly(kernel: Kernel): Transaction {
  const tx = kernel.store.begin();
  tx.finish();
  return tx;
}
