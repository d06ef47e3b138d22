/** Looks shapes up in a model and keeps what was built for each: a codec is built once per shape, also where shapes contain themselves. */
import { invariant } from '#kernel/base';
import type { MemberModel, ServiceModel, ShapeModel } from './model.ts';

/** The shape of that name; a model that names a shape it lacks is a bug of the generator. */
export function shapeOf(model: ServiceModel, name: string): ShapeModel {
  const shape = model.shapes[name];
  invariant(shape !== undefined, `${model.name} has no shape ${name}`);
  return shape;
}

/** Members with their own shape, in the model's order. */
export function membersOf(
  model: ServiceModel,
  shape: ShapeModel,
): [name: string, member: MemberModel, shape: ShapeModel][] {
  return Object.entries(shape.members ?? {}).map(([name, member]) => [name, member, shapeOf(model, member.shape)]);
}

/** Sets a key that a client chose: `__proto__` too is only a key. */
export function setOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  else target[key] = value;
}

/** Whether HTTP carries an output's member outside the body; `uri` and `querystring` mean nothing in a reply. */
export function isBoundInReply(member: MemberModel): boolean {
  return member.location === 'header' || member.location === 'headers' || member.location === 'statusCode';
}

/**
 * Makes a member's modelled default; undefined when it has none, as every member of AWS's own models.
 * A blob's default is base64, a timestamp's seconds or a text.
 */
export function defaultOf(member: MemberModel, shape: ShapeModel): (() => unknown) | undefined {
  const given = member.default;
  if (given === undefined) return undefined;
  if (shape.type === 'blob') return () => Buffer.from(given as string, 'base64');
  if (shape.type === 'timestamp') {
    const at = typeof given === 'number' ? given * 1_000 : Date.parse(given as string);
    return () => at;
  }
  return typeof given === 'object' ? () => structuredClone(given) : () => given;
}

/** Builds at most one function per key; a recursive use gets a function that looks the finished one up. */
export function recursive<Args extends unknown[], Result>(
  build: (key: string) => (...args: Args) => Result,
): (key: string) => (...args: Args) => Result {
  const built = new Map<string, (...args: Args) => Result>();
  const building = new Set<string>();
  return function get(key: string): (...args: Args) => Result {
    const known = built.get(key);
    if (known !== undefined) return known;
    if (building.has(key)) return (...args) => (built.get(key) as (...args: Args) => Result)(...args);
    building.add(key);
    const made = build(key);
    building.delete(key);
    built.set(key, made);
    return made;
  };
}
