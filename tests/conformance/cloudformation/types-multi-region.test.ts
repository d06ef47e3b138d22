/** Multi-Region access points in stacks. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import {
  GetMultiRegionAccessPointCommand,
  GetMultiRegionAccessPointPolicyCommand,
  ListMultiRegionAccessPointsCommand,
} from '@aws-sdk/client-s3-control';
import { allow } from '../iam/support.ts';
import { AccountId, bucketIn, made, REGIONS, startRegions } from '../s3-control/multi-region.ts';
import { changes } from './changes.ts';
import { arrive, expectNoDrift, expectStatus, outputs, reasons, templateOf } from './stacks.ts';

const StackName = 'Global';
const Name = 'photos';
const pointArn = (rest = '') => ({
  'Fn::Sub': [`arn:aws:s3::${AccountId}:accesspoint/\${Alias}${rest}`, { Alias: { 'Fn::GetAtt': ['Point', 'Alias'] } }],
});

function template(Action: string | undefined, buckets: readonly string[] = REGIONS.map(bucketIn)) {
  const Statement = { ...allow(Action ?? ''), Principal: { AWS: AccountId }, Resource: pointArn('/object/*') };
  const Policy = {
    Type: 'AWS::S3::MultiRegionAccessPointPolicy',
    Properties: { MrapName: { Ref: 'Point' }, Policy: { Version: '2012-10-17', Statement: [Statement] } },
  };
  const Properties = { Name, Regions: buckets.map((Bucket) => ({ Bucket })) };
  return templateOf(
    { Point: { Type: 'AWS::S3::MultiRegionAccessPoint', Properties }, ...(Action !== undefined && { Policy }) },
    {
      Outputs: {
        Alias: { Value: { 'Fn::GetAtt': ['Point', 'Alias'] } },
        Made: { Value: { 'Fn::GetAtt': ['Point', 'CreatedAt'] } },
      },
    },
  );
}

test('a stack makes one with its policy, changes that, and removes both', async () => {
  await using cloud = await startRegions();
  const { control } = cloud;
  const formation = cloud.client(CloudFormationClient);
  const established = async () => {
    const { Policy } = await control.send(new GetMultiRegionAccessPointPolicyCommand({ AccountId, Name }));
    return JSON.parse(Policy?.Established?.Policy ?? '{}').Statement?.[0];
  };
  const reach = async (status: string) => {
    await arrive(cloud, StackName);
    await expectStatus(cloud, StackName, status);
  };
  const TemplateBody = template('s3:GetObject');
  const { StackId = '' } = await formation.send(new CreateStackCommand({ StackName, TemplateBody }));
  await reach('CREATE_COMPLETE');
  const { AccessPoint } = await control.send(new GetMultiRegionAccessPointCommand({ AccountId, Name }));
  const { Alias, Made } = await outputs(cloud, StackName);
  assert.deepEqual([Alias, new Date(Made ?? '')], [AccessPoint?.Alias, AccessPoint?.CreatedAt]);
  assert.equal((await established())?.Action, 's3:GetObject');
  await expectNoDrift(cloud, StackName);
  await formation.send(new UpdateStackCommand({ StackName, TemplateBody: template('s3:PutObject') }));
  await reach('UPDATE_COMPLETE');
  assert.equal((await established())?.Action, 's3:PutObject');
  await expectNoDrift(cloud, StackName);
  await formation.send(new UpdateStackCommand({ StackName, TemplateBody: template(undefined) }));
  await reach('UPDATE_COMPLETE');
  assert.deepEqual((await established())?.Principal, { AWS: `arn:aws:iam::${AccountId}:root` });
  assert.equal((await established())?.Action, 's3:*');
  await formation.send(new DeleteStackCommand({ StackName }));
  await arrive(cloud, StackId);
  await expectStatus(cloud, StackId, 'DELETE_COMPLETE');
  const { AccessPoints = [] } = await control.send(new ListMultiRegionAccessPointsCommand({ AccountId }));
  assert.deepEqual(AccessPoints, []);
});

test('one that can not be made fails its stack by the reason of its request', async () => {
  await using cloud = await startRegions();
  const TemplateBody = template('s3:GetObject', ['nowhere-2026']);
  await cloud.client(CloudFormationClient).send(new CreateStackCommand({ StackName, TemplateBody }));
  await arrive(cloud, StackName);
  await expectStatus(cloud, StackName, 'ROLLBACK_COMPLETE');
  assert.match((await reasons(cloud, StackName))[0] ?? '', /The specified bucket does not exist/);
});

test('whatever call fails on the way, a stack goes back and leaves nothing', () => {
  const policy = (Action: string) => ({
    MrapName: 'door',
    Policy: {
      Version: '2012-10-17',
      Statement: [{ ...allow(Action), Principal: { AWS: AccountId }, Resource: pointArn('/object/*') }],
    },
  });
  return changes({
    Bucket: ['S3::Bucket', { BucketName: 'door-2026' }],
    Point: ['S3::MultiRegionAccessPoint', { Name: 'door', Regions: [{ Bucket: { Ref: 'Bucket' } }] }],
    Policy: ['S3::MultiRegionAccessPointPolicy', policy('s3:GetObject'), policy('s3:PutObject')],
  });
});

test('one of the name that the account has already is not the stack’s, and stays', async () => {
  await using cloud = await startRegions();
  await made(cloud, Name);
  const TemplateBody = template(undefined);
  await cloud.client(CloudFormationClient).send(new CreateStackCommand({ StackName, TemplateBody }));
  await arrive(cloud, StackName);
  await expectStatus(cloud, StackName, 'ROLLBACK_COMPLETE');
  const { AccessPoint } = await cloud.control.send(new GetMultiRegionAccessPointCommand({ AccountId, Name }));
  assert.equal(AccessPoint?.Status, 'READY');
});
