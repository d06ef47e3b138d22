/** Globals: properties that all resources of a kind share. Source: SAM Developer Guide, "Globals section of the AWS SAM template". */
import type { Json, JsonObject } from '../../domain/parse.ts';
import { isVersion3 } from './api/document.ts';
import { DocumentFault, globalsFault, resourceFault } from './faults.ts';
import type { Resources } from './made.ts';
import { shownList } from './python.ts';
import { checkShared } from './size.ts';
import { isGiven, isIntrinsic, isMap, type Maybe, mapOf } from './values.ts';

const PREFIX = 'AWS::Serverless::';

/** In the order in which they are told of. */
const SECTIONS: { readonly [section: string]: readonly string[] } = {
  Function: [
    'Handler',
    'Runtime',
    'CodeUri',
    'DeadLetterQueue',
    'Description',
    'MemorySize',
    'Timeout',
    'VpcConfig',
    'Environment',
    'Tags',
    'PropagateTags',
    'Tracing',
    'KmsKeyArn',
    'AutoPublishAlias',
    'AutoPublishAliasAllProperties',
    'Layers',
    'DeploymentPreference',
    'RolePath',
    'PermissionsBoundary',
    'ReservedConcurrentExecutions',
    'ProvisionedConcurrencyConfig',
    'AssumeRolePolicyDocument',
    'EventInvokeConfig',
    'FileSystemConfigs',
    'CodeSigningConfigArn',
    'Architectures',
    'SnapStart',
    'EphemeralStorage',
    'FunctionUrlConfig',
    'RuntimeManagementConfig',
    'LoggingConfig',
    'RecursiveLoop',
    'SourceKMSKeyArn',
    'TenancyConfig',
    'DurableConfig',
    'CapacityProviderConfig',
    'FunctionScalingConfig',
    'PublishToLatestPublished',
    'VersionDeletionPolicy',
  ],
  Api: [
    'Auth',
    'Name',
    'DefinitionUri',
    'CacheClusterEnabled',
    'CacheClusterSize',
    'MergeDefinitions',
    'Variables',
    'EndpointConfiguration',
    'MethodSettings',
    'BinaryMediaTypes',
    'MinimumCompressionSize',
    'Cors',
    'GatewayResponses',
    'AccessLogSetting',
    'CanarySetting',
    'TracingEnabled',
    'OpenApiVersion',
    'Domain',
    'AlwaysDeploy',
    'PropagateTags',
    'SecurityPolicy',
    'EndpointAccessMode',
  ],
  HttpApi: [
    'Auth',
    'AccessLogSettings',
    'StageVariables',
    'Tags',
    'CorsConfiguration',
    'DefaultRouteSettings',
    'Domain',
    'RouteSettings',
    'FailOnWarnings',
    'PropagateTags',
  ],
  SimpleTable: ['SSESpecification'],
  StateMachine: ['PropagateTags'],
  LayerVersion: ['PublishLambdaVersion'],
  CapacityProvider: [
    'VpcConfig',
    'OperatorRole',
    'Tags',
    'InstanceRequirements',
    'ScalingConfig',
    'KmsKeyArn',
    'PropagateTags',
  ],
  WebSocketApi: [
    'AccessLogSettings',
    'ApiKeySelectionExpression',
    'DefaultRouteSettings',
    'DisableExecuteApiEndpoint',
    'DisableSchemaValidation',
    'Domain',
    'FailOnWarnings',
    'IpAddressType',
    'PropagateTags',
    'RouteSelectionExpression',
    'RouteSettings',
    'StageVariables',
    'Tags',
  ],
};

/** Types of SAM that are read as such everywhere; connectors are looked at on their own. */
const TYPES = new Set([...Object.keys(SECTIONS), 'Application'].map((name) => `${PREFIX}${name}`));

/** Whether a type is one of SAM that has properties in Globals, or may have. */
export const isSamType = (type: Maybe): boolean => typeof type === 'string' && TYPES.has(type);

/** @throws {DocumentFault} */
export function mergeGlobals(template: JsonObject): void {
  const shared = 'Globals' in template ? sectionsOf(template.Globals) : {};
  checkShared(shared, template.Resources as Resources);
  delete template.Globals;
  for (const [id, resource] of Object.entries(template.Resources as Resources)) {
    if (!isSamType(resource.Type)) continue;
    const section = shared[String(resource.Type).slice(PREFIX.length)];
    const properties = resource.Properties ?? {};
    resource.Properties = section === undefined ? properties : merged(wanted(id, section, resource), properties);
    asOpenApi(resource);
  }
}

function sectionsOf(globals: Maybe): { [section: string]: JsonObject } {
  if (!isMap(globals)) throw globalsFault('It must be a non-empty dictionary');
  for (const [section, properties] of Object.entries(globals)) {
    const known = Object.hasOwn(SECTIONS, section) ? SECTIONS[section] : undefined;
    if (known === undefined)
      throw globalsFault(
        `'${section}' is not supported. Must be one of the following values - ${shownList(Object.keys(SECTIONS).toSorted())}`,
      );
    if (!isMap(properties)) throw globalsFault(`Value of \${section} must be a dictionary`);
    for (const name of Object.keys(properties))
      if (!known.includes(name))
        throw globalsFault(
          `'${name}' is not a supported property of '${section}'. Must be one of the following values - ${shownList([...known])}`,
        );
  }
  return globals as { [section: string]: JsonObject };
}

/** `IgnoreGlobals` takes some of them away, or all. */
function wanted(id: string, section: JsonObject, { IgnoreGlobals: ignored }: JsonObject): JsonObject {
  if (!isGiven(ignored)) return section;
  if (ignored === '*') return {};
  const invalid = `Resource ${id} has invalid resource attribute 'IgnoreGlobals'`;
  if (!Array.isArray(ignored)) throw new DocumentFault([resourceFault(id, `${invalid}.`)]);
  const rest = { ...section };
  for (const name of ignored) {
    if (!Object.hasOwn(rest, String(name)))
      throw new DocumentFault([resourceFault(id, `${invalid} on item '${String(name)}'.`)]);
    delete rest[String(name)];
  }
  return rest;
}

/** Maps are joined, lists put together; else the resource's own value wins. */
function merged(shared: Json, own: Json): Json {
  if (Array.isArray(shared) && Array.isArray(own)) return [...structuredClone(shared), ...own];
  if (!isMap(shared) || !isMap(own) || isIntrinsic(shared) || isIntrinsic(own)) return own;
  const all: JsonObject = structuredClone<JsonObject>(shared);
  for (const [name, value] of Object.entries<Json>(own)) {
    const before = shared[name];
    all[name] = before === undefined ? value : merged(before, value);
  }
  return all;
}

/** Whether a document is Swagger or OpenAPI is known only now. */
function asOpenApi({ Type: type, Properties }: JsonObject): void {
  const properties = mapOf(Properties);
  if (type !== 'AWS::Serverless::Api' || !('__MANAGE_SWAGGER' in properties)) return;
  const version = properties.OpenApiVersion;
  if (!('OpenApiVersion' in properties) || !isVersion3(version)) return;
  properties.OpenApiVersion = String(version);
  const document = mapOf(properties.DefinitionBody);
  document.openapi = properties.OpenApiVersion;
  delete document.swagger;
}
