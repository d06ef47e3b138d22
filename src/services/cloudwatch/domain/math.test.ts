/** The tables of the User Guide, "Using math expressions with CloudWatch metrics". */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseExpression } from './expression.ts';
import { evaluate, type MathScope, type Series } from './math.ts';

const INSTANTS = [0, 1, 2, 3, 4].map((minute) => minute * 60_000);
type Values = readonly (number | undefined)[];

const seriesOf = (id: string, values: Values): Series => ({
  kind: 'series',
  label: id,
  id,
  isMetric: true,
  points: new Map(
    values.flatMap((value, index): [number, number][] => (value === undefined ? [] : [[index * 60_000, value]])),
  ),
});

/** What an expression makes of series: values by instants, of each series that comes out. */
function worked(text: string, metrics: { readonly [id: string]: Values }): Values[] {
  const all = Object.entries(metrics).map(([id, values]) => seriesOf(id, values));
  const unused = () => assert.fail('not used here');
  const scope: MathScope = {
    named: (id) => all.find((one) => one.id === id) ?? assert.fail(id),
    metrics: () => all,
    search: unused,
    band: unused,
    insight: unused,
    select: unused,
    period: 60,
    periodOf: (id) => (id === 'hourly' ? 3_600 : 60),
    instants: INSTANTS,
  };
  const value = evaluate(parseExpression(text), scope);
  const series = value.kind === 'list' ? value.items : value.kind === 'series' ? [value] : assert.fail(value.kind);
  return series.map(({ points }) => INSTANTS.map((at) => points.get(at)));
}

const no = undefined;

test('what is missing of one of two series counts as 0', () => {
  const metrics = { metric1: [30, 20, 0, 0], metric2: [20, no, 20, no] };
  const is = (text: string, ...expected: Values) => assert.deepEqual(worked(text, metrics), [[...expected, no]], text);
  is('metric1 < metric2', 0, 0, 1, 0);
  is('metric1 >= 30', 1, 0, 0, 0);
  is('metric1 > 15 AND metric2 > 15', 1, 0, 0, 0);
  is('metric1 + metric2', 50, 20, 20, 0);
  is('metric1 / metric2', 1.5, no, 0, no);
  is('AVG([metric1, metric2])', 25, 10, 10, 0);
  is('DATAPOINT_COUNT([metric1, metric2])', 2, 1, 2, 1);
  is('metric1 / PERIOD(metric1)', 0.5, 20 / 60, 0, 0);
});

test('IF takes the one or the other, 0 for what is missing of the one', () => {
  const metrics = { metric1: [1, 1, 0, 0, no], metric2: [30, no, 0, 0, 30], metric3: [0, 0, 20, no, 20] };
  const is = (text: string, ...expected: Values) => assert.deepEqual(worked(text, metrics), [expected], text);
  is('IF(metric1, metric2, metric3)', 30, 0, 20, no, no);
  is('IF(metric1, 5, metric3)', 5, 5, 20, no, no);
  is('IF(metric1, metric2, 5)', 30, 0, 5, 5, no);
  is('IF(metric1, metric2)', 30, 0, no, no, no);
  is('IF(1, metric2, metric3)', 30, no, 0, 0, 30);
  is('IF(0, metric2, metric3)', 0, 0, 20, no, 20);
});

test('functions of time have a value everywhere, slices all from their begin', () => {
  const metrics = { a: [1, no, 1], b: [2, 2], hourly: [3] };
  assert.deepEqual(worked('MINUTE(a)', metrics), [[0, 1, 2, 3, 4]]);
  assert.deepEqual(worked('SLICE(SORT(METRICS(), MAX, ASC), 1)', metrics), [
    [2, 2, no, no, no],
    [3, no, no, no, no],
  ]);
  assert.deepEqual(worked('SLICE(METRICS(), 0, 1)', metrics), [[1, no, 1, no, no]]);
  assert.deepEqual(worked('hourly / PERIOD(hourly)', metrics), [[3 / 3_600, no, no, no, no]]);
});
