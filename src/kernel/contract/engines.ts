/** Engines, as services see them: what really runs on this machine. Each is made by main when it is first asked for. */
import type { Millis } from '#kernel/base';
import type { Place } from '#kernel/store';

export type { Place };

export type Engines = {
  readonly function: FunctionEngine;
  readonly sql: SqlEngine;
};

/** `type` is what SQLite calls it; BOOLEAN (0, 1) and TIMESTAMP (`2026-01-31 12:00:00`) are shown as Trino shows them. */
export type SqlTable = {
  name: string;
  columns: readonly { name: string; type: string }[];
  rows: AsyncIterable<readonly (string | number | null)[]>;
};

/** `text`: one SELECT of SQLite; `most`: rows of the answer. */
export type SqlQuery = { text: string; tables: readonly SqlTable[]; most: number; timeout: Millis };
export type SqlAnswer =
  | { columns: readonly string[]; rows: readonly (readonly (string | null)[])[]; isMore: boolean }
  | { error: string }
  | { timedOut: true };

/** Queries in SQL that read. What is wrong with one is its answer; nothing else fails. */
export type SqlEngine = { select(query: SqlQuery): Promise<SqlAnswer> };

/** Files that a function is made of: an archive, named by its SHA-256 in base64, or a folder of this machine, taken as it is. */
export type FunctionCode = { sha256: string; open: () => AsyncIterable<Uint8Array> } | { folder: string };

export type FunctionCredentials = { accessKeyId: string; secretAccessKey: string; sessionToken: string };

/** What runs. Two specifications with the same key are the same. */
export type FunctionSpec = {
  /** Changes with everything else in here. */
  key: string;
  /** Function and version, whatever its configuration: `retire` names it. */
  arn: string;
  place: Place;
  name: string;
  version: string;
  /** Whose calls it serves; part of the key. */
  tenant?: string | undefined;
  runtime: string;
  handler: string;
  code: FunctionCode;
  layers: readonly FunctionCode[];
  /** MB. CPU is in proportion to it. */
  memory: number;
  timeout: Millis;
  /** Size of /tmp, MB. */
  storage: number;
  environment: { readonly [name: string]: string };
  /** Where the function reaches this cloud. */
  endpoint: string;
  credentials: () => Promise<FunctionCredentials>;
  /** `stream` names a new one; `application` and `system` are the least severe levels that are kept where the log is JSON. */
  log: { group: string; stream: () => string; json: boolean; application: string; system: string };
  /** Environments stand as snapshots would until they are called: hooks run before and after. */
  snapshot?: boolean | undefined;
  /** Answers environments at a port that they see as their own. */
  local?: FunctionLocal | undefined;
  /** Hears what an environment writes, a stream for each; until that is kept. Never fails. */
  onLog: (stream: string, lines: readonly FunctionLogLine[]) => Promise<void>;
};

/** Stands for a program beside a function that serves HTTP. */
export type FunctionLocal = {
  port: number;
  /** Functions share this machine's ports: whether a request comes from one of this specification. */
  isAskedBy(headers: LocalRequest['headers']): boolean;
  answer(request: LocalRequest): Promise<LocalReply>;
};

/** `path` with its query; names of headers in lower case. */
export type LocalRequest = { method: string; path: string; headers: { readonly [name: string]: string } };
export type LocalReply = { status: number; body: string };

/** A line, or several that were written as one. `at` is on the machine's clock. */
export type FunctionLogLine = { at: Millis; text: string };

export type FunctionCall = {
  requestId: string;
  /** ARN that the caller used, with its alias or version. */
  arn: string;
  payload: Uint8Array;
  /** JSON. */
  clientContext?: string | undefined;
  /** X-Ray's trace header. */
  trace: string;
  /** The answer may come in pieces: give it as soon as it begins. */
  streams: boolean;
};

export type FunctionAnswer = {
  /** JSON as the function gave it; pieces only where the call allowed it. */
  body: Uint8Array | AsyncIterable<Uint8Array>;
  contentType: string;
  /** The function failed; `body` says how. */
  failed: boolean;
  /** What the environment wrote during the call and how it ended; resolves when all is said. */
  ended: Promise<FunctionReport>;
};

export type FunctionReport = {
  /** The end of the log, at most 4 KB. */
  tail: string;
  /** Of the call. */
  duration: Millis;
  /** Of the environment's start, where the call had to wait for one. */
  init: Millis | undefined;
  /** MB. */
  memoryUsed: number;
  failed: boolean;
  /** Type of the error where it failed. */
  errorType?: string | undefined;
};

/** Why a runtime can't be used on this machine, in words for a person; undefined where it can. */
export type RuntimeFault = string | undefined;

/** What became of environments that were to be kept started. */
export type Provision = {
  /** Those that have started. */
  started: number;
  /** Why there are no more: one could not start, or the machine has no room for more than those. */
  fault?: 'start' | 'room';
};

export interface FunctionEngine {
  /** Whether functions may run from folders of this machine. Not where others reach the cloud, who could read any folder so. */
  readonly runsFolders: boolean;
  runtimeFault(runtime: string): Promise<RuntimeFault>;
  /**
   * Reads an archive that has not run yet.
   *
   * @returns bytes that it unpacks to
   * @throws  {CodeError} for what is no archive, or is too large, or wants to leave its folder
   */
  check(code: FunctionCode, unpackedMax: number): Promise<number>;
  /** Starts an environment ahead of the first call, unless there is one: whether it has started. */
  start(spec: FunctionSpec): Promise<boolean>;
  /** Carries out a call in an environment that is free, or in a new one. @throws {RestoreFailed} */
  invoke(spec: FunctionSpec, call: FunctionCall): Promise<FunctionAnswer>;
  /** Calls in progress at a place; with a name only those of one function. */
  running(place: Place, name?: string): number;
  /** Calls in progress of one version as it is configured. */
  atWork(version: { key: string }): number;
  /** Keeps this many environments started; 0 lets them go again. Those of the same version that had another key are let go. */
  provision(spec: FunctionSpec, count: number): Promise<Provision>;
  /** Environments that have started and are kept so, of a version, whatever its configuration unless a key is named. */
  provisioned(version: { arn: string; key?: string }): number;
  /** Ends the environments of a function (or, without one, of an account) once their calls are over. */
  retire(arn: string): void;
  close(): Promise<void>;
}

/** What stood for a snapshot could not be restored. */
export class RestoreFailed extends Error {
  override name = 'RestoreFailed';
  readonly reason: 'timeout' | 'error';

  constructor(reason: RestoreFailed['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

/** What is wrong with the files of a function. */
export class CodeError extends Error {
  override name = 'CodeError';
  readonly reason: 'unreadable' | 'too-large';

  constructor(reason: CodeError['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}
