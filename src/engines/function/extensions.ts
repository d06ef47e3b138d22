/**
 * Extensions of an environment: programs beside the runtime, or parts of it, that hear of calls and of the end.
 * Source: Lambda Developer Guide, "Using the Lambda Extensions API to create extensions".
 */
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { Millis } from '#kernel/base';
import type { FunctionCall, FunctionSpec } from '#kernel/contract';
import { exitText } from './failure.ts';

export const EXTENSIONS = '/2020-01-01/extension';

/** Source: Lambda Developer Guide, "Lambda Extensions API", register: how many there may be. */
const EXTENSIONS_MAX = 10;

type Kind = 'INVOKE' | 'SHUTDOWN';

type Extension = {
  id: string;
  name: string;
  events: ReadonlySet<Kind>;
  /** It asks for its next event. */
  waiting: ServerResponse | undefined;
  /** What it has not asked for yet. */
  pending: object | undefined;
  /** It has dealt with what it got, and asks for more; at first, that it has started. */
  isReady: boolean;
  hasBegun: boolean;
};

/** One that has failed, as the log tells it. */
export type LostExtension = { name: string; events: readonly string[]; state: string; errorType?: string };

/** Who hears of extensions. */
export type ExtensionEvents = {
  /** Nothing has to be waited for any more. */
  ready(): void;
  /** One has started. */
  begun(name: string, events: readonly string[]): void;
  /** One has ended, or says that it can't go on. @param type of the error that calls are told, with `how` */
  failed(extension: LostExtension, type: string, how: string): void;
};

/** An answer: status, body, headers; `held` where it comes later. */
export type ExtensionReply = { status: number; body: object; headers?: Record<string, string> } | 'held';

export class Extensions {
  readonly #spec: FunctionSpec;
  /** Names of the programs that have been started; and those of them that have yet to register. */
  readonly #programs: ReadonlySet<string>;
  readonly #expected: Set<string>;
  /** Those that are parts of the runtime register before it has started. */
  #isClosed = false;
  readonly #events: ExtensionEvents;
  #ids = 0;
  #all = new Map<string, Extension>();

  constructor(spec: FunctionSpec, expected: readonly string[], events: ExtensionEvents) {
    this.#spec = spec;
    this.#programs = new Set(expected);
    this.#expected = new Set(expected);
    this.#events = events;
  }

  /** Whether all have started, and dealt with what they got. */
  get areReady(): boolean {
    return this.#expected.size === 0 && [...this.#all.values()].every(({ isReady }) => isReady);
  }

