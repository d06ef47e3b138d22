/** A template's sections, checked as far as can be without its parameters. */
import { invalid, templateFormat, tooMany, tooManyOf } from '../errors.ts';
import {
  DESCRIPTION_MAX,
  MAPPINGS_MAX,
  OUTPUTS_MAX,
  PARAMETER_BYTES_MAX,
  PARAMETERS_MAX,
  RESOURCES_MAX,
} from '../limits.ts';
import {
  checkCondition,
  checkMapping,
  checkOutputValue,
  checkParameterMembers,
  checkPolicies,
  checkRuleFunctions,
} from './declared.ts';
import { referencesOf } from './evaluate.ts';
import { memberOf } from './member.ts';
import type { Json, JsonObject } from './parse.ts';

export type ParameterDeclaration = {
  type: string;
  fallback: string | undefined;
  noEcho: boolean;
  declared: JsonObject;
};

export type ResourceDeclaration = {
  logicalId: string;
  type: string;
  condition: string | undefined;
  properties: JsonObject;
  /** What has to be there before it, of the template's resources. */
  dependsOn: string[];
  deletionPolicy: Json;
  replacePolicy: Json;
  metadata: Json | undefined;
  declared: JsonObject;
};

export type Template = {
  description: string | undefined;
  parameters: Map<string, ParameterDeclaration>;
  mappings: JsonObject;
  conditions: JsonObject;
  resources: Map<string, ResourceDeclaration>;
  outputs: Map<string, JsonObject>;
  transforms: Json[];
  raw: JsonObject;
};

const VERSION = '2010-09-09';
const SECTIONS = [
  'AWSTemplateFormatVersion',
  'Conditions',
  'Description',
  'Globals',
  'Hooks',
  'Mappings',
  'Metadata',
  'Outputs',
  'Parameters',
  'Resources',
  'Rules',
  'Transform',
];
const MEMBERS = [
  'Condition',
  'CreationPolicy',
  'DeletionPolicy',
  'DependsOn',
  'Description',
  'Metadata',
  'Properties',
  'Type',
  'UpdatePolicy',
  'UpdateReplacePolicy',
];
/** Those that a custom resource may have besides. Source: CloudFormation User Guide, examples of "Custom resources"; what the Serverless Framework deploys. */
const CUSTOM = /^(Custom::.*|AWS::CloudFormation::CustomResource)$/;
const CUSTOM_MEMBERS = ['Version'];

/**
 * The sections of a template.
 *
 * @param isWhole that no transform has yet to write out loops or includes; else these are passed over, and what there is
 *   and is referred to is not known yet
 * @throws {ServiceError} ValidationError
 */
export function readTemplate(given: JsonObject, isWhole = true): Template {
  const raw = isWhole ? given : withoutMacros(given);
  const unknown = Object.keys(raw).filter((name) => !SECTIONS.includes(name));
  if (unknown.length > 0) throw invalid(`Invalid template property or properties [${unknown.join(', ')}]`);
  refuseNulls(raw, []);
  const resources = section(raw, 'Resources');
  if (isWhole && Object.keys(resources).length === 0)
    throw templateFormat('At least one Resources member must be defined.');
  limit(resources, RESOURCES_MAX, 'resources');
  const parameters = section(raw, 'Parameters');
  limit(parameters, PARAMETERS_MAX, 'Parameter', tooManyOf);
  const outputs = section(raw, 'Outputs');
  limit(outputs, OUTPUTS_MAX, 'Outputs', tooManyOf);
  const mappings = section(raw, 'Mappings');
  limit(mappings, MAPPINGS_MAX, 'mappings');
  for (const [name, one] of Object.entries(mappings)) checkMapping(name, one);
  if (String(raw.Description ?? '').length > DESCRIPTION_MAX)
    throw templateFormat(`'Description' length is greater than ${DESCRIPTION_MAX}.`);
  const { AWSTemplateFormatVersion: version = VERSION } = raw;
  if (version !== VERSION) throw templateFormat('unsupported value for AWSTemplateFormatVersion.');
  const template: Template = {
    description: typeof raw.Description === 'string' ? raw.Description : undefined,
    parameters: new Map(Object.entries(parameters).map(([name, value]) => [name, parameterOf(name, value)])),
    mappings,
    conditions: conditionsOf(raw),
    resources: new Map(Object.entries(resources).map(([name, value]) => [name, resourceOf(name, value)])),
    outputs: new Map(Object.entries(outputs).map(([name, value]) => [name, outputOf(name, value)])),
    transforms: raw.Transform === undefined ? [] : Array.isArray(raw.Transform) ? raw.Transform : [raw.Transform],
    raw: given,
  };
  if (isWhole) {
    checkRuleFunctions(raw.Rules ?? null);
    checkReferences(template);
  }
  return template;
}

