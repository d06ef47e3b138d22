/** EventInvokeConfig: where it goes what became of asynchronous calls; queues and topics are made where none is named. */
import type { Json, JsonObject } from '../../../domain/parse.ts';
import { expectMap, ofResource } from '../expect.ts';
import { resourceFault } from '../faults.ts';
import { hashOf, inlinePolicy, type Made, made } from '../made.ts';
import { shownList, told } from '../python.ts';
import { addCondition, type Declared, resolve, type Setting } from '../setting.ts';
import {
  conditional,
  getAtt,
  IF_ARGUMENTS,
  ifArguments,
  isGiven,
  isIf,
  isNoValue,
  type Maybe,
  mapOf,
  negated,
  ref,
} from '../values.ts';

const TYPES = ['SQS', 'SNS', 'EventBridge', 'Lambda', 'S3Bucket'];

export type Invoking = { resources: Made[]; policies: JsonObject[] };

/**
 * What EventInvokeConfig stands for, and what the role needs for it.
 *
 * @throws {SamFault}
 */
export function invokeConfigOf(declared: Declared, alias: Made | undefined, setting: Setting): Invoking {
  const { id, given, attributes } = declared;
  const config = mapOf(resolve(given.EventInvokeConfig, setting));
  const logical = `${id}EventInvokeConfig`;
  const resources: Made[] = [];
  const policies: JsonObject[] = [];
  const destinations: JsonObject = {};
  if (isGiven(config.DestinationConfig)) {
    const wanted = expectMap(config.DestinationConfig, ofResource(id, 'EventInvokeConfig.DestinationConfig'));
    for (const name of ['OnSuccess', 'OnFailure']) {
      if (wanted[name] === undefined || wanted[name] === null) continue;
      const one = expectMap(wanted[name], ofResource(id, `EventInvokeConfig.DestinationConfig.${name}`));
      const { resource, destination, policy } = destinationOf(declared, one, `${logical}${name}`, logical, setting);
      destinations[name] = { Destination: destination };
      if (resource !== undefined) resources.push(resource);
      policies.push(policy);
    }
  }
  resources.push(
    made(
      logical,
      'AWS::Lambda::EventInvokeConfig',
      {
        FunctionName: ref(id),
        Qualifier: alias?.properties.Name ?? '$LATEST',
        DestinationConfig: destinations,
        MaximumEventAgeInSeconds: config.MaximumEventAgeInSeconds,
        MaximumRetryAttempts: config.MaximumRetryAttempts,
      },
      { attributes, ...(alias !== undefined && { dependsOn: [alias.id] }) },
    ),
  );
  return { resources, policies };
}

type Destination = { resource?: Made; destination: Json; policy: JsonObject };

function destinationOf(
  { id, passed }: Declared,
  { Type: type, Destination: named }: JsonObject,
  prefix: string,
  config: string,
  setting: Setting,
): Destination {
  if (typeof type !== 'string' || !TYPES.includes(type))
    throw resourceFault(id, `'Type: ${told(type)}' must be one of ${shownList(TYPES)}`);
  const [condition, otherwise] = conditionOf(named, config, setting);
  if (named !== undefined && named !== null && condition === undefined)
    return { destination: named, policy: policyFor(type, named, prefix) };
  if (type !== 'SQS' && type !== 'SNS')
    throw resourceFault(id, "Destination is required if Type is not ['SQS', 'SNS']");
  const both = bothConditions(id, passed.Condition, condition, setting);
  const attributes = { ...passed, ...(both !== undefined && { Condition: both }) };
  const resource =
    type === 'SQS'
      ? made(`${prefix}Queue`, 'AWS::SQS::Queue', {}, { attributes })
      : made(`${prefix}Topic`, 'AWS::SNS::Topic', {}, { attributes });
  const arn = type === 'SQS' ? getAtt(resource.id, 'Arn') : ref(resource.id);
  const destination = condition === undefined ? arn : conditional(condition, arn, otherwise ?? null);
  return { resource, destination, policy: policyFor(type, destination, prefix) };
}

/** Where Fn::If names a destination in one case only, one is made in the other: under which condition, and what is named. */
function conditionOf(named: Maybe, config: string, setting: Setting): [string | undefined, Maybe] {
  if (!isIf(named)) return [undefined, undefined];
  const items = ifArguments(named);
  if (items === undefined) throw resourceFault(config, `Malformed 'Destination' property: ${IF_ARGUMENTS}.`);
  const [condition, yes, no] = items;
  if (isNoValue(yes) === isNoValue(no)) return [undefined, undefined];
  if (isNoValue(yes)) return [String(condition), no];
  const opposite = `NOT${String(condition)}${hashOf(config)}`;
  addCondition(setting, opposite, negated(String(condition)));
  return [opposite, yes];
}

function bothConditions(id: string, own: Maybe, other: string | undefined, setting: Setting): Maybe {
  if (own === undefined || other === undefined) return own ?? other;
  const name = `${String(own)}AND${other}${hashOf(id)}`;
  // As SAM writes it: conditions of conditions.
  addCondition(setting, name, {
    'Fn::And': [{ Condition: { Condition: own } }, { Condition: { Condition: other } }],
  });
  return name;
}

function policyFor(type: string, arn: Json, prefix: string): JsonObject {
  if (type === 'SQS') return inlinePolicy(`${prefix}SQSPolicy`, 'sqs:SendMessage', arn);
  if (type === 'SNS') return inlinePolicy(`${prefix}SNSPolicy`, 'sns:publish', arn);
  if (type === 'EventBridge') return inlinePolicy(`${prefix}EventBridgePolicy`, 'events:PutEvents', arn);
  if (type === 'Lambda') return inlinePolicy(`${prefix}LambdaPolicy`, 'lambda:InvokeFunction', arn);
  return bucketPolicy(arn, prefix);
}

/** Lets a role put objects into a bucket. */
export function bucketPolicy(arn: Json, prefix: string): JsonObject {
  return {
    PolicyName: `${prefix}S3Policy`,
    PolicyDocument: {
      Statement: [
        { Action: 's3:PutObject', Effect: 'Allow', Resource: { 'Fn::Join': ['/', [arn, '*']] } },
        { Action: 's3:ListBucket', Effect: 'Allow', Resource: arn },
      ],
    },
  };
}
