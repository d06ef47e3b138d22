/** What CloudFormation keeps of refactors: resources that are to change their stacks or their names in them. */
import type { Millis } from '#kernel/base';
import type { OutputOf, Pass } from '#kernel/contract';
import { type BlobRef, table } from '#kernel/store';

type Shape = OutputOf<'cloudformation', 'DescribeStackRefactor'>;
export type Action = OutputOf<'cloudformation', 'ListStackRefactorActions'>['StackRefactorActions'][number];

export type Location = { stackName: string; logicalId: string };
/** Where a resource is, and where it is to be. */
export type Move = { from: Location; to: Location; isGiven: boolean };

export type Definition = {
  stackName: string;
  /** Of a stack that is to be made, the one that it will have. */
  stackId: string;
  isNew: boolean;
  /** The stack's latest operation when it was looked at: after another one, all may be different. */
  operation: number;
  template: BlobRef;
};

export type RefactorRow = {
  id: string;
  /** Of the account's refactors in the Region, first to last. */
  number: number;
  description?: string;
  status: NonNullable<Shape['Status']>;
  reason?: string;
  execution: NonNullable<Shape['ExecutionStatus']>;
  executionReason?: string;
  definitions: Definition[];
  mappings: { from: Location; to: Location }[];
  moves: Move[];
  actions: Action[];
  /** When it was asked for; absent where it was long ago. */
  at?: Millis;
  /** Who executes it. */
  pass?: Pass;
};

export const refactors = table<RefactorRow>()('cloudformation.refactors', {
  scope: 'region',
  key: ['id'],
  indexes: { byNumber: ['number'] },
});
