/**
 * What CloudWatch Logs keeps. Each PutLogEvents is one row, a batch: its events lie sealed in one body. Batches are grouped by how long
 * they last (`level`), so that those which hold an instant are found in one short range a level, whatever else is stored.
 */
import type { Millis } from '#kernel/base';
import { ownKeyTable } from '#kernel/contract';
import { type BlobRef, table } from '#kernel/store';
import type { PolicyType, QueryParameter, StandardUnit } from '#models/cloudwatch-logs';

export type GroupClass = 'STANDARD' | 'INFREQUENT_ACCESS' | 'DELIVERY' | 'ESSENTIALS';

export type GroupRow = {
  name: string;
  /** Names its streams and batches: a group made anew under the same name is another. */
  pile: string;
  /** Without `:*`. */
  arn: string;
  class: GroupClass;
  retentionDays?: number;
  /** ARN of a customer's key, and the id of the data key under which batches are sealed now. */
  kmsKeyId?: string;
  dataKey?: string;
  tags: { [key: string]: string };
  deletionProtected: boolean;
  /** How many metric filters and subscription filters it has: most have none, and then nobody looks for them. */
  metricFilters?: number;
  subscriptions?: number;
  /** A data protection policy, and since when it is there. */
  protection?: { text: string; since: Millis };
  /** Had one that was deleted. */
  wasProtected?: true;
  /** Transformers by the times in which they were there; the last may still be. */
  transformers?: { since: Millis; until?: Millis; createdAt: Millis; text: string }[];
  /** A policy of field indexes. */
  index?: { text: string; updatedAt: Millis };
  createdAt: Millis;
};

export type StreamRow = {
  /** Pile of its group. */
  group: string;
  name: string;
  /** 16 hexadecimal digits: they are part of its events' ids. */
  pile: string;
  createdAt: Millis;
  firstAt?: Millis;
  /** 0 until there is an event. */
  lastAt: Millis;
  ingestedAt?: Millis;
  /** Of the batch that came last. */
  sequence: number;
};

export type BatchRow = {
  group: string;
  level: number;
  firstAt: Millis;
  stream: string;
  sequence: number;
  lastAt: Millis;
  ingestedAt: Millis;
  count: number;
  /** As AWS counts them: messages, and 26 for each. */
  bytes: number;
  /** The events, sealed: `[[timestamp, message], …]` as JSON. */
  body: BlobRef;
  /** Id of the data key; without one it is the service's own key. */
  dataKey?: string;
};

/** How much a group holds. Beside the group, because it changes with each batch. */
export type SizeRow = {
  group: string;
  bytes: number /** A sweep of what is too old has been arranged. */;
  sweeping?: true;
};

/** A data key that KMS made for a group. */
export type DataKeyRow = {
  id: string;
  groupArn: string;
  kmsKeyId: string;
  /** As KMS sealed it, in base64. */
  sealed: string;
  /** Under the service's own key, in base64: good until it expires. */
  open: string;
  expiresAt: Millis;
};

export type MetricFilterRow = {
  group: string;
  name: string;
  pattern: string;
  metric: string;
  namespace: string;
  value: string;
  default?: number;
  dimensions?: { [name: string]: string };
  unit: StandardUnit;
  /** Looks at events as the group's transformer makes them. */
  transformed?: true;
  createdAt: Millis;
};

/** A minute whose default value a filter may still owe. */
export type FilterMinuteRow = { group: string; filter: string; at: Millis; isMatched: boolean };

export type SubscriptionRow = {
  group: string;
  name: string;
  pattern: string;
  destinationArn: string;
  roleArn?: string;
  distribution: 'Random' | 'ByLogStream';
  transformed?: true;
  createdAt: Millis;
};

/** What subscription filters of other accounts deliver to. */
export type DestinationRow = {
  name: string;
  arn: string;
  targetArn: string;
  roleArn: string;
  policy?: string;
  tags: { [key: string]: string };
  createdAt: Millis;
};

export type QueryRow = {
  id: string;
  createdAt: Millis;
  /** ARN of who has started it. */
  by: string;
  status: 'Scheduled' | 'Running' | 'Complete' | 'Failed' | 'Cancelled' | 'Timeout';
  text: string;
  /** Names of the groups it reads, and of those that queries within it do. */
  groups: readonly string[];
  inner?: readonly (readonly string[])[];
  /** As they were given. */
  asked: readonly string[];
  from: Millis;
  /** Exclusive. */
  to: Millis;
  limit: number;
  endedAt?: Millis;
  recordsMatched: number;
  recordsScanned: number;
  bytesScanned: number;
  /** Rows of cells, as JSON. */
  results?: BlobRef;
  resultCount?: number;
};

