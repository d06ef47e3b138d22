/** What each operation must be allowed. Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS Lambda". */
import type { Access, AccessRules, ConditionKeys, Ctx } from '#kernel/contract';
import { policyText } from './domain/find.ts';
import { mappingArn } from './domain/mapping.ts';
import { arnOf, parseName } from './domain/names.ts';
import { mappings } from './mapping-state.ts';

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

const onTagged =
  (action: string) =>
  (input: { Resource: string }, ctx: Ctx): Access =>
    input.Resource.includes(':event-source-mapping:')
      ? { action: `lambda:${action}`, resource: input.Resource }
      : onFunction(action)({ FunctionName: input.Resource }, ctx);

function functionArn(given: string, ctx: Ctx): string {
  const { account, name, qualifier } = parseName(given, undefined, ctx);
  return arnOf(ctx, account, name, qualifier);
}

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
  CreateFunction: onFunction('CreateFunction'),
  GetFunction: onFunction('GetFunction'),
  GetFunctionConfiguration: onFunction('GetFunctionConfiguration'),
  UpdateFunctionCode: onFunction('UpdateFunctionCode'),
  UpdateFunctionConfiguration: onFunction('UpdateFunctionConfiguration'),
  DeleteFunction: onFunction('DeleteFunction'),
  Invoke: onFunction('InvokeFunction'),
  PublishVersion: onFunction('PublishVersion'),
  ListVersionsByFunction: onFunction('ListVersionsByFunction'),
  AddPermission: onFunction('AddPermission'),
  RemovePermission: onFunction('RemovePermission'),
  GetPolicy: onFunction('GetPolicy'),
  CreateFunctionUrlConfig: onFunction('CreateFunctionUrlConfig'),
  GetFunctionUrlConfig: onFunction('GetFunctionUrlConfig'),
  UpdateFunctionUrlConfig: onFunction('UpdateFunctionUrlConfig'),
  DeleteFunctionUrlConfig: onFunction('DeleteFunctionUrlConfig'),
  ListFunctionUrlConfigs: onFunction('ListFunctionUrlConfigs'),
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
  TagResource: onTagged('TagResource'),
  UntagResource: onTagged('UntagResource'),
  ListTags: onTagged('ListTags'),
};
