/** What each operation must be allowed. Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS Systems Manager". */
import type { AccessRules, Ctx } from '#kernel/contract';
import { arnOf, select } from './domain/names.ts';

const onParameter = (action: string) => (input: { Name: string }, ctx: Ctx) => {
  const { name, account } = select(input.Name, ctx);
  const { partition, region } = ctx;
  return { action: `ssm:${action}`, resource: arnOf(name, { partition, region, account }), account };
};

const onParameters = (action: string) => (input: { Names: readonly string[] }, ctx: Ctx) =>
  input.Names.map((Name) => onParameter(action)({ Name }, ctx));

const onTagged = (action: string) => (input: { ResourceType: string; ResourceId: string }, ctx: Ctx) =>
  input.ResourceType === 'Parameter'
    ? onParameter(action)({ Name: input.ResourceId }, ctx)
    : { action: `ssm:${action}`, resource: '*' };

export const access: AccessRules<'ssm'> = {
  PutParameter: (input, ctx) => ({
    ...onParameter('PutParameter')(input, ctx),
    context: { 'ssm:Overwrite': String(input.Overwrite ?? false) },
  }),
  GetParameter: onParameter('GetParameter'),
  GetParameters: onParameters('GetParameters'),
  GetParametersByPath: (input, ctx) => ({
    ...onParameter('GetParametersByPath')({ Name: input.Path }, ctx),
    context: { 'ssm:Recursive': String(input.Recursive ?? false) },
  }),
  GetParameterHistory: onParameter('GetParameterHistory'),
  DeleteParameter: onParameter('DeleteParameter'),
  DeleteParameters: onParameters('DeleteParameters'),
  LabelParameterVersion: onParameter('LabelParameterVersion'),
  UnlabelParameterVersion: onParameter('UnlabelParameterVersion'),
  AddTagsToResource: onTagged('AddTagsToResource'),
  RemoveTagsFromResource: onTagged('RemoveTagsFromResource'),
  ListTagsForResource: onTagged('ListTagsForResource'),
};