/**
 * Nothing in a template is null. Source: getmoto/moto#4221, and aws-cloudformation/cfn-lint#38 for how properties are called.
 *
 * @throws {ServiceError} ValidationError
 */
function refuseNulls(value: Json, path: readonly string[]): void {
  if (value === null) {
    const shown = path.map((name, index) =>
      index === 2 && path[0] === 'Resources' && name === 'Properties' ? 'Type' : name,
    );
    throw invalid(`[/${shown.join('/')}] 'null' values are not allowed in templates`);
  }
  if (typeof value !== 'object') return;
  for (const [name, one] of Object.entries(value)) refuseNulls(one, [...path, name]);
}

/** The sections that a transform needs before it has made the others. */
export function withoutResources(raw: JsonObject): Template {
  const known = withoutMacros(raw);
  return {
    description: undefined,
    parameters: new Map(
      Object.entries(section(known, 'Parameters')).map(([name, value]) => [name, parameterOf(name, value)]),
    ),
    mappings: section(known, 'Mappings'),
    conditions: {},
    resources: new Map(),
    outputs: new Map(),
    transforms: [],
    raw,
  };
}

/** A template without the loops and includes that stand in place of its sections, of their members and of what those are. */
function withoutMacros(raw: JsonObject): JsonObject {
  const isObject = (one: Json): one is JsonObject => one !== null && typeof one === 'object' && !Array.isArray(one);
  const isWritten = (one: Json) =>
    !isObject(one) || one['Fn::Transform'] === undefined || one.Type !== undefined || one.Value !== undefined;
  const kept = (members: JsonObject) =>
    Object.fromEntries(Object.entries(members).filter(([name, one]) => !name.startsWith('Fn::') && isWritten(one)));
  return Object.fromEntries(Object.entries(kept(raw)).map(([name, one]) => [name, isObject(one) ? kept(one) : one]));
}

function section(raw: JsonObject, name: string): JsonObject {
  const value = raw[name];
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw templateFormat(`${name} must be an object.`);
  return value;
}

function conditionsOf(raw: JsonObject): JsonObject {
  const conditions = section(raw, 'Conditions');
  for (const one of Object.values(conditions)) checkCondition(one);
  return conditions;
}

function limit(members: JsonObject, max: number, what: string, error = tooMany): void {
  const count = Object.keys(members).length;
  if (count > max) throw error(what, count, max);
}

function parameterOf(name: string, value: Json): ParameterDeclaration {
  const declared = objectOf(value, `Every Parameters object must contain a Type member.`);
  if (typeof declared.Type !== 'string') throw templateFormat('Every Parameters object must contain a Type member.');
  if (!/^[A-Za-z0-9]{1,255}$/.test(name)) throw templateFormat(`Parameter name ${name} is non alphanumeric.`);
  checkParameterMembers(declared);
  const { Default: fallback } = declared;
  for (const [member, one] of Object.entries(declared))
    if (one !== null && typeof one === 'object' && member !== 'AllowedValues')
      throw templateFormat(`Every ${member} member must be a string.`);
  // Source: badmintoncryer/cdk-preflight.
  if (typeof fallback === 'string' && fallback.length > PARAMETER_BYTES_MAX)
    throw templateFormat(
      `Parameter '${name}' default value '${fallback}' length is greater than ${PARAMETER_BYTES_MAX}.`,
    );
  return {
    type: declared.Type,
    fallback: fallback === undefined ? undefined : String(fallback),
    noEcho: String(declared.NoEcho) === 'true',
    declared,
  };
}

