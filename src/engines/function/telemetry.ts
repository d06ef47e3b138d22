/**
 * The Telemetry API, and the Logs API before it: what a function writes and what happens to it, sent in bunches to who has subscribed inside the
 * environment. Source: Lambda Developer Guide, "Accessing real-time telemetry data for extensions using the Telemetry API", "Using the Lambda Logs API".
 */
import type { Millis } from '#kernel/base';
import { type Disarm, machineAlarm, machineNow } from '#kernel/clock';
import { inOldWords, type TelemetryEvent } from './logs-api.ts';

/** Not imported, for the reason that kernel/gateway/listen.ts gives. */
const { request } = process.getBuiltinModule('node:http');
const { connect } = process.getBuiltinModule('node:net');

export const TELEMETRY = /^\/(2022-07-01\/telemetry|2020-08-15\/logs)$/;

/** Source: "Lambda Telemetry API reference", Buffering: defaults, least and greatest values. */
const ITEMS = { usual: 10_000, least: 1_000, most: 10_000 };
const BYTES = { usual: 262_144, least: 262_144, most: 1_048_576 };
const DELAY = { usual: 1_000, least: 25, most: 30_000 };
const SUBSCRIBERS_MAX = 10;
/** What nobody takes is sent again after this, and longer from time to time. Source: "Specifying a destination protocol": with backoff. */
const AGAIN: Millis = 50;
const AGAIN_MAX: Millis = 2_000;
/** Events that are kept for those who subscribe while the environment starts. */
const EARLY_MAX = 1_000;

/** Takes a bunch of events as texts; says whether it could. */
type Send = (events: readonly string[], done: (isSent: boolean) => void) => void;

type Subscriber = {
  send: Send;
  types: ReadonlySet<string>;
  /** Of the Logs API, the version of its events; undefined for the Telemetry API. */
  old: string | undefined;
  items: number;
  bytes: number;
  delay: Millis;
  waiting: string[];
  waitingBytes: number;
  isSending: boolean;
  dropped: { droppedRecords: number; droppedBytes: number };
  disarm: Disarm | undefined;
};

export class Telemetry {
  readonly #subscribers = new Map<string, Subscriber>();
  /** What has happened so far; undefined from the first call on. */
  #early: TelemetryEvent[] | undefined = [];
  #isClosed = false;

