/** What each operation must be allowed. Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS CloudFormation". */
import type { AccessRules, Ctx } from '#kernel/contract';
import { sets } from './sets/state.ts';
import { changeSets, type StackRow, stacks } from './state.ts';

type OnStack = { StackName?: string | undefined; ChangeSetName?: string | undefined };

/** The stack's ARN; of a name that has no stack, that of any stack of the name. */
const onStack =
  (action: string) =>
  ({ ChangeSetName: changeSet, StackName = '*' }: OnStack, ctx: Ctx) => {
    // Of a change set's ARN the stack is what counts.
    const row = changeSet?.startsWith('arn:') === true ? ctx.store.get(changeSets, { id: changeSet }) : undefined;
    const name = row?.stackId ?? StackName;
    const found: StackRow | undefined = name.startsWith('arn:')
      ? undefined
      : ctx.store.first(stacks, { index: 'byName', where: { liveName: name } });
    const resource = name.startsWith('arn:')
      ? name
      : (found?.id ?? `arn:${ctx.partition}:cloudformation:${ctx.region}:${ctx.account}:stack/${name}/*`);
    return { action: `cloudformation:${action}`, resource };
  };

/** The set's ARN; of a name that has no set, that of any set of the name. */
const onSet =
  (action: string) =>
  ({ StackSetName: name }: { StackSetName: string }, ctx: Ctx) => {
    const row = name.includes(':')
      ? ctx.store.get(sets, { id: name })
      : ctx.store.first(sets, { index: 'byName', where: { liveName: name } });
    const any = `arn:${ctx.partition}:cloudformation:${ctx.region}:${ctx.account}:stackset/${name.includes(':') ? name : `${name}:*`}`;
    return { action: `cloudformation:${action}`, resource: row?.arn ?? any };
  };

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
  UpdateStackSet: onSet('UpdateStackSet'),
};
