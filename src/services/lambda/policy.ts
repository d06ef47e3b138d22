/** What each operation must be allowed. Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS Lambda". */
import type { Access, AccessRules, ConditionKeys, Ctx } from '#kernel/contract';
import { policyText } from './domain/find.ts';
import { layerArn, layerOf, layerPolicy, parseLayer } from './domain/layers.ts';
import { mappingArn } from './domain/mapping.ts';
import { arnOf, parseName } from './domain/names.ts';
import { executionArn, parseCallbackId } from './durable/names.ts';
import { executions } from './durable/state.ts';
import { mappings } from './mapping-state.ts';
import { policies, urls } from './state.ts';

type OnFunction = { FunctionName: string; Qualifier?: string | undefined };

/** An operation on a function, or on the version or alias that is named. */
const onFunction =
  (action: string) =>
  (input: OnFunction, ctx: Ctx): Access => {
    const { account, name, qualifier } = parseName(input.FunctionName, input.Qualifier, ctx);
    return {
      action: `lambda:${action}`,
      resource: arnOf(ctx, account, name, qualifier),
      account,
      policy: policyText(ctx.store.in({ account }), name, qualifier ?? ''),
    };
  };

/**
 * The same where no other account may, whatever the function's policy says.
 * Source: awsdocs/aws-lambda-developer-guide#139; Lambda Developer Guide, "Granting Lambda function access to other accounts": "most" actions.
 */
const onOwnFunction =
  (action: string) =>
  (input: OnFunction, ctx: Ctx): Access => {
    const { policy, ...access } = onFunction(action)(input, ctx);
    return access.account === ctx.account ? { ...access, policy } : access;
  };

const onTagged =
  (action: string) =>
  (input: { Resource: string }, ctx: Ctx): Access =>
    /:(event-source-mapping|code-signing-config):/.test(input.Resource)
      ? { action: `lambda:${action}`, resource: input.Resource }
      : onFunction(action)({ FunctionName: input.Resource }, ctx);

function functionArn(given: string, ctx: Ctx): string {
  const { account, name, qualifier } = parseName(given, undefined, ctx);
  return arnOf(ctx, account, name, qualifier);
}

/** An operation on a layer, or on one of its versions, whose policy may share it. */
function onLayer(action: string, given: string, number: number | undefined, ctx: Ctx): Access {
  const named = parseLayer(given, ctx);
  if (named === undefined) return { action: `lambda:${action}`, resource: '*' };
  const resource = layerArn(ctx, named.account, named.name, number ?? named.number);
  const row = layerOf(resource, ctx);
  return {
    action: `lambda:${action}`,
    resource,
    account: named.account,
    policy: row === undefined ? undefined : layerPolicy(row),
  };
}

const onSigningConfig =
  (action: string) =>
  (input: { CodeSigningConfigArn: string }): Access => ({
    action: `lambda:${action}`,
    resource: input.CodeSigningConfigArn,
  });

/** An operation on a durable execution. */
const onExecution =
  (action: string) =>
  (input: { DurableExecutionArn: string }): Access => ({
    action: `lambda:${action}`,
    resource: input.DurableExecutionArn,
  });

/** An operation on the durable execution that waits for a callback. */
const onCallback =
  (action: string) =>
  (input: { CallbackId: string }, ctx: Ctx): Access => {
    const row = ctx.store.get(executions, { id: parseCallbackId(input.CallbackId).execution });
    return {
      action: `lambda:${action}`,
      resource: row === undefined ? '*' : executionArn(row, ctx.account, ctx),
    };
  };

/** What conditions see of what a function is made of. Subnets are refused, so that nobody asks about them. */
function madeOf(input: { Layers?: readonly string[]; CodeSigningConfigArn?: string }): ConditionKeys {
  const { Layers: layers = [], CodeSigningConfigArn: signing } = input;
  return {
    ...(layers.length > 0 && { 'lambda:Layer': layers }),
    ...(signing !== undefined && { 'lambda:CodeSigningConfigArn': signing }),
  };
}

/** An operation on a function that conditions see more of. */
const making =
  (action: string, on: typeof onFunction = onFunction) =>
  (input: OnFunction & Parameters<typeof madeOf>[0], ctx: Ctx): Access => ({
    ...on(action)(input, ctx),
    context: madeOf(input),
  });

/** An operation on the address of a function: conditions see who may come to it, as the request says or as it is. */
const onUrl =
  (action: string) =>
  (input: OnFunction & { AuthType?: string | undefined }, ctx: Ctx): Access => ({
    ...onOwnFunction(action)(input, ctx),
    context: (): ConditionKeys => {
      const { account, name, qualifier } = parseName(input.FunctionName, input.Qualifier, ctx);
      const known = ctx.store.in({ account }).get(urls, { name, qualifier: qualifier ?? '' });
      const auth = input.AuthType ?? known?.authType;
      return {
        'lambda:FunctionArn': arnOf(ctx, account, name, qualifier),
        ...(auth !== undefined && { 'lambda:FunctionUrlAuthType': auth }),
      };
    },
  });

