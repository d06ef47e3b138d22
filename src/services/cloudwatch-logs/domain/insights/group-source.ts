/** `SOURCE`: the groups that a query names itself. Source: User Guide, "SOURCE". */
import type { Millis } from '#kernel/base';
import { readPeriod } from './expression.ts';
import { lengthOf } from './period.ts';
import type { GroupSource } from './plan.ts';
import { NotBuiltError, type Scanner } from './scanner.ts';

const PREFIXES_MAX = 5;
const ACCOUNTS_MAX = 20;

/** `SOURCE logGroups(namePrefix: ["a", "b"], class: ["STANDARD"])`, or `SOURCE 'group', other start=-1d end=now`. @throws {QueryError} */
export function readSource(scan: Scanner, now: Millis): GroupSource {
  const { at } = scan;
  if (scan.word('datasource'))
    throw new NotBuiltError('Groups have no data sources here: name them by logGroups.', at, scan.at);
  const groups = scan.word('loggroups') ? readGroups(scan) : { names: readNames(scan) };
  const window: { from?: Millis; to?: Millis } = {};
  for (let name = scan.option(); name !== undefined; name = scan.option()) {
    if (name === 'start') window.from = readInstant(scan, now);
    else if (name === 'end') window.to = readInstant(scan, now);
    else throw scan.fault(`unknown option ${name} of SOURCE`, name.length);
  }
  return { ...groups, window };
}

function readNames(scan: Scanner): string[] {
  const names: string[] = [];
  do {
    const name = scan.quoted() ?? scan.take(/`[^`]+`/y)?.slice(1, -1) ?? scan.take(/[\w.\-/#]+/y);
    if (name === undefined) throw scan.unexpected();
    names.push(name);
  } while (scan.sign(','));
  return names;
}

/** `now`, `-1d`, or seconds since 1970. */
function readInstant(scan: Scanner, now: Millis): Millis {
  if (scan.word('now')) return now;
  const { at } = scan;
  if (!scan.sign('-')) {
    const seconds = scan.take(/\d{1,13}/y);
    if (seconds === undefined) throw scan.unexpected();
    return Number(seconds) * (seconds.length > 10 ? 1 : 1_000);
  }
  const length = lengthOf(readPeriod(scan));
  if (length === undefined) throw scan.fault('invalid period', 1, at);
  return now - length;
}

function readGroups(scan: Scanner): Omit<GroupSource, 'window'> {
  const { at } = scan;
  scan.expect('(');
  const given = new Map<string, readonly string[]>();
  while (!scan.sign(')')) {
    if (given.size > 0) scan.expect(',');
    const name = scan.needField().toLowerCase();
    scan.expect(':');
    given.set(name, readTexts(scan));
  }
  const prefixes = given.get('nameprefix');
  const accounts = given.get('accountidentifiers') ?? given.get('accountidentifier');
  if ((prefixes?.length ?? 0) > PREFIXES_MAX) throw scan.fault(`at most ${PREFIXES_MAX} prefixes are allowed`, 1, at);
  if ((accounts?.length ?? 0) > ACCOUNTS_MAX) throw scan.fault(`at most ${ACCOUNTS_MAX} accounts are allowed`, 1, at);
  return {
    prefixes: prefixes ?? [''],
    class: (given.get('class') ?? given.get('loggroupclass'))?.[0] ?? 'STANDARD',
    ...(accounts !== undefined && { accounts }),
  };
}

function readTexts(scan: Scanner): string[] {
  const single = scan.quoted();
  if (single !== undefined) return [single];
  scan.expect('[');
  const texts: string[] = [];
  while (!scan.sign(']')) {
    if (texts.length > 0) scan.expect(',');
    const text = scan.quoted();
    if (text === undefined) throw scan.unexpected();
    texts.push(text);
  }
  return texts;
}
