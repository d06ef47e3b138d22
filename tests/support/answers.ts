/** Checks what handlers return against the model: no member it doesn't know, none missing that it requires, every value of its type. */
import { COMMON_ERRORS, ServiceError } from '#kernel/contract';
import type { MemberModel, ServiceModel, ShapeModel } from '#kernel/wire';

/** What is wrong with an operation's output, one line each. */
export function faultsOfOutput(model: ServiceModel, operation: string, output: unknown): string[] {
  const shape = model.operations[operation]?.output;
  return shape === undefined ? [] : faultsOf(model, { shape }, output, `${model.name}.${operation}`);
}

/** Part of an operation that is not built says so. */
export function isNotBuilt(answer: unknown): boolean {
  return answer instanceof ServiceError && answer.code === 'NotImplemented';
}

/** What is wrong with an error that a service answers: it failed inside, or the error is another service's. */
export function faultOfError({ name: service, shapes }: ServiceModel, error: ServiceError): string | undefined {
  const { code, message, status = 0 } = error;
  if (isNotBuilt(error)) return undefined;
  if (status >= 500) return `${code}: ${message}`;
  const isOwn = Object.entries(shapes).some(
    ([name, shape]) => shape.exception === true && (name === code || shape.error?.code === code),
  );
  return isOwn || code in COMMON_ERRORS ? undefined : `${code} is no error of ${service}: ${message}`;
}

const TYPES: { readonly [type: string]: (value: unknown) => boolean } = {
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  integer: Number.isInteger,
  short: Number.isInteger,
  byte: Number.isInteger,
  long: (value) => Number.isInteger(value) || typeof value === 'bigint',
  float: (value) => typeof value === 'number',
  double: (value) => typeof value === 'number',
  // Wire timestamps are milliseconds since the epoch.
  timestamp: (value) => typeof value === 'number' && Math.abs(value) < 8.64e15,
  blob: (value) =>
    value instanceof Uint8Array || (typeof value === 'object' && value !== null && Symbol.asyncIterator in value),
};

function faultsOf(model: ServiceModel, { shape: name }: MemberModel, value: unknown, path: string): string[] {
  const shape = model.shapes[name];
  if (shape === undefined) return [`${path}: the model has no shape ${name}`];
  const element = (member: MemberModel | undefined, one: unknown, at: string) =>
    shape.sparse === true && one === null ? [] : faultsOf(model, member as MemberModel, one, at);
  switch (shape.type) {
    case 'structure':
      return faultsOfStructure(model, shape, value, path);
    case 'list':
      if (!Array.isArray(value)) return [`${path}: not a list`];
      return value.flatMap((one, index) => element(shape.member, one, `${path}[${index}]`));
    case 'map':
      if (!isObject(value)) return [`${path}: not a map`];
      return Object.entries(value).flatMap(([key, one]) => element(shape.value, one, `${path}.${key}`));
    default:
      return TYPES[shape.type]?.(value) === false ? [`${path}: ${JSON.stringify(value)} is no ${shape.type}`] : [];
  }
}

function faultsOfStructure(model: ServiceModel, shape: ShapeModel, value: unknown, path: string): string[] {
  if (!isObject(value)) return [`${path}: not a structure`];
  if (shape.eventstream === true) return [];
  const members = shape.members ?? {};
  const missing = (shape.required ?? []).filter((name) => value[name] === undefined);
  const given = Object.entries(value).filter(([, one]) => one !== undefined);
  return [
    ...missing.map((name) => `${path}: ${name} is required`),
    ...given.flatMap(([name, one]) => {
      const member = members[name];
      return member === undefined ? [`${path}: there is no ${name}`] : faultsOf(model, member, one, `${path}.${name}`);
    }),
  ];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
