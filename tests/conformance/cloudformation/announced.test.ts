/** What EventBridge hears of stacks, and what single resources make of a stack's drift. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudFormationClient,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  DetectStackDriftCommand,
  DetectStackResourceDriftCommand,
} from '@aws-sdk/client-cloudformation';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { SecretsManagerClient, UpdateSecretCommand } from '@aws-sdk/client-secrets-manager';
import { CreateQueueCommand, ReceiveMessageCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { create, expectNoDrift, physicalIds, templateOf } from './stacks.ts';

const queue = (Properties: object = {}) => ({ Type: 'AWS::SQS::Queue', Properties });

/** Hears events of CloudFormation of one kind. */
async function listen(cloud: TestCloud, kind: string) {
  const sqs = cloud.client(SQSClient);
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: '*' }],
  });
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'heard', Attributes: { Policy } }));
  const bridge = cloud.client(EventBridgeClient);
  const EventPattern = JSON.stringify({ source: ['aws.cloudformation'], 'detail-type': [kind] });
  await bridge.send(new PutRuleCommand({ Name: 'r', EventPattern }));
  const Arn = 'arn:aws:sqs:us-east-1:123456789012:heard';
  await bridge.send(new PutTargetsCommand({ Rule: 'r', Targets: [{ Id: 'q', Arn }] }));
  return async () => {
    await cloud.server.cloud.settle();
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    return Messages.map(({ Body }) => JSON.parse(Body ?? ''));
  };
}

test('each status of a resource is told, with the token of the operation', async () => {
  await using cloud = await startTestCloud();
  const heard = await listen(cloud, 'CloudFormation Resource Status Change');
  await create(cloud, 's', templateOf({ Mine: queue({ QueueName: 'mine' }) }), { ClientRequestToken: 'asked-1' });
  const [begun, done, ...others] = await heard();
  const { StackEvents = [] } = await cloud
    .client(CloudFormationClient)
    .send(new DescribeStackEventsCommand({ StackName: 's' }));
  const { StackId: stack } = StackEvents[0] ?? {};
  assert.deepEqual(others, []);
  assert.equal(begun.detail['status-details'].status, 'CREATE_IN_PROGRESS');
  assert.deepEqual(done.resources, [stack]);
  assert.deepEqual(done.detail, {
    'stack-id': stack,
    'logical-resource-id': 'Mine',
    'physical-resource-id': (await physicalIds(cloud, 's')).Mine,
    'status-details': { status: 'CREATE_COMPLETE', 'status-reason': '' },
    'resource-type': 'AWS::SQS::Queue',
    'client-request-token': 'asked-1',
  });
  assert.deepEqual(new Set(StackEvents.map((one) => one.ClientRequestToken)), new Set(['asked-1']));
});

test('a detection of drift is told when it begins and when it is complete', async () => {
  await using cloud = await startTestCloud();
  await create(cloud, 's', templateOf({ Mine: queue() }));
  const heard = await listen(cloud, 'CloudFormation Drift Detection Status Change');
  const { StackDriftDetectionId: id } = await cloud
    .client(CloudFormationClient)
    .send(new DetectStackDriftCommand({ StackName: 's' }));
  const details = (await heard()).map(({ detail }) => detail);
  assert.deepEqual(
    details.map((one) => [
      one['stack-drift-detection-id'],
      one['status-details']['detection-status'],
      one['drift-detection-details']['drifted-stack-resource-count'],
    ]),
    [
      [id, 'DETECTION_IN_PROGRESS', -1],
      [id, 'DETECTION_COMPLETE', 0],
    ],
  );
  assert.equal(details[1]['status-details']['stack-drift-status'], 'IN_SYNC');
});

test('one resource that has drifted, or has not any more, says so of its stack', async () => {
  await using cloud = await startTestCloud();
  const formation = cloud.client(CloudFormationClient);
  await create(cloud, 's', templateOf({ Mine: queue({ DelaySeconds: 1 }), Other: queue() }));
  const { Mine: QueueUrl } = await physicalIds(cloud, 's');
  const delayed = (DelaySeconds: string) =>
    cloud.client(SQSClient).send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { DelaySeconds } }));
  const statusAfter = async (LogicalResourceId: string) => {
    await formation.send(new DetectStackResourceDriftCommand({ StackName: 's', LogicalResourceId }));
    const { Stacks } = await formation.send(new DescribeStacksCommand({ StackName: 's' }));
    return Stacks?.[0]?.DriftInformation?.StackDriftStatus;
  };
  await delayed('9');
  assert.equal(await statusAfter('Mine'), 'DRIFTED');
  assert.equal(await statusAfter('Other'), 'DRIFTED');
  await delayed('1');
  assert.equal(await statusAfter('Mine'), 'IN_SYNC');
});

test('another key is no drift', async () => {
  await using cloud = await startTestCloud();
  const [{ KeyMetadata: one }, { KeyMetadata: two }] = await Promise.all([
    cloud.client(KMSClient).send(new CreateKeyCommand({})),
    cloud.client(KMSClient).send(new CreateKeyCommand({})),
  ]);
  const Secret = { Type: 'AWS::SecretsManager::Secret', Properties: { Name: 'kept', KmsKeyId: one?.Arn } };
  await create(cloud, 's', templateOf({ Secret }));
  const input = { SecretId: 'kept', KmsKeyId: two?.Arn };
  await cloud.client(SecretsManagerClient).send(new UpdateSecretCommand(input));
  await expectNoDrift(cloud, 's');
});
