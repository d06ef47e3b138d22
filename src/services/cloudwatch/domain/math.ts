/** Metric math carried out: series, lists of series, and numbers. Source: CloudWatch User Guide, "Using math expressions with CloudWatch metrics". */
import { notBuilt } from '#kernel/contract';
import { validation } from '../errors.ts';
import type { MetricQuery } from '../state.ts';
import type { Expression } from './expression.ts';
import { INSIGHT_FUNCTION } from './insight-metric.ts';
import type { MetricSql } from './metric-sql.ts';

/** Values by their instants (milliseconds). */
export type Points = ReadonlyMap<number, number>;
export type Series = {
  kind: 'series';
  label: string;
  id: string;
  points: Points;
  isMetric: boolean;
  /** The metric that a search has found. */
  found?: MetricQuery['MetricStat'];
  /** What tells it from the others of its query. */
  attributes?: { readonly [key: string]: string };
};
export type MathValue =
  | { kind: 'number'; value: number }
  | { kind: 'text'; value: string }
  | Series
  /** `isPartial`: there was more than may be looked at. */
  | { kind: 'list'; items: Series[]; isPartial?: boolean };

export type MathScope = {
  /** A query's result by its id. */
  named(id: string): MathValue;
  /** Ids of all queries that are metrics, in order; for METRICS(). */
  metrics(): Series[];
  /** SEARCH('…', 'Average', 300). */
  search(expression: string, statistic: string, period: number): Series[];
  /** The upper and the lower border of what is usual for a query. */
  band(id: string, width: number): Series[];
  /** INSIGHT_RULE_METRIC("rule", "Sum"). */
  insight(given: readonly Expression[]): Points;
  /** Of Metrics Insights. */
  select(query: MetricSql): MathValue;
  /** Seconds. */
  period: number;
  /** Those of a query's metric. */
  periodOf(id: string): number;
  /** Every instant of the request, oldest first. */
  instants: readonly number[];
};

/** The value of an expression. @throws {ServiceError} ValidationError */
export function evaluate(expression: Expression, scope: MathScope): MathValue {
  switch (expression.kind) {
    case 'number':
    case 'text':
      return expression;
    case 'name':
      return scope.named(expression.name);
    case 'list':
      return { kind: 'list', items: expression.items.flatMap((item) => seriesIn(evaluate(item, scope))) };
    case 'minus':
      return each(evaluate(expression.of, scope), (value) => -value);
    case 'operator':
      return operate(expression.operator, evaluate(expression.left, scope), evaluate(expression.right, scope));
    case 'select':
      return scope.select(expression.query);
    case 'call':
      return call(expression.name, expression.arguments, scope);
  }
}

const OPERATORS: { readonly [sign: string]: (a: number, b: number) => number } = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '^': (a, b) => a ** b,
  '==': (a, b) => Number(a === b),
  '!=': (a, b) => Number(a !== b),
  '<': (a, b) => Number(a < b),
  '>': (a, b) => Number(a > b),
  '<=': (a, b) => Number(a <= b),
  '>=': (a, b) => Number(a >= b),
  '&&': (a, b) => Number(a !== 0 && b !== 0),
  AND: (a, b) => Number(a !== 0 && b !== 0),
  '||': (a, b) => Number(a !== 0 || b !== 0),
  OR: (a, b) => Number(a !== 0 || b !== 0),
};

/**
 * Two series meet at the instants that either has; a number meets each; a list is met by each of its series.
 *
 * Source: User Guide, "Basic arithmetic functions", "Comparison and logical operators": what is missing there counts as 0.
 */
function operate(sign: string, left: MathValue, right: MathValue): MathValue {
  const of = OPERATORS[sign];
  if (of === undefined) throw validation(`Unknown operator ${sign}`);
  if (left.kind === 'text' || right.kind === 'text') throw validation(`Operator ${sign} does not take a string`);
  if (left.kind === 'number')
    return right.kind === 'number'
      ? number(finite(of(left.value, right.value)))
      : each(right, (value) => of(left.value, value));
  if (right.kind === 'number') return each(left, (value) => of(value, right.value));
  if (left.kind === 'list')
    return { kind: 'list', items: left.items.flatMap((item) => seriesIn(operate(sign, item, right))) };
  if (right.kind === 'list')
    return { kind: 'list', items: right.items.flatMap((item) => seriesIn(operate(sign, left, item))) };
  const points = new Map<number, number>();
  for (const at of new Set([...left.points.keys(), ...right.points.keys()])) {
    const result = of(left.points.get(at) ?? 0, right.points.get(at) ?? 0);
    if (Number.isFinite(result)) points.set(at, result);
  }
  return { ...left, isMetric: false, points };
}

