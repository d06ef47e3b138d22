import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ScheduleError } from '#kernel/base';
import { beginnings, durationOf, endOf, statusOf } from './mute.ts';

const utc = (text: string) => Date.parse(`${text}Z`);
const shown = (at: number | undefined) => (at === undefined ? undefined : new Date(at).toISOString().slice(0, 16));
const next = (expression: string, after: string, zone = 'UTC') => shown(beginnings(expression, zone)(utc(after)));

test('cron of five fields: Sunday is 0 and 7, and of two days either will do', () => {
  // 2026-01-01 is a Thursday.
  assert.equal(next('cron(0 2 * * *)', '2026-01-01T02:00'), '2026-01-02T02:00');
  assert.equal(next('cron(0 2 * * SUN)', '2026-01-01T00:00'), '2026-01-04T02:00');
  assert.equal(next('cron(0 2 * * 0)', '2026-01-01T00:00'), '2026-01-04T02:00');
  assert.equal(next('cron(0 2 * * 7)', '2026-01-01T00:00'), '2026-01-04T02:00');
  assert.equal(next('cron(0 2 * * 5-7)', '2026-01-03T03:00'), '2026-01-04T02:00');
  assert.equal(next('cron(0 2 * * FRI-SUN)', '2026-01-04T03:00'), '2026-01-09T02:00');
  assert.equal(next('cron(0 1 1 * *)', '2026-01-01T02:00'), '2026-02-01T01:00');
  assert.equal(next('cron(30 6 15 FEB,MAR MON)', '2026-01-01T00:00'), '2026-02-02T06:30');
  assert.equal(next('cron(30 6 15 FEB,MAR MON)', '2026-02-09T07:00'), '2026-02-15T06:30');
});

test('a rule is in time zones as clocks on the wall show them', () => {
  assert.equal(next('cron(0 2 * * *)', '2026-01-01T00:00', 'America/New_York'), '2026-01-01T07:00');
  assert.equal(next('cron(0 2 * * *)', '2026-07-01T00:00', 'America/New_York'), '2026-07-01T06:00');
  assert.equal(next('at(2026-05-10T14:00)', '2026-01-01T00:00', 'Asia/Tokyo'), '2026-05-10T05:00');
  assert.equal(next('at(2026-05-10T14:00)', '2026-05-10T14:00'), undefined);
  // In the night of 25 October the clocks of Zurich show half past two twice.
  assert.equal(next('cron(30 2 * * *)', '2026-10-25T00:00', 'Europe/Zurich'), '2026-10-25T00:30');
  assert.equal(next('cron(30 2 * * *)', '2026-10-25T01:10', 'Europe/Zurich'), '2026-10-26T01:30');
});

test('what is no expression', () => {
  for (const expression of [
    'cron(0 2 * *)',
    'cron(0 2 ? * MON)',
    'cron(0/5 2 * * *)',
    'cron(60 2 * * *)',
    'cron(0 2 * * 8)',
    'cron(0 2 * * FRI-WED)',
    'rate(5 minutes)',
    'at(2026-13-10T14:00)',
    'at(tomorrow)',
  ])
    assert.throws(() => beginnings(expression, 'UTC'), ScheduleError, expression);
});

test('durations', () => {
  assert.equal(durationOf('P2DT12H'), 60 * 3_600_000);
  assert.equal(durationOf('PT1M'), 60_000);
  for (const text of ['', 'P', 'PT', '4H', 'P1DT', 'PT1.5H', 'P1M', '-PT4H'])
    assert.equal(durationOf(text) || undefined, undefined, text);
});

test('a window is bound by the days from and to which a rule holds', () => {
  const rule = {
    expression: 'cron(0 22 * * *)',
    duration: 'PT4H',
    from: utc('2026-01-02T23:00'),
    to: utc('2026-01-04T01:00'),
  };
  const at = (text: string) => [statusOf(rule, utc(text)), shown(endOf(rule, utc(text)))];
  assert.deepEqual(at('2026-01-01T23:00'), ['SCHEDULED', '2026-01-03T02:00']);
  assert.deepEqual(at('2026-01-02T22:59'), ['SCHEDULED', '2026-01-03T02:00']);
  assert.deepEqual(at('2026-01-02T23:00'), ['ACTIVE', '2026-01-03T02:00']);
  assert.deepEqual(at('2026-01-03T02:00'), ['SCHEDULED', '2026-01-04T01:00']);
  assert.deepEqual(at('2026-01-04T00:59'), ['ACTIVE', '2026-01-04T01:00']);
  assert.deepEqual(at('2026-01-04T01:00'), ['EXPIRED', undefined]);
});
