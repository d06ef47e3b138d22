/** The parts of an item that paths name, in the item's own shape; lists close up around what was taken. */
import type { Item, Value } from '../value.ts';
import { type Bindings, type Path, stepOf } from './ast.ts';

/** What is wanted below one step: everything, or these steps. */
type Wanted = true | Map<string | number, Wanted>;

/** The parts of an item that a projection names; elements of lists close up, as at AWS. */
export function project(item: Item, paths: readonly Path[], names: Bindings['names']): Item {
  const wanted = new Map<string | number, Wanted>();
  for (const path of paths) {
    let level = wanted;
    for (const [index, one] of path.entries()) {
      const step = stepOf(one, names);
      if (index === path.length - 1) level.set(step, true);
      else {
        const below = level.get(step);
        if (below === true) break;
        const next: Map<string | number, Wanted> = below ?? new Map();
        level.set(step, next);
        level = next;
      }
    }
  }
  return projectMap(item, wanted);
}

function projectMap(item: Item, wanted: ReadonlyMap<string | number, Wanted>): Item {
  const kept: [string, Value][] = [];
  for (const [step, below] of wanted) {
    if (typeof step === 'number' || !Object.hasOwn(item, step)) continue;
    const value = projectValue(item[step] as Value, below);
    if (value !== undefined) kept.push([step, value]);
  }
  return Object.fromEntries(kept);
}

function projectValue(value: Value, wanted: Wanted): Value | undefined {
  if (wanted === true) return value;
  if (value.M !== undefined) {
    const map = projectMap(value.M, wanted);
    return Object.keys(map).length === 0 ? undefined : { M: map };
  }
  if (value.L === undefined) return undefined;
  const list: Value[] = [];
  for (const [index, below] of [...wanted].sort(([a], [b]) => Number(a) - Number(b))) {
    const element = typeof index === 'number' ? value.L[index] : undefined;
    const one = element === undefined ? undefined : projectValue(element, below);
    if (one !== undefined) list.push(one);
  }
  return list.length === 0 ? undefined : { L: list };
}
