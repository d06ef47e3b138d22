/** What expressions are parsed into. Placeholders stay as they are written (`#n`, `:v`) and are looked up when they are used. */
import type { Item, Value } from '../value.ts';

/** Names, name placeholders and list positions, from the item down. */
export type Path = readonly (string | number)[];

export type Comparator = '=' | '<>' | '<' | '<=' | '>' | '>=';

export type Operand =
  | { kind: 'path'; path: Path }
  | { kind: 'value'; name: string }
  | { kind: 'size'; operand: Operand };

export type Condition =
  | { kind: 'and' | 'or'; left: Condition; right: Condition }
  | { kind: 'not'; inner: Condition }
  | { kind: 'compare'; operator: Comparator; left: Operand; right: Operand }
  | { kind: 'between'; operand: Operand; low: Operand; high: Operand }
  | { kind: 'in'; operand: Operand; list: readonly Operand[] }
  | { kind: 'exists'; path: Path; wanted: boolean }
  /** `constant` is a value that stands in place of the path. */
  | { kind: 'type'; path: Path; type: Operand; constant?: string }
  | { kind: 'begins_with' | 'contains'; operand: Operand; sought: Operand };

export type Source =
  | { kind: 'path'; path: Path }
  | { kind: 'value'; name: string }
  | { kind: '+' | '-' | 'list_append'; left: Source; right: Source }
  | { kind: 'if_not_exists'; path: Path; otherwise: Source };

export type Update = {
  set: readonly { path: Path; source: Source }[];
  remove: readonly Path[];
  add: readonly { path: Path; value: string }[];
  delete: readonly { path: Path; value: string }[];
};

/** A part of an expression that is checked as a whole before the next one: one comparison or function of a condition. */
export type Clause = {
  /** Placeholders of names and values, in the order they stand in. */
  uses: readonly string[];
  /** What is wrong with its number of operands, with what it is applied to. */
  count?: string;
  place?: string;
  /** What a size() is of that stands where a path should. */
  measured?: Operand;
  /** Operands of which the first must differ from the others. */
  distinct?: { operator: string; operands: readonly Operand[] };
  node?: Condition;
};

/** What was parsed, with the paths it names. */
export type Parsed<Tree> = {
  tree: Tree;
  paths: readonly Path[];
  clauses: readonly Clause[];
  /** Of an update, whose paths are those it changes: all of them. */
  named?: readonly Path[];
};

/** What placeholders stand for. */
export type Bindings = { names: { readonly [placeholder: string]: string }; values: Item };

/** A step of a path with its placeholder replaced. */
export function stepOf(step: string | number, names: Bindings['names']): string | number {
  return typeof step === 'string' && step.charCodeAt(0) === 0x23 ? (names[step] ?? step) : step;
}

/** A path with its `#names` replaced. */
export function resolvePath(path: Path, names: Bindings['names']): (string | number)[] {
  return path.map((step) => stepOf(step, names));
}

/** The value at a path of an item; undefined where there is none. */
export function valueAt(item: Item, path: Path, names: Bindings['names']): Value | undefined {
  let value: Value | undefined;
  let within: Item | undefined = item;
  for (const one of path) {
    const step = stepOf(one, names);
    if (typeof step === 'number') value = value?.L?.[step];
    else {
      if (within === undefined) return undefined;
      value = Object.hasOwn(within, step) ? within[step] : undefined;
    }
    if (value === undefined) return undefined;
    within = value.M;
  }
  return value;
}

/** `[a, b, [0]]`, as AWS quotes paths. */
export function pathText(path: Path): string {
  return `[${path.map((step) => (typeof step === 'number' ? `[${step}]` : step)).join(', ')}]`;
}
