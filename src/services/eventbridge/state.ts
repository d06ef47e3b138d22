/** What EventBridge keeps: buses, rules, targets, deliveries that are not over, archives. */
import type { Millis } from '#kernel/base';
import type { InputOf, OutputOf } from '#kernel/contract';
import { table } from '#kernel/store';
import type { LogConfig } from '#models/eventbridge';

export const DEFAULT_BUS = 'default';

export type Statement = { Sid: string; [member: string]: unknown };

export type BusRow = {
  name: string;
  arn: string;
  description?: string;
  statements: Statement[];
  deadLetterArn?: string;
  logs?: LogConfig;
  tags: { [key: string]: string };
  createdAt: Millis;
  modifiedAt: Millis;
};

/** Of rules that also get the calls that only read. */
export const WITH_READS = 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS';

export type RuleRow = {
  bus: string;
  name: string;
  arn: string;
  pattern?: string;
  schedule?: string;
  state: 'ENABLED' | 'DISABLED' | typeof WITH_READS;
  description?: string;
  roleArn?: string;
  tags: { [key: string]: string };
  createdBy: string;
  /** The service whose rule it is. */
  managedBy?: string;
};

/** Where events find a rule: by their source and type, where its pattern names some. */
export type AnchorRow = { bus: string; anchor: string; rule: string };

export type Target = NonNullable<InputOf<'eventbridge', 'PutTargets'>['Targets']>[number];
export type TargetRow = { bus: string; rule: string; id: string; arn: string; target: Target };

/** An event as targets get it. */
export type Event = {
  version: '0';
  id: string;
  'detail-type': string;
  source: string;
  account: string;
  time: string;
  region: string;
  resources: string[];
  detail: unknown;
  'replay-name'?: string;
};

/** A delivery to one target, until it has succeeded or is given up. */
export type DeliveryRow = {
  id: string;
  bus: string;
  rule: string;
  target: string;
  /** As JSON: numbers stay as they came. */
  event: string;
  /** The request that brought it. */
  requestId?: string;
  acceptedAt: Millis;
  /** When it was tried first. */
  startedAt?: Millis;
  attempts: number;
};

export type ArchiveRow = {
  name: string;
  /** Under what its events lie: another archive of the same name has its own. Those of before have their name. */
  life?: string;
  arn: string;
  bus: string;
  description?: string;
  pattern?: string;
  /** Days; 0 keeps for ever. */
  retention: number;
  createdAt: Millis;
  events: number;
  bytes: number;
};

/** `archive`: its life; `event` as JSON. */
export type ArchivedRow = { archive: string; at: Millis; sequence: number; event: string };

export type ReplayRow = {
  name: string;
  arn: string;
  archive: string;
  life?: string;
  bus: string;
  /** ARNs of rules; empty means all. */
  rules: string[];
  description?: string;
  from: Millis;
  to: Millis;
  state: 'STARTING' | 'RUNNING' | 'CANCELLING' | 'COMPLETED' | 'CANCELLED' | 'FAILED';
  startedAt: Millis;
  endedAt?: Millis;
  /** How far it is. */
  lastAt?: Millis;
  lastSequence?: number;
};

export type AuthorizationType = 'BASIC' | 'OAUTH_CLIENT_CREDENTIALS' | 'API_KEY';

export type ConnectionRow = {
  name: string;
  arn: string;
  description?: string;
  type: AuthorizationType;
  state: 'AUTHORIZED' | 'AUTHORIZING' | 'DEAUTHORIZED';
  stateReason?: string;
  /** What anybody may see of how it authorizes. */
  shown: OutputOf<'eventbridge', 'DescribeConnection'>['AuthParameters'];
  /** Holds the rest. */
  secretArn?: string;
  kmsKeyId?: string;
  createdAt: Millis;
  modifiedAt: Millis;
  authorizedAt?: Millis;
};

export type DestinationRow = {
  name: string;
  arn: string;
  description?: string;
  connectionArn: string;
  endpoint: string;
  method: 'POST' | 'GET' | 'HEAD' | 'OPTIONS' | 'PUT' | 'PATCH' | 'DELETE';
  /** Calls in a second. */
  rate: number;
  createdAt: Millis;
  modifiedAt: Millis;
};

/** An OAuth token of a connection, for as long as it is good. */
export type TokenRow = { connection: string; token: string; until: Millis };

export const connections = table<ConnectionRow>()('eventbridge.connections', { scope: 'region', key: ['name'] });
export const destinations = table<DestinationRow>()('eventbridge.api-destinations', {
  scope: 'region',
  key: ['name'],
  indexes: { byConnection: ['connectionArn', 'name'] },
});
export const tokens = table<TokenRow>()('eventbridge.tokens', { scope: 'region', key: ['connection'] });
export const buses = table<BusRow>()('eventbridge.buses', { scope: 'region', key: ['name'] });
export const rules = table<RuleRow>()('eventbridge.rules', {
  scope: 'region',
  key: ['bus', 'name'],
  indexes: { byState: ['state', 'bus', 'name'] },
});
export const anchors = table<AnchorRow>()('eventbridge.anchors', {
  scope: 'region',
  key: ['bus', 'anchor', 'rule'],
  indexes: { byRule: ['bus', 'rule', 'anchor'] },
});
export const targets = table<TargetRow>()('eventbridge.targets', {
  scope: 'region',
  key: ['bus', 'rule', 'id'],
  indexes: { byArn: ['arn', 'bus', 'rule'] },
});
/** Events of before were kept as what they say. */
const withText = (row: Record<string, unknown>) => ({ ...row, event: JSON.stringify(row.event) });
export const deliveries = table<DeliveryRow>()('eventbridge.deliveries', {
  scope: 'region',
  key: ['id'],
  migrations: [withText],
});
export const archives = table<ArchiveRow>()('eventbridge.archives', {
  scope: 'region',
  key: ['name'],
  indexes: { byBus: ['bus', 'name'] },
});
export const archived = table<ArchivedRow>()('eventbridge.archived', {
  scope: 'region',
  key: ['archive', 'at', 'sequence'],
  migrations: [withText],
});
/** Under what the events of an archive lie. */
export const lifeOf = ({ name, life = name }: Pick<ArchiveRow, 'name' | 'life'>): string => life;
export const replays = table<ReplayRow>()('eventbridge.replays', { scope: 'region', key: ['name'] });
