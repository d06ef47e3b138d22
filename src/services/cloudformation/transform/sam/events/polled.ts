/** What Lambda reads itself: event source mappings, and what the function's role needs for them. */
import type { Json, JsonObject } from '../../../domain/parse.ts';
import { expectMap, expectText, ofEvent } from '../expect.ts';
import { eventFault } from '../faults.ts';
import { bucketPolicy } from '../function/invoke-config.ts';
import { inlinePolicy, type Made, made } from '../made.ts';
import { any, boolean, integer, list, map, type Rules, text } from '../properties.ts';
import { shownList } from '../python.ts';
import { addOnce, allow, managedArn } from '../role.ts';
import { isGiven, isIntrinsic, isMap, listOf, type Maybe, mapOf, sub } from '../values.ts';
import type { Event, EventKind, Hearing } from './event.ts';

const POLLED_RULES: Rules = {
  BatchSize: integer,
  StartingPosition: any,
  StartingPositionTimestamp: any,
  Enabled: boolean,
  MaximumBatchingWindowInSeconds: integer,
  MaximumRetryAttempts: integer,
  BisectBatchOnFunctionError: boolean,
  MaximumRecordAgeInSeconds: integer,
  DestinationConfig: map,
  ParallelizationFactor: integer,
  Topics: list,
  Queues: list,
  SourceAccessConfigurations: list,
  SecretsManagerKmsKeyId: text,
  TumblingWindowInSeconds: integer,
  FunctionResponseTypes: list,
  KafkaBootstrapServers: list,
  FilterCriteria: map,
  KmsKeyArn: any,
  ConsumerGroupId: text,
  ScalingConfig: map,
  ProvisionedPollerConfig: map,
  SchemaRegistryConfig: map,
  MetricsConfig: map,
  LoggingConfig: map,
};

/** Properties that mappings have under the same name. */
const SAME = Object.keys(POLLED_RULES).filter(
  (name) =>
    ![
      'DestinationConfig',
      'SecretsManagerKmsKeyId',
      'KafkaBootstrapServers',
      'ConsumerGroupId',
      'SchemaRegistryConfig',
    ].includes(name),
);

/** What sources differ in. */
export type Source = {
  rules: Rules;
  /** The property that names the source. */
  arn?: string;
  /** The policy of AWS that lets the function read it. */
  managed?: string;
  /** Permissions beyond that. */
  policies?(event: Event, hearing: Hearing): JsonObject[];
  /** Properties of its own. */
  extra?(event: Event): JsonObject;
};

/** A kind of event whose source Lambda reads itself. */
export function polled({ rules, arn, managed, policies, extra }: Source): EventKind {
  return {
    rules: { ...POLLED_RULES, ...rules },
    make(event, hearing) {
      const { id, given } = event;
      const { target, role, setting } = hearing;
      checkFilters(event);
      const { destination, policy } = onFailure(event);
      const mapping = made(
        id,
        'AWS::Lambda::EventSourceMapping',
        {
          ...Object.fromEntries(SAME.map((name) => [name, given[name]])),
          FunctionName: target.name,
          EventSourceArn: arn === undefined ? undefined : given[arn],
          SelfManagedEventSource: isGiven(given.KafkaBootstrapServers)
            ? { Endpoints: { KafkaBootstrapServers: given.KafkaBootstrapServers } }
            : undefined,
          ...kafkaConfig(event),
          DestinationConfig: destination,
          ...extra?.(event),
        },
        { attributes: target.passed },
      );
      const needed = policies?.(event, hearing) ?? [];
      if (role !== undefined)
        permit(role, managed === undefined ? undefined : managedArn(setting.partition, managed), [
          ...needed,
          ...policy,
        ]);
      return [mapping];
    },
  };
}

function permit(role: Made, managed: string | undefined, policies: readonly JsonObject[]): void {
  const present = listOf(role.properties.ManagedPolicyArns);
  if (managed !== undefined) addOnce(present, managed);
  role.properties.ManagedPolicyArns = present;
  allow(role, policies);
}

function kafkaConfig({ id, type, given }: Event): JsonObject {
  const name = { MSK: 'AmazonManagedKafkaEventSourceConfig', SelfManagedKafka: 'SelfManagedKafkaEventSourceConfig' }[
    type
  ];
  const { ConsumerGroupId, SchemaRegistryConfig } = given;
  if (isGiven(ConsumerGroupId) && name === undefined)
    throw eventFault(id, `Property ConsumerGroupId not defined for resource of type ${type}.`);
  const config: JsonObject = {
    ...(isGiven(ConsumerGroupId) && { ConsumerGroupId }),
    ...(isGiven(SchemaRegistryConfig) && { SchemaRegistryConfig }),
  };
  return name === undefined || Object.keys(config).length === 0 ? {} : { [name]: config };
}

