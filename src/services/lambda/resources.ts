/** Lambda's types of CloudFormation. */
import type { Made, Properties, ResourceScope, ResourceType, ResourceTypes } from '#kernel/contract';
import { ifThere, isGone, madeOnce, refuseProperties, ServiceError, tagsGone, tagsOf, textOf } from '#kernel/contract';
import { archive, inlineFiles } from './domain/inline.ts';
import { resourcePolicy, signingConfig } from './resources-signing.ts';
import { eventSource, invokeConfig } from './resources-source.ts';
import { alias, version } from './resources-version.ts';

const GONE = 'ResourceNotFoundException';
const TAKEN = 'ResourceConflictException';
const text = (value: unknown) => textOf(value) ?? '';

/** What CreateFunction and UpdateFunctionConfiguration take under the same name. */
const SETTINGS = [
  'CapacityProviderConfig',
  'DeadLetterConfig',
  'Description',
  'DurableConfig',
  'Environment',
  'EphemeralStorage',
  'FileSystemConfigs',
  'Handler',
  'ImageConfig',
  'Layers',
  'LoggingConfig',
  'MemorySize',
  'Role',
  'Runtime',
  'SnapStart',
  'Timeout',
  'TracingConfig',
  'VpcConfig',
];
/** What UpdateFunctionConfiguration takes for what the template has no more. */
const DEFAULTS: Properties = {
  DeadLetterConfig: { TargetArn: '' },
  Description: '',
  Environment: { Variables: {} },
  EphemeralStorage: { Size: 512 },
  FileSystemConfigs: [],
  ImageConfig: {},
  KMSKeyArn: '',
  Layers: [],
  LoggingConfig: { LogFormat: 'Text' },
  MemorySize: 128,
  SnapStart: { ApplyOn: 'None' },
  Timeout: 3,
  TracingConfig: { Mode: 'PassThrough' },
  VpcConfig: { SubnetIds: [], SecurityGroupIds: [] },
};

function settingsOf(properties: Properties): Properties {
  const { KmsKeyArn: KMSKeyArn } = properties;
  const all = { ...properties, ...(KMSKeyArn !== undefined && { KMSKeyArn }) } as Properties;
  const names = [...SETTINGS, 'KMSKeyArn'].filter((name) => all[name] !== undefined);
  return Object.fromEntries(names.map((name) => [name, all[name]]));
}

type Code = { ZipFile?: string; ImageUri?: string; SourceKMSKeyArn?: string; [name: string]: unknown };

/** Code in S3 or an image as it is, text as an archive. */
function codeOf({ Code: code, Runtime }: Properties) {
  const { ZipFile: source, ...place } = code as Code;
  if (source === undefined) return place;
  const files = inlineFiles(text(Runtime), source);
  if (files === undefined)
    throw new ServiceError(
      'InvalidRequest',
      'ZipFile can only be used when Runtime is set to either of nodejs, python.',
    );
  return { ...place, ZipFile: archive(files) };
}

/** What only functions on instances have. Source of the words: badmintoncryer/cdk-preflight, measured in September 2026. */
function refuseManaged(properties: Properties): void {
  const names = ['FunctionScalingConfig', 'PublishToLatestPublished'];
  if (properties.CapacityProviderConfig === undefined && names.some((name) => properties[name] !== undefined))
    throw new ServiceError(
      'InvalidRequest',
      'PublishToLatestPublished or FunctionScalingConfig cannot be specified unless creating a Lambda Managed Instance function',
    );
  refuseProperties(properties, names);
}