export type QueryDefinitionRow = {
  id: string;
  name: string;
  text: string;
  groups: readonly string[];
  language: 'CWLI' | 'SQL' | 'PPL';
  parameters?: readonly QueryParameter[];
  modifiedAt: Millis;
  /** Of the client that has made it, so that the same request once more makes no second one. */
  token?: string;
};

export type ResourcePolicyRow = {
  /** Its name, or the ARN of its group. */
  name: string;
  scope: 'ACCOUNT' | 'RESOURCE';
  resourceArn?: string;
  text: string;
  revision: string;
  updatedAt: Millis;
};

export type ExportRow = {
  id: string;
  name?: string;
  group: string;
  /** Beginning of the names of its streams. */
  streams?: string;
  from: Millis;
  /** Inclusive. */
  to: Millis;
  bucket: string;
  prefix: string;
  status: 'RUNNING' | 'COMPLETED' | 'CANCELLED' | 'FAILED';
  /** Present while it runs: what the index of active tasks holds. */
  active?: 'RUNNING';
  failure?: string;
  createdAt: Millis;
  endedAt?: Millis;
};

export type AccountPolicyRow = {
  type: PolicyType;
  name: string;
  text: string;
  selection?: string;
  updatedAt: Millis;
};

export const groups = table<GroupRow>()('cloudwatch-logs.groups', {
  scope: 'region',
  key: ['name'],
  indexes: { byPile: ['pile'] },
});
export const streams = table<StreamRow>()('cloudwatch-logs.streams', {
  scope: 'region',
  key: ['group', 'name'],
  indexes: { byPile: ['pile'], byLast: ['group', 'lastAt', 'name'] },
});
export const batches = table<BatchRow>()('cloudwatch-logs.batches', {
  scope: 'region',
  key: ['group', 'level', 'firstAt', 'stream', 'sequence'],
  indexes: {
    byStream: ['stream', 'level', 'firstAt', 'sequence'],
    byArrival: ['group', 'ingestedAt', 'stream', 'sequence'],
  },
});
export const sizes = table<SizeRow>()('cloudwatch-logs.sizes', { scope: 'region', key: ['group'] });
/** The service's own key in each account and Region. */
export const rootKeys = ownKeyTable('cloudwatch-logs.root-keys');
export const dataKeys = table<DataKeyRow>()('cloudwatch-logs.data-keys', { scope: 'region', key: ['id'] });
export const metricFilters = table<MetricFilterRow>()('cloudwatch-logs.metric-filters', {
  scope: 'region',
  key: ['group', 'name'],
  indexes: { byName: ['name', 'group'], byMetric: ['namespace', 'metric', 'name', 'group'] },
});
export const filterMinutes = table<FilterMinuteRow>()('cloudwatch-logs.filter-minutes', {
  scope: 'region',
  key: ['group', 'at', 'filter'],
});
export const subscriptions = table<SubscriptionRow>()('cloudwatch-logs.subscriptions', {
  scope: 'region',
  key: ['group', 'name'],
});
export const destinations = table<DestinationRow>()('cloudwatch-logs.destinations', {
  scope: 'region',
  key: ['name'],
});
export const queries = table<QueryRow>()('cloudwatch-logs.queries', {
  scope: 'region',
  key: ['id'],
  indexes: { byTime: ['createdAt', 'id'] },
});
export const queryDefinitions = table<QueryDefinitionRow>()('cloudwatch-logs.query-definitions', {
  scope: 'region',
  key: ['id'],
  indexes: { byName: ['name', 'id'], byToken: ['token'] },
});
export const resourcePolicies = table<ResourcePolicyRow>()('cloudwatch-logs.resource-policies', {
  scope: 'region',
  key: ['name'],
  indexes: { byScope: ['scope', 'name'] },
});
export const exportTasks = table<ExportRow>()('cloudwatch-logs.export-tasks', {
  scope: 'region',
  key: ['id'],
  indexes: { byActive: ['active', 'id'], byTime: ['createdAt', 'id'] },
});
export const accountPolicies = table<AccountPolicyRow>()('cloudwatch-logs.account-policies', {
  scope: 'region',
  key: ['type', 'name'],
});

