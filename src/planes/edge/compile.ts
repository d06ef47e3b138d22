/** A distribution made ready for requests: once for each that is told. */
import type { EdgeBehavior, EdgeDistribution, EdgeSelection } from '#kernel/contract';
import { normalPath, patternOf } from './match.ts';
import { eitherOf, type Picker, pickerOf } from './select.ts';

type Pickers = { headers: Picker; cookies: Picker; query: Picker };

export type Behavior = {
  spec: EdgeBehavior;
  /** Undefined for the last, which takes everything. */
  test: ((path: string) => boolean) | undefined;
  /** Nothing is ever kept: requests go straight to the origin. */
  isCached: boolean;
  key: Pickers;
  /** What the origin gets: the key, and what is forwarded besides. */
  forward: Pickers;
  methods: ReadonlySet<string>;
  cachedMethods: ReadonlySet<string>;
  /** Some function has a say in it. */
  hasCode: boolean;
};

export type Compiled = { spec: EdgeDistribution; behaviors: readonly Behavior[] };

const compiled = new WeakMap<EdgeDistribution, Compiled>();

/** The same for the same object. */
export function compile(spec: EdgeDistribution): Compiled {
  let known = compiled.get(spec);
  if (known === undefined) {
    known = {
      spec,
      behaviors: spec.behaviors.map((one, index) => behaviorOf(one, index === spec.behaviors.length - 1)),
    };
    compiled.set(spec, known);
  }
  return known;
}

function behaviorOf(spec: EdgeBehavior, isLast: boolean): Behavior {
  const key = pickersOf(spec.key);
  const more = pickersOf(spec.forward);
  return {
    spec,
    test: isLast ? undefined : patternOf(spec.pattern),
    isCached: spec.ttl.max > 0 || spec.ttl.min > 0,
    key,
    forward: {
      headers: eitherOf(key.headers, more.headers),
      cookies: eitherOf(key.cookies, more.cookies),
      query: eitherOf(key.query, more.query),
    },
    methods: new Set(spec.methods),
    cachedMethods: new Set(spec.cachedMethods),
    hasCode: Object.keys(spec.functions).length + Object.keys(spec.lambdas).length > 0,
  };
}

function pickersOf({ headers, cookies, query }: EdgeSelection): Pickers {
  return {
    headers: pickerOf(headers, (name) => name.toLowerCase()),
    cookies: pickerOf(cookies),
    query: pickerOf(query),
  };
}

/** The behaviour that a path falls under. */
export function behaviorFor({ behaviors }: Compiled, path: string): Behavior {
  const normal = behaviors.length === 1 ? path : normalPath(path);
  return behaviors.find(({ test }) => test === undefined || test(normal)) as Behavior;
}

/** Seconds that an error is kept at least, where the distribution says so. */
export function errorTtlOf({ spec }: Compiled, status: number): number | undefined {
  return spec.errors.find((one) => one.status === status)?.ttl;
}
