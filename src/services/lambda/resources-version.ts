/** Lambda's types of CloudFormation for versions and their names, with what is kept started of them. */
import { SECOND } from '#kernel/base';
import type { Properties, ResourceScope, ResourceType } from '#kernel/contract';
import { ifThere, isGone, madeOnce, refuseProperties, ServiceError, textOf } from '#kernel/contract';

const GONE = 'ResourceNotFoundException';
const TAKEN = 'ResourceConflictException';
const UNPROVISIONED = 'ProvisionedConcurrencyConfigNotFoundException';
const text = (value: unknown) => textOf(value) ?? '';

type Provisioned = { ProvisionedConcurrentExecutions: number };

/** Done once the environments have started. Source of the error's text: events of stacks, as users of CloudFormation report them. */
async function provision(FunctionName: string, Qualifier: string, config: unknown, had: unknown, scope: ResourceScope) {
  const { lambda } = scope.aws;
  if (JSON.stringify(config) === JSON.stringify(had)) return;
  if (config === undefined) {
    await lambda.DeleteProvisionedConcurrencyConfig({ FunctionName, Qualifier });
    return;
  }
  const wanted = config as Provisioned;
  const kept = await ifThere(UNPROVISIONED, lambda.GetProvisionedConcurrencyConfig({ FunctionName, Qualifier }));
  const isAsked = kept?.RequestedProvisionedConcurrentExecutions === Number(wanted.ProvisionedConcurrentExecutions);
  if (!scope.again || !isAsked) await lambda.PutProvisionedConcurrencyConfig({ FunctionName, Qualifier, ...wanted });
  const { Status, StatusReason } = await lambda.GetProvisionedConcurrencyConfig({ FunctionName, Qualifier });
  if (Status === 'IN_PROGRESS') return scope.later(SECOND);
  if (Status === 'FAILED')
    throw new ServiceError(
      'NotStabilized',
      `Provisioned Concurrency configuration failed to be applied. Reason: ${StatusReason}`,
    );
}

/** Done once a version has started that has to. Source of the error's text: as that of provisioning. */
async function started(FunctionName: string, Qualifier: string, arn: string, scope: ResourceScope): Promise<void> {
  const { State, StateReason } = await scope.aws.lambda.GetFunctionConfiguration({ FunctionName, Qualifier });
  if (State === 'Pending') scope.later(SECOND);
  if (State === 'Failed')
    throw new ServiceError(
      'NotStabilized',
      `Resource of type 'AWS::Lambda::Version' with identifier '${arn}' did not stabilize. Status Reason is ${StateReason}`,
    );
}

/** Publishing what has not changed gives a version that is there: a resource of another's is none. Source: serverless/serverless, issue 8392. */
async function versionsOf(FunctionName: string, { aws: { lambda } }: ResourceScope): Promise<Set<string>> {
  const found = new Set<string>();
  for (let Marker: string | undefined, isFirst = true; isFirst || Marker !== undefined; isFirst = false) {
    const { Versions = [], NextMarker } = await lambda.ListVersionsByFunction({
      FunctionName,
      ...(Marker !== undefined && { Marker }),
    });
    for (const one of Versions) found.add(one.Version ?? '');
    Marker = NextMarker;
  }
  return found;
}

export const version: ResourceType = {
  async create(properties, scope) {
    const { aws } = scope;
    refuseProperties(properties, ['FunctionScalingConfig', 'RuntimePolicy']);
    const { CodeSha256, Description, ProvisionedConcurrencyConfig } = properties;
    const FunctionName = text(properties.FunctionName);
    const before = await versionsOf(FunctionName, scope);
    const { FunctionArn = '', Version = '' } = await aws.lambda.PublishVersion({
      FunctionName,
      ...(CodeSha256 !== undefined && { CodeSha256: text(CodeSha256) }),
      ...(Description !== undefined && { Description: text(Description) }),
    });
    if (!scope.again && before.has(Version))
      throw new ServiceError(
        'AlreadyExists',
        `A version for this Lambda function exists ( ${Version} ). Modify the function to create a new version.`,
      );
    scope.begun(FunctionArn);
    await started(FunctionName, Version, FunctionArn, scope);
    await provision(FunctionName, Version, ProvisionedConcurrencyConfig, undefined, scope);
    return { id: FunctionArn, attributes: { FunctionArn, Version } };
  },
  delete: (id, _, { aws }) => isGone(GONE, aws.lambda.DeleteFunction({ FunctionName: id })),
};

type Routing = { AdditionalVersionWeights?: { FunctionVersion: string; FunctionWeight: number }[] };

function aliasOf(properties: Properties) {
  const { AdditionalVersionWeights = [] } = (properties.RoutingConfig ?? {}) as Routing;
  return {
    FunctionName: text(properties.FunctionName),
    Name: text(properties.Name),
    FunctionVersion: text(properties.FunctionVersion),
    // One that is taken out of a template stays; weights go. Source: radkawar/stackd, measured in 2026.
    ...(properties.Description !== undefined && { Description: text(properties.Description) }),
    RoutingConfig: {
      AdditionalVersionWeights: Object.fromEntries(
        AdditionalVersionWeights.map(({ FunctionVersion, FunctionWeight }) => [FunctionVersion, FunctionWeight]),
      ),
    },
  };
}

export const alias: ResourceType = {
  async create(properties, scope) {
    const wanted = aliasOf(properties);
    const { FunctionName, Name } = wanted;
    await madeOnce(TAKEN, scope, scope.aws.lambda.CreateAlias(wanted));
    scope.begun(`${FunctionName}:${Name}`);
    await provision(FunctionName, Name, properties.ProvisionedConcurrencyConfig, undefined, scope);
    const { AliasArn = '' } = await scope.aws.lambda.GetAlias({ FunctionName, Name });
    return { id: AliasArn, attributes: { AliasArn } };
  },
  async update(id, properties, before, scope) {
    const { aws } = scope;
    const wanted = aliasOf(properties);
    await aws.lambda.UpdateAlias(wanted);
    const { ProvisionedConcurrencyConfig: config } = properties;
    await provision(wanted.FunctionName, wanted.Name, config, before.ProvisionedConcurrencyConfig, scope);
    return { id, attributes: { AliasArn: id } };
  },
  delete: (_, { FunctionName, Name }, { aws }) =>
    isGone(GONE, aws.lambda.DeleteAlias({ FunctionName: text(FunctionName), Name: text(Name) })),
  async read(_, properties, { aws: { lambda } }) {
    const { FunctionName, Name } = aliasOf(properties);
    const found = await ifThere(GONE, lambda.GetAlias({ FunctionName, Name }));
    if (found === undefined) return undefined;
    const { FunctionVersion, Description, RoutingConfig } = found;
    const weights = Object.entries(RoutingConfig?.AdditionalVersionWeights ?? {});
    const AdditionalVersionWeights = weights.map(([version, FunctionWeight]) => ({
      FunctionVersion: version,
      FunctionWeight,
    }));
    return {
      ...properties,
      FunctionVersion,
      Description: Description === '' && properties.Description !== '' ? undefined : Description,
      RoutingConfig: weights.length === 0 ? undefined : { AdditionalVersionWeights },
    };
  },
};
