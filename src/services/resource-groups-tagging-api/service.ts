/** AWS Resource Groups Tagging API: the tagged resources of an account and Region, whichever service they belong to. */
import { defineService, notYet } from '#kernel/contract';
import { getTagKeys, getTagValues } from './operations/keys.ts';
import { getResources } from './operations/resources.ts';
import { tagResources, untagResources } from './operations/tag.ts';

const organizations = notYet('tag policies come with AWS Organizations');

export const service = defineService<'resource-groups-tagging-api'>({
  name: 'resource-groups-tagging-api',
  prefix: 'tag',
  operations: {
    DescribeReportCreation: organizations,
    GetComplianceSummary: organizations,
    GetResources: getResources,
    GetTagKeys: getTagKeys,
    GetTagValues: getTagValues,
    ListRequiredTags: organizations,
    StartReportCreation: organizations,
    TagResources: tagResources,
    UntagResources: untagResources,
  },
});
