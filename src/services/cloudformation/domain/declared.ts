/** What declarations of a template may say, whatever the values of its parameters: policies of resources, conditions, members of parameters. */
import { invalid, templateError, templateFormat } from '../errors.ts';
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
