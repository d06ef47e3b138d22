/** Parses PartiQL statements. Source: Developer Guide, "PartiQL - a SQL-compatible query language for Amazon DynamoDB". */
import {
  emptyPathComponent,
  invalid,
  malformedStatement,
  returningOfDelete,
  setArguments,
  setNeeded,
  setTarget,
  unknownFunction,
  unsupportedReturning,
} from '../../errors.ts';
import { PARSED_MAX } from '../../limits.ts';
import type { Path, Source, Update } from '../expression/ast.ts';
import { parseWhere } from './parse-condition.ts';
import { Gathered, isConstant, OUTSIDE, parseConstant, parsePath } from './parse-value.ts';
import type { Delete, Exists, Insert, Parsed, Returning, Select, Statement, UpdateStatement } from './statement.ts';
import { Cursor } from './tokens.ts';

const parsed = new Map<string, Parsed>();

/** @throws {ServiceError} ValidationException */
export function parseStatement(text: string): Parsed {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  const cursor = new Cursor(text);
  const gathered = new Gathered();
  const statement = parseAny(cursor, gathered);
  cursor.end();
  const { names, values, parameters } = gathered;
  const fresh: Parsed = { statement, names, values, parameters };
  if (parsed.size >= PARSED_MAX) parsed.clear();
  parsed.set(text, fresh);
  return fresh;
}

function parseAny(cursor: Cursor, gathered: Gathered): Statement {
  if (cursor.takeWord('SELECT')) return parseSelect(cursor, gathered);
  if (cursor.takeWord('INSERT')) return parseInsert(cursor, gathered);
  if (cursor.takeWord('UPDATE')) return parseUpdate(cursor, gathered);
  if (cursor.takeWord('FROM')) return parseFrom(cursor, gathered);
  if (cursor.takeWord('DELETE')) return parseDelete(cursor, gathered);
  if (cursor.takeWord('EXISTS')) return parseExists(cursor, gathered);
  throw malformedStatement('Expected data manipulation');
}

/** `EXISTS(SELECT …)`. */
function parseExists(cursor: Cursor, gathered: Gathered): Exists {
  cursor.expectSymbol('(');
  cursor.expectWord('SELECT');
  const select = parseSelect(cursor, gathered);
  cursor.expectSymbol(')');
  return { ...select, kind: 'exists' };
}

function parseSelect(cursor: Cursor, gathered: Gathered): Select {
  const projection = cursor.takeSymbol('*') ? undefined : parseProjection(cursor, gathered);
  cursor.expectWord('FROM');
  const source = parseSource(cursor);
  cursor.refuseAlias();
  const where = cursor.takeWord('WHERE') ? parseWhere(cursor, gathered) : undefined;
  const order: { name: string; descending: boolean }[] = [];
  if (cursor.takeWord('ORDER')) {
    cursor.expectWord('BY');
    do {
      const name = cursor.name();
      const descending = cursor.takeWord('DESC');
      if (!descending) cursor.takeWord('ASC');
      order.push({ name, descending });
    } while (cursor.takeSymbol(','));
  }
  return {
    kind: 'select',
    ...source,
    ...(projection !== undefined && { projection }),
    ...(where !== undefined && { where }),
    order,
  };
}

function parseProjection(cursor: Cursor, gathered: Gathered): Path[] {
  const paths: Path[] = [];
  do {
    if (cursor.call() !== undefined) throw invalid(`Unexpected path component at ${cursor.place()}`);
    paths.push(parsePath(cursor, gathered));
  } while (cursor.takeSymbol(','));
  return paths;
}

/** `"table"` or `"table"."index"`. */
function parseSource(cursor: Cursor): { table: string; index?: string } {
  const table = cursor.name();
  if (table === '') throw emptyPathComponent();
  if (!cursor.takeSymbol('.')) return { table };
  const index = cursor.name();
  if (index === '') throw emptyPathComponent();
  return { table, index };
}

function parseInsert(cursor: Cursor, gathered: Gathered): Insert {
  cursor.expectWord('INTO');
  const { table, index } = parseSource(cursor);
  if (index !== undefined) throw invalid('This operation is not supported on an index');
  if (cursor.isAlias()) throw cursor.leftOver();
  cursor.expectWord('VALUE');
  if (!cursor.isSymbol('{') && !cursor.isSymbol('?')) throw cursor.unexpected();
  return { kind: 'insert', table, item: parseConstant(cursor, gathered, OUTSIDE) };
}

function parseDelete(cursor: Cursor, gathered: Gathered): Delete {
  cursor.expectWord('FROM');
  const source = parseSource(cursor);
  cursor.refuseAlias();
  const where = cursor.takeWord('WHERE') ? parseWhere(cursor, gathered) : undefined;
  const returning = parseReturning(cursor);
  if (returning !== undefined && !(returning.all && returning.old)) throw returningOfDelete(returning.text);
  return {
    kind: 'delete',
    ...source,
    ...(where !== undefined && { where }),
    ...(returning !== undefined && { returning }),
  };
}

