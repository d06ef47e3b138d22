/** Parses update expressions and projections. Source: Developer Guide, "Using update expressions in DynamoDB". */
import type { Parsed, Path, Source, Update } from './ast.ts';
import { Cursor, type FaultKind } from './tokens.ts';

const SECTIONS = ['SET', 'REMOVE', 'ADD', 'DELETE'] as const;
const KEYWORDS: ReadonlySet<string> = new Set(SECTIONS);
const NO_KEYWORDS: ReadonlySet<string> = new Set();
const FAULTS: readonly FaultKind[] = ['reserved', 'function', 'use', 'section'];
const CONDITION_FUNCTIONS = new Set([
  'attribute_exists',
  'attribute_not_exists',
  'attribute_type',
  'begins_with',
  'contains',
  'size',
]);

/** @throws {ServiceError} ValidationException */
export function parseUpdate(text: string): Parsed<Update> {
  const cursor = new Cursor(text, 'UpdateExpression', KEYWORDS);
  const faults: string[] = [];
  const tree = {
    set: [] as { path: Path; source: Source }[],
    remove: [] as Path[],
    add: [] as { path: Path; value: string }[],
    delete: [] as { path: Path; value: string }[],
  };
  const targets: Path[] = [];
  const seen = new Set<string>();
  const target = () => {
    const path = cursor.path();
    targets.push(path);
    return path;
  };
  do {
    const section = SECTIONS.find((one) => cursor.isWord(one));
    if (section === undefined) throw cursor.unexpected();
    cursor.next();
    if (seen.has(section))
      cursor.fault('section', `The "${section}" section can only be used once in an update expression;`);
    seen.add(section);
    do {
      const path = target();
      cursor.operator();
      if (section === 'SET') {
        cursor.expectSymbol('=');
        tree.set.push({ path, source: parseSource(cursor, faults) });
      } else if (section === 'REMOVE') tree.remove.push(path);
      else tree[section === 'ADD' ? 'add' : 'delete'].push({ path, value: cursor.value() });
    } while (cursor.takeSymbol(','));
  } while (cursor.token.kind !== 'end');
  cursor.end(FAULTS);
  const [place] = faults;
  const uses = {
    names: cursor.uses.filter((one) => one.startsWith('#')),
    values: cursor.uses.filter((one) => one.startsWith(':')),
  };
  return {
    tree,
    paths: targets,
    named: cursor.paths,
    clauses: [{ uses: [...uses.names, ...uses.values], ...(place !== undefined && { place }) }],
  };
}

/** @param faults what is wrong with calls of functions, in order */
function parseSource(cursor: Cursor, faults: string[]): Source {
  const left = parseTerm(cursor, faults);
  if (!cursor.isSymbol('+') && !cursor.isSymbol('-')) return left;
  const kind = cursor.next().text as '+' | '-';
  cursor.operator();
  return { kind, left, right: parseTerm(cursor, faults) };
}

function parseTerm(cursor: Cursor, faults: string[]): Source {
  if (cursor.takeSymbol('(')) {
    const inner = cursor.nested(() => parseSource(cursor, faults));
    cursor.expectSymbol(')');
    return inner;
  }
  const { token } = cursor;
  if (token.kind === 'value') return { kind: 'value', name: cursor.value() };
  if (token.kind === 'word' && cursor.peek(1).text === '(') return parseCall(cursor, faults);
  return { kind: 'path', path: cursor.path() };
}

function parseCall(cursor: Cursor, faults: string[]): Source {
  const { text: name } = cursor.next();
  cursor.operator();
  cursor.expectSymbol('(');
  const args = [cursor.nested(() => parseTerm(cursor, faults))];
  while (cursor.takeSymbol(',')) args.push(cursor.nested(() => parseTerm(cursor, faults)));
  cursor.expectSymbol(')');
  const [left = { kind: 'path', path: [] } as Source, right = left] = args;
  if (CONDITION_FUNCTIONS.has(name))
    cursor.fault('use', `The function is not allowed in an update expression; function: ${name}`);
  else if (name !== 'if_not_exists' && name !== 'list_append')
    cursor.fault('function', `Invalid function name; function: ${name}`);
  else if (name === 'list_append' && args.some((one) => one.kind === 'list_append'))
    cursor.fault('use', `The function is not allowed to be used this way in an expression; function: ${name}`);
  else if (args.length !== 2)
    faults.push(
      `Incorrect number of operands for operator or function; operator or function: ${name}, number of operands: ${args.length}`,
    );
  else if (name === 'if_not_exists' && left.kind !== 'path')
    faults.push('Operator or function requires a document path; operator or function: if_not_exists');
  if (name === 'if_not_exists') return { kind: name, path: left.kind === 'path' ? left.path : [], otherwise: right };
  return { kind: 'list_append', left, right };
}

/** @throws {ServiceError} ValidationException */
export function parseProjection(text: string): Parsed<readonly Path[]> {
  const cursor = new Cursor(text, 'ProjectionExpression', NO_KEYWORDS);
  const paths: Path[] = [];
  do paths.push(cursor.path());
  while (cursor.takeSymbol(','));
  cursor.end(['reserved']);
  return { tree: paths, paths, clauses: [{ uses: cursor.uses }] };
}
