/** What each operation must be allowed. Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3". */
import { type Access, type AccessRules, type Ctx, passing } from '#kernel/contract';

const onAccount = (action: string) => (): Access => ({ action: `s3:${action}`, resource: '*' });

const onPoint =
  (action: string) =>
  ({ Name: name }: { Name: string }, ctx: Ctx): Access => ({
    action: `s3:${action}`,
    resource: name.startsWith('arn:')
      ? name
      : `arn:${ctx.partition}:s3:${ctx.region}:${ctx.account}:accesspoint/${name}`,
  });

const onResource =
  (action: string) =>
  ({ ResourceArn: resource }: { ResourceArn: string }): Access => ({ action: `s3:${action}`, resource });

const onJob =
  (action: string) =>
  ({ JobId: id }: { JobId: string }, ctx: Ctx): Access => ({
    action: `s3:${action}`,
    resource: `arn:${ctx.partition}:s3:${ctx.region}:${ctx.account}:job/${id}`,
  });

export const access: AccessRules<'s3-control'> = {
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
  CreateJob: (input): Access[] => [
    {
      action: 's3:CreateJob',
      resource: '*',
      context: {
        's3:RequestJobPriority': String(input.Priority),
        's3:RequestJobOperation': Object.keys(input.Operation)[0] ?? '',
      },
    },
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
