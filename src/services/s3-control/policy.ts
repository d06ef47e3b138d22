/** What each operation must be allowed. Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3". */
import { parseArn } from '#kernel/base';
import { type Access, type AccessRules, type ConditionKeys, type Ctx, passing } from '#kernel/contract';
import type { JobOperation, Scope, TagList } from '#models/s3-control';
import {
  accessPoints,
  directoryPoints,
  isDirectoryPointName,
  multiRegionPoints,
  pointTagKeys,
  tagKeysOf,
} from '../s3/port.ts';
import { multiRegionArn } from './domain/multi-region.ts';
import { grantsAccess } from './policy-grants.ts';
import { type JobRow, jobs } from './state.ts';

const onAccount = (action: string) => (): Access => ({ action: `s3:${action}`, resource: '*' });

const onPoint =
  (action: string) =>
  (input: OfPoint, ctx: Ctx): Access => {
    const { Name: name, Tags = [] } = input;
    const service = isDirectoryPointName(name) ? 's3express' : 's3';
    const resource = name.startsWith('arn:')
      ? name
      : `arn:${ctx.partition}:${service}:${ctx.region}:${ctx.account}:accesspoint/${name}`;
    const context = () => ({
      ...tagsOfPoint(resource, ctx),
      ...tagKeysOf(Tags),
      ...(service === 's3express' && asked(input)),
    });
    return { action: `${service}:${action}`, resource, context };
  };

type OfPoint = { Name: string; Tags?: TagList; Bucket?: string; VpcConfiguration?: object; Scope?: Scope };

/** What conditions see of an access point of a directory bucket that is made, or gets a scope. Source: S3 User Guide, "Configuring IAM policies for using access points for directory buckets". */
function asked({ Bucket, VpcConfiguration, Scope: scope }: OfPoint): ConditionKeys {
  return {
    ...(Bucket !== undefined && {
      's3express:AccessPointNetworkOrigin': VpcConfiguration === undefined ? 'Internet' : 'VPC',
    }),
    ...(scope?.Permissions !== undefined && { 's3express:Permissions': scope.Permissions }),
  };
}

/** What conditions see of the tags that an access point has. */
function tagsOfPoint(arn: string, ctx: Ctx): ConditionKeys {
  const { region = '', account = '', resource = '' } = parseArn(arn) ?? {};
  const [, name] = /^accesspoint\/(.+)$/.exec(resource) ?? [];
  const table = isDirectoryPointName(name) ? directoryPoints : accessPoints;
  const point = name === undefined ? undefined : ctx.store.get(table, { account, region, name });
  if (point === undefined) return {};
  return { ...pointTagKeys(point), ...taggedWith(point.tags) };
}

const taggedWith = (tags: { readonly [key: string]: string } = {}): ConditionKeys =>
  Object.fromEntries(Object.entries(tags).map(([name, value]) => [`aws:ResourceTag/${name}`, value]));

/** Who manages one must also be let list buckets. Source: S3 User Guide, "Using Multi-Region Access Points with supported API operations". */
const onMultiRegion =
  (action: string, manages = false) =>
  (input: { Name?: string; Details?: { Name: string } }, ctx: Ctx): Access[] => {
    const name = input.Name ?? input.Details?.Name ?? '';
    const row = ctx.store.get(multiRegionPoints, { account: ctx.account, name });
    const alias = action === 'CreateMultiRegionAccessPoint' ? '*' : (row?.alias ?? name);
    const listing: Access = { action: 's3:ListAllMyBuckets', resource: `arn:${ctx.partition}:s3:::*` };
    return [
      { action: `s3:${action}`, resource: multiRegionArn(ctx.partition, { account: ctx.account, alias }) },
      ...(manages ? [listing] : []),
    ];
  };

const onRoutes =
  (action: string) =>
  ({ Mrap: resource }: { Mrap: string }): Access => ({ action: `s3:${action}`, resource });

const onResource =
  (action: string) =>
  ({ ResourceArn: resource, Tags = [] }: { ResourceArn: string; Tags?: TagList }, ctx: Ctx): Access => ({
    action: `${resource.split(':')[2] === 's3express' ? 's3express' : 's3'}:${action}`,
    resource,
    context: () => ({ ...tagsOfPoint(resource, ctx), ...tagKeysOf(Tags) }),
  });

const onJob =
  (action: string) =>
  ({ JobId: id, ...input }: { JobId: string; Priority?: number; Tags?: TagList }, ctx: Ctx): Access => ({
    action: `s3:${action}`,
    resource: `arn:${ctx.partition}:s3:${ctx.region}:${ctx.account}:job/${id}`,
    context: () => {
      const job = ctx.store.get(jobs, { id });
      return {
        ...taggedWith(job?.tags),
        ...(job !== undefined && CHANGES.has(action) && existing(job)),
        ...(input.Priority !== undefined && { 's3:RequestJobPriority': String(input.Priority) }),
        ...tagKeysOf(input.Tags ?? []),
      };
    },
  });

