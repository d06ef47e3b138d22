/** CloudFormation's own types, and what CDK adds to every template. */
import type { ResourceTypes } from '#kernel/contract';
import { custom } from './deploy/custom.ts';
import { nested } from './deploy/nested.ts';
import type { OwnType } from './deploy/step-scope.ts';
import { waitCondition, waitHandle } from './deploy/wait.ts';
import { notMade } from './errors.ts';
import { hookTypes } from './hooks/resource.ts';
import { stackSet } from './sets/resource.ts';
import { macros } from './state.ts';

/** It says which constructs made the template, to AWS alone. Source of its id: aws/aws-cdk, issue 16155. */
const metadata: OwnType = {
  create: async (_, { ctx }) => ({ id: ctx.uuid(), attributes: {} }),
  update: async (id) => ({ id, attributes: {} }),
  async delete() {},
};

/** Deviation: a macro's LogGroupName and LogRoleARN have no effect; what goes wrong in its function stands in the function's own log. */
const macro: OwnType = {
  async create({ Name, FunctionName }, { ctx, stackId }) {
    const name = String(Name);
    ctx.transact((store) => {
      const taken = store.get(macros, { name });
      if (taken !== undefined && taken.stackId !== stackId) throw notMade(`Macro ${name} already exists`);
      store.put(macros, { name, functionName: String(FunctionName), stackId });
    });
    return { id: name, attributes: {} };
  },
  async update(id, { FunctionName }, _, { ctx, stackId }) {
    ctx.transact((store) => store.put(macros, { name: id, functionName: String(FunctionName), stackId }));
    return { id, attributes: {} };
  },
  async delete(id, _, { ctx }) {
    ctx.transact((store) => store.delete(macros, { name: id }));
  },
  replaces: (properties, before) => properties.Name !== before.Name,
};

export const own: { readonly [type: string]: OwnType } = {
  'AWS::CDK::Metadata': metadata,
  'AWS::CloudFormation::CustomResource': custom,
  'AWS::CloudFormation::Macro': macro,
  'AWS::CloudFormation::Stack': nested,
  'AWS::CloudFormation::WaitCondition': waitCondition,
  'AWS::CloudFormation::WaitConditionHandle': waitHandle,
};

/** All that AWS publishes; those that are not its own alone are checked as those of other services are. */
export const resources: ResourceTypes = {
  ...own,
  ...hookTypes,
  'AWS::CloudFormation::StackSet': stackSet,
};
