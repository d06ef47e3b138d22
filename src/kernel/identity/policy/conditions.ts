/** The Condition element: its operators with IfExists and set prefixes, and what holds when a key is missing. */

import { type Condition, type Context, PolicyError, type ValueTest } from './document.ts';
import { findOperator } from './operators.ts';

export type RawCondition = { operator: string; key: string; values: readonly string[] };

/**
 * Compiles one key of one operator.
 *
 * @param variables whether the policy's version knows policy variables
 * @throws {PolicyError} when the operator is unknown or a date can't be read
 * @see IAM User Guide, "IAM JSON policy elements: Condition operators"
 */
export function compileCondition(raw: RawCondition, variables: boolean): Condition {
  const { name, set, ifExists } = readOperator(raw.operator);
  const shared = {
    operator: raw.operator,
    keyText: raw.key,
    key: raw.key.toLowerCase(),
    values: raw.values,
    set,
    ifExists,
  };
  if (name === 'null') return { ...shared, negated: false, presence: readPresence(raw.values), tests: [] };
  const operator = findOperator(name);
  if (operator === undefined) throw new PolicyError('Syntax errors in policy.');
  const tests = raw.values.map((value) => operator.compile(value, variables));
  return { ...shared, negated: operator.negated, presence: undefined, tests };
}

/** Whether the text names an operator, with or without set prefix and IfExists. */
export function isOperator(text: string): boolean {
  const { name, ifExists } = readOperator(text);
  return name === 'null' ? !ifExists : findOperator(name) !== undefined;
}

/** Whether all conditions of a statement hold. */
export function conditionsHold(conditions: readonly Condition[], context: Context): boolean {
  for (const condition of conditions) if (!conditionHolds(condition, context)) return false;
  return true;
}

/**
 * Whether one condition holds.
 *
 * A missing key fails it, unless the operator is negated, ends in IfExists, or is prefixed ForAllValues. Without a set
 * prefix, a key that has several values satisfies no positive operator, and a negated one by all (EventBridge User Guide,
 * "Using IAM policy conditions", for `events:source`: `["aws.ec2", "aws.ecs"]` is not one of `aws.ec2` and `aws.ecs`).
 *
 * @see IAM User Guide, "Condition operators" (missing keys, IfExists, Null) and "Set operators for multivalued context keys"
 */
export function conditionHolds(condition: Condition, context: Context): boolean {
  const given = context.get(condition.key);
  const missing = given === undefined || (typeof given !== 'string' && given.length === 0);
  const { presence } = condition;
  if (presence !== undefined) return missing ? presence.absent : presence.present;
  if (missing) return holdsWithoutValue(condition);
  if (typeof given === 'string') {
    // A null data set, such as an empty string, is to a set operator as no value at all.
    if (given === '' && condition.set !== undefined) return condition.set === 'all';
    return satisfies(condition, given, context);
  }
  if (condition.set === undefined && !condition.negated && given.length > 1) return false;
  const all = condition.set === 'all' || (condition.set === undefined && condition.negated);
  for (const value of given) if (satisfies(condition, value, context) !== all) return !all;
  return all;
}

function holdsWithoutValue(condition: Condition): boolean {
  if (condition.ifExists) return true;
  return condition.set === undefined ? condition.negated : condition.set === 'all';
}

function satisfies(condition: Condition, given: string, context: Context): boolean {
  return anyMatches(condition.tests, given, context) !== condition.negated;
}

function anyMatches(tests: readonly ValueTest[], given: string, context: Context): boolean {
  for (const test of tests) if (test(given, context)) return true;
  return false;
}

function readOperator(text: string): { name: string; set: 'all' | 'any' | undefined; ifExists: boolean } {
  const lower = text.toLowerCase();
  const set = lower.startsWith('forallvalues:') ? 'all' : lower.startsWith('foranyvalue:') ? 'any' : undefined;
  const bare = set === undefined ? lower : lower.slice(lower.indexOf(':') + 1);
  const ifExists = bare.endsWith('ifexists');
  return { name: ifExists ? bare.slice(0, -'ifexists'.length) : bare, set, ifExists };
}

function readPresence(values: readonly string[]): { absent: boolean; present: boolean } {
  const wanted = values.map((value) => value.toLowerCase());
  return { absent: wanted.includes('true'), present: wanted.includes('false') };
}
