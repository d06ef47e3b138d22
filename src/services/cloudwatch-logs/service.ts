/**
 * Amazon CloudWatch Logs.
 *
 * Deviation: its calls are counted in no metrics (`CallCount`, `ErrorCount` and `ThrottleCount` in `AWS/Logs`).
 */
import { defineService, notYet } from '#kernel/contract';
import { analyze, lookForAnomalies } from './anomalies.ts';
import { tellDefaults } from './defaults.ts';
import { WRITTEN } from './domain/deliver.ts';
import { invalidParameter } from './errors.ts';
import { redeliver, written } from './events.ts';
import { deleteAccountPolicy, describeAccountPolicies, putAccountPolicy } from './operations/account-policy.ts';
import { listAnomalies, updateAnomaly } from './operations/anomaly.ts';
import {
  createLogAnomalyDetector,
  deleteLogAnomalyDetector,
  getLogAnomalyDetector,
  listLogAnomalyDetectors,
  updateLogAnomalyDetector,
} from './operations/anomaly-detector.ts';
import * as deliveries from './operations/delivery.ts';
import {
  deleteDestination,
  describeDestinations,
  putDestination,
  putDestinationPolicy,
} from './operations/destination.ts';
import { cancelExportTask, createExportTask, describeExportTasks } from './operations/export.ts';
import {
  createLogGroup,
  deleteLogGroup,
  deleteRetentionPolicy,
  describeLogGroups,
  listLogGroups,
  putLogGroupDeletionProtection,
  putRetentionPolicy,
} from './operations/group.ts';
import {
  deleteIndexPolicy,
  describeFieldIndexes,
  describeIndexPolicies,
  putIndexPolicy,
} from './operations/index-policy.ts';
import { associateKmsKey, disassociateKmsKey } from './operations/key.ts';
import { startLiveTail } from './operations/live-tail.ts';
import {
  createLookupTable,
  deleteLookupTable,
  describeLookupTables,
  getLookupTable,
  updateLookupTable,
} from './operations/lookup-table.ts';
import {
  deleteMetricFilter,
  describeMetricFilters,
  putMetricFilter,
  testMetricFilter,
} from './operations/metric-filter.ts';
import {
  deleteDataProtectionPolicy,
  getDataProtectionPolicy,
  putDataProtectionPolicy,
} from './operations/protection.ts';
import { putLogEvents } from './operations/put.ts';
import { describeQueries, getQueryResults, listLogGroupsForQuery, startQuery, stopQuery } from './operations/query.ts';
import { deleteQueryDefinition, describeQueryDefinitions, putQueryDefinition } from './operations/query-definition.ts';
import { filterLogEvents, getLogEvents } from './operations/read.ts';
import { getLogGroupFields, getLogRecord } from './operations/record.ts';
import { deleteResourcePolicy, describeResourcePolicies, putResourcePolicy } from './operations/resource-policy.ts';
import * as schedules from './operations/scheduled-query.ts';
import { createLogStream, deleteLogStream, describeLogStreams } from './operations/stream.ts';
import {
  deleteSubscriptionFilter,
  describeSubscriptionFilters,
  putSubscriptionFilter,
} from './operations/subscription.ts';
import {
  listTagsForResource,
  listTagsLogGroup,
  tagLogGroup,
  tagResource,
  tagsOf,
  untagLogGroup,
  untagResource,
} from './operations/tag.ts';
import { deleteTransformer, getTransformer, putTransformer, testTransformer } from './operations/transformer.ts';
import { access } from './policy.ts';
import { VENDED } from './port.ts';
import { endScheduled, runScheduled, scheduled } from './scheduled.ts';
import { exportEvents, forgetQuery, query } from './tasks.ts';
import { expire, sweep, sweepStream } from './timers.ts';
import { receive, vend, vendDue } from './vend.ts';
import { voice } from './voice.ts';

const IMPORTS = 'event data stores of CloudTrail are not brought into log groups';
const OPEN_SEARCH = 'neither OpenSearch nor tables of S3 are there to integrate with yet';
const SYSLOG = 'there is no door for syslog yet';
const SOURCES = 'groups have no data sources here: no service names one';
const OBJECTS = "large objects come by OpenTelemetry's protocol, for which there is no door yet";
const OTHERS = 'it is new and seldom used; comes after the rest';

