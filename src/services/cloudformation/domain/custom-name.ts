/** Names that templates give to things: what has one can't be replaced, as the one in its place would need the same name at the same time. */
import type { JsonObject } from './parse.ts';
import type { Found } from './type.ts';

/**
 * The names of types whose identifiers are made up by their services.
 * Source: Template Reference, of each: "If you specify a name, you cannot perform updates that require replacement of this resource."
 */
const NAMES: { readonly [type: string]: string | undefined } = {
  'AWS::ApiGateway::ApiKey': 'Name',
  'AWS::CloudFormation::StackSet': 'StackSetName',
  'AWS::IAM::ManagedPolicy': 'ManagedPolicyName',
  'AWS::SNS::Topic': 'TopicName',
  'AWS::SQS::Queue': 'QueueName',
};
/** What names are names within: another one has names of its own. */
const PARENTS: { readonly [type: string]: string | undefined } = { 'AWS::ApiGateway::Model': 'RestApiId' };

/** The name that a template gives to a thing, before as after; undefined where it gives none, or another one. */
export function keptName(
  type: string,
  { schema }: Found,
  properties: JsonObject,
  before: JsonObject,
): string | undefined {
  const name = NAMES[type];
  const identifier = name === undefined ? (schema?.identifier ?? []) : [name];
  const parent = PARENTS[type];
  const parts = parent === undefined ? identifier : [parent, ...identifier];
  const isKept = parts.every((part) => typeof properties[part] === 'string' && properties[part] === before[part]);
  return isKept && identifier.length > 0 ? identifier.map((part) => properties[part]).join('|') : undefined;
}
