/** Resources as SAM makes them. */
import { createHash } from 'node:crypto';
import type { Json, JsonObject } from '../../domain/parse.ts';
import { resourceFault } from './faults.ts';
import { pythonJson } from './python.ts';
import { isGiven, type Maybe, tagList } from './values.ts';

/** Resources of a template by logical id. */
export type Resources = { [logicalId: string]: JsonObject };

/** A resource that a resource of SAM stands for. */
export type Made = {
  id: string;
  type: string;
  properties: JsonObject;
  /** Condition, DeletionPolicy and the like. */
  attributes: JsonObject;
  dependsOn?: Maybe;
};

type Around = { attributes?: JsonObject | undefined; dependsOn?: Maybe };

/** Properties that are absent or null are left out. */
export function made(id: string, type: string, given: { [name: string]: Maybe }, around: Around = {}): Made {
  if (!/^[A-Za-z0-9]+$/.test(id)) throw resourceFault(id, 'Logical ids must be alphanumeric.');
  const properties: JsonObject = {};
  for (const [name, value] of Object.entries(given)) set(properties, name, value);
  return { id, type, properties, attributes: { ...around.attributes }, dependsOn: around.dependsOn };
}

/** Sets a member, or takes it away where there is no value. */
export function set(properties: JsonObject, name: string, value: Maybe): void {
  if (value === undefined || value === null) delete properties[name];
  else properties[name] = value;
}

/** As it stands in the template. */
export function declaration({ type, properties, attributes, dependsOn }: Made): JsonObject {
  return {
    Type: type,
    ...(isGiven(dependsOn) && { DependsOn: dependsOn }),
    ...attributes,
    Properties: properties,
  };
}

/** Ten letters that are others where the content is another; none where there is none. */
export function hashOf(content: Maybe, length = 10): string {
  if (!isGiven(content)) return '';
  const text = typeof content === 'string' ? content : pythonJson(content, { sorted: true, separators: [',', ':'] });
  return createHash('sha1').update(text).digest('hex').slice(0, length);
}

/** Attributes that what is made of a resource has from it. */
export function passedOn(attributes: JsonObject): JsonObject {
  const passed: JsonObject = {};
  for (const name of ['Condition', 'DeletionPolicy', 'UpdateReplacePolicy'])
    if (attributes[name] !== undefined) passed[name] = attributes[name];
  return passed;
}

/** Types of which SAM sets tags, as lists of keys and values. */
const LISTED = new Set([
  'AWS::ApiGateway::ApiKey',
  'AWS::ApiGateway::DomainName',
  'AWS::ApiGateway::DomainNameAccessAssociation',
  'AWS::ApiGateway::DomainNameV2',
  'AWS::ApiGateway::RestApi',
  'AWS::ApiGateway::Stage',
  'AWS::ApiGateway::UsagePlan',
  'AWS::IAM::Role',
  'AWS::Lambda::CapacityProvider',
  'AWS::Lambda::Function',
  'AWS::S3::Bucket',
  'AWS::SNS::Topic',
  'AWS::SQS::Queue',
  'AWS::StepFunctions::StateMachine',
]);
/** Types that have them as a map. */
const MAPPED = new Set(['AWS::ApiGatewayV2::DomainName', 'AWS::ApiGatewayV2::Stage']);

/** PropagateTags: what is made has the tags of what it was made of. */
export function propagate(all: readonly Made[], tags: Maybe, isWanted: Maybe): void {
  if (!isGiven(isWanted) || !isGiven(tags)) return;
  for (const { type, properties } of all) {
    const isSocket = type === 'AWS::ApiGatewayV2::Api' && properties.ProtocolType === 'WEBSOCKET';
    if (LISTED.has(type)) properties.Tags = tagList(tags);
    else if (MAPPED.has(type) || isSocket) properties.Tags = tags;
  }
}

/** A statement that lets a service take on a role. */
export const trust = (service: string, version = '2012-10-17'): JsonObject => ({
  Version: version,
  Statement: [{ Action: ['sts:AssumeRole'], Effect: 'Allow', Principal: { Service: [service] } }],
});

/** An inline policy of one statement. */
export const inlinePolicy = (PolicyName: string, Action: string, Resource: Json): JsonObject => ({
  PolicyName,
  PolicyDocument: { Statement: [{ Action, Effect: 'Allow', Resource }] },
});
