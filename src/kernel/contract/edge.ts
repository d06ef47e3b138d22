/** The edge: a network of caches near to viewers. What it is told of a distribution, and what it asks for on the way. */
import type { Millis } from '#kernel/base';
import type { ByteStream } from '#models/base';

/** Which of a request's headers, cookies or query strings are meant. */
/** `like`: names in which `*` is any characters and `?` is one. */
export type EdgePick = { mode: 'none' | 'some' | 'like' | 'all' | 'allExcept'; names: readonly string[] };

export type EdgeSelection = { headers: EdgePick; cookies: EdgePick; query: EdgePick };

/** A key value store. Two of the same id and version hold the same; `created` and `updated` in ISO 8601, `bytes` of keys and values. */
export type EdgeStore = {
  id: string;
  version: string;
  created: string;
  updated: string;
  bytes: number;
  pairs(): { readonly [key: string]: string };
};

/** A small function at the edge. Two with the same key are the same. */
export type EdgeCode = {
  key: string;
  name: string;
  runtime: 'cloudfront-js-1.0' | 'cloudfront-js-2.0';
  source: string;
  /** Ids of the key value stores that it may read. */
  stores: readonly string[];
  /** It is asked about connections, and gives as its output whether one is allowed. */
  isOfConnections?: boolean;
};

/** What a run of it gave: `output` is JSON, and so is `origin`, what it wants of the origin. */
/** `isInvalid`: it came to its end, with what can't be used. */
export type EdgeRun = {
  output?: string;
  origin?: string;
  error?: string;
  isInvalid?: boolean;
  logs: string[];
  utilization: number;
};

export type EdgeHeaderRule = { name: string; value: string; override: boolean };

export type EdgeCors = {
  origins: readonly string[];
  headers: readonly string[];
  methods: readonly string[];
  exposed: readonly string[];
  maxAge: number | undefined;
  credentials: boolean;
  override: boolean;
};

/** What becomes of the headers of an answer. */
export type EdgeHeaderRules = {
  set: readonly EdgeHeaderRule[];
  remove: readonly string[];
  cors: EdgeCors | undefined;
  /** Share of the answers with a Server-Timing header, percent; undefined where nobody has one, 0 where those have it who ask for it. */
  timing: number | undefined;
};

export type EdgeEvent = 'viewer-request' | 'viewer-response' | 'origin-request' | 'origin-response';

/** Fields of forms whose names match a pattern, and for whom they are encrypted. */
export type EdgeField = { provider: string; keyName: string; pem: string; patterns: readonly string[] };

/** Which requests have which fields encrypted. */
export type EdgeEncryption = {
  /** The profile of a content type; '' where it has none. */
  types: { readonly [contentType: string]: string };
  /** The profile that a request names itself. */
  queryProfiles: { readonly [argument: string]: string };
  profiles: { readonly [id: string]: readonly EdgeField[] };
  /** What is not known goes on as it is; else it is refused. */
  forwardUnknownType: boolean;
  forwardUnknownArgument: boolean;
};

export type EdgeBehavior = {
  /** With `*` and `?`. */
  pattern: string;
  /** Of an origin, or of a group. */
  target: string;
  methods: readonly string[];
  cachedMethods: readonly string[];
  protocol: 'allow-all' | 'https-only' | 'redirect-to-https';
  compress: boolean;
  /** Seconds. */
  ttl: { min: number; default: number; max: number };
  /** What tells one object from another; it is sent to the origin, too. */
  key: EdgeSelection;
  /** Encodings that are told apart. */
  encodings: readonly ('br' | 'gzip')[];
  /** What is sent to the origin besides. */
  forward: EdgeSelection;
  /** It has no policies, as before there were any. */
  isLegacy: boolean;
  /** Public keys (PEM) by id, where only signed requests are served. */
  keys: { readonly [id: string]: string } | undefined;
  encryption: EdgeEncryption | undefined;
  responseHeaders: EdgeHeaderRules | undefined;
  functions: { readonly [event in EdgeEvent]?: EdgeCode };
  lambdas: { readonly [event in EdgeEvent]?: { arn: string; includeBody: boolean } };
};

export type EdgeOrigin = {
  id: string;
  domain: string;
  /** Comes before each path. */
  path: string;
  headers: readonly (readonly [name: string, value: string])[];
  protocol: 'http-only' | 'https-only' | 'match-viewer';
  httpPort: number;
  httpsPort: number;
  attempts: number;
  connectTimeout: Millis;
  readTimeout: Millis;
  /** The Region of the one cache through which all others ask it. */
  shield: string | undefined;
  /** What is asked for as host in place of its own name. */
  host?: string;
  /** Whether requests are signed, where a function has said so in place of its access control. */
  signing?: 'always' | 'never' | 'no-override';
  /** Of a bucket, as functions see it. */
  bucket: { region: string; authMethod: 'origin-access-identity' | 'none' } | undefined;
};

/** Two origins: the second is asked where the first fails, or answers with one of the statuses. */
export type EdgeGroup = { members: readonly [string, string]; statuses: readonly number[] };

export type EdgeErrorPage = { status: number; path: string | undefined; as: number | undefined; ttl: number };