/** The permission to take a statement away is asked for by what that says. */
function removing(input: OnFunction & { StatementId: string }, ctx: Ctx): Access {
  const context = (): ConditionKeys => {
    const { account, name, qualifier } = parseName(input.FunctionName, input.Qualifier, ctx);
    const row = ctx.store.in({ account }).get(policies, { name, qualifier: qualifier ?? '' });
    const found = row?.statements.find(({ Sid }) => Sid === input.StatementId);
    const { Principal: who, Condition: condition } = (found ?? {}) as StatementParts;
    const principal = typeof who === 'string' ? who : (who?.Service ?? who?.AWS);
    const auth = condition?.StringEquals?.['lambda:FunctionUrlAuthType'];
    return {
      ...(principal !== undefined && {
        'lambda:Principal': /^arn:[a-z-]+:iam::(\d{12}):root$/.exec(principal)?.[1] ?? principal,
      }),
      ...(auth !== undefined && { 'lambda:FunctionUrlAuthType': auth }),
    };
  };
  return { ...onOwnFunction('RemovePermission')(input, ctx), context };
}

type StatementParts = {
  Principal?: string | { Service?: string; AWS?: string };
  Condition?: { StringEquals?: { [key: string]: string } };
};

/** An operation on an event source mapping. */
const onMapping =
  (action: string) =>
  (input: { UUID: string }, ctx: Ctx): Access => ({
    action: `lambda:${action}`,
    resource: mappingArn(ctx, input.UUID),
    context: (): ConditionKeys => {
      const row = ctx.store.get(mappings, { id: input.UUID });
      return row === undefined ? {} : { 'lambda:FunctionArn': arnOf(ctx, ctx.account, row.name, row.qualifier) };
    },
  });