  /**
   * An extension wants to hear what happens; who asks again changes what was asked for.
   *
   * @param isOld by the Logs API
   * @returns what is told from now on, or why it can't be
   */
  subscribe(name: string, isOld: boolean, body: Uint8Array): readonly string[] | string {
    const given = read(body);
    if (given === undefined) return 'Invalid subscription';
    const known = this.#subscribers.get(name);
    if (known !== undefined && (known.old !== undefined) !== isOld) return 'Subscribed by the other API already';
    if (this.#early === undefined) return 'Subscriptions are closed once the environment has started';
    if (known === undefined && this.#subscribers.size >= SUBSCRIBERS_MAX) return 'Too many subscriptions';
    const { types, buffering = {}, schemaVersion = '2020-08-15' } = given;
    const send = sendingTo(given.destination ?? {});
    const faults = [typeof send === 'string' ? send : '', types.length === 0 ? 'types should not be empty' : ''];
    if (typeof send === 'string' || types.length === 0) return faults.filter((one) => one !== '').join('; ');
    const within = (value: unknown, { usual, least, most }: typeof ITEMS) =>
      typeof value === 'number' ? Math.min(most, Math.max(least, value)) : usual;
    const settings = {
      send,
      types: new Set(types),
      old: isOld ? schemaVersion : undefined,
      items: within(buffering.maxItems, ITEMS),
      bytes: within(buffering.maxBytes, BYTES),
      delay: within(buffering.timeoutMs, DELAY),
    };
    if (known !== undefined) {
      Object.assign(known, settings);
      return types;
    }
    const subscriber: Subscriber = {
      ...settings,
      waiting: [],
      waitingBytes: 0,
      isSending: false,
      dropped: { droppedRecords: 0, droppedBytes: 0 },
      disarm: undefined,
    };
    this.#subscribers.set(name, subscriber);
    for (const event of this.#early) this.#give(subscriber, event);
    return types;
  }

  /** Something happened: `platform.start`, `function`. */
  tell(event: TelemetryEvent): void {
    if (event.type === 'platform.start') this.#early = undefined;
    if (this.#early !== undefined && this.#early.length < EARLY_MAX) this.#early.push(event);
    for (const one of this.#subscribers.values()) this.#give(one, event);
  }

  /** Sends what waits. */
  flush(): void {
    for (const one of this.#subscribers.values()) this.#flush(one);
  }

  /** Nobody is there any more. */
  close(): void {
    this.#isClosed = true;
    for (const one of this.#subscribers.values()) one.disarm?.();
  }

  #give(one: Subscriber, event: TelemetryEvent): void {
    if (!one.types.has(event.type.split('.')[0] ?? '')) return;
    for (const told of one.old === undefined ? [event] : inOldWords(event, one.old))
      this.#add(one, JSON.stringify(told));
    if (one.waiting.length === 0 || one.isSending) return;
    if (one.waiting.length >= one.items || one.waitingBytes >= one.bytes) this.#flush(one);
    else one.disarm ??= machineAlarm(one.delay, () => this.#flush(one));
  }

  /** What nobody takes is not kept without end. */
  #add(one: Subscriber, text: string): void {
    if (one.isSending && one.waitingBytes + text.length > 2 * one.bytes) {
      one.dropped.droppedRecords += 1;
      one.dropped.droppedBytes += text.length;
      return;
    }
    one.waiting.push(text);
    one.waitingBytes += text.length;
  }

  #flush(one: Subscriber): void {
    if (one.isSending || one.waiting.length === 0 || this.#isClosed) return;
    one.disarm?.();
    one.disarm = undefined;
    const events = one.waiting;
    one.waiting = [];
    one.waitingBytes = 0;
    one.isSending = true;
    this.#try(one, events, AGAIN);
  }

  #try(one: Subscriber, events: readonly string[], delay: Millis): void {
    one.send(events, (isSent) => {
      if (this.#isClosed) return;
      if (!isSent) {
        one.disarm = machineAlarm(delay, () => this.#try(one, events, Math.min(2 * delay, AGAIN_MAX)));
        return;
      }
      one.isSending = false;
      this.#tellDropped(one);
      this.#flush(one);
    });
  }

  #tellDropped(one: Subscriber): void {
    const { dropped } = one;
    if (dropped.droppedRecords === 0 || !one.types.has('platform')) return;
    one.dropped = { droppedRecords: 0, droppedBytes: 0 };
    const reason = 'Consumer seems to have fallen behind as it has not acknowledged receipt of logs.';
    const time = new Date(machineNow()).toISOString();
    this.#add(one, JSON.stringify({ time, type: 'platform.logsDropped', record: { reason, ...dropped } }));
  }
}

type Destination = { protocol?: string; URI?: string; port?: number; method?: string };

/** How a destination is sent to, or what is wrong with it. Only what runs in the environment is sent to, whatever the name. */
function sendingTo({ protocol = 'HTTP', URI = '', port: given, method }: Destination): Send | string {
  const url = URL.parse(URI);
  if (url !== null && !/^(sandbox|sandbox\.localdomain|127\.0\.0\.1|localhost)$/.test(url.hostname))
    return 'Invalid destination';
  const port = Number(given ?? url?.port);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return 'URI port is not provided';
  if (protocol === 'TCP') return byTcp(port);
  if (protocol !== 'HTTP' || url === null || url.protocol !== 'http:') return 'Invalid destination';
  return byHttp(port, url.pathname, method === 'PUT' ? 'PUT' : 'POST');
}

/** One request for each bunch; an environment that stands still answers when it goes on. */
function byHttp(port: number, path: string, method: string): Send {
  return (events, done) => {
    const body = `[${events.join(',')}]`;
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const outgoing = request({ host: '127.0.0.1', port, path, method, headers });
    outgoing.on('response', (incoming) => {
      incoming.resume();
      done((incoming.statusCode ?? 500) < 400);
    });
    outgoing.on('error', () => done(false));
    outgoing.end(body);
  };
}

/** A line for each event, on one connection as long as that stands. */
function byTcp(port: number): Send {
  let socket: ReturnType<typeof connect> | undefined;
  return (events, done) => {
    if (socket === undefined || socket.destroyed) {
      socket = connect(port, '127.0.0.1');
      socket.unref();
      socket.on('error', () => {});
    }
    socket.write(`${events.join('\n')}\n`, (error) => done(error === null || error === undefined));
  };
}

type Given = {
  types: string[];
  schemaVersion?: string;
  destination?: Destination;
  buffering?: { maxItems?: number; maxBytes?: number; timeoutMs?: number };
};

function read(body: Uint8Array): Given | undefined {
  try {
    const given = JSON.parse(Buffer.from(body).toString('utf8')) as Given;
    const known = ['platform', 'function', 'extension'];
    return Array.isArray(given.types) && given.types.every((type) => known.includes(type)) ? given : undefined;
  } catch {
    return undefined;
  }
}
