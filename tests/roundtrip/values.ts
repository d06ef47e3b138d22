/** Seeded values of a model's shapes, as our handlers see them. Members that were never sent come first, so that a few rounds cover them all. */
import type { MemberModel, ServiceModel, ShapeModel } from '#kernel/wire';
import { INTEGER_RANGES } from '../../src/kernel/wire/scalar.ts';
import { isAlways } from './peculiar.ts';
import type { Random } from './random.ts';
import { type Place, textFor } from './texts.ts';

/** How much of a shape is filled: only what is required, some, or everything that a small or large budget allows. */
export type Fill = 'least' | 'some' | 'most' | 'all';

export type Maker = {
  model: ServiceModel;
  random: Random;
  fill: Fill;
  /** Where bodies are text of XML, or anything else. */
  body: 'json' | 'xml';
  /** `Shape.member` of those that have been made. */
  covered: Set<string>;
  /** Whether the client knows the member. */
  has(shape: string, member: string): boolean;
  /** A value for a member that can't have just any. */
  given(shape: string, member: string): unknown;
  /** Set where no text satisfies a shape's pattern and length. */
  unsatisfied: Set<string>;
  /** The client's age knows no milliseconds. */
  wholeSeconds: boolean;
  /** Values left to make. */
  budget: number;
};

const BUDGETS: { readonly [fill in Fill]: number } = { least: 0, some: 300, most: 300, all: 5_000 };
const DEPTH_MAX: { readonly [fill in Fill]: number } = { least: 7, some: 7, most: 7, all: 18 };
/** Past this depth a value is as small as it can be, and a union takes what ends soonest. */
const DEPTH_LEAST: { readonly [fill in Fill]: number } = { least: 4, some: 4, most: 4, all: 12 };
const DEPTH_END = 40;

const INSTANTS = [0, 1_000, 951_782_400_000, 1_700_000_000_000, 4_102_444_800_000, 253_402_300_799_000];
const DOUBLES = [0, 1, -1, 0.1, -2.5, 1e21, 1e-7, 1.7976931348623157e308, 5e-324, 123_456_789.125];
const FLOATS = [0, 1, -1, 0.5, -2.25, 16_777_216, 3.4028234663852886e38, 1.401298464324817e-45];

/** A structure's value; `shape` is an input, an output or an error. */
export function makeStructure(maker: Maker, shape: string): Record<string, unknown> {
  maker.budget = BUDGETS[maker.fill];
  return structure(maker, shape, 0, true);
}

function structure(maker: Maker, name: string, depth: number, top = false): Record<string, unknown> {
  const shape = maker.model.shapes[name] as ShapeModel;
  if (shape.union === true || shape.eventstream === true) return union(maker, name, shape, depth);
  const result: Record<string, unknown> = {};
  for (const [member, target] of Object.entries(shape.members ?? {})) {
    if (!maker.has(name, member)) continue;
    const required =
      shape.required?.includes(member) === true ||
      target.location === 'uri' ||
      target.eventpayload === true ||
      isAlways(maker.model, name, member) ||
      maker.model.shapes[target.shape]?.eventstream === true;
    if (!required && !wanted(maker, `${name}.${member}`, target, depth)) continue;
    maker.covered.add(`${name}.${member}`);
    const given = maker.given(name, member);
    const isList = maker.model.shapes[target.shape]?.type === 'list';
    const value =
      given === undefined
        ? memberValue(maker, target, depth, top && shape.payload === member)
        : isList
          ? [given]
          : given;
    if (value !== undefined) result[member] = value;
  }
  return result;
}

function wanted(maker: Maker, id: string, member: MemberModel, depth: number): boolean {
  if (maker.fill === 'least' || maker.budget <= 0) return false;
  const isNew = !maker.covered.has(id);
  if (depth >= DEPTH_LEAST[maker.fill] && !isNew) return false;
  if (depth >= DEPTH_MAX[maker.fill] && isAggregate(maker.model, member))
    return isNew && depth < DEPTH_MAX[maker.fill] * 2;
  return isNew || maker.fill === 'most' || maker.random.chance(maker.fill === 'all' ? 0.7 : 0.4);
}

