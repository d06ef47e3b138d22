/**
 * The process in which small functions run. Each run has a world of its own: a fresh context without a single object of this one, in which no
 * text becomes code, and which nothing enters or leaves but text. The process's own realm is stripped beforehand, so that even an object of it
 * would lead nowhere. This file is both sides: what the runner starts and, started, the process.
 */
import { createHash, createHmac } from 'node:crypto';
import { createContext, runInContext, Script } from 'node:vm';
import { PRELUDE } from './prelude.ts';

/** What the runner starts. */
export const SANDBOX = import.meta.filename;

/** Time of a function on AWS is about a millisecond. It is told in parts of what is plenty; only where nobody else would get its turn is a function ended. */
const PLENTY_MILLIS = 250;
const SCRIPT_MILLIS_MAX = 1_000;
/** Source: CloudFront Developer Guide, "Edge function logs": 10 KB a run. */
const LOG_BYTES_MAX = 10_240;

type Store = { id: string; created: string; updated: string; pairs: Record<string, string> };
type Code = {
  key: string;
  runtime: string;
  source: string;
  /** Their ids. */
  stores: string[];
  isOfConnections?: boolean;
};
type Prepared = {
  script: Script | undefined;
  error: string | undefined;
  stores: string[];
  modern: boolean;
  isOfConnections: boolean;
};
/** What a run is told besides its event. */
type About = { now: number; query?: string; edgeLocation?: object };

const { hrtime } = process;
const host = process;
const prelude = new Script(PRELUDE, { filename: 'runtime.js' });
/** Functions that the process keeps; with one more it forgets all. */
export const CODES_MAX = 200;
const codes = new Map<string, Prepared>();
const known = new Map<string, Store>();