/** What changes a job sees what it is. */
const CHANGES = new Set(['UpdateJobPriority', 'UpdateJobStatus', 'PutJobTagging', 'DeleteJobTagging']);

const existing = (job: JobRow): ConditionKeys => ({
  's3:ExistingJobOperation': operationOf(job.operation),
  's3:ExistingJobPriority': String(job.priority),
  ...(job.status === 'Suspended' && { 's3:JobSuspendedCause': 'AWAITING_CONFIRMATION' }),
});

const operationOf = (operation: JobOperation) => Object.keys(operation)[0] ?? '';

export const access: AccessRules<'s3-control'> = {
  ...grantsAccess,
  GetPublicAccessBlock: onAccount('GetAccountPublicAccessBlock'),
  PutPublicAccessBlock: onAccount('PutAccountPublicAccessBlock'),
  DeletePublicAccessBlock: onAccount('PutAccountPublicAccessBlock'),
  ListAccessPoints: onAccount('ListAccessPoints'),
  CreateAccessPoint: onPoint('CreateAccessPoint'),
  GetAccessPoint: onPoint('GetAccessPoint'),
  DeleteAccessPoint: onPoint('DeleteAccessPoint'),
  GetAccessPointPolicy: onPoint('GetAccessPointPolicy'),
  PutAccessPointPolicy: onPoint('PutAccessPointPolicy'),
  DeleteAccessPointPolicy: onPoint('DeleteAccessPointPolicy'),
  GetAccessPointPolicyStatus: onPoint('GetAccessPointPolicyStatus'),
  DeleteAccessPointScope: onPoint('DeleteAccessPointScope'),
  GetAccessPointScope: onPoint('GetAccessPointScope'),
  PutAccessPointScope: onPoint('PutAccessPointScope'),
  ListAccessPointsForDirectoryBuckets: () => ({
    action: 's3express:ListAccessPointsForDirectoryBuckets',
    resource: '*',
  }),
  CreateMultiRegionAccessPoint: onMultiRegion('CreateMultiRegionAccessPoint', true),
  DeleteMultiRegionAccessPoint: onMultiRegion('DeleteMultiRegionAccessPoint', true),
  PutMultiRegionAccessPointPolicy: onMultiRegion('PutMultiRegionAccessPointPolicy', true),
  GetMultiRegionAccessPoint: onMultiRegion('GetMultiRegionAccessPoint'),
  GetMultiRegionAccessPointPolicy: onMultiRegion('GetMultiRegionAccessPointPolicy'),
  GetMultiRegionAccessPointPolicyStatus: onMultiRegion('GetMultiRegionAccessPointPolicyStatus'),
  ListMultiRegionAccessPoints: onAccount('ListMultiRegionAccessPoints'),
  DescribeMultiRegionAccessPointOperation: ({ RequestTokenARN: resource }) => ({
    action: 's3:DescribeMultiRegionAccessPointOperation',
    resource,
  }),
  GetMultiRegionAccessPointRoutes: onRoutes('GetMultiRegionAccessPointRoutes'),
  SubmitMultiRegionAccessPointRoutes: onRoutes('SubmitMultiRegionAccessPointRoutes'),
  CreateJob: (input, ctx): Access[] => [
    {
      action: 's3:CreateJob',
      resource: '*',
      context: {
        's3:RequestJobPriority': String(input.Priority),
        's3:RequestJobOperation': operationOf(input.Operation),
        ...tagKeysOf(input.Tags ?? []),
      },
    },
    // Source: S3 User Guide, "Troubleshoot Batch Operations".
    ...(input.Tags === undefined || input.Tags.length === 0
      ? []
      : [
          {
            action: 's3:PutJobTagging',
            resource: `arn:${ctx.partition}:s3:${ctx.region}:${ctx.account}:job/*`,
            context: tagKeysOf(input.Tags),
          },
        ]),
    passing(input.RoleArn, 'batchoperations.s3'),
  ],
  ListJobs: onAccount('ListJobs'),
  DescribeJob: onJob('DescribeJob'),
  UpdateJobPriority: onJob('UpdateJobPriority'),
  UpdateJobStatus: onJob('UpdateJobStatus'),
  PutJobTagging: onJob('PutJobTagging'),
  GetJobTagging: onJob('GetJobTagging'),
  DeleteJobTagging: onJob('DeleteJobTagging'),
  TagResource: onResource('TagResource'),
  UntagResource: onResource('UntagResource'),
  ListTagsForResource: onResource('ListTagsForResource'),
};
