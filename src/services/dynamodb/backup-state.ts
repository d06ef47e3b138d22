/** What DynamoDB keeps of the past: what items were before they changed, and backups. A backup's items lie on a pile of its own. */
import type { Millis } from '#kernel/base';
import { table } from '#kernel/store';
import type { Item } from './domain/value.ts';
import type { TableRow } from './state.ts';

/** What lay at a spot before a change; nothing when the change added it. */
export type HistoryRow = {
  pile: string;
  partition: string;
  sort: string;
  sequence: string;
  before?: { item: Item; size: number; binary?: true };
};

export type BackupRow = {
  arn: string;
  name: string;
  table: string;
  type: 'USER' | 'SYSTEM';
  status: 'CREATING' | 'AVAILABLE';
  pile: string;
  createdAt: Millis;
  expiresAt?: Millis;
  items: number;
  bytes: number;
  /** Restores from it that are under way. */
  restores: number;
  /** The table as it was. */
  source: TableRow;
};

export const history = table<HistoryRow>()('dynamodb.history', {
  scope: 'region',
  key: ['pile', 'partition', 'sort', 'sequence'],
  indexes: { byTime: ['pile', 'sequence'] },
});
export const backups = table<BackupRow>()('dynamodb.backups', {
  scope: 'region',
  key: ['arn'],
  indexes: { byTable: ['table', 'arn'] },
});
