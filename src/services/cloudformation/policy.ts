/** What each operation must be allowed. Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS CloudFormation". */
import type { AccessRules, Ctx } from '#kernel/contract';
import { type StackRow, stacks } from './state.ts';

type OnStack = { StackName?: string | undefined };

/** The stack's ARN; of a name that has no stack, that of any stack of the name. */
const onStack =
  (action: string) =>
  ({ StackName: name = '*' }: OnStack, ctx: Ctx) => {
    const found: StackRow | undefined = name.startsWith('arn:')
      ? undefined
      : ctx.store.first(stacks, { index: 'byName', where: { liveName: name } });
    const resource = name.startsWith('arn:')
      ? name
      : (found?.id ?? `arn:${ctx.partition}:cloudformation:${ctx.region}:${ctx.account}:stack/${name}/*`);
    return { action: `cloudformation:${action}`, resource };
  };

export const access: AccessRules<'cloudformation'> = {
  CreateStack: onStack('CreateStack'),
  UpdateStack: onStack('UpdateStack'),
  DeleteStack: onStack('DeleteStack'),
  DescribeStacks: onStack('DescribeStacks'),
  DescribeStackEvents: onStack('DescribeStackEvents'),
  DescribeStackResource: onStack('DescribeStackResource'),
  DescribeStackResources: onStack('DescribeStackResources'),
  ListStackResources: onStack('ListStackResources'),
  GetTemplate: onStack('GetTemplate'),
  UpdateTerminationProtection: onStack('UpdateTerminationProtection'),
};
