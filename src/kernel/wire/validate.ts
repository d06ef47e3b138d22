/** Checks an input against its shape's constraints. A failure is an object; the service's voice says it in AWS's words. */
import { membersOf, shapeOf } from './codec.ts';
import type { MemberModel, ServiceModel, ShapeModel } from './model.ts';
import { patternOf } from './pattern.ts';

export type ConstraintFailure = {
  kind: 'required' | 'length' | 'range' | 'pattern' | 'enum' | 'unique';
  /** Member names from the input down; list positions start at 1 and are followed by `member` where AWS says so. */
  path: readonly (string | number)[];
  value: unknown;
  /** Of a `length` failure: code points, bytes or members; of a `range` failure the number. */
  size?: number | undefined;
  min?: number | undefined;
  max?: number | undefined;
  pattern?: string | undefined;
  enum?: readonly string[] | undefined;
  shape: ShapeModel;
  /** Of a text that a list holds, or a map as a key or a value: AWS tells of the list or the map, once. */
  entry?: { of: 'items' | 'keys' | 'value'; holder: unknown; shape: ShapeModel };
};

export type Validator = (input: Record<string, unknown>) => ConstraintFailure[];

/** @param path where the value is; changed on the way down and copied into failures */
type Check = (value: unknown, path: (string | number)[], failures: ConstraintFailure[]) => void;

/** More failures than AWS would ever list. */
const FAILURES_MAX = 100;

/** A validator per input shape, built at first use. */
export function validators(model: ServiceModel): (shape: string) => Validator {
  const built = new Map<string, Check | undefined>();

  /** Undefined where nothing below the shape is constrained. */
  function checkOf(name: string): Check | undefined {
    if (built.has(name)) return built.get(name);
    const shape = shapeOf(model, name);
    let own: Check | undefined;
    built.set(name, (value, path, failures) => own?.(value, path, failures));
    own = build(shape);
    built.set(name, own);
    return own;
  }

  function build(shape: ShapeModel): Check | undefined {
    if (shape.type === 'structure') return structureCheck(model, shape, checkOf);
    const own = constraintCheck(shape);
    const inner =
      shape.type === 'list'
        ? elementCheck(shape, checkOf)
        : shape.type === 'map'
          ? entryCheck(shape, checkOf)
          : undefined;
    if (own === undefined) return inner;
    if (inner === undefined) return own;
    return (value, path, failures) => {
      own(value, path, failures);
      inner(value, path, failures);
    };
  }

  return (name) => {
    const check = checkOf(name);
    return (input) => {
      const failures: ConstraintFailure[] = [];
      check?.(input, [], failures);
      return failures;
    };
  };
}

function structureCheck(
  model: ServiceModel,
  shape: ShapeModel,
  checkOf: (name: string) => Check | undefined,
): Check | undefined {
  const required = new Set(shape.required ?? []);
  const checks: { name: string; target: ShapeModel; required: boolean; check: Check | undefined }[] = [];
  for (const [name, member, target] of membersOf(model, shape)) {
    const check = checkOf(member.shape);
    const must = required.has(name) && member.idempotencyToken !== true;
    if (check !== undefined || must) checks.push({ name, target, required: must, check });
  }
  if (checks.length === 0) return undefined;
  return (value, path, failures) => {
    for (const { name, target, required: must, check } of checks) {
      const given = (value as Record<string, unknown>)[name];
      if (given === undefined || given === null) {
        if (must) failures.push({ kind: 'required', path: [...path, name], value: undefined, shape: target });
      } else if (check !== undefined && failures.length < FAILURES_MAX) below(check, given, path, name, failures);
    }
  };
}

/** Checks a value one step further down. */
function below(
  check: Check,
  value: unknown,
  path: (string | number)[],
  step: string | number,
  failures: ConstraintFailure[],
): void {
  path.push(step);
  check(value, path, failures);
  path.pop();
}

