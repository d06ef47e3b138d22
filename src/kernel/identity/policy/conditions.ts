/** The Condition element: its operators with IfExists and set prefixes, and what holds when a key is missing. */

import { parseDate } from './dates.ts';
import { type Condition, type Context, PolicyError } from './document.ts';
import { findOperator } from './operators.ts';

export type RawCondition = { operator: string; key: string; values: readonly string[] };

/**
 * Compiles one key of one operator.
 *
 * @param variables whether the policy's version knows policy variables
 * @param denies the condition is of a Deny
 * @throws {PolicyError} when the operator is unknown
 * @see IAM User Guide, "IAM JSON policy elements: Condition operators"
 */
export function compileCondition(raw: RawCondition, variables: boolean, denies: boolean): Condition {
  const { name, set, ifExists } = readOperator(raw.operator);
  const shared = {
    operator: raw.operator,
    keyText: raw.key,
    key: raw.key.toLowerCase(),
    values: raw.values,
    set,
    ifExists,
  };
  const plain = { negated: false, reads: undefined, brokenAt: undefined, whenBroken: false };
  if (name === 'null') return { ...shared, ...plain, presence: readPresence(raw.values), tests: [] };
  const operator = findOperator(name);
  if (operator === undefined) throw new PolicyError('Syntax errors in policy.');
  const tests = raw.values.map((value) => operator.compile(value, variables));
  const { negated, reads, breaks } = operator;
  const broken = breaks === undefined ? -1 : raw.values.findIndex((value) => breaks(value, variables));
  const brokenAt = broken < 0 ? undefined : broken;
  return { ...shared, negated, presence: undefined, tests, reads, brokenAt, whenBroken: denies };
}

/** Whether the text names an operator, with or without set prefix and IfExists. */
export function isOperator(text: string): boolean {
  const { name, ifExists } = readOperator(text);
  return name === 'null' ? !ifExists : findOperator(name) !== undefined;
}

/** Whether a Date operator has a value that is no date; what IAM answers to one: moto, tests/test_iam/test_iam_policies.py. */
export function hasBadDate({ operator, values }: Pick<RawCondition, 'operator' | 'values'>): boolean {
  return readOperator(operator).name.startsWith('date') && values.some((value) => parseDate(value) === undefined);
}

/** Whether all conditions of a statement hold. */
export function conditionsHold(conditions: readonly Condition[], context: Context): boolean {
  for (const condition of conditions) if (!conditionHolds(condition, context)) return false;
  return true;
}

/**
 * Whether one condition holds.
 *
 * A missing key fails it, unless the operator is negated, ends in IfExists, or is prefixed ForAllValues. A key that has a
 * list of values holds no operator without a set prefix, not even a negated one or one with IfExists, however many they are;
 * a set operator looks at each value, empty ones as well, and at a missing key as at no values, whatever it ends in; and a
 * list of no values in the policy matches nothing that is there. Source: radkawar/stackd, measured in 2026.
 *
 * @see IAM User Guide, "Condition operators" (missing keys, IfExists, Null), "Single-valued vs. multivalued context keys"
 */
export function conditionHolds(condition: Condition, context: Context): boolean {
  const given = context.get(condition.key);
  const missing = given === undefined || (typeof given !== 'string' && given.length === 0);
  const { presence } = condition;
  if (presence !== undefined) return missing ? presence.absent : presence.present;
  if (missing) return holdsWithoutValue(condition);
  if (typeof given === 'string') return satisfies(condition, given, context);
  if (condition.set === undefined) return false;
  const all = condition.set === 'all';
  for (const value of given) if (satisfies(condition, value, context) !== all) return !all;
  return all;
}

function holdsWithoutValue({ set, ifExists, negated, tests }: Condition): boolean {
  if (set !== undefined) return set === 'all';
  return ifExists || (negated && tests.length > 0);
}

function satisfies(condition: Condition, given: string, context: Context): boolean {
  const { tests, reads, brokenAt, negated } = condition;
  if (tests.length === 0 || (reads !== undefined && !reads(given))) return false;
  for (let at = 0; at < tests.length; at++) {
    if (at === brokenAt) return condition.whenBroken;
    if (tests[at]?.(given, context)) return !negated;
  }
  return negated;
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
  return { absent: wanted.includes('true'), present: wanted.some((value) => value !== 'true') };
}
