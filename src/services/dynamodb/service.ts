/** Amazon DynamoDB. */
import { defineService, notYet } from '#kernel/contract';
import { copy, expireBackup, forget, restore } from './backup-timers.ts';
import { goOnReplicating, releaseHeld } from './faults.ts';
import { checkKey, releaseKey } from './key-timers.ts';
import { COMPRESSED_BYTES_MIN, REQUEST_BYTES_MAX } from './limits.ts';
import { answered } from './metrics.ts';
import { describeEndpoints, describeLimits } from './operations/account.ts';
import { createBackup, deleteBackup, describeBackup, listBackups } from './operations/backup.ts';
import { batchGetItem, batchWriteItem } from './operations/batch.ts';
import { describeExport, exportTableToPointInTime, listExports } from './operations/export.ts';
import {
  createGlobalTable,
  describeGlobalTable,
  describeGlobalTableSettings,
  listGlobalTables,
  updateGlobalTable,
  updateGlobalTableSettings,
} from './operations/global-legacy.ts';
import { describeImport, importTable, listImports } from './operations/import.ts';
import {
  describeContributorInsights,
  listContributorInsights,
  updateContributorInsights,
} from './operations/insights.ts';
import { deleteItem, getItem, putItem, updateItem } from './operations/item.ts';
import { batchExecuteStatement, executeStatement, executeTransaction } from './operations/partiql.ts';
import { query, scan } from './operations/query.ts';
import { describeContinuousBackups, updateContinuousBackups } from './operations/recovery.ts';
import { deleteResourcePolicy, getResourcePolicy, putResourcePolicy } from './operations/resource-policy.ts';
import { restoreTableFromBackup, restoreTableToPointInTime } from './operations/restore.ts';
import {
  describeKinesisStreamingDestination,
  disableKinesisStreamingDestination,
  enableKinesisStreamingDestination,
  updateKinesisStreamingDestination,
} from './operations/streaming-destination.ts';
import { createTable, deleteTable, describeTable, listTables } from './operations/table.ts';
import { updateTable } from './operations/table-update.ts';
import { listTagsOfResource, tagResource, tagsOfArn, untagResource } from './operations/tag.ts';
import { transactGetItems, transactWriteItems } from './operations/transaction.ts';
import { describeTimeToLive, updateTimeToLive } from './operations/ttl.ts';
import { goOn, outflow } from './outflow-tasks.ts';
import { access } from './policy.ts';
import { fill, forgetStamps, replicate } from './replica-timers.ts';
import { rotate, trim } from './stream-timers.ts';
import { build, expire, forgetTransfer, learn, sweep } from './timers.ts';
import { voice } from './voice.ts';
import { page, requestId, stamp } from './wire.ts';

export const service = defineService<'dynamodb'>({
  name: 'dynamodb',
  prefix: 'dynamodb',
  access,
  tagsOf: tagsOfArn,
  voice,
  page,
  requestId,
  stamp,
  requestBytesMax: REQUEST_BYTES_MAX,
  compressesFrom: COMPRESSED_BYTES_MIN,
  metrics: 'AWS/DynamoDB',
  answered,
  tasks: { outflow },
  timers: {
    outflow: goOn,
    releaseHeld,
    sweep,
    build,
    learn,
    expire,
    rotate,
    trim,
    copy,
    restore,
    forget,
    expireBackup,
    checkKey,
    releaseKey,
    fill,
    forgetStamps,
    forgetTransfer,
  },
  events: { 'dynamodb.written': replicate, 'fis.ended': goOnReplicating },
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
  reads: { TransactGetItems: 'silent' },
  unbuilt: {
    CreateTable: ['GlobalTableSourceArn', 'GlobalTableSettingsReplicationMode', 'VectorIndexes'],
    ExportTableToPointInTime: ['FilterSpecification'],
    RestoreTableFromBackup: ['VectorIndexOverride'],
    RestoreTableToPointInTime: ['VectorIndexOverride'],
    UpdateTable: ['DisassociationProtectionEnabled', 'GlobalTableSettingsReplicationMode', 'VectorIndexUpdates'],
  },
  operations: {
    BatchExecuteStatement: batchExecuteStatement,
    BatchGetItem: batchGetItem,
    BatchWriteItem: batchWriteItem,
    CancelBulkOperation: notYet('bulk operations come with vector search'),
    CreateBackup: createBackup,
    CreateGlobalTable: createGlobalTable,
    CreateTable: createTable,
    DeleteBackup: deleteBackup,
    DeleteItem: deleteItem,
    DeleteResourcePolicy: deleteResourcePolicy,
    DeleteTable: deleteTable,
    DescribeBackup: describeBackup,
    DescribeBulkOperation: notYet('bulk operations come with vector search'),
    DescribeContinuousBackups: describeContinuousBackups,
    DescribeContributorInsights: describeContributorInsights,
    DescribeEndpoints: describeEndpoints,
    DescribeExport: describeExport,
    DescribeGlobalTable: describeGlobalTable,
    DescribeGlobalTableSettings: describeGlobalTableSettings,
    DescribeImport: describeImport,
    DescribeKinesisStreamingDestination: describeKinesisStreamingDestination,
    DescribeLimits: describeLimits,
    DescribeTable: describeTable,
    DescribeTableReplicaAutoScaling: notYet('auto scaling of replicas comes with Application Auto Scaling'),
    DescribeTimeToLive: describeTimeToLive,
    DisableKinesisStreamingDestination: disableKinesisStreamingDestination,
    EnableKinesisStreamingDestination: enableKinesisStreamingDestination,
    ExecuteStatement: executeStatement,
    ExecuteTransaction: executeTransaction,
    ExportTableToPointInTime: exportTableToPointInTime,
    GetItem: getItem,
    GetResourcePolicy: getResourcePolicy,
    ImportTable: importTable,
    ListBackups: listBackups,
    ListBulkOperations: notYet('bulk operations come with vector search'),
    ListContributorInsights: listContributorInsights,
    ListExports: listExports,
    ListGlobalTables: listGlobalTables,
    ListImports: listImports,
    ListTables: listTables,
    ListTagsOfResource: listTagsOfResource,
    PutItem: putItem,
    PutResourcePolicy: putResourcePolicy,
    Query: query,
    RestoreTableFromBackup: restoreTableFromBackup,
    RestoreTableToPointInTime: restoreTableToPointInTime,
    Scan: scan,
    SearchVectors: notYet('vector indexes need a vector engine'),
    StartBulkPutItems: notYet('bulk operations come with vector search'),
    TagResource: tagResource,
    TransactGetItems: transactGetItems,
    TransactWriteItems: transactWriteItems,
    UntagResource: untagResource,
    UpdateContinuousBackups: updateContinuousBackups,
    UpdateContributorInsights: updateContributorInsights,
    UpdateGlobalTable: updateGlobalTable,
    UpdateGlobalTableSettings: updateGlobalTableSettings,
    UpdateItem: updateItem,
    UpdateKinesisStreamingDestination: updateKinesisStreamingDestination,
    UpdateTable: updateTable,
    UpdateTableReplicaAutoScaling: notYet('auto scaling of replicas comes with Application Auto Scaling'),
    UpdateTimeToLive: updateTimeToLive,
  },
});
