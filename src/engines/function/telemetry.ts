/**
 * The Telemetry API, and the Logs API before it: what a function writes and what happens to it, sent in bunches to who has subscribed inside the
 * environment. Source: Lambda Developer Guide, "Accessing real-time telemetry data for extensions using the Telemetry API", "Using the Lambda Logs API".
 */
import type { Millis } from '#kernel/base';
import { type Disarm, machineAlarm } from '#kernel/clock';

/** Not imported, for the reason that kernel/gateway/listen.ts gives. */
const { request } = process.getBuiltinModule('node:http');

export const TELEMETRY = /^\/(2022-07-01\/telemetry|2020-08-15\/logs)$/;

/** Source: "Lambda Telemetry API reference", Buffering: defaults, least and greatest values. */
const ITEMS = { usual: 10_000, least: 1_000, most: 10_000 };
const BYTES = { usual: 262_144, least: 262_144, most: 1_048_576 };
const DELAY = { usual: 1_000, least: 25, most: 30_000 };
const SUBSCRIBERS_MAX = 10;
/** Events that are kept for those who subscribe while the environment starts. */
const EARLY_MAX = 1_000;

export type TelemetryEvent = { time: string; type: string; record: unknown };

type Subscriber = {
  port: number;
  path: string;
  types: ReadonlySet<string>;
  items: number;
  bytes: number;
  delay: Millis;
  waiting: string[];
  waitingBytes: number;
  disarm: Disarm | undefined;
};

export class Telemetry {
  #subscribers: Subscriber[] = [];
  /** What has happened so far; undefined from the first call on. */
  #early: TelemetryEvent[] | undefined = [];

  /** @returns what is told from now on, or why it can't be */
  subscribe(body: Uint8Array): readonly string[] | string {
    const given = read(body);
    if (given === undefined) return 'Invalid subscription';
    if (this.#subscribers.length >= SUBSCRIBERS_MAX) return 'Too many subscriptions';
    const { types, destination } = given;
    const buffering = given.buffering ?? {};
    const url = URL.parse(destination?.URI ?? '');
    // Only what runs in the environment is sent to, whatever the name.
    if (url === null || url.protocol !== 'http:' || !/^(sandbox|sandbox\.localdomain|127\.0\.0\.1)$/.test(url.hostname))
      return 'Invalid destination';
    const within = (value: unknown, { usual, least, most }: typeof ITEMS) =>
      typeof value === 'number' ? Math.min(most, Math.max(least, value)) : usual;
    const subscriber: Subscriber = {
      port: Number(url.port || 80),
      path: url.pathname,
      types: new Set(types),
      items: within(buffering.maxItems, ITEMS),
      bytes: within(buffering.maxBytes, BYTES),
      delay: within(buffering.timeoutMs, DELAY),
      waiting: [],
      waitingBytes: 0,
      disarm: undefined,
    };
    this.#subscribers.push(subscriber);
    for (const event of this.#early ?? []) give(subscriber, event, JSON.stringify(event));
    return types;
  }

  /** Something happened: `platform.start`, `function`. */
  tell(event: TelemetryEvent): void {
    if (event.type === 'platform.start') this.#early = undefined;
    if (this.#early !== undefined && this.#early.length < EARLY_MAX) this.#early.push(event);
    if (this.#subscribers.length === 0) return;
    const text = JSON.stringify(event);
    for (const one of this.#subscribers) give(one, event, text);
  }

  /** Sends what waits. */
  flush(): void {
    for (const one of this.#subscribers) flush(one);
  }
}

function give(one: Subscriber, { type }: TelemetryEvent, text: string): void {
  if (!one.types.has(type.split('.')[0] ?? '')) return;
  one.waiting.push(text);
  one.waitingBytes += text.length;
  if (one.waiting.length >= one.items || one.waitingBytes >= one.bytes) flush(one);
  else one.disarm ??= machineAlarm(one.delay, () => flush(one));
}

function flush(one: Subscriber): void {
  one.disarm?.();
  one.disarm = undefined;
  if (one.waiting.length === 0) return;
  const body = `[${one.waiting.join(',')}]`;
  one.waiting = [];
  one.waitingBytes = 0;
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  const outgoing = request({
    host: '127.0.0.1',
    port: one.port,
    path: one.path,
    method: 'POST',
    headers,
    timeout: 1_000,
  });
  outgoing.on('response', (incoming) => incoming.resume());
  outgoing.on('timeout', () => outgoing.destroy());
  // Who does not listen misses it.
  outgoing.on('error', () => {});
  outgoing.end(body);
}

type Given = {
  types: string[];
  destination?: { URI?: string };
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
