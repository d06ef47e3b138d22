/** What a service is: a total map of its operations, and what the pipeline needs to know besides. */

import type { Millis } from '#kernel/base';
import type { BucketLimits } from '#kernel/metering';
import type { StoreView } from '#kernel/store';
import type { ConstraintFailure, WireFailure } from '#kernel/wire';
import type { Services } from '#models/services';
import type { Access, ConditionKeys } from './access.ts';
import type { TlsMaterial } from './authority.ts';
import type { InputOf, OutputOf, ServiceName } from './aws.ts';
import type { ByteStream, Caller, Ctx } from './context.ts';
import { notBuilt, type ServiceError } from './errors.ts';
import type { SocketRules, TrafficRule } from './traffic.ts';

export type Handler<Name extends ServiceName, Op extends keyof Services[Name]> = (
  input: InputOf<Name, Op>,
  ctx: Ctx,
) => OutputOf<Name, Op> | Promise<OutputOf<Name, Op>>;

/** An operation that is known but not built: it answers 501 and says why. */
export type NotBuilt = { readonly notBuilt: string };

/** Marks an operation as not built yet. */
export function notYet(reason: string): NotBuilt {
  return { notBuilt: reason };
}

/** Members of a request for a list that choose nothing from it. */
const ASKS_FOR_ALL = /^(AccountId|limit|max(Results|Items))$/i;

/**
 * Marks a list of what can't be made here: who asks for all of it, as those do who take stock of an account, hears that there is
 * none; who asks for some, 501.
 *
 * @param besides other members of its request that choose nothing
 */
export function noneOf<Output extends object>(
  { notBuilt: reason }: NotBuilt,
  none: (input: never, ctx: Ctx) => Output,
  besides: readonly string[] = [],
): ((input: object, ctx: Ctx) => Output) & NotBuilt {
  const list = (input: object, ctx: Ctx): Output => {
    const asked = Object.keys(input).find((member) => !ASKS_FOR_ALL.test(member) && !besides.includes(member));
    if (asked !== undefined) throw notBuilt(`lists by ${asked} of what can't be made (${reason})`);
    return none(input as never, ctx);
  };
  return Object.assign(list, { notBuilt: reason });
}

export type Handlers<Name extends ServiceName> = { [Op in keyof Services[Name]]: Handler<Name, Op> | NotBuilt };

export type AccessRule<Name extends ServiceName, Op extends keyof Services[Name]> = (
  input: InputOf<Name, Op>,
  ctx: Ctx,
) => Access | readonly Access[];

/** What an operation must be allowed; where none is given, the action of the operation's name on `*`. */
export type AccessRules<Name extends ServiceName> = { [Op in keyof Services[Name]]?: AccessRule<Name, Op> };

/** A rate that a call is bound to: calls with the same key share it. */
export type Throttle = { key: string; limits: BucketLimits; refuse: () => ServiceError };

export type ThrottleRule<Name extends ServiceName, Op extends keyof Services[Name]> = (
  input: InputOf<Name, Op>,
  ctx: Ctx,
) => Throttle | undefined;

/** Operations whose rate AWS limits by default. A clock that stands still has no rate: then nothing is throttled. */
export type ThrottleRules<Name extends ServiceName> = { [Op in keyof Services[Name]]?: ThrottleRule<Name, Op> };

/** A request that is not valid, and who sent it. */
export type Asked = { input: Readonly<Record<string, unknown>>; caller: Caller | undefined };

/** How a service words what is wrong with a request. */
export type Voice = {
  /** @param usual the words of the service's protocol, for what it says no differently */
  invalid(
    failures: readonly ConstraintFailure[],
    usual: (failures: readonly ConstraintFailure[]) => ServiceError,
    operation: string,
    asked: Asked,
  ): ServiceError;
  unreadable?(failure: WireFailure, usual: (failure: WireFailure) => ServiceError): ServiceError;
  /** A denial, where it is not called what services of the same protocol call it. */
  denied?(message: string): ServiceError;
  /** What callers who do not sign are told. */
  missingToken?: string;
};

export type TimerHandler = (payload: Record<string, unknown>, ctx: Ctx) => void | Promise<void>;
export type TaskHandler = (payload: Record<string, unknown>, ctx: Ctx) => void | Promise<void>;
export type EventHandler = (payload: Record<string, unknown>, ctx: Ctx) => void | Promise<void>;

/** What a page from another origin wants to do: `headers` are those it means to send; a preflight may fail to say by which method. */
export type CorsQuestion = { path: string; origin: string; method: string | undefined; headers: readonly string[] };

/** Answers with the `access-control-…` headers that allow it; undefined allows nothing, an error refuses a preflight. */
export type CorsRule = (question: CorsQuestion, ctx: Ctx) => Record<string, string> | undefined;