/** Division by zero makes no datapoint. */
function finite(value: number): number {
  return Number.isFinite(value) ? value : Number.NaN;
}

function number(value: number): MathValue {
  return { kind: 'number', value };
}

function seriesIn(value: MathValue): Series[] {
  if (value.kind === 'list') return value.items;
  if (value.kind === 'series') return [value];
  throw validation('Expected a time series');
}

function each(value: MathValue, of: (value: number, at: number) => number): MathValue {
  if (value.kind === 'number') return number(of(value.value, 0));
  if (value.kind === 'list') return { kind: 'list', items: value.items.flatMap((item) => seriesIn(each(item, of))) };
  if (value.kind === 'text') throw validation('Expected a time series or a number');
  const points = new Map<number, number>();
  for (const [at, one] of value.points) {
    const result = of(one, at);
    if (Number.isFinite(result)) points.set(at, result);
  }
  return { ...value, isMetric: false, points };
}

const PER_VALUE: { readonly [name: string]: (value: number) => number } = {
  ABS: Math.abs,
  CEIL: Math.ceil,
  FLOOR: Math.floor,
  LOG: Math.log,
  LOG10: Math.log10,
};

const PER_INSTANT: { readonly [name: string]: (at: Date) => number } = {
  DAY: (at) => ((at.getUTCDay() + 6) % 7) + 1,
  EPOCH: (at) => at.getTime() / 1_000,
  HOUR: (at) => at.getUTCHours(),
  MINUTE: (at) => at.getUTCMinutes(),
  MONTH: (at) => at.getUTCMonth() + 1,
  YEAR: (at) => at.getUTCFullYear(),
  DATE: (at) => at.getUTCDate(),
};

/** `of`: how many series the values are of, of which some have none. Source: User Guide, "AVG": "Missing values are treated as 0." */
type Aggregate = (values: number[], of?: number) => number;

const AGGREGATES: { readonly [name: string]: Aggregate } = {
  AVG: (values, of = values.length) => sum(values) / of,
  MAX: (values) => Math.max(...values),
  MIN: (values) => Math.min(...values),
  STDDEV(values) {
    const mean = sum(values) / values.length;
    return Math.sqrt(sum(values.map((value) => (value - mean) ** 2)) / values.length);
  },
  SUM: sum,
};

/** Functions that CloudWatch has, and that need what is not here. */
const NOT_BUILT: ReadonlySet<string> = new Set(['LAMBDA', 'SERVICE_QUOTA', 'DB_PERF_INSIGHTS']);

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}

function call(name: string, given: readonly Expression[], scope: MathScope): MathValue {
  const argument = (index: number): MathValue => {
    const one = given[index];
    if (one === undefined) throw validation(`${name} is missing an argument`);
    return evaluate(one, scope);
  };
  const perValue = PER_VALUE[name];
  if (perValue !== undefined) return each(argument(0), perValue);
  const perInstant = PER_INSTANT[name];
  // Source: User Guide, "Functions supported for metric math": "a new non-sparse time series".
  if (perInstant !== undefined) return everywhere(scope, (at) => perInstant(new Date(at)));
  const aggregate = AGGREGATES[name];
  if (aggregate !== undefined) return aggregated(aggregate, argument(0));
  const other = FUNCTIONS[name];
  if (other === undefined)
    throw NOT_BUILT.has(name) ? notBuilt(`the function ${name}`) : validation(`Unknown function ${name}`);
  return other(argument, scope, given);
}

/** Of a list: a series of its values instant by instant; of a series: one number. */
function aggregated(of: Aggregate, value: MathValue): MathValue {
  if (value.kind === 'series')
    return value.points.size === 0 ? { ...value, points: new Map() } : number(of([...value.points.values()]));
  if (value.kind !== 'list') return value;
  return across(value.items, (values) => of(values, value.items.length));
}