function resourceOf(logicalId: string, value: Json): ResourceDeclaration {
  if (!/^[A-Za-z0-9]{1,255}$/.test(logicalId)) throw templateFormat(`Resource name ${logicalId} is non alphanumeric.`);
  const declared = objectOf(value, `[/Resources/${logicalId}] resource definition is malformed`);
  const { Type: type, Properties: properties = {}, DependsOn: after, Condition: held } = declared;
  if (typeof type !== 'string')
    throw templateFormat(`[/Resources/${logicalId}] Every Resources object must contain a Type member.`);
  const known = CUSTOM.test(type) ? [...MEMBERS, ...CUSTOM_MEMBERS] : MEMBERS;
  const [unknown] = Object.keys(declared).filter((name) => !known.includes(name));
  if (unknown !== undefined) throw invalid(`Invalid template resource property '${unknown}'`);
  if (properties === null || typeof properties !== 'object' || Array.isArray(properties))
    throw templateFormat(`[/Resources/${logicalId}] Properties must be an object.`);
  if (held !== undefined && typeof held !== 'string') throw templateFormat('Every Condition member must be a string.');
  checkPolicies(logicalId, declared);
  return {
    logicalId,
    type,
    condition: held,
    properties,
    dependsOn: [...new Set([...explicitOf(after), ...referencesOf(properties)])],
    deletionPolicy: declared.DeletionPolicy ?? null,
    replacePolicy: declared.UpdateReplacePolicy ?? null,
    metadata: declared.Metadata,
    declared,
  };
}

/** Source: cloudtools/troposphere#709 and #982: what the service says of others. */
function explicitOf(after: Json | undefined): string[] {
  const names = after === undefined ? [] : Array.isArray(after) ? after : [after];
  return names.map((name) => {
    if (typeof name === 'string') return name;
    throw templateFormat(
      Array.isArray(after)
        ? 'Every DependsOn value must be a string.'
        : 'DependsOn must be a string or list of strings.',
    );
  });
}

/** Source: answers in awslabs/aws-api-gateway-developer-portal/pull/213 and Skyscanner/LambdaGuard/issues/6, for the name. */
function outputOf(name: string, value: Json): JsonObject {
  if (!/^[A-Za-z0-9]{1,255}$/.test(name)) throw templateFormat(`Outputs name '${name}' is non alphanumeric.`);
  const declared = objectOf(value, `[/Outputs/${name}] output definition is malformed`);
  if (declared.Value === undefined) throw templateFormat(`Every Outputs member must contain a Value object`);
  checkOutputValue(declared.Value);
  return declared;
}

function objectOf(value: Json, otherwise: string): JsonObject {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw templateFormat(otherwise);
  return value;
}

/** Source: CloudFormation Template Reference, "Pseudo parameters reference". */
const PSEUDO = /^AWS::(AccountId|NotificationARNs|NoValue|Partition|Region|StackId|StackName|URLSuffix)$/;

/** Whatever is referred to is there. Source of others beginning with `AWS::`: fourTheorem/slic-watch, issue 119. */
function checkReferences(template: Template): void {
  const known = (name: string) => PSEUDO.test(name) || template.parameters.has(name) || template.resources.has(name);
  const decisive = Object.values(template.conditions).flatMap(referencesOf);
  const circular = decisive.filter((name) => !name.startsWith('AWS::') && !template.parameters.has(name));
  if (circular.length > 0)
    throw templateFormat(
      `Unresolved dependencies [${[...new Set(circular)].join(', ')}]. Cannot reference resources in the Conditions block of the template`,
    );
  const missing = new Set<string>();
  for (const resource of template.resources.values()) {
    for (const name of resource.dependsOn) if (!known(name)) missing.add(name);
    if (resource.condition !== undefined && memberOf(template.conditions, resource.condition) === undefined)
      throw templateFormat(
        `Unresolved condition dependency ${resource.condition} in the Resources block of the template`,
      );
    resource.dependsOn = resource.dependsOn.filter((name) => template.resources.has(name));
  }
  if (missing.size > 0)
    throw templateFormat(
      `Unresolved resource dependencies [${[...missing].join(', ')}] in the Resources block of the template`,
    );
  const outside = [...template.outputs.values()].flatMap(referencesOf).filter((name) => !known(name));
  if (outside.length > 0)
    throw templateFormat(
      `Unresolved resource dependencies [${[...new Set(outside)].join(', ')}] in the Outputs block of the template`,
    );
  checkCircles(template.resources);
}

function checkCircles(resources: Template['resources']): void {
  const left = new Map([...resources].map(([name, { dependsOn }]) => [name, new Set(dependsOn)]));
  for (let free = [...left].filter(([, on]) => on.size === 0); free.length > 0; ) {
    for (const [name] of free) {
      left.delete(name);
      for (const on of left.values()) on.delete(name);
    }
    free = [...left].filter(([, on]) => on.size === 0);
  }
  if (left.size > 0) throw invalid(`Circular dependency between resources: [${[...left.keys()].join(', ')}]`);
}
