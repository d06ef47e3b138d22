/** What each operation must be allowed. Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS CloudFormation". */
import type { Access, AccessRules, ConditionKeys, Ctx } from '#kernel/contract';
import { hookNamed } from './hooks/activation.ts';
import { hookArn } from './hooks/invoke.ts';
import { hookResults } from './hooks/state.ts';
import { sets } from './sets/state.ts';
import { changeSets, type StackRow, stacks } from './state.ts';

const TYPE_ARN = 'cloudformation:TypeArn';

type OnStack = { StackName?: string | undefined; ChangeSetName?: string | undefined };

/** Members of requests that conditions see, by their keys. */
const SEEN = {
  RoleARN: 'RoleArn',
  AdministrationRoleARN: 'RoleArn',
  TemplateURL: 'TemplateUrl',
  StackPolicyURL: 'StackPolicyUrl',
  ResourceTypes: 'ResourceTypes',
  Regions: 'TargetRegion',
} as const;

/** What conditions see of a request. */
function given(input: object, ctx: Ctx): ConditionKeys {
  const members = input as { readonly [member: string]: unknown };
  const imported = (members.ResourcesToImport ?? []) as readonly { ResourceType: string }[];
  const changeSet = members.ChangeSetName;
  return {
    ...Object.fromEntries(
      Object.entries(SEEN).flatMap(([member, key]) => {
        const value = members[member] as string | readonly string[] | undefined;
        return value === undefined ? [] : [[`cloudformation:${key}`, value]];
      }),
    ),
    ...(imported.length > 0 && {
      'cloudformation:ImportResourceTypes': imported.map(({ ResourceType }) => ResourceType),
    }),
    ...(typeof changeSet === 'string' && { 'cloudformation:ChangeSetName': nameOf(changeSet, ctx) }),
  };
}

/** The name of a change set that is named so, or by its ARN. */
function nameOf(changeSet: string, ctx: Ctx): string {
  if (!changeSet.startsWith('arn:')) return changeSet;
  return ctx.store.get(changeSets, { id: changeSet })?.name ?? changeSet.split('/')[1] ?? changeSet;
}

/** The stack's ARN; of a name that has no stack, that of any stack of the name. */
const onStack =
  (action: string) =>
  (input: OnStack, ctx: Ctx): Access => {
    const { ChangeSetName: changeSet, StackName = '*' } = input;
    // Of a change set's ARN the stack is what counts.
    const row = changeSet?.startsWith('arn:') === true ? ctx.store.get(changeSets, { id: changeSet }) : undefined;
    const name = row?.stackId ?? StackName;
    const found: StackRow | undefined = name.startsWith('arn:')
      ? undefined
      : ctx.store.first(stacks, { index: 'byName', where: { liveName: name } });
    const resource = name.startsWith('arn:')
      ? name
      : (found?.id ?? `arn:${ctx.partition}:cloudformation:${ctx.region}:${ctx.account}:stack/${name}/*`);
    return { action: `cloudformation:${action}`, resource, context: () => given(input, ctx) };
  };

/** The set's ARN; of a name that has no set, that of any set of the name. */
const onSet =
  (action: string) =>
  (input: { StackSetName: string }, ctx: Ctx): Access => {
    const { StackSetName: name } = input;
    const row = setNamed(name, ctx);
    const any = `arn:${ctx.partition}:cloudformation:${ctx.region}:${ctx.account}:stackset/${name.includes(':') ? name : `${name}:*`}`;
    return { action: `cloudformation:${action}`, resource: row?.arn ?? any, context: () => given(input, ctx) };
  };

const setNamed = (name: string, { store }: Ctx) =>
  name.includes(':')
    ? store.get(sets, { id: name })
    : store.first(sets, { index: 'byName', where: { liveName: name } });

/** What knows no resource. */
const anywhere =
  (action: string) =>
  (input: object, ctx: Ctx): Access => ({
    action: `cloudformation:${action}`,
    resource: '*',
    context: () => given(input, ctx),
  });

/** Source: CloudFormation API Reference, CreateStackSet, UpdateStackSet, "Tags": tags that are added or go take the permission to tag or to untag. */
function tagging(
  creator: 'CreateStackSet' | 'UpdateStackSet',
  input: { StackSetName: string; Tags?: readonly { Key: string; Value: string }[] | undefined },
  ctx: Ctx,
): Access[] {
  const { Tags: tags } = input;
  if (tags === undefined) return [];
  const had = creator === 'CreateStackSet' ? {} : (setNamed(input.StackSetName, ctx)?.source.tags ?? {});
  const isNew = tags.some(({ Key, Value }) => !Object.hasOwn(had, Key) || had[Key] !== Value);
  const isLess = Object.keys(had).some((key) => !tags.some(({ Key }) => Key === key));
  const actions = [...(isNew ? ['TagResource'] : []), ...(isLess ? ['UntagResource'] : [])];
  const context = { 'cloudformation:CreateAction': creator };
  return actions.map((action) => ({ ...onSet(action)(input, ctx), context }));
}

