/** Rules: which parameters go together. Source: CloudFormation User Guide, "Rules". */
import { invalid, templateError } from '../errors.ts';
import { evaluate, type Scope, scalarText } from './evaluate.ts';
import type { Json, JsonObject } from './parse.ts';
import type { Template } from './template.ts';

/** @throws {ServiceError} ValidationError, naming the rules whose assertions don't hold */
export function checkRules({ raw }: Template, scope: Scope): void {
  for (const [name, rule] of Object.entries((raw.Rules ?? {}) as JsonObject)) {
    const { RuleCondition: held, Assertions: assertions = [] } = (rule ?? {}) as JsonObject;
    if (held !== undefined && !holds(held, scope)) continue;
    for (const one of Array.isArray(assertions) ? assertions : []) {
      const { Assert: asserted = true, AssertDescription: said } = (one ?? {}) as JsonObject;
      if (!holds(asserted, scope))
        throw invalid(`Template error: Rule ${name} is not satisfied${typeof said === 'string' ? `: ${said}` : ''}`);
    }
  }
}

/** Functions that only rules have. */
function holds(value: Json, scope: Scope): boolean {
  const {
    'Fn::Contains': contains,
    'Fn::EachMemberIn': each,
    'Fn::EachMemberEquals': equals,
    ...rest
  } = (value ?? {}) as JsonObject;
  if (contains !== undefined) {
    const [list, one] = pair('Fn::Contains', contains, scope);
    return texts('Fn::Contains', list).includes(scalarText(one));
  }
  if (each !== undefined) {
    const [items, list] = pair('Fn::EachMemberIn', each, scope);
    const all = new Set(texts('Fn::EachMemberIn', list));
    return texts('Fn::EachMemberIn', items).every((item) => all.has(item));
  }
  if (equals !== undefined) {
    const [items, one] = pair('Fn::EachMemberEquals', equals, scope);
    return texts('Fn::EachMemberEquals', items).every((item) => item === scalarText(one));
  }
  for (const [name, argument] of Object.entries(rest)) {
    const list = Array.isArray(argument) ? argument : [argument];
    if (name === 'Fn::And') return list.every((one) => holds(one, scope));
    if (name === 'Fn::Or') return list.some((one) => holds(one, scope));
    if (name === 'Fn::Not') return !holds(list[0] ?? null, scope);
  }
  return scalarText(evaluate(value, scope)) === 'true';
}

function pair(name: string, argument: Json, scope: Scope): [Json, Json] {
  if (!Array.isArray(argument) || argument.length !== 2)
    throw templateError(`every ${name} object requires a list of 2 parameters.`);
  const [a = null, b = null] = argument;
  return [evaluate(a, scope), evaluate(b, scope)];
}

function texts(name: string, list: Json): string[] {
  if (!Array.isArray(list)) throw templateError(`${name} requires a list`);
  return list.map(scalarText);
}
