/** Commands that look at the rows before one: `accum`, `autoregress`, `filldown`, `sessionize`. */
import type { Millis } from '#kernel/base';
import { readPeriod } from '../expression.ts';
import { lengthOf } from '../period.ts';
import type { Step, StepCommand } from '../plan.ts';
import type { Row } from '../row.ts';
import type { Scanner } from '../scanner.ts';
import { toNumber, toText, type Value } from '../value.ts';

/** Rows back that are remembered. Our own bound. */
const LAG_MAX = 100;
/** Sessions that are told apart. Our own bound. */
const SESSIONS_MAX = 100_000;
/** Source: User Guide, "sessionize". */
const GAP_DEFAULT: Millis = 30 * 60_000;

const changing =
  (change: () => (row: Row) => void) =>
  (next: Step): Step => {
    const apply = change();
    return {
      take(row) {
        apply(row);
        return next.take(row);
      },
      end: () => next.end(),
    };
  };

/** `accum bytes as total`; without a name of its own, the sum takes the field's place. @throws {QueryError} */
export function readAccum(scan: Scanner): StepCommand {
  const field = scan.needField();
  const name = scan.word('as') ? scan.needField() : field;
  const make = changing(() => {
    let sum = 0;
    return (row) => {
      sum += toNumber(row.get(field)) ?? 0;
      row.set(name, sum);
    };
  });
  return { kind: 'step', make, adds: [name] };
}

/** `autoregress bytes p=1-4`. @throws {QueryError} */
export function readAutoregress(scan: Scanner): StepCommand {
  const field = scan.needField();
  const alias = scan.word('as') ? scan.needField() : undefined;
  let [from, to] = [1, 1];
  if (scan.option() !== undefined) {
    const { at } = scan;
    const [, first, last = first] = /^(\d{1,4})(?:\s*-\s*(\d{1,4}))?/.exec(scan.take(/[\d\s-]+/y) ?? '') ?? [];
    [from, to] = [Number(first), Number(last)];
    if (!(from >= 1 && to >= from && to <= LAG_MAX)) throw scan.fault(`p must be between 1 and ${LAG_MAX}`, 1, at);
  }
  const lags = Array.from({ length: to - from + 1 }, (_, index) => from + index);
  const nameOf = (lag: number) => (alias !== undefined && from === to ? alias : `${alias ?? field}_p${lag}`);
  const make = changing(() => {
    const before: Value[] = [];
    return (row) => {
      const value = row.get(field);
      for (const lag of lags) row.set(nameOf(lag), before[lag - 1]);
      before.unshift(value);
      before.length = Math.min(before.length, to);
    };
  });
  return { kind: 'step', make, adds: lags.map(nameOf) };
}

/** `filldown host cpu*`. @throws {QueryError} */
export function readFillDown(scan: Scanner): StepCommand {
  const names: string[] = [];
  for (let name = scan.take(/[@\w.*]+/y); name !== undefined; name = scan.take(/[@\w.*]+/y)) {
    names.push(name);
    scan.sign(',');
  }
  const forms = names.map(
    (name) =>
      new RegExp(
        `^${name
          .split('*')
          .map((part) => part.replaceAll('.', '\\.'))
          .join('.*')}$`,
      ),
  );
  const wanted = (name: string) => forms.length === 0 || forms.some((form) => form.test(name));
  const make: StepCommand['make'] = (next, { columns }) =>
    changing(() => {
      const last = new Map<string, Value>();
      return (row) => {
        for (const name of new Set([...columns, ...row.ownNames(), ...last.keys()])) {
          if (!wanted(name)) continue;
          const value = row.get(name);
          if (value === undefined) row.set(name, last.get(name));
          else last.set(name, value);
        }
      };
    })(next);
  return { kind: 'step', make };
}

/**
 * `sessionize user, device maxspan 1h as session`.
 *
 * Deviation: AWS does not say what a session's identifier looks like; here they are counted.
 *
 * @throws {QueryError}
 */
export function readSessionize(scan: Scanner): StepCommand {
  const fields = [scan.needField()];
  while (scan.sign(',')) fields.push(scan.needField());
  const { at } = scan;
  const gap = scan.word('maxspan') ? lengthOf(readPeriod(scan)) : GAP_DEFAULT;
  if (gap === undefined) throw scan.fault('invalid period', 1, at);
  const name = scan.word('as') ? scan.needField() : 'session_id';
  const make = changing(() => {
    const sessions = new Map<string, { id: number; at: Millis }>();
    let count = 0;
    return (row) => {
      const key = JSON.stringify(fields.map((field) => toText(row.get(field)) ?? null));
      const now = toNumber(row.get('@timestamp')) ?? 0;
      const open = sessions.get(key);
      const isOpen = open !== undefined && Math.abs(now - open.at) <= gap;
      if (!isOpen) count += 1;
      const session = { id: isOpen ? open.id : count, at: now };
      if (open !== undefined || sessions.size < SESSIONS_MAX) sessions.set(key, session);
      row.set(name, session.id);
    };
  });
  return { kind: 'step', make, adds: [name] };
}
