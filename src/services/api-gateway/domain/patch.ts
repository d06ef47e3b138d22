/** Patch operations: what each thing lets be changed, and how a text becomes its value. Source: API Gateway API Reference, "PATCH operations". */
import type { PatchOperation } from '#models/api-gateway';
import { badPatchValue, badRequest, invalidPatch } from '../errors.ts';

type Kind = 'text' | 'number' | 'boolean' | 'json';

/** Paths that can be changed: `*` stands for a name, `list` is one of texts to which paths add and from which they remove. */
export type Patchable = { readonly [path: string]: Kind | 'list' };

type Holder = Record<string, unknown>;

/**
 * A value after patches.
 *
 * @throws {ServiceError} BadRequestException
 */
export function patched<Value extends object>(
  value: Value,
  operations: readonly PatchOperation[] | undefined,
  patchable: Patchable,
): Value {
  const copy = structuredClone(value) as Holder;
  for (const operation of operations ?? []) patch(copy, operation, patchable);
  return copy as Value;
}

function patch(root: Holder, { op = 'replace', path = '', value, from }: PatchOperation, patchable: Patchable): void {
  const names = namesOf(path);
  const rule = Object.keys(patchable).find((one) => fits(one, names));
  if (rule === undefined || names.length === 0) throw invalidPatch(op, path, Object.keys(patchable));
  const kind = patchable[rule];
  if (op === 'copy') {
    const source = getAt(root, namesOf(from ?? ''));
    if (!isOfKind(source, kind)) throw badPatchValue(path);
    setAt(root, names, structuredClone(source));
    return;
  }
  if (op === 'move' || op === 'test') throw badRequest(`Invalid patch operation '${op}' specified for path '${path}'`);
  if (kind === 'list') patchList(root, rule, names, op, value);
  else if (op === 'remove') {
    const holder = getAt(root, names.slice(0, -1)) as Holder | undefined;
    if (holder !== undefined) delete holder[names.at(-1) ?? ''];
  } else setAt(root, names, readValue(kind ?? 'text', value, path));
}

function isOfKind(value: unknown, kind: Kind | 'list' | undefined): boolean {
  if (kind === 'list') return Array.isArray(value);
  if (kind === 'json') return value !== null && typeof value === 'object' && !Array.isArray(value);
  return typeof value === (kind === 'text' ? 'string' : kind);
}

/** A list is named by `/list` (its value is added) or `/list/item`. */
function patchList(
  root: Holder,
  rule: string,
  names: string[],
  op: 'add' | 'remove' | 'replace',
  value: string | undefined,
): void {
  const depth = namesOf(rule).filter((name) => name !== '*').length;
  const holder = names.slice(0, depth);
  const item = names.length > depth ? names.slice(depth).join('/') : value;
  const list = (getAt(root, holder) as string[] | undefined) ?? [];
  if (op === 'remove') setAt(root, holder, item === undefined ? [] : list.filter((one) => one !== item));
  else if (op === 'replace' && names.length === depth) setAt(root, holder, value === undefined ? [] : value.split(','));
  else if (op === 'replace')
    setAt(
      root,
      holder,
      list.map((one) => (one === item ? (value ?? '') : one)),
    );
  else if (item !== undefined && !list.includes(item)) setAt(root, holder, [...list, ...item.split(',')]);
}

function readValue(kind: Kind | 'list', value: string | undefined, path: string): unknown {
  if (kind === 'text') return value ?? '';
  if (kind === 'json') return readJson(value, path);
  if (kind === 'boolean') {
    if (value === 'true' || value === 'false') return value === 'true';
    throw badPatchValue(path);
  }
  const number = Number(value);
  if (value === undefined || value.trim() === '' || !Number.isFinite(number)) throw badPatchValue(path);
  return number;
}

function readJson(value: string | undefined, path: string): unknown {
  try {
    return value === undefined || value === '' ? {} : JSON.parse(value);
  } catch {
    throw badPatchValue(path);
  }
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
