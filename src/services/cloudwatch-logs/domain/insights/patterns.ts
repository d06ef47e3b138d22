/** The command `pattern`: texts of the same shape, told by one text in which what differs is a token. */

/** Shapes that are kept. Our own bound. */
const SHAPES_MAX = 5_000;
/** Words of a text that are looked at. */
const WORDS_MAX = 200;

/** What looks as if it differed from text to text. Source: User Guide, "pattern": dynamic tokens have the forms `<*>` or `<Token-1>`. */
const KINDS: readonly (readonly [string, RegExp])[] = [
  ['UUID', /[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}/g],
  ['DateTime', /\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?Z?/g],
  ['IP', /\b\d{1,3}(?:\.\d{1,3}){3}\b/g],
  ['Token', /\b0x[0-9a-fA-F]+\b|\b(?=[0-9a-fA-F]*\d)[0-9a-fA-F]{8,64}\b/g],
  ['Number', /-?\b\d+(?:\.\d+)?/g],
];
const SEVERITIES = ['FATAL', 'CRITICAL', 'ERROR', 'WARN', 'INFO', 'DEBUG', 'TRACE'];

export type Pattern = { '@pattern': string; '@ratio': number; '@sampleCount': number; '@severityLabel': string };

export class Patterns {
  #counts = new Map<string, number>();
  #total = 0;

  add(text: string): void {
    this.#total += 1;
    const { shape } = readShape(text);
    const known = this.#counts.get(shape);
    if (known !== undefined || this.#counts.size < SHAPES_MAX) this.#counts.set(shape, (known ?? 0) + 1);
  }

  /** How many texts there are of each shape. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  /** Most frequent first. */
  result(): Pattern[] {
    return [...this.#counts]
      .sort(([, a], [, b]) => b - a)
      .map(([shape, count]) => ({
        '@pattern': shape,
        '@ratio': count / this.#total,
        '@sampleCount': count,
        '@severityLabel': severityOf(shape),
      }));
  }
}

/** How bad it is, by the words in it. */
export function severityOf(shape: string): string {
  return SEVERITIES.find((one) => shape.toUpperCase().includes(one)) ?? 'NONE';
}

/** Places of values in a text, while it is read; no text of people has these. */
const FIRST_PLACE = 0xe000;
const PLACES = 0x1800;
const PLACE = /[\ue000-\uf7ff]/g;

/** A text's shape, and the values of its dynamic tokens in their order. */
export type Shape = { shape: string; values: { name: string; value: string }[] };

/** Deviation: shapes are told by the forms of words alone; AWS learns them from the texts. */
export function readShape(text: string): Shape {
  const found: { kind: string; value: string }[] = [];
  let shape = text.split(/\s+/, WORDS_MAX).join(' ').replace(PLACE, '?');
  for (const [kind, form] of KINDS)
    shape = shape.replace(form, (value) => {
      if (found.length >= PLACES) return value;
      return String.fromCharCode(FIRST_PLACE + found.push({ kind, value }) - 1);
    });
  const numbers = new Map<string, number>();
  const values: Shape['values'] = [];
  shape = shape.replace(PLACE, (place) => {
    const { kind, value } = found[place.charCodeAt(0) - FIRST_PLACE] ?? { kind: 'Token', value: place };
    const number = (numbers.get(kind) ?? 0) + 1;
    numbers.set(kind, number);
    values.push({ name: `${kind}-${number}`, value });
    return `<${kind}-${number}>`;
  });
  return { shape, values };
}
