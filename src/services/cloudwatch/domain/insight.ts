/** Contributor Insights rules: which contributors a log event tells of. Source: CloudWatch User Guide, "Contributor Insights rule syntax reference". */
import { badDefinition, badRuleKey, tooManyRuleKeys, unreadableRule } from '../errors.ts';

export type InsightRule = {
  aggregateOn: 'Count' | 'Sum';
  keys: string[];
  /** Of what the sum is; without it, of the events. */
  amount: string | undefined;
  filters: Filter[];
  format: 'JSON' | 'CLF';
  /** Names of a line's fields by their position, from 1. */
  fields: { [position: string]: string };
  groups: GroupName[];
};
/** Log groups of a name, whose last character may be `*`; of this account and Region where none are named. */
type GroupName = { name: string; account?: string; region?: string };
type Filter = { match: string; holds: (value: unknown) => boolean };
/** What one event adds: its contributor, and how much. */
export type Share = { keys: string[]; value: number };

const MEMBERS = new Set([
  'Schema',
  'LogGroupNames',
  'LogGroupARNs',
  'LogFormat',
  'Fields',
  'Contribution',
  'AggregateOn',
]);
const KEYS_MAX = 4;
const FILTERS_MAX = 4;
const VALUES_MAX = 10;

/** Source: CloudWatch API Reference, InsightRule. */
export const LOG_SCHEMA = { Name: 'CloudWatchLogRule', Version: 1 };
export const SERVICE_SCHEMA = { Name: 'ServiceLogRule', Version: 1 };

/** What is asked of a new rule, beyond what one that is kept must have. @throws {ServiceError} InvalidParameterValueException */
export function checkDefinition(text: string): void {
  const given = parsed(text);
  if (given === undefined) throw unreadableRule();
  const unknown = Object.keys(objectOf(given, 'it is not a JSON object')).find((key) => !MEMBERS.has(key));
  if (unknown !== undefined) throw badRuleKey('UnknownKey', unknown);
  parseDefinition(text);
  const { Contribution: contribution } = given as { readonly Contribution?: unknown };
  if (objectOf(contribution, 'Contribution is missing').Filters === undefined)
    throw badRuleKey('MissingKey', 'Filters');
}

/** @throws {ServiceError} InvalidParameterValueException */
export function parseDefinition(text: string): InsightRule {
  const given = objectOf(parsed(text), 'it is not a JSON object');
  const schema = objectOf(given.Schema, 'Schema is missing');
  if (schema.Name !== 'CloudWatchLogRule' || schema.Version !== 1) throw badRuleKey('InvalidSchema', 'Schema');
  const { AggregateOn: aggregateOn, LogFormat: format } = given;
  if (aggregateOn !== 'Count' && aggregateOn !== 'Sum') throw badDefinition('AggregateOn must be Count or Sum');
  if (format !== 'JSON' && format !== 'CLF') throw badRuleKey('InvalidValueType', 'LogFormat');
  const contribution = objectOf(given.Contribution, 'Contribution is missing');
  const keys = textsOf(contribution.Keys ?? [], 'Keys');
  if (keys.length === 0) throw badDefinition('Keys must have at least one entry');
  const { ValueOf: amount, Filters: filters = [] } = contribution;
  if (keys.length > KEYS_MAX) throw tooManyRuleKeys(KEYS_MAX);
  if (amount !== undefined && typeof amount !== 'string') throw badDefinition('ValueOf must be a string');
  if (!Array.isArray(filters) || filters.length > FILTERS_MAX)
    throw badDefinition(`Filters must be a list of up to ${FILTERS_MAX}`);
  const groups = groupsOf(given);
  const fields = Object.entries(objectOf(given.Fields ?? {}, 'Fields must be an object'));
  if (fields.some(([position, name]) => !/^[1-9]\d*$/.test(position) || typeof name !== 'string'))
    throw badDefinition('Fields must name positions from 1 on');
  const byPosition = Object.fromEntries(fields.map(([position, name]) => [position, String(name)]));
  return { aggregateOn, format, keys, amount, filters: filters.map(filterOf), fields: byPosition, groups };
}

/** Source: the same page: either names, or ARNs `arn:aws:logs:us-west-1:*:log-group/MyLogGroupName2`. */
function groupsOf({ LogGroupNames, LogGroupARNs }: { readonly [name: string]: unknown }): GroupName[] {
  const names = textsOf(LogGroupNames ?? [], 'LogGroupNames');
  const arns = textsOf(LogGroupARNs ?? [], 'LogGroupARNs');
  if (LogGroupNames !== undefined && names.length === 0 && arns.length === 0)
    throw badRuleKey('Empty', 'LogGroupNames');
  if (names.length > 0 === arns.length > 0) throw badDefinition('either LogGroupNames or LogGroupARNs is required');
  return [...names.map((name) => ({ name })), ...arns.map(groupOfArn)];
}

