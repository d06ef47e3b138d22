/** Directory buckets in stacks. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFormationClient,
  CreateStackCommand,
  ListResourceScanResourcesCommand,
  StartResourceScanCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import {
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketPolicyCommand,
  HeadBucketCommand,
  ListBucketMetricsConfigurationsCommand,
  ListDirectoryBucketsCommand,
} from '@aws-sdk/client-s3';
import { ListTagsForResourceCommand } from '@aws-sdk/client-s3-control';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { expressClient } from '../s3/directory-setup.ts';
import { controlOf } from '../s3-control/setup.ts';
import { arrive, expectNoDrift, expectStatus, outputs, remove, templateOf } from './stacks.ts';

const StackName = 'Express';
const AccountId = '123456789012';

function template(days: number | undefined, team: string) {
  const Policy = {
    Type: 'AWS::S3Express::BucketPolicy',
    Properties: {
      Bucket: { Ref: 'Directory' },
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { AWS: '999988887777' },
            Action: 's3express:CreateSession',
            Resource: { 'Fn::GetAtt': ['Directory', 'Arn'] },
          },
        ],
      },
    },
  };
  const Properties = {
    LocationName: 'use1-az5',
    DataRedundancy: 'SingleAvailabilityZone',
    BucketEncryption: {
      ServerSideEncryptionConfiguration: [
        {
          ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: { 'Fn::GetAtt': ['Key', 'Arn'] } },
        },
      ],
    },
    ...(days !== undefined && {
      LifecycleConfiguration: {
        Rules: [{ Id: 'old', Status: 'Enabled', Prefix: 'logs/', ObjectSizeGreaterThan: '10', ExpirationInDays: days }],
      },
    }),
    MetricsConfigurations: [{ Id: 'all' }, { Id: team, Prefix: 'logs/' }],
    Tags: [{ Key: 'team', Value: team }],
  };
  return templateOf(
    {
      Key: { Type: 'AWS::KMS::Key', Properties: {} },
      Directory: { Type: 'AWS::S3Express::DirectoryBucket', Properties },
      Policy,
    },
    {
      Outputs: {
        Name: { Value: { Ref: 'Directory' } },
        Arn: { Value: { 'Fn::GetAtt': ['Directory', 'Arn'] } },
        Zone: { Value: { 'Fn::GetAtt': ['Directory', 'AvailabilityZoneName'] } },
      },
    },
  );
}

test('a stack makes a directory bucket with its policy, changes it, and removes both', async () => {
  await using cloud = await startTestCloud();
  const s3 = expressClient(cloud);
  const formation = cloud.client(CloudFormationClient);
  const reach = async (status: string) => {
    await arrive(cloud, StackName);
    await expectStatus(cloud, StackName, status);
  };
  await formation.send(new CreateStackCommand({ StackName, TemplateBody: template(3, 'a') }));
  await reach('CREATE_COMPLETE');
  const { Name: Bucket = '', Arn = '', Zone = '' } = await outputs(cloud, StackName);
  assert.match(Bucket, /^express-directory-[a-z0-9]+--use1-az5--x-s3$/);
  assert.equal(Arn, `arn:aws:s3express:us-east-1:${AccountId}:bucket/${Bucket}`);
  assert.match(Zone, /^us-east-1[a-f]$/);
  assert.equal((await s3.send(new HeadBucketCommand({ Bucket }))).BucketLocationName, 'use1-az5');
  const tags = async () =>
    (await controlOf(cloud).send(new ListTagsForResourceCommand({ AccountId, ResourceArn: Arn }))).Tags?.find(
      ({ Key }) => Key === 'team',
    )?.Value;
  assert.equal(await tags(), 'a');
  const { ServerSideEncryptionConfiguration } = await s3.send(new GetBucketEncryptionCommand({ Bucket }));
  assert.equal(
    ServerSideEncryptionConfiguration?.Rules?.[0]?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm,
    'aws:kms',
  );
  const lifecycle = async () =>
    (await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))).Rules?.[0]?.Expiration?.Days;
  assert.equal(await lifecycle(), 3);
  const { Policy } = await s3.send(new GetBucketPolicyCommand({ Bucket }));
  assert.equal(JSON.parse(Policy ?? '').Statement[0].Resource, Arn);
  await expectNoDrift(cloud, StackName);
  const { ResourceScanId } = await formation.send(new StartResourceScanCommand({}));
  await cloud.server.cloud.settle();
  const { Resources = [] } = await formation.send(new ListResourceScanResourcesCommand({ ResourceScanId }));
  const found = Resources.find(({ ResourceType }) => ResourceType === 'AWS::S3Express::DirectoryBucket');
  assert.deepEqual([found?.ResourceIdentifier, found?.ManagedByStack], [{ BucketName: Bucket }, true]);
  await formation.send(new UpdateStackCommand({ StackName, TemplateBody: template(5, 'b') }));
  await reach('UPDATE_COMPLETE');
  assert.deepEqual([await lifecycle(), await tags()], [5, 'b']);
  const { MetricsConfigurationList: measured } = await s3.send(new ListBucketMetricsConfigurationsCommand({ Bucket }));
  assert.deepEqual(measured, [{ Id: 'all' }, { Id: 'b', Filter: { Prefix: 'logs/' } }]);
  await expectNoDrift(cloud, StackName);
  await formation.send(new UpdateStackCommand({ StackName, TemplateBody: template(undefined, 'b') }));
  await reach('UPDATE_COMPLETE');
  assert.equal((await failure(lifecycle())).name, 'NoSuchLifecycleConfiguration');
  await remove(cloud, StackName);
  assert.deepEqual((await s3.send(new ListDirectoryBucketsCommand({}))).Buckets ?? [], []);
});
