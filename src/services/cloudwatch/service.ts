/**
 * Amazon CloudWatch: the face of kernel/metering, and alarms.
 *
 * Deviation: calls of APIs are counted in no metrics (`CallCount` in `AWS/Usage`).
 */
import { defineService, notYet } from '#kernel/contract';
import { ANSWERED } from '#services/cloudwatch-logs/port';
import { act } from './actions.ts';
import { invalidValue } from './errors.ts';
import { look, lookAtInsights } from './evaluate.ts';
import { answered, dropQuery, lookAtAnswer } from './log-alarm.ts';
import {
  deleteAlarms,
  describeAlarmContributors,
  describeAlarmHistory,
  describeAlarms,
  describeAlarmsForMetric,
  disableAlarmActions,
  enableAlarmActions,
  setAlarmState,
} from './operations/alarm.ts';
import {
  deleteDashboards,
  getDashboard,
  getMetricWidgetImage,
  listDashboards,
  putDashboard,
} from './operations/dashboard.ts';
import { deleteAnomalyDetector, describeAnomalyDetectors, putAnomalyDetector } from './operations/detector.ts';
import {
  deleteInsightRules,
  describeInsightRules,
  disableInsightRules,
  enableInsightRules,
  getInsightRuleReport,
  putInsightRule,
} from './operations/insight-rule.ts';
import { getMetricData, getMetricStatistics, listMetrics, putMetricData } from './operations/metric.ts';
import {
  deleteMetricStream,
  getMetricStream,
  listMetricStreams,
  putMetricStream,
  startMetricStreams,
  stopMetricStreams,
} from './operations/metric-stream.ts';
import { deleteAlarmMuteRule, getAlarmMuteRule, listAlarmMuteRules, putAlarmMuteRule } from './operations/mute-rule.ts';
import { putCompositeAlarm, putMetricAlarm } from './operations/put-alarm.ts';
import { putLogAlarm } from './operations/put-log-alarm.ts';
import {
  deleteMetricDataQueryDefinition,
  getMetricDataQueryDefinition,
  listMetricDataQueryDefinitions,
  putMetricDataQueryDefinition,
} from './operations/query-definition.ts';
import { listTagsForResource, tagResource, tagsOf, untagResource } from './operations/tag.ts';
import { access } from './policy.ts';
import { sendMinutes, stream } from './streaming.ts';
import { resume } from './suppress.ts';
import { windowEnds } from './unmute.ts';

const DATASETS = notYet('data sets of metrics are not built');
const DETAILED = notYet('metrics of single resources are the same with and without a configuration');
const OTEL = notYet('metrics of OpenTelemetry are not taken in');
const MANAGED = notYet('no service here brings rules of its own');

export const service = defineService<'cloudwatch'>({
  name: 'cloudwatch',
  prefix: 'cloudwatch',
  reservedTag: invalidValue,
  access,
  tagsOf,
  timers: { look, resume, stream, windowEnds },
  tasks: { act, dropQuery, lookAtAnswer, lookAtInsights, stream: sendMinutes },
  events: { [ANSWERED]: answered },
  dataEvents: ['PutMetricData', 'GetMetricData', 'GetMetricStatistics', 'ListMetrics', 'GetMetricWidgetImage'],
  unbuilt: {
    PutInsightRule: ['ApplyOnTransformedLogs'],
    PutMetricData: ['StrictEntityValidation'],
  },
  operations: {
    AssociateDatasetKmsKey: DATASETS,
    CreateResourceMetricsConfiguration: DETAILED,
    DeleteAlarmMuteRule: deleteAlarmMuteRule,
    DeleteAlarms: deleteAlarms,
    DeleteAnomalyDetector: deleteAnomalyDetector,
    DeleteDashboards: deleteDashboards,
    DeleteInsightRules: deleteInsightRules,
    DeleteMetricDataQueryDefinition: deleteMetricDataQueryDefinition,
    DeleteMetricStream: deleteMetricStream,
    DeleteResourceMetricsConfiguration: DETAILED,
    DescribeAlarmContributors: describeAlarmContributors,
    DescribeAlarmHistory: describeAlarmHistory,
    DescribeAlarms: describeAlarms,
    DescribeAlarmsForMetric: describeAlarmsForMetric,
    DescribeAnomalyDetectors: describeAnomalyDetectors,
    DescribeInsightRules: describeInsightRules,
    DisableAlarmActions: disableAlarmActions,
    DisableInsightRules: disableInsightRules,
    DisassociateDatasetKmsKey: DATASETS,
    EnableAlarmActions: enableAlarmActions,
    EnableInsightRules: enableInsightRules,
    GetAlarmMuteRule: getAlarmMuteRule,
    GetDashboard: getDashboard,
    GetDataset: DATASETS,
    GetInsightRuleReport: getInsightRuleReport,
    GetMetricData: getMetricData,
    GetMetricDataQueryDefinition: getMetricDataQueryDefinition,
    GetMetricStatistics: getMetricStatistics,
    GetMetricStream: getMetricStream,
    GetMetricWidgetImage: getMetricWidgetImage,
    GetOTelEnrichment: OTEL,
    GetResourceMetricsConfiguration: DETAILED,
    ListAlarmMuteRules: listAlarmMuteRules,
    ListDashboards: listDashboards,
    ListManagedInsightRules: MANAGED,
    ListMetricDataQueryDefinitions: listMetricDataQueryDefinitions,
    ListMetricStreams: listMetricStreams,
    ListMetrics: listMetrics,
    ListTagsForResource: listTagsForResource,
    PutAlarmMuteRule: putAlarmMuteRule,
    PutAnomalyDetector: putAnomalyDetector,
    PutCompositeAlarm: putCompositeAlarm,
    PutDashboard: putDashboard,
    PutInsightRule: putInsightRule,
    PutLogAlarm: putLogAlarm,
    PutManagedInsightRules: MANAGED,
    PutMetricAlarm: putMetricAlarm,
    PutMetricData: putMetricData,
    PutMetricDataQueryDefinition: putMetricDataQueryDefinition,
    PutMetricStream: putMetricStream,
    SetAlarmState: setAlarmState,
    StartMetricStreams: startMetricStreams,
    StartOTelEnrichment: OTEL,
    StopMetricStreams: stopMetricStreams,
    StopOTelEnrichment: OTEL,
    TagResource: tagResource,
    UntagResource: untagResource,
    UpdateOTelEnrichment: OTEL,
    UpdateResourceMetricsConfiguration: DETAILED,
  },
});
