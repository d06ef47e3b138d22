/** A query, read: `SELECT … FROM S3Object … WHERE … LIMIT …`. Source: S3 User Guide, "SQL reference for Amazon S3 Select". */
import {
  invalidDataType,
  invalidTable,
  unexpectedKeyword,
  unexpectedToken,
  unsupportedFunction,
  unsupportedStructure,
} from './errors.ts';
import { AGGREGATES, FUNCTIONS } from './functions.ts';
import { readTimestamp } from './timestamps.ts';
import { RESERVED, type Token, tokensOf } from './tokens.ts';
import { MISSING, numberOf, type Value } from './values.ts';

/** A step into a value: a member, an element of a list, or all of them. */
export type Step = { name: string; isQuoted: boolean } | { index: number } | { all: 'members' | 'elements' };
export type Type = 'bool' | 'int' | 'string' | 'float' | 'decimal' | 'timestamp';
export type Expression =
  | { kind: 'value'; value: Value }
  | { kind: 'path'; steps: Step[] }
  | { kind: 'list'; items: Expression[] }
  | { kind: 'unary'; sign: '-' | '+' | 'not'; of: Expression }
  | { kind: 'binary'; sign: string; left: Expression; right: Expression }
  | { kind: 'is'; of: Expression; what: 'null' | 'missing'; isNot: boolean }
  | { kind: 'in'; of: Expression; among: Expression; isNot: boolean }
  | { kind: 'between'; of: Expression; from: Expression; to: Expression; isNot: boolean }
  | { kind: 'like'; of: Expression; pattern: Expression; escape: Expression | undefined; isNot: boolean }
  | { kind: 'case'; cases: { when: Expression; result: Expression }[]; otherwise: Expression | undefined }
  | { kind: 'cast'; of: Expression; to: Type }
  | { kind: 'call'; name: string; args: Expression[] }
  | { kind: 'aggregate'; name: string; of: Expression | undefined; at: number };
export type Column = { of: Expression; name: string };
export type Query = {
  /** Undefined for all there is. */
  columns: Column[] | undefined;
  /** From each record to the rows; none for the records themselves. */
  path: Step[];
  aliases: { name: string; isQuoted: boolean }[];
  where: Expression | undefined;
  limit: number | undefined;
  aggregates: Extract<Expression, { kind: 'aggregate' }>[];
};

const TYPES: { readonly [name: string]: Type | undefined } = {
  bool: 'bool',
  boolean: 'bool',
  int: 'int',
  integer: 'int',
  string: 'string',
  varchar: 'string',
  float: 'float',
  double: 'float',
  decimal: 'decimal',
  numeric: 'decimal',
  timestamp: 'timestamp',
};
const DEPTH_MAX = 200;

/** @throws {ServiceError} of what is wrong with it */
export function parseQuery(text: string): Query {
  return new Parser(tokensOf(text)).query();
}

