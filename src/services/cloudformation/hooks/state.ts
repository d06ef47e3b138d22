/** What CloudFormation keeps of hooks: functions that are asked before something is made, and what they said. */
import type { Millis } from '#kernel/base';
import type { InputOf, OutputOf } from '#kernel/contract';
import { type BlobRef, table } from '#kernel/store';

type ResultShape = OutputOf<'cloudformation', 'GetHookResult'>;
export type HookStatus = NonNullable<ResultShape['Status']>;
export type FailureMode = NonNullable<ResultShape['FailureMode']>;
export type TargetType = NonNullable<InputOf<'cloudformation', 'ListHookResults'>['TargetType']>;
export type TargetAction = NonNullable<ResultShape['Target']>['Action'];

export type Annotation = NonNullable<ResultShape['Annotations']>[number];

export type HookRow = {
  /** The name under which it was activated. */
  name: string;
  roleArn?: string;
  autoUpdate: boolean;
  logging?: { LogGroupName: string; LogRoleArn: string };
  activatedAt: Millis;
  /** JSON, as it was set. */
  configuration?: string;
  configuredAt?: Millis;
  /** How often it was set. */
  configurations: number;
};

export type ResultRow = {
  id: string;
  /** Of the results in the Region, first to last. */
  number: number;
  /** What was to be done, and which hook was asked: each is asked once. */
  step: string;
  hook: string;
  configurationVersion: string;
  mode: FailureMode;
  status: HookStatus;
  reason: string;
  annotations?: Annotation[];
  at: Millis;
  targetType: TargetType;
  /** A type of resources, `STACK` or `CHANGE_SET`. */
  targetName: string;
  targetId: string;
  action: TargetAction;
  /** The stack in question. */
  stackId: string;
};

export const hooks = table<HookRow>()('cloudformation.hooks', { scope: 'region', key: ['name'] });
export const hookResults = table<ResultRow>()('cloudformation.hook-results', {
  scope: 'region',
  key: ['id'],
  indexes: {
    byNumber: ['number'],
    byStep: ['step', 'hook'],
    byTarget: ['targetType', 'targetId', 'number'],
    byHook: ['hook', 'number'],
  },
});
/** What hooks fetch from an address, because it may be too long for a message. */
export const hookPayloads = table<{ token: string; text: BlobRef }>()('cloudformation.hook-payloads', {
  scope: 'region',
  key: ['token'],
});
