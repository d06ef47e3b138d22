/** What each operation must be allowed. Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS CloudTrail". */
import { type Access, type AccessRules, type Ctx, passing } from '#kernel/contract';
import { trailArn } from './domain/trail-arn.ts';
import { lakeQueries } from './lake-state.ts';

const onTrail = (action: string) => (input: { Name: string }, ctx: Ctx) => ({
  action: `cloudtrail:${action}`,
  resource: trailArn(input.Name, ctx),
});
const onSelectors = (action: string) => (input: { TrailName: string }, ctx: Ctx) => ({
  action: `cloudtrail:${action}`,
  resource: trailArn(input.TrailName, ctx),
});
const onTags = (action: string) => (input: { ResourceId: string }) => ({
  action: `cloudtrail:${action}`,
  resource: input.ResourceId,
});

const storeArn = (arnOrId: string, { partition, region, account }: Ctx) =>
  arnOrId.startsWith('arn:') ? arnOrId : `arn:${partition}:cloudtrail:${region}:${account}:eventdatastore/${arnOrId}`;
const onStore =
  (action: string) =>
  ({ EventDataStore }: { EventDataStore: string }, ctx: Ctx) => ({
    action: `cloudtrail:${action}`,
    resource: storeArn(EventDataStore, ctx),
  });
/** On the store that a query reads, whether the request names it or not. */
const onQuery =
  (action: string) =>
  ({ EventDataStore, QueryId }: { EventDataStore?: string; QueryId?: string }, ctx: Ctx) => {
    const row = QueryId === undefined ? undefined : ctx.store.get(lakeQueries, { id: QueryId });
    return onStore(action)({ EventDataStore: row?.store ?? EventDataStore ?? '*' }, ctx);
  };

/** A role is handed over to CloudTrail. Source: the policy AWSCloudTrail_FullAccess. */
const passed = (role: string | undefined): Access[] =>
  role === undefined || role === '' ? [] : [passing(role, 'cloudtrail')];

export const access: AccessRules<'cloudtrail'> = {
  CreateEventDataStore: (_, ctx) => onStore('CreateEventDataStore')({ EventDataStore: '*' }, ctx),
  GetEventDataStore: onStore('GetEventDataStore'),
  UpdateEventDataStore: onStore('UpdateEventDataStore'),
  DeleteEventDataStore: onStore('DeleteEventDataStore'),
  RestoreEventDataStore: onStore('RestoreEventDataStore'),
  StartEventDataStoreIngestion: onStore('StartEventDataStoreIngestion'),
  StopEventDataStoreIngestion: onStore('StopEventDataStoreIngestion'),
  ListQueries: onStore('ListQueries'),
  // Asked for each store that the query reads.
  StartQuery: () => [],
  DescribeQuery: onQuery('DescribeQuery'),
  GetQueryResults: onQuery('GetQueryResults'),
  CancelQuery: onQuery('CancelQuery'),
  CreateTrail: (input, ctx) => [onTrail('CreateTrail')(input, ctx), ...passed(input.CloudWatchLogsRoleArn)],
  UpdateTrail: (input, ctx) => [onTrail('UpdateTrail')(input, ctx), ...passed(input.CloudWatchLogsRoleArn)],
  DeleteTrail: onTrail('DeleteTrail'),
  GetTrail: onTrail('GetTrail'),
  GetTrailStatus: onTrail('GetTrailStatus'),
  StartLogging: onTrail('StartLogging'),
  StopLogging: onTrail('StopLogging'),
  PutEventSelectors: onSelectors('PutEventSelectors'),
  PutInsightSelectors: ({ TrailName = '*' }, ctx) => onSelectors('PutInsightSelectors')({ TrailName }, ctx),
  GetInsightSelectors: ({ TrailName = '*' }, ctx) => onSelectors('GetInsightSelectors')({ TrailName }, ctx),
  GetEventSelectors: onSelectors('GetEventSelectors'),
  ListInsightsData: ({ InsightSource }) => ({ action: 'cloudtrail:ListInsightsData', resource: InsightSource }),
  // Source: CloudTrail API Reference, ListInsightsMetricData: it has no action of its own.
  ListInsightsMetricData: ({ TrailName }, ctx) =>
    TrailName === undefined
      ? { action: 'cloudtrail:LookupEvents', resource: '*' }
      : [{ action: 'cloudtrail:LookupEvents', resource: '*' }, onSelectors('ListInsightsData')({ TrailName }, ctx)],
  AddTags: onTags('AddTags'),
  RemoveTags: onTags('RemoveTags'),
  ListTags: (input) => input.ResourceIdList.map((resource) => ({ action: 'cloudtrail:ListTags', resource })),
};