export const service = defineService<'cloudwatch-logs'>({
  name: 'cloudwatch-logs',
  prefix: 'logs',
  reservedTag: invalidParameter,
  access,
  tagsOf,
  voice,
  metrics: 'AWS/Logs',
  tasks: { analyze, endScheduled, exportEvents, query, runScheduled, vend },
  timers: { lookForAnomalies, expire, forgetQuery, redeliver, scheduled, sweep, sweepStream, tellDefaults, vendDue },
  events: { [WRITTEN]: written, [VENDED]: receive },
  dataEvents: ['PutLogEvents', 'GetLogEvents', 'FilterLogEvents', 'GetLogRecord'],
  reads: { StartLiveTail: 'silent', StartQuery: 'silent' },
  unbuilt: {
    CreateLogAnomalyDetector: ['kmsKeyId'],
    DescribeAccountPolicies: ['accountIdentifiers'],
    DescribeFieldIndexes: ['indexCategories'],
    DescribeLogGroups: ['accountIdentifiers'],
    ListLogGroups: ['accountIdentifiers', 'dataSources', 'fieldIndexNames'],
    PutDeliverySource: ['deliverySourceConfiguration'],
    PutMetricFilter: ['fieldSelectionCriteria', 'emitSystemFieldDimensions'],
    PutSubscriptionFilter: ['fieldSelectionCriteria', 'emitSystemFields'],
  },
  operations: {
    AssociateKmsKey: associateKmsKey,
    AssociateSourceToS3TableIntegration: notYet(OPEN_SEARCH),
    CancelExportTask: cancelExportTask,
    CancelImportTask: notYet(IMPORTS),
    CreateDelivery: deliveries.createDelivery,
    CreateExportTask: createExportTask,
    CreateImportTask: notYet(IMPORTS),
    CreateLogAnomalyDetector: createLogAnomalyDetector,
    CreateLogGroup: createLogGroup,
    CreateLogStream: createLogStream,
    CreateLookupTable: createLookupTable,
    CreateScheduledQuery: schedules.createScheduledQuery,
    DeleteAccountPolicy: deleteAccountPolicy,
    DeleteDataProtectionPolicy: deleteDataProtectionPolicy,
    DeleteDelivery: deliveries.deleteDelivery,
    DeleteDeliveryDestination: deliveries.deleteDeliveryDestination,
    DeleteDeliveryDestinationPolicy: deliveries.deleteDeliveryDestinationPolicy,
    DeleteDeliverySource: deliveries.deleteDeliverySource,
    DeleteDestination: deleteDestination,
    DeleteIndexPolicy: deleteIndexPolicy,
    DeleteIntegration: notYet(OPEN_SEARCH),
    DeleteLogAnomalyDetector: deleteLogAnomalyDetector,
    DeleteLogGroup: deleteLogGroup,
    DeleteLogStream: deleteLogStream,
    DeleteLookupTable: deleteLookupTable,
    DeleteMetricFilter: deleteMetricFilter,
    DeleteQueryDefinition: deleteQueryDefinition,
    DeleteResourcePolicy: deleteResourcePolicy,
    DeleteRetentionPolicy: deleteRetentionPolicy,
    DeleteScheduledQuery: schedules.deleteScheduledQuery,
    DeleteSubscriptionFilter: deleteSubscriptionFilter,
    DeleteSyslogConfiguration: notYet(SYSLOG),
    DeleteTransformer: deleteTransformer,
    DescribeAccountPolicies: describeAccountPolicies,
    DescribeConfigurationTemplates: deliveries.describeConfigurationTemplates,
    DescribeDeliveries: deliveries.describeDeliveries,
    DescribeDeliveryDestinations: deliveries.describeDeliveryDestinations,
    DescribeDeliverySources: deliveries.describeDeliverySources,
    DescribeDestinations: describeDestinations,
    DescribeExportTasks: describeExportTasks,
    DescribeFieldIndexes: describeFieldIndexes,
    DescribeImportTaskBatches: notYet(IMPORTS),
    DescribeImportTasks: notYet(IMPORTS),
    DescribeIndexPolicies: describeIndexPolicies,
    DescribeLogGroups: describeLogGroups,
    DescribeLogStreams: describeLogStreams,
    DescribeLookupTables: describeLookupTables,
    DescribeMetricFilters: describeMetricFilters,
    DescribeQueries: describeQueries,
    DescribeQueryDefinitions: describeQueryDefinitions,
    DescribeResourcePolicies: describeResourcePolicies,
    DescribeSubscriptionFilters: describeSubscriptionFilters,
    DisassociateKmsKey: disassociateKmsKey,
    DisassociateSourceFromS3TableIntegration: notYet(OPEN_SEARCH),
    FilterLogEvents: filterLogEvents,
    GetDataProtectionPolicy: getDataProtectionPolicy,
    GetDelivery: deliveries.getDelivery,
    GetDeliveryDestination: deliveries.getDeliveryDestination,
    GetDeliveryDestinationPolicy: deliveries.getDeliveryDestinationPolicy,
    GetDeliverySource: deliveries.getDeliverySource,
    GetIntegration: notYet(OPEN_SEARCH),
    GetLogAnomalyDetector: getLogAnomalyDetector,
    GetLogEvents: getLogEvents,
    GetLogFields: notYet(SOURCES),
    GetLogGroupFields: getLogGroupFields,
    GetLogObject: notYet(OBJECTS),
    GetLogRecord: getLogRecord,
    GetLookupTable: getLookupTable,
    GetQueryResults: getQueryResults,
    GetScheduledQuery: schedules.getScheduledQuery,
    GetScheduledQueryHistory: schedules.getScheduledQueryHistory,
    GetStorageTierPolicy: notYet(OTHERS),
    GetTransformer: getTransformer,
    ListAggregateLogGroupSummaries: notYet(SOURCES),
    ListAnomalies: listAnomalies,
    ListIntegrations: notYet(OPEN_SEARCH),
    ListLogAnomalyDetectors: listLogAnomalyDetectors,
    ListLogGroups: listLogGroups,
    ListLogGroupsForQuery: listLogGroupsForQuery,
    ListScheduledQueries: schedules.listScheduledQueries,
    ListSourcesForS3TableIntegration: notYet(OPEN_SEARCH),
    ListSyslogConfigurations: notYet(SYSLOG),
    ListTagsForResource: listTagsForResource,
    ListTagsLogGroup: listTagsLogGroup,
    PutAccountPolicy: putAccountPolicy,
    PutBearerTokenAuthentication: notYet(OTHERS),
    PutDataProtectionPolicy: putDataProtectionPolicy,
    PutDeliveryDestination: deliveries.putDeliveryDestination,
    PutDeliveryDestinationPolicy: deliveries.putDeliveryDestinationPolicy,
    PutDeliverySource: deliveries.putDeliverySource,
    PutDestination: putDestination,
    PutDestinationPolicy: putDestinationPolicy,
    PutIndexPolicy: putIndexPolicy,
    PutIntegration: notYet(OPEN_SEARCH),
    PutLogEvents: putLogEvents,
    PutLogGroupDeletionProtection: putLogGroupDeletionProtection,
    PutMetricFilter: putMetricFilter,
    PutQueryDefinition: putQueryDefinition,
    PutResourcePolicy: putResourcePolicy,
    PutRetentionPolicy: putRetentionPolicy,
    PutStorageTierPolicy: notYet(OTHERS),
    PutSubscriptionFilter: putSubscriptionFilter,
    PutSyslogConfiguration: notYet(SYSLOG),
    PutTransformer: putTransformer,
    StartLiveTail: startLiveTail,
    StartQuery: startQuery,
    StopQuery: stopQuery,
    TagLogGroup: tagLogGroup,
    TagResource: tagResource,
    TestMetricFilter: testMetricFilter,
    TestTransformer: testTransformer,
    UntagLogGroup: untagLogGroup,
    UntagResource: untagResource,
    UpdateAnomaly: updateAnomaly,
    UpdateDeliveryConfiguration: deliveries.updateDeliveryConfiguration,
    UpdateLogAnomalyDetector: updateLogAnomalyDetector,
    UpdateLookupTable: updateLookupTable,
    UpdateScheduledQuery: schedules.updateScheduledQuery,
  },
});
