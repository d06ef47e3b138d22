/** A template's parameters: the values that a request gives, checked against what the template declares. */
import { matchesPattern, utf8Length } from '#kernel/base';
import { invalid, parameterTooLong, templateFormat } from '../errors.ts';
import { PARAMETER_BYTES_MAX } from '../limits.ts';
import { scalarText, UNKNOWN } from './evaluate.ts';
import { memberOf } from './member.ts';
import type { Json } from './parse.ts';
import type { ParameterDeclaration, Template } from './template.ts';

export type GivenParameter = {
  ParameterKey?: string | undefined;
  ParameterValue?: string | undefined;
  UsePreviousValue?: boolean | undefined;
};

/** Types whose values are names of things in the account. Source: CloudFormation User Guide, "CloudFormation-supplied parameter types". */
const NAMED =
  'AWS::(?:EC2::(?:AvailabilityZone::Name|KeyPair::KeyName|SecurityGroup::GroupName|(?:Image|Instance|SecurityGroup|Subnet|Volume|VPC)::Id)|Route53::HostedZone::Id)';
const OF_SSM = `String|CommaDelimitedList|${NAMED}|List<(?:String|${NAMED})>`;
const TYPE = new RegExp(
  `^(?:${OF_SSM}|Number|List<Number>|AWS::SSM::Parameter::Name|AWS::SSM::Parameter::Value<(?:${OF_SSM})>)$`,
);
const SSM_VALUE = /^AWS::SSM::Parameter::Value<(.+)>$/;

/**
 * The values of all parameters, as texts.
 *
 * @throws {ServiceError} ValidationError
 */
export function parameterValues(
  template: Template,
  given: readonly GivenParameter[],
  before: { readonly [name: string]: string },
): { [name: string]: string } {
  const values: { [name: string]: string } = {};
  const byName = new Map(given.map((one) => [one.ParameterKey ?? '', one]));
  const unknown = [...byName.keys()].filter((name) => !template.parameters.has(name));
  if (unknown.length > 0) throw invalid(`Parameters: [${unknown.join(', ')}] do not exist in the template`);
  const missing: string[] = [];
  for (const [name, declaration] of template.parameters) {
    if (!TYPE.test(declaration.type)) throw templateFormat(`Unrecognized parameter type: ${declaration.type}`);
    const one = byName.get(name);
    const value =
      one?.UsePreviousValue === true ? memberOf(before, name) : (one?.ParameterValue ?? declaration.fallback);
    if (value === undefined) missing.push(name);
    else {
      // What a change set of the stack above can't know yet is checked once it can.
      if (!SSM_VALUE.test(declaration.type) && !value.includes(UNKNOWN)) checkValue(name, value, declaration);
      values[name] = value;
    }
  }
  if (missing.length > 0) throw invalid(`Parameters: [${missing.join(', ')}] must have values`);
  return values;
}

/** The names of the SSM parameters whose values are asked for, by the template's name for them. */
export function ssmParameters(template: Template, values: { readonly [name: string]: string }): [string, string][] {
  return [...template.parameters]
    .filter(([, { type }]) => SSM_VALUE.test(type))
    .map(([name]) => [name, memberOf(values, name) ?? '']);
}

/** The SSM parameters of which a template takes the names: they are there, too. */
export function ssmNames(template: Template, values: { readonly [name: string]: string }): string[] {
  return [...template.parameters].flatMap(([name, { type }]) =>
    type === 'AWS::SSM::Parameter::Name' ? (memberOf(values, name) ?? []) : [],
  );
}

/** What Ref gives of a parameter: a list where its type says so. */
export function parameterJson(declaration: ParameterDeclaration, value: string): Json {
  const type = SSM_VALUE.exec(declaration.type)?.[1] ?? declaration.type;
  return type === 'CommaDelimitedList' || type.startsWith('List<')
    ? value.split(',').map((item) => item.trim())
    : value;
}

function checkValue(name: string, value: string, { type, declared }: ParameterDeclaration): void {
  const described = declared.ConstraintDescription;
  const fail = (usual: string) =>
    invalid(typeof described === 'string' ? `Parameter ${name} failed to satisfy constraint: ${described}` : usual);
  if (utf8Length(value) > PARAMETER_BYTES_MAX) throw parameterTooLong(name, PARAMETER_BYTES_MAX);
  const items =
    type === 'CommaDelimitedList' || type.startsWith('List<') ? value.split(',').map((one) => one.trim()) : [value];
  const { AllowedValues: allowed, AllowedPattern: pattern } = declared;
  if (Array.isArray(allowed) && !items.every((item) => allowed.some((one) => scalarText(one) === item)))
    throw fail(`Parameter '${name}' must be one of AllowedValues`);
  if (typeof pattern === 'string' && !items.every((item) => matches(item, pattern)))
    throw fail(`Parameter ${name} failed to satisfy constraint: Parameter '${name}' must match pattern ${pattern}`);
  for (const item of items) {
    if (type === 'Number' || type === 'List<Number>') {
      if (item === '' || Number.isNaN(Number(item))) throw invalid(`Parameter '${name}' must be a number.`);
      if (declared.MinValue !== undefined && Number(item) < Number(declared.MinValue))
        throw fail(`Parameter '${name}' must be a number not less than ${String(declared.MinValue)}`);
      if (declared.MaxValue !== undefined && Number(item) > Number(declared.MaxValue))
        throw fail(`Parameter '${name}' must be a number not greater than ${String(declared.MaxValue)}`);
    } else {
      if (declared.MinLength !== undefined && item.length < Number(declared.MinLength))
        throw fail(`Parameter '${name}' must contain at least ${String(declared.MinLength)} characters`);
      if (declared.MaxLength !== undefined && item.length > Number(declared.MaxLength))
        throw fail(`Parameter '${name}' must contain at most ${String(declared.MaxLength)} characters`);
    }
  }
}

/** Source: CloudFormation User Guide, "Parameters": AllowedPattern is anchored at both ends. */
function matches(value: string, pattern: string): boolean {
  try {
    return matchesPattern(pattern, value);
  } catch {
    throw invalid(`Invalid AllowedPattern: ${pattern}`);
  }
}
