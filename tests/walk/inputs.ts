/** Requests of a walk: made from the models, with names of what is there. */
import type { ServiceModel } from '#kernel/wire';
import type { World } from '../requests/world.ts';
import type { Random } from '../roundtrip/random.ts';
import { toOurs } from '../roundtrip/shapes.ts';
import { type Maker, makeStructure } from '../roundtrip/values.ts';
import type { Pool } from './pool.ts';

/** How often a member takes what its service's world has, and else what the walk has seen. */
const WORLD_SHARE = 0.5;
const SEEN_SHARE = 0.85;
/** How often a structure is taken whole. */
const WHOLE_SHARE = 0.3;
const LEAST_SHARE = 0.4;

/** Makes inputs of one service's operations. */
export class Inputs {
  readonly #maker: Maker;
  readonly #random: Random;

  constructor(model: ServiceModel, world: World, pool: Pool, random: Random) {
    this.#random = random;
    const known = (shape: string, member: string) => world[`${shape}.${member}`] ?? world[member];
    this.#maker = {
      model,
      random,
      fill: 'some',
      body: 'xml',
      // Nothing is to come first.
      covered: new Set(
        Object.entries(model.shapes).flatMap(([name, { members = {} }]) =>
          Object.keys(members).map((member) => `${name}.${member}`),
        ),
      ),
      has: (shape, member) => known(shape, member)?.length !== 0,
      given(shape, member) {
        const values = known(shape, member);
        const target = model.shapes[shape]?.members?.[member];
        if (target === undefined) return undefined;
        const isStructure = model.shapes[target.shape]?.type === 'structure';
        if (values !== undefined && random.chance(WORLD_SHARE)) {
          const value = random.pick(values);
          if (!isStructure || typeof value === 'object') return value;
        }
        return random.chance(isStructure ? WHOLE_SHARE : SEEN_SHARE) ? pool.pick(model, member, target) : undefined;
      },
      unsatisfied: new Set(),
      wholeSeconds: false,
      budget: 0,
    };
  }

  /** An input for an operation; whether it is accepted is another question. */
  make(operation: string): Record<string, unknown> {
    const { model } = this.#maker;
    const shape = model.operations[operation]?.input;
    if (shape === undefined) return {};
    this.#maker.fill = this.#random.chance(LEAST_SHARE) ? 'least' : 'some';
    return toOurs(model, shape, makeStructure(this.#maker, shape)) as Record<string, unknown>;
  }
}
