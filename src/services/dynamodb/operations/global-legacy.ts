/** Global tables of version 2017.11.29: there are none here, since AWS keeps that version for the tables it has. */
import type { Handler } from '#kernel/contract';
import { globalTableNotFound, invalid, legacyGlobalTable } from '../errors.ts';

export const createGlobalTable: Handler<'dynamodb', 'CreateGlobalTable'> = () => {
  throw legacyGlobalTable();
};

export const listGlobalTables: Handler<'dynamodb', 'ListGlobalTables'> = () => ({ GlobalTables: [] });

export const describeGlobalTable: Handler<'dynamodb', 'DescribeGlobalTable'> = (input) => {
  throw globalTableNotFound(input.GlobalTableName);
};

export const describeGlobalTableSettings: Handler<'dynamodb', 'DescribeGlobalTableSettings'> = (input) => {
  throw globalTableNotFound(input.GlobalTableName);
};

/** Source of the refusal: findings of ack-api-quirks, DDB-TABLE-457, measured against AWS. */
export const updateGlobalTable: Handler<'dynamodb', 'UpdateGlobalTable'> = (input) => {
  if (input.ReplicaUpdates.some(({ Create, Delete }) => Create === undefined && Delete === undefined))
    throw invalid('One or more parameter values were invalid');
  throw globalTableNotFound(input.GlobalTableName);
};

export const updateGlobalTableSettings: Handler<'dynamodb', 'UpdateGlobalTableSettings'> = (input) => {
  throw globalTableNotFound(input.GlobalTableName);
};
