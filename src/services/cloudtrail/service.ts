/** AWS CloudTrail: the face of kernel/events' record of calls. */
import { defineService, noneOf, notYet } from '#kernel/contract';
import { deliver, fileInsights, finish, insight, part, scan } from './deliver.ts';
import { invalidTag } from './errors.ts';
import { emptyStore, endStore, ingest, takeIn } from './lake.ts';
import { forgetQuery, runQuery } from './lake-query.ts';
import {
  createEventDataStore,
  deleteEventDataStore,
  getEventDataStore,
  listEventDataStores,
  restoreEventDataStore,
  startEventDataStoreIngestion,
  stopEventDataStoreIngestion,
  updateEventDataStore,
} from './operations/event-data-store.ts';
import { getInsightSelectors, putInsightSelectors } from './operations/insight.ts';
import { listInsightsData, listInsightsMetricData } from './operations/insight-data.ts';
import { cancelQuery, describeQuery, getQueryResults, listQueries, startQuery } from './operations/lake-query.ts';
import { listPublicKeys, lookupEvents } from './operations/lookup.ts';
import { searchSampleQueries } from './operations/sample-query.ts';
import { addTags, listTags, removeTags, tagsOf } from './operations/tag.ts';
import {
  createTrail,
  deleteTrail,
  describeTrails,
  getEventSelectors,
  getTrail,
  getTrailStatus,
  listTrails,
  putEventSelectors,
  startLogging,
  stopLogging,
  updateTrail,
} from './operations/trail.ts';
import { access } from './policy.ts';
import { throttles } from './throttles.ts';

const DASHBOARDS = notYet('dashboards of CloudTrail Lake are not drawn; their queries can be asked');
const IMPORTS = notYet('files of trails are not brought into event data stores');
const FEDERATION = notYet('there are no Glue and Athena that event data stores could be seen from');
const PROMPTS = notYet('there is no model that makes queries of prompts');
const CHANNELS = notYet('channels, which bring events of others into event data stores, are not built');
const ORGANIZATIONS = notYet('there are no organizations yet');
const CONTEXT = notYet('events of a trail are not summed up, nor those of event data stores enriched');

export const service = defineService<'cloudtrail'>({
  name: 'cloudtrail',
  prefix: 'cloudtrail',
  reservedTag: invalidTag,
  access,
  tagsOf,
  throttles,
  timers: { endStore, forgetQuery, ingest, insight, part, scan },
  tasks: { deliver, emptyStore, fileInsights, finish, runQuery, takeIn },
  unbuilt: {
    CancelQuery: ['EventDataStoreOwnerAccountId'],
    CreateEventDataStore: ['OrganizationEnabled', 'KmsKeyId'],
    CreateTrail: ['IsOrganizationTrail'],
    DescribeQuery: ['EventDataStoreOwnerAccountId', 'QueryAlias', 'RefreshId'],
    GetQueryResults: ['EventDataStoreOwnerAccountId'],
    StartQuery: ['EventDataStoreOwnerAccountId'],
    UpdateEventDataStore: ['OrganizationEnabled', 'KmsKeyId'],
    UpdateTrail: ['IsOrganizationTrail'],
  },
  operations: {
    AddTags: addTags,
    CancelQuery: cancelQuery,
    CreateChannel: CHANNELS,
    CreateDashboard: DASHBOARDS,
    CreateEventDataStore: createEventDataStore,
    CreateTrail: createTrail,
    DeleteChannel: CHANNELS,
    DeleteDashboard: DASHBOARDS,
    DeleteEventDataStore: deleteEventDataStore,
    DeleteResourcePolicy: CHANNELS,
    DeleteTrail: deleteTrail,
    DeregisterOrganizationDelegatedAdmin: ORGANIZATIONS,
    DescribeQuery: describeQuery,
    DescribeTrails: describeTrails,
    DisableFederation: FEDERATION,
    EnableFederation: FEDERATION,
    GenerateQuery: PROMPTS,
    GetChannel: CHANNELS,
    GetDashboard: DASHBOARDS,
    GetEventConfiguration: CONTEXT,
    GetEventDataStore: getEventDataStore,
    GetEventSelectors: getEventSelectors,
    GetImport: IMPORTS,
    GetInsightSelectors: getInsightSelectors,
    GetQueryResults: getQueryResults,
    GetResourcePolicy: CHANNELS,
    GetTrail: getTrail,
    GetTrailStatus: getTrailStatus,
    ListChannels: noneOf(CHANNELS, () => ({ Channels: [] })),
    ListDashboards: DASHBOARDS,
    ListEventDataStores: listEventDataStores,
    ListImportFailures: IMPORTS,
    ListImports: noneOf(IMPORTS, () => ({ Imports: [] })),
    ListInsightsData: listInsightsData,
    ListInsightsMetricData: listInsightsMetricData,
    ListPublicKeys: listPublicKeys,
    ListQueries: listQueries,
    ListTags: listTags,
    ListTrails: listTrails,
    LookupEvents: lookupEvents,
    PutEventConfiguration: CONTEXT,
    PutEventSelectors: putEventSelectors,
    PutInsightSelectors: putInsightSelectors,
    PutResourcePolicy: CHANNELS,
    RegisterOrganizationDelegatedAdmin: ORGANIZATIONS,
    RemoveTags: removeTags,
    RestoreEventDataStore: restoreEventDataStore,
    SearchSampleQueries: searchSampleQueries,
    StartDashboardRefresh: DASHBOARDS,
    StartEventDataStoreIngestion: startEventDataStoreIngestion,
    StartImport: IMPORTS,
    StartLogging: startLogging,
    StartQuery: startQuery,
    StopEventDataStoreIngestion: stopEventDataStoreIngestion,
    StopImport: IMPORTS,
    StopLogging: stopLogging,
    UpdateChannel: CHANNELS,
    UpdateDashboard: DASHBOARDS,
    UpdateEventDataStore: updateEventDataStore,
    UpdateTrail: updateTrail,
  },
});
