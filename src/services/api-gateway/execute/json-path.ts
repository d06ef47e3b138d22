/** JSONPath, as mapping templates and parameter mappings use it: names, places, slices, wildcards, descents and simple filters. Source: API Gateway Developer Guide, "Mapping template transformations". */

type Step =
  | { kind: 'name'; name: string }
  | { kind: 'place'; at: number }
  | { kind: 'slice'; from: number | undefined; to: number | undefined }
  | { kind: 'all' }
  | { kind: 'deep' }
  | { kind: 'filter'; path: readonly Step[]; operator: string | undefined; value: unknown };

/** Reads one value, or the list of those that an indefinite path finds; undefined where there is none. */
export type JsonPath = (document: unknown, spend?: (steps: number) => void) => unknown;

/** Values that one path may come by on its way. */
const SEEN_MAX = 2_000_000;
/** Characters of a path. */
const LENGTH_MAX = 4_096;
const KEPT_MAX = 2_000;

/** Counts the values that a path comes by. @throws {SyntaxError} for too many */
type Seen = (values: number) => void;
const TOKEN =
  /\.\.|\.?\*|\.([^.[\]()*\s]+)|\[\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|(-?\d+)|(-?\d*):(-?\d*)|\*)\s*\]|\[\?\(([^\]]*)\)\]|([^.[\]()*$\s]+)/y;
const FILTER = /^\s*@((?:[.[][^=<>!]*)?)\s*(?:(==|!=|<=|>=|<|>)\s*(.+?))?\s*$/;
const compiled = new Map<string, JsonPath>();

/**
 * A path, made ready and kept.
 *
 * @throws {SyntaxError}
 */
export function jsonPath(text: string): JsonPath {
  let path = compiled.get(text);
  if (path === undefined) {
    if (compiled.size >= KEPT_MAX) compiled.clear();
    compiled.set(text, (path = compile(text)));
  }
  return path;
}

function compile(text: string): JsonPath {
  if (text.length > LENGTH_MAX) throw new SyntaxError('The JSONPath is too long');
  const steps = stepsOf(text.trim().replace(/^[$@]/, ''));
  const isDefinite = steps.every(({ kind }) => kind === 'name' || kind === 'place');
  return (document, spend) => {
    let total = 0;
    const seen = (values: number) => {
      total += values;
      if (total > SEEN_MAX) throw new SyntaxError('The JSONPath finds too much');
    };
    const found = walk(steps, [document], seen);
    spend?.(total >> 3);
    return isDefinite ? found[0] : found;
  };
}

function stepsOf(text: string): Step[] {
  const steps: Step[] = [];
  // Filters are read on the way: each reading has its own place.
  const token = new RegExp(TOKEN);
  while (token.lastIndex < text.length) {
    const found = token.exec(text);
    if (found === null) throw new SyntaxError(`Invalid JSONPath: ${text}`);
    const [all, dotted, single, double, place, from, to, filter, bare] = found;
    const name = dotted ?? single ?? double ?? bare;
    if (all === '..') steps.push({ kind: 'deep' });
    else if (filter !== undefined) steps.push(filterOf(filter));
    else if (place !== undefined) steps.push({ kind: 'place', at: Number(place) });
    else if (from !== undefined) steps.push({ kind: 'slice', from: numberOf(from), to: numberOf(to) });
    else if (name !== undefined) steps.push({ kind: 'name', name: name.replace(/\\(.)/g, '$1') });
    else steps.push({ kind: 'all' });
  }
  return steps;
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined || text === '' ? undefined : Number(text);
}

function filterOf(text: string): Step {
  const [, path = '', operator, value] = FILTER.exec(text) ?? [];
  return { kind: 'filter', path: stepsOf(path.trim()), operator, value: literal(value) };
}

function literal(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  if (/^'.*'$/.test(text)) return text.slice(1, -1);
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function walk(steps: readonly Step[], from: readonly unknown[], seen: Seen): readonly unknown[] {
  let found = from;
  for (const step of steps) {
    const next: unknown[] = [];
    for (const value of found) take(step, value, next, seen);
    found = next;
  }
  return found;
}

function take(step: Step, value: unknown, into: unknown[], seen: Seen): void {
  seen(1);
  switch (step.kind) {
    case 'name': {
      if (isObject(value) && Object.hasOwn(value, step.name)) into.push((value as Record<string, unknown>)[step.name]);
      return;
    }
    case 'place': {
      const at = Array.isArray(value) ? value.at(step.at) : undefined;
      if (at !== undefined) into.push(at);
      return;
    }
    case 'slice':
      if (Array.isArray(value)) put(value.slice(step.from, step.to), into, seen);
      return;
    case 'all':
      put(childrenOf(value), into, seen);
      return;
    case 'deep':
      descend(value, into, seen);
      return;
    case 'filter':
      for (const child of childrenOf(value)) if (holds(step, child, seen)) into.push(child);
  }
}

function put(values: readonly unknown[], into: unknown[], seen: Seen): void {
  seen(values.length);
  for (const value of values) into.push(value);
}

function descend(value: unknown, into: unknown[], seen: Seen): void {
  const waiting = [value];
  while (waiting.length > 0) {
    const next = waiting.pop();
    into.push(next);
    put(childrenOf(next).toReversed(), waiting, seen);
  }
}

function holds({ path, operator, value }: Extract<Step, { kind: 'filter' }>, child: unknown, seen: Seen): boolean {
  seen(1);
  const [found] = walk(path, [child], seen);
  if (operator === undefined) return found !== undefined;
  if (operator === '==') return found === value;
  if (operator === '!=') return found !== value;
  if (typeof found !== typeof value || (typeof found !== 'number' && typeof found !== 'string')) return false;
  const [a, b] = [found, value as typeof found];
  return operator === '<' ? a < b : operator === '>' ? a > b : operator === '<=' ? a <= b : a >= b;
}

function isObject(value: unknown): value is object {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function childrenOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  return isObject(value) ? Object.values(value) : [];
}
