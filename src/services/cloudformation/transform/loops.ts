/**
 * AWS::LanguageExtensions: loops are written out, and so are names that functions make for Ref and Fn::GetAtt. Its other functions are always there.
 *
 * @see Template Reference, "Fn::ForEach", "Ref" and "Fn::GetAtt", Supported functions
 */
import { evaluate, evaluateMaybe, NO_VALUE, type Scope } from '../domain/evaluate.ts';
import type { Json, JsonObject } from '../domain/parse.ts';
import { templateError } from '../errors.ts';
import { EXPANDED_MAX, MADE_MAX } from '../limits.ts';

const LOOP = /^Fn::ForEach::[A-Za-z0-9]+$/;

/** What loops may still make: values, and characters of them. */
type Budget = { left: number; text: number };

/** @throws {ServiceError} ValidationError */
export function expandLoops(template: JsonObject, scope: Scope): JsonObject {
  const expanded = expand(template, new Map(), scope, { left: EXPANDED_MAX, text: MADE_MAX }) as JsonObject;
  const sections = ['Resources', 'Outputs'].flatMap((name): [string, Json][] => {
    const members = expanded[name];
    return isFunction(members) ? [[name, mapped(members, (one) => conditioned(one, scope))]] : [];
  });
  return { ...expanded, ...Object.fromEntries(sections) };
}

const mapped = (members: JsonObject, change: (one: Json) => Json): JsonObject =>
  Object.fromEntries(Object.entries(members).map(([name, one]) => [name, change(one)]));

/** With the condition that a function stands for, if any. Source: CloudFormation Template Reference, "Fn::ForEach": examples, AWS::EC2::NatGateway. */
function conditioned(declared: Json, scope: Scope): Json {
  if (!isFunction(declared) || !isFunction(declared.Condition)) return declared;
  const { Condition, ...rest } = declared;
  const name = evaluateMaybe(Condition, scope);
  return name === NO_VALUE ? rest : { ...rest, Condition: name };
}

function expand(value: Json, names: ReadonlyMap<string, string>, scope: Scope, budget: Budget): Json {
  budget.left -= 1;
  if (budget.left < 0) throw templateError(`Fn::ForEach makes more than ${EXPANDED_MAX} values`);
  if (typeof value === 'string') return substituted(value, names, budget);
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item) => expand(item, names, scope, budget));
  const { Ref: ref } = value;
  if (typeof ref === 'string' && names.has(ref) && Object.keys(value).length === 1) return names.get(ref) ?? '';
  const made = Object.entries(value).flatMap(([name, member]): [string, Json][] =>
    LOOP.test(name)
      ? repeated(name, member, names, scope, budget)
      : [[substituted(name, names, budget), expand(member, names, scope, budget)]],
  );
  return named(Object.fromEntries(made), scope);
}

/** Ref and Fn::GetAtt with the names that functions of parameters stand for. */
function named(value: JsonObject, scope: Scope): JsonObject {
  const { Ref: ref, 'Fn::GetAtt': parts } = value;
  if (Object.keys(value).length !== 1) return value;
  if (isFunction(ref)) return { Ref: evaluate(ref, scope) };
  if (!Array.isArray(parts)) return value;
  return { 'Fn::GetAtt': parts.map((part) => (isFunction(part) ? evaluate(part, scope) : part)) };
}

const isFunction = (value: Json | undefined): value is JsonObject =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

function repeated(
  name: string,
  loop: Json,
  names: ReadonlyMap<string, string>,
  scope: Scope,
  budget: Budget,
): [string, Json][] {
  const [identifier, collection, body] = Array.isArray(loop) ? loop : [];
  if (typeof identifier !== 'string' || collection === undefined || body === null || typeof body !== 'object')
    throw templateError(`${name} needs an identifier, a collection and what is to be repeated`);
  const items = evaluate(expand(collection, names, scope, budget), scope);
  if (!Array.isArray(items)) throw templateError(`${name}: the collection must be a list`);
  return items.flat().flatMap((item) => {
    if (item !== null && typeof item === 'object')
      throw templateError(`${name}: the collection must be a list of texts`);
    const inner = new Map([...names, [identifier, String(item)]]);
    return Object.entries(expand(body as JsonObject, inner, scope, budget) as JsonObject);
  });
}

/** `${Name}`, and `&{Name}` for what a logical id may consist of. */
function substituted(text: string, names: ReadonlyMap<string, string>, budget: Budget): string {
  if (names.size === 0) return text;
  return text.replace(/([$&])\{(\w+)\}/g, (whole, kind: string, name: string) => {
    const value = names.get(name);
    if (value === undefined) return whole;
    budget.text -= value.length;
    if (budget.text < 0) throw templateError(`Fn::ForEach makes more than ${MADE_MAX} characters`);
    return kind === '&' ? value.replace(/[^A-Za-z0-9]/g, '') : value;
  });
}