const lambdaFunction: ResourceType = {
  async create(properties, scope) {
    refuseManaged(properties);
    const { lambda } = scope.aws;
    const FunctionName = textOf(properties.FunctionName) ?? scope.name(64);
    const { Architectures, CodeSigningConfigArn, PackageType, TenancyConfig } = properties;
    await madeOnce(
      TAKEN,
      scope,
      lambda.CreateFunction({
        ...settingsOf(properties),
        FunctionName,
        Code: codeOf(properties),
        ...(Architectures !== undefined && { Architectures }),
        ...(CodeSigningConfigArn !== undefined && { CodeSigningConfigArn }),
        ...(PackageType !== undefined && { PackageType }),
        ...(TenancyConfig !== undefined && { TenancyConfig }),
        Tags: tagsOf(properties, scope),
      } as never),
    );
    scope.begun(FunctionName);
    await setAspects(FunctionName, properties, {}, scope);
    return madeFunction(FunctionName, scope);
  },
  async update(FunctionName, properties, before, scope) {
    refuseManaged(properties);
    const { lambda } = scope.aws;
    const differs = (names: readonly string[]) =>
      names.some((name) => JSON.stringify(properties[name]) !== JSON.stringify(before[name]));
    if (differs(['Code', 'Architectures']))
      await lambda.UpdateFunctionCode({
        FunctionName,
        ...codeOf(properties),
        ...(properties.Architectures !== undefined && { Architectures: properties.Architectures }),
      } as never);
    if (differs([...SETTINGS, 'KmsKeyArn'])) {
      const gone = Object.keys(settingsOf(before)).filter((name) => settingsOf(properties)[name] === undefined);
      const cleared = Object.fromEntries(gone.map((name) => [name, DEFAULTS[name]]));
      await lambda.UpdateFunctionConfiguration({ FunctionName, ...cleared, ...settingsOf(properties) } as never);
    }
    await setAspects(FunctionName, properties, before, scope);
    const made = await madeFunction(FunctionName, scope);
    const Resource = text(made.attributes.Arn);
    const TagKeys = tagsGone(properties, before, scope);
    if (TagKeys.length > 0) await lambda.UntagResource({ Resource, TagKeys });
    await lambda.TagResource({ Resource, Tags: tagsOf(properties, scope) });
    return made;
  },
  delete: (FunctionName, _, { aws }) => isGone(GONE, aws.lambda.DeleteFunction({ FunctionName })),
  async read(FunctionName, properties, { aws }) {
    const found = await ifThere(GONE, aws.lambda.GetFunction({ FunctionName }));
    if (found?.Configuration === undefined) return undefined;
    const { Tags, Concurrency } = found;
    const { KMSKeyArn: KmsKeyArn, Layers, SnapStart, ...configuration } = found.Configuration;
    return {
      ...settingsOf(configuration as Properties),
      Environment: configuration.Environment ?? (properties.Environment ? { Variables: {} } : undefined),
      Layers: (Layers ?? []).map(({ Arn }) => Arn),
      KmsKeyArn,
      SnapStart: { ApplyOn: SnapStart?.ApplyOn ?? 'None' },
      ReservedConcurrentExecutions: Concurrency?.ReservedConcurrentExecutions,
      FunctionName,
      Architectures: found.Configuration.Architectures,
      PackageType: found.Configuration.PackageType,
      TenancyConfig: found.Configuration.TenancyConfig,
      Code: properties.Code,
      ...(Tags !== undefined && { Tags: Object.entries(Tags).map(([Key, Value]) => ({ Key, Value })) }),
    };
  },
};

async function madeFunction(FunctionName: string, { aws }: ResourceScope): Promise<Made> {
  const { FunctionArn, SnapStart } = await aws.lambda.GetFunctionConfiguration({ FunctionName });
  return { id: FunctionName, attributes: { Arn: FunctionArn, SnapStartResponse: SnapStart ?? {} } };
}

/** What operations of their own set: its share of concurrency, its runtime's updates, loops, signing. */
async function setAspects(FunctionName: string, properties: Properties, before: Properties, { aws }: ResourceScope) {
  const { lambda } = aws;
  const { ReservedConcurrentExecutions: reserved, RecursiveLoop, RuntimeManagementConfig } = properties;
  const differs = (name: string) => JSON.stringify(properties[name]) !== JSON.stringify(before[name]);
  if (differs('ReservedConcurrentExecutions'))
    await (reserved === undefined
      ? lambda.DeleteFunctionConcurrency({ FunctionName })
      : lambda.PutFunctionConcurrency({ FunctionName, ReservedConcurrentExecutions: Number(reserved) }));
  if (differs('RecursiveLoop'))
    await lambda.PutFunctionRecursionConfig({
      FunctionName,
      RecursiveLoop: (RecursiveLoop ?? 'Terminate') as 'Terminate',
    });
  if (differs('RuntimeManagementConfig'))
    await lambda.PutRuntimeManagementConfig({
      FunctionName,
      ...((RuntimeManagementConfig ?? { UpdateRuntimeOn: 'Auto' }) as { UpdateRuntimeOn: 'Auto' }),
    });
  if (before.Role !== undefined && differs('CodeSigningConfigArn'))
    await (properties.CodeSigningConfigArn === undefined
      ? lambda.DeleteFunctionCodeSigningConfig({ FunctionName })
      : lambda.PutFunctionCodeSigningConfig({
          FunctionName,
          CodeSigningConfigArn: text(properties.CodeSigningConfigArn),
        }));
}

const permission: ResourceType = {
  async create(properties, scope) {
    const StatementId = scope.name(100);
    const asked = properties as { FunctionName: string; Action: string; Principal: string };
    await madeOnce(TAKEN, scope, scope.aws.lambda.AddPermission({ ...asked, StatementId }));
    return { id: StatementId, attributes: { Id: StatementId } };
  },
  delete: (StatementId, { FunctionName }, { aws }) =>
    isGone(GONE, aws.lambda.RemovePermission({ FunctionName: text(FunctionName), StatementId })),
  async read(id, properties, { aws }) {
    const found = await ifThere(GONE, aws.lambda.GetPolicy({ FunctionName: text(properties.FunctionName) }));
    const { Statement = [] } = JSON.parse(found?.Policy ?? '{}') as { Statement?: { Sid: string }[] };
    // A statement is never changed, only removed.
    return Statement.some(({ Sid }) => Sid === id) ? properties : undefined;
  },
};

