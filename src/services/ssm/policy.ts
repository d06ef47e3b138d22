/** What each operation must be allowed. Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS Systems Manager". */
import type { Access, AccessRules, ConditionKeys, Ctx } from '#kernel/contract';
import { rowOf } from './domain/find.ts';
import { arnOf, select } from './domain/names.ts';
import { isPublic } from './domain/public.ts';
import { tagsOf } from './operations/tag.ts';

const onParameter =
  (action: string, more: ConditionKeys = {}) =>
  (input: { Name: string }, ctx: Ctx): Access => {
    const { name, account } = select(input.Name, ctx);
    const { partition, region } = ctx;
    const resource = arnOf(name, { partition, region, account: isPublic(name) ? '' : account });
    const tags = () => Object.entries(account === ctx.account ? tagsOf(resource, ctx) : {});
    const context = () => ({
      ...Object.fromEntries(tags().map(([key, value]) => [`ssm:resourceTag/${key}`, value])),
      ...more,
    });
    return { action: `ssm:${action}`, resource, account, policy: sharesOf(name, account, ctx), context };
  };

/** The policies of a parameter as one; undefined where it has none. */
function sharesOf(name: string, account: string, { store }: Ctx): string | undefined {
  const view = store.in({ account });
  const row = rowOf(name, view);
  if ((row?.shares ?? []).length === 0) return undefined;
  const Statement = row?.shares?.flatMap(({ policy }) => (JSON.parse(policy) as { Statement: object }).Statement);
  return JSON.stringify({ Version: '2012-10-17', Statement });
}

const onShared =
  (action: string) =>
  ({ ResourceArn: resource }: { ResourceArn: string }): Access => ({ action: `ssm:${action}`, resource });

const onParameters = (action: string) => (input: { Names: readonly string[] }, ctx: Ctx) =>
  input.Names.map((Name) => onParameter(action)({ Name }, ctx));

const onTagged = (action: string) => (input: { ResourceType: string; ResourceId: string }, ctx: Ctx) =>
  input.ResourceType === 'Parameter'
    ? onParameter(action)({ Name: input.ResourceId }, ctx)
    : { action: `ssm:${action}`, resource: '*' };

const onSetting =
  (action: string) =>
  ({ SettingId }: { SettingId: string }, { partition, region, account }: Ctx): Access => ({
    action: `ssm:${action}`,
    resource: `arn:${partition}:ssm:${region}:${account}:servicesetting/${SettingId.replace(/^arn:.*?:servicesetting/, '').replace(/^\//, '')}`,
  });

export const access: AccessRules<'ssm'> = {
  PutParameter: (input, ctx) => {
    const { Overwrite: overwrites = false, Policies: policies = '' } = input;
    const keys = { 'ssm:Overwrite': String(overwrites), 'ssm:Policies': String(policies !== '') };
    return onParameter('PutParameter', keys)(input, ctx);
  },
  GetParameter: onParameter('GetParameter'),
  GetParameters: onParameters('GetParameters'),
  GetParametersByPath: (input, ctx) =>
    onParameter('GetParametersByPath', { 'ssm:Recursive': String(input.Recursive ?? false) })(
      { Name: input.Path },
      ctx,
    ),
  GetParameterHistory: onParameter('GetParameterHistory'),
  DeleteParameter: onParameter('DeleteParameter'),
  DeleteParameters: onParameters('DeleteParameters'),
  LabelParameterVersion: onParameter('LabelParameterVersion'),
  UnlabelParameterVersion: onParameter('UnlabelParameterVersion'),
  AddTagsToResource: onTagged('AddTagsToResource'),
  RemoveTagsFromResource: onTagged('RemoveTagsFromResource'),
  ListTagsForResource: onTagged('ListTagsForResource'),
  PutResourcePolicy: onShared('PutResourcePolicy'),
  GetResourcePolicies: onShared('GetResourcePolicies'),
  DeleteResourcePolicy: onShared('DeleteResourcePolicy'),
  GetServiceSetting: onSetting('GetServiceSetting'),
  UpdateServiceSetting: onSetting('UpdateServiceSetting'),
  ResetServiceSetting: onSetting('ResetServiceSetting'),
};
