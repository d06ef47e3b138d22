/** What declarations of a template may say, whatever the values of its parameters: policies of resources, conditions, members of parameters, mappings. */
import { invalid, templateError, templateFormat, tooMany } from '../errors.ts';
import { MAPPING_ATTRIBUTES_MAX } from '../limits.ts';
import type { Json, JsonObject } from './parse.ts';

const REPLACE_POLICIES = ['Delete', 'Retain', 'Snapshot'];
const DELETION_POLICIES = [...REPLACE_POLICIES, 'RetainExceptOnCreate'];
/** Source: CloudFormation Template Reference, "DeletionPolicy attribute". */
const WITH_SNAPSHOTS = new Set([
  'AWS::DocDB::DBCluster',
  'AWS::EC2::Volume',
  'AWS::ElastiCache::CacheCluster',
  'AWS::ElastiCache::ReplicationGroup',
  'AWS::Neptune::DBCluster',
  'AWS::RDS::DBCluster',
  'AWS::RDS::DBInstance',
  'AWS::Redshift::Cluster',
]);

/**
 * What becomes of a resource that is not wanted any more. Where a transform lets a policy be a function, its value is looked at later.
 * Source: texts as users of CloudFormation and of CDK quote them.
 *
 * @throws {ServiceError} ValidationError
 */
export function checkPolicies(logicalId: string, declared: JsonObject): void {
  const { DeletionPolicy: deletion, UpdateReplacePolicy: replace, Type: type } = declared;
  if (typeof deletion === 'string' && !DELETION_POLICIES.includes(deletion))
    throw templateFormat(`Unrecognized DeletionPolicy ${deletion} for resource ${logicalId}`);
  if (typeof replace === 'string' && !REPLACE_POLICIES.includes(replace))
    throw templateFormat(`Unrecognized UpdateReplacePolicy ${replace} for resource ${logicalId}`);
  if (deletion === 'Snapshot' && !WITH_SNAPSHOTS.has(String(type)))
    throw templateError(`resource type ${type} does not support deletion policy Snapshot`);
}

/** Without a transform that writes them out, policies are no functions. @throws {ServiceError} ValidationError */
export function refuseFunctions(declared: JsonObject): void {
  for (const name of ['DeletionPolicy', 'UpdateReplacePolicy'])
    if (declared[name] !== undefined && typeof declared[name] !== 'string')
      throw templateFormat(`Every ${name} member must be a string.`);
}

const BOOLEAN = ['Condition', 'Fn::And', 'Fn::Equals', 'Fn::Not', 'Fn::Or'];

/** @throws {ServiceError} ValidationError for a condition that is no function whose value is true or false */
export function checkCondition(given: Json): void {
  const [name, ...others] = given !== null && typeof given === 'object' ? Object.keys(given) : [];
  if (name === undefined || others.length > 0 || !BOOLEAN.includes(name))
    throw templateFormat('Conditions can only be boolean operations on parameters and other conditions');
}

const OF_PARAMETERS = new Set([
  'AllowedPattern',
  'AllowedValues',
  'ConstraintDescription',
  'Default',
  'Description',
  'MaxLength',
  'MaxValue',
  'MinLength',
  'MinValue',
  'NoEcho',
  'Type',
]);

/** Source: AWS re:Post Knowledge Center, "How do I resolve template validation or template format errors in CloudFormation?". @throws {ServiceError} ValidationError */
export function checkParameterMembers(declared: JsonObject): void {
  const unknown = Object.keys(declared).find((name) => !OF_PARAMETERS.has(name));
  if (unknown !== undefined) throw invalid(`Invalid template parameter property '${unknown}'`);
}

/** Functions that no transform has written out are no members. */
const membersOf = (given: JsonObject): [string, Json][] =>
  Object.entries(given).filter(([name]) => !/^Fn::/.test(name));

/**
 * What a mapping maps, in two steps.
 * Source: texts in github.com/aws-cloudformation/cfn-lint/issues/2004 and cloudtools/troposphere/issues/426.
 * Deviation: the texts about things that are no maps, texts or lists were never compared with an answer of AWS.
 *
 * @throws {ServiceError} ValidationError
 */
export function checkMapping(name: string, given: Json): void {
  if (!isMap(given)) throw templateFormat(`Every Mappings member ${name} must be a map`);
  const elements = membersOf(given);
  if (elements.length > MAPPING_ATTRIBUTES_MAX)
    throw tooMany('mapping attributes', elements.length, MAPPING_ATTRIBUTES_MAX);
  for (const [element, attributes] of elements) {
    if (!/^[a-zA-Z0-9.-]+$/.test(element))
      throw templateFormat(
        `Mappings element name '${element}' must be non-empty and can contain only alphanumerics, '-' or '.'`,
      );
    if (!isMap(attributes)) throw templateFormat(`Every Mappings member ${element} must be a map`);
    for (const [attribute, value] of membersOf(attributes)) {
      if (!/^[a-zA-Z0-9]+$/.test(attribute))
        throw templateFormat(`Mappings attribute name '${attribute}' must contain only alphanumeric characters.`);
      if (isMap(value)) throw templateFormat('Every Mappings attribute must be a String or a List.');
    }
  }
}

const isMap = (given: Json): given is JsonObject =>
  given !== null && typeof given === 'object' && !Array.isArray(given);

/** Source: CloudFormation Template Reference, "Condition functions"; of AWS's answers, as others have measured them. @throws {ServiceError} ValidationError */
export function checkOutputValue(value: Json): void {
  const [name = ''] = value !== null && typeof value === 'object' ? Object.keys(value) : [];
  if (/^Fn::(And|Equals|Not|Or)$/.test(name))
    throw templateFormat('The Value field of every Outputs member must evaluate to a String.');
}

/** Source: aws-cloudformation/cloudformation-coverage-roadmap, issue 921: Fn::If is none of them, though the guide says so. */
const OF_RULES = /^Fn::(And|Contains|EachMember(Equals|In)|Equals|Not|Or|RefAll|ValueOf(All)?)$/;

/** @throws {ServiceError} ValidationError, naming the functions that rules may not have */
export function checkRuleFunctions(rules: Json): void {
  const wrong = [...new Set(functionsIn(rules))].filter((name) => !OF_RULES.test(name)).toSorted();
  if (wrong.length > 0)
    throw templateFormat(
      `Following functions are not supported in the Rules block of the template: [${wrong.join(', ')}]`,
    );
}

/** The names of the functions in a value. */
export function functionsIn(value: Json): string[] {
  if (value === null || typeof value !== 'object') return [];
  const own = Array.isArray(value) ? [] : Object.keys(value).filter((name) => name.startsWith('Fn::'));
  return [...own, ...Object.values(value).flatMap(functionsIn)];
}
