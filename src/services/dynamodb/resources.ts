/** DynamoDB's types of CloudFormation. */
import type { ResourceTypes } from '#kernel/contract';
import { globalTable } from './resources/global-table.ts';
import { table } from './resources/table.ts';

export const resources: ResourceTypes = {
  'AWS::DynamoDB::GlobalTable': globalTable,
  'AWS::DynamoDB::Table': table,
};
