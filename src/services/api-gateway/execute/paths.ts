/** Paths with variables, as a tree: finding what a path means costs its length, whatever an API has. Source: API Gateway Developer Guide, "Develop proxy integrations". */
import { safeDecode } from '#kernel/base';

type Branch<Value> = { names: Map<string, Branch<Value>>; variable?: Branch<Value>; greedy?: Value; value?: Value };

/** What a path leads to, and the values of its variables in their order, decoded and as they were sent. */
export type Match<Value> = { value: Value; variables: readonly string[]; sent: readonly string[] };
/** From which part of a path a variable goes to which, without that. */
type Span = readonly [from: number, to: number];

export class PathTree<Value> {
  #root: Branch<Value> = { names: new Map() };

  /** @param path `/pets/{id}/{rest+}` */
  add(path: string, value: Value): void {
    let branch = this.#root;
    for (const part of partsOf(path)) {
      if (part.endsWith('+}')) {
        branch.greedy = value;
        return;
      }
      const isVariable = part.startsWith('{');
      const next = isVariable ? branch.variable : branch.names.get(part);
      const made: Branch<Value> = next ?? { names: new Map() };
      if (isVariable) branch.variable = made;
      else branch.names.set(part, made);
      branch = made;
    }
    branch.value = value;
  }

  /** The most specific path that fits: names before variables before what takes all the rest. */
  find(path: string, accepts: (value: Value) => boolean = () => true): Match<Value> | undefined {
    const given = partsOf(path);
    const parts = given.map((part) => safeDecode(part) ?? part);
    const found = search(this.#root, parts, 0, [], accepts);
    const of = (all: readonly string[]) => found?.spans.map((span) => all.slice(...span).join('/')) ?? [];
    return found && { value: found.value, variables: of(parts), sent: of(given) };
  }
}

/** Names of a path's variables, in their order. */
export function variablesOf(path: string): string[] {
  return partsOf(path)
    .filter((part) => part.startsWith('{'))
    .map((part) => part.slice(1, part.endsWith('+}') ? -2 : -1));
}

/**
 * What a client put into a path, as a part of another's; undefined for what would lead up from there.
 *
 * Deviation: that is refused; AWS sends it as it is.
 */
export function pathText(value: string): string | undefined {
  const parts = value.split('/');
  return parts.some((part) => part === '.' || part === '..') ? undefined : parts.map(encodeURIComponent).join('/');
}

function partsOf(path: string): string[] {
  const whole = path.replace(/^\//, '').replace(/\/$/, '');
  return whole === '' ? [] : whole.split('/');
}

function search<Value>(
  branch: Branch<Value>,
  parts: readonly string[],
  at: number,
  spans: readonly Span[],
  accepts: (value: Value) => boolean,
): { value: Value; spans: readonly Span[] } | undefined {
  const part = parts[at];
  if (part === undefined)
    return branch.value !== undefined && accepts(branch.value) ? { value: branch.value, spans } : undefined;
  const named = branch.names.get(part);
  const found =
    (named && search(named, parts, at + 1, spans, accepts)) ??
    (branch.variable && search(branch.variable, parts, at + 1, [...spans, [at, at + 1]], accepts));
  if (found !== undefined) return found;
  return branch.greedy !== undefined && accepts(branch.greedy)
    ? { value: branch.greedy, spans: [...spans, [at, parts.length]] }
    : undefined;
}