/** Logs that a service of AWS vends of a resource. */
export type DeliverySourceRow = {
  name: string;
  arn: string;
  resourceArn: string;
  service: string;
  logType: string;
  tags: { [key: string]: string };
};

export type DeliveryDestinationRow = {
  name: string;
  arn: string;
  type: 'S3' | 'CWL' | 'FH';
  /** A bucket with a folder, or a group. */
  targetArn: string;
  /** JSON where none is said. */
  format?: 'json' | 'plain' | 'w3c' | 'raw';
  policy?: string;
  tags: { [key: string]: string };
};

/** A source brought to a destination. */
export type DeliveryRow = {
  id: string;
  arn: string;
  source: string;
  destinationArn: string;
  type: DeliveryDestinationRow['type'];
  fields: string[];
  delimiter: string;
  suffix: string;
  hive: boolean;
  tags: { [key: string]: string };
};

/** A record that waits to be brought. */
/** Values of fields; what is not a text is one only as JSON. */
export type VendedValues = { [field: string]: unknown };
/** A record that waits; a sparse one says nothing of fields that it has not. */
export type VendedRow = { delivery: string; order: string; at: Millis; values: VendedValues; isSparse?: true };

export const deliverySources = table<DeliverySourceRow>()('cloudwatch-logs.delivery-sources', {
  scope: 'region',
  key: ['name'],
  indexes: { byResource: ['resourceArn', 'logType', 'name'] },
});
export const deliveryDestinations = table<DeliveryDestinationRow>()('cloudwatch-logs.delivery-destinations', {
  scope: 'region',
  key: ['name'],
});
export const deliveries = table<DeliveryRow>()('cloudwatch-logs.deliveries', {
  scope: 'region',
  key: ['id'],
  indexes: { bySource: ['source', 'id'], byDestination: ['destinationArn', 'id'] },
});
export const vended = table<VendedRow>()('cloudwatch-logs.vended', { scope: 'region', key: ['delivery', 'order'] });

/** A query that is carried out by a schedule. */
export type ScheduledQueryRow = {
  id: string;
  name: string;
  arn: string;
  description?: string;
  text: string;
  groups: string[];
  schedule: string;
  /** Time zone of a schedule by the calendar; without one, UTC. */
  zone?: string;
  /** How long before the time of a run what it looks at begins, and ends. */
  startsBefore: Millis;
  endsBefore: Millis;
  /** Runs are within. */
  from?: Millis;
  to?: Millis;
  roleArn: string;
  destination?: { uri: string; roleArn: string; owner?: string; kmsKeyId?: string };
  /** The lookup table that the results become. */
  table?: { name: string; roleArn: string; description?: string; kmsKeyId?: string; tags: { [key: string]: string } };
  state: 'ENABLED' | 'DISABLED';
  /** ARN of what a service manages it for; only that changes it. */
  managedFor?: string;
  tags: { [key: string]: string };
  createdAt: Millis;
  updatedAt: Millis;
  triggeredAt?: Millis;
};

export type ScheduledRunRow = {
  schedule: string;
  at: Millis;
  queryId?: string;
  status: 'Running' | 'InvalidQuery' | 'Complete' | 'Failed' | 'Timeout';
  error?: string;
  /** Where the results lie, or why they do not. */
  file?: { key: string } | { error: string };
  /** The lookup table that they became. */
  table?: { arn: string } | { error: string };
};

export const scheduledQueries = table<ScheduledQueryRow>()('cloudwatch-logs.scheduled-queries', {
  scope: 'region',
  key: ['id'],
  indexes: { byName: ['name'] },
});
export const scheduledRuns = table<ScheduledRunRow>()('cloudwatch-logs.scheduled-runs', {
  scope: 'region',
  key: ['schedule', 'at'],
  indexes: { byQuery: ['queryId'] },
});

/** Texts in rows and columns that queries look things up in. */
export type LookupTableRow = {
  name: string;
  arn: string;
  description?: string;
  columns: string[];
  records: number;
  bytes: number;
  body: BlobRef;
  kmsKeyId?: string | undefined;
  dataKey?: string | undefined;
  tags: { [key: string]: string };
  updatedAt: Millis;
};

export const lookupTables = table<LookupTableRow>()('cloudwatch-logs.lookup-tables', {
  scope: 'region',
  key: ['name'],
});
