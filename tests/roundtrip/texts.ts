/** Texts for a shape and a place: within length and pattern, and with signs that the place can carry. */
import { fromJava } from '#kernel/base';
import type { ShapeModel } from '#kernel/wire';
import { patternOf } from '../../src/kernel/wire/pattern.ts';
import type { Random } from './random.ts';
import { type Sampler, samplerOf } from './regex.ts';

/** Where a text stands decides which signs survive: a header has no line ends, XML no control characters. */
export type Place = 'json' | 'xml' | 'header' | 'prefix' | 'uri' | 'host';

const PLAIN = [
  'a',
  'Z',
  '7',
  '-',
  '_',
  '.',
  ' ',
  '/',
  ':',
  '+',
  '%',
  '&',
  '=',
  '"',
  "'",
  '<',
  '>',
  '\\',
  ',',
  ';',
  '#',
];
const UNICODE = ['é', 'ß', '日', '本', '😀', '\u00a0', '\u2028', '~'];
const SIGNS: { readonly [place in Place]: readonly string[] } = {
  json: [...PLAIN, ...UNICODE, '\n', '\t', '\r', '\u0001'],
  xml: [...PLAIN, ...UNICODE, '\n', '\t', '\r', '\u0085'],
  header: PLAIN,
  prefix: ['a', 'z', '7', '-'],
  uri: [...PLAIN, ...UNICODE],
  host: ['a', 'b', '7'],
};
const HOST = /^[A-Za-z0-9]+$/;
const HEADER = /^[\x20-\x7e]*$/;
const LENGTH_MAX = 400;
const TRIES = 60;
const MORE = [2, 0, 5, 12, 40, 120];

/** Texts of patterns whose lookarounds no walk finds. */
const KNOWN: readonly string[] = ['arn:aws:fsx:us-east-1:123456789012:file-system/fs-0123456789abcdef0'];

type Plan = { sampler: Sampler | undefined; matches: ((text: string) => boolean) | undefined };
const plans = new Map<string, Plan>();

function planOf(pattern: string): Plan {
  let plan = plans.get(pattern);
  if (plan === undefined)
    plans.set(pattern, (plan = { sampler: samplerOf(fromJava(pattern).source), matches: patternOf(pattern) }));
  return plan;
}

/** A text that satisfies the shape; undefined when none was found. */
export function textFor(shape: ShapeModel, place: Place, random: Random): string | undefined {
  const least = Math.max(shape.min ?? 0, place === 'uri' || place === 'host' || place === 'prefix' ? 1 : 0);
  const most = Math.max(least, shape.max ?? Number.POSITIVE_INFINITY);
  const { sampler, matches } =
    shape.pattern === undefined ? { sampler: undefined, matches: undefined } : planOf(shape.pattern);
  const fits = (text: string) => {
    const size = [...text].length;
    return size >= least && size <= most && matches?.(text) !== false && isCarried(text, place);
  };
  if (sampler === undefined) {
    const length = random.chance(0.1) && most <= LENGTH_MAX ? most : random.between(least, Math.min(most, least + 12));
    return cleaned(Array.from({ length }, () => random.pick(SIGNS[place])).join(''), place);
  }
  const isAllowed = (sign: string) =>
    place === 'json' || (place === 'host' ? HOST : HEADER).test(sign) || place === 'xml' || place === 'uri';
  for (let tries = 0; tries < TRIES; tries += 1) {
    const text = sampler(random, MORE[tries % MORE.length] as number, isAllowed);
    const long = [...text].length < least ? text + ([...text].at(-1) ?? '').repeat(least - [...text].length) : text;
    if (fits(text)) return text;
    if (fits(long)) return long;
  }
  return KNOWN.find(fits);
}

function isCarried(text: string, place: Place): boolean {
  if (place === 'xml') return text.trim() !== '' || !text.includes('\n');
  return place !== 'header' || text === text.trim();
}

/** A header loses spaces at its ends, and XML readers skip a text of line ends only, so the value is none. */
function cleaned(text: string, place: Place): string {
  if (place === 'xml' && !isCarried(text, place)) return text.replaceAll('\n', 'x');
  if (place !== 'header') return text;
  return text.replace(/^ | $/g, 'x');
}
