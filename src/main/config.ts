/** The options of a cloud: what `cloudyard start` and `startCloud` take, and the environment variables of the same names. */
import type { Engines, Planes } from '#kernel/contract';
import type { Durability } from '#kernel/store';

export type CloudOptions = {
  /** Folder of the state; undefined keeps everything in memory. */
  data?: string | undefined;
  durability?: Durability | undefined;
  clock?: 'real' | 'virtual' | undefined;
  /** Instant at which a virtual clock starts, milliseconds since the epoch. */
  startAt?: number | undefined;
  /** Same seed, same ids. */
  seed?: string | undefined;
  /** Engines in place of the real ones: simulated, for tests. */
  engines?: Partial<Engines> | undefined;
  /** Planes in place of the real ones. */
  planes?: Partial<Planes> | undefined;
  /** Refuse access keys that do not exist. */
  strict?: boolean | undefined;
  /** Address that it listens on, where it listens at all. */
  host?: string | undefined;
  /** Relay that carries mail on: `smtp://user:password@host:port`, or `smtps:`. */
  smtp?: string | undefined;
};

export type ServerOptions = CloudOptions & {
  port?: number | undefined;
  /** Answer HTTPS too, on the same port. */
  tls?: boolean | undefined;
};

export const PORT_DEFAULT = 4566;
export const HOST_DEFAULT = '127.0.0.1';

/** Thrown for an option that can't be; its text is for a person. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

/** Thrown for something named that is not there; its text is for a person. */
export class MissingError extends Error {
  override name = 'MissingError';
}

/** Checks options that came as texts (flags, environment). */
export function parseOptions(texts: { [name: string]: string | boolean | undefined }): ServerOptions {
  const text = (name: string) =>
    typeof texts[name] === 'string' && texts[name] !== '' ? (texts[name] as string) : undefined;
  const port = text('port');
  if (port !== undefined && !(Number.isInteger(Number(port)) && Number(port) >= 0 && Number(port) <= 65_535))
    throw new ConfigError(`--port ${port}: expected a number from 0 to 65535`);
  const startAt = text('start-at');
  if (startAt !== undefined && Number.isNaN(Date.parse(startAt)))
    throw new ConfigError(`--start-at ${startAt}: expected an instant such as 2026-01-01T00:00:00Z`);
  const smtp = text('smtp');
  if (smtp !== undefined && !isRelay(smtp))
    throw new ConfigError('--smtp: expected an address such as smtp://user:password@host:587, or smtps:');
  return {
    data: text('data'),
    host: text('host'),
    port: port === undefined ? undefined : Number(port),
    durability: oneOf('durability', text('durability'), ['process', 'disk']),
    clock: oneOf('clock', text('clock'), ['real', 'virtual']),
    startAt: startAt === undefined ? undefined : Date.parse(startAt),
    seed: text('seed'),
    strict: isSet(texts.strict) ? true : undefined,
    smtp,
    tls: isSet(texts.tls) ? true : undefined,
  };
}

/** Whether a flag is given, on the command line or in the environment. */
export function isSet(value: string | boolean | undefined): boolean {
  return value === true || value === '1' || value === 'true';
}

function isRelay(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^smtps?:$/.test(url.protocol) && url.hostname !== '' && /^\/?$/.test(url.pathname);
}

function oneOf<T extends string>(name: string, value: string | undefined, allowed: readonly T[]): T | undefined {
  if (value === undefined) return undefined;
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw new ConfigError(`--${name} ${value}: expected ${allowed.join(' or ')}`);
  return found;
}

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|localhost|::1)$/;

/** Whether nobody but this machine reaches an address. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/** A public address needs --strict: without it every unknown key is an account's root. */
export function checkHost(host: string, strict: boolean): void {
  if (!isLoopback(host) && !strict) {
    throw new ConfigError(
      `--host ${host} can be reached from other machines, and without --strict any access key is let in as root. Add --strict, or listen on ${HOST_DEFAULT}.`,
    );
  }
}