const FILTERED = ['DocumentDB', 'DynamoDB', 'Kinesis', 'MQ', 'MSK', 'SelfManagedKafka', 'SQS'];

function checkFilters({ name, type, given }: Event): void {
  const filters = given.FilterCriteria;
  if (!isGiven(filters) || isIntrinsic(filters)) return;
  if (!FILTERED.includes(type))
    throw eventFault(name, `FilterCriteria is only available for ${FILTERED.join(', ')} events.`);
  if (Object.keys(mapOf(filters)).some((key) => key !== 'Filters'))
    throw eventFault(name, 'FilterCriteria field has a wrong format');
}

/** Where it goes what could not be worked on. The kind of the destination is for the role alone. */
function onFailure({ id, given }: Event): { destination: Maybe; policy: JsonObject[] } {
  if (!isGiven(given.DestinationConfig)) return { destination: undefined, policy: [] };
  const config = mapOf(given.DestinationConfig);
  const { Type: type, ...failure } = expectMap(config.OnFailure, ofEvent(id, 'DestinationConfig.OnFailure'));
  if (!isGiven(type)) return { destination: config, policy: [] };
  const arn = failure.Destination ?? null;
  const policies: { [type: string]: JsonObject[] } = {
    SQS: [inlinePolicy(`${id}SQSPolicy`, 'sqs:SendMessage', arn)],
    SNS: [inlinePolicy(`${id}SNSPolicy`, 'sns:publish', arn)],
    S3: [bucketPolicy(arn, id)],
    Kafka: [],
  };
  const policy = typeof type === 'string' && Object.hasOwn(policies, type) ? policies[type] : undefined;
  if (policy === undefined)
    throw eventFault(id, "The only valid values for 'Type' are 'SQS', 'SNS', 'S3', and 'Kafka'");
  return { destination: { ...config, OnFailure: failure }, policy };
}

/** A statement that lets a secret be read. */
export const allowSecret = (Resource: Json): JsonObject => ({
  Action: ['secretsmanager:GetSecretValue'],
  Effect: 'Allow',
  Resource,
});

export const NETWORK: JsonObject = {
  Action: [
    'ec2:CreateNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DeleteNetworkInterface',
    'ec2:DescribeVpcs',
    'ec2:DescribeSubnets',
    'ec2:DescribeSecurityGroups',
  ],
  Effect: 'Allow',
  Resource: '*',
};

/** Secrets under a key of the customer's own. */
export function allowDecrypt({ name, given }: Event, Action: Json = ['kms:Decrypt']): JsonObject[] {
  if (!isGiven(given.SecretsManagerKmsKeyId)) return [];
  const key = expectText(given.SecretsManagerKmsKeyId, ofEvent(name, 'SecretsManagerKmsKeyId'));
  const Resource = sub(`arn:\${AWS::Partition}:kms:\${AWS::Region}:\${AWS::AccountId}:key/${key}`);
  return [{ Action, Effect: 'Allow', Resource }];
}

/**
 * The secret by which a source lets itself be read.
 *
 * @param types that the source knows; the first is needed once
 */
export function basicAuth({ name, type, given }: Event, types: readonly string[]): Json {
  const [needed = ''] = types;
  const configs = given.SourceAccessConfigurations;
  if (!isGiven(configs)) throw eventFault(name, `No SourceAccessConfigurations for Amazon ${type} event provided.`);
  if (!Array.isArray(configs))
    throw eventFault(name, 'Provided SourceAccessConfigurations cannot be parsed into a list.');
  let found: Maybe;
  for (const [index, item] of configs.entries()) {
    const config = expectMap(item, ofEvent(name, `SourceAccessConfigurations[${index}]`));
    const kind = expectText(config.Type, ofEvent(name, `SourceAccessConfigurations[${index}].Type`));
    if (!types.includes(kind))
      throw eventFault(
        name,
        `Invalid property Type specified in SourceAccessConfigurations. The supported values are: ${shownList([...types])}.`,
      );
    if (kind !== needed) continue;
    if (isGiven(found))
      throw eventFault(name, `Multiple ${needed} properties specified in SourceAccessConfigurations.`);
    found = config.URI;
    if (!isGiven(found)) throw eventFault(name, `No ${needed} URI property specified in SourceAccessConfigurations.`);
  }
  if (!isGiven(found)) throw eventFault(name, `No ${needed} property specified in SourceAccessConfigurations.`);
  return found;
}

/** Whether a value is a secret's address: a text, or what CloudFormation makes one of. */
export const isAddress = (value: Maybe): boolean => typeof value === 'string' || (isMap(value) && isIntrinsic(value));
