/** Intrinsic functions: what a value of a template stands for. Source: CloudFormation Template Reference, "Intrinsic functions". */
import { templateError, templateFormat, unsupportedFunction } from '../errors.ts';
import { MADE_MAX } from '../limits.ts';
import { cidrs } from './cidr.ts';
import { memberOf } from './member.ts';
import type { Json, JsonObject } from './parse.ts';

/** Stands for what is known only once a resource is made; change sets meet it. */
export const UNKNOWN = '{{changeSet:KNOWN_AFTER_APPLY}}';

/** Whether a value is known only once a resource is made. */
export function isUnknown(value: Value | undefined): boolean {
  return typeof value === 'string' && value.includes(UNKNOWN);
}

/** `Ref: AWS::NoValue`: whatever it is given to is as if it weren't there. */
export const NO_VALUE = Symbol('AWS::NoValue');

export type Value = Json | typeof NO_VALUE;

/** Which output of another stack Fn::GetStackOutput asks for. */
export type OutputAsked = { StackName: string; OutputName: string; Region?: string; RoleArn?: string };

/** What a template's functions may refer to. */
export type Scope = {
  mappings: JsonObject;
  conditions: JsonObject;
  /** A parameter or pseudo parameter; undefined where there is none of this name. */
  parameter(name: string): Json | undefined;
  /** What Ref gives of a resource; undefined where there is none of this name. */
  reference(name: string): Json | undefined;
  /** @throws {ServiceError} for an attribute that is not there */
  attribute(name: string, attribute: string): Json;
  /** An export of another stack. */
  imported(name: string): Json;
  /** An output of another stack, of any Region. */
  output(asked: OutputAsked): Json;
  zones(region: string): string[];
};

type Evaluate = (argument: Json, scope: Scope) => Value;

