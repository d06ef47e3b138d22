/** What CloudFormation keeps of stack sets: their definitions, their instances in accounts and Regions, and what is being done to those. */
import type { Millis } from '#kernel/base';
import type { OutputOf } from '#kernel/contract';
import { type BlobRef, table } from '#kernel/store';
import type { DriftRow, Source } from '../state.ts';

type OperationShape = NonNullable<OutputOf<'cloudformation', 'DescribeStackSetOperation'>['StackSetOperation']>;
type InstanceShape = NonNullable<OutputOf<'cloudformation', 'DescribeStackInstance'>['StackInstance']>;
type SetShape = NonNullable<OutputOf<'cloudformation', 'DescribeStackSet'>['StackSet']>;
type ResultShape = NonNullable<OutputOf<'cloudformation', 'ListStackSetOperationResults'>['Summaries']>[number];

export type Action = NonNullable<OperationShape['Action']>;
export type Preferences = NonNullable<OperationShape['OperationPreferences']>;
export type UnitStatus = NonNullable<ResultShape['Status']>;
export type SetDrift = Required<NonNullable<SetShape['StackSetDriftDetectionDetails']>>;

export type SetRow = {
  /** `<name>:<uuid>` */
  id: string;
  name: string;
  /** The name while it lives: what the index of names holds. */
  liveName?: string;
  arn: string;
  description?: string;
  source: Source;
  capabilities: string[];
  adminRoleArn: string;
  executionRole: string;
  /** Operations that touch nothing in common run side by side, others wait their turn. */
  isManaged: boolean;
  drift?: SetDrift;
  /** What made it: the same token again means the same request. */
  token?: string;
};

export type InstanceRow = {
  setId: string;
  account: string;
  region: string;
  /** The name that its stack has, or will have. */
  stackName: string;
  stackId?: string;
  overrides: { [parameter: string]: string };
  status: NonNullable<InstanceShape['Status']>;
  detailed: NonNullable<NonNullable<InstanceShape['StackInstanceStatus']>['DetailedStatus']>;
  reason?: string;
  drift?: { status: 'DRIFTED' | 'IN_SYNC'; at: Millis };
  lastOperation: string;
};

/** An operation on a set's instances. */
export type SetOperationRow = {
  setId: string;
  id: string;
  /** Of the set's operations, first to last. */
  number: number;
  action: Action;
  status: NonNullable<OperationShape['Status']>;
  preferences: Preferences;
  /** The Regions it works in, in order. */
  regions: string[];
  retains?: boolean;
  /** Stacks that become instances, by account and Region. */
  isImport?: true;
  adminRoleArn: string;
  executionRole: string;
  /** A stack of this account and Region that waits for its end. */
  forStack?: string;
  createdAt: Millis;
  endedAt?: Millis;
  failed: number;
};

/** What an operation does in one account and Region. */
export type UnitRow = {
  setId: string;
  operationId: string;
  /** Its place in the operation. */
  order: number;
  account: string;
  region: string;
  status: UnitStatus;
  reason?: string;
  gate?: { Status: 'SUCCEEDED' | 'FAILED' | 'SKIPPED'; StatusReason: string };
  /** What it has begun in its account and Region: the id of a stack, or of a detection of drift. */
  waitsFor?: string;
};

/** Whoever waits for something that goes on in another account or Region, by the id of a stack or of a detection there. */
export type WaitRow = {
  id: string;
  account: string;
  region: string;
  setId: string;
  operationId: string;
  order: number;
};

export type InstanceDriftRow = DriftRow & { setId: string; operationId: string; account: string; region: string };

export const sets = table<SetRow>()('cloudformation.sets', {
  scope: 'region',
  key: ['id'],
  indexes: { byName: ['liveName'] },
});
export const instances = table<InstanceRow>()('cloudformation.set-instances', {
  scope: 'region',
  key: ['setId', 'account', 'region'],
});
export const setOperations = table<SetOperationRow>()('cloudformation.set-operations', {
  scope: 'region',
  key: ['setId', 'id'],
  indexes: { byNumber: ['setId', 'number'], byStatus: ['setId', 'status', 'number'] },
});
export const units = table<UnitRow>()('cloudformation.set-units', {
  scope: 'region',
  key: ['setId', 'operationId', 'order'],
});
export const waits = table<WaitRow>()('cloudformation.set-waits', { scope: 'region', key: ['id'] });
export const instanceDrifts = table<InstanceDriftRow>()('cloudformation.set-drifts', {
  scope: 'region',
  key: ['setId', 'operationId', 'account', 'region', 'logicalId'],
});
/** Templates too long for a request, while they are handed to an account. */
export const handed = table<{ token: string; account: string; template: BlobRef }>()('cloudformation.set-handed', {
  scope: 'global',
  key: ['token'],
});
