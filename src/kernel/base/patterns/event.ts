/** Whether a document meets a pattern. Names with dots mean the same as objects inside one another, on both sides. */
import { JSON_DEPTH_MAX } from './json-text.ts';
import type { Pattern } from './pattern.ts';
import { passes, type Scalar, type ValueTest } from './value-tests.ts';

export type Json = Scalar | readonly Json[] | { readonly [name: string]: Json };

/** What lies at one name: its values, the objects there, and those that are elements of an array, of which one at a time is meant. */
type Node = { values: Scalar[]; always: Fields; elements: Fields[] };
type Fields = Map<string, Node>;

/** An event, read for matching: by many patterns if need be. */
export type ReadEvent = { readonly fields: Fields };

/** A condition whose path has been followed to some point. */
type Condition = { path: readonly string[]; tests: readonly ValueTest[] };

/** The document of a text; undefined where it is none, no object, or deeper than AWS reads. */
export function readEvent(text: string): ReadEvent | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return eventOf(value as Json);
}

/** A document for matching; undefined where it is no object, or deeper than AWS reads. */
export function eventOf(value: Json): ReadEvent | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const fields: Fields = new Map();
  return addFields(value as { [name: string]: Json }, fields, 1) ? { fields } : undefined;
}

/**
 * Whether the event meets one of the pattern's alternatives: for each name a value that passes one of its tests; all names below
 * one array in the same element of it.
 */
export function matches({ alternatives }: Pattern, event: ReadEvent): boolean {
  return alternatives.some((alternative) => {
    const open: Condition[] = [];
    for (const [name, tests] of alternative) {
      const path = name.split('.');
      const absent = tests.some((test) => test.is === 'absent') && !isThere(event.fields, path, 0);
      if (!absent) open.push({ path, tests });
    }
    return meets(open, event.fields);
  });
}

/** False where it is deeper than AWS reads. */
function addFields(object: { readonly [name: string]: Json }, fields: Fields, depth: number): boolean {
  if (depth > JSON_DEPTH_MAX) return false;
  return Object.entries(object).every(([name, value]) => {
    const [first = '', ...rest] = name.split('.');
    let node = nodeAt(fields, first);
    for (const step of rest) node = nodeAt(node.always, step);
    return addValue(value, node, depth + 1);
  });
}

function nodeAt(fields: Fields, name: string): Node {
  const known = fields.get(name);
  if (known !== undefined) return known;
  const node: Node = { values: [], always: new Map(), elements: [] };
  fields.set(name, node);
  return node;
}

function addValue(value: Json, node: Node, depth: number): boolean {
  if (typeof value !== 'object' || value === null) {
    node.values.push(value as Scalar);
    return true;
  }
  if (!Array.isArray(value)) return addFields(value as { [name: string]: Json }, node.always, depth);
  return addElements(value, node, depth);
}

function addElements(array: readonly Json[], node: Node, depth: number): boolean {
  if (depth > JSON_DEPTH_MAX) return false;
  return array.every((element) => {
    if (typeof element !== 'object' || element === null) {
      node.values.push(element as Scalar);
      return true;
    }
    if (Array.isArray(element)) return addElements(element, node, depth + 1);
    const fields: Fields = new Map();
    node.elements.push(fields);
    return addFields(element as { [name: string]: Json }, fields, depth + 1);
  });
}

/** Whether there is a value at the end of the path, in any element. */
function isThere(fields: Fields, path: readonly string[], step: number): boolean {
  const node = fields.get(path[step] as string);
  if (node === undefined) return false;
  if (step === path.length - 1) return node.values.length > 0;
  return isThere(node.always, path, step + 1) || node.elements.some((one) => isThere(one, path, step + 1));
}

/** Conditions by the next name on their way: what lies below one name is met together. */
function groupsOf(conditions: readonly Condition[]): Map<string, Condition[]> {
  return Map.groupBy(conditions, ({ path }) => path[0] as string);
}

function meets(conditions: readonly Condition[], fields: Fields): boolean {
  return [...groupsOf(conditions)].every(([name, group]) => {
    const node = fields.get(name);
    return node !== undefined && meetsAt(group, node);
  });
}

function meetsAt(group: readonly Condition[], node: Node): boolean {
  const deeper: Condition[] = [];
  for (const { path, tests } of group) {
    if (path.length > 1) deeper.push({ path: path.slice(1), tests });
    else if (!node.values.some((value) => tests.some((test) => passes(test, value)))) return false;
  }
  if (deeper.length === 0) return true;
  const left = [...groupsOf(deeper)].flatMap(([, one]) => (meets(one, node.always) ? [] : one));
  return left.length === 0 || node.elements.some((element) => meets(left, element));
}
