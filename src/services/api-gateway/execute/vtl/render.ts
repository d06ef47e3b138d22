/** Carries out templates, within bounds of steps and output: nothing of JavaScript is reachable from them. Source: Apache Velocity User Guide. */
import { bounded, type Millis, SECOND } from '#kernel/base';
import {
  type Access,
  type Directive,
  type Expression,
  IN_NAME,
  type Node,
  type Reference,
  readTemplate,
} from './ast.ts';
import { callMethod, propertyOf } from './methods.ts';
import { type Cost, costOf, Host, MadeList, numberOf, textOf } from './values.ts';

/** Source: API Gateway Developer Guide, "API Gateway quotas": iterations of a #foreach. */
const ITERATIONS_MAX = 1_000;
/** Some tenths of a second. */
const STEPS_MAX = 1_000_000;
const OUTPUT_CHARACTERS_MAX = 10 * 1_048_576;
const DEPTH_MAX = 64;

/** A template that can't be carried out, or not to its end. */
export class TemplateError extends Error {
  override name = 'TemplateError';
}

export type Template = (variables: Readonly<Record<string, unknown>>) => string;

/**
 * Makes a template ready to be carried out.
 *
 * @throws {TemplateError}
 */
export function compileTemplate(text: string): Template {
  let nodes: readonly Node[];
  try {
    nodes = readInTime(text);
  } catch (error) {
    throw new TemplateError((error as Error).message);
  }
  return (variables) => new Run(variables).whole(nodes);
}

/** Of a text that can't be read in pieces the parser takes time with the square of its length, and more. */
const READ_TIME_MAX: Millis = SECOND;
const SHORT_MAX = 256;

/** @throws {Error} where it is no template, or nobody could tell in time */
function readInTime(text: string): readonly Node[] {
  return text.length <= SHORT_MAX ? readTemplate(text) : bounded(READ_TIME_MAX, () => readTemplate(text));
}

type Flow = 'on' | 'break' | 'stop';

class Run {
  #variables: Map<string, unknown>;
  #macros = new Map<string, { parameters: readonly string[]; body: readonly Node[] }>();
  #blocks = new Map<string, readonly Node[]>();
  #out: string[] = [];
  #characters = 0;
  #steps = 0;
  #depth = 0;
  readonly #spend = (cost: number) => this.#step(cost);

  constructor(variables: Readonly<Record<string, unknown>>) {
    this.#variables = new Map(Object.entries(variables));
  }

  whole(nodes: readonly Node[]): string {
    this.#run(nodes);
    return this.#out.join('');
  }

  #step(cost = 1): void {
    this.#steps += cost;
    if (this.#steps > STEPS_MAX) throw new TemplateError('The template takes too many steps');
  }

  #write(text: string): void {
    this.#characters += text.length;
    if (this.#characters > OUTPUT_CHARACTERS_MAX) throw new TemplateError('The output of the template is too large');
    this.#out.push(text);
  }

  #run(nodes: readonly Node[]): Flow {
    this.#depth += 1;
    if (this.#depth > DEPTH_MAX) throw new TemplateError('The template is nested too deeply');
    try {
      for (const node of nodes) {
        const flow = this.#node(node);
        if (flow !== 'on') return flow;
      }
      return 'on';
    } finally {
      this.#depth -= 1;
    }
  }