function isAggregate(model: ServiceModel, member: MemberModel): boolean {
  return model.shapes[member.shape]?.members !== undefined;
}

/** One member: a new one if there is any, but deep inside the one that ends soonest. */
function union(maker: Maker, name: string, shape: ShapeModel, depth: number): Record<string, unknown> {
  // An exception ends a stream of events; that has a check of its own.
  const all = Object.entries(shape.members ?? {}).filter(
    ([member, target]) => maker.has(name, member) && maker.model.shapes[target.shape]?.exception !== true,
  );
  const fresh = all.filter(([member]) => !maker.covered.has(`${name}.${member}`));
  const heightOf = ([, member]: [string, MemberModel]) => height(maker.model, member.shape);
  const lowest = Math.min(...all.map(heightOf));
  const from =
    depth > DEPTH_MAX[maker.fill] ? all.filter((one) => heightOf(one) === lowest) : fresh.length > 0 ? fresh : all;
  const [member, target] = maker.random.pick(from) as [string, MemberModel];
  maker.covered.add(`${name}.${member}`);
  return { [member]: memberValue(maker, target, depth, false) };
}

const heights = new WeakMap<ServiceModel, Map<string, number>>();

/** How many structures the smallest value of a shape has inside one another. */
function height(model: ServiceModel, name: string): number {
  let known = heights.get(model);
  if (known === undefined) heights.set(model, (known = new Map()));
  const found = known.get(name);
  if (found !== undefined) return found;
  // While a shape is being measured, a path back to it has no end.
  known.set(name, Number.POSITIVE_INFINITY);
  const shape = model.shapes[name] as ShapeModel;
  const of = (member: MemberModel) => height(model, member.shape);
  const members = Object.entries(shape.members ?? {});
  let size = 0;
  if (shape.type === 'list' && (shape.min ?? 0) > 0) size = 1 + of(shape.member as MemberModel);
  else if (shape.type === 'map' && (shape.min ?? 0) > 0) size = 1 + of(shape.value as MemberModel);
  else if (shape.union === true) size = 1 + Math.min(...members.map(([, member]) => of(member)));
  else if (shape.type === 'structure')
    size =
      1 +
      Math.max(0, ...members.filter(([member]) => shape.required?.includes(member)).map(([, member]) => of(member)));
  if (Number.isFinite(size)) known.set(name, size);
  else known.delete(name);
  return size;
}

function memberValue(maker: Maker, member: MemberModel, depth: number, payload: boolean): unknown {
  const shape = maker.model.shapes[member.shape] as ShapeModel;
  maker.budget -= 1;
  if (depth > DEPTH_END) throw new Error(`${member.shape} contains itself without end`);
  if (shape.eventstream === true)
    return Array.from({ length: Object.keys(shape.members ?? {}).length + 1 }, () =>
      union(maker, member.shape, shape, depth + 1),
    );
  if (member.location === 'statusCode') return maker.random.pick([200, 202, 206]);
  const place = placeOf(maker, member, payload);
  switch (shape.type) {
    case 'structure':
      return shape.document === true ? document(maker.random) : structure(maker, member.shape, depth + 1);
    case 'list':
      return list(maker, member, shape, depth, place);
    case 'map':
      return map(maker, member, shape, depth, place);
    default:
      return scalar(maker, member, shape, place);
  }
}

function placeOf(maker: Maker, member: MemberModel, payload: boolean): Place {
  switch (member.location) {
    case 'header':
      return 'header';
    case 'headers':
      return 'prefix';
    case 'uri':
      return 'uri';
    case 'querystring':
      return 'uri';
    default:
      return payload ? 'json' : maker.body;
  }
}

/** How many members a list or map gets: none, one, a few, and within its bounds. */
function sizeOf(maker: Maker, shape: ShapeModel, depth: number): number {
  const least = shape.min ?? 0;
  const most = Math.max(least, Math.min(shape.max ?? 3, Math.max(3, least)));
  if (maker.budget <= 0 || depth > DEPTH_MAX[maker.fill])
    return maker.fill === 'least' || depth > DEPTH_LEAST[maker.fill] ? least : Math.max(least, Math.min(1, most));
  if (maker.fill === 'most') return Math.max(least, Math.min(most, maker.random.between(1, 2)));
  return maker.random.between(least, most);
}

