/** What FIS keeps: templates, experiments with their actions as they are now, the targets that were found, and what is still to be logged. */
import type { Millis } from '#kernel/base';
import { table } from '#kernel/store';
import type {
  AccountTargeting,
  ActionsMode,
  EmptyTargetResolutionMode,
  ExperimentActionStatus,
  ExperimentStatus,
  ExperimentTemplateAction,
  ExperimentTemplateLogConfiguration,
  ExperimentTemplateStopCondition,
  ExperimentTemplateTarget,
} from '#models/fis';

/** A role in another account, whose resources are targets. */
export type AccountRow = { accountId: string; roleArn: string; description?: string };

export type TargetSpec = ExperimentTemplateTarget & { resourceType: string; selectionMode: string };
export type ActionSpec = ExperimentTemplateAction & { actionId: string };

/** What an experiment takes from its template as it is when it starts. */
export type Plan = {
  roleArn: string;
  targets: { [name: string]: TargetSpec };
  actions: { [name: string]: ActionSpec };
  stopConditions: ExperimentTemplateStopCondition[];
  log?: ExperimentTemplateLogConfiguration;
  accountTargeting: AccountTargeting;
  emptyTargets: EmptyTargetResolutionMode;
  /** By id. */
  accounts: { [accountId: string]: AccountRow };
};

export type TemplateRow = Plan & {
  id: string;
  arn: string;
  description: string;
  tags: { [key: string]: string };
  createdAt: Millis;
  updatedAt: Millis;
};

export type ActionState = {
  status: ExperimentActionStatus;
  reason: string;
  startedAt?: Millis;
  /** When its faults end; of one that runs. */
  endsAt?: Millis;
  endedAt?: Millis;
  /** Ids of its fault rules in force. */
  rules?: string[];
  /** The fault point that they are about, and what of: services are told when it is over. */
  point?: { name: string; resources: string[] };
};

/** Why an experiment failed. */
export type Failure = { code: string; location: string; accountId: string };

export type ExperimentRow = Plan & {
  id: string;
  arn: string;
  templateId: string;
  status: ExperimentStatus;
  reason: string;
  failure?: Failure;
  /** Present while it is not over: what the index of active experiments holds. */
  active?: 'yes';
  actionsMode: ActionsMode;
  tags: { [key: string]: string };
  states: { [action: string]: ActionState };
  createdAt: Millis;
  startedAt: Millis;
  endedAt?: Millis;
  /** Log records so far. */
  logged: number;
};

/** A resource that was found for a target. */
export type ResolvedRow = { experiment: string; target: string; arn: string; type: string; account: string };

export type TokenRow = { operation: string; token: string; digest: string; id: string };

export type LeverRow = { id: 'default'; status: 'disengaged' | 'engaged' | 'engaging'; reason?: string };

/** An alarm that stops an experiment that is going on. */
export type WatchRow = { arn: string; experiment: string };

export type LogRow = { experiment: string; number: number; at: Millis; text: string };

export const templates = table<TemplateRow>()('fis.templates', { scope: 'region', key: ['id'] });
export const experiments = table<ExperimentRow>()('fis.experiments', {
  scope: 'region',
  key: ['id'],
  indexes: { byTemplate: ['templateId', 'id'], byActive: ['active', 'id'] },
});
export const resolved = table<ResolvedRow>()('fis.resolved', {
  scope: 'region',
  key: ['experiment', 'target', 'arn'],
});
export const tokens = table<TokenRow>()('fis.tokens', { scope: 'region', key: ['operation', 'token'] });
export const levers = table<LeverRow>()('fis.levers', { scope: 'region', key: ['id'] });
export const watched = table<WatchRow>()('fis.watched', { scope: 'region', key: ['arn', 'experiment'] });
/** Records that are not delivered yet. */
export const logRecords = table<LogRow>()('fis.log-records', { scope: 'region', key: ['experiment', 'number'] });
