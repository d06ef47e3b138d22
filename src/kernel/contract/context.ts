/** What a handler works with: who calls, where, when, and everything it may read or change. */

import type { Millis } from '#kernel/base';
import type { Principal } from '#kernel/identity';
import type { Letter } from '#kernel/mail';
import type { BucketLimits, Datum, Quota } from '#kernel/metering';
import type { RandomStream } from '#kernel/random';
import type { BlobRoom, Place, StoreView } from '#kernel/store';
import type { ByteStream } from '#models/base';
import type { Access } from './access.ts';
import type { AddressKind, Sockets } from './addresses.ts';
import type { Authority } from './authority.ts';
import type { Aws } from './aws.ts';
import type { Engines } from './engines.ts';
import type { FaultControl } from './faults.ts';
import type { Fetch } from './fetch.ts';
import type { Pass } from './pass.ts';
import type { Planes } from './planes.ts';
import type { FindResource } from './resources.ts';
import type { Visit } from './visit.ts';

/** Who asks, and from where. */
export type Caller = {
  principal: Principal;
  accessKeyId: string | undefined;
  sourceIp: string;
  userAgent: string;
  secure: boolean;
  /** Of TLS, as it came over the wire: `1.3`. */
  tlsVersion?: string | undefined;
  /** The services that passed on the call in its caller's name, first to last: `dynamodb.amazonaws.com`. */
  via?: readonly string[] | undefined;
  /** The resource on whose behalf a service calls: what `aws:SourceArn` and `aws:SourceAccount` see. */
  source?: { arn: string; account: string } | undefined;
};

/** The HTTP request behind a call, for the few services whose behaviour depends on it (S3, API Gateway). */
export type HttpFacts = {
  method: string;
  path: string;
  query: string;
  headers: Readonly<Record<string, string>>;
  trailers: Readonly<Record<string, string>>;
};

/** What a role's trust policy sees of a service that assumes it, besides the service itself. */
export type Assuming = {
  /** Of the service, where that has a principal of its own: `streams.metrics.cloudwatch`. */
  part?: string;
  /** `sts:ExternalId`. */
  externalId?: string;
  /** ARN of the resource on whose behalf it does: `aws:SourceArn`, `aws:SourceAccount`. */
  source?: string;
};

/** A role that a service has assumed. */
export type Acting = {
  /** Other services, called as the role; in the service's Region unless another is named. */
  aws(region?: string): Aws;
  /** The same on behalf of one of the service's resources: policies see it as `aws:SourceArn`. */
  awsFor(resourceArn: string, region?: string): Aws;
  /** @throws {ServiceError} the denial that the role would get */
  authorize(access: Access): void;
};

