/** The condition operators: how one value of a policy becomes a test of one value of a request. */

import { parseDate } from './dates.ts';
import type { ValueTest } from './document.ts';
import { liesInRange, parseAddress, parseRange } from './network.ts';
import { compileTemplate, matchesTemplate, splitArnTemplate } from './variables.ts';

export type Operator = {
  /** Negated operators hold when no test matches, and when the key is missing. */
  negated: boolean;
  /** `variables`: the policy's version knows them. */
  compile: (value: string, variables: boolean) => ValueTest;
  /** Whether a value of the request is what the operator compares; those that are not match neither it nor its inverse. */
  reads?: (given: string) => boolean;
  /** Whether a value of the policy is none that can be compared. */
  breaks?: (value: string, variables: boolean) => boolean;
};

type Limits = Pick<Operator, 'reads' | 'breaks'>;

const never: ValueTest = () => false;

/** A decimal as Java reads one, which is what a Numeric condition compares. */
const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

const ARNS: Limits = { reads: isArn, breaks: isNoArn };

const OPERATORS: ReadonlyMap<string, Operator> = new Map([
  ...pair('stringequals', 'stringnotequals', textTest({ wildcards: false, fold: false })),
  ...pair('stringequalsignorecase', 'stringnotequalsignorecase', textTest({ wildcards: false, fold: true })),
  ...pair('stringlike', 'stringnotlike', textTest({ wildcards: true, fold: false })),
  ...pair(
    'numericequals',
    'numericnotequals',
    numberTest((given, wanted) => given === wanted),
  ),
  ...positive(
    'numericlessthan',
    numberTest((given, wanted) => given < wanted),
  ),
  ...positive(
    'numericlessthanequals',
    numberTest((given, wanted) => given <= wanted),
  ),
  ...positive(
    'numericgreaterthan',
    numberTest((given, wanted) => given > wanted),
  ),
  ...positive(
    'numericgreaterthanequals',
    numberTest((given, wanted) => given >= wanted),
  ),
  ...pair(
    'dateequals',
    'datenotequals',
    dateTest((given, wanted) => given === wanted),
  ),
  ...positive(
    'datelessthan',
    dateTest((given, wanted) => given < wanted),
  ),
  ...positive(
    'datelessthanequals',
    dateTest((given, wanted) => given <= wanted),
  ),
  ...positive(
    'dategreaterthan',
    dateTest((given, wanted) => given > wanted),
  ),
  ...positive(
    'dategreaterthanequals',
    dateTest((given, wanted) => given >= wanted),
  ),
  ...positive('bool', boolTest),
  ...positive('binaryequals', binaryTest),
  ...pair('ipaddress', 'notipaddress', addressTest, { reads: isAddress }),
  ...pair('arnequals', 'arnnotequals', arnTest, ARNS),
  ...pair('arnlike', 'arnnotlike', arnTest, ARNS),
]);

/**
 * The operator of a name without its set prefix and IfExists; case doesn't matter.
 *
 * @returns undefined for a name that is none, and for Null, which compares no values
 * @see IAM User Guide, "IAM JSON policy elements: Condition operators"
 */
export function findOperator(name: string): Operator | undefined {
  return OPERATORS.get(name.toLowerCase());
}

function pair(name: string, inverse: string, compile: Operator['compile'], limits: Limits = {}): [string, Operator][] {
  return [
    [name, { negated: false, compile, ...limits }],
    [inverse, { negated: true, compile, ...limits }],
  ];
}

function positive(name: string, compile: Operator['compile']): [string, Operator][] {
  return [[name, { negated: false, compile }]];
}

function textTest(options: { wildcards: boolean; fold: boolean }): Operator['compile'] {
  return (value, variables) => {
    const template = compileTemplate(value, { ...options, variables });
    return (given, context) => matchesTemplate(template, given, context);
  };
}

/** What is not `true`, in any case, is false. Source: radkawar/stackd, measured in 2026. */
function boolTest(value: string, variables: boolean): ValueTest {
  if (variables && value.includes('${')) return textTest({ wildcards: false, fold: true })(value, variables);
  const wanted = isTrue(value);
  return (given) => isTrue(given) === wanted;
}

function isTrue(text: string): boolean {
  return text.toLowerCase() === 'true';
}

/** Values that are no numbers match nothing. */
function numberTest(compare: (given: number, wanted: number) => boolean): Operator['compile'] {
  return (value) => {
    const wanted = parseDecimal(value);
    return (given) => compare(parseDecimal(given), wanted);
  };
}

function parseDecimal(text: string): number {
  return DECIMAL.test(text) ? Number(text) : Number.NaN;
}

function dateTest(compare: (given: number, wanted: number) => boolean): Operator['compile'] {
  return (value) => {
    const wanted = parseDate(value);
    if (wanted === undefined) return never;
    return (given) => compare(parseDate(given) ?? Number.NaN, wanted);
  };
}

/** Both sides are base64; they are compared by the bytes they stand for. */
function binaryTest(value: string): ValueTest {
  const wanted = Buffer.from(value, 'base64').toString('base64');
  return (given) => Buffer.from(given, 'base64').toString('base64') === wanted;
}

function isAddress(given: string): boolean {
  return parseAddress(given) !== undefined;
}

function addressTest(value: string): ValueTest {
  const range = parseRange(value);
  if (range === undefined) return never;
  return (given) => {
    const address = parseAddress(given);
    return address !== undefined && liesInRange(address, range);
  };
}

function isArn(given: string): boolean {
  if (!given.startsWith('arn:')) return false;
  let at = 3;
  for (let part = 0; part < 4; part++) {
    at = given.indexOf(':', at + 1);
    if (at < 0) return false;
  }
  return true;
}

function isNoArn(value: string, variables: boolean): boolean {
  if (value === '*' || (variables && value.includes('${'))) return false;
  return splitArnTemplate(value)?.[0] !== 'arn';
}

/** Each of the six parts is compared by itself, so that a star doesn't reach over a colon. */
function arnTest(value: string, variables: boolean): ValueTest {
  if (value === '*') return () => true;
  const parts = splitArnTemplate(value);
  // One that is a variable, say: what comes of it is compared whole.
  if (parts === undefined) return textTest({ wildcards: true, fold: false })(value, variables);
  const templates = parts.map((part) => compileTemplate(part, { wildcards: true, variables, fold: false }));
  return (given, context) => {
    let from = 0;
    for (const [index, template] of templates.entries()) {
      const colon = index < 5 ? given.indexOf(':', from) : given.length;
      if (colon < 0 || !matchesTemplate(template, given.slice(from, colon), context)) return false;
      from = colon + 1;
    }
    return true;
  };
}