const FUNCTIONS: { readonly [name: string]: Evaluate } = {
  Ref(argument, scope) {
    const name = text(argument, 'Ref');
    if (name === 'AWS::NoValue') return NO_VALUE;
    const value = scope.parameter(name) ?? scope.reference(name);
    if (value === undefined)
      throw templateError(`Unresolved resource dependencies [${name}] in the Resources block of the template`);
    return value;
  },
  'Fn::GetAtt'(argument, scope) {
    const parts = typeof argument === 'string' ? splitOnce(argument) : argument;
    const [name, attribute] = Array.isArray(parts) ? parts : [];
    if (typeof name !== 'string' || attribute === undefined || name === '')
      throw templateError(
        'every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute',
      );
    return scope.attribute(name, text(evaluate(attribute, scope), 'Fn::GetAtt'));
  },
  'Fn::Sub'(argument, scope) {
    const [template, given = {}] = Array.isArray(argument) ? argument : [argument];
    if (typeof template !== 'string' || given === null || typeof given !== 'object' || Array.isArray(given))
      throw templateError(
        "One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a string as first argument, and an optional second argument to specify a mapping of values to replace in the string",
      );
    const variables = given;
    bounded(template, scope);
    return template.replace(SUBSTITUTION, (_, literal: string, name: string) => {
      if (literal === '!') return `\${${name}}`;
      const key = name.trim();
      if (Object.hasOwn(variables, key)) return bounded(scalarText(evaluate(variables[key] ?? null, scope)), scope);
      const dot = key.indexOf('.');
      const value = dot === -1 ? FUNCTIONS.Ref?.(key, scope) : scope.attribute(key.slice(0, dot), key.slice(dot + 1));
      return value === NO_VALUE || value === undefined ? '' : bounded(scalarText(value), scope);
    });
  },
  'Fn::Join'(argument, scope) {
    const [delimiter, list] = pair(argument, 'Fn::Join');
    const items = evaluate(list, scope);
    if (isUnknown(items)) return UNKNOWN;
    if (!Array.isArray(items)) throw templateError(PAIRS['Fn::Join']);
    const between = text(evaluate(delimiter, scope), 'Fn::Join');
    // Before it is made, for it may be large.
    if (between.length * items.length > MADE_MAX) throw templateError('Fn::Join makes too long a text');
    return bounded(items.map(scalarText).join(between), scope);
  },
  'Fn::Split'(argument, scope) {
    const [delimiter, source] = pair(argument, 'Fn::Split');
    const whole = text(evaluate(source, scope), 'Fn::Split');
    return isUnknown(whole) ? UNKNOWN : whole.split(text(evaluate(delimiter, scope), 'Fn::Split'));
  },
  'Fn::Select'(argument, scope) {
    const [index, list] = pair(argument, 'Fn::Select');
    const items = evaluate(list, scope);
    const given = evaluate(index, scope);
    if (isUnknown(items) || isUnknown(given)) return UNKNOWN;
    const at = Number(text(given, 'Fn::Select'));
    const item = Array.isArray(items) ? items[at] : undefined;
    if (item === undefined || !Number.isInteger(at))
      throw templateError(`Fn::Select cannot select nonexistent value at index ${at}`);
    return item;
  },
  'Fn::FindInMap'(argument, scope) {
    if (!Array.isArray(argument) || argument.length < 3) throw templateError(FIND_IN_MAP);
    const [map, top, second] = argument.slice(0, 3).map((one) => text(evaluate(one, scope), 'Fn::FindInMap')) as [
      string,
      string,
      string,
    ];
    const mapping = memberOf(scope.mappings, map) as JsonObject | undefined;
    const found = memberOf(memberOf(mapping, top) as JsonObject | undefined, second);
    if (found !== undefined) return found;
    const otherwise = (argument[3] as JsonObject | undefined)?.DefaultValue;
    if (otherwise !== undefined) return evaluateMaybe(otherwise, scope);
    if (mapping === undefined)
      throw templateError(`Mapping named '${map}' is not present in the 'Mappings' section of template.`);
    throw templateError(`Unable to get mapping for ${map}::${top}::${second}`);
  },
  'Fn::Base64': (argument, scope) =>
    bounded(Buffer.from(text(evaluate(argument, scope), 'Fn::Base64')).toString('base64'), scope),
  'Fn::Cidr'(argument, scope) {
    const [block, count, bits] = (Array.isArray(argument) ? argument : []).map((one) => evaluate(one, scope));
    if ([block, count, bits].some(isUnknown)) return UNKNOWN;
    const [address = '', blocks = '', rest = ''] = [block, count, bits].map((one) => scalarText(one ?? ''));
    return cidrs(address, blocks, rest === '' ? undefined : Number(rest));
  },
  'Fn::GetAZs'(argument, scope) {
    const region = scalarText(evaluate(argument, scope));
    if (isUnknown(region)) return UNKNOWN;
    return scope.zones(region === '' ? String(scope.parameter('AWS::Region')) : region);
  },
  'Fn::ImportValue'(argument, scope) {
    const name = text(evaluate(argument, scope), 'Fn::ImportValue');
    return isUnknown(name) ? UNKNOWN : scope.imported(name);
  },
  'Fn::GetStackOutput'(argument, scope) {
    const given = evaluate(argument, scope);
    if (given === null || typeof given !== 'object' || Array.isArray(given))
      throw templateError('Fn::GetStackOutput requires an object with StackName and OutputName');
    const asked = Object.fromEntries(
      Object.entries(given).map(([name, value]) => [name, text(value, 'Fn::GetStackOutput')]),
    );
    if (Object.values(asked).some(isUnknown)) return UNKNOWN;
    const { StackName = '', OutputName = '' } = asked;
    if (StackName === '' || OutputName === '')
      throw templateError('Fn::GetStackOutput requires an object with StackName and OutputName');
    return scope.output({ ...asked, StackName, OutputName });
  },
  'Fn::If'(argument, scope) {
    if (!Array.isArray(argument) || argument.length !== 3)
      throw templateError('Fn::If requires a list argument with three elements');
    const [name, yes = null, no = null] = argument;
    return evaluateMaybe(condition(text(name ?? null, 'Fn::If'), scope, 'Resources') ? yes : no, scope);
  },
  'Fn::Equals'(argument, scope) {
    const [a, b] = pair(argument, 'Fn::Equals').map((one) => evaluate(one, scope));
    return typeof a === 'object' || typeof b === 'object'
      ? JSON.stringify(a) === JSON.stringify(b)
      : String(a) === String(b);
  },
  'Fn::And': (argument, scope) => several(argument, 'Fn::And').every((one) => truth(one, scope)),
  'Fn::Or': (argument, scope) => several(argument, 'Fn::Or').some((one) => truth(one, scope)),
  'Fn::Not': (argument, scope) => !truth(several(argument, 'Fn::Not')[0] ?? null, scope),
  'Fn::Length'(argument, scope) {
    const list = evaluate(argument, scope);
    if (isUnknown(list)) return UNKNOWN;
    if (!Array.isArray(list)) throw templateError('Fn::Length requires a list');
    return list.length;
  },
  'Fn::ToJsonString': (argument, scope) => bounded(JSON.stringify(evaluate(argument, scope)), scope),
};