export interface Ctx {
  readonly account: string;
  readonly region: string;
  readonly partition: string;
  /** The instant of the request; it stands still while the handler runs. */
  readonly now: Millis;
  readonly requestId: string;
  readonly caller: Caller;
  /** Where the client reached us: `http://localhost:4566`. */
  readonly endpoint: string;
  /** URL at which programs of this machine reach this cloud, however the caller came. */
  readonly localEndpoint: string;
  /** Where links in what is sent to others lead: by https where this cloud speaks it. */
  readonly linkEndpoint: string;
  readonly http: HttpFacts;
  /** Rows of the caller's account and Region. A handler that does not await writes here; one that does writes in `transact`. */
  readonly store: StoreView;
  readonly blobs: BlobRoom;
  /** This service's own stream. */
  readonly random: RandomStream;
  /** Other services, called as this service itself. */
  readonly aws: Aws;
  /**
   * The same, on behalf of one of its resources: policies see it as `aws:SourceArn`.
   *
   * @param part of the service, where that has a principal of its own: `logging.s3`
   * @param region another one than the service's own
   */
  awsFor(resourceArn: string, part?: string, region?: string): Aws;
  /** Other services, called with the caller's own permissions (a forward access session): policies see `aws:CalledVia`. */
  awsForCaller(): Aws;
  /**
   * A role that trusts this service, assumed: other services called as it, and what the service itself does in its name.
   *
   * @throws {ServiceError} AccessDenied when the role doesn't trust this service, or isn't there
   */
  actAs(roleArn: string, sessionName: string, assuming?: Assuming): Promise<Acting>;
  /** The same with a role's session that is at hand, by its access key; undefined once that has expired. */
  actWith(accessKeyId: string): Acting | undefined;
  /** The caller, to be kept and acted for later (`awsWith`). Plain JSON. */
  pass(): Pass;
  /**
   * Other services, called in the name of who gave the pass, as `awsForCaller` does.
   *
   * @param region another one than the service's own
   * @throws {ServiceError} ExpiredToken when the session it came from is over
   */
  awsWith(pass: Pass, region?: string): Aws;
  /**
   * Other services, read for what AWS keeps an index of, in the account and Region: whoever may ask the index needs no permission of theirs, and
   * no trail, bill or rate knows of it.
   */
  awsForIndex(): Aws;
  /** A pass for a role that trusts this service. */
  passOfRole(roleArn: string, sessionName: string): Promise<Pass>;
  /** CloudFormation's types of resources, of every service. */
  readonly findResource: FindResource;
  /** Sends a request out of the cloud; only where AWS does, too. In asynchronous handlers. */
  readonly fetch: Fetch;
  /**
   * Takes an address of traffic for this service, in the caller's account and Region. In a transaction.
   *
   * @param id what the service wants to be told with each request
   * @returns false where somebody has it already
   */
  claim(kind: AddressKind, name: string, id: string): boolean;
  release(kind: AddressKind, name: string): void;
  /** Web sockets that services have opened. */
  readonly sockets: Sockets;
  /** What really runs on this machine. In asynchronous handlers. */
  readonly engines: Engines;
  /** Signs certificates. In asynchronous handlers. */
  readonly authority: Authority;
  /** What carries traffic. */
  readonly planes: Planes;
  /** Faults on purpose: this service's own fault points. */
  readonly faults: FaultControl;
  /** Sends a request to an address of this cloud, without a socket. In asynchronous handlers. */
  readonly visit: Visit;
  uuid(): string;
  /** One transaction. `work` is a pure function of what it reads, so that it may be run again. */
  transact<T>(work: (store: StoreView) => T): T;
  /** Wakes those who wait for `name` (`until`) once this transaction has committed. */
  signal(name: string): void;
  /** Waits for a signal or the deadline (an instant on the cloud's clock); true when signalled. Also false when the client has gone. */
  until(name: string, deadline: Millis): Promise<boolean>;
  /**
   * Keeps a client waiting that asks how far work is, until `name` is signalled, so that one that asks every half minute needs not ask again.
   * No longer than `atMost` of the machine's time; nor, while the clock stands, than anything goes on.
   */
  linger(name: string, atMost: Millis): Promise<void>;
  /** The time now, for a handler that has awaited. */
  clock(): Millis;
  /** What the cloud's clock showed at an instant of the machine's: how old something is here that others have dated by theirs. */
  shownAt(machine: Millis): Millis;
  /**
   * Tells those who listen, durably and at least once, when this transaction commits.
   *
   * @param place the account and Region in which it happened, where they are not the caller's
   */
  emit(event: string, payload: Record<string, unknown>, place?: Place): void;
  /**
   * Writes to a person when this transaction commits. The letter is kept where the cloud's user reads it (`cloudyard mail`); mail
   * goes on to a relay where one is configured.
   */
  mail(letter: Letter): void;
  /**
   * Begins, when this transaction commits, work of this service that may take long: its task of that name. It is done at least once, also when the
   * cloud is killed meanwhile. With the same key again while it runs, it runs once more afterwards.
   *
   * @param place where the task works, when not in the caller's account and Region
   */
  start(task: string, key: string, payload?: Record<string, unknown>, place?: Place): void;
  /**
   * For a task that does several things side by side, each of which may wait for the clock: call what it gives when one begins, and what that gives when the
   * task has taken notice of its end.
   */
  split(): () => () => void;
  /** Work that nobody waits for but `settle`, and that is lost when the cloud is killed. Never fails. */
  track(work: Promise<void>): void;
  /**
   * Tracked work that is done again, on the clock, while trouble of the service that refuses it may pass: for half a minute, and within a bound of what all such
   * work holds in memory. Then it is given up.
   *
   * @param bytes that it holds meanwhile
   * @returns when it was tried once
   */
  insist(bytes: number, attempt: () => Promise<unknown>): Promise<void>;
  /**
   * Tells EventBridge's default bus what happened in this service: an event of the source `aws.<service>`. In a transaction.
   *
   * @param place where it happened, when not in the caller's account and Region
   */
  announce(detailType: string, detail: Record<string, unknown>, resources?: readonly string[], place?: Place): void;
  /** Sets the named timer of this service; the same name and key again moves it. */
  arm(timer: string, key: string, at: Millis, payload?: Record<string, unknown>): void;
  disarm(timer: string, key: string): void;
  /**
   * Asks for what only the handler can name: an item of a batch, a resource found on the way. Most access is declared in the service's rules.
   *
   * @throws {ServiceError} the denial that the caller would get
   */
  authorize(access: Access): void;
  /** Tells the trail more of this call than what was asked and answered: `additionalEventData`. The last word counts. */
  tellTrail(more: Readonly<Record<string, string>>): void;
  /** What a quota is for the caller's account and Region: AWS's default, or what it has been granted. */
  quota(quota: Quota): number;
  /** Takes one request from a rate of this service, kept under `key`, or of several, where that begins with a slash; false when not a whole one was left. A clock that stands still has no rate. */
  take(key: string, limits: BucketLimits): boolean;
  /**
   * Charges an amount to a rate of this service, kept under `key`, of which the amount is known only now. A clock that stands
   * still has no rate: then all is allowed.
   *
   * @param place whose rate it is, where not the caller's account and Region
   * @returns false, and nothing is charged, when nothing was left; an amount of 0 only asks
   */
  spend(key: string, limits: BucketLimits, amount: number, place?: Place): boolean;
  /** Notes that something was used which AWS bills, beside the request itself: `ctx.use('StorageBytes', 1024)`. */
  use(kind: string, quantity: number): void;
  /**
   * Adds to a metric of the service's namespace, in the caller's account and Region unless another place is named.
   *
   * @param place `refused`: it counts though the call is refused
   */
  count(
    metric: string,
    dimensions: Record<string, string>,
    value: number,
    unit?: 'Count' | 'Bytes' | 'Milliseconds' | 'Seconds' | 'None',
    place?: Place & { refused?: boolean },
  ): void;
  /** Adds to a metric of another namespace than the service's own: one that its customer has named. */
  publish(datum: Datum): void;
  /** The same within this transaction: for metrics that are made of what it keeps, and are to be as durable. */
  publishKept(data: readonly Datum[]): void;
  /**
   * Counts for a rule of Contributor Insights that its resource's owner has asked for; of each minute the largest contributors are kept.
   *
   * @param about `place`: where the rule is, if not with the caller; `refused`: it counts though the call is refused
   */
  contribute(rule: string, keys: readonly string[], value: number, about?: { place?: Place; refused?: boolean }): void;
  /** Writes what metrics have gathered in memory, so that it can be read. */
  flushMetrics(): void;
}

export type { BucketLimits, ByteStream, Letter, Quota };
