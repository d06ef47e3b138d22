/** Amazon DynamoDB. */
import { defineService, notYet } from '#kernel/contract';
import { copy, expireBackup, forget, restore } from './backup-timers.ts';
import { describeEndpoints, describeLimits } from './operations/account.ts';
import { createBackup, deleteBackup, describeBackup, listBackups } from './operations/backup.ts';
import { batchGetItem, batchWriteItem } from './operations/batch.ts';
import { deleteItem, getItem, putItem, updateItem } from './operations/item.ts';
import { batchExecuteStatement, executeStatement, executeTransaction } from './operations/partiql.ts';
import { query, scan } from './operations/query.ts';
import { describeContinuousBackups, updateContinuousBackups } from './operations/recovery.ts';
import { deleteResourcePolicy, getResourcePolicy, putResourcePolicy } from './operations/resource-policy.ts';
import { restoreTableFromBackup, restoreTableToPointInTime } from './operations/restore.ts';
import { createTable, deleteTable, describeTable, listTables } from './operations/table.ts';
import { updateTable } from './operations/table-update.ts';
import { listTagsOfResource, tagResource, untagResource } from './operations/tag.ts';
import { transactGetItems, transactWriteItems } from './operations/transaction.ts';
import { describeTimeToLive, updateTimeToLive } from './operations/ttl.ts';
import { access } from './policy.ts';
import { rotate, trim } from './stream-timers.ts';
import { build, expire, learn, sweep } from './timers.ts';
import { voice } from './voice.ts';

export const service = defineService<'dynamodb'>({
  name: 'dynamodb',
  prefix: 'dynamodb',
  access,
  voice,
  metrics: 'AWS/DynamoDB',
  timers: { sweep, build, learn, expire, rotate, trim, copy, restore, forget, expireBackup },
  dataEvents: [
    'BatchExecuteStatement',
    'BatchGetItem',
    'BatchWriteItem',
    'DeleteItem',
    'ExecuteStatement',
    'ExecuteTransaction',
    'GetItem',
    'PutItem',
    'Query',
    'Scan',
    'TransactGetItems',
    'TransactWriteItems',
    'UpdateItem',
  ],
  operations: {
    BatchExecuteStatement: batchExecuteStatement,
    BatchGetItem: batchGetItem,
    BatchWriteItem: batchWriteItem,
    CancelBulkOperation: notYet('import and export come with the complete DynamoDB'),
    CreateBackup: createBackup,
    CreateGlobalTable: notYet('global tables come with the complete DynamoDB'),
    CreateTable: createTable,
    DeleteBackup: deleteBackup,
    DeleteItem: deleteItem,
    DeleteResourcePolicy: deleteResourcePolicy,
    DeleteTable: deleteTable,
    DescribeBackup: describeBackup,
    DescribeBulkOperation: notYet('import and export come with the complete DynamoDB'),
    DescribeContinuousBackups: describeContinuousBackups,
    DescribeContributorInsights: notYet('contributor insights come with the complete DynamoDB'),
    DescribeEndpoints: describeEndpoints,
    DescribeExport: notYet('import and export come with the complete DynamoDB'),
    DescribeGlobalTable: notYet('global tables come with the complete DynamoDB'),
    DescribeGlobalTableSettings: notYet('global tables come with the complete DynamoDB'),
    DescribeImport: notYet('import and export come with the complete DynamoDB'),
    DescribeKinesisStreamingDestination: notYet('streams come with the complete DynamoDB'),
    DescribeLimits: describeLimits,
    DescribeTable: describeTable,
    DescribeTableReplicaAutoScaling: notYet('global tables come with the complete DynamoDB'),
    DescribeTimeToLive: describeTimeToLive,
    DisableKinesisStreamingDestination: notYet('streams come with the complete DynamoDB'),
    EnableKinesisStreamingDestination: notYet('streams come with the complete DynamoDB'),
    ExecuteStatement: executeStatement,
    ExecuteTransaction: executeTransaction,
    ExportTableToPointInTime: notYet('import and export come with the complete DynamoDB'),
    GetItem: getItem,
    GetResourcePolicy: getResourcePolicy,
    ImportTable: notYet('import and export come with the complete DynamoDB'),
    ListBackups: listBackups,
    ListBulkOperations: notYet('import and export come with the complete DynamoDB'),
    ListContributorInsights: notYet('contributor insights come with the complete DynamoDB'),
    ListExports: notYet('import and export come with the complete DynamoDB'),
    ListGlobalTables: notYet('global tables come with the complete DynamoDB'),
    ListImports: notYet('import and export come with the complete DynamoDB'),
    ListTables: listTables,
    ListTagsOfResource: listTagsOfResource,
    PutItem: putItem,
    PutResourcePolicy: putResourcePolicy,
    Query: query,
    RestoreTableFromBackup: restoreTableFromBackup,
    RestoreTableToPointInTime: restoreTableToPointInTime,
    Scan: scan,
    SearchVectors: notYet('vector indexes come with the complete DynamoDB'),
    StartBulkPutItems: notYet('import and export come with the complete DynamoDB'),
    TagResource: tagResource,
    TransactGetItems: transactGetItems,
    TransactWriteItems: transactWriteItems,
    UntagResource: untagResource,
    UpdateContinuousBackups: updateContinuousBackups,
    UpdateContributorInsights: notYet('contributor insights come with the complete DynamoDB'),
    UpdateGlobalTable: notYet('global tables come with the complete DynamoDB'),
    UpdateGlobalTableSettings: notYet('global tables come with the complete DynamoDB'),
    UpdateItem: updateItem,
    UpdateKinesisStreamingDestination: notYet('streams come with the complete DynamoDB'),
    UpdateTable: updateTable,
    UpdateTableReplicaAutoScaling: notYet('global tables come with the complete DynamoDB'),
    UpdateTimeToLive: updateTimeToLive,
  },
});