/** `import cf from 'cloudfront'` means what `require` does; there are no other modules. */
function linked(source: string): string {
  return source
    .replace(/^(\s*)import\s+(\w+)\s+from\s+(['"])(\w+)\3/gm, '$1const $2 = require($3$4$3)')
    .replace(/^(\s*)import\s+\{([^}]*)\}\s+from\s+(['"])(\w+)\3/gm, '$1const {$2} = require($3$4$3)');
}

function prepare({ runtime, source, stores, isOfConnections = false }: Code): Prepared {
  const base = { stores, modern: runtime !== 'cloudfront-js-1.0', isOfConnections };
  try {
    // Source: CloudFront Developer Guide, "JavaScript runtime 2.0 features …": functions operate in strict mode.
    return {
      ...base,
      script: new Script(`'use strict';${linked(source)}`, { filename: 'function.js' }),
      error: undefined,
    };
  } catch (error) {
    return { ...base, script: undefined, error: textOf(error) };
  }
}

/** Text of what was thrown, whatever it was. */
function textOf(error: unknown): string {
  try {
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT')
      return 'The function exceeded its time.';
    return `${error}`.slice(0, 1_000);
  } catch {
    return 'The function failed.';
  }
}

/** Hashes for the context, by text alone. Never throws: an error would be an object of this realm. */
function digest(kind: string, algorithm: string, key: string, data: string, encoding: string): string {
  try {
    if (!/^(md5|sha1|sha256)$/.test(algorithm) || !/^(hex|base64|base64url)$/.test(encoding)) return '';
    const bytes = Buffer.from(data, 'base64');
    const made = kind === 'hmac' ? createHmac(algorithm, Buffer.from(key, 'base64')) : createHash(algorithm);
    return made.update(bytes).digest(encoding as 'hex');
  } catch {
    return '';
  }
}

/** What the context is told, as text. */
function toldOf(about: About, stores: readonly Store[]): string {
  const shown = stores.map(({ pairs, ...store }) => ({ ...store, keys: Object.keys(pairs).length }));
  return JSON.stringify({ ...about, stores: shown });
}

function run({ script, error, stores: ids, modern, isOfConnections }: Prepared, event: string, about: About): string {
  if (script === undefined) return JSON.stringify({ error, logs: [], utilization: 0 });
  const stores = ids.flatMap((id) => known.get(id) ?? []);
  const began = hrtime.bigint();
  // The context's own null-prototype object takes the place of one of this realm.
  const context = createContext(Object.create(null) as object, {
    codeGeneration: { strings: false, wasm: false },
    microtaskMode: 'afterEvaluate',
  });
  const bounded = { timeout: SCRIPT_MILLIS_MAX, breakOnSigint: false };
  let failed: string | undefined;
  let said = '';
  try {
    const boot = prelude.runInContext(context, bounded) as (...given: unknown[]) => unknown;
    const hash = (...given: unknown[]) => {
      const [kind, algorithm, key, data, encoding] = given.map((one) => (typeof one === 'string' ? one : ''));
      return digest(kind ?? '', algorithm ?? '', key ?? '', data ?? '', encoding ?? '');
    };
    const lookUp = (id: unknown, key: unknown) => {
      const { pairs = {} } = stores.find((one) => one.id === id) ?? {};
      return typeof key === 'string' && Object.hasOwn(pairs, key) ? pairs[key] : undefined;
    };
    boot(event, toldOf(about, stores), modern, hash, lookUp);
    script.runInContext(context, bounded);
    runInContext(isOfConnections ? '__decide()' : '__start()', context, bounded);
    const end: unknown = runInContext('__end()', context, bounded);
    said = typeof end === 'string' ? end : '';
  } catch (thrown) {
    failed = textOf(thrown);
  }
  const spent = Number(hrtime.bigint() - began) / 1_000_000;
  const { output, error: own, logs, origin } = readEnd(said);
  return JSON.stringify({
    ...(failed === undefined && own === undefined && { output, origin }),
    ...((failed ?? own) !== undefined && { error: failed ?? own }),
    logs: bound(logs),
    utilization: Math.min(100, Math.round((spent / PLENTY_MILLIS) * 100)),
  });
}

type End = { output?: string | undefined; origin?: string | undefined; error?: string | undefined; logs: string[] };

function readEnd(said: string): End {
  try {
    const { output, error, logs, origin } = JSON.parse(said) as Record<string, unknown>;
    return {
      output: typeof output === 'string' ? output : undefined,
      origin: typeof origin === 'string' ? origin : undefined,
      error: typeof error === 'string' ? error : undefined,
      logs: Array.isArray(logs) ? logs.map(String) : [],
    };
  } catch {
    return { error: 'The function gave nothing back.', logs: [] };
  }
}

function bound(logs: string[]): string[] {
  let left = LOG_BYTES_MAX;
  return logs.flatMap((line) => {
    const text = line.slice(0, Math.max(0, left));
    left -= line.length;
    return text === '' && line !== '' ? [] : [text];
  });
}

/** Takes from this realm every way from an object to code made of text, and from there to Node. */
function strip(): void {
  const kinds = [() => {}, async () => {}, function* () {}, async function* () {}];
  for (const kind of kinds)
    Object.defineProperty(Object.getPrototypeOf(kind), 'constructor', {
      value: undefined,
      writable: false,
      configurable: false,
    });
  for (const name of [
    'Function',
    'eval',
    'process',
    'fetch',
    'WebSocket',
    'EventSource',
    'XMLHttpRequest',
    'require',
    'WebAssembly',
  ])
    Reflect.deleteProperty(globalThis, name);
  for (const name of [
    'Object',
    'Array',
    'String',
    'Number',
    'Error',
    'Promise',
    'Map',
    'Set',
    'RegExp',
    'Buffer',
  ] as const) {
    const made = (globalThis as unknown as Record<string, { prototype: object } | undefined>)[name];
    if (made !== undefined) Object.freeze(made.prototype);
  }
}

if (host.argv[1] === SANDBOX) {
  strip();
  // Whoever started it is gone.
  host.on('disconnect', () => host.exit());
  host.on('message', (text: unknown) => {
    const { key, event, about, code, forget, stores } = JSON.parse(String(text)) as {
      key: string;
      event: string;
      about: About;
      code?: Code;
      forget?: true;
      stores?: Store[];
    };
    if (forget === true) known.clear();
    for (const store of stores ?? []) known.set(store.id, store);
    if (code !== undefined) {
      if (codes.size >= CODES_MAX) codes.clear();
      codes.set(key, prepare(code));
    }
    const prepared = codes.get(key);
    host.send?.(
      prepared === undefined
        ? JSON.stringify({ error: 'The function is not known.', logs: [] })
        : run(prepared, event, about),
    );
  });
}