  /**
   * How long the runtime and they may take to end; 0 where there are none, so that nobody is asked to.
   * Source: Lambda Developer Guide, "Understanding the Lambda execution environment lifecycle", Shutdown phase.
   */
  get timeToEnd(): Millis {
    if (this.#all.size === 0) return 0;
    return [...this.#all.values()].some(({ name }) => this.#programs.has(name)) ? 2_000 : 500;
  }

  /** The name of the extension that a request's header identifies, or what is answered where it identifies none. */
  nameOf(headers: IncomingHttpHeaders): string | Exclude<ExtensionReply, 'held'> {
    return this.#all.get(String(headers['lambda-extension-identifier']))?.name ?? unidentified(headers);
  }

  /** A program has ended, which is to run as long as the environment. @param status of its shell */
  ended(name: string, status: number): void {
    if (!this.#programs.has(name)) return;
    const extension = [...this.#all.values()].find((one) => one.name === name);
    if (extension === undefined && (status === 126 || status === 127)) {
      const errorType = status === 126 ? 'PermissionDenied' : 'UnknownError';
      const why = status === 126 ? 'permission denied' : 'no such file or directory';
      const lost = { name, events: [], state: 'LaunchError', errorType };
      this.#events.failed(lost, 'Extension.LaunchError', `fork/exec /opt/extensions/${name}: ${why}`);
      return;
    }
    const how = status > 128 ? exitText(status, null) : `exit code ${status}`;
    const state = extension === undefined ? 'Started' : 'Registered';
    this.#events.failed({ name, events: [...(extension?.events ?? [])], state }, 'Extension.Crash', how);
  }

  /** A call begins. */
  invoke({ requestId, arn, trace }: FunctionCall, deadlineMs: number): void {
    this.#isClosed = true;
    const tracing = { type: 'X-Amzn-Trace-Id', value: trace };
    this.#tell('INVOKE', { eventType: 'INVOKE', deadlineMs, requestId, invokedFunctionArn: arn, tracing });
  }

  /** The environment ends. */
  shutDown(shutdownReason: string, deadlineMs: number): void {
    this.#tell('SHUTDOWN', { eventType: 'SHUTDOWN', shutdownReason, deadlineMs });
  }

  handle(
    method: string,
    path: string,
    headers: IncomingHttpHeaders,
    body: Uint8Array,
    response: ServerResponse,
  ): ExtensionReply {
    const rest = path.slice(EXTENSIONS.length);
    if (method === 'POST' && rest === '/register') return this.#register(headers, body);
    const isNext = method === 'GET' && rest === '/event/next';
    const [, when] = (method === 'POST' && /^\/(init|exit)\/error$/.exec(rest)) || [];
    if (!isNext && when === undefined) return refusal(404, 'NotFound', `no such path: ${path}`);
    const extension = this.#all.get(String(headers['lambda-extension-identifier']));
    if (extension === undefined) return unidentified(headers);
    return isNext ? this.#next(extension, response) : this.#fail(extension, when === 'init', headers, response);
  }

  /** It can't go on: the environment ends once it was heard. */
  #fail(
    { name, events }: Extension,
    isInit: boolean,
    headers: IncomingHttpHeaders,
    response: ServerResponse,
  ): ExtensionReply {
    const errorType = headers['lambda-extension-function-error-type'];
    if (errorType === undefined)
      return refusal(403, 'Extension.MissingHeader', 'Lambda-Extension-Function-Error-Type not found');
    const [state, type] = isInit ? ['InitError', 'Extension.InitError'] : ['ExitError', 'Extension.ExitError'];
    const lost = { name, events: [...events], state, errorType: String(errorType) };
    response.once('finish', () => this.#events.failed(lost, type, String(errorType)));
    return { status: 202, body: { status: 'OK' } };
  }

  #register(headers: IncomingHttpHeaders, body: Uint8Array): ExtensionReply {
    const name = String(headers['lambda-extension-name'] ?? '');
    if (name === '') return refusal(403, 'Extension.InvalidExtensionName', 'Empty extension name');
    const given = eventsOf(body);
    if (given === undefined) return refusal(403, 'InvalidRequestFormat', 'Invalid registration');
    const refused = this.#refusalOf(name, given);
    if (refused !== undefined) return refused;
    const events = new Set(given as Kind[]);
    this.#expected.delete(name);
    const id = this.#newId();
    this.#all.set(id, {
      id,
      name,
      events,
      waiting: undefined,
      pending: undefined,
      isReady: events.size === 0,
      hasBegun: false,
    });
    const { name: functionName, version: functionVersion, handler, place } = this.#spec;
    const features = String(headers['lambda-extension-accept-feature'] ?? '');
    const accountId = features.includes('accountId') ? { accountId: place.account } : {};
    return {
      status: 200,
      body: { functionName, functionVersion, handler, ...accountId },
      headers: { 'Lambda-Extension-Identifier': id },
    };
  }

  /** Why an extension can't register. Source of types and texts: AWS's runtime interface emulator, rapi/handler/agentregister.go. */
  #refusalOf(name: string, events: readonly string[]): ExtensionReply | undefined {
    const isProgram = this.#programs.has(name);
    for (const event of events) {
      const isKnown = event === 'INVOKE' || event === 'SHUTDOWN';
      if (!isKnown) return refusal(403, 'Extension.InvalidEventType', `${event}: ErrorInvalidEventType`);
      const why = 'ShutdownEventNotSupportedForInternalExtension';
      if (!isProgram && event === 'SHUTDOWN') return refusal(403, 'Extension.InvalidEventType', `${event}: ${why}`);
    }
    const known = [...this.#all.values()].find((one) => one.name === name);
    if (isProgram && known !== undefined) {
      const text = `State transition from ${known.isReady ? 'Ready' : 'Registered'} to Registered failed for extension ${name}. Error: State transition is not allowed`;
      return refusal(403, 'Extension.InvalidExtensionState', text);
    }
    if (isProgram) return undefined;
    if (this.#isClosed) return refusal(403, 'Extension.RegistrationClosed', 'Extension registration closed already');
    if (known !== undefined)
      return refusal(403, 'Extension.InvalidExtensionState', 'Extension with this name already registered');
    if (this.#all.size >= EXTENSIONS_MAX)
      return refusal(403, 'Extension.TooManyExtensions', `Extension limit (${EXTENSIONS_MAX}) reached`);
    return undefined;
  }

  #next(extension: Extension, response: ServerResponse): ExtensionReply {
    const event = extension.pending;
    extension.pending = undefined;
    if (event !== undefined) return this.#given(event);
    extension.waiting = response;
    extension.isReady = true;
    if (!extension.hasBegun) this.#events.begun(extension.name, [...extension.events]);
    extension.hasBegun = true;
    if (this.areReady) this.#events.ready();
    return 'held';
  }

  #tell(kind: Kind, event: object): void {
    for (const extension of this.#all.values()) {
      if (!extension.events.has(kind)) continue;
      extension.isReady = false;
      const { waiting } = extension;
      extension.waiting = undefined;
      if (waiting === undefined) extension.pending = event;
      else send(waiting, this.#given(event));
    }
  }

  #newId(): string {
    this.#ids += 1;
    return `00000000-0000-4000-8000-${String(this.#ids).padStart(12, '0')}`;
  }

  #given(body: object): Exclude<ExtensionReply, 'held'> {
    return { status: 200, body, headers: { 'Lambda-Extension-Event-Identifier': this.#newId() } };
  }
}

/** Writes an answer of the API. */
export function send(response: ServerResponse, { status, body, headers }: Exclude<ExtensionReply, 'held'>): void {
  const text = JSON.stringify(body);
  const length = Buffer.byteLength(text);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': length, ...headers }).end(text);
}

function unidentified(headers: IncomingHttpHeaders) {
  const id = headers['lambda-extension-identifier'];
  return id === undefined
    ? refusal(403, 'Extension.MissingExtensionIdentifier', 'Missing Lambda-Extension-Identifier header')
    : refusal(403, 'Extension.UnknownExtensionIdentifier', `Unknown extension ${id}`);
}

function refusal(status: number, errorType: string, errorMessage: string): Exclude<ExtensionReply, 'held'> {
  return { status, body: { errorMessage, errorType } };
}

function eventsOf(body: Uint8Array): string[] | undefined {
  try {
    const given = JSON.parse(Buffer.from(body).toString('utf8') || '{}') as { events?: unknown };
    // aws-lambda-go says null of none (`WithEnableSIGTERM`).
    const events = given.events ?? [];
    return Array.isArray(events) && events.every((one) => typeof one === 'string') ? events : undefined;
  } catch {
    return undefined;
  }
}
