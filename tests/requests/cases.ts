/** Requests made from an operation's model: valid ones, and valid ones with one thing wrong that the model forbids. */
import type { MemberModel, ServiceModel, ShapeModel } from '#kernel/wire';
import { patternOf } from '../../src/kernel/wire/pattern.ts';
import { type Random, randomOf } from '../roundtrip/random.ts';
import { toOurs } from '../roundtrip/shapes.ts';
import { type Fill, type Maker, makeStructure } from '../roundtrip/values.ts';
import type { World } from './world.ts';

export type Case = {
  /** `most 2`, `without TableName`, `Limit over its maximum`. */
  what: string;
  input: Record<string, unknown>;
  /** The model forbids it. */
  wrong: boolean;
};

type Input = Record<string, unknown>;
/** One thing wrong with a value: what it is called, and the value that has it. */
type Wrong = { what: string; value: unknown };

const ROUNDS: readonly Fill[] = [...Array(4).fill('least'), ...Array(30).fill('some'), ...Array(10).fill('most')];
/** How often a member takes what the world has. */
const KNOWN_SHARE = 0.9;
/** A text longer than this is not made to break a limit. */
const LENGTH_MAX = 70_000;

/** All requests of one operation; the same every time. */
export function casesOf(model: ServiceModel, operation: string, world: World): Case[] {
  const shape = model.operations[operation]?.input;
  if (shape === undefined) return [{ what: 'nothing', input: {}, wrong: false }];
  const random = randomOf(`${model.name}/${operation}`);
  const maker = makerOf(model, random, world);
  const make = (fill: Fill) => {
    maker.fill = fill;
    return makeStructure(maker, shape);
  };
  const valid = ROUNDS.map((fill, index) => ({ what: `${fill} ${index}`, input: make(fill), wrong: false }));
  const wrong = wrongsOf(model, { shape }, make('least'), 0).map(({ what, value }) => ({
    what,
    input: value as Input,
    wrong: true,
  }));
  return [...valid, ...wrong].map((one) => ({ ...one, input: toOurs(model, shape, one.input) as Input }));
}

function makerOf(model: ServiceModel, random: Random, world: World): Maker {
  return {
    model,
    random,
    fill: 'least',
    body: 'xml',
    covered: new Set(),
    has: (shape, member) => (world[`${shape}.${member}`] ?? world[member])?.length !== 0,
    given: (shape, member) => {
      const values = world[`${shape}.${member}`] ?? world[member];
      if (values === undefined || !random.chance(KNOWN_SHARE)) return undefined;
      const value = random.pick(values);
      const target = model.shapes[model.shapes[shape]?.members?.[member]?.shape ?? ''];
      return target?.type === 'structure' && typeof value !== 'object' ? undefined : value;
    },
    unsatisfied: new Set(),
    wholeSeconds: false,
    budget: 0,
  };
}

/** Each way in which the model forbids something like `value`: a member that is missing, a bound that is broken. */
function wrongsOf(model: ServiceModel, member: MemberModel, value: unknown, depth: number): Wrong[] {
  const shape = model.shapes[member.shape] as ShapeModel;
  const own = brokenBounds(model, shape, value);
  if (shape.members === undefined || depth > 2) return own;
  const known = value as Input;
  const below = Object.entries(shape.members).flatMap(([name, target]) => {
    const wrongs = wrongsOf(model, target, known[name] ?? leastOf(model, target), depth + 1).map((one) => ({
      what: `${name}: ${one.what}`,
      value: { ...known, [name]: one.value },
    }));
    const must = shape.required?.includes(name) === true && target.idempotencyToken !== true;
    const { [name]: _, ...without } = known;
    return must ? [{ what: `without ${name}`, value: without }, ...wrongs] : wrongs;
  });
  return [...own, ...below];
}

function leastOf(model: ServiceModel, target: MemberModel): unknown {
  const { type } = model.shapes[target.shape] as ShapeModel;
  return type === 'structure' || type === 'map' ? {} : type === 'list' ? [] : undefined;
}

/** Values just past the shape's bounds. */
function brokenBounds(model: ServiceModel, shape: ShapeModel, value: unknown): Wrong[] {
  const { type, min, max } = shape;
  if (shape.enum !== undefined) return [{ what: 'none of the enum', value: 'not-in-the-enum' }];
  if (['byte', 'short', 'integer', 'long', 'float', 'double'].includes(type)) {
    return [
      ...(min === undefined ? [] : [{ what: 'under its minimum', value: min - 1 }]),
      ...(max === undefined || max >= 2 ** 31 - 1 ? [] : [{ what: 'over its maximum', value: max + 1 }]),
    ];
  }
  if (type === 'string') return brokenText(shape);
  if (type === 'list' && Array.isArray(value)) {
    const item = value[0] ?? leastOf(model, shape.member as MemberModel) ?? 'x';
    return [
      ...(min === undefined || min === 0 ? [] : [{ what: 'too few', value: [] }]),
      ...(max === undefined || max > 1_000 ? [] : [{ what: 'too many', value: Array(max + 1).fill(item) }]),
    ];
  }
  return [];
}

function brokenText({ min, max, pattern }: ShapeModel): Wrong[] {
  const odd = '\u0007\u0007';
  const isForbidden = pattern !== undefined && patternOf(pattern)?.(odd) === false;
  return [
    ...(min === undefined || min === 0 ? [] : [{ what: 'too short', value: '' }]),
    ...(max === undefined || max > LENGTH_MAX ? [] : [{ what: 'too long', value: 'a'.repeat(max + 1) }]),
    ...(isForbidden ? [{ what: 'against its pattern', value: odd }] : []),
  ];
}