  #node(node: Node): Flow {
    this.#step();
    if (typeof node === 'string') this.#write(node);
    else if (isBlock(node)) return this.#block(node);
    else if (node.type === 'references') this.#write(this.#textOf(node));
    else if (node.type === 'raw') this.#write(node.value);
    else if (node.type === 'set') this.#assign(...node.equal);
    else if (node.type === 'break') return 'break';
    else if (node.type === 'stop') return 'stop';
    else if (node.type === 'macro_call') return this.#macro(node);
    return 'on';
  }

  #block(nodes: readonly Node[]): Flow {
    const [head, ...body] = nodes as [Directive, ...Node[]];
    if (head.type === 'if') return this.#if(nodes);
    if (head.type === 'foreach') return this.#foreach(head, body);
    if (head.type === 'macro') {
      const parameters = (head.args || []).map(({ id }) => id);
      this.#macros.set(head.id, { parameters, body });
    } else if (head.type === 'define') this.#blocks.set(head.id, body);
    return 'on';
  }

  #if(nodes: readonly Node[]): Flow {
    let isOpen = false;
    const taken: Node[] = [];
    for (const node of nodes) {
      const branch = branchOf(node);
      if (branch === undefined) {
        if (isOpen) taken.push(node);
      } else if (isOpen) break;
      else isOpen = branch.type === 'else' || isTrue(this.#value(branch.condition));
    }
    return this.#run(taken);
  }

  #foreach({ to, from }: Extract<Directive, { type: 'foreach' }>, body: readonly Node[]): Flow {
    const given = this.#value(from);
    const items = Array.isArray(given)
      ? given
      : given !== null && typeof given === 'object'
        ? Object.values(given)
        : [];
    const before = [this.#variables.get(to), this.#variables.get('foreach'), this.#variables.get('velocityCount')];
    let flow: Flow = 'on';
    for (let at = 0; at < items.length && flow === 'on'; at += 1) {
      if (at >= ITERATIONS_MAX) throw new TemplateError(`A #foreach goes round more than ${ITERATIONS_MAX} times`);
      this.#variables.set(to, items[at]);
      this.#variables.set('velocityCount', at + 1);
      this.#variables.set('foreach', {
        index: at,
        count: at + 1,
        hasNext: at + 1 < items.length,
        first: at === 0,
        last: at + 1 === items.length,
        parent: before[1],
      });
      flow = this.#run(body);
    }
    for (const [index, name] of [to, 'foreach', 'velocityCount'].entries()) this.#restore(name, before[index]);
    return flow === 'stop' ? 'stop' : 'on';
  }

  #macro({ id, args }: Extract<Node, { type: 'macro_call' }>): Flow {
    const macro = this.#macros.get(id);
    if (macro === undefined) {
      this.#write(`#${id}`);
      return 'on';
    }
    const values = (args || []).map((one) => this.#value(one));
    const before = macro.parameters.map((name) => [name, this.#variables.get(name)] as const);
    for (const [index, name] of macro.parameters.entries()) this.#variables.set(name, values[index]);
    const flow = this.#run(macro.body);
    for (const [name, value] of before) this.#restore(name, value);
    return flow;
  }

  #restore(name: string, value: unknown): void {
    if (value === undefined) this.#variables.delete(name);
    else this.#variables.set(name, value);
  }

  #assign(reference: Reference, expression: Expression): void {
    const value = this.#value(expression);
    const path = reference.path ?? [];
    const last = path.at(-1);
    if (last === undefined) {
      this.#variables.set(reference.id, value);
      return;
    }
    const holder = this.#walk({ ...reference, path: path.slice(0, -1) });
    const key = last.type === 'index' ? this.#value(last.id) : last.id;
    callMethod(holder, Array.isArray(holder) ? 'set' : 'put', [key, value], this.#spend);
  }

  /** A reference as it is written out: nothing where a variable leads nowhere; one to a variable that isn't there stays as it is. */
  #textOf(reference: Reference): string {
    const block = this.#blocks.get(reference.id);
    if (block !== undefined && !this.#variables.has(reference.id)) {
      this.#run(block);
      return '';
    }
    const value = this.#walk(reference);
    if (value !== undefined && value !== null) return this.#written(value);
    return reference.leader === '$!' || this.#variables.has(reference.id) ? '' : this.#sourceOf(reference);
  }

  #written(value: unknown): string {
    const text = textOf(value);
    this.#step(text.length >> (typeof value === 'object' ? 5 : 8));
    return text;
  }

  #sourceOf({ id, path = [], leader = '$', isWraped }: Reference): string {
    const whole = (id === IN_NAME ? 'in' : id) + path.map((access) => this.#sourceOfAccess(access)).join('');
    return isWraped === true ? `${leader}{${whole}}` : leader + whole;
  }

  #sourceOfAccess(access: Access): string {
    if (access.type === 'property') return `.${access.id}`;
    if (access.type === 'index') return `[${textOf(this.#value(access.id))}]`;
    return `.${access.id}(${(access.args || []).map((one) => textOf(this.#value(one))).join(', ')})`;
  }

  #walk({ id, path = [] }: Reference): unknown {
    let value = this.#variables.get(id);
    for (const access of path) {
      this.#step();
      if (value === undefined || value === null) return undefined;
      if (access.type === 'index') value = propertyOf(value, this.#value(access.id));
      else if (access.type === 'property')
        value = value instanceof Host ? value.property(access.id) : propertyOf(value, access.id);
      else {
        const args = (access.args || []).map((one) => this.#value(one));
        value =
          value instanceof Host
            ? value.call(access.id, args, this.#spend)
            : callMethod(value, access.id, args, this.#spend);
      }
    }
    return value;
  }

  #value(expression: Expression): unknown {
    this.#step();
    switch (expression.type) {
      case 'references':
        return this.#walk(expression);
      case 'string':
        return expression.isEval === true ? this.#interpolated(expression) : expression.value;
      case 'integer':
      case 'decimal':
      case 'number':
        return Number(expression.value);
      case 'bool':
        return String(expression.value) === 'true';
      case 'null':
        return null;
      case 'map': {
        const map: Record<string, unknown> = Object.create(null);
        for (const [name, value] of Object.entries(expression.value || {})) map[name] = this.#value(value);
        return map;
      }
      case 'array':
        return expression.isRange === true
          ? this.#range(expression.value)
          : MadeList.from(expression.value.map((one) => this.#item(one)));
      case 'math':
        return this.#math(expression.expression, expression.operator);
    }
  }

  #item(one: Expression | string | number): unknown {
    return typeof one === 'object' ? this.#value(one) : one;
  }

  #range(ends: readonly (Expression | string | number)[]): number[] {
    const [from = Number.NaN, to = Number.NaN] = ends.map((one) => numberOf(this.#item(one)));
    const count = Math.abs(to - from) + 1;
    if (!Number.isInteger(from) || !Number.isInteger(to)) return [];
    this.#step(count);
    return MadeList.from({ length: count }, (_, at) => (from <= to ? from + at : from - at)) as number[];
  }

  /** A text in double quotes is a template of its own. */
  #interpolated(expression: Text): string {
    const nodes = nodesOf(expression);
    if (typeof nodes === 'string') return nodes;
    const outer = this.#out;
    this.#out = [];
    try {
      this.#run(nodes);
      return this.#out.join('');
    } finally {
      this.#out = outer;
    }
  }

  #math(operands: readonly Expression[], operator: string): unknown {
    const [first, second] = operands;
    const left = first === undefined ? undefined : this.#value(first);
    if (operator === 'not') return !isTrue(left);
    if (operator === 'parenthesis') return left;
    if (operator === '&&') return isTrue(left) && second !== undefined && isTrue(this.#value(second));
    if (operator === '||') return isTrue(left) || (second !== undefined && isTrue(this.#value(second)));
    if (operator === 'minus' && second === undefined) return -numberOf(left);
    const right = second === undefined ? undefined : this.#value(second);
    return calculate(operator, left, right, this.#spend);
  }
}

type Text = Extract<Expression, { type: 'string' }>;

/** Texts in double quotes, read when they are first come by; those that are no templates are what they say. */
const read = new WeakMap<Text, readonly Node[] | string>();

function nodesOf(expression: Text): readonly Node[] | string {
  let nodes = read.get(expression);
  if (nodes === undefined) read.set(expression, (nodes = readText(expression.value)));
  return nodes;
}

function readText(text: string): readonly Node[] | string {
  if (!/[$#]/.test(text)) return text;
  try {
    return readInTime(text);
  } catch {
    return text;
  }
}

function calculate(operator: string, left: unknown, right: unknown, spend: Cost): unknown {
  switch (operator) {
    case '==':
      return isSame(left, right, spend);
    case '!=':
      return !isSame(left, right, spend);
    case '+':
      return typeof left === 'number' && typeof right === 'number' ? left + right : joined(left, right, spend);
    case '-':
      return numberOf(left) - numberOf(right);
    case '*':
      return numberOf(left) * numberOf(right);
    case '/': {
      const quotient = numberOf(left) / numberOf(right);
      return Number.isInteger(left) && Number.isInteger(right) ? Math.trunc(quotient) : quotient;
    }
    case '%':
      return numberOf(left) % numberOf(right);
    default:
      return compare(operator, left, right);
  }
}

function compare(operator: string, left: unknown, right: unknown): boolean {
  const [a, b] =
    typeof left === 'string' && typeof right === 'string' ? [left, right] : [numberOf(left), numberOf(right)];
  return operator === '<' ? a < b : operator === '>' ? a > b : operator === '<=' ? a <= b : operator === '>=' && a >= b;
}

function joined(left: unknown, right: unknown, spend: Cost): string {
  const text = textOf(left) + textOf(right);
  spend(costOf(text));
  if (text.length > OUTPUT_CHARACTERS_MAX) throw new TemplateError('The output of the template is too large');
  return text;
}

/** Nothing is the same as an empty text. Source: answers recorded from AWS. */
function isSame(left: unknown, right: unknown, spend: Cost): boolean {
  if (left === right || (typeof left === 'string' && typeof right === 'string')) return left === right;
  const texts = [textOf(left ?? ''), textOf(right ?? '')] as const;
  for (const text of texts) spend(costOf(text) << 3);
  return texts[0] === texts[1];
}

function isTrue(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false;
}

function isBlock(node: Node): node is readonly Node[] {
  return Array.isArray(node);
}

function branchOf(node: Node): Extract<Directive, { type: 'if' | 'elseif' | 'else' }> | undefined {
  if (typeof node === 'string' || isBlock(node)) return undefined;
  return node.type === 'if' || node.type === 'elseif' || node.type === 'else' ? node : undefined;
}
