/** Topics of Kafka, managed by AWS or by oneself. */
import type { Json, JsonObject } from '../../../domain/parse.ts';
import { expectMap, ofEvent } from '../expect.ts';
import { eventFault } from '../faults.ts';
import { any, required } from '../properties.ts';
import { resolve, type Setting } from '../setting.ts';
import { isGiven, isMap, listOf, type Maybe, mapOf, sub } from '../values.ts';
import type { Event } from './event.ts';
import { allowDecrypt, allowSecret, isAddress, NETWORK, polled } from './polled.ts';

export const MSK = polled({
  rules: { Stream: required(any), StartingPosition: required(any) },
  arn: 'Stream',
  managed: 'service-role/AWSLambdaMSKExecutionRole',
  policies(event, { setting }) {
    const certificates = listOf(event.given.SourceAccessConfigurations).flatMap((config) => {
      const { Type: type, URI } = mapOf(config);
      return type === 'CLIENT_CERTIFICATE_TLS_AUTH' && isGiven(URI) ? [allowSecret(URI)] : [];
    });
    const Statement = [...registryStatements(event, setting), ...certificates];
    return Statement.length === 0 ? [] : [{ PolicyName: 'MSKExecutionRolePolicy', PolicyDocument: { Statement } }];
  },
});

export const SELF_MANAGED_KAFKA = polled({
  rules: {},
  policies(event, { setting }) {
    const { name, given } = event;
    if (!isGiven(given.KafkaBootstrapServers))
      throw eventFault(name, 'No KafkaBootstrapServers provided for self managed kafka as an event source');
    if (!isGiven(given.Topics)) throw eventFault(name, 'No Topics provided for self managed kafka as an event source');
    if (listOf(given.Topics).length !== 1)
      throw eventFault(name, 'Topics for self managed kafka only supports single configuration entry.');
    if (!isGiven(given.SourceAccessConfigurations))
      throw eventFault(name, 'No SourceAccessConfigurations for self managed kafka event provided.');
    const { secret, certificate, hasNetwork } = accessOf(event);
    const Statement = [
      ...(secret === undefined ? [] : [allowSecret(secret)]),
      ...(certificate === undefined ? [] : [allowSecret(certificate)]),
      ...(hasNetwork ? [NETWORK] : []),
      ...allowDecrypt(event),
      ...registryStatements(event, setting),
    ];
    const PolicyDocument = { Statement, Version: '2012-10-17' };
    return [{ PolicyDocument, PolicyName: 'SelfManagedKafkaExecutionRolePolicy' }];
  },
});

const MECHANISMS = ['SASL_SCRAM_256_AUTH', 'SASL_SCRAM_512_AUTH', 'BASIC_AUTH', 'CLIENT_CERTIFICATE_TLS_AUTH'];

type Access = { secret?: Json; certificate?: Json; hasNetwork: boolean };

function accessOf({ name, given }: Event): Access {
  const configs = given.SourceAccessConfigurations;
  if (!Array.isArray(configs))
    throw eventFault(name, 'SourceAccessConfigurations for self managed kafka event should be a list.');
  const access: Access = { hasNetwork: false };
  const seen = new Set<string>();
  for (const item of configs) {
    const { Type: type, URI } = expectMap(item, ofEvent(name, 'SourceAccessConfigurations'));
    const isMechanism = typeof type === 'string' && MECHANISMS.includes(type);
    if (isMechanism && access.secret !== undefined)
      throw eventFault(
        name,
        'Multiple auth mechanism properties specified in SourceAccessConfigurations for self managed kafka event.',
      );
    if (isMechanism) access.secret = addressOf(name, 'auth mechanism', URI);
    else if (type === 'SERVER_ROOT_CA_CERTIFICATE') access.certificate = addressOf(name, type, URI);
    else if (type === 'VPC_SUBNET' || type === 'VPC_SECURITY_GROUP') {
      addressOf(name, type, URI);
      seen.add(type);
    } else throw eventFault(name, 'Invalid SourceAccessConfigurations Type provided for self managed kafka event.');
  }
  if (seen.size === 1)
    throw eventFault(
      name,
      'VPC_SUBNET and VPC_SECURITY_GROUP in SourceAccessConfigurations for SelfManagedKafka must be both provided.',
    );
  return { ...access, hasNetwork: seen.size === 2 };
}

function addressOf(name: string, what: string, uri: Maybe): Json {
  const where = `${what} URI property specified in SourceAccessConfigurations for self managed kafka event.`;
  if (!isGiven(uri)) throw eventFault(name, `No ${where}`);
  if (!isAddress(uri)) throw eventFault(name, `Wrong Type for ${where}`);
  return uri;
}

/** Registries of schemas, and the secrets by which they are reached. */
function registryStatements(event: Event, setting: Setting): JsonObject[] {
  const config = event.given.SchemaRegistryConfig;
  if (!isGiven(config)) return [];
  checkRegistry(event);
  const { AccessConfigs, SchemaRegistryURI } = mapOf(config);
  const secrets = listOf(AccessConfigs).map((one) => allowSecret(mapOf(one).URI ?? null));
  const resolved = isMap(SchemaRegistryURI)
    ? mapOf(resolve(structuredClone(SchemaRegistryURI), setting))['Fn::Sub']
    : SchemaRegistryURI;
  const [, name] = /^arn(?::[^:]*){4}:registry\/([^:]*)/.exec(String(resolved)) ?? [];
  if (name === undefined) return secrets;
  const schemas = sub(`arn:\${AWS::Partition}:glue:\${AWS::Region}:\${AWS::AccountId}:schema/${name}/*`);
  return [
    ...secrets,
    { Action: ['glue:GetRegistry'], Effect: 'Allow', Resource: SchemaRegistryURI ?? null },
    { Action: ['glue:GetSchemaVersion'], Effect: 'Allow', Resource: [schemas] },
  ];
}

function checkRegistry({ name, given }: Event): void {
  const config = expectMap(given.SchemaRegistryConfig, ofEvent(name, 'SchemaRegistryConfig'));
  for (const field of ['SchemaRegistryURI', 'EventRecordFormat', 'SchemaValidationConfigs'])
    if (!Object.hasOwn(config, field))
      throw eventFault(name, `Missing required field ${field} in SchemaRegistryConfig`);
  if (config.EventRecordFormat !== 'JSON' && config.EventRecordFormat !== 'SOURCE')
    throw eventFault(name, "EventRecordFormat in SchemaRegistryConfig must be either 'JSON' or 'SOURCE'");
  if (!Array.isArray(config.SchemaValidationConfigs)) throw eventFault(name, 'SchemaValidationConfigs must be a list');
  if (!isGiven(config.AccessConfigs)) return;
  if (!Array.isArray(config.AccessConfigs))
    throw eventFault(name, 'AccessConfigs in SchemaRegistryConfig must be a list');
  for (const one of config.AccessConfigs)
    if (!isMap(one) || !('Type' in one) || !('URI' in one))
      throw eventFault(name, "Each AccessConfig must be a dict with 'Type' and 'URI' fields");
}