function elementCheck(shape: ShapeModel, checkOf: (name: string) => Check | undefined): Check | undefined {
  const check = checkOf((shape.member as MemberModel).shape);
  if (check === undefined) return undefined;
  return (value, path, failures) => {
    const ofTexts: ConstraintFailure[] = [];
    for (const [index, item] of (value as unknown[]).entries()) {
      if (item === null || failures.length >= FAILURES_MAX) continue;
      if (typeof item !== 'string') below(check, item, path, index + 1, failures);
      else if (ofTexts.length === 0) below(check, item, path, index + 1, ofTexts);
    }
    const [first] = ofTexts;
    if (first !== undefined) failures.push({ ...first, entry: { of: 'items', holder: value, shape } });
  };
}

function entryCheck(shape: ShapeModel, checkOf: (name: string) => Check | undefined): Check | undefined {
  const { shape: keyShape } = shape.key as MemberModel;
  const { shape: valueShape } = shape.value as MemberModel;
  const [key, check] = [checkOf(keyShape), checkOf(valueShape)];
  if (key === undefined && check === undefined) return undefined;
  return (value, path, failures) => {
    const ofKeys: ConstraintFailure[] = [];
    const ofValues: ConstraintFailure[] = [];
    for (const [name, item] of Object.entries(value as object)) {
      if (failures.length >= FAILURES_MAX) return;
      if (ofKeys.length === 0) key?.(name, path, ofKeys);
      if (item === null || check === undefined) continue;
      if (typeof item !== 'string') below(check, item, path, name, failures);
      else if (ofValues.length === 0) below(check, item, path, name, ofValues);
    }
    const [firstKey, firstValue] = [ofKeys[0], ofValues[0]];
    if (firstKey !== undefined) failures.push({ ...firstKey, entry: { of: 'keys', holder: value, shape } });
    if (firstValue !== undefined) failures.push({ ...firstValue, entry: { of: 'value', holder: value, shape } });
  };
}

function constraintCheck(shape: ShapeModel): Check | undefined {
  const { min, max, type } = shape;
  if (shape.enum !== undefined) {
    const known = new Set(shape.enum);
    const told =
      shape.internal === undefined ? shape.enum : shape.enum.filter((one) => shape.internal?.includes(one) === false);
    return (value, path, failures) => {
      if (!known.has(value as string)) failures.push({ kind: 'enum', path: [...path], value, enum: told, shape });
    };
  }
  const matches = shape.pattern === undefined ? undefined : patternOf(shape.pattern);
  const isNumber = ['byte', 'short', 'integer', 'long', 'float', 'double', 'bigdecimal', 'biginteger'].includes(type);
  if (min === undefined && max === undefined && matches === undefined && shape.unique !== true) return undefined;
  return (value, path, failures) => {
    if (min !== undefined || max !== undefined) {
      const size = isNumber ? (value as number) : sizeOf(value);
      if (size !== undefined && ((min !== undefined && size < min) || (max !== undefined && size > max)))
        failures.push({ kind: isNumber ? 'range' : 'length', path: [...path], value, size, min, max, shape });
    }
    if (matches?.(value as string) === false)
      failures.push({ kind: 'pattern', path: [...path], value, pattern: shape.pattern, shape });
    if (
      shape.unique === true &&
      new Set((value as unknown[]).map((item) => JSON.stringify(item))).size !== (value as unknown[]).length
    )
      failures.push({ kind: 'unique', path: [...path], value, shape });
  };
}

/** Code points of a text, bytes of a blob, members of a list or map; undefined for a stream. */
function sizeOf(value: unknown): number | undefined {
  if (typeof value === 'string') return /[\ud800-\udfff]/.test(value) ? [...value].length : value.length;
  if (value instanceof Uint8Array || Array.isArray(value)) return value.length;
  if (typeof value === 'object' && value !== null && Symbol.asyncIterator in value) return undefined;
  return Object.keys(value as object).length;
}
