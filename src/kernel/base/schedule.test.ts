import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSchedule } from './schedule.ts';

const START = Date.UTC(2026, 0, 1, 0, 0, 30);

function nextOf(text: string, count = 3): string[] {
  const schedule = readSchedule(text, START);
  const found: string[] = [];
  for (let at = schedule(START); at !== undefined && found.length < count; at = schedule(at))
    found.push(new Date(at).toISOString().slice(0, 16));
  return found;
}

test('rates count from their start', () => {
  assert.deepEqual(
    [readSchedule('rate(5 minutes)', START)(START), readSchedule('rate(1 hour)', START)(START + 1)],
    [START + 300_000, START + 3_600_000],
  );
  for (const wrong of [
    'rate(1 minutes)',
    'rate(5 minute)',
    'rate(0 days)',
    'rate(1 week)',
    'rate(-1 day)',
    '5 minutes',
  ])
    assert.throws(() => readSchedule(wrong, START), { name: 'ScheduleError' }, wrong);
});

test('cron expressions of AWS: six fields, days of the month or of the week', () => {
  const cases: [string, string[]][] = [
    ['cron(0 12 * * ? *)', ['2026-01-01T12:00', '2026-01-02T12:00', '2026-01-03T12:00']],
    ['cron(15 10 ? * MON-FRI *)', ['2026-01-01T10:15', '2026-01-02T10:15', '2026-01-05T10:15']],
    ['cron(0 /8 * * ? *)', ['2026-01-01T08:00', '2026-01-01T16:00', '2026-01-02T00:00']],
    ['cron(0 22-1 ? * FRI *)', ['2026-01-02T00:00', '2026-01-02T01:00', '2026-01-02T22:00']],
    ['cron(0/15 0 1 * ? *)', ['2026-01-01T00:15', '2026-01-01T00:30', '2026-01-01T00:45']],
    ['cron(0 0 L * ? *)', ['2026-01-31T00:00', '2026-02-28T00:00', '2026-03-31T00:00']],
    ['cron(0 0 15W * ? *)', ['2026-01-15T00:00', '2026-02-16T00:00', '2026-03-16T00:00']],
    ['cron(0 0 ? * 6L *)', ['2026-01-30T00:00', '2026-02-27T00:00', '2026-03-27T00:00']],
    ['cron(0 0 ? * 2#1 *)', ['2026-01-05T00:00', '2026-02-02T00:00', '2026-03-02T00:00']],
    ['cron(0 0 29 2 ? *)', ['2028-02-29T00:00', '2032-02-29T00:00', '2036-02-29T00:00']],
    ['cron(0 8 1 JAN,JUL ? 2026-2027)', ['2026-01-01T08:00', '2026-07-01T08:00', '2027-01-01T08:00']],
    ['cron(0 8 1 1 ? 2020)', []],
  ];
  for (const [text, expected] of cases) assert.deepEqual(nextOf(text), expected, text);
  for (const wrong of [
    'cron(0 12 * * * *)',
    'cron(0 12 ? * ? *)',
    'cron(60 12 * * ? *)',
    'cron(0 12 * * ?)',
    'cron(0 24 * * ? *)',
    'cron(a b c d e f)',
  ])
    assert.throws(() => readSchedule(wrong, START), { name: 'ScheduleError' }, wrong);
});
