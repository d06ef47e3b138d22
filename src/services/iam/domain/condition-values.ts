/** Values that an operator of a condition can't take. Source: badmintoncryer/cdk-preflight, what IAM was seen to accept and refuse. */
import { hasBadDate, parseRange } from '#kernel/identity';
import { malformedPolicy } from '../errors.ts';

type Statements = readonly { conditions: readonly { operator: string; values: readonly string[] }[] }[];

export const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;
export const BASE64 = /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** @throws {ServiceError} MalformedPolicyDocument */
export function checkValues(statements: Statements): void {
  for (const { conditions } of statements)
    for (const { operator, values } of conditions) {
      const name = operator.toLowerCase().replace(/^for(all|any)values?:/, '');
      for (const value of values) {
        if (name.startsWith('binaryequals') && !BASE64.test(value)) throw malformedPolicy('Syntax errors in policy.');
        if (!isTaken(name, value)) throw malformedPolicy('The policy failed legacy parsing');
      }
    }
}

/** Deviation: of values with policy variables, and of ARNs with wildcards, all are taken; only some of AWS's answers are known. */
function isTaken(operator: string, value: string): boolean {
  if (operator.startsWith('numeric')) return value.includes('${') || DECIMAL.test(value);
  if (/^(not)?ipaddress/.test(operator)) return value.includes('${') || parseRange(value) !== undefined;
  if (operator.startsWith('arn')) return /[*?]|\$\{/.test(value) || /^arn(:[^:]*){4}:/.test(value);
  return !hasBadDate({ operator, values: [value] });
}
