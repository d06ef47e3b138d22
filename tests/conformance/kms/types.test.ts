/** Keys in templates, and replicas of multi-Region keys: in a stack of their own Region, with a policy and a state of their own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStackResourceDriftsCommand,
  DescribeStacksCommand,
  DetectStackDriftCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { DescribeKeyCommand, GetKeyPolicyCommand, ListKeysCommand, ListResourceTagsCommand } from '@aws-sdk/client-kms';
import { startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { ACCOUNT, arnOf, kmsOf, newKey } from './setup.ts';

const REGION = 'eu-west-1';
const POLICY = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'kms:*', Resource: '*' }],
};

function template(PrimaryKeyArn: string, Description: string, Enabled: boolean): string {
  const Properties = { PrimaryKeyArn, Description, Enabled, KeyPolicy: POLICY, Tags: [{ Key: 'team', Value: 'a' }] };
  return JSON.stringify({
    Resources: { Replica: { Type: 'AWS::KMS::ReplicaKey', Properties } },
    Outputs: { Arn: { Value: { 'Fn::GetAtt': ['Replica', 'Arn'] } }, Id: { Value: { Ref: 'Replica' } } },
  });
}

/** Where a stack is once what it waits for has come about. */
async function settled(cloud: TestCloud, formation: CloudFormationClient, StackName: string) {
  await cloud.server.cloud.settle();
  await cloud.advance(10_000);
  await cloud.server.cloud.settle();
  return (await formation.send(new DescribeStacksCommand({ StackName }))).Stacks?.[0];
}

test('a replica is made, changed and scheduled for deletion', async () => {
  await using cloud = await startTestCloud();
  const here = kmsOf(cloud);
  const there = kmsOf(cloud, ACCOUNT, REGION);
  const formation = cloud.client(CloudFormationClient, { region: REGION });
  const KeyId = await newKey(here, { MultiRegion: true });
  const StackName = 'replica';

  await formation.send(new CreateStackCommand({ StackName, TemplateBody: template(arnOf(KeyId), 'one', true) }));
  const made = await settled(cloud, formation, StackName);
  assert.equal(made?.StackStatus, 'CREATE_COMPLETE');
  assert.deepEqual(
    made?.Outputs?.map(({ OutputValue }) => OutputValue),
    [arnOf(KeyId, REGION), KeyId],
  );
  const { Policy } = await there.send(new GetKeyPolicyCommand({ KeyId }));
  assert.deepEqual(JSON.parse(Policy ?? ''), POLICY);
  const { Tags } = await there.send(new ListResourceTagsCommand({ KeyId }));
  assert.deepEqual(Tags, [{ TagKey: 'team', TagValue: 'a' }]);
  await formation.send(new DetectStackDriftCommand({ StackName }));
  await cloud.server.cloud.settle();
  const { StackResourceDrifts } = await formation.send(new DescribeStackResourceDriftsCommand({ StackName }));
  assert.deepEqual(
    StackResourceDrifts?.map(({ StackResourceDriftStatus }) => StackResourceDriftStatus),
    ['IN_SYNC'],
  );

  await formation.send(new UpdateStackCommand({ StackName, TemplateBody: template(arnOf(KeyId), 'two', false) }));
  assert.equal((await settled(cloud, formation, StackName))?.StackStatus, 'UPDATE_COMPLETE');
  const changed = (await there.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata;
  assert.deepEqual([changed?.Description, changed?.KeyState], ['two', 'Disabled']);
  assert.equal((await here.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.KeyState, 'Enabled');

  await formation.send(new DeleteStackCommand({ StackName }));
  await cloud.server.cloud.settle();
  assert.equal((await there.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.KeyState, 'PendingDeletion');
});

test('of a key that is no primary there is no replica', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient, { region: REGION });
  const KeyId = await newKey(kmsOf(cloud));
  const StackName = 'replica';
  await formation.send(new CreateStackCommand({ StackName, TemplateBody: template(arnOf(KeyId), 'one', true) }));
  assert.equal((await settled(cloud, formation, StackName))?.StackStatus, 'ROLLBACK_COMPLETE');
});

test('what no key of its kind can do makes none', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  const Properties = { KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY', EnableKeyRotation: true };
  const TemplateBody = JSON.stringify({ Resources: { Key: { Type: 'AWS::KMS::Key', Properties } } });
  await formation.send(new CreateStackCommand({ StackName: 'key', TemplateBody }));
  assert.equal((await settled(cloud, formation, 'key'))?.StackStatus, 'ROLLBACK_COMPLETE');
  const { StackEvents = [] } = await formation.send(new DescribeStackEventsCommand({ StackName: 'key' }));
  const failed = StackEvents.find(({ ResourceStatus }) => ResourceStatus === 'CREATE_FAILED');
  assert.match(
    failed?.ResourceStatusReason ?? '',
    /You cannot set the EnableKeyRotation property to true on asymmetric or external keys\./,
  );
  assert.deepEqual((await kmsOf(cloud).send(new ListKeysCommand({}))).Keys, []);
});