function list(maker: Maker, member: MemberModel, shape: ShapeModel, depth: number, place: Place): unknown[] {
  const item = {
    ...(shape.member as MemberModel),
    ...(member.location !== undefined && { location: member.location }),
  };
  const size = place === 'header' ? Math.max(1, sizeOf(maker, shape, depth)) : sizeOf(maker, shape, depth);
  return Array.from({ length: size }, () => {
    const value = memberValue(maker, item, depth + 1, false);
    return place === 'header' && value === '' ? 'x' : value;
  });
}

function map(
  maker: Maker,
  member: MemberModel,
  shape: ShapeModel,
  depth: number,
  place: Place,
): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  const key = maker.model.shapes[(shape.key as MemberModel).shape] as ShapeModel;
  const value = {
    ...(shape.value as MemberModel),
    ...(member.location === 'headers' && { location: 'header' as const }),
  };
  const size = sizeOf(maker, shape, depth);
  for (let tries = 0; tries < size * 4 && Object.keys(result).length < size; tries += 1) {
    const name = scalar(maker, shape.key as MemberModel, key, place) as string;
    result[name] = memberValue(maker, value, depth + 1, false);
  }
  return result;
}

function document(random: Random): unknown {
  return random.pick<unknown>([{ a: [1, null, { b: 'é' }], c: true }, 'text', 1.5, [], {}]);
}

function scalar(maker: Maker, member: MemberModel, shape: ShapeModel, place: Place): unknown {
  const { random } = maker;
  switch (shape.type) {
    case 'string':
    case 'character':
      return text(maker, member, shape, place);
    case 'blob':
      return blob(random, shape);
    case 'boolean':
      return random.chance(0.5);
    case 'timestamp':
      return instant(maker, member, shape);
    case 'float':
    case 'double':
      return fraction(random, shape);
    default:
      return integer(random, shape);
  }
}

function text(maker: Maker, member: MemberModel, shape: ShapeModel, place: Place): string {
  if (member.jsonvalue === true) return '{"a":[1,"x"]}';
  if (shape.enum !== undefined) return maker.random.pick(shape.enum);
  const found = textFor(shape, place, maker.random);
  if (found === undefined) maker.unsatisfied.add(member.shape);
  return found ?? 'x';
}

function blob(random: Random, shape: ShapeModel): Uint8Array {
  const least = shape.min ?? 0;
  const length = random.between(least, Math.min(shape.max ?? least + 20, least + 20));
  return Uint8Array.from({ length }, () => random.between(0, 255));
}

/** Milliseconds where the format has them: RFC 822 is whole seconds. */
function instant(maker: Maker, member: MemberModel, shape: ShapeModel): number {
  const format = member.timestampFormat ?? shape.timestampFormat;
  const whole = maker.random.pick(INSTANTS);
  const isDate = format === 'rfc822' || (format === undefined && member.location === 'header');
  return isDate || maker.wholeSeconds ? whole : whole + maker.random.pick([0, 1, 123, 999]);
}

function fraction(random: Random, shape: ShapeModel): number {
  const from = shape.type === 'float' ? FLOATS : DOUBLES;
  const { min, max } = shape;
  const fit = [...from, min, max].filter(
    (value): value is number => value !== undefined && value >= (min ?? -Infinity) && value <= (max ?? Infinity),
  );
  if (min === undefined && max === undefined && random.chance(0.2))
    return random.pick([Number.NaN, Infinity, -Infinity]);
  return shape.type === 'float' ? Math.fround(random.pick(fit)) : random.pick(fit);
}

/** The ends of the range, zero and something between; a long only as far as a number of JavaScript is exact. */
function integer(random: Random, shape: ShapeModel): number {
  const [low, high] = INTEGER_RANGES[shape.type] as readonly [number, number];
  const least = Math.max(shape.min ?? low, low, Number.MIN_SAFE_INTEGER);
  const most = Math.min(shape.max ?? high, high, Number.MAX_SAFE_INTEGER);
  const middle = random.between(Math.max(least, -100), Math.min(most, Math.max(least, 0) + 100));
  return random.pick([least, most, middle, least <= 0 && most >= 0 ? 0 : least]);
}
