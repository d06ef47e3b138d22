/**
 * Extensions of an environment: programs beside the runtime, or parts of it, that hear of calls and of the end.
 * Source: Lambda Developer Guide, "Using the Lambda Extensions API to create extensions".
 */
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { FunctionCall, FunctionSpec } from '#kernel/contract';

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

/** Who hears of extensions. */
export type ExtensionEvents = {
  /** Nothing has to be waited for any more. */
  ready(): void;
  /** One has started. */
  begun(name: string, events: readonly string[]): void;
};

/** An answer: status, body, headers; `held` where it comes later. */
export type ExtensionReply = { status: number; body: object; headers?: Record<string, string> } | 'held';

export class Extensions {
  readonly #spec: FunctionSpec;
  /** Names of the programs that have been started, and have yet to register. */
  readonly #expected: Set<string>;
  readonly #events: ExtensionEvents;
  readonly #newId: () => string;
  #all = new Map<string, Extension>();

  constructor(spec: FunctionSpec, expected: readonly string[], newId: () => string, events: ExtensionEvents) {
    this.#spec = spec;
    this.#expected = new Set(expected);
    this.#newId = newId;
    this.#events = events;
  }

  /** Whether all have started, and dealt with what they got. */
  get areReady(): boolean {
    return this.#expected.size === 0 && [...this.#all.values()].every(({ isReady }) => isReady);
  }

  /** Whether any wants to hear of the end. */
  get hearTheEnd(): boolean {
    return [...this.#all.values()].some(({ events }) => events.has('SHUTDOWN'));
  }

  /** The name of the extension that a request's header identifies. */
  nameOf(headers: IncomingHttpHeaders): string {
    return this.#all.get(String(headers['lambda-extension-identifier'] ?? ''))?.name ?? '';
  }

  /** A call begins. */
  invoke({ requestId, arn, trace }: FunctionCall, deadlineMs: number): void {
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
    const extension = this.#all.get(String(headers['lambda-extension-identifier'] ?? ''));
    if (extension === undefined) return refusal(403, 'Extension.UnknownExtensionIdentifier', 'Unknown extension');
    if (method === 'GET' && rest === '/event/next') return this.#next(extension, response);
    if (method === 'POST' && (rest === '/init/error' || rest === '/exit/error')) {
      this.#all.delete(extension.id);
      if (this.areReady) this.#events.ready();
      return { status: 202, body: { status: 'OK' } };
    }
    return refusal(404, 'NotFound', `no such path: ${path}`);
  }

  #register(headers: IncomingHttpHeaders, body: Uint8Array): ExtensionReply {
    const name = String(headers['lambda-extension-name'] ?? '');
    const events = eventsOf(body);
    if (name === '' || events === undefined) return refusal(400, 'InvalidRequestFormat', 'Invalid registration');
    if (this.#all.size >= EXTENSIONS_MAX) return refusal(403, 'Extension.TooManyExtensions', 'Too many extensions');
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

function refusal(status: number, errorType: string, errorMessage: string): ExtensionReply {
  return { status, body: { errorMessage, errorType } };
}

function eventsOf(body: Uint8Array): Set<Kind> | undefined {
  try {
    const { events = [] } = JSON.parse(Buffer.from(body).toString('utf8') || '{}') as { events?: unknown };
    if (!Array.isArray(events) || !events.every((one) => one === 'INVOKE' || one === 'SHUTDOWN')) return undefined;
    return new Set(events);
  } catch {
    return undefined;
  }
}
