/** What DynamoDB keeps of exports to S3 and imports from it. */
import type { Millis } from '#kernel/base';
import { table } from '#kernel/store';
import type { ExportDescription, ImportTableDescription } from '#models/dynamodb';
import { TRANSFER_TOKEN_LIFETIME } from './limits.ts';

export type ExportRow = {
  arn: string;
  table: string;
  token: string;
  /** Digest of all that was asked for under the token. */
  request: string;
  startedAt: Millis;
  shown: ExportDescription;
};
export type ImportRow = {
  arn: string;
  table: string;
  token?: string;
  startedAt: Millis;
  shown: ImportTableDescription;
};

export const exports = table<ExportRow>()('dynamodb.exports', {
  scope: 'region',
  key: ['arn'],
  indexes: { byTable: ['table', 'arn'], byToken: ['token'] },
});
export const imports = table<ImportRow>()('dynamodb.imports', {
  scope: 'region',
  key: ['arn'],
  indexes: { byTable: ['table', 'arn'], byToken: ['token'] },
});

/**
 * Whether a token still brings its transfer back.
 *
 * @see API Reference, ExportTableToPointInTime and ImportTable, ClientToken: "valid for 8 hours after the first request that uses it is completed"
 */
export function isTokenValid({ startedAt, shown }: ExportRow | ImportRow, now: Millis): boolean {
  return now < (shown.EndTime ?? startedAt) + TRANSFER_TOKEN_LIFETIME;
}
