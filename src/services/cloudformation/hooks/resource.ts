/** Hooks as resources: AWS::CloudFormation::LambdaHook, and a hook's configuration by itself. */
import type { Made, Properties, ResourceScope, ResourceType } from '#kernel/contract';
import { isGone } from '#kernel/contract';
import type { OwnScope, OwnType } from '../deploy/step-scope.ts';
import { configurationArn, findHook, hookNamed, LAMBDA_HOOK } from './activation.ts';
import { hookArn } from './invoke.ts';

type Hook = {
  Alias: string;
  ExecutionRole: string;
  FailureMode: string;
  HookStatus: string;
  LambdaFunction: string;
  LoggingConfig?: { LogGroupName: string; LogRoleArn: string };
  StackFilters?: object;
  TargetFilters?: object;
  TargetOperations: string[];
};

/** Its properties as SetTypeConfiguration takes them. */
function configurationOf(properties: Properties): string {
  const { FailureMode, HookStatus, LambdaFunction, StackFilters, TargetFilters, TargetOperations } = properties as Hook;
  const HookConfiguration = {
    HookInvocationStatus: HookStatus,
    TargetOperations,
    FailureMode,
    Properties: { LambdaFunction },
    ...(TargetFilters !== undefined && { TargetFilters }),
    ...(StackFilters !== undefined && { StackFilters }),
  };
  return JSON.stringify({ CloudFormationConfiguration: { HookConfiguration } });
}

async function activate(properties: Properties, { aws }: ResourceScope): Promise<Made> {
  const { Alias, ExecutionRole, LoggingConfig } = properties as Hook;
  const { Arn: TypeArn = '' } = await aws.cloudformation.ActivateType({
    Type: 'HOOK',
    TypeName: LAMBDA_HOOK,
    TypeNameAlias: Alias,
    ExecutionRoleArn: ExecutionRole,
    AutoUpdate: properties.AutoUpdate !== false,
    ...(LoggingConfig !== undefined && { LoggingConfig }),
  });
  await aws.cloudformation.SetTypeConfiguration({ TypeArn, Configuration: configurationOf(properties) });
  return { id: TypeArn, attributes: { HookArn: TypeArn } };
}

const lambdaHook: OwnType = {
  create: activate,
  update: (_, properties, __, scope) => activate(properties, scope),
  async delete(Arn, _, { aws }) {
    await isGone('TypeNotFoundException', aws.cloudformation.DeactivateType({ Arn }));
  },
  async read(TypeArn, _, { ctx }) {
    const hook = hookNamed({ TypeArn }, ctx);
    if (hook?.configuration === undefined) return undefined;
    const given = JSON.parse(hook.configuration) as {
      CloudFormationConfiguration: { HookConfiguration: Record<string, unknown> };
    };
    const { HookInvocationStatus, Properties, ...rest } = given.CloudFormationConfiguration.HookConfiguration;
    return {
      ...rest,
      Alias: hook.name,
      ExecutionRole: hook.roleArn,
      HookStatus: HookInvocationStatus,
      AutoUpdate: hook.autoUpdate,
      LoggingConfig: hook.logging,
      LambdaFunction: (Properties as { LambdaFunction?: string }).LambdaFunction,
    };
  },
};

function configured(properties: Properties, { aws, ctx }: OwnScope): Promise<Made> {
  const { TypeName, TypeArn, Configuration } = properties as { [name: string]: string | undefined };
  const hook = findHook({ TypeName, TypeArn }, ctx);
  const id = configurationArn(hook, ctx);
  return aws.cloudformation
    .SetTypeConfiguration({ TypeArn: hookArn(hook.name, ctx), Configuration: Configuration ?? '' })
    .then(() => ({ id, attributes: { ConfigurationArn: id } }));
}

const hookTypeConfig: OwnType = {
  create: configured,
  update: (_, properties, __, scope) => configured(properties, scope),
  // A hook keeps the configuration that it was given last: there is no call that takes it away.
  async delete() {},
};

export const hookTypes: { readonly [type: string]: ResourceType } = {
  'AWS::CloudFormation::HookTypeConfig': hookTypeConfig as ResourceType,
  'AWS::CloudFormation::LambdaHook': lambdaHook as ResourceType,
};