export type EdgeDistribution = {
  /** Changes with everything else in here. */
  key: string;
  /** Its caches are under this name: the distribution's id, or that of one of its tenants. */
  id: string;
  /** The distribution's id. */
  distribution: string;
  domain: string;
  /** By this name it knows, in `Via`, requests that come back to it. */
  hop: string;
  rootObject: string;
  /** By their ids, which are any text. */
  origins: ReadonlyMap<string, EdgeOrigin>;
  groups: ReadonlyMap<string, EdgeGroup>;
  /** In the order in which they are tried; the last takes everything. */
  behaviors: readonly EdgeBehavior[];
  errors: readonly EdgeErrorPage[];
  /** Country codes that are served alone, or not at all. */
  countries: { allow: boolean; codes: readonly string[] } | undefined;
  /** Edge locations: all, or those of the cheaper parts of the world. */
  reach: 'all' | '200' | '100';
};

export type EdgeRequest = {
  host: string;
  method: string;
  path: string;
  query: string;
  headers: Readonly<Record<string, string>>;
  body: ByteStream;
  sourceIp: string;
  secure: boolean;
  gone: AbortSignal | undefined;
  /** What the viewer has shown, as DER; null for nothing, undefined where nobody asked for it. */
  certificate: Uint8Array | null | undefined;
};

export type EdgeReply = {
  status: number;
  /** Lists for what comes several times. */
  headers: Record<string, string | string[]>;
  body: string | Uint8Array | ByteStream;
};

/** A request on its way to an origin. */
export type OriginRequest = {
  method: string;
  path: string;
  query: string;
  headers: Record<string, string>;
  body: ByteStream | Uint8Array;
  sourceIp: string;
  secure: boolean;
};

/** How a request was answered, for logs and metrics. */
export type EdgeRecord = {
  location: string;
  /** Of the viewer: `FR`. */
  country: string;
  result:
    | 'Hit'
    | 'RefreshHit'
    | 'Miss'
    | 'Error'
    | 'Redirect'
    | 'LimitExceeded'
    | `${'Function' | 'Lambda'}${'GeneratedResponse' | 'ExecutionError' | 'ValidationError'}`;
  /** More exactly than `result`, in the words of CloudFront's logs. */
  detail: string;
  id: string;
  status: number;
  /** Of the answer's body; undefined where it is not known beforehand. */
  bytes: number | undefined;
  /** Of its status line and headers, about. */
  headBytes: number;
  /** What the answer says of its Content-Range. */
  range: { start: string; end: string } | undefined;
  /** False for a request that is too long to be understood. */
  isLogged: boolean;
  contentType: string;
  /** Of the behaviour that answered. */
  pattern: string;
  millis: Millis;
  /** What became of fields that are to be encrypted, in the words of CloudFront's logs. */
  encryption: { status: string; fields: number } | undefined;
};

/** What the edge asks of who runs it. */
export type EdgeServices = {
  now(): Millis;
  /** Random text for ids. */
  id(): string;
  /** So many random bytes. */
  bytes(count: number): Uint8Array;
  /** Sends a request to an origin, perhaps as code has changed it, within this cloud; undefined where that is elsewhere, and the edge is to go there itself. */
  reach(origin: EdgeOrigin, request: OriginRequest): Promise<EdgeReply | 'close' | undefined>;
  /** Calls a function with an event as JSON; gives its answer as JSON. Rejects where it fails. */
  invoke(arn: string, event: string): Promise<string>;
  /** A key value store as it is now; undefined where there is none. */
  store(id: string): EdgeStore | undefined;
  /** A small function has run for a request, of which this is the id. */
  ran(code: EdgeCode, run: EdgeRun, id: string): void;
  /** Work that goes on after the answer. */
  track(work: Promise<void>): void;
  answered(record: EdgeRecord): void;
};

/** What the edge knows of a request that it only lets through, to what is no distribution of a user's. */
export type EdgePassage = {
  /** Of its viewer, by the names of headers: `cloudfront-viewer-country`. */
  facts: Readonly<Record<string, string | undefined>>;
  /** The way that it came, the edge the last on it. */
  via: string;
  /** Headers of the answer to it that are the edge's own. */
  stampOf(result: 'Miss' | 'Error'): Readonly<Record<string, string>>;
  /** What the edge answers itself, to a request that goes no further. */
  refusal: EdgeReply | undefined;
};

export interface EdgePlane {
  answer(distribution: EdgeDistribution, request: EdgeRequest, services: EdgeServices): EdgeReply | Promise<EdgeReply>;
  /** Looks at a request that passes through. @param hop the edge's name on its way @param id of the request */
  pass(request: Pick<EdgeRequest, 'method' | 'headers' | 'sourceIp' | 'secure'>, hop: string, id: string): EdgePassage;
  /** Forgets what its caches have for paths, each exact or with a `*` at its end. */
  invalidate(id: string, paths: readonly string[]): void;
  /** Forgets everything that its caches have. */
  forget(): void;
  /** Runs a small function, as the edge would. `event` is JSON. */
  run(code: EdgeCode, event: string, services: Pick<EdgeServices, 'now' | 'store'>): Promise<EdgeRun>;
  close(): Promise<void>;
}
