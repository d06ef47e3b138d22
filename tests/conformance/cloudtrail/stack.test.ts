import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudTrailClient,
  DescribeTrailsCommand,
  GetEventSelectorsCommand,
  GetTrailStatusCommand,
  ListTagsCommand,
} from '@aws-sdk/client-cloudtrail';
import { startTestCloud } from '../../support/cloud.ts';
import { create, outputs, physicalIds, remove, templateOf, update } from '../cloudformation/stacks.ts';

const template = (trail: object) =>
  templateOf(
    {
      // What CloudTrail has written stays there.
      Bucket: { Type: 'AWS::S3::Bucket', DeletionPolicy: 'Retain', Properties: { BucketName: 'trails' } },
      Policy: {
        Type: 'AWS::S3::BucketPolicy',
        Properties: {
          Bucket: { Ref: 'Bucket' },
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: [
              {
                Effect: 'Allow',
                Principal: { Service: 'cloudtrail.amazonaws.com' },
                Action: 's3:PutObject',
                Resource: 'arn:aws:s3:::trails/*',
              },
            ],
          },
        },
      },
      Trail: {
        Type: 'AWS::CloudTrail::Trail',
        DependsOn: 'Policy',
        Properties: { S3BucketName: { Ref: 'Bucket' }, ...trail },
      },
    },
    { Outputs: { Arn: { Value: { 'Fn::GetAtt': ['Trail', 'Arn'] } } } },
  );

test('a stack makes, changes, replaces and removes a trail', async () => {
  await using cloud = await startTestCloud();
  const cloudtrail = cloud.client(CloudTrailClient);
  const seen = async () => {
    const { Trail: TrailName } = await physicalIds(cloud, 'audit');
    const { Arn = '' } = await outputs(cloud, 'audit');
    const { EventSelectors } = await cloudtrail.send(new GetEventSelectorsCommand({ TrailName }));
    const { IsLogging } = await cloudtrail.send(new GetTrailStatusCommand({ Name: TrailName }));
    const { ResourceTagList } = await cloudtrail.send(new ListTagsCommand({ ResourceIdList: [Arn] }));
    const { trailList } = await cloudtrail.send(new DescribeTrailsCommand({}));
    return [
      EventSelectors?.map(({ ReadWriteType }) => ReadWriteType),
      IsLogging,
      ResourceTagList?.[0]?.TagsList?.map(({ Key, Value }) => `${Key}=${Value}`),
      trailList?.map(({ IsMultiRegionTrail }) => IsMultiRegionTrail),
      trailList?.map(({ HasInsightSelectors }) => HasInsightSelectors),
    ];
  };
  await create(
    cloud,
    'audit',
    template({
      IsLogging: true,
      EventSelectors: [{ ReadWriteType: 'WriteOnly', IncludeManagementEvents: 'true' }],
      InsightSelectors: [{ InsightType: 'ApiCallRateInsight' }],
      Tags: [{ Key: 'team', Value: 'a' }],
    }),
  );
  assert.deepEqual(await seen(), [['WriteOnly'], true, ['team=a'], [false], [true]]);
  await update(cloud, 'audit', template({ IsLogging: 'false', IsMultiRegionTrail: 'true', Tags: [] }));
  assert.deepEqual(await seen(), [['All'], false, [], [true], [false]]);
  await update(cloud, 'audit', template({ IsLogging: 'true', TrailName: 'named' }));
  assert.deepEqual(await seen(), [['All'], true, [], [false], [false]]);
  await remove(cloud, 'audit');
  assert.deepEqual((await cloudtrail.send(new DescribeTrailsCommand({}))).trailList, []);
});