/** `RETURNING (ALL | MODIFIED) (OLD | NEW) *`. */
function parseReturning(cursor: Cursor): Returning | undefined {
  if (!cursor.takeWord('RETURNING')) return undefined;
  const all = cursor.takeWord('ALL');
  if (!all) cursor.expectWord('MODIFIED');
  const old = cursor.takeWord('OLD');
  if (!old) cursor.expectWord('NEW');
  const text = `${all ? 'ALL' : 'MODIFIED'} ${old ? 'OLD' : 'NEW'}`;
  if (!cursor.takeSymbol('*')) throw unsupportedReturning(text);
  return { all, old, text };
}

type Changes = {
  set: Update['set'][number][];
  remove: Path[];
  add: Update['add'][number][];
  delete: Update['delete'][number][];
};

function parseUpdate(cursor: Cursor, gathered: Gathered): UpdateStatement {
  const source = parseSource(cursor);
  cursor.refuseAlias();
  const changes = parseChanges(cursor, gathered);
  const where = cursor.takeWord('WHERE') ? parseWhere(cursor, gathered) : undefined;
  return updateOf(source, changes, where, parseReturning(cursor));
}

/** `FROM … WHERE … SET …`: an update whose clauses come the other way round. */
function parseFrom(cursor: Cursor, gathered: Gathered): UpdateStatement {
  const source = parseSource(cursor);
  cursor.refuseAlias();
  const where = cursor.takeWord('WHERE') ? parseWhere(cursor, gathered) : undefined;
  return updateOf(source, parseChanges(cursor, gathered), where, parseReturning(cursor));
}

function updateOf(
  source: { table: string; index?: string },
  changes: Pick<UpdateStatement, 'update' | 'paths'>,
  where: UpdateStatement['where'],
  returning: Returning | undefined,
): UpdateStatement {
  return {
    kind: 'update',
    ...source,
    ...changes,
    ...(where !== undefined && { where }),
    ...(returning !== undefined && { returning }),
  };
}

function parseChanges(cursor: Cursor, gathered: Gathered): Pick<UpdateStatement, 'update' | 'paths'> {
  const update: Changes = { set: [], remove: [], add: [], delete: [] };
  const paths: Path[] = [];
  for (;;) {
    const sets = cursor.takeWord('SET');
    if (!sets && !cursor.takeWord('REMOVE')) break;
    do {
      const path = parsePath(cursor, gathered);
      paths.push(path);
      if (!sets) update.remove.push(path);
      else {
        cursor.expectSymbol('=');
        parseAssignment(cursor, gathered, path, update);
      }
    } while (cursor.takeSymbol(','));
  }
  if (paths.length === 0) throw cursor.unexpected();
  return { update, paths };
}

/** What an attribute is set to; `set_add` and `set_delete` are the ADD and DELETE of expressions. */
function parseAssignment(cursor: Cursor, gathered: Gathered, path: Path, update: Changes): void {
  const name = cursor.call();
  if (name !== 'set_add' && name !== 'set_delete') {
    update.set.push({ path, source: parseSide(cursor, gathered) });
    return;
  }
  update[name === 'set_add' ? 'add' : 'delete'].push({ path, value: parseMembers(cursor, gathered, path, name) });
}

/** The members that are put into the set at a path, or taken out of it. @throws {ServiceError} ValidationException */
function parseMembers(cursor: Cursor, gathered: Gathered, path: Path, name: string): string {
  const called = name.toUpperCase();
  const place = cursor.place();
  cursor.next();
  cursor.expectSymbol('(');
  const first = cursor.place();
  const target = isConstant(cursor) ? parseConstant(cursor, gathered) : parsePath(cursor, gathered);
  if (!cursor.takeSymbol(',')) throw setArguments(called, place);
  const isSet = cursor.isSymbol('<<') || cursor.isSymbol('?');
  const members = isConstant(cursor) ? parseConstant(cursor, gathered) : undefined;
  if (members === undefined) parsePath(cursor, gathered);
  if (!cursor.takeSymbol(')')) throw setArguments(called, place);
  if (JSON.stringify(target) !== JSON.stringify(path)) throw setTarget(called, place);
  if (!isSet || members === undefined) throw setNeeded(called, first);
  return gathered.constant(members);
}

/** A term, or the sum or difference of two. */
function parseSide(cursor: Cursor, gathered: Gathered): Source {
  const left = parseTerm(cursor, gathered);
  if (!cursor.isSymbol('+') && !cursor.isSymbol('-')) return left;
  const kind = cursor.next().text as '+' | '-';
  return { kind, left, right: parseTerm(cursor, gathered) };
}

function parseTerm(cursor: Cursor, gathered: Gathered): Source {
  const name = cursor.call();
  if (name === 'list_append') {
    cursor.next();
    cursor.expectSymbol('(');
    const left = cursor.nested(() => parseTerm(cursor, gathered));
    cursor.expectSymbol(',');
    const right = cursor.nested(() => parseTerm(cursor, gathered));
    cursor.expectSymbol(')');
    return { kind: 'list_append', left, right };
  }
  if (name !== undefined) throw unknownFunction(name, cursor.place());
  if (isConstant(cursor)) return { kind: 'value', name: gathered.constant(parseConstant(cursor, gathered)) };
  return { kind: 'path', path: parsePath(cursor, gathered) };
}