export const access: AccessRules<'lambda'> = {
  CreateFunction: making('CreateFunction'),
  GetFunction: onFunction('GetFunction'),
  GetFunctionConfiguration: onFunction('GetFunctionConfiguration'),
  UpdateFunctionCode: onFunction('UpdateFunctionCode'),
  UpdateFunctionConfiguration: making('UpdateFunctionConfiguration', onOwnFunction),
  DeleteFunction: onFunction('DeleteFunction'),
  Invoke: onFunction('InvokeFunction'),
  PublishVersion: onFunction('PublishVersion'),
  ListVersionsByFunction: onFunction('ListVersionsByFunction'),
  AddPermission: (input, ctx) => {
    const { Principal, FunctionUrlAuthType: auth, InvokedViaFunctionUrl: viaUrl } = input;
    const context = {
      'lambda:Principal': Principal,
      ...(auth !== undefined && { 'lambda:FunctionUrlAuthType': auth }),
      ...(viaUrl !== undefined && { 'lambda:InvokedViaFunctionUrl': String(viaUrl) }),
    };
    return { ...onOwnFunction('AddPermission')(input, ctx), context };
  },
  RemovePermission: removing,
  GetPolicy: onFunction('GetPolicy'),
  CreateFunctionUrlConfig: onUrl('CreateFunctionUrlConfig'),
  GetFunctionUrlConfig: onUrl('GetFunctionUrlConfig'),
  UpdateFunctionUrlConfig: onUrl('UpdateFunctionUrlConfig'),
  DeleteFunctionUrlConfig: onUrl('DeleteFunctionUrlConfig'),
  ListFunctionUrlConfigs: onUrl('ListFunctionUrlConfigs'),
  CreateAlias: onFunction('CreateAlias'),
  GetAlias: onFunction('GetAlias'),
  UpdateAlias: onFunction('UpdateAlias'),
  DeleteAlias: onFunction('DeleteAlias'),
  ListAliases: onFunction('ListAliases'),
  PutFunctionConcurrency: onFunction('PutFunctionConcurrency'),
  GetFunctionConcurrency: onFunction('GetFunctionConcurrency'),
  DeleteFunctionConcurrency: onFunction('DeleteFunctionConcurrency'),
  PutProvisionedConcurrencyConfig: onFunction('PutProvisionedConcurrencyConfig'),
  GetProvisionedConcurrencyConfig: onFunction('GetProvisionedConcurrencyConfig'),
  DeleteProvisionedConcurrencyConfig: onFunction('DeleteProvisionedConcurrencyConfig'),
  ListProvisionedConcurrencyConfigs: onFunction('ListProvisionedConcurrencyConfigs'),
  PutFunctionEventInvokeConfig: onFunction('PutFunctionEventInvokeConfig'),
  UpdateFunctionEventInvokeConfig: onFunction('UpdateFunctionEventInvokeConfig'),
  GetFunctionEventInvokeConfig: onFunction('GetFunctionEventInvokeConfig'),
  DeleteFunctionEventInvokeConfig: onFunction('DeleteFunctionEventInvokeConfig'),
  ListFunctionEventInvokeConfigs: onFunction('ListFunctionEventInvokeConfigs'),
  PutRuntimeManagementConfig: onOwnFunction('PutRuntimeManagementConfig'),
  GetRuntimeManagementConfig: onOwnFunction('GetRuntimeManagementConfig'),
  PutFunctionRecursionConfig: onOwnFunction('PutFunctionRecursionConfig'),
  GetFunctionRecursionConfig: onOwnFunction('GetFunctionRecursionConfig'),
  PutFunctionCodeSigningConfig: making('PutFunctionCodeSigningConfig', onOwnFunction),
  GetFunctionCodeSigningConfig: onOwnFunction('GetFunctionCodeSigningConfig'),
  DeleteFunctionCodeSigningConfig: onOwnFunction('DeleteFunctionCodeSigningConfig'),
  PutResourcePolicy: (input, ctx) => onOwnFunction('PutResourcePolicy')({ FunctionName: input.ResourceArn }, ctx),
  GetResourcePolicy: (input, ctx) => onOwnFunction('GetResourcePolicy')({ FunctionName: input.ResourceArn }, ctx),
  DeleteResourcePolicy: (input, ctx) => onOwnFunction('DeleteResourcePolicy')({ FunctionName: input.ResourceArn }, ctx),
  GetCodeSigningConfig: onSigningConfig('GetCodeSigningConfig'),
  UpdateCodeSigningConfig: onSigningConfig('UpdateCodeSigningConfig'),
  DeleteCodeSigningConfig: onSigningConfig('DeleteCodeSigningConfig'),
  ListFunctionsByCodeSigningConfig: onSigningConfig('ListFunctionsByCodeSigningConfig'),
  PublishLayerVersion: (input, ctx) => onLayer('PublishLayerVersion', input.LayerName, undefined, ctx),
  // Source: keithrozario/Klayers, issue 81; mooyoul/serverless-latest-layer-version, issue 31: a version's policy does not let others list.
  ListLayerVersions: (input, ctx) => onLayer('ListLayerVersions', input.LayerName, undefined, ctx),
  GetLayerVersionByArn: (input, ctx) => onLayer('GetLayerVersion', input.Arn, undefined, ctx),
  GetLayerVersion: (input, ctx) => onLayer('GetLayerVersion', input.LayerName, input.VersionNumber, ctx),
  DeleteLayerVersion: (input, ctx) => onLayer('DeleteLayerVersion', input.LayerName, input.VersionNumber, ctx),
  AddLayerVersionPermission: (input, ctx) =>
    onLayer('AddLayerVersionPermission', input.LayerName, input.VersionNumber, ctx),
  RemoveLayerVersionPermission: (input, ctx) =>
    onLayer('RemoveLayerVersionPermission', input.LayerName, input.VersionNumber, ctx),
  GetLayerVersionPolicy: (input, ctx) => onLayer('GetLayerVersionPolicy', input.LayerName, input.VersionNumber, ctx),
  InvokeAsync: onFunction('InvokeAsync'),
  InvokeWithResponseStream: onFunction('InvokeFunction'),
  CreateEventSourceMapping: (input, ctx) => ({
    action: 'lambda:CreateEventSourceMapping',
    resource: '*',
    context: () => ({ 'lambda:FunctionArn': functionArn(input.FunctionName, ctx) }),
  }),
  GetEventSourceMapping: onMapping('GetEventSourceMapping'),
  UpdateEventSourceMapping: onMapping('UpdateEventSourceMapping'),
  DeleteEventSourceMapping: onMapping('DeleteEventSourceMapping'),
  CheckpointDurableExecution: onExecution('CheckpointDurableExecution'),
  GetDurableExecutionState: onExecution('GetDurableExecutionState'),
  GetDurableExecution: onExecution('GetDurableExecution'),
  GetDurableExecutionHistory: onExecution('GetDurableExecutionHistory'),
  StopDurableExecution: onExecution('StopDurableExecution'),
  PauseDurableExecution: onExecution('PauseDurableExecution'),
  ResumeDurableExecution: onExecution('ResumeDurableExecution'),
  DeleteDurableExecution: onExecution('DeleteDurableExecution'),
  ListDurableExecutionsByFunction: onOwnFunction('ListDurableExecutionsByFunction'),
  SendDurableExecutionCallbackSuccess: onCallback('SendDurableExecutionCallbackSuccess'),
  SendDurableExecutionCallbackFailure: onCallback('SendDurableExecutionCallbackFailure'),
  SendDurableExecutionCallbackHeartbeat: onCallback('SendDurableExecutionCallbackHeartbeat'),
  TagResource: onTagged('TagResource'),
  UntagResource: onTagged('UntagResource'),
  ListTags: onTagged('ListTags'),
};
