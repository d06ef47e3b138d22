/** The function itself, and its code. */
import type { JsonObject } from '../../../domain/parse.ts';
import { resourceFault } from '../faults.ts';
import { codeOf } from '../location.ts';
import { type Made, made } from '../made.ts';
import { told } from '../python.ts';
import { type Declared, resolve, type Setting } from '../setting.ts';
import { isGiven, type Maybe, mapOf, tagList } from '../values.ts';

/** Properties that CloudFormation has under the same name. */
const SAME = [
  'FunctionName',
  'Handler',
  'Runtime',
  'Description',
  'MemorySize',
  'Timeout',
  'VpcConfig',
  'Role',
  'Environment',
  'KmsKeyArn',
  'ReservedConcurrentExecutions',
  'Layers',
  'FileSystemConfigs',
  'ImageConfig',
  'PackageType',
  'Architectures',
  'SnapStart',
  'EphemeralStorage',
  'CodeSigningConfigArn',
  'RuntimeManagementConfig',
  'LoggingConfig',
  'TenancyConfig',
  'RecursiveLoop',
  'DurableConfig',
  'PublishToLatestPublished',
];

/** Tags with which SAM marks what it makes. */
export function samTags(id: string, tags: Maybe, more: JsonObject = {}): JsonObject[] {
  for (const reserved of ['lambda:createdBy', 'serverlessrepo:applicationId', 'serverlessrepo:semanticVersion'])
    if (Object.hasOwn(mapOf(tags), reserved))
      throw resourceFault(
        id,
        `${reserved} is a reserved Tag key name and cannot be set on your resource. Please change the tag key in the input.`,
      );
  return [...tagList({ 'lambda:createdBy': 'SAM' }), ...tagList(more), ...tagList(tags)];
}

/** Whether calls are traced. */
export function isTraced({ given }: Declared, setting: Setting): boolean {
  return isGiven(given.Tracing) && resolve(structuredClone(given.Tracing), setting) !== 'Disabled';
}

/**
 * The function itself.
 *
 * @throws {SamFault}
 */
export function lambdaOf(declared: Declared, setting: Setting): Made {
  const { id, given, attributes, dependsOn } = declared;
  const properties: { [name: string]: Maybe } = {
    ...Object.fromEntries(SAME.map((name) => [name, given[name]])),
    Code: code(id, given),
    Tags: samTags(id, given.Tags),
    ...(isTraced(declared, setting) && { TracingConfig: { Mode: given.Tracing ?? null } }),
    ...(isGiven(given.DeadLetterQueue) && {
      DeadLetterConfig: { TargetArn: mapOf(given.DeadLetterQueue).TargetArn ?? null },
    }),
    ...(isGiven(given.CapacityProviderConfig) && {
      CapacityProviderConfig: capacityProvider(id, mapOf(given.CapacityProviderConfig)),
    }),
    ...(isGiven(given.FunctionScalingConfig) && { FunctionScalingConfig: given.FunctionScalingConfig }),
  };
  if (!isGiven(given.FunctionName)) delete properties.FunctionName;
  const lambda = made(id, 'AWS::Lambda::Function', properties, { attributes, dependsOn });
  checkPackage(id, lambda.properties);
  return lambda;
}

function code(id: string, { PackageType, InlineCode, CodeUri, ImageUri, SourceKMSKeyArn }: JsonObject): JsonObject {
  const kind = isGiven(PackageType) ? PackageType : 'Zip';
  const isSet = (value: Maybe) => value !== undefined && value !== null;
  if (kind === 'Image') {
    if (!isSet(ImageUri)) throw resourceFault(id, "'ImageUri' must be set.");
    if (!isGiven(ImageUri))
      throw resourceFault(id, "'ImageUri' requires that a image hosted at a registry be specified.");
    return { ImageUri };
  }
  if (kind !== 'Zip') throw resourceFault(id, `invalid 'PackageType' : ${told(kind)}`);
  if (!isSet(InlineCode) && !isSet(CodeUri))
    throw resourceFault(id, "Only one of 'InlineCode' or 'CodeUri' can be set.");
  const made: JsonObject = isSet(InlineCode) ? { ZipFile: InlineCode ?? null } : codeOf(id, 'CodeUri', CodeUri);
  return isGiven(SourceKMSKeyArn) ? { ...made, SourceKMSKeyArn } : made;
}

function checkPackage(id: string, properties: JsonObject): void {
  const { PackageType, Runtime, Handler, Layers, ImageConfig } = properties;
  if (isGiven(PackageType) && PackageType === 'Image') {
    if ([Handler, Runtime, Layers].some(isGiven))
      throw resourceFault(id, 'Runtime, Handler, Layers cannot be present when PackageType is of type `Image`');
    return;
  }
  if (!isGiven(Runtime) || !isGiven(Handler))
    throw resourceFault(id, 'Runtime and Handler needs to be present when PackageType is of type `Zip`');
  if (isGiven(ImageConfig))
    throw resourceFault(id, 'ImageUri or ImageConfig cannot be present when PackageType is of type `Zip`');
}

function capacityProvider(id: string, given: JsonObject): JsonObject {
  const { Arn, PerExecutionEnvironmentMaxConcurrency, ExecutionEnvironmentMemoryGiBPerVCpu, ...unknown } = given;
  const [name] = Object.keys(unknown);
  if (Arn === undefined || name !== undefined)
    throw resourceFault(
      id,
      `Invalid CapacityProviderConfig: 1 validation error for CapacityProviderConfig\n${name === undefined ? 'Arn\n  field required (type=value_error.missing)' : `${name}\n  extra fields not permitted (type=value_error.extra)`}`,
    );
  return {
    LambdaManagedInstancesCapacityProviderConfig: {
      CapacityProviderArn: Arn,
      ...(PerExecutionEnvironmentMaxConcurrency !== undefined && { PerExecutionEnvironmentMaxConcurrency }),
      ...(ExecutionEnvironmentMemoryGiBPerVCpu !== undefined && { ExecutionEnvironmentMemoryGiBPerVCpu }),
    },
  };
}
