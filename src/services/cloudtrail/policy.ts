/** What each operation must be allowed. Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS CloudTrail". */
import type { AccessRules, Ctx } from '#kernel/contract';

const trailArn = (name: string, { partition, region, account }: Ctx) =>
  name.startsWith('arn:') ? name : `arn:${partition}:cloudtrail:${region}:${account}:trail/${name}`;
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

export const access: AccessRules<'cloudtrail'> = {
  CreateTrail: onTrail('CreateTrail'),
  UpdateTrail: onTrail('UpdateTrail'),
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
