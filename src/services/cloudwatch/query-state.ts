/** Queries of metrics that are kept. */
import type { Millis } from '#kernel/base';
import { table } from '#kernel/store';
import type { QueryType } from '#models/cloudwatch';

export type QueryDefinitionRow = {
  id: string;
  arn: string;
  path: string;
  expression: string;
  type: QueryType;
  createdAt: Millis;
  updatedAt: Millis;
  tags: { [key: string]: string };
};

export const queryDefinitions = table<QueryDefinitionRow>()('cloudwatch.query-definitions', {
  scope: 'region',
  key: ['id'],
  indexes: { byPath: ['path'] },
});