const FIND_IN_MAP =
  'every Fn::FindInMap object requires three parameters, the map name, map key and the attribute for return value';
/** What AWS::LanguageExtensions brings. */
const EXTENSIONS = new Set(['Fn::Length', 'Fn::ToJsonString']);
const PLAIN = Object.keys(FUNCTIONS).filter((name) => !EXTENSIONS.has(name));

/**
 * Without AWS::LanguageExtensions there are fewer functions.
 *
 * Source: CloudFormation Template Reference, "Fn::Length", "Fn::ToJsonString", "Fn::FindInMap": enhancements; aws-cloudformation/cfn-language-discussion, issue 143, for the text.
 *
 * @throws {ServiceError} ValidationError
 */
export function refuseExtensions(value: Json): void {
  if (value === null || typeof value !== 'object') return;
  const [name = '', ...others] = Object.keys(value);
  if (!Array.isArray(value) && others.length === 0) {
    if (EXTENSIONS.has(name)) throw unsupportedFunction(name, PLAIN);
    const argument = value[name];
    if (name === 'Fn::FindInMap' && Array.isArray(argument) && argument.length > 3) throw templateError(FIND_IN_MAP);
  }
  for (const member of Object.values(value)) refuseExtensions(member);
}

const SUBSTITUTION = /\$\{(!?)([^{}]*)\}/g;
const VARIABLE = /^[\w.:]*$/;

/** What a value stands for; `AWS::NoValue` takes away the member or item that it is given to. */
export function evaluateMaybe(value: Json, scope: Scope): Value {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item) => evaluateMaybe(item, scope)).filter((item) => item !== NO_VALUE);
  const call = functionOf(value);
  if (call !== undefined) return call.evaluate(call.argument, scope);
  const entries: [string, Json][] = [];
  for (const [name, member] of Object.entries(value)) {
    const result = evaluateMaybe(member, scope);
    if (result !== NO_VALUE) entries.push([name, result]);
  }
  return Object.fromEntries(entries);
}

/** The same where there must be a value. */
export function evaluate(value: Json, scope: Scope): Json {
  const result = evaluateMaybe(value, scope);
  return result === NO_VALUE ? '' : result;
}

/** Conditions that are known, or (`open`) being found out, one within the other. They depend on parameters alone, so once is enough. */
const known = new WeakMap<Scope, { results: Map<string, boolean>; open: Set<string> }>();
/** Deeper than any template's, and less than this process can follow. */
const OPEN_MAX = 500;

/**
 * Whether a condition of the template holds.
 *
 * @param block where it is asked for
 */
export function condition(name: string, scope: Scope, block: 'Conditions' | 'Resources' = 'Conditions'): boolean {
  const given = memberOf(scope.conditions, name);
  if (given === undefined)
    throw templateFormat(`Unresolved condition dependency ${name} in the ${block} block of the template`);
  const { results, open } = known.get(scope) ?? { results: new Map<string, boolean>(), open: new Set<string>() };
  known.set(scope, { results, open });
  const before = results.get(name);
  if (before !== undefined) return before;
  if (open.has(name)) throw templateError(`Circular dependency between conditions: [${[...open].join(', ')}]`);
  if (open.size >= OPEN_MAX) throw templateError(`more than ${OPEN_MAX} conditions depend on each other`);
  open.add(name);
  const result = truth(given, scope);
  open.delete(name);
  results.set(name, result);
  return result;
}

/** Characters that functions have made. */
const made = new WeakMap<Scope, number>();

/** What functions make of a small template could be far larger than it. @throws {ServiceError} ValidationError */
function bounded(text: string, scope: Scope): string {
  const total = (made.get(scope) ?? 0) + text.length;
  made.set(scope, total);
  if (total > MADE_MAX) throw templateError(`the functions of the template make more than ${MADE_MAX} characters`);
  return text;
}

