/** AWS CloudTrail: the face of kernel/events' record of calls. */
import { defineService, notYet } from '#kernel/contract';
import { deliver, fileInsights, scan } from './deliver.ts';
import { getInsightSelectors, putInsightSelectors } from './operations/insight.ts';
import { listInsightsData, listInsightsMetricData } from './operations/insight-data.ts';
import { listPublicKeys, lookupEvents } from './operations/lookup.ts';
import {
  addTags,
  createTrail,
  deleteTrail,
  describeTrails,
  getEventSelectors,
  getTrail,
  getTrailStatus,
  listTags,
  listTrails,
  putEventSelectors,
  removeTags,
  startLogging,
  stopLogging,
  updateTrail,
} from './operations/trail.ts';
import { access } from './policy.ts';
import { throttles } from './throttles.ts';

const LAKE = notYet(
  'CloudTrail Lake (event data stores, their queries, imports and dashboards) is not built; LookupEvents and trails are',
);
const CHANNELS = notYet('channels bring events of others into CloudTrail Lake, which is not built');
const ORGANIZATIONS = notYet('there are no organizations yet');
const CONTEXT = notYet('events of a trail are not summed up, nor those of event data stores enriched');

export const service = defineService<'cloudtrail'>({
  name: 'cloudtrail',
  prefix: 'cloudtrail',
  access,
  throttles,
  timers: { scan },
  tasks: { deliver, fileInsights },
  operations: {
    AddTags: addTags,
    CancelQuery: LAKE,
    CreateChannel: CHANNELS,
    CreateDashboard: LAKE,
    CreateEventDataStore: LAKE,
    CreateTrail: createTrail,
    DeleteChannel: CHANNELS,
    DeleteDashboard: LAKE,
    DeleteEventDataStore: LAKE,
    DeleteResourcePolicy: CHANNELS,
    DeleteTrail: deleteTrail,
    DeregisterOrganizationDelegatedAdmin: ORGANIZATIONS,
    DescribeQuery: LAKE,
    DescribeTrails: describeTrails,
    DisableFederation: LAKE,
    EnableFederation: LAKE,
    GenerateQuery: LAKE,
    GetChannel: CHANNELS,
    GetDashboard: LAKE,
    GetEventConfiguration: CONTEXT,
    GetEventDataStore: LAKE,
    GetEventSelectors: getEventSelectors,
    GetImport: LAKE,
    GetInsightSelectors: getInsightSelectors,
    GetQueryResults: LAKE,
    GetResourcePolicy: CHANNELS,
    GetTrail: getTrail,
    GetTrailStatus: getTrailStatus,
    ListChannels: CHANNELS,
    ListDashboards: LAKE,
    ListEventDataStores: LAKE,
    ListImportFailures: LAKE,
    ListImports: LAKE,
    ListInsightsData: listInsightsData,
    ListInsightsMetricData: listInsightsMetricData,
    ListPublicKeys: listPublicKeys,
    ListQueries: LAKE,
    ListTags: listTags,
    ListTrails: listTrails,
    LookupEvents: lookupEvents,
    PutEventConfiguration: CONTEXT,
    PutEventSelectors: putEventSelectors,
    PutInsightSelectors: putInsightSelectors,
    PutResourcePolicy: CHANNELS,
    RegisterOrganizationDelegatedAdmin: ORGANIZATIONS,
    RemoveTags: removeTags,
    RestoreEventDataStore: LAKE,
    SearchSampleQueries: LAKE,
    StartDashboardRefresh: LAKE,
    StartEventDataStoreIngestion: LAKE,
    StartImport: LAKE,
    StartLogging: startLogging,
    StartQuery: LAKE,
    StopEventDataStoreIngestion: LAKE,
    StopImport: LAKE,
    StopLogging: stopLogging,
    UpdateChannel: CHANNELS,
    UpdateDashboard: LAKE,
    UpdateEventDataStore: LAKE,
    UpdateTrail: updateTrail,
  },
});
