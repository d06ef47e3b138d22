import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIGHT, type Line, type Picture } from './scene.ts';
import { thin } from './thin.ts';

const LENGTH = 10_000;
const line = (valueAt: (at: number) => number): Line => ({
  label: 'a',
  color: '#000000',
  side: 'left',
  unit: 'None',
  period: 1,
  points: Array.from({ length: LENGTH }, (_, at) => [at, valueAt(at)]),
});
const picture = (stacked: boolean, lines: Line[]): Picture => ({
  width: 100,
  height: 100,
  title: '',
  colors: LIGHT,
  offset: 0,
  range: { from: 0, to: LENGTH },
  view: 'timeSeries',
  stacked,
  legend: 'hidden',
  axes: { left: { label: '' }, right: { label: '' } },
  lines,
  horizontals: [],
  verticals: [],
  sparkline: true,
  precise: false,
});

test('a line of many points keeps its peaks and how it ends, without gaps', () => {
  const peaks = new Map([
    [5_050, 90],
    [7_777, -90],
    [LENGTH - 1, 3],
  ]);
  const [found] = thin(picture(false, [line((at) => peaks.get(at) ?? at % 3)])).lines;
  const points = found?.points ?? [];
  assert.ok(points.length <= 201, `${points.length} points`);
  const values = new Map(points);
  assert.deepEqual(
    [...peaks.keys()].map((at) => values.get(at)),
    [...peaks.values()],
  );
  const steps = points.slice(1).map(([at], index) => at - (points[index]?.[0] ?? 0));
  assert.ok(steps.every((step) => step > 0 && step <= (found?.period ?? 0)));
});

test('lines upon each other keep the same instants; few points stay as they are', () => {
  const [first, second] = thin(picture(true, [line((at) => at), line((at) => -at)])).lines;
  assert.deepEqual(
    first?.points.map(([at, value]) => [at, -value]),
    second?.points.map(([at, value]) => [at, value]),
  );
  assert.deepEqual([first?.points.length, first?.points.at(-1)], [100, [9_900, 9_999]]);
  const few = picture(true, [{ ...line(() => 1), points: [[0, 1]] }]);
  assert.equal(thin(few), few);
});
