/** Rules: which parameters go together. Source: CloudFormation User Guide, "Rules". */
import { invalid } from '../errors.ts';
import { evaluate, type Scope } from './evaluate.ts';
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
  const pair = (argument: Json) => (argument as Json[]).map((one) => evaluate(one, scope)) as [Json[], Json[]];
  if (contains !== undefined) {
    const [list, one] = pair(contains);
    return list.map(String).includes(String(one));
  }
  if (each !== undefined) {
    const [items, list] = pair(each);
    return items.every((item) => list.map(String).includes(String(item)));
  }
  if (equals !== undefined) {
    const [items, one] = pair(equals);
    return items.every((item) => String(item) === String(one));
  }
  for (const [name, argument] of Object.entries(rest)) {
    const list = Array.isArray(argument) ? argument : [argument];
    if (name === 'Fn::And') return list.every((one) => holds(one, scope));
    if (name === 'Fn::Or') return list.some((one) => holds(one, scope));
    if (name === 'Fn::Not') return !holds(list[0] ?? null, scope);
  }
  return String(evaluate(value, scope)) === 'true';
}
