/** A row of a query: an event with the fields that are found in it, or what a command has made. */
import type { Millis } from '#kernel/base';
import { firstObject, knownLine } from './known.ts';
import { lambdaFields } from './lambda.ts';
import { fromJson, type Value } from './value.ts';

/** An event as a query reads it. */
export type Source = {
  timestamp: Millis;
  ingestedAt: Millis;
  message: string;
  /** As it was written, where a data protection policy masks `message`. */
  unmasked?: string | undefined;
  /** As the group's transformer makes it: where its fields are found. */
  transformed?: string | undefined;
  streamName: string;
  /** `account:group`. */
  log: string;
  pointer: () => string;
  isLambda: boolean;
  /** Of the time that a query compares its own with. */
  isEarlier?: boolean;
};

/** Fields of one event at most. Source: User Guide, "Supported logs and discovered fields": 200 of JSON. */
const FIELDS_MAX = 200;

export class Row {
  readonly source: Source | undefined;
  readonly #own = new Map<string, Value>();
  /** What the aggregates of a `stats` came to. */
  aggregates: readonly Value[] = [];
  #parts: ReadonlyMap<string, Row> | undefined;
  #document: unknown;
  #lambda: ReadonlyMap<string, Value> | undefined;

  constructor(source?: Source) {
    this.source = source;
  }

  set(name: string, value: Value): void {
    this.#own.set(name, value);
  }

  /** The same event with the same fields, to be changed by itself. */
  copy(): Row {
    const row = new Row(this.source);
    for (const [name, value] of this.#own) row.set(name, value);
    row.#parts = this.#parts;
    row.aggregates = this.aggregates;
    return row;
  }

  /** The same row, with others beside it whose fields have names that begin with theirs: `api.status`. */
  beside(parts: ReadonlyMap<string, Row>): Row {
    const row = this.copy();
    row.#parts = parts;
    return row;
  }

  get(name: string): Value {
    if (this.#own.has(name)) return this.#own.get(name);
    const within = this.#within(name);
    if (within !== undefined) return within;
    const { source } = this;
    if (source === undefined) return undefined;
    switch (name) {
      case '@timestamp':
        return { at: source.timestamp };
      case '@ingestionTime':
        return { at: source.ingestedAt };
      case '@message':
        return source.message;
      case '@logStream':
        return source.streamName;
      case '@log':
        return source.log;
      case '@ptr':
        return source.pointer();
    }
    if (name.startsWith('@@')) return fromJson(find(this.#json(), name.slice(1)));
    if (name.startsWith('@')) return this.#ofLambda().get(name);
    return fromJson(find(this.#json(), name));
  }

  /** A field of a map, a list or a row that has a name of its own: `map.a`, `list.0.b`. */
  #within(name: string): Value {
    if (this.#own.size === 0 && this.#parts === undefined) return undefined;
    for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1)) {
      const [head, rest] = [name.slice(0, dot), name.slice(dot + 1)];
      const part = this.#parts?.get(head);
      if (part !== undefined) return part.get(rest);
      const value = this.#own.get(head);
      if (typeof value === 'object' && 'json' in value) return fromJson(find(value.json, rest));
    }
    return undefined;
  }

  /** Names of the fields that commands have set. */
  ownNames(): string[] {
    return [...this.#own.keys()];
  }

  /** Names of all fields that an event has. */
  names(): string[] {
    const names = ['@timestamp', '@ingestionTime', '@message', '@logStream', '@log', ...this.#ofLambda().keys()];
    const found: string[] = [];
    flatten(this.#json(), '', found);
    // Source: User Guide, "Supported logs and discovered fields": `@example.com` is shown as `@@example.com`.
    names.push(...found.map((name) => (name.startsWith('@') ? `@${name}` : name)));
    return names.slice(0, FIELDS_MAX);
  }

  #json(): unknown {
    if (this.#document !== undefined) return this.#document;
    const text = this.source?.transformed ?? this.source?.message ?? '';
    this.#document = null;
    if (/^\s*\{/.test(text)) {
      try {
        this.#document = JSON.parse(text);
      } catch {}
    } else this.#document = this.source?.isLambda === true ? firstObject(text) : knownLine(text);
    return this.#document;
  }

  #ofLambda(): ReadonlyMap<string, Value> {
    this.#lambda ??= this.source?.isLambda === true ? lambdaFields(this.source.message) : new Map();
    return this.#lambda;
  }
}

/** `a.b.0.c`; a name with dots in it is found as well. */
function find(document: unknown, name: string): unknown {
  if (typeof document !== 'object' || document === null) return undefined;
  if (Object.hasOwn(document, name)) return (document as Record<string, unknown>)[name];
  for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1)) {
    const key = name.slice(0, dot);
    if (!Object.hasOwn(document, key)) continue;
    const found = find((document as Record<string, unknown>)[key], name.slice(dot + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}

function flatten(value: unknown, prefix: string, names: string[]): void {
  if (typeof value !== 'object' || value === null) {
    if (prefix !== '' && value !== null) names.push(prefix);
    return;
  }
  for (const [key, inner] of Object.entries(value)) {
    if (names.length >= FIELDS_MAX) return;
    flatten(inner, prefix === '' ? key : `${prefix}.${key}`, names);
  }
}
