/** OpenAPI documents of versions 2 and 3, as both services that import them read them. Source: API Gateway Developer Guide, "OpenAPI extensions for API Gateway". */
import { parse } from 'yaml';
import { bounded, type Millis, SECOND, safeDecode } from '#kernel/base';

export type Json = { [name: string]: unknown };

/** What is wrong with a document, for a person. */
export class DocumentError extends Error {
  override name = 'DocumentError';
}

const DEPTH_MAX = 64;
/** Of YAML, whose reader takes its time. */
const READ_TIME_MAX: Millis = 5 * SECOND;
/** What begins the names of API Gateway's extensions. */
export const EXTENSION = 'x-amazon-apigateway-';
/** Methods by their names in documents. */
export const METHODS: { readonly [name: string]: string } = {
  get: 'GET',
  put: 'PUT',
  post: 'POST',
  delete: 'DELETE',
  options: 'OPTIONS',
  head: 'HEAD',
  patch: 'PATCH',
  'x-amazon-apigateway-any-method': 'ANY',
};

/** A model's name, of its address: `…/restapis/<id>/models/<name>`. */
export function nameOfModel(reference: string): string | undefined {
  return /\/restapis\/[a-z0-9]+\/models\/([A-Za-z0-9]+)$/.exec(reference)?.[1];
}

/** An object, or an empty one. */
export function objectOf(value: unknown): Json {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Json) : {};
}

/** A list, or an empty one. */
export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A text; undefined for anything else. */
export function textOf(value: unknown): string | undefined {
  return value === undefined || value === null
    ? undefined
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value);
}

/** Texts by name: what has none is left out. */
export function textsOf(value: unknown): { [name: string]: string } {
  return Object.fromEntries(
    Object.entries(objectOf(value)).flatMap(([name, one]) => {
      const text = textOf(one);
      return text === undefined ? [] : [[name, text]];
    }),
  );
}

export type Operation = { path: string; method: string; operation: Json };

/** Most documents are JSON, which is read many times faster than YAML is. */
function read(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return bounded(READ_TIME_MAX, () => parse(text));
  }
}

function own(value: Json, name: string): unknown {
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

export class OpenApi {
  readonly root: Json;

  /** @throws {DocumentError} */
  constructor(bytes: Uint8Array | string) {
    let root: unknown;
    try {
      root = read(typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('utf8'));
    } catch (error) {
      throw new DocumentError(`Unable to parse the document: ${(error as Error).message.split('\n')[0]}`);
    }
    this.root = objectOf(root);
    if (this.root.swagger === undefined && this.root.openapi === undefined)
      throw new DocumentError('Invalid OpenAPI input: it has neither swagger nor openapi');
    if (Object.keys(objectOf(this.root.paths)).length === 0 && this.root.paths === undefined)
      throw new DocumentError('Invalid OpenAPI input: it has no paths');
  }

  get info(): Json {
    return objectOf(this.root.info);
  }

  /** Of version 2 `definitions`, of version 3 `components.schemas`. */
  get schemas(): Json {
    return objectOf(this.root.definitions ?? objectOf(this.root.components).schemas);
  }

  /** How the API is reached: of version 3 its first server says it. */
  get endpoint(): Json {
    const name = `${EXTENSION}endpoint-configuration`;
    return objectOf(this.root[name] ?? this.resolve(listOf(this.root.servers)[0])[name]);
  }

  /** The path below which the document's paths are, without a slash at its end; of version 3 that of its first server. */
  get basePath(): string {
    const server = this.resolve(listOf(this.root.servers)[0]);
    const filled = String(server.url ?? '').replace(/\{(\w+)\}/g, (_, name: string) =>
      String(objectOf(objectOf(server.variables)[name]).default ?? ''),
    );
    const path = textOf(this.root.basePath) ?? filled.replace(/^\w+:\/\/[^/]*/, '');
    return path.replace(/\/+$/, '').replace(/^\/*(?=.)/, '/');
  }

  /** What comes before the document's paths in an API. Source: API Gateway Developer Guide, "OpenAPI basePath property". */
  prefix(mode = 'ignore'): string {
    if (mode === 'prepend') return this.basePath;
    return mode === 'split' ? this.basePath.replace(/^\/[^/]*/, '') : '';
  }

  get security(): Json {
    return objectOf(this.root.securityDefinitions ?? objectOf(this.root.components).securitySchemes);
  }

  /** What a reference within the document stands for. @throws {DocumentError} */
  resolve(value: unknown): Json {
    let found = objectOf(value);
    for (let depth = 0; typeof found.$ref === 'string'; depth += 1) {
      if (depth > DEPTH_MAX || !found.$ref.startsWith('#/')) throw new DocumentError(`Unable to resolve ${found.$ref}`);
      let at: unknown = this.root;
      for (const name of found.$ref.slice(2).split('/'))
        at = own(objectOf(at), (safeDecode(name) ?? name).replaceAll('~1', '/').replaceAll('~0', '~'));
      if (at === undefined) throw new DocumentError(`Unable to resolve ${found.$ref}`);
      found = objectOf(at);
    }
    return found;
  }

  /** Every method of every path, with the path's parameters among its own. */
  operations(): Operation[] {
    return Object.entries(objectOf(this.root.paths)).flatMap(([path, value]) => {
      const item = this.resolve(value);
      const shared = listOf(item.parameters);
      return Object.entries(item)
        .filter(([name]) => Object.hasOwn(METHODS, name))
        .map(([name, given]) => {
          const operation = this.resolve(given);
          return {
            path,
            method: METHODS[name] ?? '',
            operation: { ...operation, parameters: [...shared, ...listOf(operation.parameters)] },
          };
        });
    });
  }
}
