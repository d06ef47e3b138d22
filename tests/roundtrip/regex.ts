/** Texts that match a regular expression: its parts are walked and filled in. What only looks around is left to a check afterwards. */
import type { Random } from './random.ts';

type Node =
  | { kind: 'all'; nodes: Node[] }
  | { kind: 'one'; nodes: Node[] }
  | { kind: 'times'; node: Node; least: number; most: number }
  | { kind: 'sign'; source: string }
  | { kind: 'group'; node: Node; number: number }
  | { kind: 'again'; number: number }
  | { kind: 'nothing' };

/** Signs that classes are tried with. */
const SIGNS = [
  ...Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)),
  ...['\t', '\n', 'é', 'ß', 'Ω', 'Я', '日', '本', 'ก', '€', '\u00a0', '😀'],
];

export type Sampler = (random: Random, more: number, isAllowed: (sign: string) => boolean) => string;

/** @returns a function that makes texts; with `more` their repetitions get longer; undefined when the expression is not understood */
export function samplerOf(source: string): Sampler | undefined {
  let tree: Node;
  try {
    tree = new Parser(source).whole();
  } catch {
    return undefined;
  }
  const signs = new Map<string, string[]>();
  return (random, more, isAllowed) => {
    const groups = new Map<number, string>();
    const make = (node: Node): string => {
      switch (node.kind) {
        case 'all':
          return node.nodes.map(make).join('');
        case 'one':
          return make(random.pick(node.nodes));
        case 'times': {
          const most = Math.min(node.most, node.least + more);
          return Array.from({ length: random.between(node.least, most) }, () => make(node.node)).join('');
        }
        case 'group': {
          const text = make(node.node);
          groups.set(node.number, text);
          return text;
        }
        case 'again':
          return groups.get(node.number) ?? '';
        case 'sign': {
          let known = signs.get(node.source);
          if (known === undefined) signs.set(node.source, (known = signsOf(node.source)));
          const allowed = known.filter(isAllowed);
          return allowed.length === 0 ? (known[0] ?? '') : random.pick(allowed);
        }
        default:
          return '';
      }
    };
    return make(tree);
  };
}

function signsOf(source: string): string[] {
  let test: RegExp;
  try {
    test = new RegExp(`^(?:${source})$`, 'us');
  } catch {
    test = new RegExp(`^(?:${source})$`, 's');
  }
  const own = source.length === 1 ? [source] : [];
  const written = [...source.matchAll(/\\u\{?([0-9a-fA-F]{2,6})\}?|([^\\])/gu)].map(([, code, sign]) =>
    code === undefined ? (sign as string) : String.fromCodePoint(Number.parseInt(code, 16)),
  );
  return [...new Set([...own, ...SIGNS, ...written])].filter((sign) => test.test(sign));
}

class Parser {
  readonly #text: string;
  #at = 0;
  #groups = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): Node {
    const node = this.#choice();
    if (this.#at !== this.#text.length) throw new Error(`unexpected ${this.#text.slice(this.#at)}`);
    return node;
  }

  #choice(): Node {
    const nodes = [this.#sequence()];
    while (this.#text[this.#at] === '|') {
      this.#at += 1;
      nodes.push(this.#sequence());
    }
    return nodes.length === 1 ? (nodes[0] as Node) : { kind: 'one', nodes };
  }

  #sequence(): Node {
    const nodes: Node[] = [];
    while (this.#at < this.#text.length && this.#text[this.#at] !== '|' && this.#text[this.#at] !== ')')
      nodes.push(this.#times(this.#atom()));
    return { kind: 'all', nodes };
  }

  #times(node: Node): Node {
    const match = /^(?:([*+?])|\{(\d+)(,?)(\d*)\})[?+]?/.exec(this.#text.slice(this.#at));
    if (match === null) return node;
    this.#at += match[0].length;
    const [, sign, low, comma, high] = match;
    if (sign !== undefined)
      return { kind: 'times', node, least: sign === '+' ? 1 : 0, most: sign === '?' ? 1 : Number.POSITIVE_INFINITY };
    const least = Number(low);
    return {
      kind: 'times',
      node,
      least,
      most: comma === '' ? least : high === '' ? Number.POSITIVE_INFINITY : Number(high),
    };
  }

  #atom(): Node {
    const rest = this.#text.slice(this.#at);
    const around = /^\((\?[:=!]|\?<[=!]|\?<\w+>|\?[a-z]+\)|\?[a-z]+:)?/.exec(rest);
    if (around !== null) return this.#group(around);
    const sign = /^\\(?:[pP]\{[^}]*\}|u\{[^}]*\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)/s.exec(rest);
    if (sign !== null) {
      this.#at += sign[0].length;
      if (/^\\[bBAZz]$/.test(sign[0])) return { kind: 'nothing' };
      if (/^\\[1-9]$/.test(sign[0])) return { kind: 'again', number: Number(sign[0].slice(1)) };
      return { kind: 'sign', source: sign[0] };
    }
    if (rest.startsWith('[')) return { kind: 'sign', source: this.#class() };
    const [first = ''] = rest;
    this.#at += first.length;
    return first === '^' || first === '$' ? { kind: 'nothing' } : { kind: 'sign', source: first };
  }

  #group([open, mark = '']: RegExpExecArray): Node {
    this.#at += open.length;
    if (mark.endsWith(')')) return { kind: 'nothing' };
    const number = mark === '' || /^\?<\w/.test(mark) ? (this.#groups += 1) : 0;
    const node = this.#choice();
    if (this.#text[this.#at] !== ')') throw new Error('a group without end');
    this.#at += 1;
    if (/[=!]/.test(mark)) return { kind: 'nothing' };
    return number === 0 ? node : { kind: 'group', node, number };
  }

  #class(): string {
    const start = this.#at;
    this.#at += this.#text[this.#at + 1] === '^' ? 2 : 1;
    if (this.#text[this.#at] === ']') this.#at += 1;
    while (this.#text[this.#at] !== ']') {
      if (this.#at >= this.#text.length) throw new Error('a class without end');
      this.#at += this.#text[this.#at] === '\\' ? 2 : 1;
    }
    this.#at += 1;
    return this.#text.slice(start, this.#at);
  }
}
