/** `diff` and `logcompare`: the patterns of a time beside those of an earlier one. */
import { DAY, type Millis } from '#kernel/base';
import { readPeriod, type Scope } from '../expression.ts';
import { Patterns, severityOf } from '../patterns.ts';
import { lengthOf } from '../period.ts';
import type { Command, Step, StepCommand, Window } from '../plan.ts';
import { Row } from '../row.ts';
import type { Scanner } from '../scanner.ts';
import { toText } from '../value.ts';

/** Deviation: AWS shows these in its console, and does not say how its API calls them. */
const COLUMNS = ['@pattern', '@sampleCount', '@diffEventCount', '@differenceDescription', '@severityLabel'];

const shifted = ({ from, to }: Window, by: Millis): Window => ({ from: from - by, to: to - by });

function monthBefore(at: Millis): Millis {
  const date = new Date(at);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 0)).getUTCDate();
  const day = Math.min(date.getUTCDate(), last);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - 1, day) + (at % DAY);
}

/** `diff`, `diff previousDay`, `diff previousWeek`, `diff previousMonth`. */
export function readDiff(scan: Scanner, scope: Scope, before: Command[]): StepCommand {
  scope.needs.standardOnly.add('diff');
  scope.needs.compared = scan.word('previousday')
    ? (window) => shifted(window, DAY)
    : scan.word('previousweek')
      ? (window) => shifted(window, 7 * DAY)
      : scan.word('previousmonth')
        ? (window) => ({ from: monthBefore(window.from), to: monthBefore(window.from) + window.to - window.from })
        : (window) => shifted(window, window.to - window.from);
  return comparing(before);
}

/** `logcompare timeshift 7d`. @throws {QueryError} */
export function readLogCompare(scan: Scanner, scope: Scope, before: Command[]): StepCommand {
  if (!scan.word('timeshift')) throw scan.unexpected();
  const { at } = scan;
  const by = lengthOf(readPeriod(scan));
  if (by === undefined) throw scan.fault('invalid period', 1, at);
  scope.needs.compared = (window) => shifted(window, by);
  return comparing(before);
}

/** The console adds the command to whatever query there is: what would leave out events is left out itself. */
function comparing(before: Command[]): StepCommand {
  const pattern = before.find((command) => command.kind === 'pattern');
  const kept = before.filter(({ kind }) => kind !== 'sort' && kind !== 'limit' && kind !== 'pattern');
  before.splice(0, before.length, ...kept);
  const from = pattern?.from ?? ((row: Row) => row.get('@message'));
  const make = (next: Step): Step => {
    const [now, earlier] = [new Patterns(), new Patterns()];
    return {
      take(row) {
        const text = toText(from(row));
        if (text !== undefined) (row.source?.isEarlier === true ? earlier : now).add(text);
        return true;
      },
      end() {
        const [counts, earlierCounts] = [now.counts, earlier.counts];
        const told = [...new Set([...counts.keys(), ...earlierCounts.keys()])].map((shape) => {
          const count = counts.get(shape) ?? 0;
          return { shape, count, difference: count - (earlierCounts.get(shape) ?? 0) };
        });
        for (const { shape, count, difference } of told.toSorted(
          (a, b) => Math.abs(b.difference) - Math.abs(a.difference),
        )) {
          const row = new Row();
          row.set('@pattern', shape);
          row.set('@sampleCount', count);
          row.set('@diffEventCount', difference);
          row.set('@differenceDescription', describe(count, difference));
          row.set('@severityLabel', severityOf(shape));
          if (!next.take(row)) break;
        }
        next.end();
      },
    };
  };
  return { kind: 'step', make, makes: COLUMNS };
}

function describe(count: number, difference: number): string {
  const before = count - difference;
  if (before === 0) return 'New pattern';
  if (count === 0) return 'Pattern no longer seen';
  if (difference === 0) return 'No change';
  const percent = Math.round((Math.abs(difference) / before) * 100);
  return `${percent}% ${difference > 0 ? 'increase' : 'decrease'}`;
}
