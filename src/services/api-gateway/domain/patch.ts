/** Patch operations: what each thing lets be changed, and how a text becomes its value. Source: API Gateway API Reference, "PATCH operations". */
import type { ServiceError } from '#kernel/contract';
import type { PatchOperation } from '#models/api-gateway';
import { badPatchValue, badRequest, invalidPatch } from '../errors.ts';

export type Kind = 'text' | 'number' | 'boolean';
type Shape = Kind | 'list';
type Op = NonNullable<PatchOperation['op']>;

/**
 * Paths that can be changed: `*` stands for a name, `list` is one of texts to which paths add and from which they remove. Without operations of
 * its own a single value can be replaced, a list added to and removed from, and what has a name (`/map/*`) all three.
 */
export type Patchable = { readonly [path: string]: Shape | readonly [Shape, ...Op[]] };

/** How a thing says that it has no such path, or not for that operation: API Gateway has more than one way. `allowed` are those that can be. */
export type Refusal = (wrong: { op: Op; path: string }, allowed: { paths: string[]; ops: Op[] }) => ServiceError;

type Holder = Record<string, unknown>;

/** What most things say. */
const byPaths: Refusal = ({ op, path }, { paths }) => invalidPatch(op, path, paths.sort());

/** What APIs and methods say. Source: AWS's answers to UpdateRestApi and UpdateMethod. */
export const byOperations: Refusal = ({ path }, { ops }) =>
  badRequest(
    ops.length === 0
      ? `Invalid patch path ${path}`
      : `Invalid patch operation specified. Must be one of: [${ops.join(', ')}]`,
  );

/**
 * A value after patches.
 *
 * @throws {ServiceError} BadRequestException
 */
export function patched<Value extends object>(
  value: Value,
  operations: readonly PatchOperation[] | undefined,
  patchable: Patchable,
  refusal: Refusal = byPaths,
): Value {
  const copy = structuredClone(value) as Holder;
  for (const operation of operations ?? []) patch(copy, operation, patchable, refusal);
  return copy as Value;
}

function patch(root: Holder, operation: PatchOperation, patchable: Patchable, refusal: Refusal): void {
  const { op = 'replace', path = '', value } = operation;
  const names = namesOf(path);
  const rules = Object.keys(patchable).filter((one) => names.length > 0 && fits(one, names));
  const rule = rules.find((one) => opsOf(patchable, one).includes(op));
  if (rule === undefined) {
    const paths = Object.keys(patchable).filter((one) => opsOf(patchable, one).includes(op));
    throw refusal({ op, path }, { paths, ops: rules.flatMap((one) => opsOf(patchable, one)) });
  }
  const shape = shapeOf(patchable, rule);
  if (shape === 'list') patchList(root, rule, names, op, value);
  else if (op === 'remove' || (shape === 'text' && !value && !rule.endsWith('*'))) removeAt(root, names);
  else setAt(root, names, readValue(shape, value, path));
}

function shapeOf(patchable: Patchable, rule: string): Shape {
  const given = patchable[rule] ?? 'text';
  return typeof given === 'string' ? given : given[0];
}

function opsOf(patchable: Patchable, rule: string): Op[] {
  const given = patchable[rule];
  if (typeof given === 'object') return given.slice(1) as Op[];
  if (given === 'list') return ['add', 'remove'];
  return rule.endsWith('/*') ? ['add', 'remove', 'replace'] : ['replace'];
}

/** A list is named by `/list` (its value is added) or `/list/item`; what takes another's place becomes the last. */
function patchList(root: Holder, rule: string, names: string[], op: Op, value: string | undefined): void {
  const depth = namesOf(rule).filter((name) => name !== '*').length;
  const holder = names.slice(0, depth);
  const item = names.length > depth ? names.slice(depth).join('/') : value;
  const list = (getAt(root, holder) as string[] | undefined) ?? [];
  const others = item === undefined ? [] : list.filter((one) => one !== item);
  if (op === 'remove') setAt(root, holder, others);
  else if (op === 'replace')
    setAt(root, holder, [...(names.length === depth ? [] : others), ...(value ?? '').split(',')]);
  else if (item !== undefined) setAt(root, holder, [...new Set([...list, ...item.split(',')])]);
}

/**
 * What a patch's text stands for.
 *
 * @throws {ServiceError} BadRequestException
 */
export function readValue(kind: Kind, value: string | undefined, path: string): unknown {
  if (kind === 'text') return value ?? '';
  if (kind === 'boolean') {
    if (value === 'true' || value === 'false') return value === 'true';
    throw badPatchValue(path);
  }
  const number = Number(value);
  if (value === undefined || value.trim() === '' || !Number.isFinite(number)) throw badPatchValue(path);
  return number;
}

/** The names of a path: `~1` is a slash, `~0` a tilde. */
export function namesOf(path: string): string[] {
  return path
    .split('/')
    .slice(1)
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Whether a path is one that a rule allows; a last `*` stands for one name. */
function fits(rule: string, names: readonly string[]): boolean {
  const wanted = namesOf(rule);
  return wanted.length === names.length && wanted.every((name, index) => name === '*' || name === names[index]);
}

function getAt(root: Holder, names: readonly string[]): unknown {
  let value: unknown = root;
  for (const name of names) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, name)) return undefined;
    value = (value as Holder)[name];
  }
  return value;
}

function removeAt(root: Holder, names: readonly string[]): void {
  const above = names.slice(0, -1);
  const holder = getAt(root, above) as Holder | undefined;
  if (holder === undefined) return;
  delete holder[names.at(-1) ?? ''];
  // What is empty now is shown no more.
  if (above.length === 1 && Object.keys(holder).length === 0) delete root[above[0] ?? ''];
}

function setAt(root: Holder, names: readonly string[], value: unknown): void {
  let holder = root;
  for (const name of names.slice(0, -1)) {
    if (!Object.hasOwn(holder, name) || typeof holder[name] !== 'object') define(holder, name, {});
    holder = holder[name] as Holder;
  }
  define(holder, names.at(-1) ?? '', value);
}

function define(holder: Holder, name: string, value: unknown): void {
  Object.defineProperty(holder, name, { value, writable: true, enumerable: true, configurable: true });
}
