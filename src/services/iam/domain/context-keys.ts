/** Condition keys that policies ask for, in conditions and as variables, also those of policies that could not be stored. Source: radkawar/stackd, measured in 2026. */
import { PolicyError, parsePolicy } from '#kernel/identity';
import { invalidInput } from '../errors.ts';

/** One that is not closed within its text is none. */
const VARIABLE = /\$\{([^{}",\s]+)\s*(?:,[^{}"]*)?\}/g;
const FIELDS: ReadonlySet<string> = new Set(['Version', 'Id', 'Statement']);
const STATEMENT_FIELDS: ReadonlySet<string> = new Set([
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
]);

type Fields = { readonly [name: string]: unknown };

const malformed = () => invalidInput('Syntax errors in policy.');

/** Those of one policy, each once and as it is written. @throws {ServiceError} InvalidInput */
export function contextKeysOf(text: string): string[] {
  const { Version, Statement = [] } = checked(parsed(text), FIELDS);
  const keys = new Set<string>();
  for (const statement of [Statement].flat()) {
    const { Resource, NotResource, Condition } = checked(statement, STATEMENT_FIELDS);
    const conditions = Condition === undefined ? [] : conditionsOf(Condition);
    const templates = [Resource, NotResource, conditions.map(({ values }) => values)].flat(3);
    // Variables first. Source: API Reference, GetContextKeysForCustomPolicy, the example.
    if (Version === '2012-10-17') for (const [, key = ''] of templates.join('\n').matchAll(VARIABLE)) keys.add(key);
    for (const { keyText } of conditions) keys.add(keyText);
  }
  return [...keys];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed();
  }
}

function checked(value: unknown, known: ReadonlySet<string>): Fields {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isObject || Object.keys(value).some((name) => !known.has(name))) throw malformed();
  return value as Fields;
}

/** Read as those of a statement that is otherwise whole. */
function conditionsOf(Condition: unknown) {
  const statement = { Effect: 'Allow', Action: '*', Resource: '*', Condition };
  try {
    const { statements } = parsePolicy(JSON.stringify({ Version: '2012-10-17', Statement: statement }), 'identity');
    return statements.flatMap(({ conditions }) => conditions);
  } catch (error) {
    throw error instanceof PolicyError ? malformed() : error;
  }
}
