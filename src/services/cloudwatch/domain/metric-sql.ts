/**
 * Queries of Metrics Insights, read: `SELECT AVG(CPUUtilization) FROM SCHEMA("AWS/EC2", InstanceId) GROUP BY InstanceId`.
 *
 * Deviation: of the words that AWS reserves, only those of the language itself must stand in quotation marks here.
 *
 * @see CloudWatch User Guide, "Query components and syntax in CloudWatch Metrics Insights"
 */
import { notBuilt } from '#kernel/contract';
import { validation } from '../errors.ts';

const FUNCTIONS = ['AVG', 'COUNT', 'MAX', 'MIN', 'SUM'] as const;
export type SqlFunction = (typeof FUNCTIONS)[number];

export type MetricSql = {
  of: SqlFunction;
  metric: string;
  namespace: string;
  /** Names of exactly the dimensions that are wanted; undefined takes any. */
  schema?: readonly string[];
  /** All must hold; `value` undefined is the account of who asks. */
  where: readonly { key: string; equals: boolean; value: string | undefined }[];
  groupBy: readonly string[];
  order?: { of: SqlFunction; descending: boolean };
  limit: number;
};

/** Source: CloudWatch User Guide, "Metrics Insights quotas". */
export const SERIES_MAX = 500;
/** The label key that is the account of a metric. */
export const ACCOUNT_KEY = 'AWS.AccountId';

const RESERVED = new Set(['SELECT', 'FROM', 'SCHEMA', 'WHERE', 'AND', 'GROUP', 'BY', 'ORDER', 'ASC', 'DESC', 'LIMIT']);
const TOKEN = /\s*(?:([A-Za-z_]\w*(?:\.\w+)*)|"((?:[^"\\]|\\.|"")*)"|'((?:[^'\\]|\\.|'')*)'|(\d+)|(!=|[=(),]))/y;

type Token = { kind: 'word' | 'name' | 'text' | 'number' | 'sign'; text: string; at: number };

/** Whether an expression is such a query. */
export const isMetricSql = (text: string): boolean => /^\s*SELECT\s/i.test(text);

/** @throws {ServiceError} ValidationException; NotImplemented for tags */
export function parseMetricSql(text: string): MetricSql {
  return new Reader(text).query();
}

class Reader {
  readonly #text: string;
  readonly #tokens: Token[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    const end = text.trimEnd().length;
    TOKEN.lastIndex = 0;
    while (TOKEN.lastIndex < end) {
      const begin = TOKEN.lastIndex;
      const found = TOKEN.exec(text);
      if (found === null) throw this.#fault(begin);
      const at = begin + found[0].length - found[0].trimStart().length;
      const [, word, name, value, number, sign] = found;
      if (word !== undefined) this.#tokens.push({ kind: 'word', text: word, at });
      else if (name !== undefined) this.#tokens.push({ kind: 'name', text: unescaped(name, '"'), at });
      else if (value !== undefined) this.#tokens.push({ kind: 'text', text: unescaped(value, "'"), at });
      else if (number !== undefined) this.#tokens.push({ kind: 'number', text: number, at });
      else this.#tokens.push({ kind: 'sign', text: sign ?? '', at });
    }
  }

  query(): MetricSql {
    this.#need('SELECT');
    const of = this.#function();
    this.#need('(');
    const metric = this.#name();
    this.#need(')');
    this.#need('FROM');
    const [namespace, schema] = this.#source();
    const where = this.#take('WHERE') ? this.#conditions() : [];
    const groupBy = this.#take('GROUP') ? this.#keys() : [];
    const order = this.#take('ORDER') ? this.#order() : undefined;
    const limit = this.#take('LIMIT') ? this.#limit() : SERIES_MAX;
    if (this.#at < this.#tokens.length) throw this.#unexpected();
    return {
      of,
      metric,
      namespace,
      where,
      groupBy,
      limit,
      ...(schema !== undefined && { schema }),
      ...(order !== undefined && { order }),
    };
  }

  #source(): [namespace: string, schema: string[] | undefined] {
    if (!this.#take('SCHEMA')) return [this.#name(), undefined];
    this.#need('(');
    const namespace = this.#name();
    const schema: string[] = [];
    while (this.#take(',')) schema.push(this.#key());
    this.#need(')');
    return [namespace, schema];
  }

  #conditions(): { key: string; equals: boolean; value: string | undefined }[] {
    const where = [];
    do {
      const key = this.#key();
      const equals = this.#take('=');
      if (!equals) this.#need('!=');
      where.push({ key, equals, value: this.#value() });
    } while (this.#take('AND'));
    return where;
  }

  #value(): string | undefined {
    const token = this.#tokens[this.#at];
    if (token?.kind === 'text') {
      this.#at += 1;
      return token.text;
    }
    this.#need('CURRENT_ACCOUNT_ID');
    this.#need('(');
    this.#need(')');
    return undefined;
  }

  #keys(): string[] {
    this.#need('BY');
    const keys = [this.#key()];
    while (this.#take(',')) keys.push(this.#key());
    return keys;
  }

  #order(): { of: SqlFunction; descending: boolean } {
    this.#need('BY');
    const of = this.#function();
    this.#need('(');
    this.#need(')');
    const descending = this.#take('DESC');
    if (!descending) this.#take('ASC');
    return { of, descending };
  }

  #limit(): number {
    const token = this.#tokens[this.#at];
    const limit = Number(token?.text);
    if (token?.kind !== 'number' || limit < 1 || limit > SERIES_MAX) throw this.#unexpected();
    this.#at += 1;
    return limit;
  }

  #function(): SqlFunction {
    const found = FUNCTIONS.find((name) => this.#take(name));
    if (found === undefined) throw this.#unexpected();
    return found;
  }

  #key(): string {
    const name = this.#name();
    if (name.startsWith('tag.')) throw notBuilt('tags in queries of metrics');
    return name;
  }

  /** The name of a metric, a namespace or a dimension. */
  #name(): string {
    const token = this.#tokens[this.#at];
    const isPlain = token?.kind === 'word' && !RESERVED.has(token.text.toUpperCase());
    if (token === undefined || (token.kind !== 'name' && !isPlain)) throw this.#unexpected();
    this.#at += 1;
    return token.text;
  }

  /** A word of the language, whatever the case of its letters, or a sign. */
  #take(wanted: string): boolean {
    const token = this.#tokens[this.#at];
    const isIt = (token?.kind === 'word' || token?.kind === 'sign') && token.text.toUpperCase() === wanted;
    if (isIt) this.#at += 1;
    return isIt;
  }

  #need(wanted: string): void {
    if (!this.#take(wanted)) throw this.#unexpected();
  }

  #unexpected() {
    return this.#fault(this.#tokens[this.#at]?.at ?? this.#text.length);
  }

  #fault(at: number) {
    return validation(`Error in expression '${this.#text}': Invalid syntax at position ${at}`);
  }
}

const unescaped = (text: string, quote: string) => text.replaceAll(quote + quote, quote).replace(/\\(.)/g, '$1');
