/** From JSON to raw statements: the shape of the grammar, and nothing of its meaning. Every fault here is a syntax error. */

import { isOperator, type RawCondition } from './conditions.ts';
import { parseJson, syntaxError } from './json.ts';
import { PRINCIPAL_TYPES, type RawPrincipals } from './principals.ts';

export type RawStatement = {
  sid: string | undefined;
  effect: string;
  principals: RawPrincipals | undefined;
  notPrincipal: boolean;
  actions: readonly string[] | undefined;
  notAction: boolean;
  resources: readonly string[] | undefined;
  notResource: boolean;
  conditions: readonly RawCondition[];
};

export type RawPolicy = {
  version: '2008-10-17' | '2012-10-17' | undefined;
  id: string | undefined;
  statements: readonly RawStatement[];
};

type Fields = Readonly<Record<string, unknown>>;

const POLICY_FIELDS: readonly string[] = ['Version', 'Id', 'Statement'];
const STATEMENT_FIELDS: readonly string[] = [
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
];

/**
 * Reads a policy's text into raw statements.
 *
 * @throws {PolicyError} "Syntax errors in policy." for everything the grammar has no place for
 * @see IAM User Guide, "Grammar of the IAM JSON policy language"
 */
export function readPolicy(text: string): RawPolicy {
  const fields = fieldsOf(parseJson(text), POLICY_FIELDS);
  const { Version: version, Id: id, Statement: statement } = fields;
  if (version !== undefined && version !== '2008-10-17' && version !== '2012-10-17') throw syntaxError();
  const statements = Array.isArray(statement) ? statement : [statement];
  if (statements.length === 0) throw syntaxError();
  return { version, id: textOf(id), statements: statements.map(readStatement) };
}

function readStatement(value: unknown): RawStatement {
  const fields = fieldsOf(value, STATEMENT_FIELDS);
  for (const name of ['Principal', 'Action', 'Resource']) {
    if (fields[name] !== undefined && fields[`Not${name}`] !== undefined) throw syntaxError();
  }
  const effect = textOf(fields.Effect);
  if (effect === undefined || !/^(allow|deny)$/i.test(effect)) throw syntaxError();
  const principals = fields.Principal ?? fields.NotPrincipal;
  return {
    sid: textOf(fields.Sid),
    effect,
    principals: principals === undefined ? undefined : readPrincipals(principals),
    notPrincipal: fields.NotPrincipal !== undefined,
    actions: textsOf(fields.Action ?? fields.NotAction),
    notAction: fields.NotAction !== undefined,
    resources: textsOf(fields.Resource ?? fields.NotResource),
    notResource: fields.NotResource !== undefined,
    conditions: readConditions(fields.Condition),
  };
}

function readPrincipals(value: unknown): RawPrincipals {
  if (value === '*') return '*';
  const fields = fieldsOf(value, PRINCIPAL_TYPES);
  const entries = Object.entries(fields).map(([type, values]): [string, readonly string[]] => [
    type,
    textsOf(values) ?? [],
  ]);
  if (entries.length === 0) throw syntaxError();
  return new Map(entries);
}

/** An operator without keys may be anything; IAM was seen to accept it (moto, tests/test_iam/test_iam_policies.py). */
function readConditions(value: unknown): readonly RawCondition[] {
  if (value === undefined) return [];
  return Object.entries(objectOf(value)).flatMap(([operator, keys]) => {
    const entries = Object.entries(objectOf(keys));
    if (entries.length > 0 && !isOperator(operator)) throw syntaxError();
    return entries.map(([key, values]) => ({ operator, key, values: conditionValues(values) }));
  });
}

function conditionValues(value: unknown): readonly string[] {
  const values = Array.isArray(value) ? value : [value];
  return values.map((entry: unknown) => {
    if (typeof entry === 'string') return entry;
    if (typeof entry === 'boolean' || typeof entry === 'number') return String(entry);
    throw syntaxError();
  });
}

function objectOf(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw syntaxError();
  return { ...value };
}

function fieldsOf(value: unknown, known: readonly string[]): Fields {
  const fields = objectOf(value);
  for (const name of Object.keys(fields)) if (!known.includes(name)) throw syntaxError();
  return fields;
}

function textOf(value: unknown): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  throw syntaxError();
}

function textsOf(value: unknown): readonly string[] | undefined {
  if (value === undefined) return undefined;
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.map((entry) => {
    if (typeof entry === 'string') return entry;
    throw syntaxError();
  });
}