type Url = { TargetFunctionArn: string; Qualifier?: string; AuthType: 'NONE'; Cors?: object; InvokeMode?: 'BUFFERED' };

const urlKey = (properties: Properties) => {
  const { TargetFunctionArn: FunctionName, Qualifier } = properties as Url;
  return { FunctionName, ...(Qualifier !== undefined && { Qualifier }) };
};
const urlSettings = (properties: Properties) => {
  const { AuthType, Cors, InvokeMode } = properties as Url;
  return { AuthType, ...(Cors !== undefined && { Cors }), ...(InvokeMode !== undefined && { InvokeMode }) };
};

const url: ResourceType = {
  async create(properties, scope) {
    const { lambda } = scope.aws;
    const wanted = { ...urlKey(properties), ...urlSettings(properties) };
    await madeOnce(TAKEN, scope, lambda.CreateFunctionUrlConfig(wanted));
    const { FunctionArn, FunctionUrl } = await lambda.GetFunctionUrlConfig(urlKey(properties));
    return { id: FunctionArn, attributes: { FunctionArn, FunctionUrl } };
  },
  async update(id, properties, before, { aws }) {
    const cleared = properties.Cors === undefined && before.Cors !== undefined ? { Cors: {} } : {};
    const { FunctionArn, FunctionUrl } = await aws.lambda.UpdateFunctionUrlConfig({
      ...cleared,
      ...urlKey(properties),
      ...urlSettings(properties),
    });
    return { id, attributes: { FunctionArn, FunctionUrl } };
  },
  delete: (_, properties, { aws }) => isGone(GONE, aws.lambda.DeleteFunctionUrlConfig(urlKey(properties))),
  async read(_, properties, { aws }) {
    const found = await ifThere(GONE, aws.lambda.GetFunctionUrlConfig(urlKey(properties)));
    if (found === undefined) return undefined;
    const { Cors = properties.Cors ? {} : undefined } = found;
    return { ...urlSettings(found), Cors, ...urlKey(properties), TargetFunctionArn: properties.TargetFunctionArn };
  },
};

const layer: ResourceType = {
  async create(properties, scope) {
    const LayerName = textOf(properties.LayerName) ?? scope.name(64);
    const { LayerVersionArn = '' } = await scope.aws.lambda.PublishLayerVersion({ ...properties, LayerName } as never);
    return { id: LayerVersionArn, attributes: { LayerVersionArn } };
  },
  async delete(id, _, { aws }) {
    const [, LayerName = '', number] = /^(.*):(\d+)$/.exec(id) ?? [];
    await isGone(GONE, aws.lambda.DeleteLayerVersion({ LayerName, VersionNumber: Number(number) }));
  },
  // A version is never changed, only removed.
  async read(Arn, properties, { aws }) {
    return (await ifThere(GONE, aws.lambda.GetLayerVersionByArn({ Arn }))) && properties;
  },
};

const layerPermission: ResourceType = {
  async create(properties, scope) {
    const StatementId = scope.name(100);
    const { LayerVersionArn, Action, Principal, OrganizationId } = properties;
    await madeOnce(
      TAKEN,
      scope,
      scope.aws.lambda.AddLayerVersionPermission({
        ...layerKey(LayerVersionArn),
        StatementId,
        Action: text(Action),
        Principal: text(Principal),
        ...(OrganizationId !== undefined && { OrganizationId: text(OrganizationId) }),
      }),
    );
    return {
      id: `${text(LayerVersionArn)}#${StatementId}`,
      attributes: { Id: `${text(LayerVersionArn)}#${StatementId}` },
    };
  },
  delete: (id, { LayerVersionArn }, { aws }) =>
    isGone(
      GONE,
      aws.lambda.RemoveLayerVersionPermission({
        ...layerKey(LayerVersionArn),
        StatementId: id.slice(id.indexOf('#') + 1),
      }),
    ),
};

function layerKey(arn: unknown) {
  const [, LayerName = '', number] = /^(.*):(\d+)$/.exec(text(arn)) ?? [];
  return { LayerName, VersionNumber: Number(number) };
}

export const resources: ResourceTypes = {
  'AWS::Lambda::Alias': alias,
  'AWS::Lambda::CodeSigningConfig': signingConfig,
  'AWS::Lambda::EventInvokeConfig': invokeConfig,
  'AWS::Lambda::EventSourceMapping': eventSource,
  'AWS::Lambda::Function': lambdaFunction,
  'AWS::Lambda::LayerVersion': layer,
  'AWS::Lambda::LayerVersionPermission': layerPermission,
  'AWS::Lambda::Permission': permission,
  'AWS::Lambda::ResourcePolicy': resourcePolicy,
  'AWS::Lambda::Url': url,
  'AWS::Lambda::Version': version,
};