/** A series of what several have at each instant. */
function across(items: readonly Series[], of: (values: number[]) => number): Series {
  const gathered = new Map<number, number[]>();
  for (const { points } of items)
    for (const [at, one] of points) {
      const known = gathered.get(at);
      if (known === undefined) gathered.set(at, [one]);
      else known.push(one);
    }
  return { ...none(), points: new Map([...gathered].map(([at, values]): [number, number] => [at, of(values)])) };
}

/** A series with a value at each instant of the request. */
function everywhere({ instants }: MathScope, of: (at: number) => number): Series {
  return { ...none(), points: new Map(instants.map((at) => [at, of(at)])) };
}

type Call = (argument: (index: number) => MathValue, scope: MathScope, given: readonly Expression[]) => MathValue;

const FUNCTIONS: { readonly [name: string]: Call } = {
  ANOMALY_DETECTION_BAND(argument, scope, given) {
    const width = given.length > 1 ? numberOf(argument(1)) : 2;
    if (given[0]?.kind !== 'name') throw validation('ANOMALY_DETECTION_BAND takes the id of a metric or an expression');
    if (width <= 0) throw validation('ANOMALY_DETECTION_BAND takes a positive number of standard deviations');
    return { kind: 'list', items: scope.band(given[0].name, width) };
  },
  DATAPOINT_COUNT(argument) {
    const value = argument(0);
    if (value.kind === 'list') return across(value.items, (values) => values.length);
    return number(seriesIn(value)[0]?.points.size ?? 0);
  },
  DIFF: (argument) =>
    perSeries(argument(0), (sorted) =>
      sorted.slice(1).map(([at, value], index) => [at, value - (sorted[index]?.[1] ?? 0)]),
    ),
  DIFF_TIME: (argument) =>
    perSeries(argument(0), (sorted) =>
      sorted.slice(1).map(([at], index) => [at, (at - (sorted[index]?.[0] ?? 0)) / 1_000]),
    ),
  RATE: (argument) =>
    perSeries(argument(0), (sorted) =>
      sorted.slice(1).map(([at, value], index) => {
        const [before, last] = sorted[index] ?? [at, value];
        return [at, ((value - last) / (at - before)) * 1_000];
      }),
    ),
  RUNNING_SUM(argument) {
    return perSeries(argument(0), (sorted) => {
      let all = 0;
      return sorted.map(([at, value]) => [at, (all += value)]);
    });
  },
  FILL(argument, scope, given) {
    const word = wordOf(given[1]);
    const filler = word === 'REPEAT' || word === 'LINEAR' ? word : argument(1);
    return perSeries(argument(0), (sorted) => filled(sorted, filler, scope.instants));
  },
  [INSIGHT_FUNCTION]: (_argument, scope, given) => ({ ...none(), points: scope.insight(given) }),
  FIRST: (argument) => seriesIn(argument(0))[0] ?? none(),
  LAST: (argument) => seriesIn(argument(0)).at(-1) ?? none(),
  IF(argument, _scope, given) {
    const test = argument(0);
    const yes = argument(1);
    const no = given.length > 2 ? argument(2) : undefined;
    return choose(test, yes, no);
  },
  METRIC_COUNT: (argument) => number(seriesIn(argument(0)).length),
  METRICS(argument, scope, given) {
    const filter = given.length > 0 ? argument(0) : undefined;
    const text = filter?.kind === 'text' ? filter.value : '';
    return { kind: 'list', items: scope.metrics().filter(({ id }) => id.includes(text)) };
  },
  PERIOD: (_argument, scope, given) => number(given[0]?.kind === 'name' ? scope.periodOf(given[0].name) : scope.period),
  REMOVE_EMPTY: (argument) => ({ kind: 'list', items: seriesIn(argument(0)).filter(({ points }) => points.size > 0) }),
  SEARCH(argument, scope, given) {
    const [expression, statistic] = [argument(0), argument(1)];
    const period = given.length > 2 ? argument(2) : undefined;
    if (expression.kind !== 'text' || statistic.kind !== 'text')
      throw validation('SEARCH takes a string and a statistic');
    return {
      kind: 'list',
      items: scope.search(expression.value, statistic.value, period?.kind === 'number' ? period.value : scope.period),
    };
  },
  SLICE(argument, _scope, given) {
    const items = seriesIn(argument(0));
    const from = numberOf(argument(1));
    const to = given.length > 2 ? numberOf(argument(2)) : items.length;
    return { kind: 'list', items: items.slice(from, to) };
  },
  SORT(argument, _scope, given) {
    const items = seriesIn(argument(0));
    const [by, order] = [wordOf(given[1]), wordOf(given[2])];
    const of = ['AVG', 'MIN', 'MAX', 'SUM'].includes(by) ? AGGREGATES[by] : undefined;
    if (of === undefined) throw validation('SORT takes AVG, MIN, MAX or SUM');
    if (order !== 'ASC' && order !== 'DESC') throw validation('SORT takes ASC or DESC');
    const isDescending = order === 'DESC';
    const key = ({ points }: Series) => (points.size === 0 ? 0 : of([...points.values()]));
    const sorted = items.toSorted((a, b) => (isDescending ? key(b) - key(a) : key(a) - key(b)));
    return { kind: 'list', items: given.length > 3 ? sorted.slice(0, numberOf(argument(3))) : sorted };
  },
  TIME_SERIES(argument, scope) {
    const value = numberOf(argument(0));
    return Number.isNaN(value) ? none() : everywhere(scope, () => value);
  },
};