/** The tags of the stack or the set that an ARN names, as policies see them. */
export function tagsOf(arn: string, { store }: Ctx): { readonly [key: string]: string } {
  const set = arn.split(':stackset/')[1];
  const row = set === undefined ? store.get(stacks, { id: arn }) : store.get(sets, { id: set });
  return row?.source.tags ?? {};
}

export const access: AccessRules<'cloudformation'> = {
  CreateChangeSet: onStack('CreateChangeSet'),
  DeleteChangeSet: onStack('DeleteChangeSet'),
  DescribeChangeSet: onStack('DescribeChangeSet'),
  ExecuteChangeSet: onStack('ExecuteChangeSet'),
  ListChangeSets: onStack('ListChangeSets'),
  CancelUpdateStack: onStack('CancelUpdateStack'),
  SignalResource: onStack('SignalResource'),
  SetStackPolicy: onStack('SetStackPolicy'),
  GetStackPolicy: onStack('GetStackPolicy'),
  ContinueUpdateRollback: onStack('ContinueUpdateRollback'),
  RollbackStack: onStack('RollbackStack'),
  DetectStackDrift: onStack('DetectStackDrift'),
  DetectStackResourceDrift: onStack('DetectStackResourceDrift'),
  DescribeStackResourceDrifts: onStack('DescribeStackResourceDrifts'),
  CreateStack: onStack('CreateStack'),
  UpdateStack: onStack('UpdateStack'),
  DeleteStack: onStack('DeleteStack'),
  DescribeChangeSetHooks: onStack('DescribeChangeSetHooks'),
  DescribeEvents: onStack('DescribeEvents'),
  DescribeStacks: onStack('DescribeStacks'),
  DescribeStackEvents: onStack('DescribeStackEvents'),
  DescribeStackResource: onStack('DescribeStackResource'),
  DescribeStackResources: onStack('DescribeStackResources'),
  ListStackResources: onStack('ListStackResources'),
  GetTemplate: onStack('GetTemplate'),
  UpdateTerminationProtection: onStack('UpdateTerminationProtection'),
  CreateStackInstances: onSet('CreateStackInstances'),
  DeleteStackInstances: onSet('DeleteStackInstances'),
  DeleteStackSet: onSet('DeleteStackSet'),
  DescribeStackInstance: onSet('DescribeStackInstance'),
  DescribeStackSet: onSet('DescribeStackSet'),
  DescribeStackSetOperation: onSet('DescribeStackSetOperation'),
  DetectStackSetDrift: onSet('DetectStackSetDrift'),
  ImportStacksToStackSet: onSet('ImportStacksToStackSet'),
  ListStackInstanceResourceDrifts: onSet('ListStackInstanceResourceDrifts'),
  ListStackInstances: onSet('ListStackInstances'),
  ListStackSetOperationResults: onSet('ListStackSetOperationResults'),
  ListStackSetOperations: onSet('ListStackSetOperations'),
  StopStackSetOperation: onSet('StopStackSetOperation'),
  UpdateStackInstances: onSet('UpdateStackInstances'),
  CreateStackSet: (input, ctx) => [anywhere('CreateStackSet')(input, ctx), ...tagging('CreateStackSet', input, ctx)],
  UpdateStackSet: (input, ctx) => [onSet('UpdateStackSet')(input, ctx), ...tagging('UpdateStackSet', input, ctx)],
  EstimateTemplateCost: anywhere('EstimateTemplateCost'),
  ValidateTemplate: anywhere('ValidateTemplate'),
  GetTemplateSummary: (input, ctx) => {
    const { StackName, StackSetName } = input;
    if (StackName !== undefined) return onStack('GetTemplateSummary')(input, ctx);
    const named = { ...input, StackSetName: StackSetName ?? '' };
    return StackSetName === undefined
      ? anywhere('GetTemplateSummary')(input, ctx)
      : onSet('GetTemplateSummary')(named, ctx);
  },
  GetHookResult: ({ HookResultId: id = '' }, ctx) => {
    const row = ctx.store.get(hookResults, { id });
    const context: ConditionKeys = row === undefined ? {} : { [TYPE_ARN]: hookArn(row.hook, ctx) };
    return { action: 'cloudformation:GetHookResult', resource: '*', context };
  },
  // Without a target it is an action of its own.
  ListHookResults: (input, ctx) => {
    const { TargetType, TargetId = '', TypeArn } = input;
    if (TargetType === undefined) {
      const hook = TypeArn === undefined ? undefined : hookNamed({ TypeArn }, ctx)?.name;
      const context: ConditionKeys = hook === undefined ? {} : { [TYPE_ARN]: hookArn(hook, ctx) };
      return { action: 'cloudformation:ListAllHookResults', resource: '*', context };
    }
    if (TargetType === 'STACK') return onStack('ListHookResults')({ StackName: TargetId }, ctx);
    if (TargetType === 'CHANGE_SET') return onStack('ListHookResults')({ ChangeSetName: TargetId }, ctx);
    return anywhere('ListHookResults')(input, ctx);
  },
};