class Parser {
  readonly #tokens: readonly Token[];
  readonly #aggregates: Query['aggregates'] = [];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  query(): Query {
    this.#need('select');
    const columns = this.#columns();
    this.#need('from');
    const { path, aliases } = this.#source();
    const where = this.#has('where') ? this.#expression() : undefined;
    if (this.#isWord('group') || this.#isWord('order') || this.#isWord('join')) throw unsupportedStructure();
    const limit = this.#has('limit') ? this.#limit() : undefined;
    while (this.#has(';'));
    if (this.#at < this.#tokens.length) throw unexpectedToken();
    const isWhole = columns?.every(({ of }) => of.kind !== 'path') ?? false;
    if (this.#aggregates.length > 0 && !isWhole) throw unsupportedStructure();
    return { columns, path, aliases, where, limit, aggregates: this.#aggregates };
  }

  #columns(): Column[] | undefined {
    if (this.#has('*')) return undefined;
    const columns: Column[] = [];
    do {
      const of = this.#expression();
      columns.push({ of, name: this.#alias()?.name ?? nameOf(of) ?? `_${columns.length + 1}` });
    } while (this.#has(','));
    return columns;
  }

  /** @throws {ServiceError} DataSourcePathUnsupported */
  #source(): Pick<Query, 'path' | 'aliases'> {
    const table = this.#name();
    if (table.name.toLowerCase() !== 's3object') throw invalidTable();
    const path = this.#steps();
    const [first] = path;
    if (first !== undefined && !('all' in first && first.all === 'elements')) throw invalidTable();
    const alias = this.#alias();
    if (this.#has(',')) throw unsupportedStructure();
    if (alias !== undefined) return { path, aliases: [alias] };
    const last = path.at(-1);
    if (last === undefined) return { path, aliases: [table] };
    return {
      path,
      aliases: 'name' in last ? [last] : [{ name: '_1', isQuoted: false }, ...(path.length === 1 ? [table] : [])],
    };
  }

  #alias(): { name: string; isQuoted: boolean } | undefined {
    if (this.#has('as')) return this.#name();
    const token = this.#tokens[this.#at];
    return token?.kind === 'name' && (token.isQuoted || !RESERVED.has(token.text.toLowerCase()))
      ? this.#name()
      : undefined;
  }

  #limit(): number {
    const token = this.#next();
    if (token.kind !== 'number' || !/^\d+$/.test(token.text)) throw unexpectedToken();
    return Number(token.text);
  }

  #expression(): Expression {
    this.#depth += 1;
    if (this.#depth > DEPTH_MAX) throw unsupportedStructure();
    let left = this.#and();
    while (this.#has('or')) left = { kind: 'binary', sign: 'or', left, right: this.#and() };
    this.#depth -= 1;
    return left;
  }

  #and(): Expression {
    let left = this.#not();
    while (this.#has('and')) left = { kind: 'binary', sign: 'and', left, right: this.#not() };
    return left;
  }

  #not(): Expression {
    let isNot = false;
    while (this.#has('not')) isNot = !isNot;
    const of = this.#comparison();
    return isNot ? { kind: 'unary', sign: 'not', of } : of;
  }

  #comparison(): Expression {
    let left = this.#sum();
    for (;;) {
      const sign = ['<=', '>=', '<>', '!=', '=', '<', '>'].find((one) => this.#has(one));
      if (sign !== undefined) left = { kind: 'binary', sign, left, right: this.#sum() };
      else if (this.#has('is')) left = this.#is(left);
      else {
        const isNot = this.#isWord('not');
        if (isNot) this.#at += 1;
        if (this.#has('in')) left = { kind: 'in', of: left, among: this.#sum(), isNot };
        else if (this.#has('between')) left = this.#between(left, isNot);
        else if (this.#has('like')) left = this.#like(left, isNot);
        else if (isNot) throw unexpectedKeyword();
        else return left;
      }
    }
  }

  #is(of: Expression): Expression {
    const isNot = this.#has('not');
    const what = (['null', 'missing'] as const).find((one) => this.#has(one));
    if (what === undefined) throw unexpectedToken();
    return { kind: 'is', of, what, isNot };
  }

  #between(of: Expression, isNot: boolean): Expression {
    const from = this.#sum();
    this.#need('and');
    return { kind: 'between', of, from, to: this.#sum(), isNot };
  }

  #like(of: Expression, isNot: boolean): Expression {
    const pattern = this.#sum();
    return { kind: 'like', of, pattern, escape: this.#has('escape') ? this.#sum() : undefined, isNot };
  }

  #sum(): Expression {
    let left = this.#product();
    for (let sign = this.#oneOf('+', '-', '||'); sign !== undefined; sign = this.#oneOf('+', '-', '||'))
      left = { kind: 'binary', sign, left, right: this.#product() };
    return left;
  }

  #product(): Expression {
    let left = this.#unary();
    for (let sign = this.#oneOf('*', '/', '%'); sign !== undefined; sign = this.#oneOf('*', '/', '%'))
      left = { kind: 'binary', sign, left, right: this.#unary() };
    return left;
  }

  #unary(): Expression {
    const sign = this.#oneOf('-', '+');
    if (sign === undefined) return this.#primary();
    this.#depth += 1;
    if (this.#depth > DEPTH_MAX) throw unsupportedStructure();
    const of = this.#unary();
    this.#depth -= 1;
    return { kind: 'unary', sign: sign as '-' | '+', of };
  }

  #primary(): Expression {
    const token = this.#next();
    if (token.kind === 'number') return { kind: 'value', value: numberOf(token.text) };
    if (token.kind === 'text') return { kind: 'value', value: token.text };
    if (token.kind === 'stamp') return { kind: 'value', value: readTimestamp(token.text) };
    if (token.kind !== 'name') return this.#grouped(token.text);
    const word = token.isQuoted ? '' : token.text.toLowerCase();
    if (word === 'null' || word === 'missing') return { kind: 'value', value: word === 'null' ? null : MISSING };
    if (word === 'true' || word === 'false') return { kind: 'value', value: word === 'true' };
    if (word === 'case') return this.#case();
    if (this.#isSign('(') && !token.isQuoted) return this.#call(word);
    if (RESERVED.has(word)) throw unexpectedKeyword();
    return { kind: 'path', steps: [{ name: token.text, isQuoted: token.isQuoted }, ...this.#steps()] };
  }

  /** In parentheses one expression or a list; in brackets a list. */
  #grouped(opening: string): Expression {
    if (opening !== '(' && opening !== '[') throw unexpectedToken();
    const closing = opening === '(' ? ')' : ']';
    const items = this.#has(closing) ? [] : this.#list(closing);
    const [only] = items;
    return opening === '(' && items.length === 1 && only !== undefined ? only : { kind: 'list', items };
  }

  #list(closing: string): Expression[] {
    const items: Expression[] = [];
    do items.push(this.#expression());
    while (this.#has(','));
    this.#need(closing);
    return items;
  }

  #case(): Expression {
    const of = this.#isWord('when') ? undefined : this.#expression();
    const cases: { when: Expression; result: Expression }[] = [];
    while (this.#has('when')) {
      const value = this.#expression();
      this.#need('then');
      const when: Expression = of === undefined ? value : { kind: 'binary', sign: '=', left: of, right: value };
      cases.push({ when, result: this.#expression() });
    }
    if (cases.length === 0) throw unexpectedToken();
    const otherwise = this.#has('else') ? this.#expression() : undefined;
    this.#need('end');
    return { kind: 'case', cases, otherwise };
  }

  /** @throws {ServiceError} UnsupportedFunction, InvalidDataType */
  #call(name: string): Expression {
    this.#need('(');
    if (name === 'cast') return this.#cast();
    if (AGGREGATES.has(name)) return this.#aggregate(name);
    if (name === 'extract' || name === 'date_add' || name === 'date_diff') return this.#ofDate(name);
    if (name === 'substring' || name === 'trim') return this.#ofText(name);
    if (!Object.hasOwn(FUNCTIONS, name)) throw unsupportedFunction();
    return { kind: 'call', name, args: this.#has(')') ? [] : this.#list(')') };
  }

  #cast(): Expression {
    const of = this.#expression();
    this.#need('as');
    const token = this.#next();
    const to = token.kind === 'name' ? TYPES[token.text.toLowerCase()] : undefined;
    if (to === undefined) throw invalidDataType();
    if (this.#has('(')) this.#list(')');
    this.#need(')');
    return { kind: 'cast', of, to };
  }

  #aggregate(name: string): Expression {
    const isAll = name === 'count' && this.#has('*');
    const of = isAll ? undefined : this.#expression();
    this.#need(')');
    const aggregate = { kind: 'aggregate' as const, name, of, at: this.#aggregates.length };
    this.#aggregates.push(aggregate);
    return aggregate;
  }

  /** The part of a date stands as a bare word. */
  #ofDate(name: string): Expression {
    const part: Expression = { kind: 'value', value: this.#name().name };
    this.#need(name === 'extract' ? 'from' : ',');
    return { kind: 'call', name, args: [part, ...this.#list(')')] };
  }

  /** `SUBSTRING(x FROM 2 FOR 3)`, `TRIM(BOTH 'x' FROM y)`, and with commas. */
  #ofText(name: string): Expression {
    if (name === 'trim') {
      const side = ['leading', 'trailing', 'both'].find((one) => this.#has(one)) ?? 'both';
      const space: Expression = { kind: 'value', value: ' ' };
      const first = this.#isWord('from') ? space : this.#expression();
      const [chars, of] = this.#has('from') ? [first, this.#expression()] : [space, first];
      this.#need(')');
      return { kind: 'call', name, args: [{ kind: 'value', value: side }, chars, of] };
    }
    const args = [this.#expression()];
    while (this.#has(',') || this.#has('from') || this.#has('for')) args.push(this.#expression());
    this.#need(')');
    return { kind: 'call', name, args };
  }

  #steps(): Step[] {
    const steps: Step[] = [];
    for (;;) {
      if (this.#has('.')) steps.push(this.#has('*') ? { all: 'members' } : this.#member());
      else if (this.#has('[')) {
        steps.push(this.#element());
        this.#need(']');
      } else return steps;
    }
  }

  #member(): Step {
    const token = this.#next();
    if (token.kind !== 'name') throw unexpectedToken();
    if (!token.isQuoted && RESERVED.has(token.text.toLowerCase())) throw unexpectedKeyword();
    return { name: token.text, isQuoted: token.isQuoted };
  }

  #element(): Step {
    const token = this.#next();
    if (token.kind === 'sign' && token.text === '*') return { all: 'elements' };
    if (token.kind === 'text') return { name: token.text, isQuoted: true };
    if (token.kind === 'number' && /^\d+$/.test(token.text)) return { index: Number(token.text) };
    throw unexpectedToken();
  }

  #name(): { name: string; isQuoted: boolean } {
    const token = this.#next();
    if (token.kind !== 'name') throw unexpectedToken();
    return { name: token.text, isQuoted: token.isQuoted };
  }

  #next(): Token {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw unexpectedToken();
    this.#at += 1;
    return token;
  }

  #isSign(text: string): boolean {
    const token = this.#tokens[this.#at];
    return token?.kind === 'sign' && token.text === text;
  }

  #isWord(word: string): boolean {
    const token = this.#tokens[this.#at];
    return token?.kind === 'name' && !token.isQuoted && token.text.toLowerCase() === word;
  }

  /** Takes a sign or a word if it is next. */
  #has(text: string): boolean {
    const isNext = /^[a-z]/.test(text) ? this.#isWord(text) : this.#isSign(text);
    if (isNext) this.#at += 1;
    return isNext;
  }

  #oneOf(...signs: string[]): string | undefined {
    return signs.find((sign) => this.#has(sign));
  }

  #need(text: string): void {
    if (!this.#has(text)) throw unexpectedToken();
  }
}

/** What a column is called that is no expression: the last name of its path. */
function nameOf(of: Expression): string | undefined {
  const last = of.kind === 'path' ? of.steps.at(-1) : undefined;
  return last !== undefined && 'name' in last ? last.name : undefined;
}
