/** Rows of a query: how expressions find what they name in them. */
import { ambiguousField, badColumnIndex, missingHeader } from './errors.ts';
import type { Query, Step } from './parse.ts';
import { isMap, MISSING, type Value } from './values.ts';

export type Row = {
  find(steps: readonly Step[]): Value;
  /** All there is, with its names. */
  all(): [name: string, value: Value][];
};

type Named = { name: string; isQuoted: boolean };

/** Names count in any case but in quotation marks. */
const isSame = (given: Named, name: string) =>
  given.name === name || (!given.isQuoted && given.name.toLowerCase() === name.toLowerCase());

function isAlias(step: Step | undefined, aliases: Query['aliases']): boolean {
  return (
    step !== undefined &&
    'name' in step &&
    aliases.some((alias) => isSame({ ...step, isQuoted: alias.isQuoted }, alias.name))
  );
}

/** The one name that is meant. @throws {ServiceError} AmbiguousFieldName */
function meant(given: Named, names: Iterable<string>): string | undefined {
  let found: string | undefined;
  for (const name of names) {
    if (!isSame(given, name) || name === found) continue;
    if (found !== undefined) throw ambiguousField();
    found = name;
  }
  return found;
}

function entered(value: Value, step: Step): Value {
  if ('index' in step) return Array.isArray(value) ? (value[step.index] ?? MISSING) : MISSING;
  if ('all' in step || !isMap(value)) return MISSING;
  const name = meant(step, value.keys());
  return name === undefined ? MISSING : (value.get(name) ?? null);
}

/** A row of JSON. */
export function jsonRow(value: Value, aliases: Query['aliases']): Row {
  return {
    find: (steps) => (isAlias(steps[0], aliases) ? steps.slice(1) : steps).reduce(entered, value),
    all: () => (isMap(value) ? [...value] : value === MISSING ? [] : [['_1', value]]),
  };
}

/** The rows that a path leads to. A wildcard gives one at least; where nothing fits, what is missing. */
export function* rowsBelow(value: Value, path: readonly Step[]): Generator<Value> {
  const [step, ...rest] = path;
  if (step === undefined) {
    yield value;
    return;
  }
  if (!('all' in step)) {
    yield* rowsBelow(entered(value, step), rest);
    return;
  }
  const below: readonly Value[] =
    step.all === 'elements' ? (Array.isArray(value) ? value : []) : isMap(value) ? [...value.values()] : [];
  if (below.length === 0) yield MISSING;
  for (const one of below) yield* rowsBelow(one, rest);
}

/** Columns of CSV: their names where the first line tells them, and how many it has. */
export type Header = { names: readonly string[] | undefined; width: number };

/** A row of CSV. @param places remembers where the columns of a query are */
export function csvRow(
  fields: readonly string[],
  header: Header,
  aliases: Query['aliases'],
  places: Map<Step, number>,
): Row {
  const find = (steps: readonly Step[]): Value => {
    const [step, more] = steps.length > 1 && isAlias(steps[0], aliases) ? steps.slice(1) : steps;
    if (step === undefined || !('name' in step) || more !== undefined) return MISSING;
    let at = places.get(step);
    if (at === undefined) places.set(step, (at = columnOf(step, header)));
    return fields[at] ?? MISSING;
  };
  return { find, all: () => fields.map((field, at) => [header.names?.[at] ?? `_${at + 1}`, field]) };
}

/** @throws {ServiceError} InvalidColumnIndex, MissingHeaders, AmbiguousFieldName */
function columnOf(step: Named, { names, width }: Header): number {
  const name = names === undefined ? undefined : meant(step, names);
  if (name !== undefined) return names?.indexOf(name) ?? 0;
  const index = /^_(\d+)$/.exec(step.name)?.[1];
  if (index === undefined) throw missingHeader();
  if (Number(index) < 1 || Number(index) > width) throw badColumnIndex();
  return Number(index) - 1;
}