/** A request as it came, before anybody knows whose it is. */
export type RawRequest = {
  method: string;
  /** Path and query as routing sees them. */
  path: string;
  query: string;
  headers: Readonly<Record<string, string>>;
  body: ByteStream;
  /** Whether it came over TLS. */
  secure: boolean;
};

/** What a request that is no call of the API stands for: a page's form that uploads a file. */
export type FormCall = {
  operation: string;
  labels: Record<string, string>;
  /** In place of the request's own, as a client would have sent them. */
  headers: Record<string, string>;
  body: ByteStream;
  /** Who signed which text; without a scope by Signature Version 2. Undefined for an anonymous form. */
  signed:
    | {
        accessKeyId: string;
        scope: { date: string; region: string; service: string } | undefined;
        text: string;
        signature: string;
        /** When, as requests say it; undefined by Signature Version 2. */
        timestamp: string | undefined;
        token: string | undefined;
      }
    | undefined;
  /** Asked once the signature is known to be right: whether the form may say what it says; `now` by the clock of who signed it. */
  check(now: Millis): void;
  /** The answer to one that succeeded; its headers are added to those of the operation. */
  answer(output: Record<string, unknown>): { status: number; headers: Record<string, string>; body: string };
};

/** Reads a form; undefined where the request is none. */
export type FormRule = (request: RawRequest) => Promise<FormCall> | undefined;

/** A document that a request brings in its body, as it came. */
export type SentDocument = {
  operation: string;
  bytes: Uint8Array;
  headers: Readonly<Record<string, string>>;
  trailers: Readonly<Record<string, string>>;
};

/** Refuses a document that is not the one that its headers promise. */
export type DocumentRule = (sent: SentDocument) => void | Promise<void>;

/** What is shown to a client who asks for a host by its name; undefined where there is no certificate for it. */
export type TlsRule = (host: string, ctx: Ctx) => TlsMaterial | undefined;

/** Whether clients who ask for one of the service's addresses by TLS have to show a certificate, or may; `id` is what the service has noted of it. */
export type MutualTlsRule = (id: string, ctx: Ctx) => boolean | 'optional';

/** The first version of TLS that clients of one of the service's addresses may speak, where that is none that all speak. */
export type MinTlsRule = (id: string, ctx: Ctx) => 'TLSv1.3' | undefined;

/** How a request over the wire ended, for a service that keeps logs or metrics of its own. */
export type Answered = {
  operation: string;
  /** Empty where the request could not be read. */
  input: Readonly<Record<string, unknown>>;
  status: number;
  error: string | undefined;
  /** Empty with an error. */
  output: Readonly<Record<string, unknown>>;
  /** Bytes of the answer's body. */
  sent: number;
  /** Server time spent, in microseconds. */
  micros: number;
};

/** An answer that is no call's, or the output of a call that was carried out on the way. */
export type PageReply =
  | { status: number; headers: Record<string, string>; body: string }
  | { operation: string; output: object; status: number | undefined };

/** What a browser gets of a service that serves pages, asked by nobody in particular; undefined where the request is another. */
export type PageRule = (request: RawRequest) => ((ctx: Ctx) => Promise<PageReply>) | undefined;

/** The headers that each answer of a service has besides those of its protocol, or in their place. `asked` are the request's. */
export type StampRule = (body: string | Uint8Array, asked: Readonly<Record<string, string>>) => Record<string, string>;

/**
 * Says in which Region a request is answered whose signature is good in several; undefined where the service does not choose.
 *
 * @param request `near`: the Region that it is taken for so far
 * @param view    of what all Regions share
 * @param isDark  whether nothing answers in a Region
 */
export type PlaceRule = (
  request: Pick<RawRequest, 'path' | 'headers'> & { near: string },
  view: StoreView,
  isDark: (region: string) => boolean,
) => string | undefined;

/**
 * The path by which a request is routed, where its query makes that another.
 *
 * @throws {ServiceError} for what no operation is, in the service's own words
 */
export type RouteRule = (request: Omit<RawRequest, 'body' | 'secure'>) => string;

export type Reading = 'silent' | 'answered';

/** How a call was signed: where its signature stood, of which version it is, and how long ago that was. */
export type Signing = { from: 'header' | 'query' | 'form'; algorithm: 'v2' | 'v4' | 'v4a'; age: Millis };