/** A word that a function knows, in quotation marks or without. */
function wordOf(expression: Expression | undefined): string {
  if (expression?.kind === 'name') return expression.name.toUpperCase();
  return expression?.kind === 'text' ? expression.value.toUpperCase() : '';
}

function none(): Series {
  return { kind: 'series', id: '', label: '', isMetric: false, points: new Map() };
}

/** That of no values is none. */
function numberOf(value: MathValue): number {
  if (value.kind === 'series' && value.points.size === 0) return Number.NaN;
  if (value.kind !== 'number') throw validation('Expected a number');
  return value.value;
}

function perSeries(value: MathValue, of: (sorted: [number, number][]) => [number, number][]): MathValue {
  const items = seriesIn(value).map((series) => {
    const sorted = [...series.points].sort(([a], [b]) => a - b);
    return { ...series, isMetric: false, points: new Map(of(sorted)) };
  });
  return value.kind === 'list' ? { kind: 'list', items } : (items[0] ?? none());
}

/** With a number, another series, the last value before (REPEAT), or in proportion between neighbours (LINEAR). @param known oldest first */
function filled(
  known: readonly [number, number][],
  filler: MathValue | 'REPEAT' | 'LINEAR',
  instants: readonly number[],
): [number, number][] {
  let next = 0;
  return instants.flatMap((at): [number, number][] => {
    while ((known[next]?.[0] ?? Number.POSITIVE_INFINITY) < at) next += 1;
    const [before, after] = [known[next - 1], known[next]];
    if (after?.[0] === at) return [after];
    if (typeof filler !== 'string') {
      const other = valueAt(filler, at);
      return other === undefined ? [] : [[at, other]];
    }
    if (before === undefined) return [];
    if (filler === 'REPEAT') return [[at, before[1]]];
    if (after === undefined) return [];
    return [[at, before[1] + ((after[1] - before[1]) * (at - before[0])) / (after[0] - before[0])]];
  });
}

/** At each instant the one, 0 where that is missing, or the other. Source: User Guide, "Using IF expressions". */
function choose(test: MathValue, yes: MathValue, no: MathValue | undefined): MathValue {
  if (test.kind === 'number') return test.value !== 0 ? yes : (no ?? none());
  const condition = seriesIn(test)[0];
  const points = new Map<number, number>();
  for (const [at, holds] of condition?.points ?? []) {
    const value = holds !== 0 ? (valueAt(yes, at) ?? 0) : no && valueAt(no, at);
    if (value !== undefined) points.set(at, value);
  }
  return { ...none(), points };
}

function valueAt(value: MathValue, at: number): number | undefined {
  if (value.kind === 'number') return value.value;
  return value.kind === 'series' ? value.points.get(at) : undefined;
}
