/** The tables of the User Guide, "Configuring how CloudWatch alarms treat missing data". */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge, type Rule, samplesNeeded } from './alarm.ts';

/** `0` is within the threshold, `X` is not, `-` is missing. For each treatment: an undefined state stays as it is. */
function judged(range: string, datapointsToAlarm: number): (string | undefined)[] {
  const values = [...range].map((sign) => (sign === '-' ? undefined : Number(sign === 'X')));
  const treatments: Rule['treatMissing'][] = ['missing', 'ignore', 'breaching', 'notBreaching'];
  return treatments.map(
    (treatMissing) =>
      judge(values, { evaluationPeriods: 3, datapointsToAlarm, treatMissing, breaches: (value) => value > 0 })?.state,
  );
}

const [OK, ALARM, stays] = ['OK', 'ALARM', undefined];

test('three of three', () => {
  for (const [range, ...expected] of [
    ['0-X-X', OK, OK, OK, OK],
    ['0----', OK, OK, OK, OK],
    ['-----', 'INSUFFICIENT_DATA', stays, ALARM, OK],
    ['0XX-X', ALARM, ALARM, ALARM, ALARM],
    ['--X--', ALARM, stays, ALARM, OK],
    ['---X-', stays, stays, ALARM, OK],
    ['----X', stays, stays, ALARM, OK],
  ] as const)
    assert.deepEqual(judged(range, 3), expected, range);
});

test('two of three', () => {
  for (const [range, ...expected] of [
    ['0-X-X', ALARM, ALARM, ALARM, ALARM],
    ['00X0X', ALARM, ALARM, ALARM, ALARM],
    ['0-X--', OK, OK, ALARM, OK],
    ['----0', OK, OK, ALARM, OK],
    ['---X-', ALARM, stays, ALARM, OK],
    ['----X', stays, stays, ALARM, OK],
  ] as const)
    assert.deepEqual(judged(range, 2), expected, range);
});

test('percentiles need values, the more the nearer they are to an end', () => {
  const needed = ['p99', 'p50', 'p10', 'p99.9', 'p0', 'Sum', 'tm99'].map((name) => Math.round(samplesNeeded(name)));
  assert.deepEqual(needed, [1_000, 20, 100, 10_000, 0, 0, 0]);
});