function groupOfArn(arn: string): GroupName {
  const [, region, account, name] = /^arn:[\w-]+:logs:([\w-]+):(\*|\d{12}):log-group[:/](.+?)(?::\*)?$/.exec(arn) ?? [];
  if (region === undefined || account === undefined || name === undefined)
    throw badDefinition(`${arn} is not the ARN of a log group`);
  return { name, region, ...(account !== '*' && { account }) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function objectOf(value: unknown, why: string): { readonly [name: string]: unknown } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badDefinition(why);
  return value as { readonly [name: string]: unknown };
}

function textsOf(value: unknown, name: string): string[] {
  if (!Array.isArray(value) || value.some((one) => typeof one !== 'string' || one === ''))
    throw badDefinition(`${name} must be a list of strings`);
  return value as string[];
}

type Test = (value: unknown, given: unknown) => boolean;
const isIn: Test = (value, given) => (given as unknown[]).some((one) => String(one) === String(value));
const isNumber = (value: unknown) => value !== null && value !== '' && Number.isFinite(Number(value));

const TESTS: { readonly [name: string]: { takes: 'list' | 'number' | 'boolean'; holds: Test } } = {
  In: { takes: 'list', holds: (value, given) => value !== undefined && isIn(value, given) },
  NotIn: { takes: 'list', holds: (value, given) => value !== undefined && !isIn(value, given) },
  StartsWith: {
    takes: 'list',
    holds: (value, given) => (given as unknown[]).some((one) => String(value ?? '').startsWith(String(one))),
  },
  GreaterThan: { takes: 'number', holds: (value, given) => isNumber(value) && Number(value) > Number(given) },
  LessThan: { takes: 'number', holds: (value, given) => isNumber(value) && Number(value) < Number(given) },
  EqualTo: { takes: 'number', holds: (value, given) => isNumber(value) && Number(value) === Number(given) },
  NotEqualTo: { takes: 'number', holds: (value, given) => isNumber(value) && Number(value) !== Number(given) },
  // Source: the same page: it looks at leaves alone.
  IsPresent: {
    takes: 'boolean',
    holds: (value, given) => (given === true ? value !== undefined && typeof value !== 'object' : value === undefined),
  },
};

function filterOf(value: unknown): Filter {
  const { Match: match, ...rest } = objectOf(value, 'a filter must be an object');
  const [[name = '', given] = [], more] = Object.entries(rest);
  const test = Object.hasOwn(TESTS, name) ? TESTS[name] : undefined;
  if (typeof match !== 'string' || test === undefined || more !== undefined)
    throw badDefinition(`a filter takes Match and one of ${Object.keys(TESTS).join(', ')}`);
  const isRight =
    test.takes === 'list'
      ? Array.isArray(given) && given.length > 0 && given.length <= VALUES_MAX
      : test.takes === 'number'
        ? isNumber(given)
        : typeof given === 'boolean';
  if (!isRight) throw badDefinition(`${name} does not take that value`);
  return { match, holds: (found) => test.holds(found, given) };
}

/** What an event adds; nothing where a filter does not let it pass, a key is missing, or its value is no number. */
export function shareOf(rule: InsightRule, message: string): Share | undefined {
  const read = rule.format === 'JSON' ? jsonReader(message) : lineReader(message, rule.fields);
  if (read === undefined || !rule.filters.every(({ match, holds }) => holds(read(match)))) return undefined;
  const keys = rule.keys.map(read);
  if (keys.includes(undefined)) return undefined;
  const value = rule.aggregateOn === 'Count' || rule.amount === undefined ? 1 : read(rule.amount);
  return isNumber(value) ? { keys: keys.map(textOf), value: Number(value) } : undefined;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

type Read = (selector: string) => unknown;

/** `$.user.ids[0]`. */
function jsonReader(message: string): Read | undefined {
  const document = parsed(message);
  if (typeof document !== 'object' || document === null) return undefined;
  return (selector) => {
    let value: unknown = document;
    for (const [, name, index] of selector.matchAll(/\.([^.[\]]+)|\[(\d+)\]/g)) {
      const key = name ?? index ?? '';
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
      value = (value as Record<string, unknown>)[key];
    }
    return value;
  };
}

/** Fields between spaces, in quotes or brackets where they have spaces; by name, or position from 1. */
function lineReader(message: string, fields: InsightRule['fields']): Read {
  const parts = [...message.matchAll(/"((?:[^"\\]|\\.)*)"|\[([^\]]*)\]|(\S+)/g)].map(
    ([, quoted, bracketed, bare]) => quoted ?? bracketed ?? bare,
  );
  const positions = new Map(Object.entries(fields).map(([position, name]) => [name, Number(position)]));
  return (selector) => parts[(positions.get(selector) ?? Number(selector)) - 1];
}
