/** The rooms of one cloud, gathered: what the steps of the pipeline work with. Made by main; there is no global. */
import type { Activity, Clock } from '#kernel/clock';
import type {
  Access,
  Authority,
  Aws,
  Caller,
  Engines,
  Fetch,
  FindResource,
  Planes,
  VisitReply,
  VisitRequest,
} from '#kernel/contract';
import type { Audit, Outbox } from '#kernel/events';
import type { Faults } from '#kernel/faults';
import type { Directory, Principal, SessionRow } from '#kernel/identity';
import type { Mail } from '#kernel/mail';
import type { Contributors, Metrics, Quotas, Throttles, Usage } from '#kernel/metering';
import type { Random } from '#kernel/random';
import type { Blobs, Store } from '#kernel/store';
import type { ServiceModel } from '#kernel/wire';
import type { Catalog } from './catalog.ts';
import type { DecisionLog } from './decisions.ts';
import type { Signals } from './signals.ts';
import type { OpenSockets } from './sockets.ts';
import type { Tasks } from './tasks.ts';
import type { Timers } from './timers.ts';

export type Log = (level: 'info' | 'warn' | 'error', message: string, fields?: Record<string, unknown>) => void;

export type Kernel = {
  store: Store;
  blobs: Blobs;
  clock: Clock;
  activity: Activity;
  random: Random;
  directory: Directory;
  catalog: Catalog;
  audit: Audit;
  outbox: Outbox;
  mail: Mail;
  metrics: Metrics;
  contributors: Contributors;
  usage: Usage;
  throttles: Throttles;
  quotas: Quotas;
  faults: Faults;
  signals: Signals;
  timers: Timers;
  tasks: Tasks;
  sockets: OpenSockets;
  /** CloudFormation's types of resources. */
  findResource: FindResource;
  engines: Engines & { close(): Promise<void> };
  authority: Authority & { pem(): Promise<string> };
  planes: Planes & { forget(): void; close(): Promise<void> };
  decisions: DecisionLog;
  log: Log;
  /** Refuses access keys that do not exist. */
  strict: boolean;
  /** Sends requests out of the cloud. */
  fetch: Fetch;
  /** Where clients reach this cloud, when a call does not come over a socket. */
  endpoint: () => string;
  /** The same for links that others are sent: by https where this cloud speaks it. */
  linkEndpoint: () => string;
  /** Sees every output before it is serialized; tests check it against the model. */
  inspect?: ((model: ServiceModel, operation: string, output: object) => void) | undefined;
  /** Calls to services from inside, as whoever `facts` says. */
  aws: (facts: () => CallerFacts) => Aws;
  /** Requests from inside to addresses of this cloud, by the service that `own` is. */
  visit: (own: CallerFacts, request: VisitRequest) => Promise<VisitReply | 'close' | undefined>;
  /** Throws the denial where they may not have this access. */
  authorizeAs: (facts: CallerFacts, access: Access) => void;
};

/** Who makes an in-process call, and where. */
export type CallerFacts = Pick<Caller, 'via' | 'source'> & {
  account: string;
  region: string;
  principal: Principal;
  session?: SessionRow | undefined;
  accessKeyId?: string | undefined;
  /** Reads for an index, which AWS would have: everything may be read, and it is not told. */
  isUnseen?: boolean;
};

/** Writes what was measured and not yet stored: to be called before the state is copied, or let go. */
export function flushMeters({
  metrics,
  contributors,
  usage,
}: Pick<Kernel, 'metrics' | 'contributors' | 'usage'>): void {
  metrics.flush();
  contributors.flush();
  usage.flush();
}
