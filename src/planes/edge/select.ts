/** What of a request counts: headers, cookies and query strings that are picked for the key of the cache or for the origin. */
import { isLike } from '#kernel/base';
import type { EdgePick } from '#kernel/contract';

/** A pick made ready: which names, in lower case for headers. */
export type Picker = { picks: (name: string) => boolean; isNone: boolean; isAll: boolean; names: readonly string[] };

/** @param fold of names that count in any case */
export function pickerOf({ mode, names }: EdgePick, fold: (name: string) => string = (name) => name): Picker {
  const known = new Set(names.map(fold));
  const base = {
    isNone: mode === 'none' || ((mode === 'some' || mode === 'like') && known.size === 0),
    isAll: mode === 'all',
    names: [...known].sort(),
  };
  switch (mode) {
    case 'none':
      return { ...base, picks: () => false };
    case 'all':
      return { ...base, picks: () => true };
    case 'some':
      return { ...base, picks: (name) => known.has(name) };
    case 'like':
      return { ...base, picks: (name) => base.names.some((one) => isLike(one, name)) };
    case 'allExcept':
      return { ...base, picks: (name) => !known.has(name) };
  }
}

/** Both of two picks. */
export function eitherOf(one: Picker, other: Picker): Picker {
  return {
    picks: (name) => one.picks(name) || other.picks(name),
    isNone: one.isNone && other.isNone,
    isAll: one.isAll || other.isAll,
    names: [...new Set([...one.names, ...other.names])],
  };
}

/** The query strings that are picked, in their order, as they were sent. */
export function pickQuery(query: string, picker: Picker): string {
  if (query === '' || picker.isNone) return '';
  if (picker.isAll) return query;
  return query
    .split('&')
    .filter((pair) => picker.picks(unescapeName(nameOf(pair))))
    .join('&');
}

function unescapeName(name: string): string {
  try {
    return decodeURIComponent(name.replaceAll('+', ' '));
  } catch {
    return name;
  }
}

/** The cookies that are picked, in the order of their names. Source: CloudFront Developer Guide, "Cache content based on cookies". */
export function pickCookies(header: string | undefined, picker: Picker): string {
  if (header === undefined || picker.isNone) return '';
  return header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair !== '' && picker.picks(nameOf(pair)))
    .sort((one, other) => (nameOf(one) < nameOf(other) ? -1 : nameOf(one) > nameOf(other) ? 1 : 0))
    .join('; ');
}

const nameOf = (pair: string) => pair.split('=', 1)[0] ?? '';

/** The best of the encodings that are told apart, as the viewer accepts them: Brotli before gzip. */
export function encodingFor(accepted: string | undefined, encodings: readonly ('br' | 'gzip')[]): string {
  if (accepted === undefined || encodings.length === 0) return '';
  const takes = new Set<string>();
  for (const part of accepted.split(',')) {
    const [name = '', ...parameters] = part.split(';');
    const refused = parameters.some((one) => /^\s*q=0(\.0*)?\s*$/.test(one));
    if (!refused) takes.add(name.trim().toLowerCase());
  }
  return encodings.filter((one) => takes.has(one)).join(',');
}