/** What of a service does not depend on its model. */
type Traits = {
  /** Prefix of its IAM actions. */
  prefix: string;
  voice?: Voice;
  /** Refuses tags that AWS keeps for itself (`aws:…`; CloudFormation makes them), where the service does not look at them. `text` is CloudFormation's. */
  reservedTag?: (text: string) => ServiceError;
  /** Handlers of the service's timers. */
  timers?: { [timer: string]: TimerHandler };
  /** Work that takes long, begun by `ctx.start`. */
  tasks?: { [task: string]: TaskHandler };
  /** Handlers of events that other services emit, by event name. */
  events?: { [event: string]: EventHandler };
  /** CloudWatch namespace, `AWS/SQS`. */
  metrics?: string;
  /** Every Region sees the same resources (IAM, STS's identities, Route 53). */
  global?: boolean;
  /** Operations that anonymous callers may try (a bucket policy may allow them). */
  allowsAnonymous?: boolean;
  /** Asked for preflights (OPTIONS), and for each request that has an Origin. */
  cors?: CorsRule;
  /** Asked for each document that S3's requests bring. */
  document?: DocumentRule;
  /** Asked for POST requests: a browser's form is no call of the API. */
  form?: FormRule;
  /** Asked for every request: pages are outside the API. */
  page?: PageRule;
  /** Asked for each request that is signed by version 4a, to a host without a Region. */
  place?: PlaceRule;
  /** Asked for each request that is no form and no page. */
  routed?: RouteRule;
  /** Answers traffic for the addresses that the service has claimed. */
  traffic?: TrafficRule;
  /** Hears the web sockets that it has opened. */
  sockets?: SocketRules;
  /** Gives the certificate for a host that a user has brought. */
  tls?: TlsRule;
  /** Tells which of its addresses ask clients for a certificate. */
  mutualTls?: MutualTlsRule;
  /** Tells which of its addresses want a later version of TLS. */
  minTls?: MinTlsRule;
  /** The member of its inputs that a request's path stands for, where the request has none: a queue's address is its path. */
  pathMember?: string;
  /** The form of its requests' ids, where they are no UUIDs. */
  requestId?: { readonly length: number; readonly alphabet: string; readonly end: string };
  stamp?: StampRule;
  /** The largest request, where it is not the usual one. */
  requestBytesMax?: number;
  /** Answers from so many bytes on are compressed for clients that accept it. */
  compressesFrom?: number;
  /**
   * The tags of one of its resources, by the ARN that its access rules name: `aws:ResourceTag/…` of conditions. Of services whose rules do not tell
   * them themselves.
   *
   * @throws {ServiceError} where there is none
   */
  tagsOf?: (arn: string, ctx: Ctx) => { readonly [key: string]: string };
  /** Condition keys of the service's own that policies see of each of its actions. Asked only where a policy has conditions. */
  conditionKeys?: (call: {
    /** Of the action. */
    prefix: string;
    account: string;
    signing: Signing | undefined;
    ctx: Ctx;
  }) => ConditionKeys;
  /** Of actions that it has besides those of its own prefix: `s3express`. */
  otherPrefixes?: readonly string[];
  /** Told of each request over the wire once it is answered. Quick, and never fails: nobody waits for it. */
  answered?: (answered: Answered, ctx: Ctx) => void;
};

/** A service as its folder declares it. */
export type Service<Name extends ServiceName = ServiceName> = Traits & {
  name: Name;
  operations: Handlers<Name>;
  access?: AccessRules<Name>;
  throttles?: ThrottleRules<Name>;
  /** Members of the requests of built operations that are not built: who asks for one is answered 501 with its name. */
  unbuilt?: { readonly [Op in keyof Services[Name]]?: readonly (keyof InputOf<Name, Op> & string)[] };
  /** Operations that CloudTrail counts as data events. */
  dataEvents?: readonly (keyof Services[Name] & string)[];
  /** Operations that CloudTrail says only read, though their names do not tell; of some it shows the answer all the same. */
  reads?: { readonly [Op in keyof Services[Name] & string]?: Reading };
};

/** A service as the kernel handles it, its types forgotten. */
export type AnyService = Traits & {
  name: ServiceName;
  operations: {
    [operation: string]: ((input: Record<string, unknown>, ctx: Ctx) => object | Promise<object>) | NotBuilt;
  };
  access?: {
    [operation: string]: ((input: Record<string, unknown>, ctx: Ctx) => Access | readonly Access[]) | undefined;
  };
  throttles?: {
    [operation: string]: ((input: Record<string, unknown>, ctx: Ctx) => Throttle | undefined) | undefined;
  };
  unbuilt?: { readonly [operation: string]: readonly string[] | undefined };
  dataEvents?: readonly string[];
  reads?: { readonly [operation: string]: Reading | undefined };
};

/** Declares a service; the only export main loads. */
export function defineService<Name extends ServiceName>(service: Service<Name>): AnyService {
  return service as unknown as AnyService;
}
