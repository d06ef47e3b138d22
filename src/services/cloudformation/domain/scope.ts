/** What the functions of a stack's template refer to: its parameters, what has been made of its resources, the exports of others. */
import { type Ctx, notBuilt } from '#kernel/contract';
import { REGIONS, zonesOf } from '#kernel/world';
import { exportMissing, outputMissing, templateError } from '../errors.ts';
import { type ResourceRow, stackExports, stacks } from '../state.ts';
import { type OutputAsked, type Scope, UNKNOWN } from './evaluate.ts';
import { memberOf } from './member.ts';
import { parameterJson } from './parameters.ts';
import type { Json } from './parse.ts';
import type { Template } from './template.ts';

export type StackFacts = {
  id: string;
  name: string;
  notificationArns: readonly string[];
  parameters: { readonly [name: string]: string };
  looked: { readonly [name: string]: string };
};

/**
 * @param rows of the stack's resources, by logical id; what has no thing yet is unknown
 * @param used  gathers the names of the exports that are asked for
 */
export function scopeOf(
  template: Template,
  stack: StackFacts,
  rows: ReadonlyMap<string, ResourceRow>,
  ctx: Ctx,
  used: Set<string> = new Set(),
): Scope {
  const pseudo: { readonly [name: string]: Json } = {
    'AWS::AccountId': ctx.account,
    'AWS::NotificationARNs': [...stack.notificationArns],
    'AWS::Partition': ctx.partition,
    'AWS::Region': ctx.region,
    'AWS::StackId': stack.id,
    'AWS::StackName': stack.name,
    'AWS::URLSuffix': ctx.partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com',
  };
  return {
    mappings: template.mappings,
    conditions: template.conditions,
    parameter(name) {
      const declaration = template.parameters.get(name);
      const value = memberOf(stack.looked, name) ?? memberOf(stack.parameters, name);
      return declaration === undefined || value === undefined
        ? memberOf(pseudo, name)
        : parameterJson(declaration, value);
    },
    reference: (name) => (template.resources.has(name) ? (rows.get(name)?.thing?.id ?? UNKNOWN) : undefined),
    attribute(name, attribute) {
      if (!template.resources.has(name))
        throw templateError(`instance of Fn::GetAtt references undefined resource ${name}`);
      const thing = rows.get(name)?.thing;
      if (thing === undefined) return UNKNOWN;
      const value = attribute
        .split('.')
        .reduce<unknown>((at, key) => memberOf(at as { [name: string]: unknown } | undefined, key), thing.attributes);
      const found = memberOf(thing.attributes, attribute) ?? value;
      if (found === undefined)
        throw templateError(`resource ${name} does not support attribute type ${attribute} in Fn::GetAtt`);
      return found as Json;
    },
    imported(name) {
      const row = ctx.store.get(stackExports, { name });
      used.add(name);
      if (row === undefined) throw exportMissing(name);
      return row.value;
    },
    output: (asked) => outputOf(asked, ctx),
    zones(name) {
      const region = REGIONS.get(name);
      return region === undefined ? [] : zonesOf(region, ctx.account).map((zone) => zone.name);
    },
  };
}

/**
 * What another stack has put out, as it is now.
 *
 * Source: CloudFormation Template Reference, "Fn::GetStackOutput".
 * Deviation: within an account the stack's role needs no cloudformation:DescribeStacks.
 */
function outputOf({ StackName, OutputName, Region, RoleArn }: OutputAsked, ctx: Ctx): Json {
  if (RoleArn !== undefined) throw notBuilt('RoleArn of Fn::GetStackOutput');
  const store = ctx.store.in({ region: Region ?? ctx.region });
  const stack = StackName.startsWith('arn:')
    ? store.get(stacks, { id: StackName })
    : store.first(stacks, { index: 'byName', where: { liveName: StackName } });
  const output = stack?.outputs.find(({ key }) => key === OutputName);
  if (output === undefined) throw outputMissing(StackName, OutputName, stack !== undefined);
  return output.value;
}
