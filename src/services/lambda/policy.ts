/** What each operation must be allowed. Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS Lambda". */
import type { Access, AccessRules, Ctx } from '#kernel/contract';
import { policyText } from './domain/find.ts';
import { arnOf, parseName } from './domain/names.ts';

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

const onTagged = (action: string) => (input: { Resource: string }, ctx: Ctx) =>
  onFunction(action)({ FunctionName: input.Resource }, ctx);

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
  TagResource: onTagged('TagResource'),
  UntagResource: onTagged('UntagResource'),
  ListTags: onTagged('ListTags'),
};