/** The names that a value refers to by Ref, GetAtt and Sub: what has to be there before it. */
export function referencesOf(value: Json): string[] {
  return [...new Set([...refsOf(value), ...attributesOf(value).map(([name]) => name)])];
}

/** The names of which a value takes what Ref gives. */
export function refsOf(value: Json): string[] {
  return [...new Set(usesOf(value).flatMap(({ name, attribute }) => (attribute === undefined ? [name] : [])))];
}

/** The attributes that a value takes, with the resources they are of. */
export function attributesOf(value: Json): [string, string][] {
  return usesOf(value).flatMap(({ name, attribute }): [string, string][] =>
    attribute === undefined ? [] : [[name, attribute]],
  );
}

type Use = { name: string; attribute?: string };

function usesOf(value: Json): Use[] {
  const uses: Use[] = [];
  const visit = (one: Json): void => {
    if (one === null || typeof one !== 'object') return;
    if (Array.isArray(one)) {
      for (const item of one) visit(item);
      return;
    }
    const { Ref: ref, 'Fn::GetAtt': getAtt, 'Fn::Sub': sub } = one;
    if (typeof ref === 'string') uses.push({ name: ref });
    if (getAtt !== undefined) {
      const parts = typeof getAtt === 'string' ? splitOnce(getAtt) : getAtt;
      const [name = '', attribute] = Array.isArray(parts) ? parts : [];
      uses.push({ name: scalarText(name), attribute: typeof attribute === 'string' ? attribute : '' });
    }
    const [template, own] = Array.isArray(sub) ? sub : [sub, {}];
    if (typeof template === 'string')
      for (const [, literal, raw = ''] of template.matchAll(SUBSTITUTION)) {
        if (literal !== '!' && !VARIABLE.test(raw.trim()))
          throw templateError(
            'variable names in Fn::Sub syntax must contain only alphanumeric characters, underscores, periods, and colons',
          );
        const [name = '', attribute] = splitOnce(raw.trim());
        if (literal !== '!' && !Object.hasOwn((own ?? {}) as JsonObject, raw.trim()))
          uses.push({ name, ...(attribute !== undefined && { attribute }) });
      }
    for (const member of Object.values(one)) visit(member);
  };
  visit(value);
  return uses;
}

function functionOf(value: JsonObject): { evaluate: Evaluate; argument: Json } | undefined {
  const [name, ...others] = Object.keys(value);
  if (name === undefined || others.length > 0) return undefined;
  const argument = value[name] ?? null;
  const known = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  if (known !== undefined) return { evaluate: known, argument };
  if (name.startsWith('Fn::')) throw unsupportedFunction(name, PLAIN);
  return undefined;
}

function truth(value: Json, scope: Scope): boolean {
  if (value !== null && typeof value === 'object' && !Array.isArray(value) && typeof value.Condition === 'string')
    return condition(value.Condition, scope);
  return scalarText(evaluate(value, scope)) === 'true';
}

/** What is said of functions that have not the two arguments that they take. */
const PAIRS = {
  'Fn::Equals': 'every Fn::Equals object requires a list of 2 string parameters.',
  'Fn::Join':
    'every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined.',
  'Fn::Select': 'Fn::Select requires a list argument with two elements: an integer index and a list',
  'Fn::Split':
    'every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to be split or a function that returns a string to be split.',
} as const;

function pair(argument: Json, name: keyof typeof PAIRS): [Json, Json] {
  if (Array.isArray(argument) && argument.length === 2) return [argument[0] ?? null, argument[1] ?? null];
  throw templateError(PAIRS[name]);
}

function several(argument: Json, name: 'Fn::And' | 'Fn::Or' | 'Fn::Not'): Json[] {
  const [least, most] = name === 'Fn::Not' ? [1, 1] : [2, 10];
  if (Array.isArray(argument) && argument.length >= least && argument.length <= most) return argument;
  throw templateError(
    name === 'Fn::Not'
      ? `every ${name} object requires one boolean parameter.`
      : `every ${name} object requires a list of at least ${least} and at most ${most} boolean parameters.`,
  );
}

function text(value: Json, name: string): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw templateError(`${name} expects a string`);
}

/** The text of a value: nothing of its own says how it is written. */
export function scalarText(value: Json): string {
  if (value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function splitOnce(name: string): string[] {
  const dot = name.indexOf('.');
  return dot === -1 ? [name] : [name.slice(0, dot), name.slice(dot + 1)];
}
